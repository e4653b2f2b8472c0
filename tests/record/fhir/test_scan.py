"""Does the scanner agree with the standard library on what is JSON and on what the fields say?"""

import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.record.fhir.documents import resources
from twin.record.fhir.grammar import MAX_DEPTH, PADDING, NotJson, past_value
from twin.record.fhir.scan import NUMBER, SPAN, WORD, Paths

PATHS = Paths({"a": SPAN, "b.c": SPAN, "b.d.e": SPAN, "word": WORD, "n": NUMBER})

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=20,
)


def block(text):
    """Return text as a block of one part."""
    data = text if isinstance(text, bytes) else text.encode()
    padded = np.zeros(len(data) + PADDING + (-len(data)) % 8, np.uint8)
    padded[: len(data)] = np.frombuffer(data, np.uint8)
    return padded, len(data)


def text_of(notes, path, row=0):
    """Return the text that a span field has in a row; None where it is absent."""
    place = notes.places[PATHS.column[path]]
    if place < 0 or not notes.states[row, place]:
        return None
    packed = int(notes.values[row, place])
    return notes.data[packed >> 32 : packed & 0xFFFFFFFF].tobytes().decode()


@given(json_values, st.sampled_from([None, 1, 2]), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_value_ends_where_the_standard_library_says(value, indent, ascii_only):
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    data, length = block(text + " ,")
    assert past_value(data, 0) == len(text.encode())
    assert length == len(text.encode()) + 2


@given(st.text(alphabet='{}[]",:\\ntu0123456789.eE+-falsrx \t', max_size=24))
@settings(max_examples=1500, deadline=None)
def test_what_the_standard_library_refuses_is_refused(text):
    """Random strings of JSON's own characters: the scanner accepts a value exactly when json does."""
    body = text.strip(" \t")
    if not body:
        return
    try:
        json.loads(body, parse_constant=lambda name: 1 / 0)
        is_json = True
    except (ValueError, ZeroDivisionError):
        is_json = False
    data, length = block(body)
    assert (past_value(data, 0) == length) == is_json


@pytest.mark.parametrize(
    "text",
    [
        '"\x01"',
        '"a\nb"',
        '"\\x"',
        '"\\u12g4"',
        '"open',
        "01",
        "1.",
        ".5",
        "+1",
        "1e",
        "tru",
        "nul",
        "[1,]",
        '{"a":1,}',
        "{1:2}",
    ],
)
def test_malformed_values_are_refused(text):
    data, length = block(text)
    assert past_value(data, 0) != length


def test_nesting_is_bounded():
    deep, too_deep = MAX_DEPTH, MAX_DEPTH + 1
    assert past_value(block("[" * deep + "]" * deep)[0], 0) == 2 * deep
    assert past_value(block("[" * too_deep + "]" * too_deep)[0], 0) == -1


field_values = json_values.filter(lambda value: not isinstance(value, dict))


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "a": json_values,
            "b": st.dictionaries(st.sampled_from(["c", "d", "x"]), field_values, max_size=3),
            "other": json_values,
            "word": st.text(max_size=12),
        },
    ),
    st.sampled_from([None, 2]),
)
@settings(max_examples=300, deadline=None)
def test_fields_say_what_the_standard_library_reads(resource, indent):
    data, length = block(json.dumps(resource, indent=indent))
    notes = PATHS.read(data, np.zeros(3, np.int64), limit=length)
    assert len(notes.starts) == 1
    for path, value in (("a", resource.get("a")), ("b.c", resource.get("b", {}).get("c"))):
        told = text_of(notes, path)
        if isinstance(value, str):
            assert json.loads(f'"{told}"') == value
        elif told is None:
            assert value is None
        else:
            assert json.loads(told) == value


def test_resources_that_follow_one_another_are_told_apart():
    data, length = block('{"a":1}\n\n{"b":{"c":"x","d":{"e":[1]}}}\r\n {"word":"w","n":2.5}')
    notes = PATHS.read(data, np.zeros(9, np.int64), limit=length)
    assert len(notes.starts) == 3
    assert [text_of(notes, path, 1) for path in ("a", "b.c", "b.d.e")] == [None, "x", "[1]"]
    assert notes.values.view(np.float64)[2, notes.places[PATHS.column["n"]]] == 2.5


def test_a_repeated_key_counts_as_its_last():
    data, length = block('{"a":1,"a":2}')
    assert text_of(PATHS.read(data, np.zeros(2, np.int64), limit=length), "a") == "2"


def test_more_fields_than_room_are_read_again():
    data, length = block('{"a":1,"b":{"c":2},"word":"w"}')
    notes = PATHS.read(data, np.zeros(2, np.int64), limit=length, width=1)
    assert [text_of(notes, path) for path in ("a", "b.c")] == ["1", "2"]


@pytest.mark.parametrize("text", ['{"a":1', '{"a" 1}', '{"a":1 "b":2}', "[]", '{"b":{"c":}}', '{"a":1}]'])
def test_the_place_of_the_fault_is_told(text):
    data, length = block(text)
    with pytest.raises(NotJson) as caught:
        PATHS.read(data, np.zeros(4, np.int64), limit=length)
    assert 0 <= caught.value.place <= length


def found(*texts):
    """Return the resources of files, as their texts, full URLs and the number of entries without one."""
    joined, firsts, limits = b"", [], []
    for text in texts:
        firsts.append(len(joined))
        joined += text.encode()
        limits.append(len(joined))
        joined += b"\0"
    data, _ = block(joined)
    size = len(joined) // 2 + len(texts)
    starts, urls = np.empty(size, np.int64), np.empty((size, 2), np.int32)
    documents, missing = np.empty(size, np.int64), np.zeros(1, np.int64)
    count = resources(data, np.array(firsts), np.array(limits), starts, urls, documents, missing)
    if count < 0:
        raise NotJson(-1 - count)
    texts = [joined[start : past_value(data, start)].decode() for start in starts[:count]]
    return texts, [joined[a:b].decode() if a >= 0 else None for a, b in urls[:count]], int(missing[0])


def test_bundles_and_single_resources_are_unfolded():
    one = '{"resourceType":"Bundle","entry":[{"fullUrl":"urn:uuid:1","resource":{"x":1}},{"resource":{"x":2},"n":[]}]}'
    texts, urls, missing = found(one, '{"resourceType":"Patient","entry":[{"item":1}]}')
    assert texts == ['{"x":1}', '{"x":2}', '{"resourceType":"Patient","entry":[{"item":1}]}']
    assert urls == ["urn:uuid:1", None, None]
    assert missing == 0


def test_an_empty_bundle_and_entries_without_resource_are_counted():
    texts, _, missing = found(
        '{"resourceType":"Bundle","entry":[]}',
        '{"resourceType":"Bundle"}',
        '{"entry":[{"request":{}}],"resourceType":"Bundle"}',
    )
    assert texts == []
    assert missing == 1


def test_a_truncated_file_does_not_run_into_the_next():
    with pytest.raises(NotJson):
        found('{"resourceType":"Bundle","entry":[{"resource":{"x":', "1}}]}")


def test_numbers_of_any_length_are_exact():
    texts = ["0", "-0.5", "173.45484138767452", "9007199254740993", "1e3", "0.1", "1.7976931348623157e308", "5e-324"]
    data, length = block("".join(f'{{"n":{text}}}\n' for text in texts))
    notes = PATHS.read(data, np.zeros(len(texts) + 1, np.int64), limit=length)
    place = notes.places[PATHS.column["n"]]
    for row, text in enumerate(texts):
        if notes.states[row, place] == 1:
            assert notes.values.view(np.float64)[row, place] == float(text)
            assert math.copysign(1, notes.values.view(np.float64)[row, place]) == math.copysign(1, float(text))
