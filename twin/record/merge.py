"""Which of the rows that were read are new to the record, which replace older ones, and which change nothing?

A resource is one version of all its rows, good and set aside, and of one patient; `subjects` says what becomes of a
version for another patient. Within an import the newest version counts, by
``meta.lastUpdated``, then ``meta.versionId``; between versions that carry neither the choice depends on their
content alone, so that the order of files does not matter. Against the record, equal content changes nothing,
an older version is passed over, and anything else takes the place of what was there.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from twin.record.fhir.columns import members
from twin.record.quality import Reason
from twin.record.subjects import sort_out

TABLES = {
    "Patient": "patients",
    "Observation": "observations",
    "Condition": "conditions",
    "MedicationRequest": "medications",
    "MedicationStatement": "medications",
    "MedicationAdministration": "medications",
    "AllergyIntolerance": "allergies",
    "Procedure": "procedures",
    "Encounter": "encounters",
    "DiagnosticReport": "reports",
    "ImagingStudy": "images",
    "Immunization": "immunizations",
}
"""The table of each resource type."""

_FLAGS_OF_CONTEXT = "('', 'repeated', 'after_death', 'moved')"  # they depend on other rows, not on the resource
_REFUSED = Reason.OTHER_PATIENT.word  # kept beside what the record has, of another version


@dataclass(slots=True)
class Outcome:
    """What became of the resources of one type."""

    stored: int = 0
    replaced: int = 0
    unchanged: int = 0
    superseded: int = 0
    set_aside: int = 0
    held_rows: dict[str, int] = field(default_factory=dict)  # rows set aside by reason


def merge(
    cursor: duckdb.DuckDBPyConnection,
    resource_type: str,
    good: pa.Table,
    bad: pa.Table,
    *,
    told: Callable[[pa.Table], pa.Table],
    import_id: int,
    resources: int,
    has_repeated_ids: bool,
) -> Outcome:
    """Bring the rows of one resource type into the record.

    Parameters
    ----------
    good, bad
        Staged rows that passed and that did not, with ``patient`` and ``occurrence``.
    told
        Makes rows of the quarantine out of such rows, with ``occurrence``.
    resources
        How many resources the rows are of.
    has_repeated_ids
        Whether an id comes more than once in this import.
    """
    table, where = TABLES[resource_type], _where(resource_type)
    known = cursor.execute(
        f"SELECT EXISTS (FROM {table} WHERE {where}) OR EXISTS (FROM quarantine WHERE resource_type = ?)",
        [resource_type],
    ).fetchone()[0]
    held, refused = told(bad), bad[:0]
    cursor.register("good", good)
    cursor.register("held", held)
    try:
        if known or has_repeated_ids:
            moved: tuple[int, ...] = ()
            _give_verdicts(cursor, resource_type, table, where)
            if resource_type != "Patient" and _any_other_version(cursor):  # only then may it be of another patient
                ours = sort_out(cursor, resource_type, table, where, good, bad)
                if len(ours.refused) or ours.moved:
                    refused, moved = told(ours.refused), ours.moved
                    cursor.register("good", ours.good)
                    cursor.register("held", held.filter(pc.is_in(held["occurrence"], ours.bad["occurrence"])))
                    _give_verdicts(cursor, resource_type, table, where)
            outcome = _take_out(cursor, resource_type, table, where, moved)
            chosen = "occurrence IN (SELECT occurrence FROM verdicts WHERE verdict IN ('new', 'replaced'))"
        else:
            outcome, chosen = _all_new(good, held, resources), "true"  # in the order they come in
        columns = ", ".join(name for name in _columns(cursor, table) if name != "import_id")
        cursor.execute(
            f"INSERT INTO {table} BY NAME SELECT {columns}, {import_id} AS import_id FROM good WHERE {chosen}"
        )
        _set_aside(cursor, "held", chosen, import_id, outcome)
        if len(refused):
            _refuse(cursor, refused, import_id, outcome)
        cursor.execute("DROP TABLE IF EXISTS temp.verdicts")
    finally:
        cursor.unregister("good")
        cursor.unregister("held")
    return outcome


def _set_aside(cursor: duckdb.DuckDBPyConnection, held: str, chosen: str, import_id: int, outcome: Outcome) -> None:
    """Put chosen rows into the quarantine, and count them."""
    counted = dict(cursor.execute(f"SELECT reason, count(*) FROM {held} WHERE {chosen} GROUP BY reason").fetchall())
    if counted:
        outcome.held_rows.update(counted)
        cursor.execute(
            f"INSERT INTO quarantine BY NAME SELECT * EXCLUDE (occurrence), {import_id} AS import_id "
            f"FROM {held} WHERE {chosen} ORDER BY occurrence, part"
        )


def _refuse(cursor: duckdb.DuckDBPyConnection, refused: pa.Table, import_id: int, outcome: Outcome) -> None:
    """Set aside what came for another patient, unless the same was refused before."""
    cursor.register("refused", refused)
    try:
        came = cursor.execute("SELECT count(DISTINCT occurrence) FROM refused").fetchone()[0]
        key = "resource_type, resource_id, part, reason, content"
        cursor.execute(f"""
            CREATE OR REPLACE TEMP TABLE fresh AS
            SELECT * FROM refused ANTI JOIN quarantine USING ({key})
            QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY occurrence) = 1
        """)
        fresh = cursor.execute("SELECT count(DISTINCT occurrence) FROM fresh").fetchone()[0]
        _set_aside(cursor, "fresh", "true", import_id, outcome)
        outcome.set_aside += fresh
        outcome.unchanged += came - fresh
    finally:
        cursor.unregister("refused")


def _where(resource_type: str) -> str:
    """Return what tells the rows of a type from others in the same table."""
    return f"kind = '{resource_type.removeprefix('Medication').lower()}'" if "Medication" in resource_type else "true"


def _columns(cursor: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    return [column[0] for column in cursor.execute(f"FROM {table} LIMIT 0").description]


def _all_new(good: pa.Table, held: pa.Table, resources: int) -> Outcome:
    """Count the outcome where nothing was there before."""
    aside = np.unique(held.column("occurrence").to_numpy())
    passed = good.column("occurrence").to_numpy() if len(aside) else aside
    lost = int((~members((aside + 1).view(np.uint64), (passed + 1).view(np.uint64))).sum())
    return Outcome(stored=resources - lost, set_aside=lost)


def _give_verdicts(cursor: duckdb.DuckDBPyConnection, resource_type: str, table: str, where: str) -> None:
    """Write into the table ``verdicts`` what is to become of every resource that came."""
    content = [name for name in _columns(cursor, table) if name not in ("import_id", "flags", "updated", "version")]
    own = f"list_filter(string_split(coalesce(flags, ''), ','), lambda f: f NOT IN {_FLAGS_OF_CONTEXT})"
    mark = f"hash({', '.join(content)}, {own})"
    aside = "hash(part, reason, content)"
    cursor.execute(f"""
        CREATE OR REPLACE TEMP TABLE verdicts AS
        WITH came AS (
            SELECT resource_id, occurrence, updated, version, {mark} AS mark FROM good
            UNION ALL SELECT resource_id, occurrence, updated, version, {aside} FROM held
        ), versions AS (
            SELECT resource_id, occurrence, any_value(updated) AS updated,
                try_cast(any_value(version) AS BIGINT) AS version, bit_xor(mark) AS mark
            FROM came GROUP BY resource_id, occurrence
        ), ranked AS (
            SELECT *, row_number() OVER (
                PARTITION BY resource_id ORDER BY updated DESC NULLS LAST, version DESC NULLS LAST, mark, occurrence
            ) AS place FROM versions
        ), there AS (
            SELECT resource_id, any_value(updated) AS updated, try_cast(any_value(version) AS BIGINT) AS version,
                bit_xor(mark) AS mark
            FROM (
                SELECT resource_id, updated, version, {mark} AS mark FROM {table}
                WHERE {where} AND resource_id IN (SELECT resource_id FROM ranked)
                UNION ALL SELECT resource_id, updated, version, {aside} FROM quarantine
                WHERE resource_type = '{resource_type}' AND reason <> '{_REFUSED}'
                AND resource_id IN (SELECT resource_id FROM ranked)
            ) GROUP BY resource_id
        )
        SELECT r.resource_id, r.occurrence, CASE
            WHEN r.place > 1 THEN 'superseded'
            WHEN t.resource_id IS NULL THEN 'new'
            WHEN t.mark = r.mark THEN 'unchanged'
            WHEN t.updated > r.updated THEN 'superseded'
            WHEN t.updated IS NOT DISTINCT FROM r.updated AND t.version > r.version THEN 'superseded'
            ELSE 'replaced' END AS verdict
        FROM ranked r LEFT JOIN there t USING (resource_id)
    """)


def _any_other_version(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Say whether another version of anything that came is in the record or in the import."""
    query = "SELECT EXISTS (FROM verdicts WHERE verdict IN ('replaced', 'superseded'))"
    return cursor.execute(query).fetchone()[0]


def _take_out(
    cursor: duckdb.DuckDBPyConnection, resource_type: str, table: str, where: str, moved: tuple[int, ...]
) -> Outcome:
    """Take out what is replaced, and count the verdicts."""
    replaced = "resource_id IN (SELECT resource_id FROM verdicts WHERE verdict = 'replaced')"
    if resource_type == "Observation":  # what these patients have left is looked through for repeats
        cursor.execute(f"CREATE OR REPLACE TEMP TABLE touched AS SELECT DISTINCT patient FROM {table} WHERE {replaced}")
    cursor.execute(f"DELETE FROM {table} WHERE {where} AND {replaced}")
    cursor.execute(
        f"DELETE FROM quarantine WHERE resource_type = ? AND {replaced} AND (reason <> ? OR resource_id IN "
        "(SELECT resource_id FROM verdicts WHERE occurrence IN (SELECT unnest(?::BIGINT[]))))",
        [resource_type, _REFUSED, list(moved)],
    )
    counts = dict(
        cursor.execute(
            "SELECT CASE WHEN verdict = 'new' AND NOT kept THEN 'set_aside' ELSE verdict END, count(*) FROM "
            "(SELECT verdict, occurrence IN (SELECT occurrence FROM good) AS kept FROM verdicts) GROUP BY ALL"
        ).fetchall()
    )
    counts["stored"] = counts.pop("new", 0)
    return Outcome(**counts)
