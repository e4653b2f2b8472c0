"""On people it has never seen: are the twin's forecasts right, and do its bands mean what they say?"""

import time
from datetime import date

import numpy as np
import pandas as pd

from twin.physiology.longitudinal.mending import Made, Mending
from twin.physiology.longitudinal.parameters import DAYS_PER_YEAR
from twin.physiology.longitudinal.rehearsal import forecasts_of, rehearse
from twin.physiology.longitudinal.simple import SIMPLE
from twin.proof.naive import METHODS, naive_forecasts
from twin.proof.notes import kept, notes_on
from twin.proof.observations import read_observations, read_treatments
from twin.proof.prepared import Prepared, hyperparameters, medications_of, prepare, treated
from twin.proof.scoring import BANDS, Forecasts, naive_scores, quarter_of, scores, share
from twin.proof.usable import usable, usable_treatments

__all__ = ["backtest", "read_observations", "read_treatments"]


def backtest(
    observations: pd.DataFrame,
    *,
    holdout_days: float,
    treatments: pd.DataFrame | None = None,
    today: date | None = None,
) -> dict:
    """Hide the last days of every patient, learn from the rest of all, and forecast what is hidden.

    Parameters
    ----------
    observations
        As from `read_observations`.
    holdout_days
        How much is hidden at the end of each patient's record. [d]
    treatments
        As from `read_treatments`; treatments are known throughout, also in the hidden part.
    today
        A few values later than this are slips and left out; none is unless given.

    Returns
    -------
        As in the interface: by variable n, patients, root mean square error and continuous ranked probability
        score of the twin and of four naive forecasts, coverage; seconds. Beside it coverage of the 80 % band in
        each quarter of the forecasts, whether the twin is better than the best naive forecast, the scale chosen,
        the weights that rehearsals gave the simple forecasts of the person's own past in the twin's centre, whether
        the promise is `kept` and `notes` in words on what the forecasts do not keep; `problems` with the table.

    Raises
    ------
    MissingInput
        If no variable has enough values outside the hidden part.
    """
    observations, problems = usable(observations, today=today)
    prepared = prepare(observations, holdout_days, problems)
    if twice := len(prepared.events.duplicates):
        problems.append(f"values given again for the same patient, variable and moment: {twice:,}, counted once")
    if treatments is not None:
        treatments, unused = usable_treatments(treatments, prepared.events.ids)
        problems += unused
    started = time.perf_counter()
    known, persons = prepared.events.part(~prepared.hidden)
    parameters, known = hyperparameters(known, prepared, medications_of(treatments, prepared.events, persons))
    mendings = rehearse(parameters, known, horizon=prepared.horizon)
    events = prepared.events
    if treatments is not None:
        events = treated(
            events, prepared, parameters.power, medications_of(treatments, events, np.arange(len(events.ids)))
        )
    learned = time.perf_counter()
    made = forecasts_of(events, parameters, cut=prepared.cut, horizon=prepared.horizon)
    ended = time.perf_counter()
    if alone := int(prepared.hidden.sum()) - len(made.value):
        problems.append(f"{alone:,} hidden values not forecast: the patient has no earlier value of that variable")
    variables = {}
    for column, name in enumerate(prepared.names):
        used = made.where(made.column == column)
        if len(used.value):
            forecasts = Forecasts.of(parameters, column, *mendings[column].mended(used))
            variables[name] = _score(prepared, used, forecasts, mendings[column])
        else:
            problems.append(f"{name}: no hidden value with an earlier one")
    return {
        "variables": variables,
        "seconds_fit": ended - started,
        "seconds_per_patient": (ended - learned) / len(events.ids),
        "problems": problems,
    }


def _score(prepared: Prepared, made: Made, forecasts: Forecasts, mending: Mending) -> dict:
    """Score one variable's forecasts, the twin's and the naive ones."""
    events = prepared.events
    value = events.value[made.event]
    found = {"twin": scores(value, forecasts.quantiles)}
    mine = events.column == made.column[0]
    person = events.person()[mine]
    years = events.age_at_epoch[person] + events.time[mine] * prepared.unit_days / DAYS_PER_YEAR
    aged = ~np.isnan(years)  # the regression takes the others for people of the mean age
    years = np.where(aged, years, years[aged].mean() if aged.any() else 0.0)
    covariates = np.column_stack([years, events.static[person, 1]])
    hidden = prepared.hidden[mine]
    naive = naive_forecasts(person, events.time[mine], events.value[mine], covariates, hidden, prepared.horizon)
    judged = np.isin(np.flatnonzero(mine)[hidden], made.event)
    for method in METHODS:
        found[method] = naive_scores(value, naive[method][0][judged], naive[method][1])
    rmse = {method: score.rmse for method, score in found.items()}
    crps = {method: float(score.crps.mean()) for method, score in found.items()}
    inside = forecasts.band_of(value)
    quarter = quarter_of(forecasts.centre)
    held = [share(inside[part] <= 80, made.person[part]) for part in (quarter < 4, *(quarter == q for q in range(4)))]
    result = {
        "n": len(value),
        "patients": len(np.unique(made.person)),
        "rmse": rmse,
        "crps": crps,
        "coverage": {str(band): float(np.mean(inside <= band)) for band in BANDS},
        "coverage_80_by_quarter": [None if part is None else part.share for part in held[1:]],
        "better_than_naive": {
            name: score["twin"] < min(score[method] for method in METHODS)
            for name, score in (("rmse", rmse), ("crps", crps))
        },
        "scale": {0.0: "logarithm", 0.5: "square root", 1.0: "identity"}[forecasts.power],
        "leans_on": dict(zip(SIMPLE, mending.leans.tolist(), strict=True)),
    }
    return result | {"kept": kept(result), "notes": notes_on(result, held, mending)}
