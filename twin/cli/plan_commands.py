"""``compare``: what would each plan do for this patient?"""

from datetime import date
from pathlib import Path

import click

from twin.cli.common import emit, json_option, on_option, report_errors, table
from twin.cli.opening import home_option, open_store
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare
from twin.plans.draws import DRAWS
from twin.plans.report import to_json
from twin.plans.toml import read_plans


@click.command("compare")
@click.argument("patient_id")
@click.option("--plans", "plans_file", metavar="PLANS.toml", type=click.Path(path_type=Path), required=True)
@click.option("--horizon", type=click.Choice(["5", "10", "30"]), default="10", show_default=True, help="Years.")
@click.option("--draws", type=click.IntRange(100, 100_000), default=DRAWS, show_default=True)
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

    \b
    In plans.toml, a plan is a name and any of these changes:
      [[plans]]
      name = "Two drugs, less salt"
      start = 0.5                        # years from today
      [[plans.changes]]
      therapy = "atorvastatin 40 mg"     # a name of data/therapies.csv
      adherence = 0.9                    # share of doses taken
      [[plans.changes]]
      stop = "gliclazide"                # a drug of the current list
      [[plans.changes]]
      variable = "systolic_bp"           # a stated change, whatever brings it about
      change = "-10 mmHg"
      [[plans.changes]]
      lifestyle = "sodium"               # or smoking "stop", weight "-8 kg",
      value = "-2 g/d"                   # activity "+150 min/wk", diet "dash"
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
    shown = (result["current_care"], *result["plans"])
    header = ("plan", "outcome", f"risk in {horizon} years", "95 % range", "difference to current care")
    click.echo(table([row for plan in shown for row in _rows(plan)], header))
    for plan in shown:
        for text in _remarks(plan):
            click.echo(f"{plan['name']}: {text}")


def _remarks(plan: dict) -> list[str]:
    """Return what is to be said of a plan, each thing once: problems, then what the safety checks found."""
    said: list[str] = []
    for text in plan["problems"]:
        if text.partition(": ")[2] not in said:  # an outcome withheld for a reason that withholds the whole plan
            said.append(text)
    found = [check["text"] for check in plan["checks"] if check["result"] == "found"]
    return said + [text for text in found if not any(text in earlier for earlier in said)]


def _rows(plan: dict) -> list[tuple]:
    """Lay out a plan's outcomes, its harms and what is left of its benefit once the harms are taken off."""
    named = {**plan["outcomes"], **{f"harm: {harm['label']}": harm for harm in plan["harms"].values()}}
    rows = [
        (
            plan["name"],
            name,
            _percent(found["risk"]),
            None if found["risk"] is None else f"{found['low']:.1%} to {found['high']:.1%}",
            _difference(found["difference"]),
        )
        for name, found in named.items()
    ]
    if plan["net_benefit"]:
        rows.append((plan["name"], "net benefit (negative: harm)", None, None, _difference(plan["net_benefit"])))
    return rows


def _percent(risk: float | None) -> str:
    return "not shown" if risk is None else f"{risk:.1%}"


def _difference(found: dict | None) -> str | None:
    return found and f"{found['mean']:+.1%} ({found['low']:+.1%} to {found['high']:+.1%})"
