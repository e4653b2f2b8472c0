"""Which errors are put into the record on purpose, and what should an importer do with each?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

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


def _too_large(kind: str, row: int, name: str, true: float) -> Slip:
    """Lose the decimal point, or add a zero."""
    return _as_is(kind, row, name, true, round(true * 10, 0), REFUSED)


def _without_value(kind: str, row: int, name: str, true: float) -> Slip:
    return _as_is(kind, row, name, true, None, REFUSED)


def _of_somebody_else(kind: str, row: int, name: str, true: float) -> Slip:
    return _as_is(kind, row, name, true, round(true + 30.0, 1), REFUSED, status="entered-in-error")


def _below_limit(kind: str, row: int, name: str, true: float) -> Slip:
    return _as_is(kind, row, name, true, 3.0, KEPT, comparator="<")


@dataclass(frozen=True, slots=True)
class Recipe:
    """One kind of slip: how many a thousand patients, which values it may befall, how it is written."""

    kind: str
    variable: str
    per_thousand: float
    low: float
    high: float
    write: Callable[[str, int, str, float], Slip]


RECIPES = (
    Recipe("unit_slip", "fasting_glucose", 24, 70, 170, partial(_number_of_other_unit, unit="mmol/L", decimals=1)),
    Recipe("unit_slip", "creatinine", 16, 0.5, 5, partial(_number_of_other_unit, unit="umol/L", decimals=0)),
    Recipe("unit_slip", "hba1c", 20, 5.0, 12, partial(_number_of_other_unit, unit="mmol/mol", decimals=0)),
    Recipe("decimal_slip", "potassium", 12, 3, 6, _too_large),
    Recipe("decimal_slip", "hemoglobin", 12, 8, 18, _too_large),
    Recipe("impossible_value", "heart_rate", 10, 45, 110, _too_large),
    Recipe("impossible_value", "weight", 10, 50, 150, _too_large),
    Recipe("absent", "potassium", 24, 3, 6, _without_value),
    Recipe("entered_in_error", "weight", 20, 50, 150, _of_somebody_else),
    Recipe("comparator", "uacr", 24, 1, 3, _below_limit),
    Recipe("other_unit", "hba1c", 300, 4.5, 14, partial(_in_unit, unit="mmol/mol", decimals=0)),
    Recipe("other_unit", "weight", 300, 45, 200, partial(_in_unit, unit=POUNDS, decimals=1)),
)
DUPLICATES = Recipe("duplicate", "hba1c", 30, 0, 20, lambda k, r, n, v: _as_is(k, r, n, v, v, KEPT))


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
    for recipe in RECIPES:
        column = left[recipe.variable]
        chosen = _drawn(recipe, column, patients, rng)
        slips += _written(recipe, column, chosen)
        stays = np.ones(len(column), dtype=bool)
        stays[chosen] = False
        left[recipe.variable] = Values(column.rows[stays], column.numbers[stays])
    column = left[DUPLICATES.variable]
    slips += _written(DUPLICATES, column, _drawn(DUPLICATES, column, patients, rng))
    return slips, left


def _drawn(recipe: Recipe, column: Values, patients: int, rng: np.random.Generator) -> np.ndarray:
    fitting = np.flatnonzero((column.numbers >= recipe.low) & (column.numbers <= recipe.high))
    count = min(len(fitting), max(1, round(recipe.per_thousand * patients / 1000)))
    return rng.choice(fitting, count, replace=False) if count else fitting


def _written(recipe: Recipe, column: Values, chosen: np.ndarray) -> list[Slip]:
    return [
        recipe.write(recipe.kind, row, recipe.variable, number)
        for row, number in zip(column.rows[chosen].tolist(), column.numbers[chosen].tolist(), strict=True)
    ]
