"""Is the record's file owned by one process, of one version, sealed by its audit and encrypted when asked?"""

import shutil
import subprocess
import sys
import threading
from dataclasses import astuple

import duckdb
import pytest
from fhir_builders import NOW, ndjson, observation, patient

from twin.errors import BrokenAudit, StoreUnavailable
from twin.governance.audit import Seal, next_row
from twin.governance.session import demo_session
from twin.record.database import FILE_NAME, KEY_VARIABLE, Database
from twin.record.imports import import_paths
from twin.record.migrations import STEPS, file_version, migrate


def test_opening_again_in_the_process_gives_the_same_owner(home):
    with Database.open(home) as first:
        with Database.open(home) as second:
            assert first is second
        assert first.session(demo_session()).counts()["patients"] == 0
    with Database.open(home) as third:
        assert third is not first


def test_a_second_process_is_told_that_the_record_is_in_use(home):
    code = (
        "import sys\nfrom pathlib import Path\nfrom twin.errors import StoreUnavailable\n"
        "from twin.record.database import Database\n"
        "try:\n    Database.open(Path(sys.argv[1]))\nexcept StoreUnavailable as error:\n    print(error.clinical)\n"
    )
    with Database.open(home):
        told = subprocess.run([sys.executable, "-c", code, str(home)], capture_output=True, text=True, check=True)
    assert "in use by another Counterpart" in told.stdout


def test_the_record_survives_closing(home, write):
    with Database.open(home) as database:
        import_paths(database.session(demo_session()), [write(ndjson(patient(), observation()))], now=NOW)
    with Database.open(home) as database:
        store = database.session(demo_session())
        assert store.patient("p1").series["hba1c"].values.tolist() == [6.5]
        assert store.verify_audit() == 4  # open, import, open, view


def test_a_file_that_is_no_record_is_refused(home):
    home.mkdir()
    (home / FILE_NAME).write_bytes(b"not a database" * 1000)
    with pytest.raises(StoreUnavailable, match="valid DuckDB database"):
        Database.open(home)


def test_a_newer_file_is_refused(home):
    with Database.open(home) as database, database.cursor() as cursor:
        cursor.execute("INSERT INTO schema_version VALUES (?, now()::TIMESTAMP)", [len(STEPS) + 1])
    with pytest.raises(StoreUnavailable) as caught:
        Database.open(home)
    assert "newer version" in caught.value.clinical


def test_an_older_file_is_brought_up_step_by_step():
    with duckdb.connect() as connection:
        migrate(connection, STEPS)
        assert file_version(connection) == len(STEPS)
        later = (*STEPS, "ALTER TABLE patients ADD COLUMN note VARCHAR;")
        migrate(connection, later)
        assert file_version(connection) == len(STEPS) + 1
        migrate(connection, later)
        versions = connection.execute("SELECT version FROM schema_version ORDER BY version").fetchall()
        assert [version for (version,) in versions] == list(range(1, len(STEPS) + 2))


def test_a_step_that_fails_leaves_the_file_as_it_was():
    with duckdb.connect() as connection:
        migrate(connection, STEPS)
        with pytest.raises(duckdb.Error):
            migrate(connection, (*STEPS, "CREATE TABLE extra (x INTEGER); SELECT no_such_column;"))
        assert file_version(connection) == len(STEPS)
        tables = connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()
        assert ("extra",) not in tables


def test_every_table_and_column_says_what_it_is(store, rows):
    tables = rows("SELECT table_name, comment FROM duckdb_tables() WHERE database_name = 'record'")
    columns = rows(
        "SELECT table_name, column_name, comment FROM duckdb_columns() "
        "WHERE database_name = 'record' AND NOT internal AND table_name IN (SELECT table_name FROM duckdb_tables())"
    )
    assert len(tables) > 12
    assert [row for row in tables + columns if not row["comment"]] == []


def test_no_file_beside_the_record_can_be_read(store, tmp_path):
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    with store.cursor() as cursor:
        for query in (f"FROM '{secret}'", "INSTALL httpfs", "SET enable_external_access = true"):
            with pytest.raises(duckdb.Error):
                cursor.execute(query)


def test_the_chain_holds_with_many_threads(store):
    def visit(name):
        for number in range(20):
            store.audit("run", name, {"number": number})

    threads = [threading.Thread(target=visit, args=(f"t{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.verify_audit() == 1 + 6 * 20
    for name in ("t0", "t5"):
        numbers = [row.detail for row in reversed(store.audit_rows(200)) if row.subject == name]
        assert numbers == [f'{{"number": {n}}}' for n in range(20)]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET user_name = 'nobody' WHERE number = 2",
        "DELETE FROM audit WHERE number = 2",
        "UPDATE audit SET number = number + 1 WHERE number > 1",
    ],
)
def test_a_changed_chain_does_not_verify(store, change):
    for number in range(3):
        store.audit("run", "x", {"number": number})
    with store.cursor() as cursor:
        cursor.execute(change)
    with pytest.raises(BrokenAudit):
        store.verify_audit()


def cut(home, *changes):
    """Change the closed record behind its back."""
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        for change in changes:
            connection.execute(change)


def visit(home, times=1):
    """Open the record, write audit rows and close it."""
    with Database.open(home) as database:
        store = database.session(demo_session())
        for number in range(times - 1):
            store.audit("run", "x", {"number": number})


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        (["DELETE FROM audit WHERE number = 5"], "audit row 5 is missing"),
        (["DELETE FROM audit WHERE number > 2"], "audit rows 3 to 5 are missing"),
        (["DELETE FROM audit"], "audit rows 1 to 5 are missing"),
        (["DELETE FROM audit_seals"], "seal of the audit's end is missing"),
        (["DELETE FROM audit WHERE number > 2", "DELETE FROM audit_seals"], "seal of the audit's end is missing"),
    ],
)
def test_an_end_cut_off_is_noticed_now_and_after_more_was_written(home, changes, told):
    visit(home, 5)
    cut(home, *changes)
    for _ in range(2):
        visit(home, 3)
        with Database.open(home) as database, pytest.raises(BrokenAudit, match=told):
            database.session(demo_session()).verify_audit()


def test_an_end_cut_off_while_the_record_is_open_is_noticed(store):
    for number in range(3):
        store.audit("run", "x", {"number": number})
    with store.cursor() as cursor:
        cursor.execute("DELETE FROM audit WHERE number > 2")
    with pytest.raises(BrokenAudit, match="rows 3 to 4 are missing"):
        store.verify_audit()


def test_a_noted_end_tells_of_a_file_put_back(home):
    visit(home, 3)
    old = (home / FILE_NAME).read_bytes()
    visit(home, 4)
    with Database.open(home) as database:
        noted = database.session(demo_session()).audit_seal()
    (home / FILE_NAME).write_bytes(old)
    with Database.open(home) as database:
        store = database.session(demo_session())
        assert store.verify_audit() == 4
        with pytest.raises(BrokenAudit, match="rows 5 to 8 are missing"):
            store.verify_audit(noted=noted)


def test_a_copied_home_verifies(home, tmp_path):
    visit(home, 3)
    shutil.copytree(home, tmp_path / "copy")
    with Database.open(tmp_path / "copy") as database:
        assert database.session(demo_session()).verify_audit() == 4


def test_the_audit_of_an_older_record_is_adopted_once_and_says_so(home):
    home.mkdir()
    without = STEPS.index(next(step for step in STEPS if "audit_seals" in step))
    with duckdb.connect(str(home / FILE_NAME)) as connection:
        migrate(connection, STEPS[:without])
        last = Seal()
        for _ in range(3):
            row = next_row(demo_session(), "view", "x", {}, time=NOW, last=last)
            connection.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", list(astuple(row)))
            last = Seal(row.number, row.digest)
    for _ in range(2):
        with Database.open(home) as database:
            store = database.session(demo_session())
            adopted = [row for row in store.audit_rows() if row.action == "adopt"]
            assert [(row.number, row.user, row.detail) for row in adopted] == [(4, "counterpart", '{"rows": 3}')]
            assert store.audit_seal().adopted == 3
            assert store.verify_audit() >= 5


KILLED = """
import sys
from pathlib import Path
from twin.governance.session import demo_session
from twin.record.database import Database
store = Database.open(Path(sys.argv[1])).session(demo_session())
number = 0
while True:
    store.audit("run", "x", {})
    number += 1
    if number == 20:
        print("writing", flush=True)
"""


def test_a_kill_between_any_two_writes_leaves_chain_and_seal_in_step(home):
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(home)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout.readline() == "writing\n"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    with Database.open(home) as database:
        assert database.session(demo_session()).verify_audit() >= 22


def test_older_seals_are_cleared_away_at_opening(home):
    visit(home, 30)
    with Database.open(home) as database, database.cursor() as cursor:
        assert cursor.execute("SELECT number FROM audit_seals").fetchall() == [(30,)]


def test_a_long_transaction_and_others_in_between_do_not_collide(store):
    with store.database.writing() as cursor:
        cursor.execute("INSERT INTO codes VALUES (1, 'x', 'y', 'z')")
        store.audit("view", "x", {})
        store.audit("run", "x", {}, inside=cursor)
    assert store.verify_audit() == 3


def test_a_rolled_back_transaction_leaves_the_chain_whole(store):
    with store.database.writing() as cursor:
        cursor.execute("INSERT INTO codes VALUES (1, 'x', 'y', 'z')")
    assert store.counts()["codes"] == 0
    with store.database.writing() as cursor:
        cursor.execute("INSERT INTO codes VALUES (1, 'x', 'y', 'z')")
        store.audit("run", "x", {}, inside=cursor)
    assert store.counts()["codes"] == 1
    store.audit("run", "x", {})
    assert store.verify_audit() == 3


def test_a_key_to_a_record_without_one_is_said(home, monkeypatch):
    Database.open(home).close()
    monkeypatch.setenv(KEY_VARIABLE, "a key")
    with pytest.raises(StoreUnavailable) as caught:
        Database.open(home)
    assert "is not encrypted, but a key is given" in caught.value.clinical


def test_an_encrypted_record_is_unreadable_without_its_key(home, write, monkeypatch):
    monkeypatch.setenv(KEY_VARIABLE, "a key with 'quotes'")
    with Database.open(home) as database:
        store = database.session(demo_session())
        import_paths(store, [write(ndjson(patient(), observation()))], now=NOW)
        with database.cursor() as cursor:
            cursor.execute("CHECKPOINT")
        assert b"Jane Ann" not in (home / FILE_NAME).read_bytes()
    monkeypatch.setenv(KEY_VARIABLE, "another")
    with pytest.raises(StoreUnavailable) as caught:
        Database.open(home)
    assert KEY_VARIABLE in caught.value.clinical
    monkeypatch.delenv(KEY_VARIABLE)
    with pytest.raises(StoreUnavailable):
        Database.open(home)
    monkeypatch.setenv(KEY_VARIABLE, "a key with 'quotes'")
    with Database.open(home) as database:
        assert database.session(demo_session()).patient("p1").family == "Doe"


def test_a_plain_record_is_plain(home, write):
    with Database.open(home) as database:
        import_paths(database.session(demo_session()), [write(ndjson(patient()))], now=NOW)
    assert b"Jane Ann" in (home / FILE_NAME).read_bytes()
