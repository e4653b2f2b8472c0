"""Does the chain of the audit notice every change?"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from twin.errors import BrokenAudit
from twin.governance.audit import GENESIS, Seal, next_row, verify
from twin.governance.session import demo_session

START = datetime(2026, 11, 24, 12)


@pytest.fixture
def chain():
    """Return a chain of five rows."""
    rows = []
    for number in range(5):
        time = START + timedelta(microseconds=number)
        last = Seal(rows[-1].number, rows[-1].digest) if rows else Seal()
        rows.append(next_row(demo_session(), "view", f"p{number}", {"n": number}, time=time, last=last))
    return rows


@pytest.fixture
def seal(chain):
    """Return the end of the chain."""
    return Seal(chain[-1].number, chain[-1].digest)


def test_a_whole_chain_verifies(chain, seal):
    assert verify(chain, seal=seal) == 5
    assert verify([], seal=Seal()) == 0
    assert verify(iter(chain), seal=seal, noted=Seal(3, chain[2].digest)) == 5


def test_rows_are_numbered_and_sealed_by_the_one_before(chain):
    assert [row.number for row in chain] == [1, 2, 3, 4, 5]
    assert len({row.digest for row in chain} | {GENESIS}) == 6
    assert all(len(row.digest) == 64 for row in chain)


@pytest.mark.parametrize("field", ["user", "role", "purpose", "action", "subject", "detail", "digest"])
def test_a_changed_field_is_noticed(chain, seal, field):
    chain[2] = replace(chain[2], **{field: "x"})
    with pytest.raises(BrokenAudit, match="row 3"):
        verify(chain, seal=seal)


def test_a_changed_time_is_noticed(chain, seal):
    chain[2] = replace(chain[2], time=chain[2].time + timedelta(microseconds=1))
    with pytest.raises(BrokenAudit, match="row 3"):
        verify(chain, seal=seal)


@pytest.mark.parametrize("change", ["remove", "swap", "double", "first"])
def test_a_missing_or_moved_row_is_noticed(chain, seal, change):
    if change == "remove":
        del chain[2]
    elif change == "swap":
        chain[1], chain[2] = chain[2], chain[1]
    elif change == "double":
        chain.insert(2, chain[2])
    else:
        del chain[0]
    with pytest.raises(BrokenAudit):
        verify(chain, seal=seal)


def test_fields_do_not_run_into_each_other():
    session = demo_session()
    one = next_row(session, "view", "ab", {}, time=START, last=Seal())
    other = next_row(session, "viewa", "b", {}, time=START, last=Seal())
    assert one.digest != other.digest


def test_the_order_of_details_does_not_matter():
    session = demo_session()
    one = next_row(session, "run", "x", {"a": 1, "b": 2}, time=START, last=Seal())
    other = next_row(session, "run", "x", {"b": 2, "a": 1}, time=START, last=Seal())
    assert one == other


@pytest.mark.parametrize(("left", "told"), [(4, "row 5 is"), (2, "rows 3 to 5 are"), (0, "rows 1 to 5 are")])
def test_rows_cut_off_the_end_are_noticed_and_numbered(chain, seal, left, told):
    with pytest.raises(BrokenAudit, match=f"audit {told} missing") as caught:
        verify(chain[:left], seal=seal)
    assert "of the audit trail w" in caught.value.clinical


def test_rows_beyond_the_sealed_end_are_noticed(chain):
    with pytest.raises(BrokenAudit, match="row 4 is sealed as the end and is not"):
        verify(chain, seal=Seal(4, chain[3].digest))


def test_a_chain_without_its_seal_does_not_verify(chain):
    with pytest.raises(BrokenAudit, match="seal of the audit's end is missing"):
        verify(chain, seal=None)


def test_what_follows_a_cut_does_not_close_the_gap(chain, seal):
    later = next_row(demo_session(), "view", "p", {}, time=START + timedelta(hours=1), last=seal)
    with pytest.raises(BrokenAudit, match="rows 3 to 5 are missing"):
        verify([*chain[:2], later], seal=Seal(later.number, later.digest))


def test_a_chain_written_anew_does_not_hold_the_noted_end(chain, seal):
    rows, last = [], Seal()
    for row in chain:
        rows.append(next_row(demo_session(), "view", "other", {}, time=row.time, last=last))
        last = Seal(rows[-1].number, rows[-1].digest)
    assert verify(rows, seal=last) == 5
    with pytest.raises(BrokenAudit, match="row 5 is not the one that was noted"):
        verify(rows, seal=last, noted=seal)
    with pytest.raises(BrokenAudit, match="row 5 is missing"):
        verify(chain[:4], seal=Seal(4, chain[3].digest), noted=seal)
