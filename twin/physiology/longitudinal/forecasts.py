"""Where is the patient heading under current care, and where was the level in the past?"""

import zlib
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from twin.evidence.therapies import biomarker_effects, therapies
from twin.physiology.longitudinal.engine import run
from twin.physiology.longitudinal.even import state_normals
from twin.physiology.longitudinal.events import end_of, units_since_epoch
from twin.physiology.longitudinal.parameters import DAYS_PER_YEAR
from twin.physiology.longitudinal.twin import Twin, natural_mean

LEVELS = {"50": 0.75, "80": 0.90, "95": 0.975}  # upper quantile of each band


@dataclass(frozen=True, slots=True, eq=False)
class Bands:
    """Mean and bands of a new measurement, and the 80 % band of the underlying level; natural units."""

    times: np.ndarray  # datetime64[s]
    mean: np.ndarray
    low50: np.ndarray
    high50: np.ndarray
    low80: np.ndarray
    high80: np.ndarray
    low95: np.ndarray
    high95: np.ndarray
    level_low80: np.ndarray
    level_high80: np.ndarray


def forecast(twin: Twin, days: np.ndarray, name: str) -> Bands:
    """Forecast a new measurement under current care.

    Parameters
    ----------
    days
        From the end of the twin's day, 0 or later. [d]
    name
        A variable of the twin.
    """
    days = np.asarray(days, dtype=float)
    slot, count = twin.slot(name), len(twin.variables)
    centre, variance = np.empty((2, len(days))), np.empty((2, len(days)))
    for i, dt in enumerate(days / twin.parameters.unit_days):
        state, covariance = _advanced(twin, dt, twin.state.copy(), twin.covariance.copy())
        row, offset = twin.combination(name, twin.now + dt)
        for part in (0, 1):  # the level, and the level with its deviation
            centre[part, i] = row @ state + offset
            variance[part, i] = row @ covariance @ row
            row[2 * count + slot] = 1.0
    return _bands(twin, name, end_of(twin.on) + np.round(days * 86400).astype("timedelta64[s]"), centre, variance)


def _advanced(twin: Twin, dt: float, state: np.ndarray, covariance: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move a state and covariance forward by `dt`, in place."""
    # Imported here: see `engine.run`.
    from twin.physiology.longitudinal import kernel

    p = twin.parameters
    room = np.empty((4, len(twin.columns)))
    kernel._advance(
        state, covariance, room, float(dt), twin.columns, twin.volatility, p.dynamics, p.level_corr, p.deviation_corr
    )
    return state, covariance


def _noise(twin: Twin, slot: int) -> float:
    """Return the variance of a measurement by the source this patient's values mostly have."""
    events = twin.events
    codes = events.source[events.column == twin.columns[slot]]
    usual = events.sources[np.bincount(codes).argmax()] if len(codes) else ""
    return float(twin.parameters.noise_table((usual,))[0, twin.columns[slot]] * twin.volatility[slot])


def _bands(twin: Twin, name: str, times: np.ndarray, centre: np.ndarray, variance: np.ndarray) -> Bands:
    """Lay out the bands; `centre` and `variance` are of the level and of the level with its deviation."""
    slot = twin.slot(name)
    column = twin.columns[slot]
    new = variance[1] + _noise(twin, slot)
    middle, spread, freedom = twin.parameters.predictive(column, centre[1], new, twin.counts[slot])
    level_sd = twin.parameters.stretch[column] * np.sqrt(variance[0])

    def edge(upper: float, at: np.ndarray, sd: np.ndarray, sign: float) -> np.ndarray:
        return twin.natural(name, at + sign * stdtrit(freedom, upper) * sd)

    edges = {
        f"{side}{band}": edge(upper, middle, spread, sign)
        for band, upper in LEVELS.items()
        for side, sign in (("low", -1.0), ("high", 1.0))
    }
    return Bands(
        times=np.asarray(times, dtype="datetime64[s]"),
        mean=natural_mean(middle, spread, lambda scaled: twin.natural(name, scaled)),
        **edges,
        level_low80=edge(LEVELS["80"], centre[0], level_sd, -1.0),
        level_high80=edge(LEVELS["80"], centre[0], level_sd, 1.0),
    )


def expected(twin: Twin, name: str, times: np.ndarray) -> Bands:
    """Say where the level was and which values were to be expected, given everything the twin has seen.

    Parameters
    ----------
    times
        Moments in the past of the twin's day, any order. [datetime64]
    """
    # Imported here: see `engine.run`.
    from twin.physiology.longitudinal import kernel

    times = np.asarray(times, dtype="datetime64[s]")
    asked_at = units_since_epoch(times, twin.parameters.unit_days)
    events, place = twin.events.with_moments(np.minimum(asked_at, twin.now))
    filtered = run(
        events, twin.parameters, until=np.array([twin.now]), volatility=twin.volatility, departure=None, keep=True
    )
    count, slot, n = len(twin.variables), twin.slot(name), len(twin.state)
    moments = np.flatnonzero(events.column < 0)
    rows, offsets = np.zeros((len(moments), 2, n)), np.zeros(len(moments))
    for m, e in enumerate(moments):
        rows[m, :], offsets[m] = twin.combination(name, float(events.time[e]))
        rows[m, 1, 2 * count + slot] = 1.0
    centre, variance = np.empty((2, len(moments), 2))
    kernel.run_smoother(
        *(events.time, filtered.layout.slot, filtered.innovation, twin.columns, twin.parameters.dynamics),
        *(*filtered.kept, rows, centre, variance),
    )
    back = np.searchsorted(moments, place)
    return _bands(twin, name, times, (centre + offsets[:, None])[back].T, variance[back].T)


def _normals(seed: int, key: str, shape: tuple[int, ...]) -> np.ndarray:
    """Return standard normal numbers that depend on the seed and the key alone."""
    return np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(key.encode())])).standard_normal(shape)


def _root(covariance: np.ndarray) -> np.ndarray:
    """Return a square root of a covariance that may lack full rank."""
    values, vectors = np.linalg.eigh((covariance + covariance.T) / 2.0)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _draw_now(twin: Twin, draws: int, seed: int) -> np.ndarray:
    """Return joint draws of the state now, (draws, states): the one source of both levels and responses."""
    noise = state_normals(len(twin.state), draws=draws, seed=seed)
    return twin.state + noise @ _root(twin.covariance)[:, ::-1].T  # what is least known, most evenly


def draw_levels(twin: Twin, names, years: np.ndarray, *, draws: int, seed: int) -> np.ndarray:
    """Draw the underlying level under current care, jointly over variables and years.

    Parameters
    ----------
    names
        Variables of the twin.
    years
        From the twin's day, rising. [yr]
    draws
        How many.
    seed
        The same seed gives the same draws, whichever `names` are asked for.

    Returns
    -------
        Shape (draws, years, names), natural units. A draw beyond a variable's hard limits is held at the limit.
    """
    years = np.asarray(years, dtype=float)
    count = len(twin.variables)
    state = _draw_now(twin, draws, seed)
    noise = _normals(seed, "path", (len(years), draws, 2 * count))
    names = tuple(names)
    out = np.empty((draws, len(years), len(names)))
    moving, before = state[:, : 2 * count].copy(), 0.0
    for y, year in enumerate(years * (DAYS_PER_YEAR / twin.parameters.unit_days)):
        if year > before:
            moving = _one_step(twin, moving, year - before, noise[y])
            before = year
        now = np.concatenate([moving, state[:, 2 * count :]], axis=1)
        for i, name in enumerate(names):
            row, offset = twin.combination(name, twin.now + year)
            out[:, y, i] = twin.natural(name, now @ row + offset)
    return out


def _one_step(twin: Twin, moving: np.ndarray, dt: float, noise: np.ndarray) -> np.ndarray:
    """Move drawn levels and slopes forward by `dt`."""
    # Imported here: see `engine.run`.
    from twin.physiology.longitudinal import kernel

    count, n = len(twin.variables), len(twin.state)
    kept = np.empty((4, count))
    kernel._transition(float(dt), twin.columns, twin.parameters.dynamics, kept)
    _, spread = _advanced(twin, dt, np.zeros(n), np.zeros((n, n)))
    root = _root(spread[: 2 * count, : 2 * count])
    level, slope = moving[:, :count], moving[:, count:]
    moved = np.concatenate([kept[0] * level + kept[1] * slope, kept[2] * slope], axis=1)
    return moved + noise @ root.T


def draw_response(
    twin: Twin, therapy: str, variable: str, *, draws: int, seed: int, unknown: np.ndarray | None = None
) -> np.ndarray:
    """Draw how strongly this patient answers to a therapy, 1 being the trials' average.

    Parameters
    ----------
    therapy
        A name of ``data/therapies.csv``, or an ingredient the patient takes.
    variable
        What the therapy acts on.
    unknown
        Standard normal numbers, shape (draws,), to use where the trials' spread is all there is; ``None`` draws them.

    Returns
    -------
        Shape (draws,). For a drug class taken before, the posterior, drawn together with `draw_levels` of the
        same seed; else the trials' spread. All 1 where no card says that the therapy acts on the variable.
    """
    known = therapies().get(therapy)
    agents = known.agents()[1:] if known else (therapy,)
    for k, one in enumerate(twin.inputs):
        if one.variable == variable and (one.drug_class in agents or set(one.ingredients) & set(agents)):
            return 1.0 + _draw_now(twin, draws, seed)[:, 3 * len(twin.variables) + k]
    sds = [e.response_sd for e in biomarker_effects(therapy) if e.variable == variable] if known else []
    if not sds:
        return np.ones(draws)
    if unknown is None:
        unknown = _normals(seed, f"{known.drug_class} {variable}", (draws,))
    return 1.0 + sds[0] * unknown
