"""What does a fitted twin know, and how is it fitted?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

import numpy as np

from twin.errors import UnknownName
from twin.physiology.longitudinal.engine import Filtered, fit_events
from twin.physiology.longitudinal.events import Events, end_of, units_since_epoch
from twin.physiology.longitudinal.panel import (
    Settings,
    Usual,
    adherence_of,
    events_of,
    with_treatments,
)
from twin.physiology.longitudinal.parameters import Parameters, default_parameters
from twin.physiology.longitudinal.scale import inverse
from twin.physiology.longitudinal.treatments import Input
from twin.physiology.longitudinal.watch import Surprise, out_of_sync_reason, surprises_of
from twin.record.patient import Patient, Series
from twin.variables import registry

BLOCK = 500  # patients laid out and filtered at a time
ADULT_YEARS = 18
# Nodes and weights of the normal distribution, for means on a curved scale.
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(21)
_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()


@dataclass(frozen=True, slots=True)
class Response:
    """How strongly the patient answers to a drug class, 1 being the trials' average."""

    drug_class: str
    ingredients: tuple[str, ...]
    variable: str
    mean: float
    sd: float
    prior_sd: float
    card: str


@dataclass(frozen=True, eq=False)
class Twin:
    """One patient's twin on one day: the belief about the hidden state and what it rests on.

    What is costly is worked out when it is first asked for, so that fitting a panel stays quick.
    """

    patient_id: str
    on: date
    parameters: Parameters
    place: int  # in the panel it was fitted with
    panel: Events = field(repr=False)
    filtered: Filtered = field(repr=False)
    series: Mapping[str, Series] = field(repr=False)

    def _mine(self, at: np.ndarray) -> slice:
        return slice(at[self.place], at[self.place + 1])

    @cached_property
    def events(self) -> Events:
        """Return this patient's values."""
        return self.panel.only(self.place)

    @cached_property
    def columns(self) -> np.ndarray:
        """Return the patient's variables as columns of the parameters."""
        return self.filtered.layout.variable[self._mine(self.filtered.layout.variable_at)]

    @cached_property
    def variables(self) -> tuple[str, ...]:
        """Return the names of the patient's variables, in the order of the state."""
        return tuple(self.parameters.variables[c] for c in self.columns)

    @cached_property
    def volatility(self) -> np.ndarray:
        """Return how much more than usual each variable moves in this patient."""
        return self.filtered.volatility[self._mine(self.filtered.layout.variable_at)]

    @cached_property
    def counts(self) -> np.ndarray:
        """Return how many values informed each volatility."""
        return self.filtered.count[self._mine(self.filtered.layout.variable_at)]

    @cached_property
    def state(self) -> np.ndarray:
        """Return the mean of the state, laid out as in ``kernel.py``."""
        return self.filtered.state[self._mine(self.filtered.layout.state_at)]

    @cached_property
    def covariance(self) -> np.ndarray:
        """Return the covariance of the state."""
        flat = self.filtered.covariance[self._mine(self.filtered.layout.covariance_at)]
        return flat.reshape(len(self.state), len(self.state))

    @cached_property
    def out_of_sync_reason(self) -> str:
        """Say why the twin is out of step with its patient and what would mend it; empty if it is in step."""
        shift = self.filtered.shift[self._mine(self.filtered.layout.state_at)]
        return out_of_sync_reason(self.panel.inputs[self.place], self.parameters, self.variables, shift)

    @property
    def in_sync(self) -> bool:
        """Say whether the twin may be used."""
        return not self.out_of_sync_reason

    @cached_property
    def surprises(self) -> tuple[Surprise, ...]:
        """Return the values that the twin did not expect, oldest first."""
        seen = self._mine(self.panel.at)
        filtered = self.filtered
        parts = (filtered.innovation[seen], filtered.variance[seen], filtered.weight[seen])
        return surprises_of(self.events, self.parameters, self.series, *parts)

    @cached_property
    def responses(self) -> tuple[Response, ...]:
        """Return how strongly the patient answers to each drug class that was ever taken."""
        first = 3 * len(self.variables)
        sds = np.sqrt(np.diag(self.covariance)[first:])
        return tuple(
            Response(
                one.drug_class, one.ingredients, one.variable, float(1 + mean), float(sd), one.response_sd, one.card
            )
            for one, mean, sd in zip(self.inputs, self.state[first:], sds, strict=True)
        )

    @property
    def inputs(self) -> tuple[Input, ...]:
        """Return the known treatments, in the order of the responses in the state."""
        return self.panel.inputs[self.place]

    @property
    def now(self) -> float:
        """Return the end of the day `on`. [units since the epoch]."""
        return float(units_since_epoch(end_of(self.on), self.parameters.unit_days))

    def has(self, name: str) -> bool:
        """Say whether the twin knows this variable: it was measured at least once."""
        return name in self.variables

    def slot(self, name: str) -> int:
        """Return the variable's place in the state.

        Raises
        ------
        UnknownName
            If the patient has no value of it.
        """
        if name not in self.variables:
            known = registry().get(name)
            label = known.label if known else f"“{name}”"
            raise UnknownName(
                f"the twin has no {name!r}",
                clinical=f"{label} was never measured in this patient, so the twin cannot speak of it.",
            )
        return self.variables.index(name)

    def combination(self, name: str, time: float) -> tuple[np.ndarray, float]:
        """Return the underlying level at a time as ``row @ state + offset``, on the variable's scale."""
        slot = self.slot(name)
        row = np.zeros(len(self.state))
        row[slot] = 1.0
        offset = float(self._usual.at(0, self.columns[slot], time))
        for k, one in enumerate(self.inputs):
            if one.variable == name:
                size = one.at(time)
                row[3 * len(self.variables) + k] = size
                offset += size
        return row, offset

    @cached_property
    def _usual(self) -> Usual:
        return Usual.of(self.events, self.parameters)

    def level(self, name: str) -> tuple[float, float]:
        """Return mean and standard deviation of the underlying level now, under current care, in natural units."""
        row, offset = self.combination(name, self.now)
        mean, sd = float(row @ self.state + offset), float(np.sqrt(row @ self.covariance @ row))
        nodes = self.natural(name, mean + sd * _NODES)
        centre = float(_WEIGHTS @ nodes)
        return centre, float(np.sqrt(_WEIGHTS @ (nodes - centre) ** 2))

    def natural(self, name: str, scaled):
        """Bring scaled values of a variable back to natural units, inside its hard limits."""
        column, p = self.columns[self.slot(name)], self.parameters
        return inverse(scaled, p.power[column], p.low[column], p.high[column])


def natural_mean(mean: np.ndarray, sd: np.ndarray, back) -> np.ndarray:
    """Return the mean in natural units of values that are normal on their scale; `back` undoes the scale."""
    return back(mean[..., None] + sd[..., None] * _NODES) @ _WEIGHTS


def fit(patient: Patient, *, on: date, settings: Settings | None = None) -> Twin:
    """Fit a twin to all values up to the end of a day.

    Parameters
    ----------
    patient
        The record.
    on
        Nothing later is seen, and the twin's state is that of this day.
    settings
        Hyperparameters, the shipped ones unless given, and what is to count beside the patient's own corrections.
    """
    return fit_panel([patient], on=on, settings=settings)[0]


def fit_panel(patients: Sequence[Patient], *, on: date, settings: Settings | None = None) -> list[Twin]:
    """Fit the twins of a panel, in the patients' order."""
    settings = settings or Settings()
    parameters = settings.parameters or default_parameters()
    blocks = [patients[first : first + BLOCK] for first in range(0, len(patients), BLOCK)]
    return [twin for block in blocks for twin in _fit_block(block, parameters, on, settings)]


def _fit_block(patients: Sequence[Patient], parameters: Parameters, on: date, settings: Settings) -> list[Twin]:
    """Fit so many twins that their arrays stay near the processor, in one call of the kernel."""
    events = events_of(patients, parameters, on=on, settings=settings)
    adherence = [adherence_of(p, settings, unit_days=parameters.unit_days) for p in patients]
    events = with_treatments(events, [p.medications for p in patients], parameters, adherence=adherence)
    until = np.full(len(patients), units_since_epoch(end_of(on), parameters.unit_days))
    filtered = fit_events(events, parameters, until=until)
    return [Twin(p.id, on, parameters, i, events, filtered, p.series) for i, p in enumerate(patients)]


def why_withheld(patient: Patient, twin: Twin) -> str:
    """Say why a twin's numbers are not shown; empty where they are."""
    if patient.has_died(twin.on):
        return "The twin ends with its patient, who has died."
    age = patient.age_years(twin.on)
    if age is not None and age < ADULT_YEARS:
        return f"The twin is not for people under {ADULT_YEARS}."
    return "" if twin.in_sync else f"The twin is out of sync: do not use. {twin.out_of_sync_reason}"
