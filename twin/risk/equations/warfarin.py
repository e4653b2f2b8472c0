"""IWPC and Gage: which weekly dose of warfarin will hold this patient's INR?

Notes
-----
IWPC: the square root of the weekly dose [mg] is a sum of terms; age counts in whole decades. Gage: the
logarithm of the daily dose [mg] is a sum of terms; VKORC1 and CYP2C9 count variant alleles. Each has a form
with genotypes and a clinical form without. Alleles of CYP2C9 other than ``*1``, ``*2`` and ``*3`` are not in
either study and are refused.

References
----------
.. [1] SRC-IWPC
.. [2] SRC-GAGE
"""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import total

GUIDED, CLINICAL = "dose_mg_week", "dose_mg_week_clinical"
DAYS_PER_WEEK = 7
RACES = ("asian", "black", "other")
DIPLOTYPES = ("*1/*2", "*1/*3", "*2/*2", "*2/*3", "*3/*3", "unknown")
WARFARIN = ("vkorc1_rs9923231", "cyp2c9")


def _is(columns: Columns, name: str, word: str) -> np.ndarray:
    return np.where(columns.code(name) < 0, np.nan, columns.equals(name, word))


def iwpc_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms before weighing; genotypes count in the guided form only."""
    return {
        "constant": np.ones(columns.size),
        "age_decades": np.floor(columns["age"] / 10),
        "height": columns["height"],
        "weight": columns["weight"],
        **{f"race_{race}": _is(columns, "race", race) for race in RACES},
        "enzyme_inducer": columns["takes_enzyme_inducer"],
        "amiodarone": columns["takes_amiodarone"],
        **{f"vkorc1_{word}": _is(columns, "vkorc1_rs9923231", word) for word in ("A/G", "A/A", "unknown")},
        **{f"cyp2c9_{word}": _is(columns, "cyp2c9", word) for word in DIPLOTYPES},
    }


def body_surface(columns: Columns) -> np.ndarray:
    """Return the body surface area by DuBois and DuBois, in m2."""
    table = equation_coefficients("warfarin_gage")
    height, weight = columns["height"], columns["weight"]
    factor = table["dubois", "factor"]
    return factor * height ** table["dubois", "height_power"] * weight ** table["dubois", "weight_power"]


def weekly_dose(root: np.ndarray) -> np.ndarray:
    """Return the dose from its square root; a root below zero is no dose."""
    return np.square(np.where(root < 0, np.nan, root))


def _alleles(columns: Columns, name: str, allele: str) -> np.ndarray:
    counts = np.array([word.split("/").count(allele) for word in columns.words(name)] + [np.nan], dtype=float)
    return counts[columns.code(name)]


def gage_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms before weighing; an unknown genotype leaves the guided form unknown."""
    unknown = {name: np.where(columns.equals(name, "unknown"), np.nan, 0.0) for name in WARFARIN}
    return {
        "constant": np.ones(columns.size),
        "bsa": body_surface(columns),
        "age": columns["age"],
        "race_black": _is(columns, "race", "black"),
        "target_inr": columns["target_inr"],
        "amiodarone": columns["takes_amiodarone"],
        "smoking": columns["current_smoker"],
        "dvt_or_pe": columns["dvt_or_pe"],
        "vkorc1_a_alleles": _alleles(columns, "vkorc1_rs9923231", "A") + unknown["vkorc1_rs9923231"],
        "cyp2c9_3_alleles": _alleles(columns, "cyp2c9", "*3") + unknown["cyp2c9"],
        "cyp2c9_2_alleles": _alleles(columns, "cyp2c9", "*2") + unknown["cyp2c9"],
    }


def _weighed(equation_id: str, terms: Callable[[Columns], dict[str, np.ndarray]], columns: Columns) -> Terms:
    prepared, table = terms(columns), equation_coefficients(equation_id)
    return {
        output: {name: table[form, name] * value for name, value in prepared.items() if (form, name) in table}
        for output, form in ((GUIDED, "pharmacogenetic"), (CLINICAL, "clinical"))
    }


def _compute(
    equation_id: str,
    terms: Callable[[Columns], dict[str, np.ndarray]],
    dose: Callable[[np.ndarray], np.ndarray],
    columns: Columns,
) -> dict[str, np.ndarray]:
    return {output: dose(total(parts)) for output, parts in _weighed(equation_id, terms, columns).items()}


def equations() -> Mapping[str, Equation]:
    """Return both by id."""
    forms = {
        "warfarin_iwpc": (iwpc_terms, weekly_dose, "steps"),
        "warfarin_gage": (gage_terms, lambda total: DAYS_PER_WEEK * np.exp(total), "steps"),
    }
    return {
        name: published(
            name, scale=scale, compute=partial(_compute, name, terms, dose), terms=partial(_weighed, name, terms)
        )
        for name, (terms, dose, scale) in forms.items()
    }
