import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score

IWPC = {
    "age": [64],
    "height": [170],
    "weight": [80],
    "race": ["white"],
    "vkorc1_rs9923231": ["A/G"],
    "cyp2c9": ["*1/*3"],
    "takes_enzyme_inducer": [False],
    "takes_amiodarone": [True],
}
GAGE = {
    "age": [60],
    "height": [170],
    "weight": [80],
    "race": ["black"],
    "vkorc1_rs9923231": ["A/A"],
    "cyp2c9": ["*2/*3"],
    "takes_amiodarone": [False],
    "current_smoker": [True],
    "dvt_or_pe": [True],
    "target_inr": [2.5],
}


def doses(equation_id, given, **changed):
    found = score(equation_id, given | {k: [v] for k, v in changed.items()}).outputs
    return found["dose_mg_week"][0], found["dose_mg_week_clinical"][0]


@pytest.mark.parametrize("equation_id", ["warfarin_iwpc", "warfarin_gage"])
def test_agrees_with_reil(equation_id):
    table = golden(f"{equation_id}_reil.csv")
    ours = score(equation_id, pick(table, *(i.name for i in equation(equation_id).inputs))).outputs
    for output in ("dose_mg_week", "dose_mg_week_clinical"):
        np.testing.assert_allclose(ours[output], table[output], rtol=1e-12)


def test_iwpc_by_hand():
    guided = 5.6044 - 0.2614 * 6 + 0.0087 * 170 + 0.0128 * 80 - 0.8677 - 0.9357 - 0.5503
    clinical = 4.0376 - 0.2546 * 6 + 0.0118 * 170 + 0.0134 * 80 - 0.5695
    assert doses("warfarin_iwpc", IWPC) == (pytest.approx(guided**2), pytest.approx(clinical**2))


def test_iwpc_counts_whole_decades():
    assert doses("warfarin_iwpc", IWPC, age=60) == doses("warfarin_iwpc", IWPC, age=69)
    assert doses("warfarin_iwpc", IWPC, age=70) < doses("warfarin_iwpc", IWPC, age=69)


def test_iwpc_has_coefficients_for_unknown_genotypes():
    unknown = doses("warfarin_iwpc", IWPC, vkorc1_rs9923231="unknown", cyp2c9="unknown")
    base = 5.6044 - 0.2614 * 6 + 0.0087 * 170 + 0.0128 * 80 - 0.5503
    assert unknown[0] == pytest.approx((base - 0.4854 - 0.2188) ** 2)


def test_gage_by_hand():
    bsa = 0.007184 * 170**0.725 * 80**0.425
    guided = 0.9751 - 0.3238 * 2 + 0.4317 * bsa - 0.4008 - 0.00745 * 60 - 0.2066 + 0.2029 * 2.5
    guided += 0.0922 - 0.0901 + 0.0664
    clinical = 0.613 + 0.4250 * bsa - 0.0075 * 60 + 0.1560 + 0.2160 * 2.5 + 0.1080 + 0.0784
    assert doses("warfarin_gage", GAGE) == (pytest.approx(7 * np.exp(guided)), pytest.approx(7 * np.exp(clinical)))


def test_gage_without_a_genotype_gives_the_clinical_dose_only():
    scored = score("warfarin_gage", GAGE | {"cyp2c9": ["unknown"]})
    assert np.isnan(scored.outputs["dose_mg_week"][0])
    assert scored.outputs["dose_mg_week_clinical"][0] == doses("warfarin_gage", GAGE)[1]
    assert scored.problems[0] == "no dose_mg_week: it cannot be worked out from what is known"


@pytest.mark.parametrize("equation_id", ["warfarin_iwpc", "warfarin_gage"])
def test_another_allele_is_refused_and_the_clinical_dose_kept(equation_id):
    given = IWPC if equation_id == "warfarin_iwpc" else GAGE
    scored = score(equation_id, given | {"cyp2c9": ["*1/*8"]})
    assert np.isnan(scored.outputs["dose_mg_week"][0])
    assert scored.outputs["dose_mg_week_clinical"][0] > 0
    assert "cyp2c9 “*1/*8” is not one of" in scored.problems[0]


@pytest.mark.parametrize(("equation_id", "given"), [("warfarin_iwpc", IWPC), ("warfarin_gage", GAGE)])
def test_variants_lower_the_dose(equation_id, given):
    steps = [
        doses(equation_id, given, vkorc1_rs9923231=v, cyp2c9=c)[0]
        for v, c in (("G/G", "*1/*1"), ("A/G", "*1/*1"), ("A/A", "*1/*1"), ("A/A", "*1/*3"), ("A/A", "*3/*3"))
    ]
    assert steps == sorted(steps, reverse=True)
