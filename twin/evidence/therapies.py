"""Which therapies can a plan name, and what does each do to a variable?"""

from dataclasses import dataclass
from functools import cache

from twin.data_files import read_table
from twin.errors import UnknownName
from twin.evidence.cards import Effect, effects


@dataclass(frozen=True, slots=True)
class Therapy:
    """One row of ``data/therapies.csv``: a drug at a dose."""

    name: str
    label: str
    ingredient: str
    drug_class: str
    daily_dose_mg: float
    tablets_per_day: float
    injections_per_week: float

    def agents(self) -> tuple[str, ...]:
        """Return what an effect may call this therapy, the most particular name first."""
        return self.name, self.ingredient, self.drug_class


@cache
def therapies() -> dict[str, Therapy]:
    """Return every therapy by name, in the order of the table."""
    return {
        row["name"]: Therapy(
            **{key: row[key] for key in ("name", "label", "ingredient", "drug_class")},
            daily_dose_mg=float(row["daily_dose_mg"]),
            tablets_per_day=float(row["tablets_per_day"]),
            injections_per_week=float(row["injections_per_week"]),
        )
        for row in read_table("therapies.csv")
    }


def therapy(name: str) -> Therapy:
    """Return one therapy by name, for example ``atorvastatin 40 mg``.

    Raises
    ------
    UnknownName
        If ``data/therapies.csv`` has no such row.
    """
    try:
        return therapies()[name]
    except KeyError:
        same = [known.name for known in therapies().values() if known.ingredient == name.partition(" ")[0]]
        raise UnknownName(
            f"therapy {name!r} is not in therapies.csv",
            clinical=f"No evidence card knows “{name}”." + (f" Known: {', '.join(same)}." if same else ""),
        ) from None


@cache
def matching_therapy(ingredient: str | None, daily_dose_mg: float | None) -> Therapy | None:
    """Return the catalogued therapy nearest in dose to a course in the record.

    Parameters
    ----------
    ingredient
        As in ``data/therapies.csv``.
    daily_dose_mg
        Dose of the course. [mg/d]; ``None`` takes the ingredient's first row, its usual dose.

    Returns
    -------
        ``None`` if the catalogue lacks the ingredient.
    """
    same = [t for t in therapies().values() if t.ingredient == ingredient]
    if not same or daily_dose_mg is None:
        return same[0] if same else None
    return min(same, key=lambda t: abs(t.daily_dose_mg - daily_dose_mg))


@cache
def biomarker_candidates(name: str) -> tuple[tuple[Effect, ...], ...]:
    """Return what a therapy may do to each variable: for each, the results on file, the most particular agent's first.

    The first that can be carried over to a person counts, alone.
    """
    found: dict[str, list[Effect]] = {}
    for agent in therapy(name).agents():
        for effect in effects("biomarker"):
            if effect.agent == agent:
                found.setdefault(effect.variable, []).append(effect)
    return tuple(tuple(candidates) for candidates in found.values())


@cache
def biomarker_effects(name: str) -> tuple[Effect, ...]:
    """Return what a therapy does to each variable: one effect a variable, the preferred one, whoever it is for."""
    return tuple(candidates[0] for candidates in biomarker_candidates(name))
