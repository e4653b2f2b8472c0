"""Which harms of treatment are counted, and how often do they happen anyway?"""

from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.data_files import read_table
from twin.evidence.cards import Effect, effects


@dataclass(frozen=True, slots=True)
class Harm:
    """One row of ``data/harms.csv``; `rate` is events per 100 person-years.

    It is the rate of people without any drug that does the harm; ``None`` where no source gives one: such a harm is
    counted only by what a drug adds.
    The harm is counted only in people who have `only_if`, and not in those who have `not_if`. `by_age` holds the
    rate by sex and age where a source gives it: (sex, age, rate), the sex empty where it holds for both. `weight` is
    what one counts for in a net benefit, `weight_reason` says why if it is not 1. `status` is that of an effect on a
    card, or ``derived`` where `locator` says how it was worked out; `note` says whom the rate does not fit.
    """

    id: str
    label: str
    is_serious: bool
    rate: float | None
    population: str
    only_if: str
    not_if: str
    source_id: str
    locator: str
    status: str
    weight: float
    weight_reason: str
    note: str
    by_age: tuple[tuple[str, float, float], ...]

    @property
    def basis(self) -> str:
        """Say whose rate it is."""
        rate = "" if self.rate is None else f"{self.rate:g} per 100 person-years: "
        return f"{rate}{self.population}{'. ' if self.note else ''}{self.note}"


@cache
def harms() -> dict[str, Harm]:
    """Return every harm by id, in the order of the table."""
    return {
        row["id"]: Harm(
            id=row["id"],
            label=row["label"],
            is_serious=row["is_serious"] == "true",
            rate=float(row["rate_per_100_person_years"]) if row["rate_per_100_person_years"] else None,
            **{key: row[key] for key in ("population", "only_if", "not_if", "source_id", "locator", "status")},
            weight=float(row["weight"]),
            weight_reason=row["weight_reason"],
            note=row["note"],
            by_age=tuple(
                (one["sex"], float(one["age"]), float(one["rate_per_100_person_years"]))
                for one in read_table("harm_rates.csv")
                if one["harm"] == row["id"]
            ),
        )
        for row in read_table("harms.csv")
    }


def rates_at(harm: Harm, sex: str | None, ages: np.ndarray | None) -> np.ndarray:
    """Return a harm's rate at some ages, per 100 person-years.

    Between the ages on file the rate grows by the same factor each year; beyond them it stays. Without a rate by
    age, or without the person's age and sex, it is the average.
    """
    known = [(age, rate) for of, age, rate in harm.by_age if of in ("", sex)]
    if ages is None or not known:
        return np.asarray(harm.rate or 0.0)
    at, rates = zip(*known, strict=True)
    return np.exp(np.interp(ages, at, np.log(rates)))


@cache
def harm_effects(agents: tuple[str, ...]) -> tuple[Effect, ...]:
    """Return what a therapy does to each harm: one effect a harm, the most particular agent's."""
    chosen: dict[str, Effect] = {}
    for agent in agents:
        for effect in effects("harm"):
            if effect.agent == agent:
                chosen.setdefault(effect.outcome, effect)
    return tuple(chosen.values())


@cache
def as_published(effect: Effect) -> Effect:
    """Return the first effect of its card with the same numbers: one published result has one luck for every class."""
    numbers = (effect.card, effect.outcome, effect.measure, effect.estimate, effect.ci_low, effect.ci_high)
    return next(
        one
        for one in effects("harm")
        if (one.card, one.outcome, one.measure, one.estimate, one.ci_low, one.ci_high) == numbers
    )
