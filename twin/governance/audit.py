"""Can anyone change or remove what was written about who did what?"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from twin.errors import BrokenAudit
from twin.governance.session import Session

GENESIS = "0" * 64
"""The hash that the first row of a chain follows."""


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One line of the audit: who, in which role and purpose, did what to which subject, when.

    `subject` is an internal patient id or an import id, never a name. `detail` is JSON text without
    clinical values. `digest` covers all other fields and the digest of the row before.
    """

    number: int
    time: datetime
    user: str
    role: str
    purpose: str
    action: str
    subject: str
    detail: str
    digest: str


def _digest(previous: str, number: int, time: datetime, fields: tuple[str, ...]) -> str:
    line = json.dumps([previous, number, time.isoformat(), *fields], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()


def next_row(
    session: Session, action: str, subject: str, detail: dict, *, time: datetime, last: AuditRow | None
) -> AuditRow:
    """Return the row that follows `last` in the chain.

    Parameters
    ----------
    action
        ``open``, ``import``, ``view``, ``run``, ``correct``, ``undo``, ``export`` or ``refuse``.
    detail
        Counts and identifiers of what ran; no clinical values.
    time
        When it happened, UTC without zone, to the microsecond.
    last
        The newest row so far; ``None`` starts a chain.
    """
    number = 1 if last is None else last.number + 1
    previous = GENESIS if last is None else last.digest
    text = json.dumps(detail, sort_keys=True, ensure_ascii=False)
    fields = (session.user, str(session.role), str(session.purpose), action, subject, text)
    return AuditRow(number, time, *fields, digest=_digest(previous, number, time, fields))


def verify(rows: Iterable[AuditRow]) -> int:
    """Walk a whole chain and return its length.

    Raises
    ------
    BrokenAudit
        At the first row that is missing, moved or changed. Rows cut off the end leave no trace in the
        chain itself; compare the length and last digest with a copy kept elsewhere.
    """
    previous, expected = GENESIS, 1
    for row in rows:
        fields = (row.user, row.role, row.purpose, row.action, row.subject, row.detail)
        if row.number != expected or row.digest != _digest(previous, row.number, row.time, fields):
            raise BrokenAudit(
                f"audit row {expected} does not verify (found number {row.number})",
                clinical=f"The audit trail was altered at line {expected}. Tell the person responsible for governance.",
            )
        previous, expected = row.digest, expected + 1
    return expected - 1
