"""UKPDS Outcomes Model 2: how do a person's complications and death unfold, year by year?

A person is in one of 864 states, by which complications came before: heart failure, ischaemic heart disease,
blindness, foot ulcer and kidney failure (no or yes), infarction, stroke and amputation (none, one, two). Each
year every complication happens or not, independently given the state at its start; then death, by the equation
that belongs to what came before and what happened now. The share of people in each state is carried forward
exactly: nothing is drawn at random.
"""

import math

import numpy as np
from numba import njit

# Places of the published equations in the table of sums.
HEART_FAILURE, ISCHEMIC, INFARCTION_MEN, INFARCTION_WOMEN, SECOND_INFARCTION = 0, 1, 2, 3, 4
STROKE, SECOND_STROKE, BLINDNESS, ULCER, AMPUTATION, AMPUTATION_AFTER_ULCER = 5, 6, 7, 8, 9, 10
SECOND_AMPUTATION, KIDNEY, DEATH_NONE, DEATH_FIRST, DEATH_BEFORE, DEATH_BOTH = 11, 12, 13, 14, 15, 16
PARTS = 17
# Places of the complications, in what came before and in what happens in a year.
LEVELS = (2, 2, 3, 3, 2, 2, 3, 2)  # heart failure, ischaemic, infarction, stroke, blindness, ulcer, amputation, kidney
COMPLICATIONS = len(LEVELS)
STATES = 864
STRIDES = (432, 216, 72, 24, 12, 6, 2, 1)
FIRSTS = 4  # outcomes counted: heart failure, ischaemic heart disease, infarction, stroke
NOBODY = 1e-16  # a smaller share is let go; all of them together stay below 1e-12
DEADLY = (0, 1, 2, 3, 6, 7)  # blindness and ulcer do not change the chance of death in their own year
SETS = 1 << len(DEADLY)


@njit(cache=True, nogil=True, error_model="numpy")
def _chance(sum_: float, since: float, shape: float) -> float:
    return -math.expm1(-math.exp(sum_) * ((since + 1.0) ** shape - since**shape))


@njit(cache=True, nogil=True, error_model="numpy")
def _logistic(sum_: float) -> float:
    return 1.0 / (1.0 + math.exp(-sum_))


@njit(cache=True, nogil=True, error_model="numpy")
def _chances(sums: np.ndarray, state: np.ndarray, shape: np.ndarray, years: float, is_woman: bool, p: np.ndarray):
    """Fill the chance of each complication within the year, given what came before."""
    p[:] = 0.0
    if state[0] == 0:
        p[0] = _chance(sums[HEART_FAILURE], years, shape[HEART_FAILURE])
    if state[1] == 0:
        p[1] = _chance(sums[ISCHEMIC], years, shape[ISCHEMIC])
    if state[2] == 0:
        part = INFARCTION_WOMEN if is_woman else INFARCTION_MEN
        p[2] = _chance(sums[part], years, shape[part])
    elif state[2] == 1:
        p[2] = _chance(sums[SECOND_INFARCTION], years, shape[SECOND_INFARCTION])
    if state[3] == 0:
        p[3] = _chance(sums[STROKE], years, shape[STROKE])
    elif state[3] == 1:
        p[3] = _chance(sums[SECOND_STROKE], years, shape[SECOND_STROKE])
    if state[4] == 0:
        p[4] = _chance(sums[BLINDNESS], years, shape[BLINDNESS])
    if state[5] == 0:
        p[5] = _logistic(sums[ULCER])
    if state[6] == 0:
        part = AMPUTATION if state[5] == 0 else AMPUTATION_AFTER_ULCER
        p[6] = _chance(sums[part], years, shape[part])
    elif state[6] == 1:
        p[6] = _chance(sums[SECOND_AMPUTATION], years, shape[SECOND_AMPUTATION])
    if state[7] == 0:
        p[7] = _chance(sums[KIDNEY], years, shape[KIDNEY])


@njit(cache=True, nogil=True, error_model="numpy")
def _deaths(sums: np.ndarray, state: np.ndarray, weights: np.ndarray, growth: np.ndarray, age: float, d: np.ndarray):
    """Fill the chance of death within the year for each set of complications of that year."""
    before = state.sum()
    part = DEATH_BEFORE if before > 0 else DEATH_NONE
    rise = math.exp(growth[part] * age) * math.expm1(growth[part]) / growth[part]
    nothing_now = -math.expm1(-math.exp(sums[part]) * rise)
    part = DEATH_BOTH if before > state[4] + state[5] else DEATH_FIRST  # blindness and ulcer do not count here
    d[0] = math.exp(sums[part])
    for place in range(len(DEADLY)):
        which = DEADLY[place]
        second = COMPLICATIONS if which == 6 and state[6] == 1 else which
        factor = math.exp(weights[part - DEATH_FIRST, second])
        for now in range(1 << place):
            d[now + (1 << place)] = d[now] * factor
    for now in range(1, SETS):
        d[now] = d[now] / (1.0 + d[now])
    d[0] = nothing_now


@njit(cache=True, nogil=True, error_model="numpy")
def follow(
    base: np.ndarray,
    per_year: np.ndarray,
    shape: np.ndarray,
    before_weights: np.ndarray,
    now_weights: np.ndarray,
    start: np.ndarray,
    years_of_diabetes: float,
    age: float,
    is_woman: bool,
    first: np.ndarray,
    at_risk: np.ndarray,
    deaths: np.ndarray,
) -> None:
    """Carry the shares of people forward and count, year by year, the first events and the deaths.

    Parameters
    ----------
    base, per_year
        The sums of the 17 equations without what came before, today; what they gain a year.
    shape
        Shape of the hazard with years of diabetes, or growth of the death hazard with age.
    before_weights, now_weights
        Of each complication that came before, shape (17, 8); of one that happens now on death, shape (3, 9),
        from `DEATH_FIRST` on, the last for a second amputation.
    start
        How often each complication came before, shape (8,).
    years_of_diabetes, age
        Today. [years]
    first, at_risk, deaths
        Filled: shares of today's people, shapes (4, years), (4, years) and (years,).
    """
    now_share, next_share = np.zeros(STATES), np.zeros(STATES)
    state, sums, p = np.zeros(COMPLICATIONS, np.int64), np.zeros(PARTS), np.zeros(COMPLICATIONS)
    d, parts, moved = np.zeros(SETS), np.zeros(SETS), np.zeros(SETS, np.int64)
    index = 0
    for which in range(COMPLICATIONS):
        index += start[which] * STRIDES[which]
    now_share[index] = 1.0
    for year in range(deaths.size):
        next_share[:] = 0.0
        for index in range(STATES):
            share = now_share[index]
            if share < NOBODY:
                continue
            for which in range(COMPLICATIONS):
                state[which] = index // STRIDES[which] % LEVELS[which]
            for part in range(PARTS):
                sums[part] = base[part] + year * per_year[part]
                for which in range(COMPLICATIONS):
                    if state[which] > 0:
                        sums[part] += before_weights[part, which]
            _chances(sums, state, shape, years_of_diabetes + year, is_woman, p)
            for outcome in range(FIRSTS):
                if state[outcome] == 0:
                    at_risk[outcome, year] += share
                    first[outcome, year] += share * p[outcome]
            _deaths(sums, state, now_weights, shape, age + year, d)
            parts[0], moved[0] = share, index
            for place in range(len(DEADLY)):
                which = DEADLY[place]
                for now in range(1 << place):
                    then = now + (1 << place)
                    parts[then], moved[then] = parts[now] * p[which], moved[now] + STRIDES[which]
                    parts[now] *= 1.0 - p[which]
            for now in range(SETS):
                if parts[now] == 0.0:
                    continue
                deaths[year] += parts[now] * d[now]
                alive = parts[now] * (1.0 - d[now])
                for blind in range(2):
                    for ulcer in range(2):
                        chance = (p[4] if blind else 1.0 - p[4]) * (p[5] if ulcer else 1.0 - p[5])
                        if chance > 0.0:
                            next_share[moved[now] + blind * STRIDES[4] + ulcer * STRIDES[5]] += alive * chance
        now_share, next_share = next_share, now_share
