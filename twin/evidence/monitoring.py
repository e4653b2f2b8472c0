"""When does a drug that was started ask for a blood test or a visit, by guidelines?"""

from dataclasses import dataclass
from functools import cache

from twin.data_files import read_table


@dataclass(frozen=True, slots=True)
class Monitoring:
    """One row of ``data/monitoring.csv``: what a class asks for in the first year after a start or a change of dose.

    Weeks count from the start. Where a guideline leaves a choice, the row holds the least it asks for.
    """

    drug_class: str
    blood_test_weeks: tuple[int, ...]
    visit_weeks: tuple[int, ...]
    source_id: str
    locator: str
    status: str
    note: str


@cache
def monitoring() -> dict[str, Monitoring]:
    """Return the schedule of each class for which one was read; of the others nothing is known."""
    return {
        row["drug_class"]: Monitoring(
            **{
                **row,
                "blood_test_weeks": tuple(int(week) for week in row["blood_test_weeks"].split()),
                "visit_weeks": tuple(int(week) for week in row["visit_weeks"].split()),
            }
        )
        for row in read_table("monitoring.csv")
    }
