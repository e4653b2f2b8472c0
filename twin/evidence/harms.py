"""Which harms of treatment are counted, and how often do they happen anyway?"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from twin.data_files import read_table
from twin.evidence.cards import Effect, effects


@dataclass(frozen=True, slots=True)
class Harm:
    """One row of ``data/harms.csv``; `rate` is events per 100 person-years.

    It is the rate of people without the drug, or, if `rate_is` ``treated``, of people under usual care as it is;
    ``None`` where no source gives one: such a harm is counted only by what a drug adds.
    The harm is counted only in people who have `only_if`, and not in those who have `not_if`.
    """

    id: str
    label: str
    is_serious: bool
    rate: float | None
    rate_is: Literal["untreated", "treated"]
    population: str
    only_if: str
    not_if: str
    source_id: str
    locator: str
    status: str


@cache
def harms() -> dict[str, Harm]:
    """Return every harm by id, in the order of the table."""
    return {
        row["id"]: Harm(
            id=row["id"],
            label=row["label"],
            is_serious=row["is_serious"] == "true",
            rate=float(row["rate_per_100_person_years"]) if row["rate_per_100_person_years"] else None,
            **{
                key: row[key]
                for key in ("rate_is", "population", "only_if", "not_if", "source_id", "locator", "status")
            },
        )
        for row in read_table("harms.csv")
    }


@cache
def harm_effects(agents: tuple[str, ...]) -> tuple[Effect, ...]:
    """Return what a therapy does to each harm: one effect a harm, the most particular agent's."""
    chosen: dict[str, Effect] = {}
    for agent in agents:
        for effect in effects("harm"):
            if effect.agent == agent:
                chosen.setdefault(effect.outcome, effect)
    return tuple(chosen.values())
