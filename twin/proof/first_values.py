"""After a single value of a patient, do the bands hold the next one, however unusual the first?

``python -m twin.proof.first_values`` measures it on the cohorts of ``data/cohorts`` and writes ``first_values.csv``.
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
from twin.physiology.longitudinal.scale import forward
from twin.proof.cohorts import FOLDER, cohorts, observations
from twin.proof.prepared import hyperparameters, prepare
from twin.proof.scoring import BANDS, Forecasts
from twin.proof.usable import usable

EDGES = (0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 8.0, np.inf)  # how far off the first value was [standard deviations]


@dataclass(frozen=True, slots=True)
class FirstValues:
    """How often the second value of a series lay in its bands, by how far off the first one was.

    `start` and `stop` bound the first value's distance from what is usual. [standard deviations]
    """

    start: float
    stop: float
    series: int
    covered: tuple[float, float, float]  # share inside the 50, 80 and 95 % bands


@cache
def first_values() -> tuple[FirstValues, ...]:
    """Return what was measured on all cohorts together, as shipped."""
    return tuple(
        FirstValues(
            float(row["from_sd"]),
            float(row["to_sd"] or np.inf),
            int(row["series"]),
            tuple(float(row[f"covered_{band}"]) for band in BANDS),
        )
        for row in read_table("cohorts/first_values.csv")
    )


def second_values(table: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Forecast the second value of every patient and variable from the first alone.

    Parameters
    ----------
    table
        As from `read_observations`; hyperparameters are learned from all of it.

    Returns
    -------
        How far off each first value was [standard deviations], and how wide a central band must be to hold the
        second value. [%]
    """
    prepared = prepare(usable(table)[0], 0.0, [])
    parameters, _ = hyperparameters(prepared.events, prepared)
    off, needed = [], []
    for column in range(len(prepared.names)):
        events, _ = prepared.events.part(prepared.events.column == column)
        done = fit_events(events, parameters, until=events.last(), cut=events.start())
        first = events.at[:-1]
        later = events.time > events.start()[events.person()]
        person, second = np.unique(events.person()[later], return_index=True)
        second = np.flatnonzero(later)[second]
        centre = forward(events.value[second], parameters.power[column]) - done.innovation[second]
        freedom = np.full(len(second), parameters.tail[column])
        forecast = Forecasts.of(parameters, column, centre, np.sqrt(done.variance[second]), freedom)
        off.append((np.abs(done.innovation) / np.sqrt(done.variance))[first[person]])
        needed.append(forecast.band_of(events.value[second]))
    return np.concatenate(off), np.concatenate(needed)


def by_distance(off: np.ndarray, needed: np.ndarray) -> list[FirstValues]:
    """Return how often second values lay in their bands, by how far off the first ones were."""
    which = np.digitize(off, EDGES[1:-1])
    return [
        FirstValues(
            EDGES[k],
            EDGES[k + 1],
            int(np.sum(which == k)),
            tuple(float(np.mean(needed[which == k] <= band)) for band in BANDS),
        )
        for k in range(len(EDGES) - 1)
        if np.any(which == k)
    ]


def _save(rows: Iterable[FirstValues], path: Path) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["from_sd", "to_sd", "series", *(f"covered_{band}" for band in BANDS)])
        for row in rows:
            stop = "" if np.isinf(row.stop) else f"{row.stop:g}"
            writer.writerow([f"{row.start:g}", stop, row.series, *(f"{share:.3f}" for share in row.covered)])


@click.command()
@click.option("--physionet", type=click.Path(path_type=Path), help="Folder with PhysioNet's set_a.parquet.")
def main(physionet: Path | None) -> None:
    """Measure all cohorts again, and write the table."""
    parts = []
    for name in cohorts():
        parts.append(second_values(observations(name, folder=physionet)))
        click.echo(f"{name}: {len(parts[-1][0]):,} series")
    _save(by_distance(*map(np.concatenate, zip(*parts, strict=True))), FOLDER / "first_values.csv")


if __name__ == "__main__":
    main()
