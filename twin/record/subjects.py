"""Is what came the patient's to whom its id belonged before?

An id is one resource's in one source only. A version that names another patient than the record, or than another
version in the import, is one of two things. It is a correction of the patient if it is newer, by
``meta.lastUpdated`` or else ``meta.versionId``, than every version of another patient, and is of the same thing: the
same codes at the same times. Then it moves, as the sender says, with `Flag.MOVED`; an older version that comes after
it changes nothing. Everything else is taken for the mixing of two sources: what the record had stays as it was, what
came for another patient is set aside with `Reason.OTHER_PATIENT`, and where the record had nothing all of it is,
since none can be told to be right. A version that names nobody, such as one that was entered in error, is taken for
a version of what was there.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import numpy as np
import pyarrow as pa

from twin.record.fhir.prepare import with_flag
from twin.record.quality import Flag, Reason

_WHEN = {"observations": "time", "conditions": "onset", "allergies": "NULL"}
PLACE = ("resource_id", "subject", "part", "reason", "first", "last", "line", "updated", "version", "occurrence")
"""What the quarantine needs of a staged row."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One version of a resource: whose it says it is, and of what. `occurrence` is `None` in the record."""

    occurrence: int | None
    patient: int
    updated: datetime | None
    version: int | None
    thing: int | None

    @property
    def age(self) -> tuple:
        """Return what orders versions from the oldest to the newest; those that do not say come first."""
        return self.updated is not None, self.updated or datetime.min, self.version is not None, self.version or 0

    def corrects(self, other: "Claim") -> bool:
        """Say whether this is a newer version of the same thing for another patient."""
        if self.thing is None or self.thing != other.thing:
            return False
        if self.updated != other.updated:
            return None not in (self.updated, other.updated) and self.updated > other.updated
        return None not in (self.version, other.version) and self.version > other.version


@dataclass(slots=True)
class Verdict:
    """Which versions that came are refused, and which moved from another patient."""

    refused: list[int] = field(default_factory=list)
    moved: list[int] = field(default_factory=list)

    def add(self, claims: list[Claim]) -> None:
        """Judge all versions of one resource, of more than one patient."""
        newest = max(claims, key=lambda claim: claim.age)
        if all(newest.corrects(claim) for claim in claims if claim.patient != newest.patient):
            self.moved += [] if newest.occurrence is None else [newest.occurrence]
            return
        owner = next((claim.patient for claim in claims if claim.occurrence is None), None)
        self.refused += [c.occurrence for c in claims if c.occurrence is not None and c.patient != owner]


@dataclass(frozen=True, slots=True)
class Sorted:
    """Staged rows that may be merged, and those that are refused, with their reason."""

    good: pa.Table
    bad: pa.Table
    refused: pa.Table
    moved: tuple[int, ...] = ()


def sort_out(
    cursor: duckdb.DuckDBPyConnection, resource_type: str, table: str, where: str, good: pa.Table, bad: pa.Table
) -> Sorted:
    """Take out the versions whose id is another patient's, and flag those that were corrected.

    Parameters
    ----------
    table, where
        Where the record keeps this type; what waits for its patient counts as the record's, see `waiting`.
    good, bad
        Staged rows that passed and that did not.
    """
    nothing = bad.select(PLACE)[:0]
    verdict = Verdict()
    for claims in _disputed(cursor, resource_type, table, where, good, bad):
        verdict.add(claims)
    if not verdict.refused and not verdict.moved:
        return Sorted(good, bad, nothing)
    refused = [_refused(rows.filter(pa.array(_among(rows, verdict.refused)))) for rows in (good, bad)]
    good, bad = (rows.filter(pa.array(~_among(rows, verdict.refused))) for rows in (good, bad))
    good = with_flag(good, _among(good, verdict.moved), Flag.MOVED)
    return Sorted(good, bad, pa.concat_tables(refused), tuple(verdict.moved))


def _among(rows: pa.Table, occurrences: list[int]) -> np.ndarray:
    return np.isin(rows.column("occurrence").to_numpy(), occurrences)


def _refused(rows: pa.Table) -> pa.Table:
    reason = pa.array(np.full(len(rows), Reason.OTHER_PATIENT, np.uint8))
    return rows.select(PLACE).set_column(PLACE.index("reason"), "reason", reason)


def _disputed(
    cursor: duckdb.DuckDBPyConnection, resource_type: str, table: str, where: str, good: pa.Table, bad: pa.Table
) -> list[list[Claim]]:
    """Return the versions of each resource that came for more than one patient, the record's among them."""
    thing = f"bit_xor(hash(part, code_id, {_WHEN.get(table, 'start')}))"
    waiting = f"SELECT * FROM quarantine JOIN waiting_for USING (subject) WHERE resource_type = '{resource_type}'"
    cursor.register("passed", good)
    cursor.register("failed", bad)
    try:
        came = (
            "SELECT resource_id, patient FROM passed "
            "UNION ALL SELECT resource_id, patient FROM failed WHERE subject >= 0"
        )
        cursor.execute(f"""
            CREATE OR REPLACE TEMP TABLE disputed AS
            SELECT resource_id FROM ({came}) GROUP BY resource_id HAVING min(patient) <> max(patient) UNION
            SELECT resource_id FROM ({came}) AS c JOIN {table} AS t USING (resource_id)
            WHERE {where} AND c.patient <> t.patient
            UNION SELECT resource_id FROM ({came}) AS c JOIN ({waiting}) AS w USING (resource_id)
            WHERE c.patient <> w.patient
        """)
        if not cursor.execute("SELECT EXISTS (FROM disputed)").fetchone()[0]:
            return []
        claims = cursor.execute(f"""
            SELECT resource_id, occurrence, any_value(patient), any_value(updated),
                any_value(try_cast(version AS BIGINT)), {thing} FILTER (passed)
            FROM (
                SELECT *, true AS passed FROM passed UNION ALL BY NAME SELECT *, false AS passed FROM failed
                WHERE subject >= 0
            ) WHERE resource_id IN (FROM disputed) GROUP BY resource_id, occurrence
            UNION ALL
            SELECT resource_id, NULL, any_value(patient), any_value(updated),
                any_value(try_cast(version AS BIGINT)), {thing}
            FROM {table} WHERE {where} AND resource_id IN (FROM disputed) GROUP BY resource_id
            UNION ALL
            SELECT resource_id, NULL, patient, updated, try_cast(version AS BIGINT), NULL
            FROM ({waiting}) WHERE resource_id IN (FROM disputed)
        """).fetchall()
    finally:
        cursor.unregister("passed")
        cursor.unregister("failed")
    groups: dict[str, list[Claim]] = defaultdict(list)
    for identity, *claim in claims:
        groups[identity].append(Claim(*claim))
    return [groups[identity] for identity in sorted(groups)]
