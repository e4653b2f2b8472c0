"""Do the rules for doubtful rows draw their lines where they say?"""

import numpy as np
import pytest

from twin.errors import UnknownUnit
from twin.record.quality import Flag, Reason, convert, flag_text, judge_times, usable_births
from twin.variables import variable

DAY = 86_400_000_000


def judge(time, *, now=100 * DAY, birth=0, death=50 * DAY):
    """Return what is said of one time, in days."""
    told = judge_times(
        np.array([int(time * DAY)]), now=now, birth=np.array([birth], np.int64), death=np.array([death], np.int64)
    )
    return [bool(part[0]) for part in told]


@pytest.mark.parametrize(
    ("time", "future", "early", "late"),
    [
        (10, False, False, False),
        (-0.9, False, False, False),
        (-1.1, False, True, False),
        (51.9, False, False, False),
        (52.1, False, False, True),
        (100.9, False, False, True),
        (101.1, True, False, True),
    ],
)
def test_a_day_either_way_is_allowed(time, future, early, late):
    assert judge(time) == [future, early, late]


def test_unknown_days_judge_nothing():
    highest = np.iinfo(np.int64).max
    assert judge(-40_000, birth=-highest, death=highest) == [False, False, False]


def test_a_variable_without_dimension_needs_no_unit():
    assert convert(variable("inr"), None) == (1.0, 0.0)
    assert convert(variable("gcs"), None) == (1.0, 0.0)


@pytest.mark.parametrize("unit", ["umol/L", "\u00b5mol/L", "\u03bcmol/L", "umol/l", "\u00b5mol/l"])
def test_a_laboratory_may_write_micro_and_litre_as_it_does(unit):
    assert convert(variable("creatinine"), unit) == convert(variable("creatinine"), "umol/L")


@pytest.mark.parametrize(
    ("day", "usable"),
    [("2026-11-25", True), ("2026-11-27", False), ("1900-01-01", True), ("1890-01-01", False), ("NaT", False)],
)
def test_nobody_is_born_tomorrow_or_too_long_ago(day, usable):
    now = int(np.datetime64("2026-11-24T12:00", "us").astype(int))
    assert usable_births(np.array([day], "M8[D]"), now=now).tolist() == [usable]


@pytest.mark.parametrize("unit", [None, "", "furlong"])
def test_a_variable_with_a_dimension_needs_its_unit(unit):
    with pytest.raises(UnknownUnit):
        convert(variable("hba1c"), unit)


def test_flags_are_told_by_name():
    assert flag_text(0) is None
    assert flag_text(Flag.CENSORED) == "censored"
    assert flag_text(Flag.CENSORED | Flag.IMPLAUSIBLE) == "implausible,censored"


def test_reasons_have_their_words():
    assert Reason.UNKNOWN_UNIT.word == "unknown_unit"
    assert len({reason.word for reason in Reason}) == len(Reason)
