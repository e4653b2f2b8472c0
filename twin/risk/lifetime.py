"""How many years are left without the event, as age and levels move on and death competes?

An equation that gives a risk over ten or thirty years is turned into one hazard a year. In years that the
equation was published for, the hazards are those that give back its own cumulative risk when nothing but
age changes; after that they are the equation's first year at the age attained, and from 79, where it ends,
the later years of its last curve, to age 89. Levels that move multiply a year's hazard by the ratio of the
equation's risks with and without the move; a plan multiplies it by its hazard ratio.

Notes
-----
A published risk counts people who die first as free of the event, so that within a year the two hazards
compete: ``p = h / (h + d) x (1 - exp(-(h + d)))`` is solved for the hazard ``h`` of the event, with ``d`` the
hazard of death in the life table. The table counts all deaths, those from the event too, so that the years
left come out slightly short.
"""

from collections.abc import Mapping

import numpy as np

from twin.errors import OutOfValidityRange
from twin.risk.catalogue import equation
from twin.risk.columns import Columns
from twin.risk.competing import Course, course_of
from twin.risk.hazard import LAST_AGE, HazardCurve, cumulative_hazards, prevent_curves
from twin.risk.life_table import SEXES, hazard_to_birthday
from twin.risk.yearly import yearly_curve

LAST_YEAR_OF_LIFE = LAST_AGE + 10


def lifetime(
    columns: Columns,
    *,
    years: int,
    output: str = "risk_cvd",
    equation_id: str = "prevent_base",
    moves: Mapping[str, np.ndarray] | None = None,
    hazard_ratios: np.ndarray | None = None,
) -> Course:
    """Follow people free of an event, year by year.

    Parameters
    ----------
    columns
        Inputs of a PREVENT equation today, within its ranges; the horizon is not read.
    years
        How long to look ahead; nobody beyond the age of 89. [years]
    output
        Which of the equation's risks.
    equation_id
        The variant.
    moves
        Inputs whose level changes: one value a person and year, shape (n, years), held within the
        equation's range.
    hazard_ratios
        Of a plan, shape (n, years).

    Raises
    ------
    OutOfValidityRange
        If someone would be older than 89.
    """
    age = columns["age"]
    if years and float(age.max()) + years > LAST_YEAR_OF_LIFE:
        raise OutOfValidityRange(
            f"{equation_id}: age {float(age.max()) + years:g} beyond {LAST_YEAR_OF_LIFE:g}",
            clinical=f"The equation says nothing about ages beyond {LAST_YEAR_OF_LIFE:g}. No estimate shown.",
        )
    deaths = _death_hazards(columns, years)
    hazards = _static_hazards(columns, deaths, output, equation_id)
    if moves:
        hazards = hazards * _ratios(columns, moves, output, equation_id, years)
    if hazard_ratios is not None:
        hazards = hazards * hazard_ratios
    return course_of(hazards, deaths)


def lifetime_after_event(columns: Columns, *, years: int, hazard_ratios: np.ndarray | None = None) -> Course:
    """Follow people with known vascular disease until another event, year by year, as SMART-REACH has it.

    Both hazards are the model's own at the age attained, death from other causes too.

    Parameters
    ----------
    columns
        Inputs of SMART-REACH today, within its ranges.
    years
        How long to look ahead; nobody beyond the age of 90. [years]
    hazard_ratios
        Of a plan on the event, shape (n, years).

    Raises
    ------
    OutOfValidityRange
        If someone would be older than 90.
    """
    attained = float(np.floor(columns["age"]).max()) + years
    if attained > LAST_YEAR_OF_LIFE + 1:
        raise OutOfValidityRange(
            f"smart_reach: age {attained:g} beyond {LAST_YEAR_OF_LIFE + 1:g}",
            clinical=f"The equation says nothing about ages beyond {LAST_YEAR_OF_LIFE:g}. No estimate shown.",
        )
    curve = yearly_curve(columns, years=years)
    hazards = curve.event if hazard_ratios is None else curve.event * hazard_ratios
    return course_of(hazards, curve.death)


def _death_hazards(columns: Columns, years: int) -> np.ndarray:
    table = hazard_to_birthday()[[SEXES.index(word) for word in columns.words("sex")]]
    birthdays = np.arange(table.shape[1])
    ages = columns["age"][:, None] + np.arange(years + 1)
    by_sex = np.array([np.interp(ages, birthdays, row) for row in table])
    reached = np.take_along_axis(by_sex, columns.code("sex")[None, :, None], axis=0)[0]
    return np.diff(reached, axis=1)


def _static_hazards(columns: Columns, deaths: np.ndarray, output: str, equation_id: str) -> np.ndarray:
    """Return the event's hazard in each year when nothing but age changes."""
    people, years = deaths.shape
    curve = prevent_curves(columns, equation_id=equation_id)[output]
    published = np.minimum(curve.last_year, years).astype(int)
    hazards = np.empty((people, years))
    free = np.ones(people)
    for year in range(years):
        is_published = year < published
        chance = np.empty(people)
        if is_published.any():
            risk = _risks(curve, is_published, year)
            chance[is_published] = risk / free[is_published]
        later = ~is_published
        if later.any():
            chance[later] = _later_chance(columns.where(later), year, output, equation_id)
        hazards[:, year] = _competing_hazard(chance, deaths[:, year])
        free = free * np.exp(-hazards[:, year] - deaths[:, year])
    return hazards


def _risks(curve: HazardCurve, people: np.ndarray, year: int) -> np.ndarray:
    """Return the share of today's people whose event the curve puts into a year."""
    return np.diff(curve.of(people).risk([year, year + 1]), axis=1)[:, 0]


def _later_chance(columns: Columns, year: int, output: str, equation_id: str) -> np.ndarray:
    """Return the risk within a year of someone free of the event at the age attained."""
    attained = columns["age"] + year
    over = np.maximum(attained - LAST_AGE, 0.0)
    curve = prevent_curves(columns.replace(age=np.minimum(attained, LAST_AGE)), equation_id=equation_id)[output]
    before, after = curve.at(over), curve.at(over + 1)
    return -np.expm1(before - after)


def _competing_hazard(chance: np.ndarray, death: np.ndarray) -> np.ndarray:
    """Solve ``chance = h / (h + death) x (1 - exp(-(h + death)))`` for h by Newton's method."""
    if (chance >= 1).any():
        raise OutOfValidityRange(
            "the published risk exceeds the share of people still alive in the life table",
            clinical="The equation and the life table contradict each other for this person. No estimate shown.",
        )
    hazard = -np.log1p(-chance)
    for _ in range(50):
        total = np.maximum(hazard + death, 1e-300)
        gone = -np.expm1(-total)
        error = hazard * gone / total - chance
        slope = gone / total + hazard * (np.exp(-total) - gone / total) / total
        step = error / slope
        hazard = np.maximum(hazard - step, 0.0)
        if (np.abs(step) <= 1e-15 + 1e-13 * hazard).all():
            break
    return hazard


def _ratios(columns: Columns, moves: Mapping[str, np.ndarray], output: str, equation_id: str, years: int) -> np.ndarray:
    """Return, for each year, the equation's hazard with the moved levels over that without, at the age attained."""
    known = equation(equation_id)
    ratios = np.empty((columns.size, years))
    for year in range(years):
        at_age = columns.replace(age=np.minimum(columns["age"] + year, LAST_AGE))
        moved = {
            name: np.clip(values[:, year], known.input(name).low, np.nextafter(known.input(name).high, 0.0))
            for name, values in moves.items()
        }
        with_move = cumulative_hazards(equation_id, at_age.replace(**moved), 10)[output]
        ratios[:, year] = with_move / cumulative_hazards(equation_id, at_age, 10)[output]
    return ratios
