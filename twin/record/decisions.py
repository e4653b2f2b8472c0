"""What was decided about a patient, by whom, why, and with which numbers in front of them?

A decision keeps the plans, the results and the forecasts as they were when it was made. Its row is never changed; a
later one of the same patient supersedes it.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Literal

from twin.errors import MissingInput, NotAllowed, OutOfValidityRange
from twin.governance.session import Role, Session
from twin.record.meetings import Basis, now, read_case

if TYPE_CHECKING:
    from twin.record.store import Store

LONGEST_LINE = 300  # letters of a reason or a dissent
LONGEST_NAME = 80  # letters of an owner
Kind = Literal["plan", "none", "more_data"]
_DECIDERS = frozenset({Role.CLINICIAN})
_COLUMNS = (
    "decision_id, case_id, patient_id, meeting_day, decision, chosen, reason, owner, review_date, dissent, basis, "
    "receipt, decided, decided_by"
)


@dataclass(frozen=True, slots=True)
class Decided:
    """The five fields of a decision; `chosen` counts the plans of the basis from 1."""

    decision: Kind
    chosen: int | None
    reason: str
    owner: str
    review_date: date | None
    dissent: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision as it was written down."""

    decision_id: int
    case_id: int
    patient_id: str
    meeting_day: date
    fields: Decided
    basis: Basis
    receipt: str
    decided: datetime
    decided_by: str


def decide(store: "Store", case_id: int, fields: Decided, basis: Basis, receipt: str, *, today: date) -> int:
    """Write down what was decided about a case, and return the number of the decision; one audit row.

    Parameters
    ----------
    basis
        Plans and results as they were in front of those who decided.
    receipt
        What is forecast for what was decided, as JSON.
    today
        A review lies behind it.

    Raises
    ------
    NotAllowed
        If the session's role does not decide.
    MissingInput, OutOfValidityRange
        If a field is empty that must not be, too long, or the review is not in the future.
    """
    store._require(lambda: _require_decider(store.session), "decision")
    kept = checked(fields, today=today)
    with store.database.writing() as cursor:
        case = read_case(cursor, case_id)
        decision_id = cursor.execute("SELECT coalesce(max(decision_id), 0) + 1 FROM decisions").fetchone()[0]
        row = [
            *(decision_id, case_id, case.patient_id, case.meeting_day, *astuple(kept)),
            *(basis.to_json(), receipt, now(), store.session.user),
        ]
        cursor.execute(f"INSERT INTO decisions ({_COLUMNS}) VALUES ({', '.join('?' * len(row))})", row)
        detail = {"what": "decision", "decision_id": decision_id, "case_id": case_id}
        store.audit("decide", case.patient_id, detail, inside=cursor)
    return decision_id


def decisions(store: "Store", patient_id: str | None = None) -> list[Decision]:
    """Return decisions in the order in which they were made, those of one patient or all."""
    store._require_identified("decisions")
    where = "true" if patient_id is None else "patient_id = ?"
    query = f"SELECT {_COLUMNS} FROM decisions WHERE {where} ORDER BY decision_id"
    with store.cursor() as cursor:
        rows = cursor.execute(query, [] if patient_id is None else [patient_id]).fetchall()
    return [_decision(row) for row in rows]


def decision_count(store: "Store") -> int:
    """Return how many decisions there are: it grows with each."""
    with store.cursor() as cursor:
        return cursor.execute("SELECT count(*) FROM decisions").fetchone()[0]


def may_decide(session: Session) -> bool:
    """Say whether a role writes decisions down."""
    return session.role in _DECIDERS


def checked(fields: Decided, *, today: date) -> Decided:
    """Return the fields as they are kept: in one line each, and complete."""
    reason, owner, dissent = (" ".join(text.split()) for text in (fields.reason, fields.owner, fields.dissent))
    lacking = [
        label
        for label, is_there in (
            ("the decision", fields.decision in ("none", "more_data") or fields.chosen is not None),
            ("a reason", reason),
            ("an owner", owner),
            ("a review date", fields.review_date),
        )
        if not is_there
    ]
    if lacking:
        raise MissingInput(f"decision without {lacking}", clinical=f"Nothing was saved yet: give {_listed(lacking)}.")
    if max(len(reason), len(dissent)) > LONGEST_LINE or len(owner) > LONGEST_NAME:
        raise OutOfValidityRange(
            f"{len(reason)}, {len(dissent)} and {len(owner)} letters",
            clinical=f"Use at most {LONGEST_LINE} letters for reason and dissent, {LONGEST_NAME} for the owner.",
        )
    if fields.review_date <= today:
        raise OutOfValidityRange("review not in the future", clinical="Choose a review date after today.")
    chosen = fields.chosen if fields.decision == "plan" else None
    return Decided(fields.decision, chosen, reason, owner, fields.review_date, dissent)


def _listed(parts: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(parts[:-1]), parts[-1])))


def _require_decider(session: Session) -> None:
    if not may_decide(session):
        raise NotAllowed(
            f"role {session.role} may not decide",
            clinical=f"The role “{session.role}” cannot write a decision down.",
        )


def _decision(row: tuple) -> Decision:
    return Decision(*row[:4], Decided(*row[4:10]), Basis.from_json(row[10]), *row[11:])
