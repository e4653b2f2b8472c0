"""``score`` and ``equations``: which published equation gives which risk?"""

import sys
from pathlib import Path

import click

from twin.cli.common import emit, json_option, note, report_errors, table
from twin.errors import BadFile
from twin.risk.catalogue import equations
from twin.risk.table import score_file


@click.command("score")
@click.argument("equation")
@click.argument("file", metavar="IN.csv", type=click.Path(path_type=Path))
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=None, help="Default: stdout.")
@json_option
@report_errors
def score_command(equation: str, file: Path, output: Path | None, as_json: bool) -> None:
    r"""Score a table of people with one published equation, one row out per row in.

    Columns are canonical names in canonical units, or carry a UCUM unit in brackets; a column that only
    another equation takes is read past, and said. A row outside the
    equation's range, or without a required input, has empty outputs and says why in `problems`; that is
    data, so the status stays 0.

    \b
    Example:
      python -m twin score prevent_base people.csv -o risks.csv
      (header: age,sex,systolic_bp,bp_treated,total_cholesterol [mmol/L],...)
    """
    if output and output.exists() and file.exists() and output.samefile(file):
        raise _unwritable(output, "is the table to be scored")
    scored = score_file(equation, file)
    if output:
        _write(output, scored.to_csv())
    if as_json:
        emit({"equation": equation, **scored.to_json()})
    elif not output:
        sys.stdout.write(scored.to_csv())
    if scored.unused:
        note(f"Not used by {equation}: {', '.join(scored.unused)}.")
    if scored.rows_with_problems:
        note(f"{scored.rows_with_problems:,} of {scored.rows:,} rows have problems; see the column `problems`.")


def _write(output: Path, text: str) -> None:
    try:
        output.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise _unwritable(output, f"cannot be written: {error.strerror}") from error


def _unwritable(output: Path, why: str) -> BadFile:
    return BadFile(f"{output}: {why}", clinical="Choose another place for the result. Nothing was changed.")


@click.command("equations")
@json_option
def equations_command(as_json: bool) -> None:
    r"""List every equation: id, version, inputs with units and ranges, outputs, source.

    \b
    Example:
      python -m twin equations --json
    """
    known = equations()
    if as_json:
        emit({"equations": [equation.to_json() for equation in known.values()]})
        return
    rows = [(e.id, e.version, ", ".join(e.outputs), e.source_id) for e in known.values()]
    click.echo(table(rows, ("equation", "version", "outputs", "source")))
