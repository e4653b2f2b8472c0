import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score

PATIENT = {
    "age": [80],
    "asa_class": [4],
    "functional_status": ["totally_dependent"],
    "creatinine": [2.0],
    "procedure": ["aortic"],
}


def mica(**changed):
    return score("gupta_mica", PATIENT | {k: [v] for k, v in changed.items()}).outputs["risk_mica"][0]


def test_gupta_mica_by_hand():
    # -5.25 + 0.02 x 80 + 1.03 - 0.95 + 0.61 + 1.60 = -1.36, as a stored verification test has it: about 20.4 %
    assert mica() == pytest.approx(1 / (1 + np.exp(1.36)), rel=1e-12)
    healthy = mica(age=40, asa_class=1, functional_status="independent", creatinine=1.0, procedure="hernia")
    assert healthy == pytest.approx(1 / (1 + np.exp(9.62)), rel=1e-12)


def test_gupta_mica_as_a_calculator_shows_it():
    # onlycalculators.com, worked example: 65 years, ASA 2, orthopaedic: 1.30 - 3.29 + 0.80 - 5.25 = -6.44, 0.16 %
    found = mica(age=65, asa_class=2, functional_status="independent", creatinine=1.0, procedure="orthopedic")
    assert found == pytest.approx(1 / (1 + np.exp(6.44)), rel=1e-12)
    assert round(100 * found, 2) == 0.16


def test_gupta_mica_agrees_with_a_stored_clinic_app_in_every_operation():
    table = golden("gupta_mica_clinic.csv")
    found = score("gupta_mica", pick(table, *PATIENT)).outputs["risk_mica"]
    assert set(table["procedure"]) == set(equation("gupta_mica").input("procedure").words)
    np.testing.assert_allclose(100 * found, table["risk_percent"], atol=0.00501)


def test_gupta_mica_has_a_coefficient_for_an_unknown_creatinine():
    scored = score("gupta_mica", PATIENT | {"creatinine": [None]})
    assert scored.outputs["risk_mica"][0] == pytest.approx(1 / (1 + np.exp(1.36 + 0.61 + 0.10)), rel=1e-12)
    assert scored.problems[0].startswith("creatinine missing: the equation’s own coefficient")


def test_gupta_mica_creatinine_counts_from_one_and_a_half():
    assert mica(creatinine=1.49) < mica(creatinine=1.5) == mica(creatinine=9.0)


def test_gupta_mica_knows_21_operations_with_hernia_as_reference():
    words = equation("gupta_mica").input("procedure").words
    risks = {word: mica(procedure=word) for word in words}
    assert len(words) == 21
    assert min(risks, key=risks.get) == "breast"
    assert max(risks, key=risks.get) == "aortic"


def test_gupta_mica_rises_with_asa_class():
    risks = [mica(asa_class=asa) for asa in (1, 2, 3, 4, 5)]
    assert risks == sorted(risks)
    assert np.isnan(mica(asa_class=6))
