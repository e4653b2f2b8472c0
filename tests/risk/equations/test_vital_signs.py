import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score

NORMAL = {
    "respiratory_rate": [16],
    "spo2": [97],
    "spo2_scale": [1],
    "on_oxygen": [False],
    "temperature": [37.0],
    "systolic_bp": [120],
    "heart_rate": [70],
    "consciousness": ["A"],
}
HEALTHY = {
    "pao2_fio2": [450],
    "ventilated": [False],
    "platelets": [200],
    "bilirubin": [0.8],
    "mean_arterial_pressure": [80],
    "dopamine": [0],
    "dobutamine": [0],
    "epinephrine": [0],
    "norepinephrine": [0],
    "gcs": [15],
    "creatinine": [0.9],
    "urine_output": [1500],
}


def test_news2_agrees_with_clincalc():
    table = golden("news2_clincalc.csv")
    found = score("news2", pick(table, *NORMAL)).outputs
    np.testing.assert_array_equal(found["news2"], table["news2"])
    assert found["news2_band"].tolist() == [band.replace("_", "-") for band in table["news2_band"]]


def news2(**changed):
    found = score("news2", {**NORMAL, **{k: [v] for k, v in changed.items()}}).outputs
    return found["news2"][0], found["news2_band"][0]


def test_news2_bands():
    assert news2() == (0, "low")
    assert news2(consciousness="C") == (3, "low-medium")
    assert news2(on_oxygen=True, heart_rate=115) == (4, "low")
    assert news2(on_oxygen=True, consciousness="V") == (5, "medium")
    assert news2(on_oxygen=True, consciousness="V", heart_rate=115) == (7, "high")


@pytest.mark.parametrize(("spo2", "on_oxygen", "points"), [(83, 0, 3), (85, 0, 2), (87, 0, 1), (88, 0, 0), (92, 1, 2)])
def test_news2_second_scale(spo2, on_oxygen, points):
    assert news2(spo2=spo2, spo2_scale=2, on_oxygen=bool(on_oxygen))[0] == points


@pytest.mark.parametrize(("spo2", "on_air", "on_oxygen"), [(93, 0, 3), (95, 0, 4), (97, 0, 5)])
def test_news2_second_scale_above_target_counts_only_on_oxygen(spo2, on_air, on_oxygen):
    assert news2(spo2=spo2, spo2_scale=2)[0] == on_air
    assert news2(spo2=spo2, spo2_scale=2, on_oxygen=True)[0] == on_oxygen


@pytest.mark.parametrize("name", sorted(NORMAL))
def test_news2_needs_every_sign(name):
    scored = score("news2", {**NORMAL, name: [None]})
    assert scored.problems[0] == f"{name} missing"
    assert np.isnan(scored.outputs["news2"][0])
    assert scored.outputs["news2_band"][0] == ""


def test_qsofa_agrees_with_clincalc():
    table = golden("qsofa_clincalc.csv")
    given = pick(table, "respiratory_rate", "systolic_bp", "altered_mentation")
    np.testing.assert_array_equal(score("qsofa", given).outputs["qsofa"], table["qsofa"])


def test_sofa_agrees_with_clincalc():
    table = golden("sofa_clincalc.csv")
    given = pick(table, *(name for name in HEALTHY if name != "urine_output"))
    found = score("sofa", given).outputs
    np.testing.assert_array_equal(found["sofa"], table["sofa"])
    parts = [found[name] for name in equation("sofa").outputs if name != "sofa"]
    np.testing.assert_array_equal(np.sum(parts, axis=0), found["sofa"])


def sofa(output="sofa", **changed):
    return score("sofa", {**HEALTHY, **{k: [v] for k, v in changed.items()}}).outputs[output][0]


def test_sofa_urine_counts_when_it_is_worse():
    assert sofa() == 0
    assert sofa("sofa_renal", urine_output=499) == 3
    assert sofa("sofa_renal", urine_output=199) == 4
    assert sofa("sofa_renal", creatinine=5.0, urine_output=1500) == 4
    assert sofa("sofa_renal", creatinine=2.5, urine_output=None) == 2


def test_sofa_keeps_the_parts_that_are_known():
    scored = score("sofa", {**HEALTHY, "platelets": [None]})
    assert np.isnan(scored.outputs["sofa"][0])
    assert np.isnan(scored.outputs["sofa_coagulation"][0])
    assert scored.outputs["sofa_liver"][0] == 0
    assert scored.problems[0] == "platelets missing: no sofa, sofa_coagulation"


def test_sofa_says_what_it_takes_as_not_given():
    scored = score("sofa", {**HEALTHY, "dopamine": [None]})
    assert scored.outputs["sofa"][0] == 0
    assert scored.problems[0] == "dopamine missing: counted as not given"
