"""How much would a measurement narrow what is known, before it is taken?

The twin is linear and Gaussian on each variable's scale, so that what is left unknown after a value does not depend
on the value: it can be told beforehand, exactly. Left out is what a value far off would do: one that nothing confirms,
more than a standard deviation from what is expected, narrows less than said here; the next one decides of the newest
known so far, if that was as far off; and a value also teaches how much this person's values move, which changes the
width of every band a little.
"""

from dataclasses import dataclass, replace

import numpy as np

from twin.physiology.longitudinal.engine import run
from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.forecasts import _draw_now
from twin.physiology.longitudinal.panel import Settings, Usual, adherence_of, with_treatments
from twin.physiology.longitudinal.scale import inverse
from twin.physiology.longitudinal.twin import Twin
from twin.record.patient import Patient

_NOTHING = 1e-9  # share of a variance that is taken for none
_TINY = 1e-300


@dataclass(frozen=True, slots=True)
class Planned:
    """A measurement that could be taken today: variables read together from one kind of source.

    Each result is the mean of `readings` independent readings at one time; what moves the person that day moves
    all of them.
    """

    variables: tuple[str, ...]
    source: str
    readings: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """A twin's draws as independent standard normal numbers, shape (draws, rank of the state's covariance).

    Their mean over the draws is zero: a comparison's draws stand about the record. `from_state` turns a state's
    difference from that mean into its `normals`, shape (rank, states).
    """

    normals: np.ndarray
    from_state: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Clues:
    """What a result would tell of the twin's draws, in components that are independent of each other.

    `scores` holds each draw's place on every component, standard normal over the draws, shape (draws, components);
    `strength` the correlation of each with the part of the result that shows it, from 0 to 1. `rest` is what the
    result does not show of the draws, standard normal and independent of the scores.
    """

    scores: np.ndarray
    strength: np.ndarray
    rest: np.ndarray


def with_belief(twin: Twin, patient: Patient, names: tuple[str, ...]) -> Twin:
    """Return the twin with variables that were never measured: what is usual, as far as the measured ones shift it.

    Nothing is said anew of the measured ones. Unknown to the model, a name is left out. Drugs count as far as the
    patient's record says that they are taken.
    """
    columns = twin.parameters.index()
    new = [columns[name] for name in names if name in columns and not twin.has(name)]
    if not new:
        return twin
    # A moment later the values stand that will be there; they are not learned from.
    own, later = twin.events, float(np.nextafter(twin.now, np.inf))
    events = _with_values(own, np.array(new), later, twin, patient)
    filtered = run(
        events,
        twin.parameters,
        until=np.array([later]),
        cut=np.array([twin.now]),
        volatility=_spread_out(twin, new, twin.volatility, missing=1.0),
    )
    filtered.count[:] = _spread_out(twin, new, twin.counts, missing=0.0)
    return replace(twin, place=0, panel=events, filtered=filtered)


def _with_values(own: Events, new: np.ndarray, time: float, twin: Twin, patient: Patient) -> Events:
    """Return the events with a value of each new variable, and with the drugs that act on it."""
    columns = np.concatenate([own.column, new])
    events = replace(
        own,
        at=np.array([0, len(columns)]),
        time=np.concatenate([own.time, np.full(len(new), time)]),
        column=columns,
        value=np.concatenate([own.value, np.ones(len(new))]),
        source=np.concatenate([own.source, np.zeros(len(new), dtype=own.source.dtype)]),
        sources=own.sources or ("",),
    )
    usual, p = Usual.of(events, twin.parameters), twin.parameters
    for place, column in enumerate(new.tolist(), start=len(own.column)):
        level = usual.at(0, column, time)
        events.value[place] = inverse(level, p.power[column], p.low[column], p.high[column])
    shares = adherence_of(patient, Settings(), unit_days=p.unit_days)
    treated = with_treatments(events, [patient.medications], p, adherence=[shares])
    added = tuple(one for one in treated.inputs[0] if one.column in new)
    return replace(events, inputs=((*own.inputs[0], *added),))


def _spread_out(twin: Twin, new: list[int], values: np.ndarray, *, missing: float) -> np.ndarray:
    """Return one value a variable, old and new in the order of the columns."""
    known = dict(zip(twin.columns.tolist(), values.tolist(), strict=True))
    return np.array([known.get(column, missing) for column in sorted([*known, *new])])


def after(twin: Twin, planned: Planned) -> Twin:
    """Return the twin as sure as it would be after a measurement, its expectations unchanged.

    Parameters
    ----------
    twin
        With a belief about the planned variables; see `with_belief`. Variables it does not know are left out.
    """
    rows, noise = _seen(twin, planned)
    if not len(rows):
        return twin
    covariance = twin.covariance
    shared = covariance @ rows.T
    known = np.linalg.solve(rows @ shared + np.diag(noise), shared.T)
    left = covariance - shared @ known
    filtered = twin.filtered
    whole, count = filtered.covariance.copy(), filtered.count.copy()
    whole[twin._mine(filtered.layout.covariance_at)] = ((left + left.T) / 2.0).ravel()
    count[twin._mine(filtered.layout.variable_at)] += _more_counted(twin, planned)
    return replace(twin, filtered=replace(filtered, covariance=whole, count=count))


def _more_counted(twin: Twin, planned: Planned) -> np.ndarray:
    """Return how many more values inform each volatility: the first one of a variable never does."""
    measured = np.isin(twin.columns, twin.events.column[twin.events.time <= twin.now])
    planned_for = np.isin(twin.variables, planned.variables)
    return np.where(planned_for, planned.readings - ~measured, 0)


def _seen(twin: Twin, planned: Planned) -> tuple[np.ndarray, np.ndarray]:
    """Return what the results show of the state, a row each, and the variance of their errors."""
    names = [name for name in planned.variables if twin.has(name)]
    rows = np.zeros((len(names), len(twin.state)))
    for row, name in zip(rows, names, strict=True):
        row[:] = twin.combination(name, twin.now)[0]
        row[2 * len(twin.variables) + twin.slot(name)] = 1.0
    slots = [twin.slot(name) for name in names]
    noise = twin.parameters.noise_table((planned.source,))[0, twin.columns[slots]] * twin.volatility[slots]
    return rows, noise / planned.readings


def drawn_from(twin: Twin, *, draws: int, seed: int) -> Drawn:
    """Take the draws of `draw_levels` and `draw_response` of this seed apart."""
    sds = np.sqrt(np.maximum(np.diag(twin.covariance), _TINY))
    values, vectors = np.linalg.eigh(twin.covariance / np.outer(sds, sds))
    kept = values > _NOTHING
    from_state = (vectors[:, kept] / np.sqrt(values[kept])).T / sds
    states = _draw_now(twin, draws, seed)
    return Drawn((states - states.mean(axis=0)) @ from_state.T, from_state)


def clues(twin: Twin, whole: Twin, planned: Planned, drawn: Drawn) -> Clues:
    """Say what a result would tell of the draws that `draw_levels` and `draw_response` of the same seed rest on.

    Parameters
    ----------
    twin, drawn
        The twin whose draws are meant, and these, from `drawn_from`.
    whole
        The same with a belief about the planned variables.

    Notes
    -----
    With x the twin's state, the result is y = G x + noise. The components are the canonical ones of G x and y:
    uncorrelated on both sides, and each of one side correlated with one of the other alone. Whatever depends on x
    only then has, given the result, the expectation that its Hermite polynomials give, each times the power of
    `strength` that is its degree.
    """
    rows, noise = _seen(whole, planned)
    if not len(rows) or not len(twin.state):
        return Clues(np.zeros((len(drawn.normals), 0)), np.zeros(0), drawn.normals)
    shared = whole.covariance @ rows.T
    total = rows @ shared + np.diag(noise)
    told = drawn.from_state @ shared[_place_in(twin, whole)]  # what normals and results have in common
    signal = told.T @ told
    half = np.linalg.inv(np.linalg.cholesky(total))
    squares, vectors = np.linalg.eigh(half @ signal @ half.T)
    kept = squares > _NOTHING
    strength = np.sqrt(np.minimum(squares[kept], 1.0))
    components = told @ half.T @ vectors[:, kept] / strength
    others = np.linalg.qr(components, mode="complete")[0][:, len(strength) :]
    return Clues(drawn.normals @ components, strength, drawn.normals @ others)


def _place_in(twin: Twin, whole: Twin) -> np.ndarray:
    """Return where each entry of the twin's state stands in the state of the whole."""
    slots = np.array([whole.slot(name) for name in twin.variables], dtype=int)
    per = len(whole.variables)
    return np.concatenate([slots, per + slots, 2 * per + slots, 3 * per + np.arange(len(twin.inputs))])
