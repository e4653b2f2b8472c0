"""P-POSSUM: how likely are death or a complication within 30 days of an operation?

Notes
-----
Twelve physiological and six operative items give 1, 2, 4 or 8 points each. Their two sums enter a logistic
equation for death, the Portsmouth one, and another for morbidity, that of the original POSSUM. A sum that is
given is used instead of its items. Urea is scored in mmol/L; a mole of urea nitrogen is counted as one of urea,
as laboratories report it.

References
----------
.. [1] SRC-P-POSSUM
.. [2] SRC-POSSUM-TABLE
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import number_points, total, word_points
from twin.units import from_canonical

ID = "p_possum"
OUTPUTS = ("risk_death", "risk_morbidity")
NUMBERS = {
    "physiological_score": (
        "age",
        "systolic_bp",
        "heart_rate",
        "gcs",
        "urea_mmol_l",
        "sodium",
        "potassium",
        "hemoglobin",
        "white_cells",
    ),
    "operative_score": ("procedures", "blood_loss"),
}
WORDS = {
    "physiological_score": ("cardiac_signs", "respiratory_signs", "ecg"),
    "operative_score": ("operative_severity", "peritoneal_soiling", "malignancy", "mode_of_surgery"),
}


def item_points(score: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return the points of each item of one of the two scores."""
    urea = from_canonical("urea_nitrogen", columns["urea_nitrogen"], "mmol/L")
    # to and fro between units leaves dust that must not lift a value over the end of its band
    values = {**columns.values, "urea_mmol_l": np.round(urea, 9)}
    return {
        **{name: number_points(ID, name, values[name]) for name in NUMBERS[score]},
        **{name: word_points(ID, columns, name) for name in WORDS[score]},
    }


def _weighed(output: str, columns: Columns) -> dict[str, np.ndarray]:
    table = equation_coefficients(ID)
    terms = {}
    for score in NUMBERS:
        weight, given = table[score, "", output], columns[score]
        by_items = np.isnan(given)
        terms[score] = weight * np.where(by_items, 0.0, given)
        for name, points in item_points(score, columns).items():
            terms[name] = weight * np.where(by_items, points, 0.0)
    return {**terms, "constant": np.full(columns.size, table["constant", "", output])}


def terms(columns: Columns) -> Terms:
    """Return what the scores, or else their items, add to each logit."""
    return {output: _weighed(output, columns) for output in OUTPUTS}


def compute(columns: Columns) -> dict[str, np.ndarray]:
    """Return both risks."""
    return {output: 1.0 / (1.0 + np.exp(-total(parts))) for output, parts in terms(columns).items()}


def equations() -> Mapping[str, Equation]:
    """Return the equation by id."""
    return {ID: published(ID, scale="logistic", compute=compute, terms=terms)}
