"""``score`` and ``equations``: which published equation gives which risk?"""

import sys
from pathlib import Path

import click

from twin.cli.common import emit, json_option, note, report_errors, table
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

    Columns are canonical names in canonical units, or carry a UCUM unit in brackets. A row outside the
    equation's range, or without a required input, has empty outputs and says why in `problems`; that is
    data, so the status stays 0.

    \b
    Example:
      python -m twin score prevent_base people.csv -o risks.csv
      (header: age,sex,systolic_bp,bp_treated,total_cholesterol [mmol/L],...)
    """
    scored = score_file(equation, file)
    if as_json:
        emit({"equation": equation, **scored.to_json()})
    elif output is None:
        sys.stdout.write(scored.to_csv())
    else:
        output.write_text(scored.to_csv(), encoding="utf-8", newline="")
    if scored.rows_with_problems:
        note(f"{scored.rows_with_problems:,} of {scored.rows:,} rows have problems; see the column `problems`.")


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
