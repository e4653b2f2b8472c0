"""How are the compiled kernels made ready before the first patient is opened?"""

from datetime import date

import numpy as np

from twin.physiology.longitudinal.forecasts import draw_levels, expected, forecast
from twin.physiology.longitudinal.twin import fit
from twin.record.patient import Patient, Series


def warm_up() -> None:
    """Fit a made-up patient, forecast, look back and draw."""
    times = np.array(["2020-01-01", "2021-01-01", "2022-01-01"], dtype="datetime64[s]")
    labels = np.array(["", "", ""])
    series = {"systolic_bp": Series("systolic_bp", times, np.array([130.0, 132.0, 131.0]), labels, labels)}
    patient = Patient("", "", "", "", date(1960, 1, 1), "female", "", None, True, series, None)
    twin = fit(patient, on=date(2022, 6, 1))
    forecast(twin, np.array([30.0]), "systolic_bp")
    expected(twin, "systolic_bp", times)
    draw_levels(twin, ("systolic_bp",), np.array([1.0]), draws=2, seed=0)
