import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score
from twin.risk.check import to_columns


@pytest.mark.parametrize(
    ("equation_id", "column"), [("ckd_epi_2021", "egfr_creatinine"), ("ckd_epi_2021_cystatin", "egfr_both")]
)
def test_agrees_with_kidney_epi(equation_id, column):
    table = golden("ckd_epi_kidney_epi.csv")
    ours = score(equation_id, pick(table, *(i.name for i in equation(equation_id).inputs))).outputs["egfr"]
    np.testing.assert_allclose(ours, table[column], atol=0.005 + 1e-9, rtol=0)


def test_the_formula_by_hand():
    woman = score("ckd_epi_2021", {"age": [50], "sex": ["female"], "creatinine": [0.6]}).outputs["egfr"][0]
    assert woman == pytest.approx(142 * (0.6 / 0.7) ** -0.241 * 0.9938**50 * 1.012, rel=1e-13)
    man = score("ckd_epi_2021", {"age": [50], "sex": ["male"], "creatinine": [1.8]}).outputs["egfr"][0]
    assert man == pytest.approx(142 * 2.0**-1.2 * 0.9938**50, rel=1e-13)


def test_the_terms_multiply_to_the_rate():
    given = {"age": [71], "sex": ["female"], "creatinine": [1.4], "cystatin_c": [1.9]}
    known = equation("ckd_epi_2021_cystatin")
    terms = known.terms(to_columns(known, given))["egfr"]
    assert np.exp(sum(terms.values()))[0] == score(known.id, given).outputs["egfr"][0]


@pytest.mark.parametrize("name", ["age", "sex", "creatinine"])
def test_each_missing_input_is_named(name):
    scored = score("ckd_epi_2021", {"age": [50], "sex": ["male"], "creatinine": [1.0], name: [None]})
    assert scored.problems[0] == f"{name} missing"
    assert np.isnan(scored.outputs["egfr"][0])


def test_children_are_refused():
    scored = score("ckd_epi_2021", {"age": [17], "sex": ["male"], "creatinine": [0.8]})
    assert scored.problems[0] == "age 17 outside 18 to 120 years"
