"""How did the twin's earlier forecasts of this patient turn out?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from twin.physiology.longitudinal import Bands, Settings, fit, forecast
from twin.proof.hindcast import HIDE_DAYS, Hindcasts, hindcast
from twin.record.patient import Patient

LEAST = 5  # values below which nothing is said
GHOST_POINTS = 25
_WORDS = {3: "Three", 6: "Six", 12: "Twelve", 24: "Twenty-four"}


@dataclass(frozen=True, slots=True)
class VariableRecord:
    """How the forecasts of one variable turned out; errors in its canonical unit, averaged without their sign."""

    variable: str
    n: int
    within50: int
    within80: int
    within95: int
    mean_error: float
    naive_error: float  # of "as the last value"


@dataclass(frozen=True, slots=True, eq=False)
class ReportCard:
    """The twin's own record in one patient.

    `bands` is the forecast as it was made then, for the ghost line, by variable.
    """

    patient_id: str
    on: date
    hidden_from: date
    records: tuple[VariableRecord, ...]
    bands: Mapping[str, Bands]
    sentence: str

    @property
    def n(self) -> int:
        """Return how many values were forecast."""
        return sum(record.n for record in self.records)

    def within(self, band: int) -> int:
        """Return how many fell within the 50, 80 or 95 % band."""
        return sum(getattr(record, f"within{band}") for record in self.records)

    @property
    def says_enough(self) -> bool:
        """Say whether there are enough values to judge by."""
        return self.n >= LEAST


def report_card(
    patient: Patient, *, on: date, hide_days: int = HIDE_DAYS, settings: Settings | None = None
) -> ReportCard:
    """Hide a patient's newest values, forecast them from what is left, and count the hits.

    The hyperparameters are those of `settings`, which must not have been learned from the hidden values; the
    shipped ones come from no patient of this record. Treatments are not hidden: the forecast is for the care
    that the patient then received. Values that a clinician marked as wrong or explained are neither learned from
    nor counted.

    Parameters
    ----------
    on
        The day of the report; later values are not looked at.
    hide_days
        How much is hidden before it. [d]
    """
    cut = on - timedelta(days=hide_days)
    past = replace(patient, series={name: patient.usual(name).until(cut) for name in patient.series})
    then = fit(past, on=cut, settings=settings)
    hidden = hindcast([patient], on=on, hide_days=hide_days, settings=settings)
    records = tuple(_record(hidden, column, past) for column in np.unique(hidden.column))
    grid = np.linspace(0.0, hide_days, GHOST_POINTS)
    bands = {name: forecast(then, grid, name) for name in then.variables}
    n, hits = sum(r.n for r in records), sum(r.within80 for r in records)
    return ReportCard(patient.id, on, cut, records, bands, _sentence(n, hits, hide_days))


def _record(hidden: Hindcasts, column: int, past: Patient) -> VariableRecord:
    rows = np.flatnonzero(hidden.column == column)
    name, values, band = hidden.parameters.variables[column], hidden.value[rows], hidden.band[rows]
    return VariableRecord(
        variable=name,
        n=len(values),
        within50=int(np.sum(band <= 50)),
        within80=int(np.sum(band <= 80)),
        within95=int(np.sum(band <= 95)),
        mean_error=float(np.mean(np.abs(hidden.error[rows]))),
        naive_error=float(np.mean(np.abs(values - past.series[name].values[-1]))),
    )


def _sentence(n: int, hits: int, hide_days: int) -> str:
    months = round(hide_days / 30.4375)
    ago = f"{_WORDS.get(months, f'{months:,}')} months ago"
    if n < LEAST:
        return f"Too few values to say how the twin did: {n} in the last {months} months."
    return f"{ago} the twin forecast {n:,} values; {hits:,} fell within its 80 % band."
