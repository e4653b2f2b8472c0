import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score

LABS = ("bilirubin", "inr", "creatinine", "dialysis_twice_past_week")


def one(equation_id, **values):
    return {name: float(v[0]) for name, v in score(equation_id, {k: [v] for k, v in values.items()}).outputs.items()}


@pytest.mark.parametrize(
    ("equation_id", "names"), [("meld", LABS), ("meld_3", (*LABS, "sodium", "albumin", "sex", "age"))]
)
def test_meld_agrees_with_clincalc(equation_id, names):
    table = golden(f"{equation_id}_clincalc.csv")
    np.testing.assert_array_equal(score(equation_id, pick(table, *names)).outputs[equation_id], table[equation_id])


def test_meld_na_agrees_with_medcalc():
    table = golden("meld_na_medcalc.csv")
    np.testing.assert_array_equal(score("meld_na", pick(table, *LABS, "sodium")).outputs["meld_na"], table["meld_na"])


def test_meld_na_as_a_calculator_shows_it():
    # scoutmytool.com, step by step: MELD 13, then 13 + 2.64 - 0.86 = 15
    given = {"bilirubin": 1.5, "inr": 1.5, "creatinine": 1.0, "dialysis_twice_past_week": False}
    assert one("meld", **given)["meld"] == 13
    assert one("meld_na", **given, sodium=135) == {"meld_na": 15, "meld_na_raw": pytest.approx(13 + 2.64 - 0.858)}


def test_meld_has_floors_a_ceiling_and_dialysis():
    healthy = one("meld", bilirubin=0.4, inr=0.9, creatinine=0.5, dialysis_twice_past_week=False)
    assert healthy == {"meld": 6, "meld_raw": 6.43}
    worst = one("meld", bilirubin=50, inr=12, creatinine=9, dialysis_twice_past_week=False)
    assert worst["meld"] == 40
    assert worst["meld_raw"] > 40
    on_dialysis = one("meld", bilirubin=2, inr=1.5, creatinine=1, dialysis_twice_past_week=True)
    assert on_dialysis == one("meld", bilirubin=2, inr=1.5, creatinine=4, dialysis_twice_past_week=False)


def test_sodium_counts_only_above_a_meld_of_11():
    low = {"bilirubin": 1.5, "inr": 1.2, "creatinine": 1.0, "dialysis_twice_past_week": False}
    assert one("meld", **low)["meld"] <= 11
    assert one("meld_na", **low, sodium=125)["meld_na"] == one("meld", **low)["meld"]
    high = {"bilirubin": 5, "inr": 1.8, "creatinine": 1.5, "dialysis_twice_past_week": False}
    meld = one("meld", **high)["meld"]
    assert meld == 23
    by_hand = 23 + 1.32 * (137 - 130) - 0.033 * 23 * (137 - 130)
    assert one("meld_na", **high, sodium=130) == {"meld_na": 27, "meld_na_raw": pytest.approx(by_hand)}
    assert one("meld_na", **high, sodium=110) == one("meld_na", **high, sodium=125)
    assert one("meld_na", **high, sodium=150)["meld_na"] == meld


def test_child_pugh_agrees_with_clincalc():
    table = golden("child_pugh_clincalc.csv")
    given = pick(table, "bilirubin", "albumin", "inr", "ascites", "encephalopathy")
    found = score("child_pugh", given).outputs
    np.testing.assert_array_equal(found["child_pugh"], table["child_pugh"])
    expected = ["A" if points <= 6 else "B" if points <= 9 else "C" for points in table["child_pugh"]]
    assert found["child_pugh_class"].tolist() == expected


@pytest.mark.parametrize("name", ["bilirubin", "albumin", "inr", "ascites", "encephalopathy"])
def test_child_pugh_needs_every_item(name):
    given = {
        "bilirubin": [1],
        "albumin": [4],
        "inr": [1],
        "ascites": ["none"],
        "encephalopathy": ["none"],
        name: [None],
    }
    scored = score("child_pugh", given)
    assert scored.problems[0] == f"{name} missing"
    assert scored.outputs["child_pugh_class"][0] == ""


def test_albi_by_hand_and_its_grades():
    # 20 umol/L and 40 g/L: 0.66 x log10(20) - 0.085 x 40
    found = one("albi", bilirubin=20 / 17.1, albumin=4.0)
    assert found["albi"] == pytest.approx(0.66 * np.log10(20) - 3.4, abs=1e-9)
    assert found["albi_grade"] == 2
    assert one("albi", bilirubin=0.5, albumin=4.5)["albi_grade"] == 1
    assert one("albi", bilirubin=5.0, albumin=2.5)["albi_grade"] == 3


def test_albi_agrees_with_nobra_calculator():
    table = golden("albi_nobra.csv")
    given = {"bilirubin": table["bilirubin_umol_l"] / 17.1, "albumin": table["albumin_g_l"] / 10}
    found = score("albi", given).outputs
    np.testing.assert_allclose(found["albi"], table["albi"], atol=0.000501)
    np.testing.assert_array_equal(found["albi_grade"], table["albi_grade"])


def test_fib4_agrees_with_clincalc():
    table = golden("fib4_clincalc.csv")
    ours = score("fib4", pick(table, "age", "ast", "alt", "platelets")).outputs["fib4"]
    np.testing.assert_allclose(ours, table["fib4"], atol=0.005 + 1e-9, rtol=0)


def test_units_of_the_notes_hold_for_every_score():
    assert {equation(name).inputs[0].unit for name in ("meld", "meld_na", "meld_3")} == {"mg/dL"}
