"""How wrong are forecasts of a panel's own last part, made without it, and what mends the forecasts to come?"""

from collections.abc import Iterator

import numpy as np

from twin.physiology.longitudinal.engine import fit_events
from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.mending import Made, Mending, mending_of
from twin.physiology.longitudinal.parameters import Parameters
from twin.physiology.longitudinal.scale import forward
from twin.physiology.longitudinal.simple import simple_forecasts

REHEARSAL_VALUES = 150_000
ORIGINS = 3  # ends from which a window is hidden: the panel's, and each earlier by one window
WINDOWS = (1.0, 0.5, 0.25)  # of the horizon: where records are too short for the whole, shorter ones serve for it
ENOUGH, AT_MOST = 0.5, 500  # share of the persons, and number of them, from which they teach the centre alone


def forecasts_of(events: Events, parameters: Parameters, *, cut: np.ndarray, horizon: float) -> Made:
    """Forecast what comes after each person's `cut`, where there is an earlier value of the same variable."""
    done = fit_events(events, parameters, until=events.last(), cut=cut)
    person = events.person()
    cell = done.layout.variable_at[person] + done.layout.slot
    past = events.time <= cut[person]
    seen = np.bincount(cell[past], minlength=len(done.layout.variable))
    event = np.flatnonzero(~past & (seen[cell] > 0))
    column, mine, owner = events.column[event], cell[event], person[event]
    scaled = forward(events.value, parameters.power[events.column])
    return Made(
        event=event,
        column=column,
        person=owner,
        value=scaled[event],
        centre=scaled[event] - done.innovation[event],
        variance=done.variance[event],
        freedom=parameters.tail[column] + done.count[mine],
        simple=simple_forecasts(events.time, scaled, cell, past, len(seen))[event],
        known=np.log(seen[mine]),
        elapsed=np.log1p((cut - events.start())[owner] / horizon),
        back=np.zeros(len(event)),
        alike=np.bincount(mine, minlength=len(seen))[mine].astype(float),
    )


def rehearse(parameters: Parameters, events: Events, *, horizon: float, seed: int = 0) -> tuple[Mending, ...]:
    """Hide the last window of each record, and of each record cut shorter, forecast it, and learn from the errors.

    Parameters
    ----------
    parameters
        As learned from `events`.
    horizon
        Length of the window. [units]

    Returns
    -------
        What mends the forecasts of each variable; `UNMENDED` where nothing could be rehearsed.
    """
    events = some(events, seed)
    count = len(parameters.variables)
    persons = [len(np.unique(events.person()[events.column == c])) for c in range(count)]
    windows: list[list[tuple[float, Made]]] = [[] for _ in range(count)]
    shorter: list[list[Made]] = [[] for _ in range(count)]
    who: list[set[int]] = [set() for _ in range(count)]
    for share in WINDOWS:
        lacking = [len(who[c]) < min(ENOUGH * persons[c], AT_MOST) for c in range(count)]
        for made in _windows(parameters, events, share * horizon, horizon):
            for c in range(count):
                mine = made.where(made.column == c)
                if len(mine.value) and lacking[c]:
                    windows[c].append((share, mine))
                    who[c].update(mine.person.tolist())
                elif len(mine.value):
                    shorter[c].append(mine)
    ends = _ends(events, horizon, count)
    return tuple(mending_of(windows[c], len(who[c]), ends[c], shorter[c]) for c in range(count))


def _windows(parameters: Parameters, events: Events, length: float, horizon: float) -> Iterator[Made]:
    """Forecast a window at the end of each record, then of each record cut shorter by one, two.. windows."""
    for origin in range(ORIGINS):
        part, persons = events.part(events.time <= (events.last() - origin * length)[events.person()])
        made = forecasts_of(part, parameters, cut=part.last() - length, horizon=horizon)
        if not len(made.value):
            return
        made.person[:] = persons[made.person]
        made.back[:] = 1.0 + origin * length / horizon
        yield made


def some(events: Events, seed: int) -> Events:
    """Return at most about `REHEARSAL_VALUES` values, whole persons drawn at random."""
    if len(events.time) <= REHEARSAL_VALUES:
        return events
    share = REHEARSAL_VALUES / len(events.time)
    chosen = np.random.default_rng(seed).random(len(events.ids)) < share
    return events.part(chosen[events.person()])[0]


def _ends(events: Events, horizon: float, count: int) -> np.ndarray:
    """Return the mean of what is known and elapsed when the forecasts to come begin; one row a variable."""
    person = events.person()
    cell, values = np.unique(person * count + events.column, return_counts=True)
    elapsed = np.log1p((events.last() - events.start())[cell // count] / horizon)
    cells = np.maximum(np.bincount(cell % count, minlength=count), 1)
    sums = [np.bincount(cell % count, weights, minlength=count) for weights in (np.log(values), elapsed)]
    return np.column_stack(sums) / cells[:, None]
