"""What happens to this person under current care, as a point and in draws, before any plan is looked at?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from twin.errors import OutOfValidityRange, TwinError
from twin.evidence.cards import OUTCOMES, Effect
from twin.evidence.therapies import biomarker_effects, matching_therapy
from twin.physiology.longitudinal import Twin, draw_response
from twin.plans.applicability import widening_for
from twin.plans.draws import luck
from twin.plans.effects import Response, Setting
from twin.plans.next_event import compared_as, said_of_event, shares_after, without_heart_failure
from twin.plans.now import Now
from twin.plans.people import average_death, suited_for
from twin.plans.regimen import Course
from twin.record.patient import Patient
from twin.risk.choose import FIRST_EVENT, NEXT_EVENT, event_equation
from twin.risk.columns import Columns
from twin.risk.competing import risk_of
from twin.risk.estimate import estimate
from twin.risk.hazard import CURVES
from twin.risk.life_table import DeathCurve, estimate_death
from twin.risk.results import HAS_DIED, Estimate, RiskEstimate, Withheld
from twin.risk.yearly import yearly_curve
from twin.variables import variable
from twin.words import day

INTERVALS = {5: 20, 10: 20, 30: 30}  # horizon: a quarter, a half and a whole year each
KFRE = "kfre_4"


def summed(rows: np.ndarray) -> np.ndarray:
    """Add up the rows from the first on, in place; several times as fast as a cumulative sum along the first axis."""
    for row in range(1, len(rows)):
        rows[row] += rows[row - 1]
    return rows


def chance(hazard: np.ndarray) -> np.ndarray:
    """Return the risk of a cumulative hazard; several times as fast as `expm1`, exact above 1 in a million."""
    return 1.0 - np.exp(-hazard)


@dataclass(frozen=True, slots=True, eq=False)
class Baseline:
    """One outcome under current care.

    `increments` is the cumulative hazard gained in each interval, shape (intervals, 1 + draws), column 0 the
    equation at the recorded values; ``None`` if `estimate` is withheld. `deaths` is the same of death before the
    event, where the equation gives it apart; in the others the hazard already counts those who die as free.
    """

    estimate: Estimate
    increments: np.ndarray | None
    deaths: np.ndarray | None = None

    def risks(self, ratio: np.ndarray | float) -> np.ndarray:
        """Return the risk at the end of each interval under a hazard ratio."""
        if self.deaths is None:
            return chance(summed(self.increments * ratio))
        return risk_of(self.increments * ratio, self.deaths)

    @property
    def point(self) -> "Baseline":
        """Return the same without the draws."""
        return replace(
            self, increments=self.increments[:, :1], deaths=None if self.deaths is None else self.deaths[:, :1]
        )


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """What a comparison stands on; with it at hand a plan is a matter of milliseconds.

    `shares` says of what an outcome is made, by the hazards of the equation's own parts. `levels` are the
    variables under current care in the middle of each interval, shape (intervals, 1 + draws), column 0 the
    recorded value throughout. `unusable` says why there are no numbers at all, `problems` what weakens them.
    `equation` is the one for cardiovascular events in people like this, `inputs` are its inputs today, the recorded
    ones first, then one row a draw; ``None`` if it gives no risk.
    """

    setting: Setting
    horizon_years: int
    baselines: Mapping[str, Baseline]
    shares: Mapping[str, Mapping[str, float]]
    levels: Mapping[str, np.ndarray]
    unusable: str = ""
    problems: tuple[str, ...] = ()
    equation: str = FIRST_EVENT
    inputs: Columns | None = None

    @property
    def patient(self) -> Patient:
        """Return the person."""
        return self.setting.patient

    @property
    def on(self) -> date:
        """Return the day that counts as today."""
        return self.setting.on

    @property
    def events(self) -> str:
        """Return the outcome that holds all cardiovascular events with an estimate: CVD, after an event ASCVD."""
        return "ascvd" if self.equation == NEXT_EVENT else "cvd"

    def has(self, outcome: str) -> bool:
        """Say whether an outcome has an estimate."""
        return outcome in self.baselines and self.baselines[outcome].increments is not None


def ground_of(patient: Patient, twin: Twin, *, on: date, horizon_years: int, draws: int, seed: int) -> Ground:
    """Prepare what every plan for this person, day, horizon and seed has in common.

    Raises
    ------
    OutOfValidityRange
        If the horizon is not 5, 10 or 30 years.
    """
    if horizon_years not in INTERVALS:
        raise OutOfValidityRange(
            f"horizon_years={horizon_years!r} is not one of {sorted(INTERVALS)}",
            clinical="Plans can be compared over 5, 10 or 30 years.",
        )
    edges = np.linspace(0.0, horizon_years, INTERVALS[horizon_years] + 1)
    setting = Setting(
        patient,
        on,
        tuple(edges.tolist()),
        draws,
        seed,
        _responses(twin, draws=draws, seed=seed),
        suited_for(patient, on=on),
        widening_for(patient, on=on),
    )
    reason = _unusable(patient, twin, on)
    if reason:
        withheld = {name: Baseline(Withheld(name, horizon_years, "", reason), None) for name in OUTCOMES}
        return Ground(setting, horizon_years, withheld, {}, {}, unusable=reason)
    chosen = event_equation(patient, on=on)
    middle = (edges[:-1] + edges[1:]) / 2.0
    now = Now(patient, twin, on=on, years=middle, draws=draws, seed=seed, equations=(chosen, KFRE))
    events, said = _events(now, chosen, edges, horizon_years)
    baselines = {**events, **_equation(now, KFRE, edges, horizon_years), "death": _death(now, edges, horizon_years)}
    ground = Ground(
        setting,
        horizon_years,
        baselines,
        {"ascvd": shares_after(patient, on=on)} if chosen == NEXT_EVENT else _shares(baselines),
        now.levels(),
        problems=(*_measured_before(patient, on), *said, *average_death(patient, on=on)),
        equation=chosen,
    )
    return replace(ground, inputs=now.columns(chosen)) if ground.has(ground.events) else ground


def _unusable(patient: Patient, twin: Twin, on: date) -> str:
    if patient.has_died(on):
        return HAS_DIED
    if not twin.in_sync:
        return f"Out of sync: do not use. {twin.out_of_sync_reason}"
    return ""


def _measured_before(patient: Patient, on: date) -> tuple[str, ...]:
    """Say which recorded values are older than a drug that moves them: they are not those of current care."""
    found = []
    for medication in patient.current_medications(on):
        known = matching_therapy(medication.ingredient, medication.dose_mg)
        for effect in biomarker_effects(known.name) if known and medication.start else ():
            latest = patient.latest(effect.variable, on)
            if latest is not None and latest.time.date() < medication.start:
                label, when = variable(effect.variable).label, day(latest.time.date())
                found.append(f"{label} of {when} was measured before {known.ingredient} was started. Measure it again.")
    return tuple(dict.fromkeys(found))


def _events(
    now: Now, equation_id: str, edges: np.ndarray, horizon_years: int
) -> tuple[dict[str, Baseline], tuple[str, ...]]:
    """Return the baselines of cardiovascular events, and what must be said of them."""
    if equation_id != NEXT_EVENT:
        return _equation(now, equation_id, edges, horizon_years), ()
    (known,) = estimate(now.patient, equation_id, on=now.on, horizon_years=horizon_years)
    refused = without_heart_failure(known.equation, horizon_years)
    found = {name: Baseline(reason, None) for name, reason in refused.items()}
    if isinstance(known, Withheld):
        return {**found, compared_as(known): Baseline(known, None)}, ()
    event, death = (gained.T for gained in yearly_curve(now.columns(equation_id)).gained(edges))
    return {**found, compared_as(known): Baseline(known, event, death)}, (said_of_event(now.patient, on=now.on),)


def _equation(now: Now, equation_id: str, edges: np.ndarray, horizon_years: int) -> dict[str, Baseline]:
    estimates = estimate(now.patient, equation_id, on=now.on, horizon_years=horizon_years)
    if all(isinstance(known, Withheld) for known in estimates):
        return {known.outcome: Baseline(known, None) for known in estimates}
    curves = CURVES[equation_id](now.columns(equation_id))
    found = {}
    for known in estimates:
        shown = isinstance(known, RiskEstimate)
        curve = curves[f"risk_{known.outcome}"] if shown else None
        found[known.outcome] = Baseline(known, np.diff(curve.cumulative(edges), axis=1).T if shown else None)
    return found


def _death(now: Now, edges: np.ndarray, horizon_years: int) -> Baseline:
    try:
        known = estimate_death(now.patient, on=now.on, horizon_years=horizon_years)
        if isinstance(known, Withheld):
            return Baseline(known, None)
        curve = DeathCurve(now.patient.sex, float(now.patient.age_years(now.on)))
        increments = np.diff(curve.cumulative(edges), axis=1).T
    except TwinError as error:
        return Baseline(Withheld("death", horizon_years, "", error.clinical), None)
    return Baseline(known, np.broadcast_to(increments, (len(edges) - 1, 1 + now.draws)))


def _shares(baselines: Mapping[str, Baseline]) -> dict[str, dict[str, float]]:
    """Return of what ASCVD and CVD are made, by the equation's cumulative hazards to the horizon.

    Where heart failure is withheld (BMI outside the range) its share is what ASCVD leaves of CVD.
    """
    total = {name: float(b.increments[:, 0].sum()) for name, b in baselines.items() if b.increments is not None}
    shares = {}
    if "chd" in total and "stroke" in total:
        chd = total["chd"] / (total["chd"] + total["stroke"])
        shares["ascvd"] = {"chd": chd, "stroke": 1.0 - chd}
    if "ascvd" in total and "cvd" in total:
        heart_failure = total.get("heart_failure", max(total["cvd"] - total["ascvd"], 0.0))
        ascvd = total["ascvd"] / (total["ascvd"] + heart_failure)
        shares["cvd"] = {"ascvd": ascvd, "heart_failure": 1.0 - ascvd}
    return shares


def _responses(twin: Twin, *, draws: int, seed: int) -> Response:
    """Return how this patient answers to a drug, each answer drawn once."""
    known: dict[tuple[str, str], np.ndarray] = {}

    def response(course: Course, effect: Effect) -> np.ndarray:
        therapy, variable = course.therapy, effect.variable
        key = (therapy.drug_class, variable)
        if key not in known:
            point = next((r.mean for r in twin.responses if (r.drug_class, r.variable) == key), 1.0)
            unknown = luck(key, draws=draws, seed=seed)[1:]
            if twin.has(variable):
                drawn = draw_response(twin, therapy.name, variable, draws=draws, seed=seed, unknown=unknown)
            else:
                drawn = 1.0 + effect.response_sd * unknown
            known[key] = np.concatenate([[point], drawn])
        return known[key]

    return response
