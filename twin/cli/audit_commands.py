"""``audit``: who did what, and was the trail altered?"""

from pathlib import Path

import click

from twin.cli.common import emit, json_option, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.errors import BrokenAudit


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
