import numpy as np
import pytest

from twin.risk.catalogue import score


def test_both_formulas_from_height_and_weight():
    found = score("liver_volume", {"height": [172], "weight": [70]}).outputs
    bsa = np.sqrt(172 * 70 / 3600)
    assert found["slv_vauthey"][0] == pytest.approx(-794.41 + 1267.28 * bsa)
    assert found["slv_urata"][0] == pytest.approx(706.2 * bsa + 2.4)


def test_a_surface_area_given_is_used():
    found = score("liver_volume", {"bsa": [2.0]})
    assert found.outputs["slv_urata"][0] == pytest.approx(1414.8)
    assert found.problems[0] == ""


def test_without_size_nothing_is_worked_out():
    found = score("liver_volume", {"height": [172], "weight": [None]})
    assert np.isnan(found.outputs["slv_vauthey"][0])
    assert found.problems[0] == "weight missing"


def test_a_surface_too_small_for_a_formula_has_no_volume_below_zero():
    found = score("liver_volume", {"bsa": [0.6, 0.63]})
    np.testing.assert_array_equal(np.isnan(found.outputs["slv_vauthey"]), [True, False])
    assert found.outputs["slv_urata"][0] == pytest.approx(2.4 + 706.2 * 0.6)
    assert "no slv_vauthey" in found.problems[0]
