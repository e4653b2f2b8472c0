"""What would the twins of a year ago have forecast of the values that came since?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from twin.physiology.longitudinal import Parameters, Settings, default_parameters
from twin.physiology.longitudinal.engine import fit_events
from twin.physiology.longitudinal.events import end_of, to_datetimes, units_since_epoch
from twin.physiology.longitudinal.panel import adherence_of, events_of, with_treatments
from twin.physiology.longitudinal.scale import forward
from twin.proof.scoring import Forecasts, scores
from twin.record.patient import Patient

HIDE_DAYS = 365


@dataclass(frozen=True, slots=True, eq=False)
class Hindcasts:
    """Hidden values of a panel and how they were forecast, sorted by person and time.

    `centre`, `scale` and `freedom` are those of the t distribution on the variable's scale; `band` is the central
    band that just holds the value [%], `error` the value minus the point forecast, `crps` the score of the whole.
    """

    parameters: Parameters
    person: np.ndarray
    column: np.ndarray
    time: np.ndarray  # datetime64[s]
    value: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    freedom: np.ndarray
    band: np.ndarray
    error: np.ndarray
    crps: np.ndarray

    def of(self, person: int) -> slice:
        """Return where one person's values stand."""
        return slice(*np.searchsorted(self.person, [person, person + 1]))


def hindcast(
    patients: Sequence[Patient], *, on: date, hide_days: int = HIDE_DAYS, settings: Settings | None = None
) -> Hindcasts:
    """Hide the newest values of a panel and forecast each from its patient's earlier ones, in one call.

    A value is judged if its patient has an earlier one of the same variable. The hyperparameters must not have
    been learned from what is hidden; the shipped ones come from no patient of the record. Treatments are not
    hidden: the forecast is for the care that the patient then received. A drug's baseline is.

    Parameters
    ----------
    on
        The day of the report; later values are not looked at.
    hide_days
        How much is hidden before it. [d]
    """
    settings = settings or Settings()
    parameters = settings.parameters or default_parameters()
    cut = on - timedelta(days=hide_days)
    past = with_treatments(
        events_of(patients, parameters, on=cut, settings=settings),
        [patient.medications for patient in patients],
        parameters,
        adherence=[adherence_of(patient, settings, unit_days=parameters.unit_days) for patient in patients],
    )
    events = events_of(patients, parameters, on=on, settings=settings, conditions_on=cut)
    events = replace(events, inputs=past.inputs)
    hidden_from = units_since_epoch(end_of(cut), parameters.unit_days)
    done = fit_events(events, parameters, until=events.last(), cut=np.full(len(patients), hidden_from))
    person = events.person()
    cell = done.layout.variable_at[person] + done.layout.slot
    hidden = events.time > hidden_from
    has_past = np.bincount(cell[~hidden], minlength=len(done.layout.variable)) > 0
    judged = hidden & has_past[cell]
    column, value = events.column[judged], events.value[judged]
    centre = forward(value, parameters.power[column]) - done.innovation[judged]
    forecast = parameters.predictive(column, centre, done.variance[judged], done.count[cell[judged]])
    times = to_datetimes(events.time[judged], parameters.unit_days)
    scored = _scored(parameters, column, value, forecast)
    return Hindcasts(parameters, person[judged], column, times, value, *forecast, *scored)


def _scored(parameters: Parameters, column: np.ndarray, value: np.ndarray, forecast: tuple) -> np.ndarray:
    """Return band, error and score of each value."""
    found = np.empty((3, len(value)))
    for one in np.unique(column):
        rows = np.flatnonzero(column == one)
        forecasts = Forecasts.of(parameters, one, *(part[rows] for part in forecast))
        done = scores(value[rows], forecasts.quantiles)
        found[:, rows] = forecasts.band_of(value[rows]), done.error, done.crps
    return found
