"""NEWS2, qSOFA and SOFA: how far are a patient's vital signs and organs from normal?

Notes
-----
Each is a sum of points. NEWS2 has two scales for oxygen saturation; on scale 2, for hypercapnic failure with
a target of 88 to 92 %, a saturation of 93 % or more gives points only on oxygen. NEWS2's band is ``high`` from
7, ``medium`` from 5, ``low-medium`` if one parameter alone gives 3, else ``low``. In SOFA a PaO2/FiO2 below 200
counts 3 or 4 only with ventilatory support; the cardiovascular and renal parts take the worse of two criteria.

References
----------
.. [1] SRC-NEWS2
.. [2] SRC-QSOFA
.. [3] SRC-SOFA
"""

from collections.abc import Mapping

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import Equation, Terms, published
from twin.risk.equations.points import number_points, total, word_points, yes_points

VASOPRESSORS = ("dopamine", "dobutamine", "epinephrine", "norepinephrine")
PARTS = ("respiration", "coagulation", "liver", "cardiovascular", "central_nervous", "renal")


def _saturation(columns: Columns) -> np.ndarray:
    spo2, on_oxygen = columns["spo2"], columns["on_oxygen"]
    by_scale = [number_points("news2", f"spo2_scale_{scale}", spo2) for scale in (1, 2)]
    above_target_on_air = (spo2 >= 93) & (on_oxygen == 0)
    second = np.where(above_target_on_air, 0.0, by_scale[1])
    scale = columns["spo2_scale"]
    return np.where(scale == 1, by_scale[0], np.where(scale == 2, second, np.nan))


def news2_terms(columns: Columns) -> dict[str, np.ndarray]:
    """Return the points of each of the seven parameters."""
    numbers = ("respiratory_rate", "temperature", "systolic_bp", "heart_rate")
    return {
        **{name: number_points("news2", name, columns[name]) for name in numbers},
        "spo2": _saturation(columns),
        "on_oxygen": yes_points("news2", columns, "on_oxygen"),
        "consciousness": word_points("news2", columns, "consciousness"),
    }


def _news2(columns: Columns) -> dict[str, np.ndarray]:
    terms = news2_terms(columns)
    score = total(terms)
    one_is_three = np.max([np.nan_to_num(points) for points in terms.values()], axis=0) == 3
    band = np.select([score >= 7, score >= 5, one_is_three], ["high", "medium", "low-medium"], "low")
    return {"news2": score, "news2_band": np.where(np.isnan(score), "", band).astype(object)}


def _news2_terms(columns: Columns) -> Terms:
    terms = news2_terms(columns)
    return {"news2": terms, "news2_band": terms}


def _qsofa_terms(columns: Columns) -> Terms:
    return {
        "qsofa": {
            "respiratory_rate": number_points("qsofa", "respiratory_rate", columns["respiratory_rate"]),
            "systolic_bp": number_points("qsofa", "systolic_bp", columns["systolic_bp"]),
            "altered_mentation": yes_points("qsofa", columns, "altered_mentation"),
        }
    }


def _sofa_parts(columns: Columns) -> dict[str, np.ndarray]:
    def points(name: str, values: np.ndarray) -> np.ndarray:
        return number_points("sofa", name, values)

    respiration = points("pao2_fio2", columns["pao2_fio2"])
    supported = columns["ventilated"] == 1
    doses = [points(name, np.nan_to_num(columns[name])) for name in VASOPRESSORS]
    urine = columns["urine_output"]
    return {
        "respiration": np.where(supported, respiration, np.minimum(respiration, 2.0)),
        "coagulation": points("platelets", columns["platelets"]),
        "liver": points("bilirubin", columns["bilirubin"]),
        "cardiovascular": np.max([points("mean_arterial_pressure", columns["mean_arterial_pressure"]), *doses], axis=0),
        "central_nervous": points("gcs", columns["gcs"]),
        "renal": np.fmax(points("creatinine", columns["creatinine"]), points("urine_output", urine)),
    }


def _sofa(columns: Columns) -> dict[str, np.ndarray]:
    parts = _sofa_parts(columns)
    return {"sofa": total(parts), **{f"sofa_{name}": parts[name] for name in PARTS}}


def _sofa_terms(columns: Columns) -> Terms:
    parts = _sofa_parts(columns)
    return {"sofa": parts, **{f"sofa_{name}": {name: parts[name]} for name in PARTS}}


def equations() -> Mapping[str, Equation]:
    """Return the three scores by id."""
    return {
        "news2": published("news2", scale="sum", compute=_news2, terms=_news2_terms),
        "qsofa": published(
            "qsofa",
            scale="sum",
            compute=lambda columns: {"qsofa": total(_qsofa_terms(columns)["qsofa"])},
            terms=_qsofa_terms,
        ),
        "sofa": published("sofa", scale="sum", compute=_sofa, terms=_sofa_terms),
    }
