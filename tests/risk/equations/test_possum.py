import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score
from twin.risk.check import to_columns
from twin.units import to_canonical

SCORES = ("physiological_score", "operative_score")
ITEMS = [i.name for i in equation("p_possum").inputs if i.name not in SCORES]
HEALTHY = {
    "age": [55],
    "cardiac_signs": ["normal"],
    "respiratory_signs": ["normal"],
    "systolic_bp": [120],
    "heart_rate": [70],
    "gcs": [15],
    "urea_nitrogen": [to_canonical("urea_nitrogen", 6.0, "mmol/L")],
    "sodium": [140],
    "potassium": [4.2],
    "hemoglobin": [14],
    "white_cells": [7],
    "ecg": ["normal"],
    "operative_severity": ["minor"],
    "procedures": [1],
    "blood_loss": [50],
    "peritoneal_soiling": ["none"],
    "malignancy": ["none"],
    "mode_of_surgery": ["elective"],
}


def by_scores(physiological, operative):
    given = {"physiological_score": [physiological], "operative_score": [operative]}
    found = score("p_possum", given).outputs
    return found["risk_death"][0], found["risk_morbidity"][0]


def test_worked_examples_of_other_implementations():
    # possum 0.1.0, inst/tinytest: 20 and 10 points; a calculator's own tests: 48 and 24, 12 and 6 points
    assert by_scores(20, 10) == (pytest.approx(0.0158127437286, rel=1e-11), pytest.approx(0.307890495698, rel=1e-11))
    assert round(100 * by_scores(48, 24)[0], 1) == 94.1
    assert round(100 * by_scores(12, 6)[1], 1) == 5.5


def test_the_items_agree_with_the_possum_package():
    table = golden("p_possum_possum.csv")
    table["urea_nitrogen"] = to_canonical("urea_nitrogen", table["urea_mmol_l"], "mmol/L")
    ours = score("p_possum", pick(table, *ITEMS)).outputs
    for output in ("risk_death", "risk_morbidity"):
        np.testing.assert_allclose(ours[output], table[output], rtol=1e-12)


def test_the_two_scores_say_what_their_items_say():
    table = golden("p_possum_possum.csv")
    ours = score("p_possum", pick(table, *SCORES)).outputs["risk_death"]
    np.testing.assert_allclose(ours, table["risk_death"], rtol=1e-12)


def test_the_least_and_the_most_points():
    healthy = score("p_possum", HEALTHY)
    assert healthy.problems[0] == ""
    assert healthy.outputs["risk_death"][0] == pytest.approx(by_scores(12, 6)[0], rel=1e-12)
    words = {i.name: [i.words[-1]] for i in equation("p_possum").inputs if i.words}
    numbers = {"age": 90, "systolic_bp": 80, "heart_rate": 130, "gcs": 3, "urea_nitrogen": 60, "sodium": 120}
    numbers |= {"potassium": 6.5, "hemoglobin": 9, "white_cells": 25, "procedures": 3, "blood_loss": 1200}
    worst = score("p_possum", words | {name: [value] for name, value in numbers.items()})
    assert worst.outputs["risk_death"][0] == pytest.approx(by_scores(88, 48)[0], rel=1e-12)


@pytest.mark.parametrize(("mmol_l", "points"), [(7.5, 1), (7.6, 2), (10, 2), (10.1, 4), (15, 4), (15.1, 8)])
def test_urea_is_scored_in_mmol_per_litre(mmol_l, points):
    urea = HEALTHY | {"urea_nitrogen": [to_canonical("urea_nitrogen", mmol_l, "mmol/L")]}
    ours = score("p_possum", urea).outputs["risk_death"][0]
    assert ours == pytest.approx(by_scores(11 + points, 6)[0], rel=1e-12)


@pytest.mark.parametrize("name", ITEMS)
def test_each_missing_item_is_named_unless_its_score_is_known(name):
    scored = score("p_possum", HEALTHY | {name: [None]})
    assert scored.problems[0] == f"{name} missing"
    assert np.isnan(scored.outputs["risk_death"][0])
    both = {"physiological_score": [20], "operative_score": [10]}
    assert score("p_possum", HEALTHY | {name: [None]} | both).outputs["risk_death"][0] == by_scores(20, 10)[0]


def test_a_score_stands_for_its_own_items_only():
    operative = {name: HEALTHY[name] for name in ITEMS[12:]}
    scored = score("p_possum", operative | {"physiological_score": [12]})
    assert scored.problems[0] == ""
    assert scored.outputs["risk_death"][0] == pytest.approx(by_scores(12, 6)[0], rel=1e-12)
    assert "age missing" in score("p_possum", operative | {"physiological_score": [None]}).problems[0]


def test_the_scores_have_a_range():
    scored = score("p_possum", {"physiological_score": [11, 89, 12], "operative_score": [6, 6, 49]})
    assert np.isnan(scored.outputs["risk_death"]).all()
    assert scored.problems[0] == "physiological_score 11 outside 12 to 88 points"


def test_the_terms_are_the_points_of_the_items():
    known = equation("p_possum")
    terms = known.terms(to_columns(known, HEALTHY))["risk_death"]
    assert terms["potassium"][0] == 0.1692
    assert terms["physiological_score"][0] == 0
    assert list(terms)[-1] == "constant"
