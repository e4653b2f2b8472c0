import csv
import math
from dataclasses import replace

import numpy as np
import pytest

from tests.risk.people import ON, condition, patient
from tests.risk.test_every_equation import draw
from twin.data_files import DATA, read_table
from twin.errors import BadEvidence
from twin.evidence.coefficients import coefficients
from twin.risk.catalogue import equations
from twin.risk.estimate import estimate
from twin.risk.hazard import CURVES
from twin.risk.life_table import estimate_death
from twin.risk.receipt import receipt, redo, redo_published, words_of
from twin.risk.results import RiskEstimate

OVER_TIME = [known for known in equations().values() if known.horizons]
BETWEEN = {"prevent": (3, 17), "kfre": (1, 4), "smart": (3, 7)}  # years before published horizons
WORDS = {"ln": math.log, "min": min, "max": max, "unknown": lambda value: value != value}


def estimates(known, *, people=6, seed=5):
    """Yield estimates of drawn people at published horizons, and between them where a curve leads."""
    given = draw(known, seed=seed)
    conditions = tuple(condition(concept) for concept in known.requires_any[:1])
    horizons = [known.horizons[0], known.horizons[-1]]
    if known.id in CURVES:
        horizons += BETWEEN[known.id.split("_")[0]]
    for person in range(people):
        inputs = {name: column[person].item() if hasattr(column[person], "item") else column[person]
                  for name, column in given.items() if name != "horizon_years"}  # fmt: skip
        for horizon in horizons:
            if horizon > 10 and known.id.startswith("prevent"):
                inputs["age"] = min(inputs["age"], 59.0)
            found = estimate(patient(conditions=conditions), known.id, on=ON, horizon_years=horizon, replace=inputs)
            yield from (single for single in found if isinstance(single, RiskEstimate))


def value_of(formula, line, made):
    """Work a formula out with the inputs of the receipt alone."""
    names = {used.name: math.nan for used in made.ranges} | {used.name: used.value for used in made.inputs}
    names |= {constant.name: constant.value for constant in line.uses}
    return float(eval(formula, {"__builtins__": {}}, WORDS | names))


def number_in_file(row):
    """Open the file a row names and read the coefficient of the one row with its key."""
    with open(DATA.parent / row.file, encoding="utf-8", newline="") as file:
        rows = [found for found in csv.DictReader(file) if all(found[c] == v for c, v in row.key.items())]
    assert len(rows) == 1
    return float(rows[0]["coefficient"])


@pytest.mark.parametrize("known", OVER_TIME, ids=lambda known: known.id)
def test_every_risk_can_be_redone_from_its_receipt(known):
    found = list(estimates(known))
    assert len(found) >= 6
    for single in found:
        made = receipt(single)
        assert redo(made) == pytest.approx(single.risk, abs=1e-12)
        assert redo_published(made) == pytest.approx(made.published_risk, abs=1e-12)
        assert (made.curve is None) == (single.horizon_years in known.horizons or made.link == "yearly")
        for part in made.sums:
            assert sum(line.contribution for line in part.terms) == part.total
            for line in part.terms:
                assert line.contribution == line.coefficient * line.value
                assert value_of(line.formula, line, made) == pytest.approx(line.value, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("known", OVER_TIME, ids=lambda known: known.id)
def test_every_number_stands_in_the_row_it_names(known):
    for single in list(estimates(known, people=2))[:6]:
        made = receipt(single)
        numbers = [*made.constants, *(c for part in made.sums for line in part.terms for c in line.uses)]
        assert all(number_in_file(constant.row) == constant.value for constant in numbers)
        assert all(number_in_file(line.row) == line.coefficient for part in made.sums for line in part.terms)


def test_from_the_screen_to_the_coefficient():
    # On screen: 9.5 % for a man of 60. Which part of it is his pressure of 150, and by which number?
    (risk,) = (
        single for single in estimate(patient(), "prevent_base", on=ON, horizon_years=10) if single.outcome == "cvd"
    )
    made = receipt(risk)
    assert f"{made.risk:.1%}" == "9.5%"
    (line,) = (line for line in made.sums[0].terms if line.term == "sbp_above_110")
    assert line.label == "Systolic pressure from 110 up, in 20 mmHg from 130"
    assert [(used.name, used.value, used.origin) for used in line.inputs] == [
        ("systolic_bp", 150.0, "Observation/systolic_bp-2026-06-01")
    ]
    assert line.formula == "(max(systolic_bp, 110) - 130) / 20"
    assert str(line.row) == (
        "data/coefficients/prevent_base.csv: horizon_years 10, sex male, output risk_cvd, term sbp_above_110"
    )
    lines = (DATA.parent / line.row.file).read_text(encoding="utf-8").splitlines()
    assert f"prevent_base,2023,10,male,risk_cvd,sbp_above_110,{line.coefficient},SRC-PREVENT" in lines
    assert line.contribution == line.coefficient * 1.0
    assert made.steps()[-2:] == (
        "risk = 1 / (1 + exp(-sum))",
        f"risk over 10 years = {made.risk!r}",
    )
    assert made.source.doi
    assert made.not_for.startswith("People who have had a cardiovascular event")


def test_smart_reach_from_its_sums_year_by_year():
    known = equations()["smart_reach"]
    for single in estimates(known, people=4):
        made = receipt(single)
        baseline = {constant.name: constant.value for constant in made.constants}
        used = {i.name: i.value for i in made.inputs}
        event, death = (part.total for part in made.sums)
        free = 1.0
        for year in made.years:
            age = math.floor(used["age"]) + year.year - 1
            chance = 1 - baseline[f"event baseline survival at {age}"] ** math.exp(event)
            with_age = death + baseline["smoking with age, other_death"] * age * used["current_smoker"]
            dies = 1 - baseline[f"other_death baseline survival at {age}"] ** math.exp(with_age)
            assert (year.free, year.chance) == pytest.approx((free, chance), abs=1e-12)
            free *= max(1 - chance - dies, 0.0)
        assert single.risk == pytest.approx(
            sum(y.free * y.chance for y in made.years[: single.horizon_years]), abs=1e-12
        )


def test_the_first_year_of_the_ukpds_model_from_its_sum():
    known = equations()["ukpds_om2"]
    for single in estimates(known, people=4):
        made = receipt(single)
        used, constants = ({i.name: i.value for i in made.inputs}, {c.name: c.value for c in made.constants})
        if single.outcome == "death":
            continue  # a share of the first year's deaths follows events of that year
        t, shape = used["age"] - used["age_at_diabetes"], constants.get("shape", 1.0)
        chance = 1 - math.exp(-math.exp(made.sums[0].total) * ((t + 1) ** shape - t**shape))
        assert made.years[0].chance == pytest.approx(chance, rel=1e-9)
        assert made.years[0].free == 1.0


def test_the_life_table_has_a_receipt_too():
    single = estimate_death(patient(), on=ON, horizon_years=10)
    made = receipt(single)
    assert len(made.constants) == 10
    assert redo(made) == pytest.approx(single.risk, abs=1e-12)
    assert all(number_in_file(constant.row) == constant.value for constant in made.constants)


def test_a_risk_that_its_inputs_do_not_give_has_no_receipt():
    single = estimate(patient(), "prevent_base", on=ON, horizon_years=10)[0]
    with pytest.raises(BadEvidence) as refusal:
        receipt(replace(single, risk=single.risk + 1e-6))
    assert "cannot be traced back" in refusal.value.clinical


def test_old_inputs_are_on_the_receipt():
    single = estimate(patient(), "prevent_base", on=ON, horizon_years=10)[0]
    made = receipt(single)
    assert made.inputs == single.inputs
    assert made.problems == single.problems
    assert not made.is_single_source


def terms_in_the_table(equation_id):
    """Return the terms that carry a coefficient, not what turns a sum into a risk."""
    aside = {"baseline_survival", "scale_1", "scale_2", "all", "shape", "growth"}
    return {key[-1] for key in coefficients(equation_id)} - aside


@pytest.mark.parametrize("known", OVER_TIME, ids=lambda known: known.id)
def test_every_term_has_its_words(known):
    said = {
        row["term"] for row in read_table("coefficients/catalogue/terms.csv") if known.id in row["equations"].split(";")
    }
    now = {term for term in terms_in_the_table(known.id) if term.endswith("_now")}  # within a year of the simulation
    once = {"age_x_smoking"} if known.id == "smart_reach" else set()  # of the years, not of a sum
    assert said == terms_in_the_table(known.id) - now - once
    for term in said:
        label, formula = words_of(known.id, term)
        assert label[0].isupper() or label.startswith("eGFR")
        assert formula


def test_a_term_without_words_is_refused():
    with pytest.raises(BadEvidence):
        words_of("prevent_base", "shoe_size")


def test_nothing_else_is_described():
    for row in read_table("coefficients/catalogue/terms.csv"):
        assert set(row["equations"].split(";")) <= {known.id for known in OVER_TIME}
    assert (
        np.unique([f"{r['equations']}{r['term']}" for r in read_table("coefficients/catalogue/terms.csv")]).size > 100
    )
