"""Which errors are put into the record on purpose, and what should an importer do with each?"""

from dataclasses import dataclass

import numpy as np

from twin.demo.fhir_text import HL7, coding, concept, number, quantity
from twin.demo.reporting import Values
from twin.units import from_canonical
from twin.variables import variable

REFUSED, KEPT = "quarantined", "kept"
POUNDS = "[lb_av]"


@dataclass(frozen=True, slots=True)
class Slip:
    """One observation that is written wrongly, or rightly but unusually.

    `written` is the number as it stands in the file, `true` the one it should have been, canonical unit;
    `expected` says what a good importer does with it.
    """

    kind: str
    row: int  # of the visits
    variable: str
    true: float
    written: float | None
    unit: str
    code: str
    expected: str
    status: str = "final"
    comparator: str = ""

    def value_json(self) -> str:
        """Write the value, or why there is none."""
        if self.written is None:
            reason = concept(coding(HL7 + "data-absent-reason", "error", "Error"), words="Sample haemolysed")
            return f'"dataAbsentReason":{reason}'
        value = quantity(number(self.written), unit=self.unit, code=self.code, comparator=self.comparator)
        return f'"valueQuantity":{value}'


def _as_is(kind: str, row: int, name: str, true: float, written: float | None, expected: str, **more: str) -> Slip:
    known = variable(name)
    return Slip(kind, row, name, true, written, known.unit, known.ucum, expected, **more)


def _in_unit(kind: str, row: int, name: str, true: float, unit: str, decimals: int) -> Slip:
    written = round(float(from_canonical(name, true, unit)), decimals)
    return Slip(kind, row, name, true, written, unit, unit, KEPT)


def _number_of_other_unit(kind: str, row: int, name: str, true: float, unit: str, decimals: int) -> Slip:
    """Write a number in one unit under the label of the canonical one."""
    return _as_is(kind, row, name, true, round(float(from_canonical(name, true, unit)), decimals), REFUSED)


# Kind, variable, for each thousand patients, low and high of the values it may befall, and how it is written.
RECIPES = (
    ("unit_slip", "fasting_glucose", 24, 70, 170, lambda k, r, n, v: _number_of_other_unit(k, r, n, v, "mmol/L", 1)),
    ("unit_slip", "creatinine", 16, 0.5, 5, lambda k, r, n, v: _number_of_other_unit(k, r, n, v, "umol/L", 0)),
    ("unit_slip", "hba1c", 20, 5.0, 12, lambda k, r, n, v: _number_of_other_unit(k, r, n, v, "mmol/mol", 0)),
    ("decimal_slip", "potassium", 12, 3, 6, lambda k, r, n, v: _as_is(k, r, n, v, round(v * 10, 0), REFUSED)),
    ("decimal_slip", "hemoglobin", 12, 8, 18, lambda k, r, n, v: _as_is(k, r, n, v, round(v * 10, 0), REFUSED)),
    ("impossible_value", "heart_rate", 10, 45, 110, lambda k, r, n, v: _as_is(k, r, n, v, round(v * 10, 0), REFUSED)),
    ("impossible_value", "weight", 10, 50, 150, lambda k, r, n, v: _as_is(k, r, n, v, round(v * 10, 1), REFUSED)),
    ("absent", "potassium", 24, 3, 6, lambda k, r, n, v: _as_is(k, r, n, v, None, REFUSED)),
    (
        "entered_in_error",
        "weight",
        20,
        50,
        150,
        lambda k, r, n, v: _as_is(k, r, n, v, round(v + 30, 1), REFUSED, status="entered-in-error"),
    ),
    ("comparator", "uacr", 24, 1, 3, lambda k, r, n, v: _as_is(k, r, n, v, 3.0, KEPT, comparator="<")),
    ("other_unit", "hba1c", 300, 4.5, 14, lambda k, r, n, v: _in_unit(k, r, n, v, "mmol/mol", 0)),
    ("other_unit", "weight", 300, 45, 200, lambda k, r, n, v: _in_unit(k, r, n, v, POUNDS, 1)),
)
DUPLICATES = ("duplicate", "hba1c", 30)  # per thousand patients


def choose(values: dict[str, Values], patients: int, rng: np.random.Generator) -> tuple[list[Slip], dict[str, Values]]:
    """Draw the slips, and return the values that are left to be written as they are.

    Parameters
    ----------
    values
        As `report` returns them.
    patients
        Size of the panel, to which the numbers of slips are proportional.
    """
    slips, left = [], dict(values)
    for kind, name, per_thousand, low, high, make in RECIPES:
        rows, numbers = left[name].rows, left[name].numbers
        fitting = np.flatnonzero((numbers >= low) & (numbers <= high))
        count = min(len(fitting), max(1, round(per_thousand * patients / 1000)))
        chosen = rng.choice(fitting, count, replace=False) if count else fitting
        slips += [make(kind, int(rows[k]), name, float(numbers[k])) for k in chosen]
        stays = np.ones(len(rows), dtype=bool)
        stays[chosen] = False
        left[name] = Values(rows[stays], numbers[stays])
    kind, name, per_thousand = DUPLICATES
    count = min(len(left[name]), max(1, round(per_thousand * patients / 1000)))
    for k in rng.choice(len(left[name]), count, replace=False):
        value = float(left[name].numbers[k])
        slips.append(_as_is(kind, int(left[name].rows[k]), name, value, value, KEPT))
    return slips, left
