"""Do the tables that the panel is made from fit together, and does each number say where it is from?"""

import numpy as np
import pytest

from twin.data_files import DATA, read_table
from twin.demo.drugs import NOT_EVIDENCE, drugs, ladders
from twin.demo.kidney import creatinine_at, filtration
from twin.demo.settings import biomarkers, noise_of
from twin.evidence.sources import source
from twin.evidence.therapies import biomarker_effects, therapies
from twin.variables import variable

STATUSES = {"verified", "single_source", "unverified", "illustrative"}
CODES = {"names.csv", "conditions.csv", "medicines.csv", "other_therapies.csv", "ladders.csv", "codes.csv"}
TABLES = sorted(path.name for path in (DATA / "demo").glob("*.csv"))


@pytest.mark.parametrize("name", [t for t in TABLES if t not in CODES])
def test_every_row_with_a_number_says_how_sure_it_is(name):
    for row in read_table(f"demo/{name}"):
        assert row["status"] in STATUSES
        if "source_id" in row:
            assert source(row["source_id"]) and row["locator"]
        else:
            assert row["status"] == "illustrative"


def test_variation_names_variables_sources_and_one_scale():
    for row in read_table("variation.csv"):
        variable(row["variable"])
        assert source(row["source_id"]) and row["locator"] and row["status"] in STATUSES
        assert (row["within_person_cv"] == "") != (row["within_person_sd"] == "")
        assert all(0 < float(row[c]) < 1 for c in ("within_person_cv", "analytical_cv") if row[c])
        if row["locator"].lower().startswith("not read"):
            assert row["status"] == "unverified"


def test_noise_is_variation_within_the_person_and_of_the_method():
    assert noise_of("ldl_cholesterol", "laboratory")[0] == pytest.approx(np.hypot(0.0846, 0.0177))
    assert noise_of("systolic_bp", "office") == (0.0, pytest.approx(6.8))
    assert noise_of("systolic_bp", "home")[0] == pytest.approx(0.042)


def test_people_of_the_survey_vary_by_more_than_one_measurement():
    settings = biomarkers()
    assert (settings.between_sd > 0).all()
    systolic = settings.column("systolic_bp")
    # Women of 70 and older: 20.8 mmHg in the survey; 6.8 of a visit and 4 of short-lived deviation are taken off.
    assert settings.between_sd[0, -1, systolic] == pytest.approx(np.sqrt(20.8**2 - 6.8**2 - 4.0**2))


def test_evidence_goes_before_the_demos_own_effects():
    for name in drugs().keys() & therapies().keys():
        expected = {effect.variable: effect for effect in biomarker_effects(name)}
        expected.pop("diastolic_bp", None)  # it follows systolic pressure in the panel
        found = {effect.variable: effect for effect in drugs()[name].effects}
        assert all(found[variable] is effect for variable, effect in expected.items())
        assert "diastolic_bp" not in found
        assert all(effect.card == NOT_EVIDENCE for v, effect in found.items() if v not in expected)


def test_every_dose_of_the_ladders_rises():
    for line, options in ladders().items():
        for option in options:
            doses = [drug.daily_dose for drug in option.steps]
            assert doses == sorted(set(doses)), line
            assert len({drug.ingredient for drug in option.steps}) == 1
        assert sum(option.share for option in options) == pytest.approx(1.0)


@pytest.mark.parametrize("is_male", [True, False])
def test_creatinine_is_the_inverse_of_the_equation(is_male):
    egfr = np.linspace(6.0, 134.0, 129)
    person = {"age": np.full(129, 61.0), "is_male": np.full(129, is_male)}
    creatinine = creatinine_at(egfr=egfr, **person)
    assert (np.diff(creatinine) < 0).all()
    np.testing.assert_allclose(filtration(creatinine=creatinine, **person), egfr, rtol=1e-12)
