"""``audit``: who did what, and was the trail altered?"""

import re
from pathlib import Path

import click

from twin.cli.common import emit, json_option, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.errors import BrokenAudit
from twin.governance.audit import Seal
from twin.words import counted


@click.group("audit")
def audit_command() -> None:
    r"""Check or show the audit trail.

    \b
    Example:
      python -m twin audit verify
    """


class _Noted(click.ParamType):
    """An end of the chain as ``audit verify`` prints it."""

    name = "line:seal"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Seal:
        """Read the option's text."""
        number, _, digest = str(value).strip().partition(":")
        if not number.isdecimal() or not re.fullmatch("[0-9a-f]{64}", digest):
            self.fail(f"{value!r} is no line and seal as audit verify prints them.", param, ctx)
        return Seal(int(number), digest)


@audit_command.command("verify")
@click.option("--noted", type=_Noted(), default=None, help="Line and seal that an earlier verify printed.")
@home_option
@json_option
@report_errors
def verify_command(noted: Seal | None, home: Path | None, as_json: bool) -> None:
    r"""Walk the whole chain; an altered or missing line is named and the status is 1.

    The chain and its end are in the record itself: note the printed line and seal outside it, and give them again
    later, to know that all lines up to there are still as they were.

    \b
    Example:
      python -m twin audit verify --home clinic
      python -m twin audit verify --home clinic --noted 12:5f0c...
    """
    rows, problem = 0, ""
    with open_store(home) as store:
        end = store.audit_seal()
        try:
            rows = store.verify_audit(noted=noted)
        except BrokenAudit as broken:
            problem = str(broken)
    adopted = end.adopted if end else 0
    printed = f"{end.number}:{end.digest}" if end and not problem else ""
    if as_json:
        emit({"rows": rows, "verified": not problem, "problem": problem, "end": printed, "adopted": adopted})
    elif problem:
        click.echo(problem)
    else:
        click.echo(f"{counted(rows, 'line')} verified. The end to note elsewhere: {printed}")
        if adopted:
            click.echo(f"Lines up to {adopted:,} were there before ends were sealed; whether more were cannot be told.")
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
