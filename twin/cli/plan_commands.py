"""``compare``: what would each plan do for this patient?"""

from datetime import date
from pathlib import Path

import click

from twin.cli.common import emit, json_option, on_option, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare
from twin.plans.report import to_json
from twin.plans.toml import read_plans


@click.command("compare")
@click.argument("patient_id")
@click.option("--plans", "plans_file", metavar="PLANS.toml", type=click.Path(path_type=Path), required=True)
@click.option("--horizon", type=click.Choice(["5", "10", "30"]), default="10", show_default=True, help="Years.")
@click.option("--draws", type=click.IntRange(100, 100_000), default=1000, show_default=True)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True)
@home_option
@on_option
@json_option
@report_errors
def compare_command(
    patient_id: str, plans_file: Path, horizon: str, draws: int, seed: int, home: Path | None, on: date, as_json: bool
) -> None:
    r"""Compare plans with current care: risk, range, difference, harms, checks, evidence.

    \b
    Example:
      python -m twin compare PATIENT_ID --plans plans.toml --horizon 10 --json
    """
    plans = read_plans(plans_file)
    with open_store(home) as store:
        patient = store.patient(patient_id)
        twin = fit(patient, on=on)
        comparison = compare(patient, twin, plans, on=on, horizon_years=int(horizon), draws=draws, seed=seed)
        store.audit("run", patient_id, {"what": "compare", "plans": len(plans), "horizon_years": int(horizon)})
    result = to_json(comparison)
    if as_json:
        emit(result)
        return
    rows = []
    for plan in (result["current_care"], *result["plans"]):
        for outcome, found in plan["outcomes"].items():
            difference = found["difference"]
            rows.append(
                (
                    plan["name"],
                    outcome,
                    _percent(found["risk"]),
                    None if found["risk"] is None else f"{found['low']:.1%} to {found['high']:.1%}",
                    difference and f"{difference['mean']:+.1%} ({difference['low']:+.1%} to {difference['high']:+.1%})",
                )
            )
    header = ("plan", "outcome", f"risk in {horizon} years", "95 % range", "difference to current care")
    click.echo(table(rows, header))
    for plan in (result["current_care"], *result["plans"]):
        for problem in plan["problems"]:
            click.echo(f"{plan['name']}: {problem}")


def _percent(risk: float | None) -> str:
    return "not shown" if risk is None else f"{risk:.1%}"
