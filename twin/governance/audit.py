"""Can anyone change or remove what was written about who did what?

Each row seals the one before, and a seal kept apart from the rows tells where the chain ends. So a row that was
changed, moved or removed is noticed, at the end too, by whoever walks the chain, and it stays so: the next row
follows the seal, not what is left. What this cannot prove: someone who can write the file can write rows, chain and
seal anew, or put an older copy of the whole file in its place. Only a seal noted elsewhere earlier (`Seal`, checked
by `verify`) tells that.
"""

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


@dataclass(frozen=True, slots=True)
class Seal:
    """The end of a chain: number and digest of its newest row, and how many rows came before ends were sealed."""

    number: int = 0
    digest: str = GENESIS
    adopted: int = 0


def _digest(previous: str, number: int, time: datetime, fields: tuple[str, ...]) -> str:
    line = json.dumps([previous, number, time.isoformat(), *fields], ensure_ascii=False)
    return hashlib.sha256(line.encode()).hexdigest()


def next_row(session: Session, action: str, subject: str, detail: dict, *, time: datetime, last: Seal) -> AuditRow:
    """Return the row that follows `last` in the chain.

    Parameters
    ----------
    action
        ``open``, ``import``, ``view``, ``run``, ``correct``, ``undo``, ``export``, ``refuse`` or ``adopt``.
    detail
        Counts and identifiers of what ran; no clinical values.
    time
        When it happened, UTC without zone, to the microsecond.
    last
        The end of the chain so far; ``Seal()`` starts one.
    """
    number = last.number + 1
    text = json.dumps(detail, sort_keys=True, ensure_ascii=False)
    fields = (session.user, str(session.role), str(session.purpose), action, subject, text)
    return AuditRow(number, time, *fields, digest=_digest(last.digest, number, time, fields))


def verify(rows: Iterable[AuditRow], *, seal: Seal | None, noted: Seal | None = None) -> int:
    """Walk a whole chain and return its length.

    Parameters
    ----------
    seal
        The end of the chain as it is kept apart from the rows; ``None`` where it was removed.
    noted
        An end of this chain that was noted elsewhere before.

    Raises
    ------
    BrokenAudit
        At the first row that is missing, moved or changed, if the chain does not end where its seal says, or if
        it does not hold the noted end.
    """
    last = Seal()
    for row in rows:
        fields = (row.user, row.role, row.purpose, row.action, row.subject, row.detail)
        if row.number > last.number + 1:
            raise _missing(last.number + 1, row.number - 1)
        if row.number <= last.number or row.digest != _digest(last.digest, row.number, row.time, fields):
            raise _altered(last.number + 1, f"does not verify (found number {row.number})")
        last = Seal(row.number, row.digest)
        if noted is not None and noted.number == row.number and noted.digest != row.digest:
            raise _altered(row.number, "is not the one that was noted: the audit was written anew")
    _check_end(last, seal, noted)
    return last.number


def _check_end(last: Seal, seal: Seal | None, noted: Seal | None) -> None:
    if seal is None:
        raise BrokenAudit(
            f"the seal of the audit's end is missing; {last.number} rows are there",
            clinical="The seal of the audit trail was removed: lines may be missing. " + _TELL,
        )
    if seal.number > last.number:
        raise _missing(last.number + 1, seal.number)
    if (seal.number, seal.digest) != (last.number, last.digest):
        raise _altered(seal.number, "is sealed as the end and is not")
    if noted is not None and noted.number > last.number:
        raise _missing(last.number + 1, noted.number)


_TELL = "Tell the person responsible for governance."


def _missing(first: int, last: int) -> BrokenAudit:
    which = f"row {first} is" if first == last else f"rows {first} to {last} are"
    lines = (
        f"Line {first:,} of the audit trail was"
        if first == last
        else (f"Lines {first:,} to {last:,} of the audit trail were")
    )
    return BrokenAudit(f"audit {which} missing", clinical=f"{lines} removed. {_TELL}")


def _altered(number: int, problem: str) -> BrokenAudit:
    return BrokenAudit(
        f"audit row {number} {problem}", clinical=f"The audit trail was altered at line {number:,}. {_TELL}"
    )
