"""Does this person resemble the people of the trials?"""

from datetime import date

from twin.evidence.cards import cards
from twin.plans.effects import in_words, meets
from twin.plans.results import Fit
from twin.record.patient import Patient
from twin.variables import variable


def fit_of(patient: Patient, card_id: str, *, on: date) -> Fit:
    """Return in what a person lies outside the population of one card; unknown values are named as such."""
    card = cards()[card_id]
    population, outside = card.population, []
    age = patient.age_years(on)
    low, high = population.age_low, population.age_high
    if age is None:
        outside += ["age is not known"] if low is not None or high is not None else []
    elif low is not None and age < low:
        outside.append(f"age {age}, the trials began at {low:g}")
    elif high is not None and age > high:
        outside.append(f"age {age}, the trials ended at {high:g}")
    outside += [f"no {in_words(need)}" for need in population.requires if not meets(patient, need, on=on)]
    outside += [
        f"{in_words(concept)}, left out of the trials" for concept in population.excludes if patient.has(concept, on)
    ]
    outside += [text for limit in population.limits if (text := _limit(patient, *limit, on))]
    return Fit(card.id, card.title, population.text, tuple(outside))


def _limit(patient: Patient, name: str, low: float, high: float, on: date) -> str:
    known, latest = variable(name), patient.latest(name, on)
    span = f"the trials had {known.format(low)} to {known.format(high)} {known.unit}"
    if latest is None:
        return f"{known.label} is not on record, {span}"
    if low <= latest.value <= high:
        return ""
    return f"{known.label} {known.format(latest.value)} {known.unit}, {span}"
