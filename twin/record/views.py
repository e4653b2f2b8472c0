"""How do the rows of the record become frozen views of patients?"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import duckdb
import numpy as np

from twin.record.corrections import corrected, read_corrections
from twin.record.patient import Allergy, Condition, Event, Medication, Patient, Series, SmokingStatus

_EVENTS = " UNION ALL ".join(
    f"SELECT patient, '{kind}' AS kind, coalesce(display, code, '') AS display, CAST(start AS DATE) AS start, "
    f"CAST(stop AS DATE) AS stop, resource_id FROM {table} LEFT JOIN codes USING (code_id) WHERE {{where}}"
    for table, kind in (
        ("procedures", "procedure"),
        ("encounters", "encounter"),
        ("reports", "report"),
        ("images", "image"),
        ("immunizations", "immunization"),
    )
)


def read_patients(cursor: duckdb.DuckDBPyConnection, ids: Sequence[str] | None) -> list[Patient]:
    """Return patients as corrected, those with these ids or all, sorted by id; unknown ids are passed over."""
    chosen = "" if ids is None else "WHERE resource_id IN (SELECT unnest(?))"
    people = cursor.execute(
        "SELECT patient, resource_id, family, given, prefix, birth_date, sex, identifier, deceased, is_synthetic, "
        f"is_deceased, flags FROM patients {chosen} ORDER BY resource_id",
        [] if ids is None else [list(ids)],
    ).fetchall()
    if not people:
        return []
    where = _where([row[0] for row in people], every=ids is None)
    series = _series(cursor, where)
    smoking = _smoking(cursor, where)
    conditions = _grouped(
        cursor,
        "SELECT patient, concept, coalesce(display, code, ''), coalesce(system, ''), coalesce(code, ''), "
        f"onset, abated, resource_id FROM conditions LEFT JOIN codes USING (code_id) WHERE {where} "
        "ORDER BY patient, onset, resource_id, part",
        Condition,
    )
    medications = _grouped(
        cursor,
        "SELECT patient, ingredient, drug_class, coalesce(display, code, ''), coalesce(system, ''), "
        "coalesce(code, ''), dose_mg, start, stop, coalesce(status, ''), resource_id "
        f"FROM medications LEFT JOIN codes USING (code_id) WHERE {where} ORDER BY patient, start, resource_id, part",
        Medication,
    )
    allergies = _allergies(cursor, where)
    events = _grouped(
        cursor, f"SELECT * FROM ({_EVENTS.format(where=where)}) ORDER BY patient, start, kind, resource_id", Event
    )
    patients = (
        Patient(
            *row[1:8],
            deceased=row[8],
            is_synthetic=row[9],
            is_deceased=row[10],
            doubts=tuple(row[11].split(",")) if row[11] else (),
            series=series.get(row[0], {}),
            smoking=smoking.get(row[0]),
            conditions=tuple(conditions.get(row[0], ())),
            medications=tuple(medications.get(row[0], ())),
            allergies=allergies.get(row[0]),
            events=tuple(events.get(row[0], ())),
        )
        for row in people
    )
    corrections = defaultdict(list)
    for one in read_corrections(cursor, ids):
        corrections[one.patient_id].append(one)
    return [corrected(patient, corrections.get(patient.id, ())) for patient in patients]


def _where(numbers: list[int], *, every: bool) -> str:
    """Return the SQL condition for these patients; numbers of our own, so they may stand in the text."""
    if every:
        return "true"
    if len(numbers) == 1:
        return f"patient = {numbers[0]}"
    return f"patient IN ({', '.join(map(str, numbers))})"


def _grouped(cursor: duckdb.DuckDBPyConnection, query: str, make: Any) -> dict[int, list]:
    """Return objects made of all columns but the first, by the first."""
    groups: dict[int, list] = defaultdict(list)
    for number, *values in cursor.execute(query).fetchall():
        groups[number].append(make(*values))
    return groups


def _series(cursor: duckdb.DuckDBPyConnection, where: str) -> dict[int, dict[str, Series]]:
    """Return every variable's values by patient; rows that only repeat another are left out."""
    table = cursor.execute(
        "SELECT patient, variable, CAST(time AS TIMESTAMP_S) AS time, value, coalesce(source, '') AS source, "
        f"resource_id FROM observations WHERE {where} AND value IS NOT NULL "
        "AND (flags IS NULL OR NOT contains(flags, 'repeated')) ORDER BY patient, variable, time, resource_id, part"
    ).to_arrow_table()
    patients = table.column("patient").to_numpy()
    variables = table.column("variable").to_numpy()
    times = table.column("time").to_numpy()
    values = table.column("value").to_numpy()
    sources = table.column("source").to_numpy()
    ids = table.column("resource_id").to_numpy()
    found: dict[int, dict[str, Series]] = defaultdict(dict)
    for first, last in _runs(patients, variables):
        name = variables[first]
        part = slice(first, last)
        found[int(patients[first])][name] = Series(name, times[part], values[part], sources[part], ids[part])
    return found


def _runs(patients: np.ndarray, variables: np.ndarray) -> Iterator[tuple[int, int]]:
    """Yield the first row and the row after the last of each patient's each variable."""
    if not len(patients):
        return
    changes = (patients[1:] != patients[:-1]) | (variables[1:] != variables[:-1])
    edges = [0, *(np.flatnonzero(changes) + 1).tolist(), len(patients)]
    yield from pairwise(edges)


def _smoking(cursor: duckdb.DuckDBPyConnection, where: str) -> dict[int, SmokingStatus]:
    rows = cursor.execute(
        f"SELECT patient, text, time, resource_id FROM observations WHERE {where} AND variable = 'smoking_status' "
        "ORDER BY time, resource_id"
    ).fetchall()
    return {row[0]: SmokingStatus(*row[1:]) for row in rows}


def _allergies(cursor: duckdb.DuckDBPyConnection, where: str) -> dict[int, tuple[Allergy, ...]]:
    """Return active allergies by patient; a patient who was asked and has none has an empty tuple."""
    rows = cursor.execute(
        "SELECT patient, is_none OR NOT is_active, coalesce(display, code, ''), reaction, criticality, resource_id "
        f"FROM allergies LEFT JOIN codes USING (code_id) WHERE {where} ORDER BY patient, display, resource_id"
    ).fetchall()
    found: dict[int, list[Allergy]] = defaultdict(list)
    for number, is_nothing, *values in rows:
        found[number] += [] if is_nothing else [Allergy(*values)]
    return {number: tuple(allergies) for number, allergies in found.items()}
