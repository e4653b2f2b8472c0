"""Does the report card hide what it says it hides, and count honestly?"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from twin.physiology.longitudinal import fit, forecast
from twin.proof.report_card import report_card
from twin.record.corrections import corrected, mark
from twin.record.patient import Medication, Patient, Series

ON = date(2026, 6, 30)


def person(*, hidden=(), known=12, level=140.0, medications=(), seed=0):
    """Return a patient with `known` pressures before the last year and the `hidden` ones, (days ago, value), in it."""
    rng = np.random.default_rng(seed)
    days = [*(400 + 120 * np.arange(known)), *(d for d, _ in hidden)]
    values = [*(level + 6.0 * rng.standard_normal(known)), *(v for _, v in hidden)]
    times = np.datetime64(ON, "s") - (np.array(days) * 86_400).astype("timedelta64[s]")
    order = np.argsort(times, kind="stable")
    ids = np.array([f"o{i}" for i in range(len(values))])
    series = Series("systolic_bp", times[order], np.array(values)[order], np.full(len(ids), "office"), ids[order])
    birth = date(1958, 1, 1)
    return Patient(
        "p", "", "", "", birth, "female", "", None, True, {"systolic_bp": series}, None, medications=medications
    )


def test_hits_are_counted_in_each_band():
    hidden = [(300, 140.0), (240, 141.0), (180, 139.0), (120, 140.0), (60, 190.0)]
    card = report_card(person(hidden=hidden), on=ON)
    (record,) = card.records
    assert (record.n, record.within50, record.within80, record.within95) == (5, 4, 4, 4)
    assert card.within(80) == 4 and card.says_enough
    assert card.sentence == "Twelve months ago the twin forecast 5 values; 4 fell within its 80 % band."


def test_the_forecast_is_the_one_that_could_be_made_then():
    calm, wild = person(hidden=[(90, 140.0)]), person(hidden=[(90, 250.0)])
    cards = [report_card(p, on=ON) for p in (calm, wild)]
    np.testing.assert_array_equal(cards[0].bands["systolic_bp"].mean, cards[1].bands["systolic_bp"].mean)
    cut = ON - timedelta(days=365)
    then = fit(calm, on=cut)
    made = forecast(then, np.array([0.0, 365.0]), "systolic_bp")
    np.testing.assert_allclose(cards[0].bands["systolic_bp"].mean[[0, -1]], made.mean, atol=1e-9)
    assert cards[0].hidden_from == cut


def test_few_values_say_nothing():
    card = report_card(person(hidden=[(90, 140.0), (30, 141.0)]), on=ON)
    assert not card.says_enough
    assert card.sentence == "Too few values to say how the twin did: 2 in the last 12 months."


def test_a_variable_first_measured_in_the_hidden_year_is_not_judged():
    card = report_card(person(hidden=[(90, 140.0)], known=0), on=ON)
    assert card.records == () and card.n == 0


def test_errors_are_those_of_the_mean_and_of_the_last_value():
    hidden = [(d, 150.0) for d in (50, 100, 150, 200, 250)]
    patient = person(hidden=hidden)
    (record,) = report_card(patient, on=ON).records
    last = patient.series["systolic_bp"].until(ON - timedelta(days=365)).values[-1]
    assert record.naive_error == pytest.approx(abs(150.0 - last))
    assert 5.0 < record.mean_error < 15.0


def test_treatment_of_the_hidden_year_is_known():
    start = ON - timedelta(days=350)
    drug = Medication("amlodipine", "calcium_channel_blocker", "", "", "", 10.0, start, None, "active", "m")
    treated = report_card(person(hidden=[(30, 125.0)], medications=(drug,)), on=ON).bands["systolic_bp"].mean
    untreated = report_card(person(hidden=[(30, 125.0)]), on=ON).bands["systolic_bp"].mean
    assert treated[0] == pytest.approx(untreated[0], abs=0.5) and treated[-1] < untreated[-1] - 5.0


def test_a_value_recorded_twice_counts_once():
    card = report_card(person(hidden=[(90, 140.0), (90, 140.0), (60, 141.0)]), on=ON)
    assert card.n == 2


@pytest.mark.parametrize("kind", ["wrong", "explained"])
@pytest.mark.parametrize("place", [-2, -6])  # in the hidden year, and before it
def test_a_marked_value_is_neither_missed_nor_learned_from(kind, place):
    hidden = [(300, 140.0), (240, 141.0), (180, 139.0), (120, 190.0), (60, 141.0)]
    whole = person(hidden=hidden)
    series = whole.series["systolic_bp"]
    left = series.where(np.arange(len(series)) != len(series) + place)
    without = report_card(replace(whole, series={"systolic_bp": left}), on=ON)
    card = report_card(corrected(whole, [mark("p", kind, series.measurement(place), reason="Why")]), on=ON)
    assert card.records == without.records and card.sentence == without.sentence
    assert card.records != report_card(whole, on=ON).records
