"""What do the wanted fields of each resource in a block of JSON text say?

The compiled function checks the whole grammar while it walks, builds no objects, and reads the few fields that
are asked for where they stand, so that the text is touched once. It releases the GIL, so blocks are read side by
side.
"""

from collections.abc import Mapping

import numpy as np
from numba import njit

from twin.record.fhir.grammar import (
    CLOSE,
    COLON,
    COMMA,
    OPEN,
    PADDING,
    QUOTE,
    NotJson,
    past_blanks,
    past_value,
    string_end,
)
from twin.record.fhir.memory import put_word, word_at
from twin.record.fhir.text import EXACT, hash_of, is_equal, number_of, tail_hash_of, time_of

SPAN, WORD, TIME, NUMBER, REFERENCE, IDENTITY = range(6)
"""How a field is read: its place only; as one of few different words; as a time or a number; as the hash of what
a reference leads to; as an id, copied and hashed."""

TOO_NARROW = -(1 << 60)
"""What `fields` returns where it met more different fields than it had room for."""

_WORDS = 4096  # different words of a field in a block; more are numbered later
_NULL = np.uint8(ord("n"))  # no other value starts with it
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)


@njit(nogil=True, cache=True, inline="always")
def _word_number(data, i, end, column, slots, firsts, marks, counts):
    """Return the number of a word among those of its column; where there are too many, its packed span."""
    mark = hash_of(data, i, end)
    mask = np.int64(slots.shape[1] - 1)
    slot = np.int64(mark >> np.uint64(20)) & mask
    while slots[column, slot] > 0:
        known = slots[column, slot] - 1
        if marks[column, known] == mark:
            first = np.int64(firsts[column, known, 0])
            if firsts[column, known, 1] - first == end - i and is_equal(data, i, first, end - i):
                return np.int64(known)
        slot = (slot + 1) & mask
    count = counts[column]
    if count == marks.shape[1]:
        return i << 32 | end
    firsts[column, count, 0], firsts[column, count, 1] = i, end
    marks[column, count] = mark
    slots[column, slot] = count + 1
    counts[column] = count + 1
    return np.int64(count)


@njit(nogil=True, cache=True)
def fields(
    data,
    starts,
    limit,
    keys,
    kids,
    columns,
    branches,
    kinds,
    ends,
    places,
    values,
    reals,
    states,
    slots,
    firsts,
    marks,
    counts,
    ids,
    id_spans,
):
    """Read the wanted fields of each resource.

    Parameters
    ----------
    data
        The block.
    starts
        Where each resource starts. With a `limit` above zero only the first counts: the resources then
        follow one another up to that place, and their starts are written here.
    keys, kids, columns, branches, kinds
        The wanted paths, from `Paths`.
    ends
        Filled with the place after each resource.
    places, values, reals, states, slots, firsts, marks, counts, ids, id_spans
        Filled; see `Notes`. `reals` is `values` seen as doubles.

    Returns
    -------
        How many resources were read; if negative, ``-1 - place`` of the first byte that is wrong, or
        `TOO_NARROW` if the resources have more fields than the arrays.
    """
    mask = np.uint64(keys.shape[0] - 1)
    nodes = np.zeros(8, np.int32)
    i = starts[0] if starts.shape[0] else 0
    used = np.int64(0)
    width = 0
    row = -1
    while True:
        row += 1
        if limit:
            i = past_blanks(data, i)
            if i >= limit or row == starts.shape[0]:
                return row
            starts[row] = i
        elif row == starts.shape[0]:
            return row
        else:
            i = starts[row]
        if data[i] != OPEN:
            return -1 - i
        depth = 0
        nodes[0] = 0
        i = past_blanks(data, i + 1)
        after_value = False
        id_spans[row, 0] = id_spans[row, 1] = used
        while True:
            c = data[i]
            if c == CLOSE:
                i += 1
                depth -= 1
                if depth < 0:
                    break
                after_value = True
                i = past_blanks(data, i)
                continue
            if after_value:
                if c != COMMA:
                    return -1 - i
                i = past_blanks(data, i + 1)
                c = data[i]
            if c != QUOTE:
                return -1 - i
            key = i + 1
            i = string_end(data, key)
            if i < 0:
                return -1 - key
            mark = (_FNV_START ^ np.uint64(nodes[depth])) * _FNV_PRIME
            while key < i:
                mark = (mark ^ np.uint64(data[key])) * _FNV_PRIME
                key += 1
            i = past_blanks(data, i + 1)
            if data[i] != COLON:
                return -1 - i
            i = past_blanks(data, i + 1)
            after_value = True
            node = -1
            slot = (mark ^ (mark >> np.uint64(32))) & mask
            while keys[slot] != np.uint64(0):
                if keys[slot] == mark:
                    node = kids[slot]
                    break
                slot = (slot + np.uint64(1)) & mask
            if node >= 0 and data[i] == OPEN and branches[node]:
                depth += 1
                nodes[depth] = node
                i = past_blanks(data, i + 1)
                after_value = False
                continue
            first = i
            quoted = data[i] == QUOTE
            i = past_value(data, i)
            if i < 0:
                return -1 - first
            if node >= 0 and columns[node] >= 0 and (quoted or data[first] != _NULL):
                column = columns[node]
                place = places[column]
                if place < 0:
                    if width == values.shape[1]:
                        return TOO_NARROW
                    place = width
                    places[column] = width
                    width += 1
                kind = kinds[column]
                first, end = first + quoted, i - quoted
                states[row, place] = 1
                if kind == WORD:
                    values[row, place] = _word_number(data, first, end, column, slots, firsts, marks, counts)
                elif kind == TIME:
                    values[row, place], states[row, place] = time_of(data, first, end)
                elif kind == NUMBER:
                    real, states[row, place] = number_of(data, first, end)
                    if states[row, place] == EXACT:
                        reals[row, place] = real
                    else:
                        values[row, place] = first << 32 | end
                elif kind == REFERENCE:
                    values[row, place] = np.int64(tail_hash_of(data, first, end))
                elif kind == IDENTITY:
                    values[row, place] = np.int64(hash_of(data, first, end))
                    id_spans[row, 0] = used
                    while first < end:
                        put_word(ids, used, word_at(data, first))
                        step = min(np.int64(8), end - first)
                        first, used = first + step, used + step
                    id_spans[row, 1] = used
                else:
                    values[row, place] = first << 32 | end
            i = past_blanks(data, i)
        ends[row] = i


class Paths:
    """The fields to read: dotted paths from the root of a resource, such as ``subject.reference``, with a kind.

    A path that ends at an object or an array notes its whole text, unless another path goes deeper into the
    same object. A path may be at most seven fields deep.
    """

    def __init__(self, paths: Mapping[str, int]) -> None:
        self.column = {path: number for number, path in enumerate(paths)}
        nodes: dict[tuple[str, ...], int] = {(): 0}
        for path in paths:
            parts = tuple(path.split("."))
            for length in range(1, len(parts) + 1):
                nodes.setdefault(parts[:length], len(nodes))
        size = 1 << (4 * len(nodes)).bit_length()
        self._keys, self._kids = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        self._columns, self._branches = np.full(len(nodes), -1, np.int32), np.zeros(len(nodes), np.bool_)
        self._kinds = np.array(list(paths.values()), np.int32)
        for parts, node in nodes.items():
            if parts:
                self._put(_mark(nodes[parts[:-1]], parts[-1]), node)
                self._branches[nodes[parts[:-1]]] = True
        for path, column in self.column.items():
            self._columns[nodes[tuple(path.split("."))]] = column

    def _put(self, mark: int, node: int) -> None:
        slot = (mark ^ (mark >> 32)) & (len(self._keys) - 1)
        while self._keys[slot]:
            slot = (slot + 1) & (len(self._keys) - 1)
        self._keys[slot], self._kids[slot] = mark, node

    def read(self, data: np.ndarray, starts: np.ndarray, *, limit: int = 0, width: int = 0) -> "Notes":
        """Read the fields of the resources that start at the given places, or follow the first up to `limit`.

        Parameters
        ----------
        width
            How many different fields to make room for at first; all by default.

        Raises
        ------
        NotJson
            At the first byte that is wrong.
        """
        notes = Notes(data, starts, len(self.column), width or len(self.column))
        tables = self._keys, self._kids, self._columns, self._branches, self._kinds
        count = fields(data, notes.starts, limit, *tables, *notes.arrays())
        if count == TOO_NARROW:
            return self.read(data, starts, limit=limit)
        if count < 0:
            raise NotJson(-1 - count)
        notes.cut(count)
        return notes


class Notes:
    """What `fields` read, by row and by the place that each field got when it was first met.

    `places` is the place of each path; -1 if no row has it. `states` is 0 where a row lacks a field, else what
    `time_of` or `number_of` made of it. `values` holds, by kind: the number of a word, whose first place is in
    `firsts`; a time; a number; a hash; else the span, packed as ``first << 32 | end``. `id_spans` are places
    in `ids`.
    """

    def __init__(self, data: np.ndarray, starts: np.ndarray, paths: int, width: int) -> None:
        rows = len(starts)
        self.data, self.starts, self.ends = data, starts, np.empty(rows, np.int64)
        self.places = np.full(paths, -1, np.int32)
        self.values, self.states = np.empty((rows, width), np.int64), np.zeros((rows, width), np.uint8)
        self.firsts, self.counts = np.empty((paths, _WORDS, 2), np.int32), np.zeros(paths, np.int32)
        self.ids, self.id_spans = np.empty(len(data) + PADDING, np.uint8), np.empty((rows, 2), np.int32)

    def arrays(self) -> tuple[np.ndarray, ...]:
        """Return the arrays that the kernel fills, in its order."""
        paths = len(self.places)
        return (
            self.ends,
            self.places,
            self.values,
            self.values.view(np.float64),
            self.states,
            np.zeros((paths, 4 * _WORDS), np.int16),
            self.firsts,
            np.empty((paths, _WORDS), np.uint64),
            self.counts,
            self.ids,
            self.id_spans,
        )

    def cut(self, rows: int) -> None:
        """Keep the rows that were filled."""
        self.starts, self.ends = self.starts[:rows], self.ends[:rows]
        self.values, self.states, self.id_spans = self.values[:rows], self.states[:rows], self.id_spans[:rows]


def _mark(node: int, key: str) -> int:
    wide = (1 << 64) - 1
    mark = ((int(_FNV_START) ^ node) * int(_FNV_PRIME)) & wide
    for byte in key.encode():
        mark = ((mark ^ byte) * int(_FNV_PRIME)) & wide
    return mark
