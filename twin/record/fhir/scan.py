"""Where in a block of JSON text does each field of each resource stand?

A block is a byte array: one or more JSON documents, each file closed by a NUL byte, which no JSON text
contains and which therefore ends every loop. The kernels check the whole grammar while they walk, build no
objects, and note the first and last byte of the few fields that are asked for. Everything else reads from
those spans. They release the GIL, so two blocks are scanned at a time.
"""

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

PADDING = 16
"""NUL bytes that must follow the text, since strings are read eight bytes at a time."""

MAX_DEPTH = 60
"""Deeper nesting is refused: no FHIR resource needs it, and it is how a parser is attacked."""

_QUOTE, _COMMA, _COLON, _OPEN, _CLOSE, _LEFT, _RIGHT, _BACKSLASH = (np.uint8(ord(c)) for c in '",:{}[]\\')
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_ONES, _TOPS = np.uint64(0x0101010101010101), np.uint64(0x8080808080808080)
_QUOTES, _BACKSLASHES, _BLANKS = (np.uint64(_ONES * np.uint64(c)) for c in (0x22, 0x5C, 0x20))


@intrinsic
def word_at(typing, data, index):
    """Read eight bytes from any position as one little-endian number."""

    def generate(context, builder, signature, arguments):
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        position = builder.trunc(arguments[1], ir.IntType(64)) if arguments[1].type.width > 64 else arguments[1]
        address = cgutils.pointer_add(builder, array.data, position, ir.IntType(64).as_pointer())
        return builder.load(address, align=1)

    return types.uint64(data, types.int64), generate


@intrinsic
def _zeros_below(typing, word):
    """Count the zero bits below the lowest set bit."""

    def generate(context, builder, signature, arguments):
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

    return types.uint64(types.uint64), generate


@njit(nogil=True, cache=True)
def _past_blanks(data, i):
    while data[i] == 32 or data[i] == 10 or data[i] == 13 or data[i] == 9:
        i += 1
    return i


@njit(nogil=True, cache=True)
def _string_end(data, i):
    """Return the place of the closing quote of a string whose text starts at `i`; -1 if it never closes."""
    while True:
        word = word_at(data, i)
        quotes, slashes = word ^ _QUOTES, word ^ _BACKSLASHES
        stops = (((quotes - _ONES) & ~quotes) | ((slashes - _ONES) & ~slashes) | ((word - _BLANKS) & ~word)) & _TOPS
        if stops == np.uint64(0):
            i += 8
            continue
        i += np.int64(_zeros_below(stops) >> np.uint64(3))
        c = data[i]
        if c == _QUOTE:
            return i
        if c != _BACKSLASH or data[i + 1] < 32:
            return -1
        i += 2


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
def _value_after_key(data, i):
    """Return where the value of the key that starts at `i` starts; -1 if there is no key and colon."""
    if data[i] != _QUOTE:
        return -1
    i = _string_end(data, i + 1)
    if i < 0:
        return -1
    i = _past_blanks(data, i + 1)
    return _past_blanks(data, i + 1) if data[i] == _COLON else -1


@njit(nogil=True, cache=True)
def past_value(data, i):
    """Return the place after the value that starts at `i`; -1 if it is not well formed or too deep."""
    depth = 0
    objects = np.uint64(0)  # one bit a level: 1 in an object, 0 in an array
    one = np.uint64(1)
    while True:
        c = data[i]
        if c == _QUOTE:
            i = _string_end(data, i + 1)
            if i < 0:
                return -1
            i += 1
        elif c in (_OPEN, _LEFT):
            if depth == MAX_DEPTH:
                return -1
            depth += 1
            objects = (objects << one) | (one if c == _OPEN else np.uint64(0))
            i = _past_blanks(data, i + 1)
            if data[i] != (_CLOSE if c == _OPEN else _RIGHT):
                if c == _OPEN:
                    i = _value_after_key(data, i)
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
            i = _past_blanks(data, i)
            c = data[i]
            if c == _COMMA:
                i = _past_blanks(data, i + 1)
                if objects & one:
                    i = _value_after_key(data, i)
                    if i < 0:
                        return -1
                break
            if c != (_CLOSE if objects & one else _RIGHT):
                return -1
            depth -= 1
            objects >>= one
            i += 1


@njit(nogil=True, cache=True)
def fields(data, starts, limit, keys, kids, columns, branches, ends, spans):
    """Note where the wanted fields of each resource stand.

    Parameters
    ----------
    data
        The block.
    starts
        Where each resource starts. With a `limit` above zero only the first counts: the resources then
        follow one another up to that place, and their starts are written here.
    keys, kids, columns, branches
        The wanted paths, from `Paths`.
    ends
        Filled with the place after each resource.
    spans
        Shape (paths, n, 2), filled with -1; becomes first byte and byte after the last of each field,
        without the quotes of a string.

    Returns
    -------
        How many resources were read; if negative, ``-1 - place`` of the first byte that is wrong.
    """
    mask = np.uint64(keys.shape[0] - 1)
    nodes = np.zeros(8, np.int32)
    i = starts[0] if starts.shape[0] else 0
    row = -1
    while True:
        row += 1
        if limit:
            i = _past_blanks(data, i)
            if i >= limit or row == starts.shape[0]:
                return row
            starts[row] = i
        elif row == starts.shape[0]:
            return row
        else:
            i = starts[row]
        if data[i] != _OPEN:
            return -1 - i
        depth = 0
        nodes[0] = 0
        i = _past_blanks(data, i + 1)
        after_value = False
        while True:
            c = data[i]
            if c == _CLOSE:
                i += 1
                depth -= 1
                if depth < 0:
                    break
                after_value = True
                i = _past_blanks(data, i)
                continue
            if after_value:
                if c != _COMMA:
                    return -1 - i
                i = _past_blanks(data, i + 1)
                c = data[i]
            if c != _QUOTE:
                return -1 - i
            key = i + 1
            i = _string_end(data, key)
            if i < 0:
                return -1 - key
            mark = (_FNV_START ^ np.uint64(nodes[depth])) * _FNV_PRIME
            while key < i:
                mark = (mark ^ np.uint64(data[key])) * _FNV_PRIME
                key += 1
            i = _past_blanks(data, i + 1)
            if data[i] != _COLON:
                return -1 - i
            i = _past_blanks(data, i + 1)
            after_value = True
            node = -1
            slot = (mark ^ (mark >> np.uint64(32))) & mask
            while keys[slot] != np.uint64(0):
                if keys[slot] == mark:
                    node = kids[slot]
                    break
                slot = (slot + np.uint64(1)) & mask
            if node >= 0 and data[i] == _OPEN and branches[node]:
                depth += 1
                nodes[depth] = node
                i = _past_blanks(data, i + 1)
                after_value = False
                continue
            first = i
            quoted = data[i] == _QUOTE
            i = past_value(data, i)
            if i < 0:
                return -1 - first
            if node >= 0 and columns[node] >= 0:
                spans[columns[node], row, 0] = first + quoted
                spans[columns[node], row, 1] = i - quoted
            i = _past_blanks(data, i)
        ends[row] = i


@njit(nogil=True, cache=True)
def _spells(data, i, end, text):
    if end - i != text.shape[0]:
        return False
    for k in range(text.shape[0]):  # noqa: SIM110 - compiled: a generator would be slower
        if data[i + k] != text[k]:
            return False
    return True


_RESOURCE_TYPE, _ENTRY, _BUNDLE, _RESOURCE, _FULL_URL = (
    np.frombuffer(word, np.uint8) for word in (b"resourceType", b"entry", b"Bundle", b"resource", b"fullUrl")
)


@njit(nogil=True, cache=True)
def _entry(data, i, starts, urls, n):
    """Note the resource and the full URL of the Bundle entry at `i`; return the place after it."""
    if data[i] != _OPEN:
        return -1 - i
    starts[n] = -1
    urls[n, 0] = urls[n, 1] = -1
    i = _past_blanks(data, i + 1)
    while data[i] != _CLOSE:
        key = i + 1
        value = _value_after_key(data, i)
        if value < 0:
            return -1 - i
        i = past_value(data, value)
        if i < 0:
            return -1 - value
        key_end = _string_end(data, key)
        if _spells(data, key, key_end, _RESOURCE):
            if data[value] != _OPEN:
                return -1 - value
            starts[n] = value
        elif data[value] == _QUOTE and _spells(data, key, key_end, _FULL_URL):
            urls[n, 0], urls[n, 1] = value + 1, i - 1
        i = _past_blanks(data, i)
        if data[i] == _COMMA:
            i = _past_blanks(data, i + 1)
            if data[i] != _QUOTE:
                return -1 - i
        elif data[i] != _CLOSE:
            return -1 - i
    return i + 1


@njit(nogil=True, cache=True)
def resources(data, firsts, limits, starts, urls, documents, counts):
    """Find every resource of every document: the entries of Bundles, and the documents that are none.

    Parameters
    ----------
    firsts, limits
        Where the text of each file starts and ends; a file holds any number of documents.
    starts, urls, documents
        Filled: where each resource starts (-1 for an entry without one), first and last byte of its full URL,
        and where its document starts.
    counts
        Filled: how many entries have no resource.

    Returns
    -------
        How many were found; if negative, ``-1 - place`` of the first byte that is wrong.
    """
    n = np.int64(0)
    for part in range(firsts.shape[0]):
        i = _past_blanks(data, firsts[part])
        while i < limits[part]:
            document, first_row = i, n
            is_bundle = False
            if data[i] != _OPEN:
                return -1 - i
            i = _past_blanks(data, i + 1)
            while data[i] != _CLOSE:
                key = i + 1
                value = _value_after_key(data, i)
                if value < 0:
                    return -1 - i
                key_end = _string_end(data, key)
                if data[value] == _LEFT and _spells(data, key, key_end, _ENTRY):
                    n = first_row
                    i = _past_blanks(data, value + 1)
                    while data[i] != _RIGHT:
                        i = _entry(data, i, starts, urls, n)
                        if i < 0:
                            return i
                        documents[n] = document
                        n += 1
                        i = _past_blanks(data, i)
                        if data[i] == _COMMA:
                            i = _past_blanks(data, i + 1)
                            if data[i] != _OPEN:
                                return -1 - i
                        elif data[i] != _RIGHT:
                            return -1 - i
                    i += 1
                else:
                    i = past_value(data, value)
                    if i < 0:
                        return -1 - value
                    if data[value] == _QUOTE and _spells(data, key, key_end, _RESOURCE_TYPE):
                        is_bundle = _spells(data, value + 1, i - 1, _BUNDLE)
                i = _past_blanks(data, i)
                if data[i] == _COMMA:
                    i = _past_blanks(data, i + 1)
                    if data[i] != _QUOTE:
                        return -1 - i
                elif data[i] != _CLOSE:
                    return -1 - i
            i += 1
            if is_bundle:
                kept = first_row
                for row in range(first_row, n):
                    if starts[row] < 0:
                        counts[0] += 1
                    else:
                        starts[kept], documents[kept] = starts[row], documents[row]
                        urls[kept, 0], urls[kept, 1] = urls[row, 0], urls[row, 1]
                        kept += 1
                n = kept
            else:
                n = first_row
                starts[n], documents[n] = document, document
                urls[n, 0] = urls[n, 1] = -1
                n += 1
            i = _past_blanks(data, i)
    return n


@njit(nogil=True, cache=True)
def elements(data, spans, owners, starts):
    """Find the objects of arrays that `fields` noted; return how many, each with the row it belongs to."""
    n = 0
    for row in range(spans.shape[0]):
        i = spans[row, 0]
        if i < 0 or data[i] != _LEFT:
            continue
        i = _past_blanks(data, i + 1)
        while data[i] != _RIGHT and n < starts.shape[0]:
            if data[i] == _OPEN:
                owners[n], starts[n] = row, i
                n += 1
            i = _past_blanks(data, past_value(data, i))
            if data[i] == _COMMA:
                i = _past_blanks(data, i + 1)
    return n


class NotJson(Exception):
    """The text at one place of a block is not well formed."""

    def __init__(self, place: int) -> None:
        super().__init__(place)
        self.place = place


class Paths:
    """The fields to note: dotted paths from the root of a resource, such as ``subject.reference``.

    A path that ends at an object or an array notes its whole text, unless another path goes deeper into the
    same object. A path may be at most seven fields deep.
    """

    def __init__(self, *paths: str) -> None:
        self.names = paths
        nodes: dict[tuple[str, ...], int] = {(): 0}
        for path in paths:
            parts = tuple(path.split("."))
            for length in range(1, len(parts) + 1):
                nodes.setdefault(parts[:length], len(nodes))
        size = 1 << (4 * len(nodes)).bit_length()
        self.keys, self.kids = np.zeros(size, np.uint64), np.zeros(size, np.int32)
        self.columns, self.branches = np.full(len(nodes), -1, np.int32), np.zeros(len(nodes), np.bool_)
        for parts, node in nodes.items():
            if parts:
                self._put(_mark(nodes[parts[:-1]], parts[-1]), node)
                self.branches[nodes[parts[:-1]]] = True
        for column, path in enumerate(paths):
            self.columns[nodes[tuple(path.split("."))]] = column

    def _put(self, mark: int, node: int) -> None:
        slot = (mark ^ (mark >> 32)) & (len(self.keys) - 1)
        while self.keys[slot]:
            slot = (slot + 1) & (len(self.keys) - 1)
        self.keys[slot], self.kids[slot] = mark, node

    @property
    def tables(self) -> tuple[np.ndarray, ...]:
        """Return the arrays that the kernel takes."""
        return self.keys, self.kids, self.columns, self.branches


def _mark(node: int, key: str) -> int:
    wide = (1 << 64) - 1
    mark = ((int(_FNV_START) ^ node) * int(_FNV_PRIME)) & wide
    for byte in key.encode():
        mark = ((mark ^ byte) * int(_FNV_PRIME)) & wide
    return mark
