"""Where does a JSON value end, and is it well formed?

A block is a byte array: one or more JSON documents, each file closed by a NUL byte, which no JSON text
contains and which therefore ends every loop without a check of the length.
"""

import numpy as np
from numba import njit

from twin.record.fhir.memory import word_at, zeros_below

PADDING = 16
"""NUL bytes that must follow the text, since strings are read eight bytes at a time."""

MAX_DEPTH = 60
"""Deeper nesting is refused: no FHIR resource needs it, and it is how a parser is attacked."""

QUOTE, COMMA, COLON, OPEN, CLOSE, LEFT, RIGHT, BACKSLASH = (np.uint8(ord(c)) for c in '",:{}[]\\')
_ONES, _TOPS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES, _BLANKS = (np.uint64(_ONES * np.uint64(c)) for c in (0x22, 0x5C, 0x20))


class NotJson(Exception):
    """The text at one place of a block is not well formed."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


@njit(nogil=True, cache=True)
def past_blanks(data, i):
    """Return the next place that is no blank."""
    while data[i] == 32 or data[i] == 10 or data[i] == 13 or data[i] == 9:
        i += 1
    return i


@njit(nogil=True, cache=True)
def _past_escape(data, i):
    """Return the place after the escape that starts at `i`; -1 if it is none."""
    c = data[i + 1]
    if c == 117:
        for k in range(i + 2, i + 6):
            digit = data[k] | 32  # letters in lower case
            if not (48 <= data[k] <= 57 or 97 <= digit <= 102):
                return -1
        return i + 6
    for known in (34, 92, 47, 98, 102, 110, 114, 116):
        if c == known:
            return i + 2
    return -1


@njit(nogil=True, cache=True)
def string_end(data, i):
    """Return the place of the closing quote of a string whose text starts at `i`; -1 if it never closes."""
    while True:
        word = word_at(data, i)
        quotes, slashes = word ^ _QUOTES, word ^ _BACKSLASHES
        stops = (((quotes - _ONES) & ~quotes) | ((slashes - _ONES) & ~slashes) | ((word - _BLANKS) & ~word)) & _TOPS
        if stops == np.uint64(0):
            i += 8
            continue
        i += np.int64(zeros_below(stops) >> np.uint64(3))
        c = data[i]
        if c == QUOTE:
            return i
        i = _past_escape(data, i) if c == BACKSLASH else -1
        if i < 0:
            return -1


@njit(nogil=True, cache=True)
def _scalar_end(data, i):
    """Return the place after a number, true, false or null; -1 if it is none of them."""
    c = data[i]
    if c == 116:
        return i + 4 if data[i + 1] == 114 and data[i + 2] == 117 and data[i + 3] == 101 else -1
    if c == 102:
        return i + 5 if data[i + 1] == 97 and data[i + 2] == 108 and data[i + 3] == 115 and data[i + 4] == 101 else -1
    if c == 110:
        return i + 4 if data[i + 1] == 117 and data[i + 2] == 108 and data[i + 3] == 108 else -1
    if c == 45:
        i += 1
    if data[i] == 48:
        i += 1
    elif 49 <= data[i] <= 57:
        while 48 <= data[i] <= 57:
            i += 1
    else:
        return -1
    if data[i] == 46:
        i += 1
        if not 48 <= data[i] <= 57:
            return -1
        while 48 <= data[i] <= 57:
            i += 1
    if data[i] == 101 or data[i] == 69:
        i += 1
        if data[i] == 43 or data[i] == 45:
            i += 1
        if not 48 <= data[i] <= 57:
            return -1
        while 48 <= data[i] <= 57:
            i += 1
    return i


@njit(nogil=True, cache=True)
def value_after_key(data, i):
    """Return where the value of the key that starts at `i` starts; -1 if there is no key and colon."""
    if data[i] != QUOTE:
        return -1
    i = string_end(data, i + 1)
    if i < 0:
        return -1
    i = past_blanks(data, i + 1)
    return past_blanks(data, i + 1) if data[i] == COLON else -1


@njit(nogil=True, cache=True)
def past_value(data, i):
    """Return the place after the value that starts at `i`; -1 if it is not well formed or too deep."""
    depth = 0
    objects = np.uint64(0)  # one bit a level: 1 in an object, 0 in an array
    one = np.uint64(1)
    while True:
        c = data[i]
        if c == QUOTE:
            i = string_end(data, i + 1)
            if i < 0:
                return -1
            i += 1
        elif c in (OPEN, LEFT):
            if depth == MAX_DEPTH:
                return -1
            depth += 1
            objects = (objects << one) | (one if c == OPEN else np.uint64(0))
            i = past_blanks(data, i + 1)
            if data[i] != (CLOSE if c == OPEN else RIGHT):
                if c == OPEN:
                    i = value_after_key(data, i)
                    if i < 0:
                        return -1
                continue
            depth -= 1
            objects >>= one
            i += 1
        else:
            i = _scalar_end(data, i)
            if i < 0:
                return -1
        while True:
            if depth == 0:
                return i
            i = past_blanks(data, i)
            c = data[i]
            if c == COMMA:
                i = past_blanks(data, i + 1)
                if objects & one:
                    i = value_after_key(data, i)
                    if i < 0:
                        return -1
                break
            if c != (CLOSE if objects & one else RIGHT):
                return -1
            depth -= 1
            objects >>= one
            i += 1
