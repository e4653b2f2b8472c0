"""What may this session see and do in the record?"""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd

from twin.errors import NotAllowed, UnknownName
from twin.governance.audit import AuditRow, Seal, verify
from twin.governance.session import Session
from twin.record.corrections import check, read_corrections, undo_correction, write_corrections
from twin.record.panel import read_panel
from twin.record.patient import Correction, Patient
from twin.record.plans import SavedPlan, add_plan, read_plan, read_plans, remove_plan, rename_plan
from twin.record.seals import read_seal
from twin.record.views import read_patients

if TYPE_CHECKING:
    from twin.record.database import Database

_COUNTED = (
    "patients",
    "observations",
    "conditions",
    "medications",
    "allergies",
    "procedures",
    "encounters",
    "reports",
    "images",
    "immunizations",
    "codes",
    "quarantine",
    "imports",
    "corrections",
    "audit",
)


class Store:
    """The record as one session sees it. Get one from `Database.session`; threads may share it."""

    def __init__(self, database: "Database", session: Session) -> None:
        self.database = database
        self.session = session

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a cursor of its own: one a run, never shared between threads."""
        return self.database.cursor()

    def audit(
        self, action: str, subject: str, detail: dict, *, inside: duckdb.DuckDBPyConnection | None = None
    ) -> None:
        """Write one row of the audit; see `Database.append_audit`."""
        self.database.append_audit(self.session, action, subject, detail, inside=inside)

    def require_import(self) -> None:
        """Refuse, and write down, an import by a role that may not."""
        self._require(self.session.require_import, "import")

    def _require_identified(self, subject: str) -> None:
        self._require(self.session.require_identified, subject)

    def _require(self, check: Any, subject: str) -> None:
        try:
            check()
        except NotAllowed:
            self.audit("refuse", subject, {})
            raise

    def patient(self, patient_id: str) -> Patient:
        """Return one patient's record; writes an audit row.

        Raises
        ------
        UnknownName
            If the record has no such patient.
        NotAllowed
            If the session's role may not see identified patients.
        """
        self._require_identified(patient_id)
        with self.cursor() as cursor:
            found = read_patients(cursor, [patient_id])
        if not found:
            raise _unknown(patient_id)
        self.audit("view", patient_id, {})
        return found[0]

    def patients(self, ids: Iterable[str] | None = None) -> list[Patient]:
        """Return many patients' records, or all, in the order of their ids; writes one audit row."""
        self._require_identified("patients")
        with self.cursor() as cursor:
            found = read_patients(cursor, None if ids is None else list(ids))
        self.audit("view", "patients", {"patients": len(found)})
        return found

    def correct(self, *drafts: Correction, today: date) -> tuple[Correction, ...]:
        """Keep corrections of one patient, all or none, and return them with their numbers; one audit row.

        Raises
        ------
        NotAllowed
            If the session's role may not correct.
        TwinError
            If a draft may not be kept; see `corrections.check`.
        """
        patient_id = drafts[0].patient_id
        self._require(self.session.require_correction, patient_id)
        with self.database.writing() as cursor:
            found = read_patients(cursor, [patient_id])
            if not found:
                raise _unknown(patient_id)
            checked = [check(found[0], draft, today=today) for draft in drafts]
            made = write_corrections(cursor, checked, user=self.session.user)
            detail = {"kind": made[0].kind, "corrections": [one.number for one in made]}
            self.audit("correct", patient_id, detail, inside=cursor)
        return made

    def undo(self, correction_id: int) -> Correction:
        """Take a correction back, its row stays; writes an audit row.

        Raises
        ------
        NotAllowed
            If the session's role may not correct.
        UnknownName
            If there is no such correction, or it was undone before.
        """
        self._require(self.session.require_correction, f"correction/{correction_id}")
        with self.database.writing() as cursor:
            undone = undo_correction(cursor, correction_id, user=self.session.user)
            self.audit("undo", undone.patient_id, {"corrections": [correction_id]}, inside=cursor)
        return undone

    def corrections(self, patient_id: str) -> list[Correction]:
        """Return all corrections of a patient, those that were undone too, in the order in which they were made."""
        self._require_identified(patient_id)
        with self.cursor() as cursor:
            return read_corrections(cursor, [patient_id], undone=True)

    def patient_ids(self) -> list[str]:
        """Return every patient's id, sorted."""
        with self.cursor() as cursor:
            return [row[0] for row in cursor.execute("SELECT resource_id FROM patients ORDER BY ALL").fetchall()]

    def search(self, text: str, limit: int = 20) -> list[dict[str, Any]]:
        """Find patients by the beginnings of their names, an identifier or a day of birth (1966-03-14).

        Returns
        -------
            Mappings with id, family, given, prefix, birth_date, sex and identifier.
        """
        self._require_identified("patients")
        words = [word for word in text.lower().replace(",", " ").split() if word]
        one = (
            "(starts_with(lower(family), ?) OR contains(' ' || lower(given), ' ' || ?) OR lower(resource_id) = ? "
            "OR starts_with(CAST(birth_date AS VARCHAR), ?) "
            "OR len(list_filter(identifiers, lambda i: starts_with(lower(split_part(i, '|', -1)), ?))) > 0)"
        )
        where = " AND ".join([one] * len(words)) or "true"
        with self.cursor() as cursor:
            rows = cursor.execute(
                "SELECT resource_id AS id, family, given, prefix, birth_date, sex, identifier FROM patients "
                f"WHERE {where} ORDER BY family, given, resource_id LIMIT ?",
                [word for word in words for _ in range(5)] + [limit],
            )
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]

    def panel(self, on: date) -> pd.DataFrame:
        """Return one row a patient as of a day: who, latest values, drug classes, problems; see `panel`."""
        self._require_identified("panel")
        with self.cursor() as cursor:
            frame = read_panel(cursor, on)
        self.audit("view", "panel", {"patients": len(frame)})
        return frame

    def plans(self, patient_id: str | None) -> list[SavedPlan]:
        """Return the plans kept for a patient, then the templates for any; each by name."""
        self._require_identified("plans")
        with self.cursor() as cursor:
            return read_plans(cursor, patient_id)

    def save_plan(self, name: str, content: str, *, patient_id: str | None) -> int:
        """Keep a plan for a patient, or as a template for any; writes an audit row that holds neither name nor plan.

        Parameters
        ----------
        content
            The plan's text; nothing of the patient is in it.

        Returns
        -------
            The plan's number.
        """
        self._require_identified("plans")
        with self.database.writing() as cursor:
            plan_id = add_plan(cursor, patient_id=patient_id, name=name, content=content, saved_by=self.session.user)
            self._note_plan("save", plan_id, patient_id, cursor)
        return plan_id

    def rename_plan(self, plan_id: int, name: str, content: str) -> None:
        """Give a kept plan another name; `content` is its text with that name."""
        self._require_identified("plans")
        with self.database.writing() as cursor:
            plan = read_plan(cursor, plan_id)
            rename_plan(cursor, plan, name, content)
            self._note_plan("rename", plan_id, plan.patient_id, cursor)

    def remove_plan(self, plan_id: int) -> None:
        """Take a kept plan off the list; its row stays."""
        self._require_identified("plans")
        with self.database.writing() as cursor:
            plan = read_plan(cursor, plan_id)
            remove_plan(cursor, plan)
            self._note_plan("remove", plan_id, plan.patient_id, cursor)

    def _note_plan(self, action: str, plan_id: int, patient_id: str | None, inside: duckdb.DuckDBPyConnection) -> None:
        self.audit(action, patient_id or "templates", {"what": "plan", "plan_id": plan_id}, inside=inside)

    def verify_audit(self, *, noted: Seal | None = None) -> int:
        """Walk the whole audit chain to its sealed end and return its length.

        Parameters
        ----------
        noted
            An end that was noted elsewhere before, from `audit_seal`.

        Raises
        ------
        BrokenAudit
            At the first row that was changed, moved or removed, at the end too; see `audit.verify`.
        """
        with self.cursor() as cursor:
            cursor.execute("BEGIN")  # rows and seal of one moment
            seal = read_seal(cursor)
            cursor.execute("SELECT * FROM audit ORDER BY number")
            rows = (AuditRow(*row) for rows in iter(lambda: cursor.fetchmany(10_000), []) for row in rows)
            return verify(rows, seal=seal, noted=noted)

    def audit_seal(self) -> Seal | None:
        """Return the sealed end of the audit, to be noted elsewhere; ``None`` where the seal was removed."""
        with self.cursor() as cursor:
            return read_seal(cursor)

    def audit_rows(self, limit: int = 100) -> list[AuditRow]:
        """Return the newest audit rows, newest first."""
        with self.cursor() as cursor:
            rows = cursor.execute("SELECT * FROM audit ORDER BY number DESC LIMIT ?", [limit]).fetchall()
        return [AuditRow(*row) for row in rows]

    def counts(self) -> dict[str, int]:
        """Return how many rows each table has."""
        query = " UNION ALL ".join(f"SELECT '{table}', count(*) FROM {table}" for table in _COUNTED)
        with self.cursor() as cursor:
            return dict(cursor.execute(query).fetchall())

    def imports(self) -> list[dict[str, Any]]:
        """Return every import, newest first, with its report as JSON text."""
        with self.cursor() as cursor:
            rows = cursor.execute("SELECT * FROM imports ORDER BY import_id DESC")
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]

    def patients_of_import(self, import_id: int) -> list[dict[str, Any]]:
        """Return the patients of whom an import brought a row, by name."""
        self._require_identified("patients")
        clinical = ("patients", "observations", "conditions", "medications", "allergies", "procedures")
        touched = " UNION ".join(f"SELECT patient FROM {table} WHERE import_id = $id" for table in clinical)
        with self.cursor() as cursor:
            rows = cursor.execute(
                "SELECT resource_id AS id, family, given, prefix, birth_date, sex, identifier FROM patients "
                f"WHERE patient IN ({touched}) ORDER BY family, given, resource_id",
                {"id": import_id},
            )
            names = [column[0] for column in rows.description]
            return [dict(zip(names, row, strict=True)) for row in rows.fetchall()]

    def quarantine(self, import_id: int | None = None) -> pd.DataFrame:
        """Return the rows that are set aside, of one import or of all."""
        self._require_identified("quarantine")
        where = "" if import_id is None else "WHERE import_id = ?"
        with self.cursor() as cursor:
            query = f"SELECT * FROM quarantine {where} ORDER BY import_id, file, line, part"
            return cursor.execute(query, [] if import_id is None else [import_id]).df()


def _unknown(patient_id: str) -> UnknownName:
    return UnknownName(
        f"no patient {patient_id!r} in the record",
        clinical="This patient is not in the record. Go back to the list and choose again.",
    )
