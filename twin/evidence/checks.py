"""Which safety checks are on file, and where was each limit read?"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from twin.data_files import read_table

CheckKind = Literal["condition", "below", "above", "class", "duplicate", "allergy"]


@dataclass(frozen=True, slots=True)
class CheckRule:
    """One row of ``data/checks.csv``: what must not meet a start of one of `drug_classes`.

    `subject` is a condition concept (several with ``|``), a variable or a drug class, by `kind`; `limit` belongs to
    ``below`` and ``above``. `action` is what to do. A found stop withholds the plan's numbers. What the rule looks at
    may not be on record: with `ask_if_missing` that is a finding too, never a stop.
    """

    code: str
    title: str
    drug_classes: tuple[str, ...]
    kind: CheckKind
    subject: str
    limit: float | None
    is_stop: bool
    ask_if_missing: bool
    finding: str
    action: str
    source_id: str
    locator: str
    status: str


@cache
def check_rules() -> tuple[CheckRule, ...]:
    """Return every check, in the order of the table."""
    return tuple(
        CheckRule(
            code=row["code"],
            title=row["title"],
            drug_classes=tuple(row["drug_classes"].split()),
            kind=row["kind"],
            subject=row["subject"],
            limit=float(row["limit"]) if row["limit"] else None,
            is_stop=row["is_stop"] == "true",
            ask_if_missing=row["ask_if_missing"] == "true",
            **{key: row[key] for key in ("finding", "action", "source_id", "locator", "status")},
        )
        for row in read_table("checks.csv")
    )
