"""Does this person resemble the people of the trials, and how much less sure is a result if not?"""

from collections.abc import Callable
from datetime import date
from functools import cache

from twin.evidence.cards import Population, cards
from twin.plans.people import in_words, lacking, meets, value_of
from twin.plans.results import Compared, Fit
from twin.record.patient import Patient
from twin.variables import variable

EACH, MOST = 0.5, 2.0
RULE = (
    "Each point in which a person lies outside the people of a trial makes the range of its results half as wide "
    "again, up to twice as wide; the estimate itself stays. Chosen for this project: no trial says by how much. "
    "What is not on record is named and widens nothing."
)


def fit_of(patient: Patient, card_id: str, *, on: date) -> Fit:
    """Put a person beside the population of one card; unknown values are named as such."""
    card = cards()[card_id]
    population = card.population
    compared = (
        *_age(patient, population, on),
        *(_need(patient, need, on) for need in (*population.requires, *population.had)),
        *(_exclusion(patient, concept, on) for concept in population.excludes),
        *(_limit(patient, *limit, on) for limit in population.limits),
    )
    outside = sum(one.status == "outside" for one in compared)
    return Fit(
        card.id,
        card.title,
        population.text,
        tuple(one.text for one in compared if one.status != "inside"),
        compared,
        min(1.0 + EACH * outside, MOST),
    )


def widening_for(patient: Patient, *, on: date) -> Callable[[str], float]:
    """Return by how much the range of each card's results is wider for this person, each card looked at once."""

    @cache
    def widening(card_id: str) -> float:
        return fit_of(patient, card_id, on=on).widening

    return widening


def _age(patient: Patient, population: Population, on: date) -> tuple[Compared, ...]:
    low, high, age = population.age_low, population.age_high, patient.age_years(on)
    if low is None and high is None:
        return ()
    if age is None:
        return (Compared("Age", "unknown", "age is not known", None, low, high, "years"),)
    if low is not None and age < low:
        text, status = f"age {age}, the trials began at {low:g}", "outside"
    elif high is not None and age > high:
        text, status = f"age {age}, the trials ended at {high:g}", "outside"
    else:
        text, status = f"age {age}", "inside"
    return (Compared("Age", status, text, float(age), low, high, "years"),)


def _need(patient: Patient, need: str, on: date) -> Compared:
    label = in_words(need)
    label = label[0].upper() + label[1:]
    if meets(patient, need, on=on):
        return Compared(label, "inside", in_words(need))
    return Compared(label, "outside", lacking(need))


def _exclusion(patient: Patient, concept: str, on: date) -> Compared:
    words = in_words(concept)
    if patient.has(concept, on):
        return Compared(f"No {words}", "outside", f"{words}, left out of the trials")
    return Compared(f"No {words}", "inside", f"no {words}")


def _limit(patient: Patient, name: str, low: float, high: float, on: date) -> Compared:
    known, value = variable(name), value_of(patient, name, on=on)
    span = f"the trials had {known.format(low)} to {known.format(high)} {known.unit}"
    if value is None:
        text = f"{known.label} is not on record, {span}"
        return Compared(known.short_label, "unknown", text, None, low, high, known.unit)
    text = f"{known.label} {known.format(value)} {known.unit}"
    if low <= value <= high:
        return Compared(known.short_label, "inside", text, value, low, high, known.unit)
    return Compared(known.short_label, "outside", f"{text}, {span}", value, low, high, known.unit)
