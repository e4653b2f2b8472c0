"""``audit`` and ``bench``: who did what, and how fast is it?"""

from pathlib import Path

import click

from twin.cli.common import emit, json_option, note, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.errors import BrokenAudit
from twin.proof.bench import measure


@click.group("audit")
def audit_command() -> None:
    r"""Check or show the audit trail.

    \b
    Example:
      python -m twin audit verify
    """


@audit_command.command("verify")
@home_option
@json_option
@report_errors
def verify_command(home: Path | None, as_json: bool) -> None:
    r"""Walk the whole chain; an altered line is named and the status is 1.

    \b
    Example:
      python -m twin audit verify --home clinic
    """
    rows, problem = 0, ""
    with open_store(home) as store:
        try:
            rows = store.verify_audit()
        except BrokenAudit as broken:
            problem = str(broken)
    if as_json:
        emit({"rows": rows, "verified": not problem, "problem": problem})
    else:
        click.echo(problem or f"{rows:,} lines verify.")
    raise SystemExit(1 if problem else 0)


@audit_command.command("show")
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="How many lines.")
@home_option
@json_option
@report_errors
def show_command(last: int, home: Path | None, as_json: bool) -> None:
    r"""Show the newest lines of the audit trail.

    \b
    Example:
      python -m twin audit show --last 20
    """
    with open_store(home) as store:
        rows = store.audit_rows(last)
    if as_json:
        keys = ("number", "time", "user", "role", "purpose", "action", "subject", "detail", "digest")
        emit({"rows": [{key: getattr(row, key) for key in keys} for row in rows]})
        return
    shown = [(r.number, f"{r.time:%Y-%m-%d %H:%M:%S}", r.user, r.role, r.action, r.subject, r.detail) for r in rows]
    click.echo(table(shown, ("line", "time (UTC)", "who", "role", "did", "to", "detail")))


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
