"""What did the last fit of each twin find, and are the data still those that it rests on?"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from typing import TYPE_CHECKING

import duckdb
import numpy as np

if TYPE_CHECKING:
    from twin.record.store import Store

_USED = "value IS NOT NULL AND (flags IS NULL OR NOT contains(flags, 'repeated'))"
_KNOWN = "variable IN (SELECT unnest($variables))"
_MALE = {"male": 1.0, "female": 0.0}


@dataclass(frozen=True, slots=True)
class KeptTwin:
    """One row of table ``twins``; `result` is JSON that the room which fits writes and reads."""

    patient_id: str
    fitted_on: date
    data_version: str
    model_version: str
    fitted: datetime
    in_sync: bool
    result: str


@dataclass(frozen=True, slots=True)
class KeptCard:
    """The row of table ``panel_cards``."""

    data_version: str
    model_version: str
    made: datetime
    result: str


@dataclass(frozen=True, slots=True, eq=False)
class PanelValues:
    """Every value of a panel in flat arrays, with who they belong to; corrections are applied."""

    ids: tuple[str, ...]
    is_synthetic: np.ndarray
    male: np.ndarray  # 1, 0, or 0.5 where the sex is not known
    birth_date: np.ndarray  # datetime64[D], NaT where not known
    person: np.ndarray  # place in `ids`
    variable: np.ndarray  # str
    time: np.ndarray  # datetime64[s]
    value: np.ndarray


def data_versions(
    store: "Store", *, on: date, variables: Sequence[str], ids: Sequence[str] | None = None
) -> dict[str, str]:
    """Return a digest of what each patient's twin rests on, in the order of the ids.

    It is a sum of two hashes of every row, so that the order of the rows does not matter and a chance agreement
    of two different records is out of the question.

    Parameters
    ----------
    on
        Values of later days do not count: no fit as of that day sees them.
    variables
        What the model knows; other values do not count.
    ids
        Which patients; all unless given.
    """
    parts = (
        ("patients", "birth_date, sex, deceased, is_deceased", "true"),
        ("observations", "resource_id, variable, time, value, source", f"{_USED} AND {_seen(on)} AND {_KNOWN}"),
        ("conditions", "concept, onset, abated", "concept IS NOT NULL"),
        ("medications", "ingredient, drug_class, dose_mg, start, stop", "ingredient IS NOT NULL"),
        (
            "(SELECT c.*, p.patient FROM corrections AS c JOIN patients AS p ON p.resource_id = c.patient_id) AS made",
            "correction_id, kind, target_id, variable, value, time, ingredient, adherence",
            "undone IS NULL",
        ),
    )
    rows = " UNION ALL ".join(
        f"SELECT patient, hash({2 * k}, {what}) AS a, hash({2 * k + 1}, {what}) AS b FROM {table} WHERE {where}"
        for k, (table, what, where) in enumerate(parts)
    )
    chosen = "" if ids is None else "WHERE resource_id IN (SELECT unnest($ids))"
    query = (
        f"WITH sums AS (SELECT patient, sum(a) || ':' || sum(b) AS digest FROM ({rows}) GROUP BY patient) "
        f"SELECT resource_id, digest FROM patients JOIN sums USING (patient) {chosen} ORDER BY resource_id"
    )
    parameters = {"variables": list(variables)} | ({} if ids is None else {"ids": list(ids)})
    with store.cursor() as cursor:
        return dict(cursor.execute(query, parameters).fetchall())


def _seen(on: date) -> str:
    return f"time < CAST('{on.isoformat()}' AS DATE) + INTERVAL 1 DAY"


def kept_twins(store: "Store", ids: Sequence[str] | None = None) -> dict[str, KeptTwin]:
    """Return what is kept, by patient.

    Raises
    ------
    NotAllowed
        If the session's role may not see identified patients.
    """
    store._require_identified("twins")
    chosen = "" if ids is None else "WHERE patient_id IN (SELECT unnest(?))"
    names = ", ".join(field.name for field in fields(KeptTwin))
    with store.cursor() as cursor:
        query = f"SELECT {names} FROM twins {chosen} ORDER BY patient_id"
        return {row[0]: KeptTwin(*row) for row in cursor.execute(query, [] if ids is None else [list(ids)]).fetchall()}


def keep_twins(store: "Store", twins: Sequence[KeptTwin]) -> None:
    """Keep these in place of what was kept of the same patients, and forget who left the record; one audit row."""
    with store.database.writing() as cursor:
        cursor.execute("DELETE FROM twins WHERE patient_id IN (SELECT unnest(?))", [[one.patient_id for one in twins]])
        cursor.execute("DELETE FROM twins WHERE patient_id NOT IN (SELECT resource_id FROM patients)")
        columns = [list(column) for column in zip(*map(astuple, twins), strict=True)]
        if columns:
            cursor.execute(f"INSERT INTO twins SELECT {', '.join(['unnest(?)'] * len(columns))}", columns)
        store.audit("run", "twins", {"what": "keep", "twins": len(twins)}, inside=cursor)


def kept_card(store: "Store") -> KeptCard | None:
    """Return the kept report card of the panel; it names no patient."""
    with store.cursor() as cursor:
        row = cursor.execute("SELECT data_version, model_version, made, result FROM panel_cards").fetchone()
    return KeptCard(*row) if row else None


def keep_card(store: "Store", card: KeptCard) -> None:
    """Keep a report card of the panel in place of the one before; one audit row."""
    with store.database.writing() as cursor:
        cursor.execute("DELETE FROM panel_cards")
        cursor.execute("INSERT INTO panel_cards VALUES (?, ?, ?, ?)", list(astuple(card)))
        store.audit("run", "panel", {"what": "report card"}, inside=cursor)


def kept_stamp(store: "Store") -> tuple[int, datetime | None, datetime | None]:
    """Return what changes whenever something else is kept: how many twins, and when twin and card were last made."""
    with store.cursor() as cursor:
        query = "SELECT count(*), max(fitted), (SELECT max(made) FROM panel_cards) FROM twins"
        return cursor.execute(query).fetchone()


def panel_values(store: "Store", *, on: date, variables: Sequence[str]) -> PanelValues:
    """Return every value up to the end of a day as a twin sees it: corrected, and without mere repetitions."""
    store._require_identified("twins")
    with store.cursor() as cursor:
        return _panel_values(cursor, on, list(variables))


def _panel_values(cursor: duckdb.DuckDBPyConnection, on: date, variables: list[str]) -> PanelValues:
    people = cursor.execute(
        "SELECT patient, resource_id, is_synthetic, sex, CAST(birth_date AS TIMESTAMP_S) AS born FROM patients "
        "ORDER BY resource_id"
    ).fetchnumpy()
    table = cursor.execute(
        f"""
        SELECT patient, variable, CAST(time AS TIMESTAMP_S) AS time, value FROM observations AS o
        JOIN (SELECT patient, resource_id AS patient_id FROM patients) AS who USING (patient)
        WHERE {_USED} AND {_seen(on)} AND {_KNOWN} AND NOT EXISTS (
            SELECT 1 FROM corrections AS c WHERE c.undone IS NULL AND c.kind IN ('wrong', 'explained')
            AND c.patient_id = who.patient_id AND c.target_id = o.resource_id
            AND c.variable = o.variable AND c.value = o.value
        )
        UNION ALL
        SELECT p.patient, variable, CAST(time AS TIMESTAMP_S), value
        FROM corrections AS c JOIN patients AS p ON p.resource_id = c.patient_id
        WHERE c.undone IS NULL AND c.kind = 'added' AND {_seen(on)} AND {_KNOWN}
        """,
        {"variables": variables},
    ).to_arrow_table()
    numbers = np.asarray(people["patient"], dtype=np.int64)
    place = np.zeros(int(numbers.max(initial=0)) + 1, dtype=np.int64)
    place[numbers] = np.arange(len(numbers))
    return PanelValues(
        ids=tuple(np.asarray(people["resource_id"]).tolist()),
        is_synthetic=np.asarray(people["is_synthetic"]),
        male=np.array([_MALE.get(sex, 0.5) for sex in np.ma.filled(people["sex"], None)]),
        birth_date=np.ma.filled(people["born"], np.datetime64("NaT")).astype("M8[D]"),
        person=place[table.column("patient").to_numpy()],
        variable=table.column("variable").to_numpy(),
        time=table.column("time").to_numpy().astype("M8[s]"),
        value=table.column("value").to_numpy(),
    )
