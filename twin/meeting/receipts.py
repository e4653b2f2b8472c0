"""What will be measured if it is done as decided?

The forecast is of one new measurement, 3 and 12 months after the decision. Under current care it is the twin's. A plan
moves draws of the twin's level by what its evidence cards say, with draws of the trials' effect and of this patient's
response; each is then spread by what the twin's band holds beyond the level, the deviations and the noise of a
measurement. Mean and 80 % band are those of all these values together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta

import numpy as np
import orjson
from scipy.special import ndtri

from twin.physiology.longitudinal import Twin, draw_levels, forecast, why_withheld
from twin.physiology.longitudinal.even import normal_quantiles
from twin.physiology.longitudinal.scale import forward
from twin.plans.actions import actions_of
from twin.plans.ground import Ground, ground_of
from twin.plans.now import moved_variables
from twin.plans.plan import CURRENT_CARE, ChangeVariable, Plan
from twin.plans.regimen import regimen
from twin.plans.safety import checks_of_plan
from twin.plans.simulate import trajectory_of
from twin.plans.work import stop_of
from twin.record.patient import Patient
from twin.variables import variable

AFTER_DAYS = (91, 365)
DAYS_PER_YEAR = 365.25
USUALLY_WATCHED = ("systolic_bp", "ldl_cholesterol", "hba1c")
"""What is forecast under current care where no plan says what to watch."""
NOTHING_TO_SAY = "No evidence card says that this moves, within a year, anything that was measured in this patient."
_GROUND_YEARS = 5  # any horizon will do: only the person and the responses are taken from the ground
_HALF_DAY = 0.5 / DAYS_PER_YEAR
_Z80 = float(ndtri(0.9))
_SPREAD = 50  # values about each draw


@dataclass(frozen=True, slots=True)
class Forecast:
    """A measurement to come: mean and 80 % band, canonical unit."""

    variable: str
    after_days: int
    day: date
    mean: float
    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether a value lies within the band."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Receipt:
    """What was forecast when something was decided; `withheld` says why there is no forecast.

    `care` is the name of the plan, or of current care.
    """

    made_on: date
    care: str
    forecasts: tuple[Forecast, ...] = ()
    withheld: str = ""

    def to_json(self) -> str:
        """Write it down."""
        return orjson.dumps(asdict(self)).decode()

    @classmethod
    def from_json(cls, text: str) -> "Receipt":
        """Read what `to_json` wrote."""
        raw = orjson.loads(text)
        forecasts = (Forecast(**{**one, "day": date.fromisoformat(one["day"])}) for one in raw["forecasts"])
        return cls(date.fromisoformat(raw["made_on"]), raw["care"], tuple(forecasts), raw["withheld"])


def receipt_of(
    patient: Patient, twin: Twin, plans: Sequence[Plan], chosen: int | None, *, on: date, draws: int, seed: int
) -> Receipt:
    """Forecast what the chosen plan moves; without one, what any of the plans would move, under current care.

    Parameters
    ----------
    chosen
        Which of the plans, from 1; ``None`` if current care goes on.
    on
        The day of the decision.
    draws, seed
        As for the comparison.
    """
    care = plans[chosen - 1] if chosen else CURRENT_CARE
    ground = ground_of(patient, twin, on=on, horizon_years=_GROUND_YEARS, draws=draws, seed=seed)
    withheld = why_withheld(patient, twin) or ground.unusable or _stop(patient, care, on)
    if withheld:
        return Receipt(on, care.name, withheld=withheld)
    moved = {days: _moved(ground, twin, care, days) for days in AFTER_DAYS}
    names = [name for name in (_names(moved.values()) if chosen else _watched(ground, twin, plans)) if twin.has(name)]
    if not names:
        return Receipt(on, care.name, withheld=NOTHING_TO_SAY)
    forecasts = [_forecast(twin, name, days, on, moved[days].get(name)) for name in names for days in AFTER_DAYS]
    return Receipt(on, care.name, tuple(one for one in forecasts if variable(one.variable).is_possible(one.mean)))


def _stop(patient: Patient, plan: Plan, on: date) -> str:
    return stop_of(checks_of_plan(patient, regimen(patient, plan, on=on), on=on))


def _watched(ground: Ground, twin: Twin, plans: Sequence[Plan]) -> Iterable[str]:
    """Return what to forecast where no plan was chosen: all that one of them would move within that time."""
    return _names(_moved(ground, twin, plan, days) for plan in plans for days in AFTER_DAYS) or USUALLY_WATCHED


def _names(moved: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in moved for name in one))


def _moved(ground: Ground, twin: Twin, plan: Plan, days: int) -> Mapping[str, tuple[np.ndarray, np.ndarray]]:
    """Return for each variable that a plan moves its level some days on, without and with the plan.

    Each has the point first and then the draws, which are the same for level, response and effect as in a comparison.
    """
    year, setting = days / DAYS_PER_YEAR, ground.setting
    stated = [change.variable for change in plan.changes if isinstance(change, ChangeVariable)]
    names = [name for name in dict.fromkeys((*moved_variables(), *stated)) if twin.has(name)]
    drawn = draw_levels(twin, names, np.array([year]), draws=setting.draws, seed=setting.seed)[:, 0]
    levels = {name: np.concatenate([[drawn[:, i].mean()], drawn[:, i]]) for i, name in enumerate(names)}
    then = replace(setting, edges=(0.0, year - _HALF_DAY, year + _HALF_DAY))  # the last interval is that day
    actions, _ = actions_of(plan, regimen(ground.patient, plan, on=ground.on), then)
    found = trajectory_of(actions, {name: np.tile(level, (2, 1)) for name, level in levels.items()}, then)
    return {name: (levels[name], found.reached[name]) for name in found.changes if name in levels}


def _forecast(twin: Twin, name: str, days: int, on: date, moved: tuple[np.ndarray, np.ndarray] | None) -> Forecast:
    bands = forecast(twin, np.array([float(days)]), name)
    mean, low, high = (float(line[0]) for line in (bands.mean, bands.low80, bands.high80))
    if moved is not None:
        mean, low, high = _with_plan(twin, name, low, high, *moved)
    return Forecast(name, days, on + timedelta(days=days), mean, low, high)


def _with_plan(
    twin: Twin, name: str, low: float, high: float, before: np.ndarray, after: np.ndarray
) -> tuple[float, float, float]:
    """Return mean and 80 % band of a new measurement once its level is moved from `before` to `after`."""
    power = twin.parameters.power[twin.columns[twin.slot(name)]]
    low, high, before, after = (forward(value, power) for value in (low, high, before[1:], after[1:]))
    beyond = np.sqrt(max(0.0, ((high - low) / (2.0 * _Z80)) ** 2 - float(np.var(before))))
    middle = after + ((low + high) / 2.0 - float(np.mean(before)))
    values = twin.natural(name, middle[:, None] + beyond * normal_quantiles(_SPREAD))
    return float(np.mean(values)), *map(float, np.quantile(values, (0.1, 0.9)))
