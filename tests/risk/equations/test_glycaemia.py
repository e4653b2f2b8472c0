import numpy as np
import pytest

from twin.risk.catalogue import score


@pytest.mark.parametrize(("hba1c", "published"), [(5, 97), (6, 126), (7, 154), (8, 183), (9, 212), (10, 240)])
def test_the_published_table_of_average_glucose(hba1c, published):
    assert score("eag", {"hba1c": [hba1c]}).outputs["eag"][0] == pytest.approx(published, abs=0.501)


@pytest.mark.parametrize(("glucose", "published"), [(100, 5.7), (150, 6.9), (200, 8.1), (250, 9.3), (300, 10.5)])
def test_the_published_table_of_gmi(glucose, published):
    assert score("gmi", {"mean_glucose": [glucose]}).outputs["gmi"][0] == pytest.approx(published, abs=0.05)


def test_a_missing_value_is_named():
    scored = score("eag", {"hba1c": [None]})
    assert np.isnan(scored.outputs["eag"][0])
    assert scored.problems[0] == "hba1c missing"
