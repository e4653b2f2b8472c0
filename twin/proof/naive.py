"""What would forecast without any model, and how sure may it be?"""

import numpy as np

from twin.physiology.longitudinal.simple import SIMPLE, simple_forecasts

METHODS = ("last", "mean", "regression", "trend")
LEAST_ERRORS = 30  # of a rehearsal, else the errors of the fit itself serve


def naive_forecasts(
    person: np.ndarray, time: np.ndarray, value: np.ndarray, covariates: np.ndarray, hidden: np.ndarray, horizon: float
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Forecast one variable's hidden values in four naive ways.

    The last value, the patient's mean, a regression on age and sex over the panel, and the patient's linear
    trend (from three values on). A patient without an earlier value gets the regression.

    Parameters
    ----------
    person, time, value
        Values of one variable, sorted by person and time.
    covariates
        Age [years] and share of male (0, 0.5, 1) at each value.
    hidden
        What is to be forecast.
    horizon
        Length of the hidden part, in units of `time`.

    Returns
    -------
        By method: forecasts of the hidden values, and a sample of the errors to expect (value minus forecast),
        from the same forecasts of the last `horizon` of what is not hidden.
    """
    known = ~hidden
    forecasts = _forecast(person, time, value, covariates, known)
    newest = np.full(int(person.max(initial=0)) + 1, -np.inf)
    np.maximum.at(newest, person[known], time[known])
    rehearsed = known & (time > newest[person] - horizon)
    earlier = known & ~rehearsed
    seen = np.zeros(len(newest), dtype=bool)
    seen[person[earlier]] = True
    judged = rehearsed & seen[person]
    if judged.sum() < LEAST_ERRORS:
        judged, earlier = known, known
    rehearsal = _forecast(person, time, value, covariates, earlier)
    return {method: (forecasts[method][hidden], value[judged] - rehearsal[method][judged]) for method in METHODS}


def _forecast(
    person: np.ndarray, time: np.ndarray, value: np.ndarray, covariates: np.ndarray, known: np.ndarray
) -> dict[str, np.ndarray]:
    """Return each method's forecast at every value, learned from the `known` ones."""
    persons = int(person.max(initial=0)) + 1
    has = np.bincount(person[known], minlength=persons) > 0
    design = np.column_stack([np.ones(len(person)), covariates])
    regression = design @ np.linalg.lstsq(design[known], value[known], rcond=None)[0]
    own = simple_forecasts(time, value, person, known, persons)
    return {"regression": regression} | {
        name: np.where(has[person], own[:, k], regression) for k, name in enumerate(SIMPLE)
    }
