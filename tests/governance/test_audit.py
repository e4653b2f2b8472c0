"""Does the chain of the audit notice every change?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from twin.errors import BrokenAudit
from twin.governance.audit import GENESIS, next_row, verify
from twin.governance.session import demo_session

START = datetime(2026, 11, 24, 12)


@pytest.fixture
def chain():
    """Return a chain of five rows."""
    rows = []
    for number in range(5):
        time = START + timedelta(microseconds=number)
        last = rows[-1] if rows else None
        rows.append(next_row(demo_session(), "view", f"p{number}", {"n": number}, time=time, last=last))
    return rows


def test_a_whole_chain_verifies(chain):
    assert verify(chain) == 5
    assert verify([]) == 0
    assert verify(iter(chain)) == 5


def test_rows_are_numbered_and_sealed_by_the_one_before(chain):
    assert [row.number for row in chain] == [1, 2, 3, 4, 5]
    assert len({row.digest for row in chain} | {GENESIS}) == 6
    assert all(len(row.digest) == 64 for row in chain)


@pytest.mark.parametrize("field", ["user", "role", "purpose", "action", "subject", "detail", "digest"])
def test_a_changed_field_is_noticed(chain, field):
    chain[2] = replace(chain[2], **{field: "x"})
    with pytest.raises(BrokenAudit, match="row 3"):
        verify(chain)


def test_a_changed_time_is_noticed(chain):
    chain[2] = replace(chain[2], time=chain[2].time + timedelta(microseconds=1))
    with pytest.raises(BrokenAudit, match="row 3"):
        verify(chain)


@pytest.mark.parametrize("change", ["remove", "swap", "double", "first"])
def test_a_missing_or_moved_row_is_noticed(chain, change):
    if change == "remove":
        del chain[2]
    elif change == "swap":
        chain[1], chain[2] = chain[2], chain[1]
    elif change == "double":
        chain.insert(2, chain[2])
    else:
        del chain[0]
    with pytest.raises(BrokenAudit):
        verify(chain)


def test_fields_do_not_run_into_each_other():
    session = demo_session()
    one = next_row(session, "view", "ab", {}, time=START, last=None)
    other = next_row(session, "viewa", "b", {}, time=START, last=None)
    assert one.digest != other.digest


def test_the_order_of_details_does_not_matter():
    session = demo_session()
    one = next_row(session, "run", "x", {"a": 1, "b": 2}, time=START, last=None)
    other = next_row(session, "run", "x", {"b": 2, "a": 1}, time=START, last=None)
    assert one == other
