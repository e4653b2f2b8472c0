"""How does a column of text spans become numbers, times, codes or strings at once?

A span is the first byte and the byte after the last of a field in a block; -1 where there is none. The compiled
functions fill arrays that their Python twins make: arrays made inside would triple the time to compile.
"""

import numpy as np
from numba import njit

from twin.record.fhir.scan import word_at

MISSING, BAD, YEAR, MONTH, DAY, LOCAL, ZONED = range(7)
"""What a span was as a time: absent, no time, a year, a month, a day, a time without and with its zone."""

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_POWERS = 10.0 ** np.arange(23)
_SHORT = 1 << 53  # the largest whole number that a double holds with all below it
_NO_DAY = -(1 << 40)
_MONTH_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def hashes(data: np.ndarray, spans: np.ndarray, *, tails: bool = False) -> np.ndarray:
    """Hash each span; 0 where there is none.

    Parameters
    ----------
    tails
        Hash only what follows the last slash or colon, and nothing of a reference into the same resource
        (``#x``) or by search (``Patient?identifier=x``).
    """
    marks = np.zeros(len(spans), np.uint64)
    _fill_hashes(data, spans, tails, marks)
    return marks


def members(needles: np.ndarray, haystack: np.ndarray) -> np.ndarray:
    """Say which of the hashes are in the haystack; zeros never are."""
    table = np.zeros(_table_size(len(haystack)), np.uint64)
    _put(haystack, table)
    found = np.zeros(len(needles), np.bool_)
    _look_up(needles, table, found)
    return found


def has_repeats(marks: np.ndarray) -> bool:
    """Say whether any two of the hashes are equal."""
    return _put(marks, np.zeros(_table_size(len(marks)), np.uint64))


def distinct(data: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the different texts of a column in the order in which they appear.

    Returns
    -------
        The number of each row's text (-1 where there is none), and the first row of each text.
    """
    numbers = np.empty(len(spans), np.int32)
    most = 128
    while True:
        firsts, marks = np.empty(most, np.int32), np.empty(most, np.uint64)
        count = _number_texts(data, spans, numbers, firsts, marks, np.full(4 * most, -1, np.int32))
        if count >= 0:
            return numbers, firsts[:count]
        most *= 16


def gather(data: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Copy the spans one behind the other; return the bytes and where each starts, as Arrow has it."""
    ends = np.zeros(len(spans) + 1, np.int32)
    np.cumsum(spans[:, 1] - spans[:, 0], out=ends[1:])
    text = np.empty(ends[-1], np.uint8)
    _copy(data, spans, text)
    return text, ends


def numbers(data: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read each span as a number: values (NaN where none), and whether Python must read it instead."""
    values, unread = np.full(len(spans), np.nan), np.zeros(len(spans), np.bool_)
    _fill_numbers(data, spans, values, unread)
    return values, unread


def times(data: np.ndarray, spans: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Read each span as a FHIR date, dateTime or instant.

    Returns
    -------
        Microseconds from 1970 in UTC, and what each text was. Partial dates count from their first day.
    """
    micros, kinds = np.zeros(len(spans), np.int64), np.zeros(len(spans), np.uint8)
    _fill_times(data, spans, micros, kinds)
    return micros, kinds


def _table_size(count: int) -> int:
    return 1 << max(4, (2 * count).bit_length())


@njit(nogil=True, cache=True)
def _hash(data, i, end):
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
def _fill_hashes(data, spans, tails, marks):
    for row in range(spans.shape[0]):
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        if i < 0 or i == end:
            continue
        if tails:
            if data[i] == 35:
                continue
            searched = False
            for k in range(i, end):
                if data[k] == 63:
                    searched = True
                elif data[k] == 47 or data[k] == 58:
                    i = k + 1
            if searched:
                continue
        marks[row] = _hash(data, i, end)


@njit(nogil=True, cache=True)
def _put(marks, table):
    """Put hashes into an open table; say whether one was there already."""
    mask = np.uint64(table.shape[0] - 1)
    repeated = False
    for k in range(marks.shape[0]):
        mark = marks[k]
        if mark == np.uint64(0):
            continue
        slot = (mark >> np.uint64(7)) & mask
        while table[slot] != np.uint64(0) and table[slot] != mark:
            slot = (slot + np.uint64(1)) & mask
        repeated |= table[slot] == mark
        table[slot] = mark
    return repeated


@njit(nogil=True, cache=True)
def _look_up(marks, table, found):
    mask = np.uint64(table.shape[0] - 1)
    for k in range(marks.shape[0]):
        mark = marks[k]
        if mark == np.uint64(0):
            continue
        slot = (mark >> np.uint64(7)) & mask
        while table[slot] != np.uint64(0) and table[slot] != mark:
            slot = (slot + np.uint64(1)) & mask
        found[k] = table[slot] == mark


@njit(nogil=True, cache=True)
def _equal(data, i, j, length):
    while length >= 8:
        if word_at(data, i) != word_at(data, j):
            return False
        i, j, length = i + 8, j + 8, length - 8
    if length == 0:
        return True
    shift = np.uint64(8 * (8 - length))
    return word_at(data, i) << shift == word_at(data, j) << shift


@njit(nogil=True, cache=True)
def _number_texts(data, spans, numbers, firsts, marks, table):
    """Number the texts; return how many there are, or -1 if there is no room for them."""
    mask = np.int64(table.shape[0] - 1)
    count = 0
    for row in range(spans.shape[0]):
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        if i < 0:
            numbers[row] = -1
            continue
        mark = _hash(data, i, end)
        slot = np.int64(mark >> np.uint64(20)) & mask
        while table[slot] >= 0:
            known = table[slot]
            if marks[known] == mark:
                j = np.int64(spans[firsts[known], 0])
                if np.int64(spans[firsts[known], 1]) - j == end - i and _equal(data, i, j, end - i):
                    break
            slot = (slot + 1) & mask
        if table[slot] < 0:
            if count == firsts.shape[0]:
                return -1
            firsts[count], marks[count] = row, mark
            table[slot] = count
            count += 1
        numbers[row] = table[slot]
    return count


@njit(nogil=True, cache=True)
def _copy(data, spans, text):
    k = 0
    for row in range(spans.shape[0]):
        for i in range(spans[row, 0], spans[row, 1]):
            text[k] = data[i]
            k += 1


@njit(nogil=True, cache=True)
def _fill_numbers(data, spans, values, unread):
    for row in range(spans.shape[0]):
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        if i < 0:
            continue
        unread[row] = True
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
        if i == end and digits > 0 and mantissa <= _SHORT:
            # Both are exact, so the quotient is the nearest double.
            value = np.float64(mantissa) / _POWERS[places]
            values[row] = -value if negative else value
            unread[row] = False


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
    """Return the microseconds of a time of day at `i`, its zone taken off, and 0, LOCAL or ZONED."""
    hour, minute, second = _two(data, i), _two(data, i + 3), np.int64(0)
    if hour < 0 or hour > 23 or minute < 0 or minute > 59 or data[i + 2] != 58:
        return np.int64(0), 0
    i += 5
    if i + 2 < end and data[i] == 58:
        second = _two(data, i + 1)
        i += 3
        if second < 0 or second > 60:
            return np.int64(0), 0
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
        return np.int64(0), 0
    hour, minute = _two(data, i + 1), _two(data, i + 4)
    if hour < 0 or hour > 14 or minute < 0 or minute > 59:
        return np.int64(0), 0
    zone = (hour * 60 + minute) * 60_000_000
    return (micros - zone if data[i] == 43 else micros + zone), ZONED


@njit(nogil=True, cache=True)
def _fill_times(data, spans, micros, kinds):
    for row in range(spans.shape[0]):
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        if i < 0:
            continue
        kinds[row] = BAD
        length = end - i
        if length != 4 and length != 7 and length != 10 and length < 16:
            continue
        year, month, day = _two(data, i) * 100 + _two(data, i + 2), np.int64(1), np.int64(1)
        kind = YEAR
        if _two(data, i) < 0 or _two(data, i + 2) < 0:
            continue
        if length >= 7:
            month, kind = _two(data, i + 5), MONTH
            if data[i + 4] != 45:
                continue
        if length >= 10:
            day, kind = _two(data, i + 8), DAY
            if data[i + 7] != 45:
                continue
        days = _days(year, month, day)
        if days == _NO_DAY:
            continue
        micros[row] = days * 86_400_000_000
        if length > 10:
            clock, kind = _clock(data, i + 11, end)
            if kind == 0 or (data[i + 10] != 84 and data[i + 10] != 32):
                micros[row] = 0
                continue
            micros[row] += clock
        kinds[row] = kind


@njit(nogil=True, cache=True)
def is_ascii(data):
    """Say whether every byte is ASCII; the length must be a multiple of eight."""
    seen = np.uint64(0)
    for i in range(0, data.shape[0], 8):
        seen |= word_at(data, i)
    return (seen & np.uint64(0x8080808080808080)) == np.uint64(0)


@njit(nogil=True, cache=True)
def line_breaks(data, first, end):
    """Count the line breaks of a part of the block."""
    count = 0
    for i in range(first, end):
        count += data[i] == 10
    return count
