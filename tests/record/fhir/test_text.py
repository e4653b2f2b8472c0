"""Are times, numbers and hashes of a piece of text exactly what they should be?"""

from datetime import UTC, date, datetime, timedelta, timezone
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from twin.record.fhir.columns import distinct, gather, has_repeats, hashes, is_ascii, line_breaks, line_numbers, members
from twin.record.fhir.text import BAD, DAY, EXACT, LOCAL, LONG, MONTH, YEAR, ZONED, number_of, time_of


def column(texts):
    """Return a block with the texts one behind the other, and their spans; None has none."""
    joined = b"".join((text or "").encode() for text in texts)
    data = np.frombuffer(bytearray(joined + bytes(16 + -len(joined) % 8)), np.uint8)
    ends = np.cumsum([len((text or "").encode()) for text in texts])
    spans = np.stack([np.concatenate([[0], ends[:-1]]), ends], axis=1).astype(np.int32)
    spans[[text is None for text in texts]] = -1
    return data, spans


def read_time(text):
    """Return the time and its kind."""
    data, spans = column([text])
    micros, kind = time_of(data, int(spans[0, 0]), int(spans[0, 1]))
    return datetime(1970, 1, 1) + timedelta(microseconds=micros), kind


def read_number(text):
    """Return the number and its kind."""
    data, spans = column([text])
    return number_of(data, int(spans[0, 0]), int(spans[0, 1]))


moments = st.datetimes(min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30))


@given(moments, st.integers(-14 * 60, 14 * 60))
@settings(max_examples=300, deadline=None)
def test_any_instant_is_brought_to_utc(moment, minutes):
    zoned = moment.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert read_time(zoned.isoformat()) == (zoned.astimezone(UTC).replace(tzinfo=None), ZONED)


@given(st.dates())
@settings(max_examples=200, deadline=None)
def test_any_day_is_read(day):
    assert read_time(day.isoformat()) == (datetime.combine(day, datetime.min.time()), DAY)


@pytest.mark.parametrize(
    ("text", "moment", "kind"),
    [
        ("2019", datetime(2019, 1, 1), YEAR),
        ("2019-05", datetime(2019, 5, 1), MONTH),
        ("2024-02-29", datetime(2024, 2, 29), DAY),
        ("2019-05-06T07:08", datetime(2019, 5, 6, 7, 8), LOCAL),
        ("2019-05-06T07:08:09", datetime(2019, 5, 6, 7, 8, 9), LOCAL),
        ("2019-05-06T07:08:09.5Z", datetime(2019, 5, 6, 7, 8, 9, 500000), ZONED),
        ("2019-05-06T07:08:09.1234567Z", datetime(2019, 5, 6, 7, 8, 9, 123456), ZONED),
        ("2019-12-31T23:59:60Z", datetime(2020, 1, 1), ZONED),
        ("2019-05-06T01:00:00+02:00", datetime(2019, 5, 5, 23), ZONED),
    ],
)
def test_partial_dates_count_from_their_first_day(text, moment, kind):
    assert read_time(text) == (moment, kind)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "19",
        "20190506",
        "2019-13",
        "2019-02-29",
        "1900-02-29",
        "2019-5-6",
        "2019/05/06",
        "yesterday",
        "0000-01-01",
        "2019-05-06T25:00:00Z",
        "2019-05-06T07:60:00Z",
        "2019-05-06T07:08:09X",
        "2019-05-06T07:08:09+2",
        "2019-05-06T7:08",
    ],
)
def test_what_is_no_time_is_said_to_be_none(text):
    assert read_time(text)[1] == BAD


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
@settings(max_examples=300, deadline=None)
def test_short_numbers_are_the_nearest_double(value):
    text = f"{value:f}"
    number, kind = read_number(text)
    assert kind == LONG or number == float(text)


@pytest.mark.parametrize("text", ["6.5", "-0.1", "0", "120", "9007199254740992", "0.0000001"])
def test_common_numbers_need_no_second_reading(text):
    assert read_number(text) == (float(text), EXACT)


@pytest.mark.parametrize("text", ["", "-", ".", "1.2.3", "1e5", "<5", "12345678901234567890", "NaN", "7,5"])
def test_what_is_not_plainly_a_number_is_left_to_python(text):
    assert read_number(text)[1] == LONG


@given(st.lists(st.none() | st.text(max_size=30), min_size=1, max_size=60))
@settings(max_examples=150, deadline=None)
def test_different_texts_get_different_numbers(texts):
    data, spans = column(texts)
    numbers, firsts = distinct(data, spans)
    values = [texts[row] for row in firsts]
    assert [values[n] if n >= 0 else None for n in numbers] == texts
    assert len(set(values)) == len(values)


def test_many_different_texts_are_numbered_too():
    texts = [f"text {n % 5000}" for n in range(12_000)]
    data, spans = column(texts)
    numbers, firsts = distinct(data, spans)
    assert len(firsts) == 5000
    assert (numbers == np.arange(12_000) % 5000).all()


@given(st.lists(st.none() | st.text(max_size=30), min_size=1, max_size=30))
@settings(max_examples=100, deadline=None)
def test_gathered_texts_are_the_texts(texts):
    data, spans = column(texts)
    text, ends = gather(data, spans)
    assert [text[a:b].tobytes().decode() for a, b in pairwise(ends)] == [t or "" for t in texts]


def test_references_hash_by_what_they_lead_to():
    texts = ["x1", "Patient/x1", "urn:uuid:x1", "https://server/fhir/Patient/x1", "Patient/x2"]
    data, spans = column(texts)
    marks = hashes(data, spans, tails=True)
    assert len(set(marks[:4])) == 1
    assert marks[4] != marks[0]
    nothing, none = column(["#x1", "Patient?identifier=a|x1", None])
    assert (hashes(nothing, none, tails=True) == 0).all()


def test_membership_and_repeats_with_numbers_in_a_row():
    numbers = np.arange(1, 50_001, dtype=np.uint64) + np.uint64(1 << 32)
    assert members(numbers[:10], numbers).all()
    assert not members(numbers[:10] + np.uint64(60_000), numbers).any()
    assert not members(np.zeros(3, np.uint64), np.zeros(3, np.uint64)).any()
    assert not has_repeats(numbers)
    assert has_repeats(np.append(numbers, numbers[77]))


def test_lines_and_ascii():
    data = np.frombuffer(bytearray(b"a\nbb\n\nccccccccccccc\n\0" + bytes(27)), np.uint8)
    assert line_breaks(data, 0, 20) == 4
    assert line_numbers(data, np.array([0, 2, 6, 20])).tolist() == [0, 1, 3, 4]
    assert is_ascii(data)
    assert not is_ascii(np.frombuffer(bytearray("naïve".encode() + bytes(10)), np.uint8))


def test_days_before_the_epoch_are_days():
    assert read_time("1899-12-31") == (datetime.combine(date(1899, 12, 31), datetime.min.time()), DAY)
