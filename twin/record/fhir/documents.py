"""Where are the resources in the documents of a block?"""

import numpy as np
from numba import njit

from twin.record.fhir.grammar import (
    CLOSE,
    COMMA,
    LEFT,
    OPEN,
    QUOTE,
    RIGHT,
    past_blanks,
    past_value,
    string_end,
    value_after_key,
)


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
    if data[i] != OPEN:
        return -1 - i
    starts[n] = -1
    urls[n, 0] = urls[n, 1] = -1
    i = past_blanks(data, i + 1)
    while data[i] != CLOSE:
        key = i + 1
        value = value_after_key(data, i)
        if value < 0:
            return -1 - i
        i = past_value(data, value)
        if i < 0:
            return -1 - value
        key_end = string_end(data, key)
        if _spells(data, key, key_end, _RESOURCE):
            if data[value] != OPEN:
                return -1 - value
            starts[n] = value
        elif data[value] == QUOTE and _spells(data, key, key_end, _FULL_URL):
            urls[n, 0], urls[n, 1] = value + 1, i - 1
        i = past_blanks(data, i)
        if data[i] == COMMA:
            i = past_blanks(data, i + 1)
            if data[i] != QUOTE:
                return -1 - i
        elif data[i] != CLOSE:
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
        i = past_blanks(data, firsts[part])
        while i < limits[part]:
            document, first_row = i, n
            is_bundle = False
            if data[i] != OPEN:
                return -1 - i
            i = past_blanks(data, i + 1)
            while data[i] != CLOSE:
                key = i + 1
                value = value_after_key(data, i)
                if value < 0:
                    return -1 - i
                key_end = string_end(data, key)
                if data[value] == LEFT and _spells(data, key, key_end, _ENTRY):
                    n = first_row
                    i = past_blanks(data, value + 1)
                    while data[i] != RIGHT:
                        i = _entry(data, i, starts, urls, n)
                        if i < 0:
                            return i
                        documents[n] = document
                        n += 1
                        i = past_blanks(data, i)
                        if data[i] == COMMA:
                            i = past_blanks(data, i + 1)
                            if data[i] != OPEN:
                                return -1 - i
                        elif data[i] != RIGHT:
                            return -1 - i
                    i += 1
                else:
                    i = past_value(data, value)
                    if i < 0:
                        return -1 - value
                    if data[value] == QUOTE and _spells(data, key, key_end, _RESOURCE_TYPE):
                        is_bundle = _spells(data, value + 1, i - 1, _BUNDLE)
                i = past_blanks(data, i)
                if data[i] == COMMA:
                    i = past_blanks(data, i + 1)
                    if data[i] != QUOTE:
                        return -1 - i
                elif data[i] != CLOSE:
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
            i = past_blanks(data, i)
    return n


@njit(nogil=True, cache=True)
def elements(data, spans, owners, starts):
    """Find the objects of arrays that `fields` noted; return how many, each with the row it belongs to."""
    n = 0
    for row in range(spans.shape[0]):
        i = spans[row, 0]
        if i < 0 or data[i] != LEFT:
            continue
        i = past_blanks(data, i + 1)
        while data[i] != RIGHT and n < starts.shape[0]:
            if data[i] == OPEN:
                owners[n], starts[n] = row, i
                n += 1
            i = past_blanks(data, past_value(data, i))
            if data[i] == COMMA:
                i = past_blanks(data, i + 1)
    return n
