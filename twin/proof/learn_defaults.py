"""How were the shipped hyperparameters of the twin learned? ``python -m twin.proof.learn_defaults`` learns them again.

From a demo panel of its own seed, which no shipped or demonstrated record shares. What the demo panel does
not measure rests on NHANES means, on published variation within a person, and else on the registry's
plausible limits; the column ``basis`` says which.
"""

import csv
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from twin.data_files import DATA, read_table
from twin.demo.panel import write_panel
from twin.governance.session import demo_session
from twin.physiology.longitudinal.learn import learn
from twin.physiology.longitudinal.panel import Settings, events_of, with_treatments
from twin.physiology.longitudinal.parameters import (
    AGE_CENTRE,
    AGE_SCALE,
    DAYS_PER_YEAR,
    FOREVER,
    TERMS,
    Parameters,
)
from twin.physiology.longitudinal.scale import forward
from twin.record.database import Database
from twin.record.imports import import_paths
from twin.record.patient import Patient
from twin.variables import Variable, registry

PATIENTS, SEED, TODAY = 1500, 20_261, date(2026, 11, 24)
LEAST_VALUES = 2_000
HORIZON_YEARS = 1.0
# What a condition does to the pace of change is to be said of those who have it when a forecast begins, so that
# those who get it later count among those without.
KNOWN_BEFORE = timedelta(days=5 * 365)
DEVIATION_DAYS = 60.0  # a deviation from the level that is not worth a clinician's plan
# Scores and what hardly changes in an adult: no course worth forecasting.
WITHOUT = frozenset({"height", "bmi", "gcs", "pain_score", "mmse", "lvef", "fev1_fvc"})
# Right-skewed, or changed by a share of themselves: these vary evenly on the logarithm.
LOGARITHM = frozenset(
    {
        "total_cholesterol",
        "hdl_cholesterol",
        "ldl_cholesterol",
        "non_hdl_cholesterol",
        "triglycerides",
        "apolipoprotein_b",
        "lipoprotein_a",
        "glucose",
        "fasting_glucose",
        "mean_glucose",
        "creatinine",
        "cystatin_c",
        "egfr",
        "uacr",
        "urea_nitrogen",
        "uric_acid",
        "bilirubin",
        "alt",
        "ast",
        "ggt",
        "alkaline_phosphatase",
        "crp",
        "nt_probnp",
        "bnp",
        "tsh",
        "ferritin",
        "platelets",
        "white_cells",
        "inr",
        "lactate",
        "psa",
        "steps",
    }
)
REASONS = {0.0: "right-skewed or changed by a share of itself", 1.0: "varies evenly as it is"}
ASSUMED_NOISE, ASSUMED_DRIFT, ASSUMED_SLOPE = 0.3, 0.15, 0.03  # of the spread between persons, per root year, per year


def _lowest(known: Variable, power: float) -> float:
    """Return the low limit; a logarithm needs one above zero, half the last digit shown."""
    return known.hard_low if known.hard_low > 0.0 or power else 0.5 * 10.0**-known.decimals


def assumed() -> Parameters:
    """Return parameters for every variable from published figures and the registry alone."""
    known = [v for name, v in registry().items() if v.kind == "quantity" and name not in WITHOUT]
    names = tuple(v.name for v in known)
    power = np.array([0.0 if name in LOGARITHM else 1.0 for name in names])
    low = np.array([_lowest(v, p) for v, p in zip(known, power, strict=True)])
    high = np.array([v.hard_high for v in known])
    coefficients, dynamics, noise = np.zeros((len(names), len(TERMS))), np.zeros((7, len(names))), np.zeros(len(names))
    for c, v in enumerate(known):
        usual, spread = _usual(v, float(power[c]), float(low[c]))
        coefficients[c, [TERMS.index(term) for term in ("one", "male", "age", "age_squared")]] = usual
        middle = float(np.exp(usual[0])) if power[c] == 0.0 else usual[0]
        noise[c] = _published_noise(v.name, power[c] == 0.0, middle) or (ASSUMED_NOISE * spread) ** 2
        dynamics[:, c] = (
            *(spread, 1.0 / FOREVER, ASSUMED_DRIFT * spread),
            *(ASSUMED_SLOPE * spread, 0.25, np.sqrt(noise[c] / 3.0), DAYS_PER_YEAR / DEVIATION_DAYS),
        )
    count = len(names)
    return Parameters(
        variables=names,
        unit_days=DAYS_PER_YEAR,
        power=power,
        low=low,
        high=high,
        coefficients=coefficients,
        dynamics=dynamics,
        noise={"": noise},
        tail=np.full(count, 12.0),
        drift=np.zeros(count),
        stretch=np.ones(count),
        freedom=np.full(count, np.inf),
        prior_corr=np.eye(2 * count),
        level_corr=np.eye(count),
        deviation_corr=np.eye(count),
        basis="assumed",
    )


def _usual(known: Variable, power: float, low: float) -> tuple[list[float], float]:
    """Return the usual level (its one, male, age and age squared) and the spread between persons."""
    rows = [row for row in read_table("demo/nhanes.csv") if row["variable"] == known.name]
    if not rows:
        ends = forward(np.array([max(known.plausible_low, low), known.plausible_high]), power)
        return [float(ends.mean()), 0.0, 0.0, 0.0], float(np.diff(ends)[0]) / 5.0
    age = np.array(
        [((float(r["age_low"]) + float(r["age_high"] or 85.0)) / 2.0 - AGE_CENTRE) / AGE_SCALE for r in rows]
    )
    male = np.array([(r["sex"] == "male") - 0.5 for r in rows])
    middle, first, third = (forward(np.array([float(r[q]) for r in rows]), power) for q in ("p50", "p25", "p75"))
    usual = np.linalg.lstsq(np.column_stack([np.ones(len(age)), male, age, age**2]), middle, rcond=None)[0]
    return [float(x) for x in usual], float(np.mean(third - first) / 1.349)


def _published_noise(name: str, is_log: bool, middle: float) -> float | None:
    """Return the variance of a value around the person's level, if it was published."""
    for row in read_table("variation.csv"):
        if row["variable"] == name:
            share = np.hypot(float(row["within_person_cv"] or 0.0), float(row["analytical_cv"] or 0.0))
            sd = np.hypot(float(row["within_person_sd"] or 0.0), float(row["analytical_sd"] or 0.0))
            own = np.hypot(share * middle, sd)
            return float((own / middle if is_log else own) ** 2)
    return None


def demo_patients(*, patients: int, seed: int, today: date) -> list[Patient]:
    """Return a demo panel as the record holds it after an import."""
    with TemporaryDirectory() as folder:
        write_panel(Path(folder) / "panel", patients=patients, seed=seed, today=today)
        with Database.open(Path(folder) / "home") as database:
            store = database.session(demo_session())
            import_paths(store, [Path(folder) / "panel" / "fhir"])
            return store.patients()


def learned(patients: list[Patient], *, today: date, basis: str) -> Parameters:
    """Learn every variable that the patients have enough values of; keep what is assumed of the others."""
    base = assumed()
    events = events_of(patients, base, on=today, settings=Settings(), conditions_on=today - KNOWN_BEFORE)
    enough = np.bincount(events.column, minlength=len(base.variables)) >= LEAST_VALUES
    place = np.cumsum(enough) - 1
    names = tuple(name for name, is_enough in zip(base.variables, enough, strict=True) if is_enough)
    events = with_treatments(events, [p.medications for p in patients], base, adherence={})
    inputs = tuple(
        tuple(replace(one, column=int(place[one.column])) for one in mine if enough[one.column])
        for mine in events.inputs
    )
    part, _ = replace(events, inputs=inputs).part(enough[events.column])
    part = replace(part, column=place[part.column])
    limits = {name: getattr(base, name)[enough] for name in ("low", "high")}
    taught = learn(
        part,
        names,
        unit_days=DAYS_PER_YEAR,
        **limits,
        horizon=HORIZON_YEARS,
        powers=base.power[enough],
        common_drift=False,
        deviation_time=DEVIATION_DAYS / DAYS_PER_YEAR,
        basis=basis,
    )
    return _joined(base, taught, np.flatnonzero(enough))


def _joined(base: Parameters, taught: Parameters, where: np.ndarray) -> Parameters:
    """Put what was learned in the place of what is assumed."""
    both = {}
    for name in ("coefficients", "tail", "stretch", "freedom"):
        both[name] = getattr(base, name).copy()
        both[name][where] = getattr(taught, name)
    dynamics = base.dynamics.copy()
    dynamics[:, where] = taught.dynamics
    noise = {source: base.noise[""].copy() for source in taught.noise}
    for source, values in taught.noise.items():
        noise[source][where] = values
    count = len(base.variables)
    twice = np.concatenate([where, count + where])
    prior, level = np.eye(2 * count), np.eye(count)
    prior[np.ix_(twice, twice)] = taught.prior_corr
    level[np.ix_(where, where)] = taught.level_corr
    return replace(base, **both, dynamics=dynamics, noise=noise, prior_corr=prior, level_corr=level, basis=taught.basis)


def write(parameters: Parameters, learned_names: Iterable[str], folder: Path) -> None:
    """Write parameters as the tables of ``data/longitudinal``."""
    learned_names = set(learned_names)
    names, sources = parameters.variables, [source for source in parameters.noise if source]
    head = (
        "variable power reason low high level_sd level_years drift_sd slope_sd slope_years deviation_sd deviation_days "
        "noise_sd tail_values stretch freedom basis"
    )
    rows = []
    for c, name in enumerate(names):
        level_sd, level_rate, drift, slope_sd, slope_rate, deviation_sd, deviation_rate = parameters.dynamics[:, c]
        numbers = (
            *(level_sd, 1.0 / level_rate, drift, slope_sd, 1.0 / slope_rate),
            *(deviation_sd, DAYS_PER_YEAR / deviation_rate, np.sqrt(parameters.noise[""][c])),
            *(parameters.tail[c], parameters.stretch[c]),
        )
        free = "" if np.isinf(parameters.freedom[c]) else f"{parameters.freedom[c]:g}"
        basis = parameters.basis if name in learned_names else "assumed"
        limits = (f"{parameters.low[c]:g}", f"{parameters.high[c]:g}")
        rows.append(
            (
                name,
                f"{parameters.power[c]:g}",
                REASONS[parameters.power[c]],
                *limits,
                *(f"{number:.5g}" for number in numbers),
                free,
                basis,
            )
        )
    _save(folder / "dynamics.csv", head.split(), rows)
    _save(
        folder / "means.csv",
        ("variable", "term", "coefficient"),
        [
            (name, term, f"{value:.5g}")
            for name, values in zip(names, parameters.coefficients, strict=True)
            for term, value in zip(TERMS, values, strict=True)
            if f"{value:.5g}" != "0"
        ],
    )
    _save(
        folder / "noise.csv",
        ("variable", "source", "noise_sd"),
        [
            (name, source, f"{np.sqrt(parameters.noise[source][c]):.5g}")
            for c, name in enumerate(names)
            for source in sources
            if not np.isclose(parameters.noise[source][c], parameters.noise[""][c])
        ],
    )
    _save(folder / "correlations.csv", ("block", "a", "b", "correlation"), _pairs(parameters))


def _pairs(parameters: Parameters) -> list[tuple[str, str, str, str]]:
    names = parameters.variables
    both = [f"{name} {part}" for part in ("level", "slope") for name in names]
    blocks = (("prior", both, parameters.prior_corr), ("level", names, parameters.level_corr))
    return [
        (block, labels[i], labels[k], f"{matrix[i, k]:.3f}")
        for block, labels, matrix in blocks
        for i, k in zip(*np.triu_indices(len(labels), 1), strict=True)
        if abs(matrix[i, k]) >= 0.02
    ]


def _save(path: Path, head: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(head)
        writer.writerows(rows)


def main() -> None:
    """Learn the shipped hyperparameters again and write them."""
    patients = demo_patients(patients=PATIENTS, seed=SEED, today=TODAY)
    basis = f"demo panel of {PATIENTS} patients, seed {SEED}"
    parameters = learned(patients, today=TODAY, basis=basis)
    measured = {name for patient in patients for name in patient.series}
    enough = {n for n in measured if sum(len(p.series[n]) for p in patients if n in p.series) >= LEAST_VALUES}
    write(parameters, enough, DATA / "longitudinal")


if __name__ == "__main__":
    main()
