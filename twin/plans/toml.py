"""Which plans does a TOML file describe?"""

import re
import tomllib
from pathlib import Path

from twin.errors import BadFile, TwinError
from twin.evidence.therapies import therapy
from twin.plans.plan import Change, ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.units import difference_to_canonical
from twin.variables import variable

_QUANTITY = re.compile(r"^\s*(?P<number>[+-]?\d+(?:\.\d+)?)(?:\s+(?=\S)|(?=[^\d\s.]))(?P<unit>.*?)\s*$")
_KEYS = {
    "therapy": {"therapy", "adherence", "start", "stop"},
    "stop": {"stop", "start"},
    "variable": {"variable", "change"},
    "lifestyle": {"lifestyle", "value"},
}


def read_plans(source: Path | str) -> tuple[Plan, ...]:
    """Read plans from a file, or from TOML text.

    Parameters
    ----------
    source
        A ``Path``, or the text itself. The format is in the README.

    Raises
    ------
    BadFile
        If the file cannot be read, or a plan says what no table here knows; names file, plan and field.
    """
    name = source.name if isinstance(source, Path) else "plans"
    try:
        text = source.read_text(encoding="utf-8") if isinstance(source, Path) else source
        raw = tomllib.loads(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadFile(f"{name}: {error}", clinical=f"The plans file “{name}” cannot be read: {error}.") from error
    plans = raw.get("plans")
    if not isinstance(plans, list) or not plans or set(raw) != {"plans"}:
        raise _bad(name, "no plans", "it needs one or more [[plans]] and nothing else at its top")
    return tuple(_plan(name, index, entry) for index, entry in enumerate(plans, start=1))


def _bad(name: str, where: str, why: str) -> BadFile:
    return BadFile(f"{name}, {where}: {why}", clinical=f"The plans file “{name}” cannot be used. {where}: {why}.")


def _plan(name: str, index: int, entry: object) -> Plan:
    where = f"plan {index}"
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or not entry["name"].strip():
        raise _bad(name, where, "field name is missing")
    where = f"plan {index} ({entry['name']})"
    unknown = set(entry) - {"name", "start", "changes"}
    if unknown:
        raise _bad(name, where, f"field {sorted(unknown)[0]} is not known")
    start = _number(name, f"{where}, field start", entry.get("start", 0.0), low=0.0, high=100.0)
    changes = entry.get("changes", [])
    if not isinstance(changes, list):
        raise _bad(name, where, "field changes must be [[plans.changes]]")
    return Plan(
        entry["name"].strip(),
        tuple(_change(name, f"{where}, change {number}", change) for number, change in enumerate(changes, start=1)),
        start,
    )


def _change(name: str, where: str, entry: dict) -> Change:
    kind = next((key for key in ("therapy", "variable", "lifestyle", "stop") if key in entry), None)
    if kind is None:
        raise _bad(name, where, "needs one of the fields therapy, stop, variable, lifestyle")
    unknown = set(entry) - _KEYS[kind]
    if unknown:
        raise _bad(name, where, f"field {sorted(unknown)[0]} does not belong to a change of {kind}")
    try:
        return _READERS[kind](name, where, entry)
    except BadFile:
        raise
    except TwinError as error:
        raise _bad(name, f"{where}, field {kind}", error.clinical.rstrip(".")) from error


def _therapy(name: str, where: str, entry: dict) -> StartTherapy:
    known = therapy(" ".join(str(entry["therapy"]).lower().split()))
    adherence = _number(name, f"{where}, field adherence", entry.get("adherence", 1.0), low=0.0, high=1.0)
    start = _number(name, f"{where}, field start", entry.get("start", 0.0), low=0.0, high=100.0)
    stop = entry.get("stop")
    if stop is not None:
        stop = _number(name, f"{where}, field stop", stop, low=start, high=200.0)
    return StartTherapy(known.name, adherence, start, stop)


def _stop(name: str, where: str, entry: dict) -> StopTherapy:
    ingredient = str(entry["stop"]).strip().lower()
    if not re.fullmatch(r"[a-z][a-z -]*", ingredient):
        raise _bad(name, f"{where}, field stop", "must be an ingredient, without a dose")
    start = _number(name, f"{where}, field start", entry.get("start", 0.0), low=0.0, high=100.0)
    return StopTherapy(ingredient, start)


def _variable(name: str, where: str, entry: dict) -> ChangeVariable:
    known = variable(str(entry["variable"]))
    number, unit = _quantity(name, f"{where}, field change", entry.get("change"))
    return ChangeVariable(known.name, float(difference_to_canonical(known.name, number, unit)))


def _lifestyle(name: str, where: str, entry: dict) -> Lifestyle:
    habit, value = entry["lifestyle"], entry.get("value")
    here = f"{where}, field value"
    if habit == "alcohol" and value == "stop":
        return Lifestyle(habit)
    if habit in _WORDS:
        if value != _WORDS[habit]:
            raise _bad(name, here, f'for {habit} it must be "{_WORDS[habit]}"')
        return Lifestyle(habit)
    if habit == "weight":
        number, unit = _quantity(name, here, value)
        return Lifestyle("weight", float(difference_to_canonical("weight", number, unit)))
    if habit in _AMOUNTS:
        wanted, low, high, example = _AMOUNTS[habit]
        number, unit = _quantity(name, here, value)
        if unit != wanted or not low <= number <= high:
            raise _bad(name, here, f'must be from {low:g} to {high:g} {wanted}, such as "{example}"')
        return Lifestyle(habit, number)
    raise _bad(
        name,
        f"{where}, field lifestyle",
        f"“{habit}” has no evidence card; known are smoking, weight, activity, sodium, diet and alcohol",
    )


_WORDS = {"smoking": "stop", "diet": "dash"}
_AMOUNTS = {
    "activity": ("min/wk", 0.0, 1500.0, "+150 min/wk"),
    "sodium": ("g/d", -6.0, 6.0, "-2 g/d"),
    "alcohol": ("g/d", -200.0, 0.0, "-20 g/d"),
}


def _quantity(name: str, where: str, text: object) -> tuple[float, str]:
    match = _QUANTITY.match(text) if isinstance(text, str) else None
    if match is None:
        raise _bad(name, where, 'must be a number with its unit, such as "-10 mmHg"')
    return float(match["number"]), match["unit"]


def _number(name: str, where: str, value: object, *, low: float, high: float) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise _bad(name, where, f"must be a number from {low:g} to {high:g}")
    return float(value)


_READERS = {"therapy": _therapy, "stop": _stop, "variable": _variable, "lifestyle": _lifestyle}
