"""``calibrate`` and ``forecast``: what does the twin expect?"""

import time
from datetime import date
from pathlib import Path

import click
import numpy as np

from twin.cli.common import Finite, emit, json_option, on_option, progress_line, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.physiology.longitudinal import fit_panel, forecast, why_withheld
from twin.proof.kept_twins import read_result, refresh, standing
from twin.proof.upkeep import refresh_panel
from twin.variables import variable


@click.command("calibrate")
@click.option("--patient", "patient_id", default=None, help="One patient; all unless given.")
@home_option
@on_option
@json_option
@report_errors
def calibrate_command(patient_id: str | None, home: Path | None, on: date, as_json: bool) -> None:
    r"""Fit the twins whose data changed and say how many, how long it took and how many are out of sync.

    What is found is kept, for the worklist and the Proof page: run it after the nightly import.

    \b
    Example:
      python -m twin calibrate --home clinic
    """
    with open_store(home) as store:
        started = time.perf_counter()
        if patient_id:
            store.patient(patient_id)  # refuses an unknown one
            done = refresh(store, on=on, ids=[patient_id], progress=progress_line())
        else:
            done = refresh_panel(store, on=on, progress=progress_line())
        seconds = time.perf_counter() - started
        store.audit("run", patient_id or "panel", {"what": "calibrate", "twins": done.n})
        kept = standing(store, on=on, ids=[patient_id] if patient_id else None).current()
    reasons = {one.patient_id: read_result(one)["reason"] for one in kept if not one.in_sync}
    counts = {"refreshed": done.refreshed, "kept": done.kept}
    result = {"n": done.n, "seconds": seconds, "out_of_sync": len(reasons), **counts, "reasons": reasons}
    if as_json:
        emit(result)
        return
    click.echo(
        f"{done.n:,} twins in {seconds:.2f} s; {done.refreshed:,} fitted, {done.kept:,} kept; "
        f"{len(reasons):,} out of sync."
    )
    if reasons:
        click.echo(table(list(reasons.items()), ("patient", "out of sync because")))


@click.command("forecast")
@click.argument("patient_id")
@click.option("--years", type=Finite(0, 30, min_open=True), default=2.0, show_default=True)
@home_option
@on_option
@json_option
@report_errors
def forecast_command(patient_id: str, years: float, home: Path | None, on: date, as_json: bool) -> None:
    r"""Say what the twin expects to be measured: mean and 50, 80 and 95 % bands by quarter.

    \b
    Example:
      python -m twin forecast PATIENT_ID --years 2 --json
    """
    with open_store(home) as store:
        patient = store.patient(patient_id)
        twin = fit_panel([patient], on=on)[0]
        store.audit("run", patient_id, {"what": "forecast", "years": years})
    result: dict = {"patient": patient_id, "on": on.isoformat(), "in_sync": twin.in_sync, "variables": {}}
    if reason := why_withheld(patient, twin):
        result["problems"] = [reason]
    else:
        days = np.unique(np.append(np.arange(0, years * 365.25, 91.3125), years * 365.25).round().astype(int))
        result["variables"] = {name: _bands(forecast(twin, days, name), name) for name in twin.variables}
        if not result["variables"]:
            result["problems"] = [f"No measurement that the twin follows is on record up to {on:%d %B %Y}."]
    if as_json:
        emit(result)
        return
    rows = [
        (name, row["date"], row["mean"], *(f"{low:g} to {high:g}" for low, high in (row["50"], row["80"], row["95"])))
        for name, series in result["variables"].items()
        for row in series
    ]
    for problem in result.get("problems", ()):
        click.echo(f"No forecast shown: {problem}")
    if rows:
        click.echo(table(rows, ("variable", "date", "mean", "50 %", "80 %", "95 %")))


def _bands(bands, name: str) -> list[dict]:
    """Lay a forecast out as one mapping a date, one digit finer than the screen."""
    digits = variable(name).decimals + 1

    def pair(low: np.ndarray, high: np.ndarray, i: int) -> list[float]:
        return [round(float(low[i]), digits), round(float(high[i]), digits)]

    return [
        {
            "date": str(bands.times[i].astype("datetime64[D]")),
            "mean": round(float(bands.mean[i]), digits),
            "50": pair(bands.low50, bands.high50, i),
            "80": pair(bands.low80, bands.high80, i),
            "95": pair(bands.low95, bands.high95, i),
        }
        for i in range(len(bands.times))
    ]
