"""What of a table of values or treatments can a back-test use, and what must be said of the rest?"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from twin.evidence.therapies import matching_therapy, therapies
from twin.physiology.longitudinal.treatments import effects_of
from twin.variables import registry

MOST_ZEROS = 0.2  # share of zeros up to which they are taken as "below what is found"
FEW_LATE = 0.05  # share of values after today up to which they are slips; more: dates are shifted or made up
GRACE = pd.Timedelta(days=2)  # from today's first hour, whatever the time zone a table was written in


def usable(observations: pd.DataFrame, *, today: date | None = None) -> tuple[pd.DataFrame, list[str]]:
    """Leave out what no patient can have, as an import would, and count it; lift "none found" off zero.

    Parameters
    ----------
    observations
        As from `read_observations`.
    today
        Values later than this are left out if they are few; tables that hide who their people are by shifting
        the dates lie in the future as a whole, and are taken as they stand. Not looked at unless given.
    """
    problems: list[str] = []
    observations = _in_time(observations, today, problems)
    observations = _one_person_each(observations, problems)
    keep = np.ones(len(observations), dtype=bool)
    for name in observations["variable"].unique():
        known = registry().get(name)
        if known is None:
            problems.append(f"{name}: not in the registry; its scale and limits are taken from the table")
        rows = (observations["variable"] == name).to_numpy()
        values = observations.loc[rows, "value"]
        if values.min() == 0.0 and (values > 0.0).mean() > 1.0 - MOST_ZEROS:
            lifted = values[values > 0.0].min() / 2.0
            observations.loc[rows & (observations["value"] == 0.0).to_numpy(), "value"] = lifted
            problems.append(f"{name}: zeros are taken as {lifted:g}, half the smallest value above")
        if known is None:
            continue
        wrong = rows & ~observations["value"].between(known.hard_low, known.hard_high).to_numpy()
        if wrong.any():
            problems.append(
                f"{name}: {wrong.sum():,} values outside {known.hard_low:g} to {known.hard_high:g} left out"
            )
        keep &= ~wrong
    return observations[keep], problems


def _in_time(observations: pd.DataFrame, today: date | None, problems: list[str]) -> pd.DataFrame:
    """Leave out the few values that are dated after today."""
    late = (
        pd.Series(False, observations.index) if today is None else observations["time"] >= pd.Timestamp(today) + GRACE
    )
    if not late.any():
        return observations
    if late.mean() > FEW_LATE:
        problems.append(f"values dated after today: {late.sum():,}, too many for slips; dates are taken as shifted")
        return observations
    problems.append(f"values dated after today: {late.sum():,} left out")
    return observations[~late]


def _one_person_each(observations: pd.DataFrame, problems: list[str]) -> pd.DataFrame:
    """Give each patient one sex and one birth date or age: what the rows agree on, else not known."""
    born = "birth_date" if "birth_date" in observations else "age_at_start"
    what = "birth date" if born == "birth_date" else "age"
    people = observations[["patient_id", "sex", born]].drop_duplicates()
    people = people.assign(sex=people["sex"].where(people["sex"].isin(["female", "male"])))
    told = people.groupby("patient_id")[["sex", born]]
    first, different = told.first(), told.nunique()
    if born == "birth_date":
        unborn = first[born] > observations.groupby("patient_id")["time"].min() + GRACE
    else:
        unborn = first[born] < 0.0
    unborn &= different[born] == 1
    for text, count in (
        ("patients who are female and male in different rows, sex taken as not known", (different["sex"] > 1).sum()),
        ("patients without a sex, taken as between the two", (different["sex"] == 0).sum()),
        (f"patients with more than one {what}, age taken as not known", (different[born] > 1).sum()),
        (f"patients without {what}, age taken as not known", (different[born] == 0).sum()),
        (f"patients whose {what} cannot be, age taken as not known", unborn.sum()),
    ):
        if count:
            problems.append(f"{text}: {count:,}")
    sex = first["sex"].where(different["sex"] == 1, "")
    births = first[born].where((different[born] == 1) & ~unborn)
    ids = observations["patient_id"]
    return observations.assign(**{"sex": ids.map(sex), born: ids.map(births)})


def agents_of(therapy: str) -> tuple[str, str, float | None]:
    """Return ingredient, drug class and, if the name holds one, daily dose [mg] of a therapy, ingredient or class."""
    named = therapies().get(therapy)
    known = named or matching_therapy(therapy, None)
    dose = named.daily_dose_mg if named else None
    return (known.ingredient, known.drug_class, dose) if known else (therapy, therapy, None)


def usable_treatments(treatments: pd.DataFrame, patients: Sequence[str]) -> tuple[pd.DataFrame | None, list[str]]:
    """Leave out courses that can change nothing, and count them; ``None`` if no course is left.

    Parameters
    ----------
    treatments
        As from `read_treatments`.
    patients
        Who has values.
    """
    effective = {name: bool(effects_of(*agents_of(name))) for name in treatments["therapy"].unique()}
    problems = []
    for text, wrong in (
        ("of patients without values", lambda rows: ~rows["patient_id"].isin(patients)),
        (
            "of no therapy, ingredient or drug class whose effect on a value is known",
            lambda rows: ~rows["therapy"].map(effective).astype(bool),
        ),
        ("that stop before they start", lambda rows: rows["stop"] < rows["start"]),
    ):
        out = wrong(treatments)
        if out.any():
            problems.append(f"treatments {text}: {out.sum():,} left out")
            treatments = treatments[~out]
    return (treatments if len(treatments) else None), problems
