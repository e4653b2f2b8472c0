"""Which patient does each row that was read belong to, and which rows are set aside?"""

from urllib.parse import unquote

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from twin.record.fhir import columns
from twin.record.fhir.reader import Contents
from twin.record.quality import Flag, Reason, judge_times, usable_births

_LAST_DAY = np.iinfo(np.int64).max


class People:
    """The patients of the record, and what a reference may call them."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, aliases: dict[bytes, str]) -> None:
        rows = cursor.execute(
            "SELECT resource_id, patient, epoch_us(birth_date), epoch_us(deceased), identifiers FROM patients"
        ).fetchall()
        self._numbers = {row[0]: row[1] for row in rows}
        size = max(self._numbers.values(), default=0) + 1
        self.births, self.deaths = np.full(size, -_LAST_DAY), np.full(size, _LAST_DAY)
        self._aliases = {b"?" + name.encode(): row[0] for row in rows for name in row[4]}
        for _, number, birth, death, _ in rows:
            self.births[number] = -_LAST_DAY if birth is None else birth
            self.deaths[number] = _LAST_DAY if death is None else death
        self._aliases.update(aliases)

    def numbers(self, references: list[bytes]) -> np.ndarray:
        """Return the number of the patient that each reference leads to, -1 for none; the last stands for none."""
        return np.array([self._number(reference) for reference in references] + [-1], np.int32)

    def _number(self, reference: bytes) -> int:
        text = reference.split(b"/_history", 1)[0]
        if text in self._aliases:
            return self._numbers.get(self._aliases[text], -1)
        if b"?" in text:
            kind, _, query = text.partition(b"?")
            name, _, value = query.partition(b"=")
            if not kind.endswith(b"Patient") or name != b"identifier":
                return -1
            identity = self._aliases.get(b"?" + unquote(value.decode()).encode())
            return self._numbers.get(identity, -1)
        kind, slash, identity = text.rpartition(b"/")
        if slash and not kind.endswith(b"Patient"):
            return -1
        return self._numbers.get(identity.rpartition(b":")[2].decode(), -1)


def dated_patients(staged: pa.Table, *, now: int) -> pa.Table:
    """Take a day of birth that nobody can have as not known, and flag it."""
    days = staged.column("birth_date").to_numpy()
    wrong = ~np.isnat(days) & ~usable_births(days, now=now)
    if not wrong.any():
        return staged
    births = pa.array(np.where(wrong, np.datetime64("NaT"), days))
    staged = staged.set_column(staged.column_names.index("birth_date"), "birth_date", births)
    return with_flag(staged, wrong, Flag.BIRTH_UNUSABLE)


def told_apart(cursor: duckdb.DuckDBPyConnection, staged: pa.Table) -> pa.Table:
    """Flag the patients whose id names someone else in the record or elsewhere in the import.

    An id is one person's in one source only: two sources that number their patients would be mixed.
    """
    marks = ("family", "birth_date", "sex")
    known = {
        row[0]: row[1:] for row in cursor.execute(f"SELECT resource_id, {', '.join(marks)} FROM patients").fetchall()
    }
    ids = staged.column("resource_id").to_pylist()
    mixed = set()
    for identity, *person in zip(ids, *(staged.column(mark).to_pylist() for mark in marks), strict=True):
        before = known.setdefault(identity, person)
        if sum(bool(a and b and a != b) for a, b in zip(before, person, strict=True)) > 1:
            mixed.add(identity)
    return with_flag(staged, np.array([identity in mixed for identity in ids]), Flag.ANOTHER_PERSON)


def numbered_patients(cursor: duckdb.DuckDBPyConnection, staged: pa.Table) -> pa.Table:
    """Give every staged patient a number: its own if the record has one, else the next."""
    known = dict(cursor.execute("SELECT resource_id, patient FROM patients").fetchall())
    ids = staged.column("resource_id").to_pylist()
    following = max(known.values(), default=0) + 1
    for identity in sorted(set(ids) - known.keys()):
        known[identity] = following
        following += 1
    return staged.append_column("patient", pa.array([known[i] for i in ids], pa.int32()))


def code_ids(cursor: duckdb.DuckDBPyConnection, contents: Contents) -> np.ndarray:
    """Return the record's number of each code of the import, new codes written down; the last stands for none."""
    rows = cursor.execute("SELECT system, code, display, code_id FROM codes").fetchall()
    known = {row[:3]: row[3] for row in rows}
    fresh = [code for code in contents.codes if code not in known]
    first = max(known.values(), default=0) + 1
    known.update((code, first + place) for place, code in enumerate(fresh))
    if fresh:
        columns_ = [pa.array([code[k] for code in fresh], pa.string()) for k in range(3)]
        numbers = pa.array(range(first, first + len(fresh)), pa.int32())
        cursor.register("fresh", pa.table([numbers, *columns_], names=["code_id", "system", "code", "display"]))
        cursor.execute("INSERT INTO codes BY NAME FROM fresh")
        cursor.unregister("fresh")
    return np.array([known[code] for code in contents.codes] + [0], np.int32)


def judged(
    staged: pa.Table, people: People, patients: np.ndarray, codes: np.ndarray, *, now: int
) -> tuple[pa.Table, pa.Table]:
    """Give every staged row its patient and code, and the reasons and flags that depend on the patient.

    Parameters
    ----------
    patients, codes
        The record's numbers of the import's subjects and codes; the last stands for none.
    now
        When the import runs, microseconds from 1970, UTC.

    Returns
    -------
        The rows that passed, observations sorted, and the rows that are set aside.
    """
    subject = staged.column("subject").to_numpy()
    patient = patients[subject]
    code = staged.column("code").to_numpy()
    reason = staged.column("reason").to_numpy().copy()
    lost = (reason == 0) & (patient < 0)
    reason[lost] = np.where(subject[lost] < 0, Reason.NO_PATIENT, Reason.UNKNOWN_PATIENT)
    if "time" in staged.column_names:
        time = pc.cast(staged.column("time"), pa.int64()).to_numpy()
        birth, death = people.births[patient], people.deaths[patient]
        future, early, late = judge_times(time, now=now, birth=birth, death=death)
        good = reason == 0
        reason[good & early] = Reason.BEFORE_BIRTH
        reason[good & future] = Reason.IN_THE_FUTURE
        staged = with_flag(staged, good & late, Flag.AFTER_DEATH)
    staged = staged.set_column(staged.column_names.index("reason"), "reason", pa.array(reason))
    staged = staged.append_column("code_id", pa.array(codes[code], mask=code < 0))
    return _split(staged.append_column("patient", pa.array(patient)))


def with_flag(staged: pa.Table, rows: np.ndarray, flag: Flag) -> pa.Table:
    """Add a flag to some staged rows."""
    if not rows.any():
        return staged
    texts = staged.column("flags").to_pylist()
    for row in np.flatnonzero(rows):
        texts[row] = f"{texts[row]},{flag.name.lower()}" if texts[row] else flag.name.lower()
    return staged.set_column(staged.column_names.index("flags"), "flags", pa.array(texts, pa.string()))


def _split(staged: pa.Table) -> tuple[pa.Table, pa.Table]:
    reason = staged.column("reason").to_numpy()
    good, held = staged, staged[:0]
    if reason.any():
        good, held = staged.filter(pa.array(reason == 0)), staged.filter(pa.array(reason > 0))
    if "time" in good.column_names:
        good = good.unify_dictionaries().combine_chunks().take(pa.array(np.argsort(series_keys(good))))
    return good, held


def series_keys(rows: pa.Table) -> np.ndarray:
    """Return numbers that sort observations by patient, variable and second, and are equal where these are."""
    seconds = rows.column("time").to_numpy().astype("M8[s]").astype(np.int64)
    variable = rows.column("variable_order").to_numpy().astype(np.int64)
    patient = rows.column("patient").to_numpy().astype(np.int64)
    # 24, 7 and 33 bits: 8 million patients, 127 variables, the years 1834 to 2106.
    return patient << 40 | variable + 1 << 33 | np.clip(seconds + (1 << 32), 0, (1 << 33) - 1)


def lost_references(contents: Contents) -> dict[str, np.ndarray]:
    """Return the hashes of what is referred to, patients apart, and is not in the import."""
    present = np.concatenate([*contents.present, np.zeros(0, np.uint64)])
    wanted = {name: np.concatenate(arrays) for name, arrays in sorted(contents.wanted.items())}
    return {name: marks[(marks > 0) & ~columns.members(marks, present)] for name, marks in wanted.items()}


def dangling(cursor: duckdb.DuckDBPyConnection, lost: dict[str, np.ndarray]) -> dict[str, int]:
    """Count the references that lead to nothing in the record either."""
    earlier = cursor.execute("SELECT EXISTS (FROM imports)").fetchone()[0]
    if earlier and any(len(marks) for marks in lost.values()):
        in_record = _marks_of_record(cursor)
        lost = {name: marks[~columns.members(marks, in_record)] for name, marks in lost.items()}
    return {name: len(marks) for name, marks in lost.items() if len(marks)}


def _marks_of_record(cursor: duckdb.DuckDBPyConnection) -> np.ndarray:
    """Return the hashes of all ids of resources in the record that are referred to."""
    tables = ("encounters", "observations", "conditions", "procedures", "reports", "patients", "images")
    query = " UNION ALL ".join(f"SELECT resource_id FROM {table}" for table in tables)
    marks = [np.zeros(0, np.uint64)]
    for batch in cursor.execute(query).to_arrow_reader(1 << 16):
        _, offsets, text = batch.column(0).buffers()
        ends = np.frombuffer(offsets, np.int32)[: len(batch) + 1]
        data = np.concatenate([np.frombuffer(text or b"", np.uint8)[: ends[-1]], np.zeros(8, np.uint8)])
        marks.append(columns.hashes(data, np.column_stack([ends[:-1], ends[1:]])))
    return np.concatenate(marks)
