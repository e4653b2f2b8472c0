"""After a value that nothing confirms yet, do the bands hold the next one, however astonishing it was?

``python -m twin.proof.next_values`` measures it on the cohorts of ``data/cohorts`` and writes ``next_values.csv``.
"""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import click
import numpy as np
import pandas as pd

from twin.data_files import read_table
from twin.physiology.longitudinal.engine import fit_events
from twin.physiology.longitudinal.events import Events
from twin.physiology.longitudinal.scale import forward
from twin.proof.cohorts import FOLDER, cohorts, observations
from twin.proof.prepared import hyperparameters, prepare
from twin.proof.scoring import BANDS, Forecasts
from twin.proof.usable import usable

EDGES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, np.inf)  # how far off the value was [standard deviations]
AFTER = ("first", "newest")  # value of its variable; a newest one has at least two before it
EARLIER = 2


@dataclass(frozen=True, slots=True)
class NextValues:
    """How often the next value of a series lay in its bands, by how far off the one before was.

    `after` is one of `AFTER`; `start` and `stop` bound that value's distance from what was expected.
    [standard deviations]
    """

    after: str
    start: float
    stop: float
    series: int
    covered: tuple[float, float, float]  # share inside the 50, 80 and 95 % bands


@cache
def next_values() -> tuple[NextValues, ...]:
    """Return what was measured on all cohorts together, as shipped."""
    return tuple(
        NextValues(
            row["after"],
            float(row["from_sd"]),
            float(row["to_sd"] or np.inf),
            int(row["series"]),
            tuple(float(row[f"covered_{band}"]) for band in BANDS),
        )
        for row in read_table("cohorts/next_values.csv")
    )


def foretold(table: pd.DataFrame, after: str) -> tuple[np.ndarray, np.ndarray]:
    """Forecast the value that follows the first, or a newest one, of every patient and variable.

    Parameters
    ----------
    table
        As from `read_observations`; hyperparameters are learned from all of it.
    after
        One of `AFTER`: ``first`` forecasts the second from the first alone, ``newest`` the last from all before it.

    Returns
    -------
        How far off the value before was [standard deviations], and how wide a central band must be to hold the one
        that followed. [%]
    """
    prepared = prepare(usable(table)[0], 0.0, [])
    parameters, _ = hyperparameters(prepared.events, prepared)
    off, needed = [np.empty(0)], [np.empty(0)]
    for column in range(len(prepared.names)):
        events, _ = prepared.events.part(prepared.events.column == column)
        known, following, cut = _pairs(events, after)
        if not len(known):
            continue
        done = fit_events(events, parameters, until=events.last(), cut=cut)
        centre = forward(events.value[following], parameters.power[column]) - done.innovation[following]
        freedom = parameters.tail[column] + done.count[events.person()[following]]
        forecast = Forecasts.of(parameters, column, centre, np.sqrt(done.variance[following]), freedom)
        off.append(np.abs(done.innovation[known]) / np.sqrt(done.variance[known]))
        needed.append(forecast.band_of(events.value[following]))
    return np.concatenate(off), np.concatenate(needed)


def _pairs(events: Events, after: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which values of one variable are known last, which follow them, and until when each person is known."""
    person = events.person()
    moment = np.flatnonzero(np.r_[True, (np.diff(events.time) > 0) | (np.diff(person) > 0)])  # first value of each
    at = np.searchsorted(moment, events.at)
    before = at[:-1] if after == AFTER[0] else at[1:] - 2
    chosen = before + 1 < at[1:]
    if after != AFTER[0]:
        chosen &= before - at[:-1] >= EARLIER
    cut = np.full(len(events.ids), -np.inf)
    cut[chosen] = events.time[moment[before[chosen]]]
    return moment[before[chosen]], moment[before[chosen] + 1], cut


def by_distance(after: str, off: np.ndarray, needed: np.ndarray) -> list[NextValues]:
    """Return how often values lay in their bands, by how far off the ones before were."""
    which = np.digitize(off, EDGES[1:-1])
    return [
        NextValues(
            after,
            EDGES[k],
            EDGES[k + 1],
            int(np.sum(which == k)),
            tuple(float(np.mean(needed[which == k] <= band)) for band in BANDS),
        )
        for k in range(len(EDGES) - 1)
        if np.any(which == k)
    ]


def _save(rows: Iterable[NextValues], path: Path) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["after", "from_sd", "to_sd", "series", *(f"covered_{band}" for band in BANDS)])
        for row in rows:
            stop = "" if np.isinf(row.stop) else f"{row.stop:g}"
            writer.writerow([row.after, f"{row.start:g}", stop, row.series, *(f"{share:.3f}" for share in row.covered)])


@click.command()
@click.option("--physionet", type=click.Path(path_type=Path), help="Folder with PhysioNet's set_a.parquet.")
def main(physionet: Path | None) -> None:
    """Measure all cohorts again, and write the table."""
    found = {after: [] for after in AFTER}
    for name in cohorts():
        for after, parts in found.items():
            parts.append(foretold(observations(name, folder=physionet), after))
        click.echo(f"{name}: {', '.join(f'{len(parts[-1][0]):,} {after}' for after, parts in found.items())}")
    rows = [
        row
        for after, parts in found.items()
        for row in by_distance(after, *map(np.concatenate, zip(*parts, strict=True)))
    ]
    _save(rows, FOLDER / "next_values.csv")


if __name__ == "__main__":
    main()
