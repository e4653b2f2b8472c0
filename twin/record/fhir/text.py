"""What does a short piece of text in a block say: which number, which time, which hash?

Compiled functions on one piece each, given by its first byte and the byte after its last.
"""

import numpy as np
from numba import njit

from twin.record.fhir.memory import word_at

MISSING, BAD, YEAR, MONTH, DAY, LOCAL, ZONED = range(7)
"""What a piece was as a time: absent, no time, a year, a month, a day, a time without and with its zone."""

EXACT, LONG = 1, 2
"""What a piece was as a number: read exactly, or left to Python."""

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_POWERS = 10.0 ** np.arange(23)
_SHORT = 1 << 53  # the largest whole number that a double holds with all below it
_NO_DAY = -(1 << 40)
_MONTH_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


@njit(nogil=True, cache=True)
def hash_of(data, i, end):
    """Return a hash that is never zero."""
    mark = np.uint64(end - i) * _PRIME
    while i + 8 <= end:
        mark = (mark ^ word_at(data, i)) * _PRIME
        mark ^= mark >> np.uint64(29)
        i += 8
    if i < end:
        rest = word_at(data, i) & ((np.uint64(1) << np.uint64(8 * (end - i))) - np.uint64(1))
        mark = (mark ^ rest) * _PRIME
        mark ^= mark >> np.uint64(29)
    return mark | np.uint64(1)


@njit(nogil=True, cache=True)
def tail_hash_of(data, i, end):
    """Return the hash of what follows the last slash or colon of a reference.

    Zero for a reference into the same resource (``#x``) and for one by search (``Patient?identifier=x``).
    """
    if i == end or data[i] == 35:
        return np.uint64(0)
    k = end
    while k > i and data[k - 1] != 47 and data[k - 1] != 58:
        k -= 1
        if data[k] == 63:
            return np.uint64(0)
    return hash_of(data, k, end)


@njit(nogil=True, cache=True)
def is_equal(data, i, j, length):
    """Say whether two pieces of the same length are the same."""
    while length >= 8:
        if word_at(data, i) != word_at(data, j):
            return False
        i, j, length = i + 8, j + 8, length - 8
    if length == 0:
        return True
    shift = np.uint64(8 * (8 - length))
    return word_at(data, i) << shift == word_at(data, j) << shift


@njit(nogil=True, cache=True)
def number_of(data, i, end):
    """Return the number and `EXACT`, or `LONG` for what Python must read."""
    negative = data[i] == 45
    i += negative
    digits, mantissa, places = 0, np.int64(0), 0
    seen_point = False
    while i < end and digits < 18:
        c = np.int64(data[i])
        if c == 46 and not seen_point:
            seen_point = True
        elif 48 <= c <= 57:
            mantissa = mantissa * 10 + (c - 48)
            digits += 1
            places += seen_point
        else:
            break
        i += 1
    if i < end or digits == 0 or mantissa > _SHORT:
        return 0.0, LONG
    # Both are exact, so the quotient is the nearest double.
    value = np.float64(mantissa) / _POWERS[places]
    return (-value if negative else value), EXACT


@njit(nogil=True, cache=True)
def _two(data, i):
    """Return the number of two digits; -1 if they are none."""
    a, b = np.int64(data[i]) - 48, np.int64(data[i + 1]) - 48
    return 10 * a + b if 0 <= a <= 9 and 0 <= b <= 9 else np.int64(-1)


@njit(nogil=True, cache=True)
def _days(year, month, day):
    """Return the days from 1970-01-01 in the Gregorian calendar; a far negative number if there is no such day."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    if year < 1 or month < 1 or month > 12 or day < 1 or day > _MONTH_DAYS[month - 1]:
        return np.int64(_NO_DAY)
    if month == 2 and day == 29 and not leap:
        return np.int64(_NO_DAY)
    # Years are counted from March, so that the leap day is the last of its year.
    if month > 2:
        month -= 3
    else:
        month += 9
        year -= 1
    return year * 365 + year // 4 - year // 100 + year // 400 + (153 * month + 2) // 5 + day - 719469


@njit(nogil=True, cache=True)
def _clock(data, i, end):
    """Return the microseconds of a time of day at `i`, its zone taken off, and `LOCAL`, `ZONED` or `MISSING`."""
    hour, minute, second = _two(data, i), _two(data, i + 3), np.int64(0)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or data[i + 2] != 58:
        return np.int64(0), MISSING
    i += 5
    if i + 2 < end and data[i] == 58:
        second = _two(data, i + 1)
        i += 3
        if second < 0 or second > 60:
            return np.int64(0), MISSING
    micros = ((hour * 60 + minute) * 60 + second) * 1_000_000
    if i < end and data[i] == 46:
        i += 1
        unit = np.int64(100_000)
        while i < end and 48 <= data[i] <= 57:
            micros += (np.int64(data[i]) - 48) * unit
            unit //= 10
            i += 1
    if i == end:
        return micros, LOCAL
    if data[i] == 90 and i + 1 == end:
        return micros, ZONED
    if end - i != 6 or data[i + 3] != 58 or (data[i] != 43 and data[i] != 45):
        return np.int64(0), MISSING
    hour, minute = _two(data, i + 1), _two(data, i + 4)
    if hour < 0 or hour > 14 or minute < 0 or minute > 59:
        return np.int64(0), MISSING
    zone = (hour * 60 + minute) * 60_000_000
    return (micros - zone if data[i] == 43 else micros + zone), ZONED


@njit(nogil=True, cache=True)
def time_of(data, i, end):
    """Return a FHIR date, dateTime or instant as microseconds from 1970 in UTC, and what it was.

    Partial dates count from their first day; a time without zone counts as UTC.
    """
    length = end - i
    if length != 4 and length != 7 and length != 10 and length < 16:
        return np.int64(0), BAD
    century, decade = _two(data, i), _two(data, i + 2)
    month, day, kind = np.int64(1), np.int64(1), YEAR
    if length >= 7:
        month, kind = (_two(data, i + 5), MONTH) if data[i + 4] == 45 else (np.int64(0), MONTH)
    if length >= 10:
        day, kind = (_two(data, i + 8), DAY) if data[i + 7] == 45 else (np.int64(0), DAY)
    days = _days(century * 100 + decade, month, day) if century >= 0 and decade >= 0 else np.int64(_NO_DAY)
    if days == _NO_DAY:
        return np.int64(0), BAD
    micros = days * 86_400_000_000
    if length <= 10:
        return micros, kind
    clock, kind = _clock(data, i + 11, end)
    if kind == MISSING or (data[i + 10] != 84 and data[i + 10] != 32):
        return np.int64(0), BAD
    return micros + clock, kind
