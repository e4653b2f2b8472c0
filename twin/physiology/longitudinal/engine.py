"""What do a panel's values say about each person's state, computed in one call?"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from os import cpu_count

import numpy as np

from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.panel import residuals
from twin.physiology.longitudinal.parameters import Parameters

# Standardised surprise from which a value counts less; is refused unless the next sides with it; and, if two side
# with it, is a jump of the level.
DOWNWEIGHT, REFUSE, JUMP_FROM = 3.0, 5.0, 8.0
# A value that nothing confirms yet, a variable's first or newest: degrees of freedom by which people and what moves
# them differ, and the share of a surprise, at `DOWNWEIGHT` and beyond, that is the moment's or a slip; beyond
# `JUMP_FROM` of a first value, and `REFUSE` of a newest one, that share grows. Chosen so that bands after such a
# value hold the next in real people; data/cohorts/next_values.csv says how well they do.
PEOPLE_FREEDOM, NOT_THEIRS = 4.0, 0.1
WATCH_DAYS, WATCH_VALUES = 400.0, 3  # span and least number of values in which a lasting shift is looked for
REJECTED = 1e-12  # weight of a value that was not learned from, as in the kernel
SURPRISE_CAP = 3.0  # of one value, in the estimate of a person's volatility


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """How the persons' states lie in flat arrays."""

    variable_at: np.ndarray
    variable: np.ndarray
    slot: np.ndarray
    multiplier_at: np.ndarray
    multiplier_slot: np.ndarray
    multiplier_sd: np.ndarray
    onset: np.ndarray
    break_at: np.ndarray
    break_time: np.ndarray
    break_size: np.ndarray
    state_at: np.ndarray
    covariance_at: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Filtered:
    """The filter's answer for a panel; flat arrays as laid out in `layout`."""

    layout: Layout
    volatility: np.ndarray
    count: np.ndarray  # values that informed each volatility
    state: np.ndarray
    covariance: np.ndarray
    innovation: np.ndarray
    variance: np.ndarray
    weight: np.ndarray
    shift: np.ndarray  # (states, 3): strongest test for a shock lately: statistic, size, time
    kept: tuple[np.ndarray, ...]  # state and covariance at moments, gain, row and spread at events, if asked for


def _at(lengths) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, dtype=np.int64))]).astype(np.int64)


def lay_out(events: Events, variables: int) -> Layout:
    """Give each person the variables that were measured in them; leaving the others out is exact."""
    persons = len(events.ids)
    valued = events.column >= 0
    key = (events.person() * variables + events.column)[valued]
    present = np.bincount(key, minlength=persons * variables) > 0
    place = np.cumsum(present) - 1
    cells = np.flatnonzero(present)
    variable_at = _at(np.bincount(cells // variables, minlength=persons))
    slot = np.full(len(valued), -1, dtype=np.int64)
    slot[valued] = place[key] - variable_at[key // variables]
    inputs = [(i, one) for i, mine in enumerate(events.inputs) for one in mine]
    asked = [(i, i * variables + one.column) for i, one in inputs]
    multiplier_at = _at([len(mine) for mine in events.inputs])
    return Layout(
        variable_at=variable_at,
        variable=cells % variables,
        slot=slot,
        multiplier_at=multiplier_at,
        multiplier_slot=np.array(
            [place[k] - variable_at[i] if present[k] else -1 for i, k in asked],
            dtype=np.int64,
        ),
        multiplier_sd=np.array([one.response_sd for _, one in inputs]),
        onset=np.array([one.onset for _, one in inputs]),
        break_at=_at([len(one.times) for _, one in inputs]),
        break_time=np.array([time for _, one in inputs for time in one.times]),
        break_size=np.array([size for _, one in inputs for size in one.sizes]),
        state_at=_at(3 * np.diff(variable_at) + np.diff(multiplier_at)),
        covariance_at=_at((3 * np.diff(variable_at) + np.diff(multiplier_at)) ** 2),
    )


@cache
def workers() -> ThreadPoolExecutor:
    """Return the threads that panels run in."""
    return ThreadPoolExecutor(cpu_count() or 1, thread_name_prefix="longitudinal")


def run(
    events: Events,
    parameters: Parameters,
    *,
    until: np.ndarray,
    cut: np.ndarray | None = None,
    layout: Layout | None = None,
    volatility: np.ndarray | None = None,
    noise: np.ndarray | None = None,
    departure: np.ndarray | None = None,
    watch: bool = True,
    keep: bool = False,
) -> Filtered:
    """Filter a panel.

    Parameters
    ----------
    until
        Time each person's state is wanted at. [units since the epoch]
    cut
        Values later than this are forecast and not learned from; none unless given.
    volatility
        Factor on the own variances of each person's variables, 1 unless given.
    noise, departure
        Variance of each measurement, and each value as a departure from what is usual; from the parameters
        unless given.
    watch
        Look for lasting shifts.
    keep
        Keep what the smoother needs; for one person.
    """
    # Imported here: compiled code takes half a second to load, which the first page must not wait for.
    from twin.physiology.longitudinal import kernel

    layout = lay_out(events, len(parameters.variables)) if layout is None else layout
    persons, size = len(events.ids), len(events.time)
    watched = WATCH_DAYS / parameters.unit_days if watch else -1e9
    if volatility is None:
        volatility = np.ones(len(layout.variable))
    if noise is None:
        noise = parameters.noise_table(events.sources or ("",))[events.source, np.maximum(events.column, 0)]
    if departure is None:
        departure = residuals(events, parameters)
    n, length = (int(layout.state_at[1]), size) if keep else (0, 0)
    moments = int(np.sum(events.column < 0)) if keep else 0
    shapes = ((moments, n), (moments, n, n), (length, n), (length, n), (length,))
    kept = tuple(np.empty(shape) for shape in shapes)
    answer = Filtered(
        layout,
        volatility,
        np.zeros(len(layout.variable)),
        *(np.empty(length) for length in (layout.state_at[-1], layout.covariance_at[-1], size, size, size)),
        np.empty((layout.state_at[-1], 3)),
        kept,
    )
    common = (
        *(events.at, events.time, layout.slot, departure, noise),
        *(layout.variable_at, layout.variable, volatility),
        *(layout.multiplier_at, layout.multiplier_slot, layout.multiplier_sd, layout.onset),
        *(layout.break_at, layout.break_time, layout.break_size),
        *(np.ascontiguousarray(until, dtype=float), np.full(persons, np.inf) if cut is None else cut),
        *(parameters.dynamics, parameters.prior_corr, parameters.level_corr, parameters.deviation_corr),
        np.array([DOWNWEIGHT, REFUSE, JUMP_FROM, watched, WATCH_VALUES, PEOPLE_FREEDOM, NOT_THEIRS]),
        *(layout.state_at, answer.state, layout.covariance_at, answer.covariance),
        *(answer.innovation, answer.variance, answer.weight, answer.shift, keep, *kept),
    )
    if size < 20_000:
        kernel.run_filter(0, persons, *common)
    else:
        share = np.searchsorted(events.at, np.linspace(0, size, 4 * (cpu_count() or 1) + 1))
        edges = np.unique(np.clip(share, 0, persons))
        edges[0], edges[-1] = 0, persons
        list(workers().map(lambda a, b: kernel.run_filter(a, b, *common), edges[:-1], edges[1:]))
    return answer


def surprise_of(events: Events, filtered: Filtered, *, cut: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the sum of squared standardised surprises of each person's variables, and their count.

    The first value of a variable tells of the level, not of its movement, and is left out; so is what
    comes after `cut`.
    """
    layout = filtered.layout
    valued = layout.slot >= 0
    cell = (layout.variable_at[events.person()] + layout.slot)[valued]
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(filtered.variance > 0, filtered.innovation / np.sqrt(filtered.variance), 0.0)[valued]
    squares = np.minimum(np.abs(z), SURPRISE_CAP) ** 2
    telling = np.ones(len(cell)) if cut is None else (events.time <= cut[events.person()])[valued].astype(float)
    telling[np.unique(cell, return_index=True)[1]] = 0.0
    cells = len(layout.variable)
    return np.bincount(cell, weights=squares * telling, minlength=cells), np.bincount(cell, telling, cells)


def volatility_of(parameters: Parameters, layout: Layout, total: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return how much more than usual each person's variables move, drawn towards 1 by a prior worth `tail` values."""
    tail = parameters.tail[layout.variable]
    return (tail + total) / (tail + count)


def fit_events(
    events: Events, parameters: Parameters, *, until: np.ndarray, cut: np.ndarray | None = None, keep: bool = False
) -> Filtered:
    """Filter a panel twice: each variable alone to learn how volatile each person is, then all together."""
    layout = lay_out(events, len(parameters.variables))
    departure = residuals(events, parameters)
    total, count = _alone(events, parameters, layout, departure, cut)
    volatility = volatility_of(parameters, layout, total, count)
    done = run(
        events, parameters, until=until, cut=cut, layout=layout, volatility=volatility, departure=departure, keep=keep
    )
    done.count[:] = count
    return done


def _alone(
    events: Events, parameters: Parameters, layout: Layout, departure: np.ndarray, cut: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Filter each person's variables one by one, as if they were persons of their own; return `surprise_of` them."""
    person = events.person()
    cell = layout.variable_at[person] + layout.slot
    order = np.argsort(cell, kind="stable")
    cells = len(layout.variable)
    owner = np.repeat(np.arange(len(events.ids)), np.diff(layout.variable_at))
    split = Events(
        ids=("",) * cells,
        at=_at(np.bincount(cell, minlength=cells)),
        time=events.time[order],
        column=events.column[order],
        value=events.value[order],
        source=events.source[order],
        sources=events.sources,
        age_at_epoch=events.age_at_epoch[owner],
        static=events.static[owner],
        inputs=tuple(
            tuple(one for one in events.inputs[i] if one.column == c)
            for i, c in zip(owner.tolist(), layout.variable.tolist(), strict=True)
        ),
    )
    cuts = None if cut is None else cut[owner]
    done = run(split, parameters, until=split.start(), cut=cuts, departure=departure[order], watch=False)
    return surprise_of(split, done, cut=cuts)
