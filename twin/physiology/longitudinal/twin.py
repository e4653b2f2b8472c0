"""What does a fitted twin know, and how is it fitted?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from twin.errors import UnknownName
from twin.physiology.longitudinal.engine import Filtered, fit_events
from twin.physiology.longitudinal.panel import (
    Events,
    Settings,
    end_of,
    events_of,
    units_since_epoch,
    usual_level,
    with_treatments,
)
from twin.physiology.longitudinal.parameters import Parameters, default_parameters
from twin.physiology.longitudinal.scale import inverse
from twin.physiology.longitudinal.treatments import Input
from twin.physiology.longitudinal.watch import Surprise, out_of_sync_reason, surprises_of
from twin.record.patient import Patient
from twin.variables import variable

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


@dataclass(frozen=True, slots=True, eq=False)
class Twin:
    """One patient's twin on one day: the belief about the hidden state and what it rests on.

    `state` and `covariance` are laid out as in ``kernel.py``, for `variables` in this order.
    """

    patient_id: str
    on: date
    variables: tuple[str, ...]
    parameters: Parameters
    events: Events  # this patient's alone
    columns: np.ndarray
    volatility: np.ndarray
    counts: np.ndarray
    state: np.ndarray
    covariance: np.ndarray
    out_of_sync_reason: str
    surprises: tuple[Surprise, ...]
    responses: tuple[Response, ...]

    @property
    def in_sync(self) -> bool:
        """Say whether the twin may be used."""
        return not self.out_of_sync_reason

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
        try:
            return self.variables.index(name)
        except ValueError:
            raise UnknownName(
                f"the twin has no {name!r}",
                clinical=f"{variable(name).label} was never measured in this patient, so the twin cannot speak of it.",
            ) from None

    def now(self) -> float:
        """Return the end of the day `on`. [units since the epoch]."""
        return float(units_since_epoch(end_of(self.on), self.parameters.unit_days))

    def inputs(self) -> tuple[Input, ...]:
        """Return the known treatments, in the order of the responses in the state."""
        return self.events.inputs[0]

    def combination(self, name: str, time: float) -> tuple[np.ndarray, float]:
        """Return the underlying level at a time as ``row @ state + offset``, on the variable's scale."""
        slot = self.slot(name)
        row = np.zeros(len(self.state))
        row[slot] = 1.0
        offset = self.usual(slot, time)
        for k, one in enumerate(self.inputs()):
            if one.variable == name:
                size = input_at(one, time)
                row[3 * len(self.variables) + k] = size
                offset += size
        return row, offset

    def usual(self, slot: int, time: float) -> float:
        """Return what is usual for such a person without treatment, on the variable's scale."""
        return float(
            usual_level(
                self.parameters,
                self.columns[slot],
                static=self.events.static[0],
                age_at_epoch=self.events.age_at_epoch[0],
                time=time,
                elapsed=time - self.events.start()[0],
            )
        )

    def level(self, name: str) -> tuple[float, float]:
        """Return mean and standard deviation of the underlying level now, under current care, in natural units."""
        row, offset = self.combination(name, self.now())
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


def input_at(one: Input, time: float) -> float:
    """Return a treatment's input at a time; the kernel's rule for one moment."""
    return sum(
        size * -np.expm1(-(time - begin) / one.onset)
        for begin, size in zip(one.times, one.sizes, strict=True)
        if time > begin
    )


def fit(patient: Patient, *, on: date, settings: Settings | None = None) -> Twin:
    """Fit a twin to all values up to the end of a day.

    Parameters
    ----------
    patient
        The record.
    on
        Nothing later is seen, and the twin's state is that of this day.
    settings
        Hyperparameters and a clinician's corrections; the shipped ones and none unless given.
    """
    return fit_panel([patient], on=on, settings=settings)[0]


def fit_panel(patients: Sequence[Patient], *, on: date, settings: Settings | None = None) -> list[Twin]:
    """Fit the twins of a panel in one call of the kernel, in the patients' order."""
    settings = settings or Settings()
    parameters = settings.parameters or default_parameters()
    events = events_of(patients, parameters, on=on, settings=settings)
    events = with_treatments(events, [p.medications for p in patients], parameters, adherence=settings.adherence)
    until = np.full(len(patients), units_since_epoch(end_of(on), parameters.unit_days))
    filtered = fit_events(events, parameters, until=until)
    return [_twin(i, on, events, parameters, filtered) for i in range(len(patients))]


def _twin(i: int, on: date, events: Events, parameters: Parameters, filtered: Filtered) -> Twin:
    layout = filtered.layout
    mine = slice(layout.variable_at[i], layout.variable_at[i + 1])
    states = slice(layout.state_at[i], layout.state_at[i + 1])
    columns, state = layout.variable[mine], filtered.state[states]
    covariance = filtered.covariance[layout.covariance_at[i] : layout.covariance_at[i + 1]]
    covariance = covariance.reshape(len(state), len(state))
    own = events.only(i)
    names = tuple(parameters.variables[c] for c in columns)
    response_sds = np.sqrt(np.diag(covariance)[3 * len(names) :])
    responses = tuple(
        Response(one.drug_class, one.ingredients, one.variable, float(1.0 + mean), float(sd), one.response_sd, one.card)
        for one, mean, sd in zip(own.inputs[0], state[3 * len(names) :], response_sds, strict=True)
    )
    seen = slice(events.at[i], events.at[i + 1])
    return Twin(
        patient_id=own.ids[0],
        on=on,
        variables=names,
        parameters=parameters,
        events=own,
        columns=columns,
        volatility=filtered.volatility[mine],
        counts=filtered.count[mine],
        state=state,
        covariance=covariance,
        out_of_sync_reason=out_of_sync_reason(own, parameters, names, filtered.shift[states]),
        surprises=surprises_of(
            own, parameters, filtered.innovation[seen], filtered.variance[seen], filtered.weight[seen]
        ),
        responses=responses,
    )


def without_surprises(twin: Twin) -> Twin:
    """Return the twin as if nothing had astonished it; for hypothetical patients."""
    return replace(twin, surprises=(), out_of_sync_reason="")
