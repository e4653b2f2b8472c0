import numpy as np
import pytest

from twin.risk.catalogue import score

# Tables read on 2026-11-24: eAG at a1c-calculator.net and in the American Diabetes Association's own, shorter one;
# GMI in the table adapted from Bergenstal 2018 at goveganway.com and getyourstoday.store.
EAG = {
    5: 97,
    5.5: 111,
    6: 126,
    6.5: 140,
    7: 154,
    7.5: 169,
    8: 183,
    8.5: 197,
    9: 212,
    9.5: 226,
    10: 240,
    12: 298,
    14: 355,
}
GMI = {100: 5.7, 125: 6.3, 150: 6.9, 175: 7.5, 200: 8.1, 225: 8.7, 250: 9.3, 275: 9.9, 300: 10.5, 350: 11.7}


@pytest.mark.parametrize(("hba1c", "published"), EAG.items())
def test_the_published_table_of_average_glucose(hba1c, published):
    assert score("eag", {"hba1c": [hba1c]}).outputs["eag"][0] == pytest.approx(published, abs=0.501)


@pytest.mark.parametrize(("glucose", "published"), GMI.items())
def test_the_published_table_of_gmi(glucose, published):
    assert score("gmi", {"mean_glucose": [glucose]}).outputs["gmi"][0] == pytest.approx(published, abs=0.05)


def test_a_missing_value_is_named():
    scored = score("eag", {"hba1c": [None]})
    assert np.isnan(scored.outputs["eag"][0])
    assert scored.problems[0] == "hba1c missing"
