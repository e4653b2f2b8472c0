"""Is what a measurement would leave unknown exactly what it leaves unknown once it is taken?"""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from longitudinal_people import ON, condition, drug, patient, series, steady

from twin.physiology.longitudinal import Settings, default_parameters, draw_levels, draw_response, fit, forecast
from twin.physiology.longitudinal.engine import run
from twin.physiology.longitudinal.events import end_of
from twin.physiology.longitudinal.preposterior import Planned, after, clues, drawn_from, with_belief
from twin.record.patient import Series

CALM = Settings(parameters=replace(default_parameters(), tail=np.full(len(default_parameters().tail), 1e18)))
"""Hyperparameters under which values teach nothing of how much a person moves."""
PRESSURE = Planned(("systolic_bp", "diastolic_bp"), "home")
LIPIDS = Planned(("ldl_cholesterol", "hdl_cholesterol", "total_cholesterol"), "laboratory")
ALBUMINURIA = Planned(("uacr",), "laboratory")


def someone(**changes):
    values = {
        "systolic_bp": steady("systolic_bp", 148.0, spread=6.0, seed=1, source="office"),
        "diastolic_bp": steady("diastolic_bp", 88.0, spread=4.0, seed=2, source="office"),
        "ldl_cholesterol": steady("ldl_cholesterol", 120.0, spread=8.0, seed=7, per_year=1),
        "hdl_cholesterol": steady("hdl_cholesterol", 45.0, spread=3.0, seed=4, per_year=1),
        "egfr": steady("egfr", 62.0, spread=3.0, seed=5, per_year=1),
        "hba1c": steady("hba1c", 7.4, spread=0.2, seed=6, per_year=2),
    }
    medicines = (
        drug("atorvastatin", "statin", date(2022, 5, 1), dose=40.0),
        drug("losartan", "arb", date(2023, 2, 1), dose=50.0),
    )
    return patient(*values.values(), medications=medicines, conditions=(condition("diabetes/type_2"),), **changes)


def measured(person, planned, *, values):
    """Return the person after the measurement was taken at the end of the day."""
    taken = dict(person.series)
    for name in planned.variables:
        old = taken.get(name, Series(name, np.empty(0, "M8[s]"), *(np.empty(0, t) for t in (float, "U10", "U20"))))
        many = [values[name] * (1 + 1e-9 * i) for i in range(planned.readings)]
        n = len(many)
        taken[name] = Series(
            name,
            np.concatenate([old.times, np.full(n, end_of(ON))]),
            np.concatenate([old.values, many]),
            np.concatenate([old.sources, np.full(n, planned.source)]),
            np.concatenate([old.resource_ids, [f"{name}-new-{i}" for i in range(n)]]),
        )
    return replace(person, series=taken)


def order_in(twin, other):
    """Return where each entry of a twin's state stands in another's, matched by what it is about."""

    def labels(one):
        kinds = [(kind, name) for kind in ("level", "slope", "deviation") for name in one.variables]
        return [*kinds, *((x.drug_class, x.variable) for x in one.inputs)]

    return [labels(other).index(label) for label in labels(twin)]


CASES = pytest.mark.parametrize(
    ("planned", "values"),
    [
        (PRESSURE, {"systolic_bp": 150.0, "diastolic_bp": 87.0}),
        (Planned(("hba1c",), "laboratory", readings=3), {"hba1c": 7.58}),
        (LIPIDS, {"ldl_cholesterol": 127.5, "hdl_cholesterol": 45.0, "total_cholesterol": 145.0}),
        (ALBUMINURIA, {"uacr": 20.0}),
    ],
    ids=["known", "three readings", "one of three is new", "never measured"],
)


@CASES
def test_what_is_foretold_is_what_the_refit_finds(planned, values):
    person = someone()
    foretold = after(with_belief(fit(person, on=ON, settings=CALM), person, planned.variables), planned)
    found = fit(measured(person, planned, values=values), on=ON, settings=CALM)
    place = order_in(foretold, found)
    scale = np.sqrt(np.diag(foretold.covariance))
    again = found.covariance[np.ix_(place, place)]
    np.testing.assert_allclose(again / np.outer(scale, scale), foretold.covariance / np.outer(scale, scale), atol=1e-8)
    for name in planned.variables:
        assert foretold.combination(name, foretold.now)[1] == pytest.approx(found.combination(name, found.now)[1])
    np.testing.assert_array_equal(foretold.counts, found.counts)


@pytest.mark.parametrize(("name", "value"), [("uacr", 400.0), ("hba1c", 9.0)], ids=["first", "newest"])
def test_a_value_far_off_leaves_more_unknown_than_foretold(name, value):
    person, planned = someone(), Planned((name,), "laboratory")
    foretold = after(with_belief(fit(person, on=ON, settings=CALM), person, (name,)), planned)
    found = fit(measured(person, planned, values={name: value}), on=ON, settings=CALM)
    at = [twin.slot(name) for twin in (foretold, found)]
    assert found.covariance[at[1], at[1]] > 1.2 * foretold.covariance[at[0], at[0]]


def test_with_the_shipped_settings_the_filter_agrees_at_the_persons_own_volatility():
    person = someone()
    twin = fit(person, on=ON)
    foretold = after(twin, PRESSURE)
    taken = fit(measured(person, PRESSURE, values={"systolic_bp": 151.0, "diastolic_bp": 86.0}), on=ON)
    found = run(taken.events, taken.parameters, until=np.array([taken.now]), volatility=twin.volatility)
    again = found.covariance.reshape(foretold.covariance.shape)
    scale = np.sqrt(np.diag(again))
    np.testing.assert_allclose(
        again / np.outer(scale, scale), foretold.covariance / np.outer(scale, scale), rtol=0, atol=1e-8
    )


def test_a_variable_never_measured_joins_without_moving_the_others():
    person = someone()
    twin = fit(person, on=ON)
    whole = with_belief(twin, person, ("uacr", "no_such_variable"))
    assert whole.variables == (*twin.variables, "uacr")
    place = order_in(twin, whole)
    np.testing.assert_allclose(whole.state[place], twin.state, atol=1e-9)
    np.testing.assert_allclose(whole.covariance[np.ix_(place, place)], twin.covariance, atol=1e-9)
    assert whole.out_of_sync_reason == twin.out_of_sync_reason
    drugs = {(one.drug_class, one.variable) for one in with_belief(twin, person, ("total_cholesterol",)).inputs}
    assert ("statin", "total_cholesterol") in drugs
    assert with_belief(twin, person, ("systolic_bp",)) is twin


def test_bands_are_narrower_and_stand_where_they_stood():
    person = someone()
    whole = with_belief(fit(person, on=ON), person, ("uacr",))
    for planned in (PRESSURE, ALBUMINURIA):
        surer = after(whole, planned)
        for name in planned.variables:
            now, then = (forecast(one, np.array([0.0, 365.25]), name) for one in (whole, surer))
            assert np.all(then.level_high80 - then.level_low80 < now.level_high80 - now.level_low80)
            np.testing.assert_array_equal(surer.state, whole.state)
    assert after(whole, Planned(("no_such_variable",), "laboratory")) is whole


def test_a_correlated_variable_gains_and_an_unrelated_one_does_not_lose():
    person = someone()
    twin = fit(person, on=ON)
    surer = after(twin, Planned(("systolic_bp",), "home"))
    gain = 1 - np.diag(surer.covariance)[:6] / np.diag(twin.covariance)[:6]
    assert gain[twin.slot("systolic_bp")] > gain[twin.slot("diastolic_bp")] > 1e-4
    assert np.all(gain > -1e-12)


@pytest.mark.parametrize("planned", [PRESSURE, LIPIDS, ALBUMINURIA], ids=["known", "partly new", "new"])
def test_clues_are_standard_normal_and_as_strong_as_the_narrowing_says(planned):
    """A component of strength r takes the share r^2 of the variance of what it is about."""
    person = someone()
    twin = fit(person, on=ON)
    whole = with_belief(twin, person, planned.variables)
    told = clues(twin, whole, planned, drawn_from(twin, draws=20_000, seed=3))
    assert told.scores.shape[1] == len(told.strength) > 0
    assert np.all((told.strength > 0) & (told.strength <= 1))
    np.testing.assert_allclose(told.scores.mean(axis=0), 0.0, atol=0.04)
    np.testing.assert_allclose(np.cov(told.scores.T), np.eye(len(told.strength)), atol=0.05)
    everything = np.hstack([told.scores, told.rest])
    np.testing.assert_allclose(np.cov(everything.T), np.eye(everything.shape[1]), atol=0.06)
    surer = after(whole, planned)
    row = twin.combination("systolic_bp", twin.now)[0]
    wide = row @ twin.covariance @ row
    row = surer.combination("systolic_bp", surer.now)[0]
    narrow = row @ surer.covariance @ row
    level = draw_levels(twin, ("systolic_bp",), np.array([0.0]), draws=20_000, seed=3)[:, 0, 0]
    slopes = np.array([np.cov(level, score)[0, 1] for score in told.scores.T])
    assert np.sum((slopes * told.strength) ** 2) / wide == pytest.approx(1 - narrow / wide, abs=0.01)


def test_draws_taken_apart_are_the_draws():
    twin = fit(someone(), on=ON)
    drawn = drawn_from(twin, draws=50, seed=3)
    white = drawn.from_state @ twin.covariance @ drawn.from_state.T
    np.testing.assert_allclose(white, np.eye(len(white)), atol=1e-8)
    row, _ = twin.combination("systolic_bp", twin.now)
    level = draw_levels(twin, ("systolic_bp",), np.array([0.0]), draws=50, seed=3)[:, 0, 0]
    again = drawn.normals @ drawn.from_state @ twin.covariance @ row
    np.testing.assert_allclose(again, level - level.mean(), atol=1e-6)


def test_clues_go_with_the_drawn_responses():
    before = steady("ldl_cholesterol", 160.0, spread=8.0, seed=3, per_year=2).until(date(2026, 3, 1))
    person = patient(before, medications=(drug("atorvastatin", "statin", date(2026, 3, 2), dose=40.0),))
    twin = fit(person, on=ON)
    drawn = drawn_from(twin, draws=5000, seed=0)
    told = clues(twin, twin, Planned(("ldl_cholesterol",), "laboratory"), drawn)
    response = draw_response(twin, "atorvastatin", "ldl_cholesterol", draws=5000, seed=0)
    assert abs(np.corrcoef(response, told.scores[:, 0])[0, 1]) > 0.2


def test_nothing_is_told_of_an_empty_twin_or_by_an_unknown_variable():
    empty = patient()
    twin = fit(empty, on=ON)
    whole = with_belief(twin, empty, ("uacr",))
    assert clues(twin, whole, ALBUMINURIA, drawn_from(twin, draws=10, seed=0)).scores.shape == (10, 0)
    taken = fit(patient(series("uacr", [0], [20.0])), on=ON, settings=CALM)
    foretold = after(with_belief(fit(empty, on=ON, settings=CALM), empty, ("uacr",)), ALBUMINURIA)
    assert taken.variables == foretold.variables == ("uacr",)
    known = fit(someone(), on=ON)
    drawn = drawn_from(known, draws=10, seed=0)
    assert clues(known, known, Planned(("no_such_variable",), ""), drawn).scores.shape == (10, 0)
