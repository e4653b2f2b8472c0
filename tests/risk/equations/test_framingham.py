import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import score

NAMES = (
    "age",
    "sex",
    "total_cholesterol",
    "hdl_cholesterol",
    "systolic_bp",
    "bp_treated",
    "current_smoker",
    "has_diabetes",
)
EXAMPLES = {  # of the paper: a woman of 61 and a man of 53
    "age": [61, 53],
    "sex": ["female", "male"],
    "total_cholesterol": [180, 161],
    "hdl_cholesterol": [47, 55],
    "systolic_bp": [124, 125],
    "bp_treated": [False, True],
    "current_smoker": [True, False],
    "has_diabetes": [False, True],
}


def test_the_paper_s_examples():
    ours = score("framingham_2008", EXAMPLES).outputs["risk_cvd"]
    assert ours.round(4).tolist() == [0.1048, 0.1562]


def test_agrees_with_cvrisk():
    table = golden("framingham_2008_cvrisk.csv")
    ours = score("framingham_2008", pick(table, *NAMES)).outputs["risk_cvd"]
    np.testing.assert_allclose(ours, table["risk_cvd"], rtol=1e-10)


@pytest.mark.parametrize("name", NAMES)
def test_each_missing_input_is_named(name):
    scored = score("framingham_2008", EXAMPLES | {name: [None, EXAMPLES[name][1]]})
    assert scored.problems.tolist() == [f"{name} missing", ""]
    assert np.isnan(scored.outputs["risk_cvd"]).tolist() == [True, False]


def test_ages_30_to_74():
    scored = score("framingham_2008", EXAMPLES | {"age": [29, 75]})
    assert np.isnan(scored.outputs["risk_cvd"]).all()
    assert not np.isnan(score("framingham_2008", EXAMPLES | {"age": [30, 74]}).outputs["risk_cvd"]).any()
