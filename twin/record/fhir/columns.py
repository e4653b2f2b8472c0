"""How are the spans of a whole column hashed, numbered or copied at once?

A span is the first byte and the byte after the last of a piece of text in a block; -1 where there is none. The
compiled functions fill arrays that their Python twins make, since arrays made inside triple the time to compile.
"""

import numpy as np
from numba import njit

from twin.record.fhir.memory import ones_in, put_word, word_at
from twin.record.fhir.text import hash_of, is_equal, tail_hash_of

_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # odd, so that numbers in a row do not share places


def hashes(data: np.ndarray, spans: np.ndarray, *, tails: bool = False) -> np.ndarray:
    """Hash each span, or with `tails` what follows its last slash or colon; 0 where there is none."""
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
    """Say whether any two of the hashes are equal; zeros do not count."""
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
    text = np.empty(ends[-1] + 8, np.uint8)  # copied eight bytes at a time, so the last may run over
    _copy(data, spans, text)
    return text[:-8], ends


def line_numbers(data: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return how many line breaks of the block are before each place; the places must count up."""
    lines = np.empty(len(starts), np.int64)
    _fill_lines(data, starts, lines)
    return lines


def _table_size(count: int) -> int:
    return 1 << max(4, (2 * count).bit_length())


@njit(nogil=True, cache=True)
def _fill_hashes(data, spans, tails, marks):
    for row in range(spans.shape[0]):
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        if 0 <= i < end:
            marks[row] = tail_hash_of(data, i, end) if tails else hash_of(data, i, end)


@njit(nogil=True, cache=True)
def _put(marks, table):
    """Put hashes into an open table; say whether one was there already."""
    mask = np.uint64(table.shape[0] - 1)
    repeated = False
    for k in range(marks.shape[0]):
        mark = marks[k]
        if mark == np.uint64(0):
            continue
        slot = (mark * _SPREAD >> np.uint64(32)) & mask
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
        slot = (mark * _SPREAD >> np.uint64(32)) & mask
        while table[slot] != np.uint64(0) and table[slot] != mark:
            slot = (slot + np.uint64(1)) & mask
        found[k] = table[slot] == mark


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
        mark = hash_of(data, i, end)
        slot = np.int64(mark >> np.uint64(20)) & mask
        while table[slot] >= 0:
            known = table[slot]
            if marks[known] == mark:
                j = np.int64(spans[firsts[known], 0])
                if np.int64(spans[firsts[known], 1]) - j == end - i and is_equal(data, i, j, end - i):
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
        i, end = np.int64(spans[row, 0]), np.int64(spans[row, 1])
        while i < end:
            put_word(text, k, word_at(data, i))
            step = min(np.int64(8), end - i)
            i, k = i + step, k + step


@njit(nogil=True, cache=True)
def is_ascii(data):
    """Say whether every byte is ASCII; the length must be a multiple of eight."""
    seen = np.uint64(0)
    for i in range(0, data.shape[0], 8):
        seen |= word_at(data, i)
    return (seen & np.uint64(0x8080808080808080)) == np.uint64(0)


@njit(nogil=True, cache=True)
def _fill_lines(data, starts, lines):
    line, counted = np.int64(0), np.int64(0)
    for row in range(starts.shape[0]):
        line += line_breaks(data, counted, starts[row])
        counted = starts[row]
        lines[row] = line


@njit(nogil=True, cache=True)
def line_breaks(data, first, end):
    """Count the line breaks of a part of the block."""
    low, high = np.uint64(0x7F7F7F7F7F7F7F7F), np.uint64(0x8080808080808080)
    count, i = np.int64(0), np.int64(first)
    while i + 8 <= end:
        word = word_at(data, i) ^ np.uint64(0x0A0A0A0A0A0A0A0A)
        # One high bit for each byte that is zero now, and so was a line break.
        count += ones_in(~(((word & low) + low) | word) & high)
        i += 8
    while i < end:
        count += data[i] == 10
        i += 1
    return count
