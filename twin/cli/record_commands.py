"""``demo`` and ``import``: how do patients get into the record?"""

import sys
from datetime import date
from pathlib import Path

import click

from twin.cli.common import emit, json_option, note, progress_line, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.data_files import home as default_home
from twin.demo.panel import write_panel
from twin.record.imports import import_paths


@click.command("demo")
@click.option("--patients", type=click.IntRange(1, 100_000), default=500, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), default=None, help="Default: HOME/demo.")
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Last day of the panel; default today.")
@json_option
@report_errors
def demo_command(patients: int, seed: int, out: Path | None, today, as_json: bool) -> None:
    r"""Write the demo panel: synthetic patients over 12 years as FHIR NDJSON.

    \b
    Example:
      python -m twin demo --patients 500 --seed 1 --out demo
      python -m twin import demo/fhir
    """
    out = out or default_home() / "demo"
    summary = write_panel(
        out,
        patients=patients,
        seed=seed,
        today=today.date() if today else date.today(),
        progress=progress_line(),
    )
    if as_json:
        emit(summary.to_json())
    else:
        click.echo(f"{summary.patients} synthetic patients in {out}: {summary.resources:,} resources.")


@click.command("import")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@home_option
@json_option
@report_errors
def import_command(paths: tuple[Path, ...], home: Path | None, as_json: bool) -> None:
    r"""Read FHIR R4 bundles, NDJSON (also .gz), folders and zips of them into the record.

    What waited for a patient who is known now is taken in as well, and counted as released. Ends with 1 when rows
    went to quarantine, the rest being kept, or when nothing was there to read. A broken file changes nothing.

    \b
    Example:
      python -m twin import demo/fhir bundle.json export.zip --home clinic
    """
    with open_store(home) as store:
        report = import_paths(store, paths, progress=progress_line())
    result = report.to_json()
    if as_json:
        emit(result)
    else:
        click.echo(table(_counts(result), ("rows", "count")))
    if not result["read"]:
        note("No FHIR resource is in what was given; nothing was changed.")
    if result["quarantined"]:
        note("Rows in quarantine are kept with their reason and are not used.")
    if result["quarantined"] or not result["read"]:
        sys.exit(1)


def _counts(result: dict) -> list[tuple[str, int]]:
    """Lay out the counts: every resource read is in one line after the first, those released apart; then rows."""
    always, rare = ("read", "stored", "replaced", "unchanged"), ("superseded", "set_aside", "released")
    counts = [(name, result[name]) for name in always]
    counts += [(name.replace("_", " "), result[name]) for name in rare if result[name]]
    for verdict in ("not_used", "quarantined", "flagged"):
        counts += [(f"{verdict.replace('_', ' ')}: {what}", count) for what, count in result[verdict].items()]
    return counts
