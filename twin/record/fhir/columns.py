"""How does a column of text spans become numbers, times, codes or strings at once?"""

import numpy as np
from numba import njit

from twin.record.fhir.scan import word_at

MISSING, BAD, YEAR, MONTH, DAY, LOCAL, ZONED = range(7)
"""What a span was as a time: absent, no time, a year, a month, a day, a time without and with its zone."""

_PRIME = np.uint64(0x9E3779B97F4A7C15)
_POWERS = 10.0 ** np.arange(23)
_SHORT = 1 << 53  # the largest whole number that a double holds with all below it


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
def hashes(data, spans, tails):
    """Hash each span; 0 where there is none.

    With `tails`, only what follows the last slash or colon counts, and a reference into the same resource
    (``#x``) or by search (``Patient?identifier=x``) counts as none.
    """
    out = np.zeros(spans.shape[0], np.uint64)
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
        out[row] = _hash(data, i, end)
    return out


@njit(nogil=True, cache=True)
def members(needles, haystack):
    """Say which of the needles are in the haystack; zeros never are."""
    size = 16
    while size < 2 * haystack.shape[0]:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.zeros(size, np.uint64)
    for k in range(haystack.shape[0]):
        mark = haystack[k]
        if mark:
            slot = (mark >> np.uint64(7)) & mask
            while table[slot] and table[slot] != mark:
                slot = (slot + np.uint64(1)) & mask
            table[slot] = mark
    out = np.zeros(needles.shape[0], np.bool_)
    for k in range(needles.shape[0]):
        mark = needles[k]
        if mark:
            slot = (mark >> np.uint64(7)) & mask
            while table[slot] and table[slot] != mark:
                slot = (slot + np.uint64(1)) & mask
            out[k] = table[slot] == mark
    return out


@njit(nogil=True, cache=True)
def has_repeats(marks):
    """Say whether any two of the hashes are equal."""
    size = 16
    while size < 2 * marks.shape[0]:
        size *= 2
    mask = np.uint64(size - 1)
    table = np.zeros(size, np.uint64)
    for k in range(marks.shape[0]):
        slot = (marks[k] >> np.uint64(7)) & mask
        while table[slot]:
            if table[slot] == marks[k]:
                return True
            slot = (slot + np.uint64(1)) & mask
        table[slot] = marks[k]
    return False


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
def distinct(data, spans):
    """Number the different texts of a column in the order in which they appear.

    Returns
    -------
        The number of each row's text (-1 where there is none), and the first row of each text.
    """
    n = spans.shape[0]
    numbers = np.empty(n, np.int32)
    firsts = np.empty(64, np.int32)
    marks = np.empty(64, np.uint64)
    count = 0
    size = 256
    table = np.full(size, -1, np.int32)
    for row in range(n):
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        if i < 0:
            numbers[row] = -1
            continue
        mark = _hash(data, i, end)
        slot = np.int64(mark >> np.uint64(20)) & (size - 1)
        while True:
            known = table[slot]
            if known < 0:
                break
            if marks[known] == mark:
                j = np.int64(spans[firsts[known], 0])
                if np.int64(spans[firsts[known], 1]) - j == end - i and _equal(data, i, j, end - i):
                    break
            slot = (slot + 1) & (size - 1)
        if known >= 0:
            numbers[row] = known
            continue
        if count == firsts.shape[0]:
            firsts = np.append(firsts, np.empty(count, np.int32))
            marks = np.append(marks, np.empty(count, np.uint64))
        firsts[count], marks[count] = row, mark
        table[slot] = count
        numbers[row] = count
        count += 1
        if 2 * count > size:
            size *= 4
            table = np.full(size, -1, np.int32)
            for known in range(count):
                slot = np.int64(marks[known] >> np.uint64(20)) & (size - 1)
                while table[slot] >= 0:
                    slot = (slot + 1) & (size - 1)
                table[slot] = known
    return numbers, firsts[:count]


@njit(nogil=True, cache=True)
def gather(data, spans):
    """Copy the spans one behind the other; return the bytes and where each starts, as Arrow has it."""
    offsets = np.zeros(spans.shape[0] + 1, np.int32)
    for row in range(spans.shape[0]):
        offsets[row + 1] = offsets[row] + spans[row, 1] - spans[row, 0]
    out = np.empty(offsets[spans.shape[0]], np.uint8)
    k = 0
    for row in range(spans.shape[0]):
        for i in range(spans[row, 0], spans[row, 1]):
            out[k] = data[i]
            k += 1
    return out, offsets


@njit(nogil=True, cache=True)
def _number(data, i, end):
    """Return the number in a span and whether it is exact; long ones are left to the caller."""
    negative = data[i] == 45
    if negative:
        i += 1
    digits, mantissa, exponent = 0, np.int64(0), 0
    seen_point = False
    while i < end:
        c = data[i]
        if 48 <= c <= 57:
            mantissa = mantissa * 10 + (c - 48)
            digits += 1
            exponent -= seen_point
            if mantissa > _SHORT or digits > 18:
                return 0.0, False
        elif c == 46 and not seen_point:
            seen_point = True
        else:
            return 0.0, False
        i += 1
    if digits == 0:
        return 0.0, False
    value = np.float64(mantissa) / _POWERS[-exponent]  # both exact, so the quotient is correctly rounded
    return -value if negative else value, True


@njit(nogil=True, cache=True)
def numbers(data, spans):
    """Read each span as a number: values (NaN where none), and whether Python must read it instead."""
    values = np.full(spans.shape[0], np.nan)
    unread = np.zeros(spans.shape[0], np.bool_)
    for row in range(spans.shape[0]):
        if spans[row, 0] >= 0:
            value, exact = _number(data, np.int64(spans[row, 0]), np.int64(spans[row, 1]))
            if exact:
                values[row] = value
            else:
                unread[row] = True
    return values, unread


@njit(nogil=True, cache=True)
def _two(data, i, most):
    a, b = np.int64(data[i]) - 48, np.int64(data[i + 1]) - 48
    value = 10 * a + b
    return value if 0 <= a <= 9 and 0 <= b <= 9 and value <= most else -1


@njit(nogil=True, cache=True)
def _days(year, month, day):
    """Return the days from 1970-01-01, or a negative sentinel if there is no such day."""
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 29 if month == 2 and leap else 28 if month == 2 else 30 if month in (4, 6, 9, 11) else 31
    if day < 1 or day > longest:
        return np.int64(-(1 << 40))
    # Days before a month, in years that start in March.
    y = year - (month <= 2)
    m = month - 3 if month > 2 else month + 9
    return y * 365 + y // 4 - y // 100 + y // 400 + (153 * m + 2) // 5 + day - 1 - 719468


@njit(nogil=True, cache=True)
def _time(data, i, end):
    """Return microseconds from 1970 in UTC and what the text was; partial dates count from their first day."""
    length = end - i
    if length < 4:
        return np.int64(0), BAD
    century, decade = _two(data, i, 99), _two(data, i + 2, 99)
    year = 100 * century + decade
    if century < 0 or decade < 0 or year < 1:
        return np.int64(0), BAD
    month, day, kind = 1, 1, YEAR
    if length >= 7:
        month = _two(data, i + 5, 12)
        kind = MONTH
        if data[i + 4] != 45 or month < 1:
            return np.int64(0), BAD
    if length >= 10:
        day = _two(data, i + 8, 31)
        kind = DAY
        if data[i + 7] != 45:
            return np.int64(0), BAD
    days = _days(year, month, day)
    if days < -(1 << 39) or (length < 10 and length not in (4, 7)):
        return np.int64(0), BAD
    micros = days * 86_400_000_000
    if length == 10:
        return micros, kind
    if length < 16 or (data[i + 10] != 84 and data[i + 10] != 32) or data[i + 13] != 58:
        return np.int64(0), BAD
    hour, minute, second = _two(data, i + 11, 23), _two(data, i + 14, 59), 0
    k = i + 16
    if k + 2 < end and data[k] == 58:
        second = _two(data, k + 1, 60)
        k += 3
    if hour < 0 or minute < 0 or second < 0:
        return np.int64(0), BAD
    micros += ((hour * 60 + minute) * 60 + second) * 1_000_000
    if k < end and data[k] == 46:
        k += 1
        unit = 100_000
        while k < end and 48 <= data[k] <= 57:
            micros += (np.int64(data[k]) - 48) * unit
            unit //= 10
            k += 1
    if k == end:
        return micros, LOCAL
    if data[k] == 90 and k + 1 == end:
        return micros, ZONED
    if end - k != 6 or data[k + 3] != 58 or (data[k] != 43 and data[k] != 45):
        return np.int64(0), BAD
    hour, minute = _two(data, k + 1, 14), _two(data, k + 4, 59)
    if hour < 0 or minute < 0:
        return np.int64(0), BAD
    offset = (hour * 60 + minute) * 60_000_000
    return (micros - offset if data[k] == 43 else micros + offset), ZONED


@njit(nogil=True, cache=True)
def times(data, spans):
    """Read each span as a FHIR date, dateTime or instant: microseconds in UTC, and what it was."""
    micros = np.zeros(spans.shape[0], np.int64)
    kinds = np.zeros(spans.shape[0], np.uint8)
    for row in range(spans.shape[0]):
        if spans[row, 0] >= 0:
            micros[row], kinds[row] = _time(data, np.int64(spans[row, 0]), np.int64(spans[row, 1]))
    return micros, kinds


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
