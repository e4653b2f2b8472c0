"""Do the bench rows of the twin say what was measured?"""

from twin.proof.twin_speed import twin_rows


def test_rows_name_their_work_aim_and_limit():
    rows = list(twin_rows(patients=20))
    assert [row.unit for row in rows] == ["s", "s", "ms"]
    assert all(row.value > 0 and row.aim.startswith("<") and row.limit for row in rows)
    assert "20 twins" in rows[0].work
