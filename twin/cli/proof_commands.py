"""``backtest`` and ``bench``: was the twin right before, and how fast is each piece of work?"""

from datetime import date
from pathlib import Path

import click

from twin.cli.common import Finite, emit, json_option, note, report_errors, table
from twin.proof.backtest import backtest
from twin.proof.bench import measure
from twin.proof.observations import read_observations, read_treatments
from twin.proof.scoring import beside_naive


@click.command("backtest")
@click.argument("observations", metavar="OBS.csv", type=click.Path(path_type=Path))
@click.option("--holdout-days", type=Finite(0, min_open=True), required=True)
@click.option("--treatments", metavar="TREAT.csv", type=click.Path(path_type=Path), default=None)
@json_option
@report_errors
def backtest_command(observations: Path, holdout_days: float, treatments: Path | None, as_json: bool) -> None:
    r"""Hide the last days of every patient, forecast them from the rest and say how well that went.

    \b
    Example:
      python -m twin backtest observations.csv --holdout-days 365 --json
    """
    result = backtest(
        read_observations(observations),
        holdout_days=holdout_days,
        treatments=read_treatments(treatments) if treatments else None,
        today=date.today(),
    )
    if as_json:
        emit(result)
        return
    rows = []
    for name, found in result["variables"].items():
        ratios = (beside_naive(found[measure]) for measure in ("crps", "rmse"))
        coverage = (f"{found['coverage'][level]:.0%}" for level in ("50", "80", "95"))
        quarters = " ".join("-" if part is None else f"{part:.0%}" for part in found["coverage_80_by_quarter"])
        kept = "yes" if found["kept"] else "no"
        rows.append((name, found["n"], found["patients"], *coverage, quarters, *(f"{r:.3f}" for r in ratios), kept))
    head = ("variable", "n", "patients", "50 %", "80 %", "95 %", "80 % by quarter", "CRPS", "RMSE", "kept")
    click.echo(table(rows, head))
    click.echo("CRPS and RMSE: the twin's over the best naive forecast's, below 1 is better.")
    click.echo("Kept: 80 % bands hold 75 to 85 % of values, in every quarter too, and both scores are better.")
    for name, found in result["variables"].items():
        for text in found["notes"]:
            click.echo(f"{name}: {text}")
    for problem in result["problems"]:
        click.echo(problem)


@click.command("bench")
@click.option("--only", default=None, help="Only rows whose work contains this word.")
@json_option
@report_errors
def bench_command(only: str | None, as_json: bool) -> None:
    r"""Measure the work of the speed table beside its aims, with a peer in the same run where one is installed.

    \b
    Example:
      python -m twin bench --only import --json
    """
    rows = []
    for row in measure(only):
        rows.append(row)
        note(f"{row.work}: {row.value:,.4g} {row.unit}")
    if not rows:
        raise click.BadParameter(f"no work has “{only}” in its name.", param_hint="'--only'")
    if as_json:
        emit({"rows": [row.to_json() for row in rows]})
        return
    shown = [
        (
            row.work,
            f"{row.value:,.4g} {row.unit}",
            "" if row.ratio is None else f"{row.ratio:.2f} x {row.peer}",
            row.aim,
            {True: "met", False: "not met", None: ""}[row.met],
            row.limit,
        )
        for row in rows
    ]
    click.echo(table(shown, ("work", "measured", "beside", "aim", "", "what limits it")))
