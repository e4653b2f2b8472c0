"""What did clinicians correct in the record, and how does a patient look with it?

A wrong value is left out of the patient's series; an added one is in them. An explained value, such as a blood
pressure during a course of steroids, was truly measured: it stays in its series and on the chart. But it does not
stand for the patient's usual state, so the twin does not learn from it, and neither a risk nor a review rule takes
it as the current value; the newest value that is not explained does. A share of doses taken tells the twin how
strongly a drug can have acted; the list of medicines stays as prescribed.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

import duckdb
import numpy as np

from twin.errors import MissingInput, NotAllowed, OutOfValidityRange, UnknownName
from twin.record.patient import Correction, Measurement, Patient, Series
from twin.variables import require_possible, variable

LONGEST_REASON = 300  # letters
SOURCE = "stated"
"""How an added value was taken: somebody said so."""

_COLUMNS = (
    "patient_id, kind, reason, variable, value, time, target_id, ingredient, adherence, correction_id, made, made_by, "
    "undone, coalesce(undone_by, '')"
)


def mark(patient_id: str, kind: str, measured: Measurement, *, reason: str) -> Correction:
    """Return the draft that marks a value as ``wrong`` or ``explained``."""
    return Correction(
        patient_id, kind, reason, measured.variable, measured.value, measured.time, target_id=measured.resource_id
    )


def corrected(patient: Patient, corrections: Iterable[Correction]) -> Patient:
    """Return the patient with corrections that hold; drafts among them, nothing is stored."""
    made = tuple(corrections)
    if not made:
        return patient
    series = dict(patient.series)
    for one in made:
        if one.kind == "wrong" and one.variable in series:
            _leave_out(series, one)
        elif one.kind == "added":
            _put_in(series, one)
    return replace(patient, series=series, corrections=(*patient.corrections, *made))


def _leave_out(series: dict[str, Series], one: Correction) -> None:
    whole = series[one.variable]
    left = whole.where(~one.marks(whole))
    if len(left):
        series[one.variable] = left
    else:
        del series[one.variable]


def _put_in(series: dict[str, Series], one: Correction) -> None:
    """Add a value at its place by time, then by resource, as the record's rows are sorted."""
    new = Series(
        one.variable,
        np.array([one.time], dtype="datetime64[s]"),
        np.array([one.value]),
        np.array([SOURCE], dtype=object),
        np.array([one.resource_id], dtype=object),
    )
    if (old := series.get(one.variable)) is not None:
        parts = ((getattr(old, part), getattr(new, part)) for part in ("times", "values", "sources", "resource_ids"))
        both = Series(one.variable, *map(np.concatenate, parts))
        new = both.where(np.lexsort((both.resource_ids.astype(str), both.times)))
    series[one.variable] = new


def check(patient: Patient, draft: Correction, *, today: date) -> Correction:
    """Return a draft that may be kept, its reason tidied.

    Parameters
    ----------
    patient
        As corrected so far.
    today
        Nothing later can have been measured.

    Raises
    ------
    MissingInput
        Without a reason.
    OutOfValidityRange
        For a value outside its hard limits, a day in the future or before birth, a share outside 0 to 1.
    UnknownName
        For a value that is not on record or marked already, a drug that is not, or an unknown variable.
    NotAllowed
        For a mark on an added value, which can be undone.
    """
    reason = " ".join(draft.reason.split())
    if not reason:
        raise MissingInput("correction without a reason", clinical="Give a reason: others must be able to follow it.")
    if len(reason) > LONGEST_REASON:
        raise OutOfValidityRange(
            f"reason of {len(reason)} letters, at most {LONGEST_REASON}",
            clinical=f"The reason is too long. Use at most {LONGEST_REASON} letters.",
        )
    {"added": _check_added, "adherence": _check_adherence}.get(draft.kind, _check_mark)(patient, draft, today)
    return replace(draft, reason=reason)


def _check_mark(patient: Patient, draft: Correction, today: date) -> None:
    series = patient.series.get(draft.variable)
    marked = np.zeros(0, dtype=bool) if series is None else draft.marks(series)
    if not marked.any() or (marked & patient.explained(series)).any():
        raise UnknownName(
            f"no unmarked {draft.variable} in {draft.target_id!r}",
            clinical="This value is not on record, or it is marked already. Look at the list of corrections.",
        )
    if any(one.resource_id == draft.target_id for one in patient.corrections if one.kind == "added"):
        raise NotAllowed(
            f"{draft.target_id} is a correction",
            clinical="This value was added by hand. Undo the addition instead.",
        )


def _check_added(patient: Patient, draft: Correction, today: date) -> None:
    if variable(draft.variable).kind != "quantity":
        raise UnknownName(
            f"{draft.variable!r} is no quantity",
            clinical=f"{variable(draft.variable).label} cannot be added as a number.",
        )
    require_possible(draft.variable, draft.value)
    if patient.birth_date is not None and draft.time.date() < patient.birth_date:
        raise OutOfValidityRange("added before birth", clinical="The day is before the patient's birth. Check the day.")
    _refuse_future(draft.time, today)


def _check_adherence(patient: Patient, draft: Correction, today: date) -> None:
    if draft.ingredient is None or all(m.ingredient != draft.ingredient for m in patient.medications):
        raise UnknownName(
            f"{draft.ingredient!r} was never prescribed",
            clinical="This drug is not in the patient's list of medicines.",
        )
    if draft.adherence is None or not 0.0 <= draft.adherence <= 1.0:
        raise OutOfValidityRange(
            f"adherence {draft.adherence!r} outside 0..1",
            clinical="The share of doses taken must be between 0 and 100 %.",
        )
    if draft.time is not None:
        _refuse_future(draft.time, today)


def _refuse_future(time: datetime, today: date) -> None:
    if time.date() > today:
        raise OutOfValidityRange("day in the future", clinical="The day is in the future. Choose an earlier one.")


def read_corrections(
    cursor: duckdb.DuckDBPyConnection, ids: list[str] | None, *, undone: bool = False
) -> list[Correction]:
    """Return corrections in the order in which they were made, those of some patients or of all.

    Parameters
    ----------
    undone
        Whether those that were undone are wanted too.
    """
    where = ["true" if ids is None else "patient_id IN (SELECT unnest(?))"] + ([] if undone else ["undone IS NULL"])
    query = f"SELECT {_COLUMNS} FROM corrections WHERE {' AND '.join(where)} ORDER BY correction_id"
    return [Correction(*row) for row in cursor.execute(query, [] if ids is None else [ids]).fetchall()]


def write_corrections(
    cursor: duckdb.DuckDBPyConnection, drafts: Iterable[Correction], *, user: str
) -> tuple[Correction, ...]:
    """Store checked drafts and return them with number, time and author."""
    last = cursor.execute("SELECT coalesce(max(correction_id), 0) FROM corrections").fetchone()[0]
    made = tuple(
        replace(draft, number=number, made=_now(), made_by=user) for number, draft in enumerate(drafts, start=last + 1)
    )
    for c in made:
        row = [c.number, c.patient_id, c.kind, c.target_id, c.variable, c.value, c.time, c.ingredient, c.adherence]
        cursor.execute(
            "INSERT INTO corrections VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL)",
            [*row, c.reason, c.made, c.made_by],
        )
    return made


def undo_correction(cursor: duckdb.DuckDBPyConnection, number: int, *, user: str) -> Correction:
    """Take a correction back; its row stays.

    Raises
    ------
    UnknownName
        If there is none of that number, or it was undone before.
    """
    found = cursor.execute(
        "UPDATE corrections SET undone = ?, undone_by = ? WHERE correction_id = ? AND undone IS NULL "
        f"RETURNING {_COLUMNS}",
        [_now(), user, number],
    ).fetchone()
    if found is None:
        raise UnknownName(
            f"no correction {number} that holds", clinical="This correction was undone already. Look at the list again."
        )
    return Correction(*found)


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
