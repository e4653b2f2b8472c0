"""MELD, MELD-Na, MELD 3.0, Child-Pugh, ALBI and FIB-4: how sick is the liver?

Notes
-----
The MELD family adds coefficients times logarithms of laboratory values held within limits; dialysis twice in
the past week sets creatinine to its upper limit. Published scores are whole numbers from 6 to 40, halves
rounded up; ``*_raw`` is the sum before rounding and limits. MELD-Na starts from the whole MELD and adds sodium
where that is above 11. Child-Pugh is a sum of points, class A to 6, B to 9, C above. ALBI is a sum with grade 1
up to -2.60 and grade 2 up to -1.39. FIB-4 is ``age x AST / (platelets x sqrt(ALT))``.

References
----------
.. [1] SRC-MELD
.. [2] SRC-MELD-3
.. [3] SRC-CHILD-PUGH
.. [4] SRC-ALBI
.. [5] SRC-FIB-4
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, equation_coefficients, published
from twin.risk.equations.points import number_points, total, word_points
from twin.units import from_canonical


def _within(equation_id: str, name: str, values: np.ndarray) -> np.ndarray:
    """Hold values within the limits the score sets for them."""
    table = equation_coefficients(equation_id)
    return np.clip(values, table.get((name, "lowest"), -np.inf), table.get((name, "highest"), np.inf))


def _creatinine(equation_id: str, columns: Columns) -> np.ndarray:
    highest = equation_coefficients(equation_id)["creatinine", "highest"]
    on_dialysis = columns["dialysis_twice_past_week"] == 1
    return np.where(on_dialysis, highest, _within(equation_id, "creatinine", columns["creatinine"]))


def _whole(equation_id: str, raw: np.ndarray) -> np.ndarray:
    return _within(equation_id, "score", np.floor(raw + 0.5))


def meld_terms(equation_id: str, columns: Columns) -> dict[str, np.ndarray]:
    """Return what bilirubin, INR and creatinine add."""
    table = equation_coefficients(equation_id)
    return {
        "bilirubin": table["bilirubin", "ln"] * np.log(_within(equation_id, "bilirubin", columns["bilirubin"])),
        "inr": table["inr", "ln"] * np.log(_within(equation_id, "inr", columns["inr"])),
        "creatinine": table["creatinine", "ln"] * np.log(_creatinine(equation_id, columns)),
        "constant": np.full(columns.size, table["constant", "sum"]),
    }


def _meld(columns: Columns) -> dict[str, np.ndarray]:
    raw = total(meld_terms("meld", columns))
    return {"meld": _whole("meld", raw), "meld_raw": raw}


def meld_na_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the whole MELD and what sodium adds to it."""
    table = equation_coefficients("meld_na")
    meld = _whole("meld_na", total(meld_terms("meld_na", columns)))
    below_137 = table["sodium", "highest"] - _within("meld_na", "sodium", columns["sodium"])
    counts = meld > table["meld", "above"]
    return {
        "meld": meld,
        "sodium": np.where(counts, table["sodium", "below_137"] * below_137, 0.0),
        "meld_x_sodium": np.where(counts, table["meld", "below_137"] * meld * below_137, 0.0),
    }


def _meld_na(columns: Columns) -> dict[str, np.ndarray]:
    raw = total(meld_na_terms(columns))
    return {"meld_na": _whole("meld_na", raw), "meld_na_raw": raw}


def meld_3_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the terms of MELD 3.0, with sodium, albumin and sex."""
    table = equation_coefficients("meld_3")
    below_137 = table["sodium", "highest"] - _within("meld_3", "sodium", columns["sodium"])
    below_35 = table["albumin", "highest"] - _within("meld_3", "albumin", columns["albumin"])
    ln_bilirubin = np.log(_within("meld_3", "bilirubin", columns["bilirubin"]))
    ln_creatinine = np.log(_creatinine("meld_3", columns))
    sex = columns.code("sex")
    woman = np.where(sex < 0, np.nan, columns.equals("sex", "female"))
    return {
        "female": table["female", "sum"] * woman,
        **meld_terms("meld_3", columns),
        "sodium": table["sodium", "below_137"] * below_137,
        "sodium_x_bilirubin": table["sodium_x_bilirubin", "product"] * below_137 * ln_bilirubin,
        "albumin": table["albumin", "below_3_5"] * below_35,
        "albumin_x_creatinine": table["albumin_x_creatinine", "product"] * below_35 * ln_creatinine,
    }


def _meld_3(columns: Columns) -> dict[str, np.ndarray]:
    raw = total(meld_3_terms(columns))
    return {"meld_3": _whole("meld_3", raw), "meld_3_raw": raw}


def child_pugh_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the points of each of the five items."""
    return {
        **{name: number_points("child_pugh", name, columns[name]) for name in ("bilirubin", "albumin", "inr")},
        **{name: word_points("child_pugh", columns, name) for name in ("ascites", "encephalopathy")},
    }


def _child_pugh(columns: Columns) -> dict[str, np.ndarray]:
    score = total(child_pugh_terms(columns))
    grade = np.select([score >= 10, score >= 7, score >= 5], ["C", "B", "A"], "")
    return {"child_pugh": score, "child_pugh_class": grade.astype(object)}


def albi_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return what bilirubin in umol/L and albumin in g/L add."""
    table = equation_coefficients("albi")
    return {
        "bilirubin": table["bilirubin", "log10"]
        * np.log10(from_canonical("bilirubin", columns["bilirubin"], "umol/L")),
        "albumin": table["albumin", "linear"] * from_canonical("albumin", columns["albumin"], "g/L"),
    }


def _albi(columns: Columns) -> dict[str, np.ndarray]:
    table = equation_coefficients("albi")
    score = total(albi_terms(columns))
    grade = 1.0 + (score > table["grade_1", "up_to"]) + (score > table["grade_2", "up_to"])
    return {"albi": score, "albi_grade": np.where(np.isnan(score), np.nan, grade)}


def fib4_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the logarithm of each factor."""
    table = equation_coefficients("fib4")
    return {name: table[name, "power"] * np.log(columns[name]) for name in ("age", "ast", "platelets", "alt")}


def _same_terms(terms: dict[str, np.ndarray], *outputs: str) -> Terms:
    return dict.fromkeys(outputs, terms)


def equations() -> Mapping[str, Equation]:
    """Return the six scores by id."""
    return {
        "meld": published(
            "meld",
            scale="sum",
            compute=_meld,
            terms=lambda columns: _same_terms(meld_terms("meld", columns), "meld", "meld_raw"),
        ),
        "meld_na": published(
            "meld_na",
            scale="sum",
            compute=_meld_na,
            terms=lambda columns: _same_terms(meld_na_terms(columns), "meld_na", "meld_na_raw"),
        ),
        "meld_3": published(
            "meld_3",
            scale="sum",
            compute=_meld_3,
            terms=lambda columns: _same_terms(meld_3_terms(columns), "meld_3", "meld_3_raw"),
        ),
        "child_pugh": published(
            "child_pugh",
            scale="sum",
            compute=_child_pugh,
            terms=lambda columns: _same_terms(child_pugh_terms(columns), "child_pugh", "child_pugh_class"),
        ),
        "albi": published(
            "albi",
            scale="sum",
            compute=_albi,
            terms=lambda columns: _same_terms(albi_terms(columns), "albi", "albi_grade"),
        ),
        "fib4": published(
            "fib4",
            scale="exp",
            compute=lambda columns: {"fib4": np.exp(total(fib4_terms(columns)))},
            terms=lambda columns: {"fib4": fib4_terms(columns)},
        ),
    }
