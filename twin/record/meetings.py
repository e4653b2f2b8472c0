"""Which patients does a meeting look at, and with which plans?

A case carries the plans and the results that were on screen when it was prepared. Nothing here reads them.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING

import duckdb
import orjson

from twin.errors import UnknownName

if TYPE_CHECKING:
    from twin.record.store import Store

_CASE = "case_id, patient_id, meeting_day, place, planned, basis, prepared, prepared_by"


@dataclass(frozen=True, slots=True)
class Basis:
    """Plans with the results they gave, and what those rest on.

    `plans` is TOML and empty without any, `results` is the comparison as JSON. `data_version` is a digest of the
    patient's data; `data_until` and `data_values` say the same to a reader. `model_version` is a digest of the
    twin's code and evidence.
    """

    plans: str
    outcome: str
    horizon_years: int
    draws: int
    seed: int
    results: str
    data_version: str
    data_until: date | None
    data_values: int
    model_version: str
    program_version: str
    results_changed_on: date | None

    def to_json(self) -> str:
        """Write it down."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> "Basis":
        """Read what `to_json` wrote."""
        raw = orjson.loads(text)
        days = {name: raw[name] and date.fromisoformat(raw[name]) for name in ("data_until", "results_changed_on")}
        return cls(**{**raw, **days})


@dataclass(frozen=True, slots=True)
class Case:
    """One patient on the list of a meeting."""

    case_id: int
    patient_id: str
    meeting_day: date
    place: int
    planned: time | None
    basis: Basis
    prepared: datetime
    prepared_by: str


def agenda(store: "Store", day: date) -> list[Case]:
    """Return the cases of a meeting day in their order."""
    store._require_identified("meeting")
    with store.cursor() as cursor:
        query = f"SELECT {_CASE} FROM meeting_cases WHERE meeting_day = ? AND removed IS NULL ORDER BY place, case_id"
        return [_case(row) for row in cursor.execute(query, [day]).fetchall()]


def meeting_days(store: "Store") -> list[date]:
    """Return the days that have a case on their list, the newest first."""
    with store.cursor() as cursor:
        query = "SELECT DISTINCT meeting_day FROM meeting_cases WHERE removed IS NULL ORDER BY ALL DESC"
        return [row[0] for row in cursor.execute(query).fetchall()]


def take_case(store: "Store", patient_id: str, day: date, basis: Basis) -> int:
    """Put a patient with plans and results on the list of a day, and return the number of the case.

    A case of that patient on that list about which nothing was decided yet is prepared anew in its place.
    """
    store._require_identified(patient_id)
    with store.database.writing() as cursor:
        open_case = cursor.execute(
            "SELECT case_id FROM meeting_cases WHERE meeting_day = ? AND patient_id = ? AND removed IS NULL "
            "AND case_id NOT IN (SELECT case_id FROM decisions)",
            [day, patient_id],
        ).fetchone()
        if open_case is not None:
            case_id = open_case[0]
            _prepare(cursor, case_id, basis, store.session.user)
        else:
            case_id = cursor.execute("SELECT coalesce(max(case_id), 0) + 1 FROM meeting_cases").fetchone()[0]
            query = "SELECT coalesce(max(place), 0) + 1 FROM meeting_cases WHERE meeting_day = ?"
            place = cursor.execute(query, [day]).fetchone()[0]
            row = [case_id, patient_id, day, place, None, basis.to_json(), now(), store.session.user]
            cursor.execute("INSERT INTO meeting_cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)", row)
        _note(store, cursor, "prepare", patient_id, case_id)
    return case_id


def prepare_again(store: "Store", case_id: int, basis: Basis) -> None:
    """Give a case new results; its place on the list stays."""
    with store.database.writing() as cursor:
        case = read_case(cursor, case_id)
        store._require_identified(case.patient_id)
        _prepare(cursor, case_id, basis, store.session.user)
        _note(store, cursor, "prepare", case.patient_id, case_id)


def plan_time(store: "Store", case_id: int, planned: time | None) -> None:
    """Say at what time of day a case is planned, or that no time is."""
    with store.database.writing() as cursor:
        case = read_case(cursor, case_id)
        store._require_identified(case.patient_id)
        cursor.execute("UPDATE meeting_cases SET planned = ? WHERE case_id = ?", [planned, case_id])
        _note(store, cursor, "arrange", case.patient_id, case_id)


def move_case(store: "Store", case_id: int, *, by: int) -> None:
    """Move a case up (-1) or down (1) on its list; at the end of the list it stays."""
    with store.database.writing() as cursor:
        case = read_case(cursor, case_id)
        store._require_identified(case.patient_id)
        query = "SELECT case_id FROM meeting_cases WHERE meeting_day = ? AND removed IS NULL ORDER BY place, case_id"
        order = [row[0] for row in cursor.execute(query, [case.meeting_day]).fetchall()]
        at = order.index(case_id)
        order.insert(min(max(at + by, 0), len(order) - 1), order.pop(at))
        for place, one in enumerate(order, start=1):
            cursor.execute("UPDATE meeting_cases SET place = ? WHERE case_id = ?", [place, one])
        _note(store, cursor, "arrange", case.patient_id, case_id)


def remove_case(store: "Store", case_id: int) -> None:
    """Take a case off its list; its row stays, and so does what was decided about it."""
    with store.database.writing() as cursor:
        case = read_case(cursor, case_id)
        store._require_identified(case.patient_id)
        query = "UPDATE meeting_cases SET removed = ?, removed_by = ? WHERE case_id = ?"
        cursor.execute(query, [now(), store.session.user, case_id])
        _note(store, cursor, "remove", case.patient_id, case_id)


def _prepare(cursor: duckdb.DuckDBPyConnection, case_id: int, basis: Basis, user: str) -> None:
    query = "UPDATE meeting_cases SET basis = ?, prepared = ?, prepared_by = ? WHERE case_id = ?"
    cursor.execute(query, [basis.to_json(), now(), user, case_id])


def read_case(cursor: duckdb.DuckDBPyConnection, case_id: int) -> Case:
    """Return one case that is on a list.

    Raises
    ------
    UnknownName
        If there is none of that number, or it was taken off.
    """
    query = f"SELECT {_CASE} FROM meeting_cases WHERE case_id = ? AND removed IS NULL"
    row = cursor.execute(query, [case_id]).fetchone()
    if row is None:
        raise UnknownName(
            f"no case {case_id} on a list", clinical="This case was taken off the list. Look at the list again."
        )
    return _case(row)


def _case(row: tuple) -> Case:
    return Case(*row[:5], Basis.from_json(row[5]), *row[6:])


def _note(store: "Store", cursor: duckdb.DuckDBPyConnection, action: str, patient_id: str, case_id: int) -> None:
    store.audit(action, patient_id, {"what": "meeting case", "case_id": case_id}, inside=cursor)


def now() -> datetime:
    """Return this moment as the record keeps it: UTC, without zone."""
    return datetime.now(UTC).replace(tzinfo=None)
