"""What do people bring along when they first come: diagnoses, tablets, a history?"""

import numpy as np

from twin.demo.care import Care, Visit
from twin.demo.illness import ATHEROSCLEROTIC
from twin.demo.settings import DAYS_PER_YEAR

REASON = "before_first_visit"
# The record's key of each outcome of ``hazards.csv``.
OUTCOME_KEYS = {
    "cardiovascular/coronary": "coronary",
    "cardiovascular/coronary/myocardial_infarction": "infarction",
    "cardiovascular/stroke": "stroke",
    "cardiovascular/transient_ischemic_attack": "tia",
    "cardiovascular/peripheral_artery_disease": "artery",
    "cardiovascular/heart_failure": "heart_failure",
    "atrial_fibrillation": "fibrillation",
    "gout": "gout",
    "copd": "copd",
    "cancer": "cancer",
}


def _diagnoses(care: Care, systolic: np.ndarray, egfr: np.ndarray, rng: np.random.Generator) -> None:
    people, clinic = care.people, care.clinic
    entry, n = people.entry_day, len(people)

    def record(mask: np.ndarray, key: str, onset: np.ndarray) -> None:
        who = np.flatnonzero(mask)
        clinic.record(who, key, onset=onset[who], day=entry[who])

    long_ago = entry - DAYS_PER_YEAR * rng.uniform(0.3, 9.0, n)
    has_diabetes = (people.diabetes_day < entry - 300.0) & (rng.random(n) < 0.9)
    record(has_diabetes & people.is_type_1, "type_1", people.diabetes_day)
    record(has_diabetes & ~people.is_type_1, "type_2", people.diabetes_day)
    record((systolic >= 142.0) & (rng.random(n) < 0.65), "hypertension", long_ago)
    known = (egfr < 57.0) & (rng.random(n) < 0.6)
    stage = np.select([egfr >= 45.0, egfr >= 30.0, egfr >= 15.0], [1, 2, 3], 4)
    for place, key in enumerate(("ckd_3a", "ckd_3b", "ckd_4", "ckd_5"), start=1):
        record(known & (stage == place), key, long_ago)
    clinic.stage[known] = stage[known]
    for outcome, key in OUTCOME_KEYS.items():
        record(care.illness.has(outcome, entry), key, care.illness.day[outcome])


def _tablets(care: Care, visit: Visit, rng: np.random.Generator) -> None:
    """Put some on what they would have been given elsewhere; the effect is there in full."""
    clinic, n = care.clinic, len(care.people)
    has = {outcome: care.illness.has(outcome, visit.day) for outcome in OUTCOME_KEYS}
    arteries = care.illness.had_any(ATHEROSCLEROTIC, visit.day)
    heart = has["cardiovascular/heart_failure"]
    wishes = {
        "statin": np.select([arteries, care.has_diabetes()], [0.7, 0.35], 0.06),
        "antiplatelet": np.where(arteries, 0.75, 0.0),
        "renin_angiotensin": np.select([heart, clinic.has("hypertension")], [0.7, 0.35], 0.0),
        "calcium_channel_blocker": np.where(clinic.has("hypertension"), 0.25, 0.0),
        "beta_blocker": np.where(heart | has["cardiovascular/coronary/myocardial_infarction"], 0.7, 0.0),
        "loop_diuretic": np.where(heart, 0.6, 0.0),
        "anticoagulant": np.where(has["atrial_fibrillation"], 0.7, 0.0),
        "metformin": np.where(clinic.has("type_2"), 0.6, 0.0),
        "insulin": np.where(clinic.has("type_1"), 0.95, 0.0),
        "gout": np.where(has["gout"], 0.4, 0.0),
    }
    for line, share in wishes.items():
        who = np.flatnonzero(rng.random(n) < share)
        care.raise_step(who, line, visit, reason=REASON, text=lambda _: "Taken before the first visit", at_once=True)


def arrive(care: Care, levels: np.ndarray, rng: np.random.Generator) -> None:
    """Write down what people come with.

    Parameters
    ----------
    care
        The clinic, empty so far.
    levels
        Levels of everybody without treatment on the day they come, (people, variables).
    """
    people, settings = care.people, care.clinic.settings
    egfr = np.exp(levels[:, settings.column("egfr")])
    _diagnoses(care, levels[:, settings.column("systolic_bp")], egfr, rng)
    day = people.entry_day - np.floor(rng.uniform(90.0, 2000.0, len(people)))
    year = people.dates(people.entry_day).astype("datetime64[Y]").astype(int) + 1970
    _tablets(care, Visit(np.ones(len(people), dtype=bool), day, year, levels), rng)
