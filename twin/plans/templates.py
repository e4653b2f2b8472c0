"""How is a plan written down, so that it can be saved, named and used for another patient?

The text is that of a plans file (see `twin.plans.toml`): what is written here reads back as the same plans. Nothing of
the patient is in it. Where it is kept is not decided here.
"""

from collections.abc import Sequence
from decimal import Decimal

from twin.plans.plan import Change, ChangeVariable, Plan, StartTherapy, StopTherapy
from twin.variables import variable

_UNITS = {"weight": "kg", "activity": "min/wk", "sodium": "g/d", "alcohol": "g/d"}
_WORDS = {"smoking": "stop", "diet": "dash"}


def to_toml(plans: Sequence[Plan]) -> str:
    """Write plans as TOML."""
    return "\n".join(line for plan in plans for line in (*_plan(plan), ""))


def _plan(plan: Plan) -> list[str]:
    lines = ["[[plans]]", f"name = {_text(plan.name)}"]
    if plan.start:
        lines.append(f"start = {plan.start!r}")
    for change in plan.changes:
        lines += ["[[plans.changes]]", *_change(change)]
    return lines


def _change(change: Change) -> list[str]:
    if isinstance(change, StartTherapy):
        lines = [f"therapy = {_text(change.therapy)}"]
        if change.adherence != 1.0:
            lines.append(f"adherence = {change.adherence!r}")
        if change.start:
            lines.append(f"start = {change.start!r}")
        return lines if change.stop is None else [*lines, f"stop = {change.stop!r}"]
    if isinstance(change, StopTherapy):
        lines = [f"stop = {_text(change.ingredient)}"]
        return [*lines, f"start = {change.start!r}"] if change.start else lines
    if isinstance(change, ChangeVariable):
        size = _quantity(change.change, variable(change.variable).ucum)
        return [f"variable = {_text(change.variable)}", f"change = {_text(size)}"]
    stops = change.habit == "alcohol" and not change.amount
    value = "stop" if stops else _WORDS.get(change.habit) or _quantity(change.amount, _UNITS[change.habit])
    return [f"lifestyle = {_text(change.habit)}", f"value = {_text(value)}"]


def _quantity(number: float, unit: str) -> str:
    """Write a number with all its digits and no exponent."""
    return f"{Decimal(repr(number)):f} {unit}"


def _text(words: str) -> str:
    r"""Write a TOML string; what it may not hold as it is becomes ``\u....``."""
    escaped = "".join(c if c not in '"\\' and c >= " " and c != "\x7f" else f"\\u{ord(c):04x}" for c in words)
    return f'"{escaped}"'
