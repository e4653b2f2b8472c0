import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score


def names(equation_id):
    return [i.name for i in equation(equation_id).inputs]


def test_cha2ds2_vasc_agrees_with_clincalc():
    table = golden("cha2ds2_vasc_clincalc.csv")
    table["age_75_or_older"] = (table["age"] >= 75).astype(float)
    table["age_65_to_74"] = ((table["age"] >= 65) & (table["age"] < 75)).astype(float)
    table["sex_category_female"] = (table["sex"] == "female").astype(float)
    ours = score("cha2ds2_vasc", pick(table, *names("cha2ds2_vasc"))).outputs["cha2ds2_vasc"]
    np.testing.assert_array_equal(ours, table["cha2ds2_vasc"])


@pytest.mark.parametrize("equation_id", ["has_bled", "rcri"])
def test_agrees_with_clincalc(equation_id):
    table = golden(f"{equation_id}_clincalc.csv")
    ours = score(equation_id, pick(table, *names(equation_id))).outputs[equation_id]
    np.testing.assert_array_equal(ours, table[equation_id])


def test_the_two_age_items_do_not_add_up():
    given = {name: [False] for name in names("cha2ds2_vasc")} | {"age_75_or_older": [True], "age_65_to_74": [True]}
    assert score("cha2ds2_vasc", given).outputs["cha2ds2_vasc"][0] == 2


@pytest.mark.parametrize(("equation_id", "most"), [("cha2ds2_vasc", 9), ("has_bled", 9), ("rcri", 6)])
def test_everything_gives_the_most(equation_id, most):
    given = {name: [True] for name in names(equation_id)}
    assert score(equation_id, given).outputs[equation_id][0] == most


@pytest.mark.parametrize("equation_id", ["cha2ds2_vasc", "has_bled", "rcri"])
def test_an_item_not_known_is_not_a_no(equation_id):
    for name in names(equation_id):
        given = {other: [None if other == name else False] for other in names(equation_id)}
        scored = score(equation_id, given)
        assert np.isnan(scored.outputs[equation_id][0])
        assert scored.problems[0] == f"{name} missing"
