"""How does a patient's body behave over months and years, and where is it heading under current care?"""

from twin.physiology.longitudinal.forecasts import Bands, draw_levels, draw_response, expected, forecast
from twin.physiology.longitudinal.panel import Settings
from twin.physiology.longitudinal.parameters import Parameters, default_parameters
from twin.physiology.longitudinal.twin import ADULT_YEARS, Response, Twin, fit, fit_panel, why_withheld
from twin.physiology.longitudinal.watch import Surprise

__all__ = [
    "ADULT_YEARS",
    "Bands",
    "Parameters",
    "Response",
    "Settings",
    "Surprise",
    "Twin",
    "default_parameters",
    "draw_levels",
    "draw_response",
    "expected",
    "fit",
    "fit_panel",
    "forecast",
    "warm_up",
    "why_withheld",
]


def warm_up() -> None:
    """Load or compile the kernels by fitting a made-up patient; for a background thread at start."""
    from twin.physiology.longitudinal.warm import warm_up as load

    load()
