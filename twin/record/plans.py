"""Which plans were kept, for one patient or as templates for any?

A plan is kept as its text and no more: nothing here reads it. A removed plan stays in the table with its day.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb

from twin.errors import OutOfValidityRange, UnknownName

LONGEST_NAME = 60
MOST_CONTENT = 20_000  # characters; the longest plan that a page can set has fewer than a tenth of them


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """One kept plan; without a `patient_id` it is a template for any patient. `content` is its text."""

    plan_id: int
    patient_id: str | None
    name: str
    content: str
    saved: datetime
    saved_by: str

    @property
    def is_template(self) -> bool:
        """Say whether it is for any patient."""
        return self.patient_id is None


def require_name(name: str) -> str:
    """Return a plan's name without blanks around it.

    Raises
    ------
    OutOfValidityRange
        If nothing is left, if it is too long, or if it holds what cannot be seen.
    """
    kept = " ".join(name.split())
    if not kept or len(kept) > LONGEST_NAME or not kept.isprintable():
        raise OutOfValidityRange(
            f"plan name of {len(kept)} characters",
            clinical=f"A plan needs a name of 1 to {LONGEST_NAME} characters that says what is done.",
        )
    return kept


def read_plans(cursor: duckdb.DuckDBPyConnection, patient_id: str | None) -> list[SavedPlan]:
    """Return a patient's plans, then the templates, each by name; without a patient the templates alone."""
    rows = cursor.execute(
        "SELECT plan_id, patient_id, name, content, saved, saved_by FROM plans "
        "WHERE removed IS NULL AND (patient_id IS NULL OR patient_id = ?) "
        "ORDER BY patient_id IS NULL, lower(name), plan_id",
        [patient_id],
    ).fetchall()
    return [SavedPlan(*row) for row in rows]


def read_plan(cursor: duckdb.DuckDBPyConnection, plan_id: int) -> SavedPlan:
    """Return one plan that is on the list.

    Raises
    ------
    UnknownName
        If there is none of that number, or it was removed.
    """
    row = cursor.execute(
        "SELECT plan_id, patient_id, name, content, saved, saved_by FROM plans WHERE plan_id = ? AND removed IS NULL",
        [plan_id],
    ).fetchone()
    if row is None:
        raise UnknownName(
            f"no saved plan {plan_id}", clinical="This saved plan was removed. Look at the list again and choose."
        )
    return SavedPlan(*row)


def add_plan(
    cursor: duckdb.DuckDBPyConnection, *, patient_id: str | None, name: str, content: str, saved_by: str
) -> int:
    """Write a plan and return its number.

    Raises
    ------
    OutOfValidityRange
        If the name cannot be used or is taken, or if the text is empty or too long to be a plan.
    """
    name = require_name(name)
    if not content.strip() or len(content) > MOST_CONTENT:
        raise OutOfValidityRange(
            f"plan of {len(content)} characters", clinical="This plan cannot be saved: it is empty or too long."
        )
    _require_free(cursor, patient_id, name)
    plan_id = cursor.execute("SELECT coalesce(max(plan_id), 0) + 1 FROM plans").fetchone()[0]
    row = [plan_id, patient_id, name, content, _now(), saved_by]
    cursor.execute("INSERT INTO plans VALUES (?, ?, ?, ?, ?, ?, NULL)", row)
    return plan_id


def rename_plan(cursor: duckdb.DuckDBPyConnection, plan: SavedPlan, name: str, content: str) -> None:
    """Give a plan another name; its text, which holds the name too, is written anew."""
    name = require_name(name)
    if name.lower() != plan.name.lower():
        _require_free(cursor, plan.patient_id, name)
    cursor.execute("UPDATE plans SET name = ?, content = ? WHERE plan_id = ?", [name, content, plan.plan_id])


def remove_plan(cursor: duckdb.DuckDBPyConnection, plan: SavedPlan) -> None:
    """Take a plan off the list; its row stays."""
    cursor.execute("UPDATE plans SET removed = ? WHERE plan_id = ?", [_now(), plan.plan_id])


def _require_free(cursor: duckdb.DuckDBPyConnection, patient_id: str | None, name: str) -> None:
    taken = cursor.execute(
        "SELECT count(*) FROM plans "
        "WHERE removed IS NULL AND patient_id IS NOT DISTINCT FROM ? AND lower(name) = lower(?)",
        [patient_id, name],
    ).fetchone()[0]
    if taken:
        whose = "this patient" if patient_id else "a template"
        raise OutOfValidityRange(
            "plan name is taken",
            clinical=f"There is a plan of this name for {whose}. Choose another name, or remove that plan first.",
        )


def _now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)
