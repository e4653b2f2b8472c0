"""Does the table of tests say what simulation from scratch says, and only what can be said?"""

from dataclasses import replace

import numpy as np
import pytest

from twin.evidence.sources import source
from twin.physiology.longitudinal import fit, forecast
from twin.physiology.longitudinal.preposterior import _seen, after, with_belief
from twin.plans.compare import compare_on
from twin.plans.ground import ground_of
from twin.plans.next_test import next_tests, single_changes
from twin.plans.next_test_benefits import NET, benefits_of
from twin.plans.next_test_measurements import measurements
from twin.plans.now import Now
from twin.plans.outcomes import outlook_of
from twin.plans.plan import Lifestyle, Plan, StartTherapy
from twin.variables import registry

STATIN = Plan("Statin", (StartTherapy("atorvastatin 20 mg"),))
AMLODIPINE = Plan("Amlodipine", (StartTherapy("amlodipine 5 mg"),))
THIAZIDE = Plan("Thiazide", (StartTherapy("chlortalidone 25 mg"),))
QUIT = Plan("Quit", (Lifestyle("smoking"),))
LIGHTER = Plan("7 kg less", (Lifestyle("weight", -7.0),))
PLANS = (STATIN, LIGHTER)
DRAWS = 400


def on_ground(patient, twin, on, *, draws=DRAWS, horizon_years=10):
    return ground_of(patient, twin, on=on, horizon_years=horizon_years, draws=draws, seed=0)


@pytest.fixture(scope="module")
def close_call(person, on):
    """A man for whom a statin and 7 kg less prevent nearly as much; he was last measured long ago."""
    patient = person(age=58, values={"ldl_cholesterol": 118.0, "systolic_bp": 146.0, "diastolic_bp": 88.0})
    series = {
        name: replace(one, times=one.times - np.timedelta64(900, "D")).until(on) for name, one in patient.series.items()
    }
    patient = replace(patient, series=series)
    return patient, fit(patient, on=on)


def by_id(found):
    return {test.measurement.id: test for test in found.tests}


def _updated(twin, whole, planned, result):
    """Return the twin that knows a result: mean and covariance by the textbook, nothing else."""
    rows, noise = _seen(whole, planned)
    shared = whole.covariance @ rows.T
    gain = shared @ np.linalg.inv(rows @ shared + np.diag(noise))
    state = twin.filtered.state.copy()
    own = twin._mine(twin.filtered.layout.state_at)
    state[own] += gain @ result
    return replace(after(twin, planned), filtered=replace(after(twin, planned).filtered, state=state))


def _nested(patient, twin, on, planned, plans, *, outer, monkeypatch):
    """Return, for each simulated result, what each plan does on average to draws of the twin that knows it.

    The engine runs anew for each result; draws stand about the record as those of the first run do.
    """
    first = Now(patient, twin, on=on, years=np.linspace(0.25, 9.75, 20), draws=DRAWS, seed=0,
                               equations=("prevent_base", "kfre_4"))  # fmt: skip
    middle = {name: drawn.mean(axis=1, keepdims=True) for name, drawn in first._drawn.items()}

    def around(self, name, recorded):
        drawn = self._drawn[name] - middle[name] + recorded
        return np.concatenate([np.full((len(drawn), 1), recorded), drawn], axis=1)

    monkeypatch.setattr(Now, "around", around)
    rows, noise = _seen(twin, planned)
    total = rows @ twin.covariance @ rows.T + np.diag(noise)
    results = np.random.default_rng(7).standard_normal((outer, len(rows))) @ np.linalg.cholesky(total).T
    found = []
    for result in results:
        knowing = _updated(twin, twin, planned, result)
        benefits = benefits_of(on_ground(patient, knowing, on), knowing, plans)
        found.append(benefits.values.mean(axis=1))
    return np.array(found)


@pytest.mark.parametrize(("test", "least"), [("lipids", 0.02), ("blood_pressure", 0.0)])
def test_nested_simulation_from_scratch_agrees(close_call, on, monkeypatch, test, least):
    """Of 150 results each worked out anew; a visit's blood pressure changes nothing here, and both say so exactly."""
    patient, twin = close_call
    measurement = measurements()[test]
    known = replace(measurement, variables=tuple(name for name in measurement.variables if twin.has(name)))
    (shown,) = next_tests(on_ground(patient, twin, on), twin, PLANS, offered=[known]).tests
    outer = 150
    nested = _nested(patient, twin, on, known.planned, PLANS, outer=outer, monkeypatch=monkeypatch)
    ahead = nested.max(axis=1) - nested[:, nested.mean(axis=0).argmax()]
    changes = np.mean(ahead > 0)
    errors = np.sqrt([np.var(ahead) / outer, changes * (1 - changes) / outer])
    assert abs(shown.value.gain - ahead.mean()) <= 3 * np.hypot(errors[0], shown.value.gain_error)
    assert abs(shown.value.changes - changes) <= 3 * np.hypot(errors[1], shown.value.changes_error)
    assert least <= changes < 0.5 and shown.value.is_clear == (least > 0)


def test_plans_with_the_same_estimates_tie_in_every_draw(close_call, on):
    patient, twin = close_call
    ground = on_ground(patient, twin, on, draws=200)
    benefits = benefits_of(ground, twin, (AMLODIPINE, THIAZIDE))
    np.testing.assert_array_equal(benefits.values[1], benefits.values[2])
    assert benefits.first.name == "Amlodipine" and np.all(benefits.values[0] == 0.0)
    found = next_tests(ground, twin, (AMLODIPINE, THIAZIDE))
    assert all(test.value.changes == 0.0 and test.value.gain == 0.0 for test in found.tests)


def test_benefits_stand_where_the_comparison_stands(close_call, on):
    """At the trials' estimates the point is the comparison's own, and draws of the person spread about it."""
    patient, twin = close_call
    ground = on_ground(patient, twin, on)
    benefits = benefits_of(ground, twin, PLANS)
    assert benefits.counted == NET and [plan.name for plan in benefits.plans[1:]] == [plan.name for plan in PLANS]
    for row, result in zip(benefits.values[1:], compare_on(ground, PLANS).plans, strict=True):
        net = result.net_benefit
        assert row.mean() == pytest.approx(net.mean, rel=0.05)
        assert 0 < row.std() < np.std(net.drawn[1:])


def test_order_is_by_change_then_by_narrowing(close_call, on):
    patient, twin = close_call
    found = next_tests(on_ground(patient, twin, on), twin, PLANS)
    assert {test.measurement.id for test in found.tests} == set(measurements())
    assert found.tests[0].measurement.id == "lipids"
    rest = [test.narrowed for test in found.tests if not test.value.is_clear]
    assert rest == sorted(rest, reverse=True) and rest[0] > 0.2


def test_ranges_are_those_of_the_forecast_and_narrower_after(close_call, on):
    patient, twin = close_call
    found = by_id(next_tests(on_ground(patient, twin, on, draws=200), twin, PLANS))
    one = found["home_blood_pressure"].narrowings[0]
    bands = forecast(twin, np.array([0.0, 365.25]), "systolic_bp")
    assert (one.now.low, one.now.high) == (bands.level_low80[0], bands.level_high80[0])
    assert (one.in_a_year.low, one.in_a_year.high) == (bands.low80[1], bands.high80[1])
    assert one.last.value == 146.0 and one.is_measured
    for test in found.values():
        for narrowing in test.narrowings:
            assert 0.0 < narrowing.now.narrowed < 1.0
            assert 0.0 < narrowing.in_a_year.narrowed < narrowing.now.narrowed + 0.2
        for risk in test.risks.values():
            assert risk.low <= risk.low_after <= risk.high_after <= risk.high
    office, home = (found[name].narrowings[0].now.narrowed for name in ("blood_pressure", "home_blood_pressure"))
    assert home > office


def test_a_risk_narrows_by_what_it_hangs_on(close_call, on):
    patient, twin = close_call
    found = by_id(next_tests(on_ground(patient, twin, on), twin, PLANS))
    narrowed = {name: test.risks["cvd"].narrowed for name, test in found.items()}
    assert narrowed["home_blood_pressure"] > narrowed["blood_pressure"] > 0.05
    assert narrowed["uacr"] < 0.02 and narrowed["minerals"] < 0.02


def test_the_risks_range_is_what_is_left_when_the_result_is_known(close_call, on):
    """The mean of the variances after simulated results, drawn anew, is what the table's range rests on."""
    patient, twin = close_call
    known = replace(measurements()["home_blood_pressure"], variables=("systolic_bp",))
    (test,) = next_tests(on_ground(patient, twin, on, draws=1000), twin, PLANS, offered=[known]).tests
    now = outlook_of(on_ground(patient, twin, on, draws=1000)).risks("cvd", None)[-1, 1:]
    surer = after(twin, known.planned)  # at the expected result; the variance hardly depends on it
    then = outlook_of(on_ground(patient, surer, on, draws=1000)).risks("cvd", None)[-1, 1:]
    assert 1 - then.std() / now.std() == pytest.approx(test.risks["cvd"].narrowed, abs=0.01)


def test_what_was_never_measured_begins_as_usual_and_would_allow_its_risk(person, on):
    patient = person(
        age=60, values={"egfr": 42.0, "hba1c": 7.4}, conditions=("diabetes/type_2", "kidney/chronic_kidney_disease")
    )
    twin = fit(patient, on=on)
    found = by_id(next_tests(on_ground(patient, twin, on, draws=200, horizon_years=5), twin, PLANS))
    (uacr,) = (one for one in found["uacr"].narrowings if one.is_measured)
    assert uacr.last is None and uacr.now.high > 5 * uacr.now.low and uacr.now.narrowed > 0.2
    assert any("Kidney failure" in said and "KFRE 4 variables" in said for said in found["uacr"].allows)
    assert any("PREVENT full" in said for said in found["uacr"].allows)
    assert found["lipids"].allows == () and found["hba1c"].allows == ()
    assert with_belief(twin, patient, ("uacr",)).level("uacr")[0] > 0


def test_a_missing_cholesterol_would_allow_risk_and_the_effect_of_a_statin(person, on):
    patient = person(without=("total_cholesterol", "ldl_cholesterol"))
    twin = fit(patient, on=on)
    found = next_tests(on_ground(patient, twin, on, draws=100), twin, (STATIN, QUIT))
    assert found.benefits.counted == "death"
    lipids = by_id(found)["lipids"]
    assert any(said.startswith("Cardiovascular disease and") and "PREVENT base" in said for said in lipids.allows)
    assert "Effect of Statin" in lipids.allows
    assert by_id(found)["hba1c"].allows == ("Heart failure (PREVENT with HbA1c)",)
    assert [said.split(":")[0] for said in found.benefits.left_out] == ["Statin"]
    assert set(lipids.risks) == {"heart_failure"}


def test_without_any_risk_only_narrowing_is_said(person, twin_of, on):
    patient = person(age=61)
    twin = twin_of(patient, out_of_sync="values have jumped")
    found = next_tests(on_ground(patient, twin, on, draws=50), twin, PLANS)
    assert found.benefits.counted == "" and all(test.value is None for test in found.tests)
    assert all(test.narrowings for test in found.tests)


def test_single_changes_are_the_usual_decisions(close_call, on):
    patient, twin = close_call
    names = [plan.name for plan in single_changes(on_ground(patient, twin, on, draws=10))]
    assert "Atorvastatin 80 mg" in names and "Stop smoking" not in names and len(names) == len(set(names))


def test_the_table_of_measurements_names_what_the_registry_and_the_sources_know():
    assert {"blood_pressure", "home_blood_pressure", "hba1c", "lipids", "uacr"} <= set(measurements())
    for known in measurements().values():
        assert known.label and known.burden and known.locator and known.readings >= 1
        assert set(known.variables) <= set(registry())
        assert source(known.source_id)
