"""Do the bench rows of the kept twins say what was measured?"""

from twin.proof.kept_speed import PEER, kept_rows


def test_rows_say_what_was_refreshed_and_beside_what():
    first, nothing, some = kept_rows(patients=12)
    assert all(row.value > 0 and row.unit == "s" and row.limit for row in (first, nothing, some))
    assert "after new values of 1" in some.work
    assert nothing.peer == some.peer == PEER
    assert nothing.ratio == first.value / nothing.value > 1.0
