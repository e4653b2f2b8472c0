"""Is each hidden value forecast from what was known before, and from nothing else?"""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
from scipy import stats

from twin.proof.hindcast import hindcast
from twin.proof.report_card import report_card
from twin.record.patient import Medication, Patient, Series

ON = date(2026, 6, 30)


def series(name, days_ago, values):
    times = np.datetime64(ON, "s") - (np.array(days_ago) * 86_400).astype("timedelta64[s]")
    order = np.argsort(times, kind="stable")
    labels = np.array([f"{name}{i}" for i in range(len(values))])
    return Series(name, times[order], np.array(values, dtype=float)[order], np.full(len(values), "office"), labels)


def person(number, *measured, medications=()):
    found = {one.variable: one for one in measured}
    return Patient(
        str(number), "", "", "", date(1958, 1, 1), "female", "", None, True, found, None, medications=medications
    )


EARLIER = [*range(400, 1600, 120)]


def pressures(*hidden, level=140.0):
    days, values = zip(*hidden, strict=True) if hidden else ((), ())
    return series("systolic_bp", [*EARLIER, *days], [*(level + np.arange(len(EARLIER)) % 3), *values])


def test_a_hidden_value_changes_no_other_forecast():
    calm, wild = (person(1, pressures((300, value), (30, 141.0))) for value in (140.0, 220.0))
    found = [hindcast([one], on=ON) for one in (calm, wild)]
    np.testing.assert_allclose(found[0].centre, found[1].centre, atol=1e-9)
    np.testing.assert_allclose(found[0].scale, found[1].scale, atol=1e-9)
    assert found[1].value.tolist() == [220.0, 141.0]


def test_a_value_after_the_day_is_not_looked_at():
    found = hindcast([person(1, pressures((300, 140.0), (-5, 141.0)))], on=ON)
    assert found.value.tolist() == [140.0]


def test_a_first_value_is_not_judged():
    found = hindcast([person(1, pressures((30, 140.0)), series("hba1c", [30], [7.0]))], on=ON)
    assert {found.parameters.variables[column] for column in found.column} == {"systolic_bp"}


def test_a_drugs_baseline_is_no_hidden_value():
    drug = Medication(
        "amlodipine", "calcium_channel_blocker", "", "", "", 10.0, ON - timedelta(days=200), None, "active", "m"
    )
    low, high = (
        hindcast([person(1, pressures((210, value), (30, 130.0)), medications=(drug,))], on=ON)
        for value in (90.0, 200.0)
    )
    np.testing.assert_allclose(low.centre, high.centre, atol=1e-9)
    assert low.centre[1] < low.centre[0] - 4.0  # the treatment itself is known


def test_the_panel_in_one_call_says_what_each_patient_alone_does():
    people = [
        person(1, pressures((300, 150.0), (200, 138.0))),
        person(2, series("hba1c", [900, 700, 500, 100], [7.0, 7.4, 7.2, 9.0])),
        person(3),
        person(4, pressures((50, 139.0), level=120.0), series("weight", [800, 500, 20], [80.0, 82.0, 84.0])),
    ]
    whole = hindcast(people, on=ON)
    for number, one in enumerate(people):
        alone, part = hindcast([one], on=ON), whole.of(number)
        for name in ("column", "time", "value"):
            np.testing.assert_array_equal(getattr(whole, name)[part], getattr(alone, name))
        for name in ("centre", "scale", "freedom", "band", "error", "crps"):
            np.testing.assert_allclose(getattr(whole, name)[part], getattr(alone, name), rtol=1e-9)
    assert whole.of(2) == slice(3, 3)


def test_the_patients_report_card_counts_these_forecasts():
    one = person(4, pressures((50, 139.0), (100, 190.0)), series("weight", [800, 500, 20], [80.0, 82.0, 84.0]))
    found, card = hindcast([one], on=ON), report_card(one, on=ON)
    within = {
        found.parameters.variables[column]: int(np.sum(found.band[found.column == column] <= 80))
        for column in np.unique(found.column)
    }
    assert within == {record.variable: record.within80 for record in card.records}


def test_the_band_of_a_value_is_where_it_lies_in_its_forecast():
    found = hindcast([person(1, pressures((300, 150.0), (200, 138.0)))], on=ON)
    z = (found.value - found.centre) / found.scale  # pressure is not transformed
    np.testing.assert_allclose(found.band, 100.0 * np.abs(2.0 * stats.t.cdf(z, found.freedom) - 1.0))
    np.testing.assert_allclose(found.error, found.value - found.centre, atol=0.1)
    assert np.all(found.crps < np.abs(found.error) + found.scale)


def test_people_without_values_have_none():
    assert len(hindcast([person(1), replace(person(2), birth_date=None)], on=ON).value) == 0
