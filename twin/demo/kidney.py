"""Which creatinine belongs to a filtration rate, and back, by CKD-EPI 2021?"""

import numpy as np

from twin.demo.settings import SEXES
from twin.evidence.coefficients import coefficients
from twin.risk.catalogue import score

EQUATION = "ckd_epi_2021"


def filtration(*, creatinine: np.ndarray, age: np.ndarray, is_male: np.ndarray) -> np.ndarray:
    """Return the estimated filtration rate by the project's own equation, in mL/min/1.73 m2.

    Parameters
    ----------
    creatinine
        [mg/dL]
    age
        [completed years]
    """
    columns = {"creatinine": creatinine, "age": age, "sex": np.where(is_male, *reversed(SEXES))}
    return score(EQUATION, columns).outputs["egfr"]


def creatinine_at(*, egfr: np.ndarray, age: np.ndarray, is_male: np.ndarray) -> np.ndarray:
    """Return the creatinine in mg/dL at which the equation gives a filtration rate; its inverse."""
    table = {(key[-2], key[-1]): value for key, value in coefficients(EQUATION).items()}

    def by_sex(term: str) -> np.ndarray:
        return np.where(is_male, table["male", term], table["female", term])

    at_divisor = table["both", "constant_factor"] * table["both", "age_factor"] ** age * by_sex("sex_factor")
    power = np.where(egfr > at_divisor, by_sex("creatinine_low_power"), table["both", "creatinine_high_power"])
    return by_sex("creatinine_divisor") * (egfr / at_divisor) ** (1.0 / power)
