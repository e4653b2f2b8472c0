"""Which rows are set aside, which are kept in doubt, and by what rule?

A row has at most one reason to be set aside: the first that applies, in the order of `Reason`. A row that is
kept may carry several flags. Nothing is corrected and nothing is guessed.
"""

from enum import IntEnum, IntFlag

import numpy as np

from twin.errors import UnknownUnit
from twin.units import conversions, factors
from twin.variables import Variable

OLDEST = np.timedelta64(130 * 365, "D")  # nobody is known to have lived as long


class Reason(IntEnum):
    """Why a row is in quarantine; the comment is the rule."""

    NONE = 0
    ENTERED_IN_ERROR = 1  # status or verification says so
    REFUTED = 2  # a condition or allergy that was ruled out
    NOT_DONE = 3  # cancelled, not done, not taken, only planned
    NO_PATIENT = 4  # no reference to a patient
    UNKNOWN_PATIENT = 5  # the reference leads to no patient of the record or of the import
    NO_CODE = 6  # neither a code nor a text says what it is
    DATA_ABSENT = 7  # dataAbsentReason instead of a value
    NO_VALUE = 8  # an observation without value, component, member or reason
    NO_TIME = 9  # a value without a time
    BAD_TIME = 10  # a time that is none
    NOT_A_NUMBER = 11  # a variable that is a number, with something else
    UNKNOWN_ANSWER = 12  # a variable that is a category, with an answer that values.csv lacks
    NO_UNIT = 13  # a number without the unit that its variable needs
    UNKNOWN_UNIT = 14  # a unit that conversions.csv cannot bring to the variable's
    IMPOSSIBLE = 15  # outside the hard limits of variables.csv
    IN_THE_FUTURE = 16  # measured more than a day after the import
    BEFORE_BIRTH = 17  # measured before the patient's day of birth
    OTHER_PATIENT = 18  # its id is another patient's in the record or the import; see subjects.py

    @property
    def word(self) -> str:
        """Return the name as it stands in the quarantine table and in reports."""
        return self.name.lower()


class Flag(IntFlag):
    """What is doubtful about a row that is kept; the comment is the rule."""

    IMPLAUSIBLE = 1  # outside the plausible limits of variables.csv
    CENSORED = 2  # sent with <, <=, > or >=: the value is the limit
    PRELIMINARY = 4  # status preliminary, registered or unknown
    REPEATED = 8  # another row has the same patient, variable, time and value
    PARTIAL_DATE = 16  # only the year or month is known: the first day stands for it
    TIME_ISSUED = 32  # no time of measurement: the time of issue stands for it
    LOCAL_TIME = 64  # a time without zone was taken as UTC
    AFTER_DEATH = 128  # later than the day after the patient's death
    RECORDED_DATE = 256  # no onset: the day of recording stands for it
    END_UNKNOWN = 512  # it ended, but not known when: it counts as ended at the last day known
    DOSE_ASSUMED = 1024  # no dosage: one unit of the coded strength a day
    DRUG_UNKNOWN = 2048  # the reference to the drug leads nowhere
    BIRTH_UNUSABLE = 4096  # a day of birth that is none, after the import or over 130 years before it: not known
    ANOTHER_PERSON = 8192  # of name, day of birth and sex, two differ from what the same id had before
    TEXT_DAMAGED = 16384  # half a character, shown as U+FFFD, or text that no program can hold, left out
    MOVED = 32768  # a newer version of what was another patient's; see subjects.py


_NAMES = {flag.value: flag.name.lower() for flag in Flag}


def flag_text(flags: int) -> str | None:
    """Return the names of the flags joined by commas; ``None`` without any."""
    return ",".join(name for value, name in _NAMES.items() if flags & value) or None


def convert(variable: Variable, unit: str | None) -> tuple[float, float]:
    """Return factor and offset from a unit to the variable's own.

    Parameters
    ----------
    unit
        As sent; ``None`` where none was, which only a variable without dimension allows.

    Raises
    ------
    UnknownUnit
        If the table has no such pair.
    """
    if unit is None:
        unit = next((own for own in ("1", "{score}") if (variable.name, own) in conversions()), None)
    if unit is None:
        raise UnknownUnit(f"{variable.name}: no unit", clinical=f"{variable.label} cannot be read without its unit.")
    return factors(variable.name, unit)


def usable_births(days: np.ndarray, *, now: int) -> np.ndarray:
    """Say which days of birth a living person may have; a day that is not known is none of them.

    Parameters
    ----------
    days
        Calendar days, NaT where not known.
    now
        When the import runs, microseconds from 1970, UTC.
    """
    today = np.datetime64(now, "us").astype("M8[D]")
    return (days <= today + 1) & (days >= today - OLDEST)


def judge_times(
    micros: np.ndarray, *, now: int, birth: np.ndarray, death: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Say which times are in the future, before birth and after death.

    Parameters
    ----------
    micros
        When it was measured, microseconds from 1970, UTC.
    now
        When the import runs, in the same unit.
    birth, death
        Start of those days of the row's patient; the lowest and highest number where not known.
    """
    day = 86_400_000_000
    # A day either way: zones differ, and laboratories report what was taken before.
    least, most = np.iinfo(np.int64).min + day, np.iinfo(np.int64).max - 2 * day
    earliest, latest = np.maximum(birth, least) - day, np.minimum(death, most) + 2 * day
    return micros > now + day, micros < earliest, micros > latest
