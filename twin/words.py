"""How is a risk, a difference, a date or a range said in words, the same way everywhere?"""

import math
from datetime import date


def round_half_up(value: float) -> int:
    """Round to the nearest whole number, halves up, as people do."""
    return math.floor(value + 0.5)


def in_people(risk: float, *, denominator: int = 100) -> str:
    """Say a probability as people out of a fixed denominator.

    Parameters
    ----------
    risk
        Probability, 0 to 1.
    denominator
        100, or 1,000 when any risk on the page is below 1 in 100.
    """
    if not 0.0 <= risk <= 1.0:
        raise ValueError(f"risk must lie in [0, 1], got {risk!r}")
    people = risk * denominator
    if 0 < people < 1:
        return f"fewer than 1 in {denominator:,}"
    if denominator - 1 < people < denominator:
        return f"more than {denominator - 1:,} in {denominator:,}"
    return f"{round_half_up(people):,} in {denominator:,}"


def number_needed_to_treat(difference: float) -> int | None:
    """Return how many people need the plan for one fewer event; ``None`` if there is no benefit.

    Parameters
    ----------
    difference
        Risk with the plan minus risk under current care; negative is benefit.
    """
    if difference >= 0:
        return None
    return math.ceil(round(-1.0 / difference, 9))


def day(value: date | None) -> str:
    """Write a date as ``02-Nov-2026``, or ``Not known``."""
    if value is None:
        return "Not known"
    months = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
    return f"{value.day:02d}-{months[value.month - 1]}-{value.year}"


def months_between(earlier: date, later: date) -> int:
    """Return the completed months from one day to another."""
    return (later.year - earlier.year) * 12 + later.month - earlier.month - (later.day < earlier.day)


def concept_in_words(path: str) -> str:
    """Say a condition concept such as ``diabetes/type_2`` in plain words: its last part, with what a type is of."""
    *general, last = path.split("/")
    words = f"{last} {general[-1]}" if general and last.startswith("type_") else last
    return {"coronary": "coronary disease", "copd": "COPD"}.get(words, words.replace("_", " "))


def counted(number: int, noun: str) -> str:
    """Return ``1 problem`` or ``2 problems``."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
