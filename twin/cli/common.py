"""What do all commands share: how results and errors are said?"""

import functools
import math
import sys
from collections.abc import Callable
from datetime import date

import click
import orjson

from twin.errors import TwinError

json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object on stdout.")
on_option = click.option(
    "--on",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    callback=lambda _ctx, _param, value: value.date() if value else date.today(),
    help="The day that counts as today.",
)


class Finite(click.FloatRange):
    """A number within a range that is one: ``nan`` lies in every range."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read the option's text."""
        number = super().convert(value, param, ctx)
        if not math.isfinite(number):
            self.fail(f"{value} is not a number.", param, ctx)
        return number


def emit(result: dict) -> None:
    """Write one JSON object to stdout."""
    options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS
    sys.stdout.write(orjson.dumps(result, option=options).decode() + "\n")


def note(text: str) -> None:
    """Write progress or a warning to stderr."""
    click.echo(text, err=True)


def progress_line() -> Callable[[float, str], None] | None:
    """Return a progress writer for a person at a terminal; ``None`` when nobody watches."""
    if not sys.stderr.isatty():
        return None

    def write(fraction: float, text: str) -> None:
        click.echo(f"\r{fraction:4.0%} {text:<60.60}", err=True, nl=fraction >= 1.0)

    return write


def report_errors(command: Callable) -> Callable:
    """Turn an error of ours, or of the disk, into its messages on stderr and exit status 2."""

    @functools.wraps(command)
    def run(*args, **kwargs):
        try:
            return command(*args, **kwargs)
        except TwinError as error:
            note(f"{error.code}: {error}\n{error.clinical}")
            sys.exit(2)
        except BrokenPipeError:  # the reader has seen enough
            raise
        except OSError as error:
            note(f"{error.filename or 'A file'}: {error.strerror}. Choose another place, or make room.")
            sys.exit(2)

    return run


def table(rows: list[tuple], header: tuple[str, ...]) -> str:
    """Lay rows out in columns, numbers to the right."""
    cells = [header, *[tuple("" if v is None else str(v) for v in row) for row in rows]]
    widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
    numeric = [
        all(isinstance(row[i], int | float) or row[i] is None for row in rows) and bool(rows)
        for i in range(len(header))
    ]
    lines = []
    for row in cells:
        parts = [c.rjust(w) if right else c.ljust(w) for c, w, right in zip(row, widths, numeric, strict=True)]
        lines.append("  ".join(parts).rstrip())
    return "\n".join(lines)
