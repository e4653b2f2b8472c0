"""How do one person's values move the belief about their hidden state, forward and backward in time?

The state of one person with J variables and K known treatments is

    [level 1..J | slope 1..J | deviation 1..J | response 1..K]

as a departure from what is usual, so that its prior mean is zero. Between observations

    d level = (slope - level / level_time) dt + level noise
    d slope = -slope / slope_time dt        + slope noise (stationary)
    d deviation = -deviation / deviation_time dt + deviation noise (stationary)

and responses are constant. A value of variable j reads level + deviation + sum of (1 + response) x input + noise.
The integrals over a step are in closed form, so that irregular times cost nothing.

Backward, the smoother carries the adjoint (lambda, Lambda) of Bryson and Frazier, which needs no inverse of a
covariance; the ratio of its entries is the most powerful test for a shock to a state at that time (de Jong and
Penzer), which is how a twin notices that it is out of step.

Compiled once, cached on disk, without the interpreter's lock: panels run in threads. One file, however long:
a cached kernel is compiled again only when its own file changes.
"""

import math

import numpy as np
from numba import njit

# Reordering sums is allowed (it vectorises them); infinities and missing values keep their meaning.
compiled = njit(cache=True, nogil=True, error_model="numpy", fastmath={"reassoc", "contract"})

# Rows of the array of dynamics, one column a variable.
LEVEL_SD, LEVEL_RATE, LEVEL_NOISE, SLOPE_SD, SLOPE_RATE, DEVIATION_SD, DEVIATION_RATE = range(7)
REJECTED = 1e-12  # weight of a value that is not absorbed at all
JUMP = 2.0  # weight of one that two more confirm: the level goes there at once


@compiled
def _transition(dt, variables, dynamics, out):
    """Fill `out` with what is kept over `dt`: level, level from slope, slope, deviation."""
    for i in range(len(variables)):
        g = variables[i]
        a, b = dynamics[LEVEL_RATE, g], dynamics[SLOPE_RATE, g]
        ea, eb = math.exp(-a * dt), math.exp(-b * dt)
        out[0, i], out[2, i] = ea, eb
        if max(a, b) * dt < 1e-3:
            out[1, i] = dt * (1.0 - 0.5 * (a + b) * dt)
        else:
            d = _apart(a, b)
            out[1, i] = (eb - math.exp(-(b + d) * dt)) / d
        out[3, i] = math.exp(-dynamics[DEVIATION_RATE, g] * dt)


@compiled
def _apart(a, b):
    """Return a - b, held away from zero: two equal rates are the limit of two close ones."""
    least = 1e-4 * max(a, b)
    d = a - b
    return d if abs(d) > least else least


@compiled
def _slope_noise(a, b, dt, sd):
    """Return what slope noise adds over `dt` to the variances of level, of both, and of slope."""
    w = 2.0 * b * sd * sd
    if max(a, b) * dt < 1e-3:
        return w * dt**3 / 3.0, w * dt**2 / 2.0, w * dt * (1.0 - b * dt)
    d = _apart(a, b)
    ea, eb = math.exp(-(b + d) * dt), math.exp(-b * dt)
    i_bb = (1.0 - eb * eb) / (2.0 * b)
    i_ab = (1.0 - ea * eb) / (2.0 * b + d)
    i_aa = (1.0 - ea * ea) / (2.0 * (b + d))
    return max(w * (i_bb - 2.0 * i_ab + i_aa) / (d * d), 0.0), w * (i_bb - i_ab) / d, w * i_bb


@compiled
def _advance(x, p, kept, dt, variables, volatility, dynamics, level_corr, deviation_corr):
    """Move mean `x` and covariance `p` forward by `dt`, in place; `kept` is room for the transition."""
    count, n = len(variables), len(x)
    _transition(dt, variables, dynamics, kept)
    for i in range(count):
        level, carry, slope, deviation = kept[0, i], kept[1, i], kept[2, i], kept[3, i]
        x[i] = level * x[i] + carry * x[count + i]
        x[count + i] *= slope
        x[2 * count + i] *= deviation
        for k in range(n):
            p[i, k] = level * p[i, k] + carry * p[count + i, k]
            p[count + i, k] *= slope
            p[2 * count + i, k] *= deviation
    for k in range(n):
        for i in range(count):
            p[k, i] = kept[0, i] * p[k, i] + kept[1, i] * p[k, count + i]
            p[k, count + i] *= kept[2, i]
            p[k, 2 * count + i] *= kept[3, i]
    for i in range(count):
        gi = variables[i]
        ri = dynamics[DEVIATION_RATE, gi]
        mm, ms, ss = _slope_noise(dynamics[LEVEL_RATE, gi], dynamics[SLOPE_RATE, gi], dt, dynamics[SLOPE_SD, gi])
        p[i, i] += mm
        p[i, count + i] += ms
        p[count + i, i] += ms
        p[count + i, count + i] += ss
        for k in range(count):
            gk = variables[k]
            scale = math.sqrt(volatility[i] * volatility[k])
            rate = dynamics[LEVEL_RATE, gi] + dynamics[LEVEL_RATE, gk]
            span = (1.0 - kept[0, i] * kept[0, k]) / rate if rate * dt > 1e-9 else dt
            p[i, k] += level_corr[gi, gk] * dynamics[LEVEL_NOISE, gi] * dynamics[LEVEL_NOISE, gk] * span * scale
            both = _deviation_covariance(ri, dynamics[DEVIATION_RATE, gk], gi, gk, dynamics, deviation_corr)
            p[2 * count + i, 2 * count + k] += both * (1.0 - kept[3, i] * kept[3, k]) * scale


@compiled
def _deviation_covariance(ri, rk, gi, gk, dynamics, deviation_corr):
    """Return the stationary covariance of two deviations."""
    shared = 2.0 * math.sqrt(ri * rk) / (ri + rk)
    return deviation_corr[gi, gk] * dynamics[DEVIATION_SD, gi] * dynamics[DEVIATION_SD, gk] * shared


@compiled
def _begin(x, p, variables, volatility, responses, dynamics, prior_corr, deviation_corr):
    """Set `x` and `p` to what is usual before anything was measured."""
    count, total = len(variables), dynamics.shape[1]
    x[:] = 0.0
    p[:, :] = 0.0
    for i in range(count):
        gi = variables[i]
        for k in range(count):
            gk = variables[k]
            level_i, level_k = dynamics[LEVEL_SD, gi], dynamics[LEVEL_SD, gk]
            slope_i, slope_k = dynamics[SLOPE_SD, gi], dynamics[SLOPE_SD, gk]
            p[i, k] = prior_corr[gi, gk] * level_i * level_k
            p[i, count + k] = prior_corr[gi, total + gk] * level_i * slope_k
            p[count + k, i] = p[i, count + k]
            p[count + i, count + k] = prior_corr[total + gi, total + gk] * slope_i * slope_k
            both = _deviation_covariance(
                dynamics[DEVIATION_RATE, gi], dynamics[DEVIATION_RATE, gk], gi, gk, dynamics, deviation_corr
            )
            p[2 * count + i, 2 * count + k] = both * math.sqrt(volatility[i] * volatility[k])
    for k in range(len(responses)):
        p[3 * count + k, 3 * count + k] = responses[k] ** 2


@compiled
def _input(time, multiplier, break_at, break_time, break_size, onset):
    """Return a treatment's input at a time: each change of dose approaches its effect exponentially."""
    total = 0.0
    for b in range(break_at[multiplier], break_at[multiplier + 1]):
        since = time - break_time[b]
        if since > 0.0:
            total += break_size[b] * (1.0 - math.exp(-since / onset[multiplier]))
    return total


@compiled
def _unconfirmed(z, spread, noise, limits, doubted):
    """Return prior variance and noise to learn a value with that no later one confirms, `z` standard deviations off.

    What moves people has longer tails than the normal distribution: the further off the value, the wider this
    person's level, deviation and noise alike. Some of it, the more the further and most of it far beyond `doubted`,
    is not the person's but the moment's, or a slip, and says nothing of values to come. Mean and variance of this
    mixture are those of an ordinary update with larger variances.
    """
    total = spread + noise
    gain = spread / total
    unusual = (limits[5] + z * z) / (limits[5] + 1.0)
    own = 1.0 - limits[6] * min(1.0, (z / limits[0]) ** 2)
    if z > doubted:
        own *= (doubted / z) ** 2
    within = own * unusual * spread * (1.0 - gain) + (1.0 - own) * spread
    between = own * (1.0 - own) * gain * gain * z * z * total
    prior = (within + between) / (1.0 - own * gain)
    return prior, prior * (1.0 / (own * gain) - 1.0)


@compiled
def _is_newest(e, stop, cut, time, slot):
    """Say whether no later value of the same variable may be learned from."""
    for q in range(e + 1, stop):
        if time[q] > cut:
            return True
        if slot[q] == slot[e] and time[q] > time[e]:
            return False
    return True


@compiled
def _confirmations(e, stop, cut, time, slot, value, predicted):
    """Return how many of the next two values of the same variable, in a row, side with an astonishing value."""
    found, last = 0, time[e]
    for q in range(e + 1, stop):
        if slot[q] == slot[e] and time[q] > last:
            if time[q] > cut or abs(value[q] - value[e]) >= 0.5 * abs(value[q] - predicted):
                break
            found, last = found + 1, time[q]
            if found == 2:
                break
    return found


@compiled
def _back_over_value(adjoint, curvature, gain, row, surprise, spread, room):
    """Carry the adjoint from after a value to before it."""
    n = len(adjoint)
    along = 0.0
    for i in range(n):
        along += gain[i] * adjoint[i]
        room[i] = 0.0
        for k in range(n):
            room[i] += curvature[i, k] * gain[k]
    twice = 0.0
    for i in range(n):
        twice += gain[i] * room[i]
    for i in range(n):
        if row[i] != 0.0:
            adjoint[i] -= row[i] * (surprise / spread + along)
    for i in range(n):
        for k in range(n):
            if row[i] != 0.0 or row[k] != 0.0:
                curvature[i, k] += row[i] * row[k] * (1.0 / spread + twice) - row[i] * room[k] - room[i] * row[k]


@compiled
def _back_over_time(adjoint, curvature, kept, count):
    """Carry the adjoint back over a step whose transition is in `kept`."""
    n = len(adjoint)
    for i in range(count):
        adjoint[count + i] = kept[1, i] * adjoint[i] + kept[2, i] * adjoint[count + i]
        adjoint[i] *= kept[0, i]
        adjoint[2 * count + i] *= kept[3, i]
        for k in range(n):
            curvature[count + i, k] = kept[1, i] * curvature[i, k] + kept[2, i] * curvature[count + i, k]
            curvature[i, k] *= kept[0, i]
            curvature[2 * count + i, k] *= kept[3, i]
    for k in range(n):
        for i in range(count):
            curvature[k, count + i] = kept[1, i] * curvature[k, i] + kept[2, i] * curvature[k, count + i]
            curvature[k, i] *= kept[0, i]
            curvature[k, 2 * count + i] *= kept[3, i]


@compiled
def run_filter(
    first,
    last,
    event_at,  # person -> first event; length persons + 1, as every `_at`
    time,  # events sorted by time within a person
    slot,  # position of the variable among the person's; -1 asks only for the state at that time
    value,  # departure from what is usual without treatment
    noise,  # variance of the measurement
    variable_at,
    variable,  # the person's variables, as columns of `dynamics`
    volatility,  # multiplies the person's own variances of each variable
    multiplier_at,
    multiplier_slot,
    multiplier_sd,
    onset,
    break_at,
    break_time,
    break_size,
    until,  # time each person's state is wanted at
    cut,  # values later than this are predicted, not learned from
    dynamics,
    prior_corr,  # of (levels, slopes), variables as in `dynamics`
    level_corr,
    deviation_corr,
    # Surprise from which a value counts less, not at all, may be a jump; span watched; least values; of values that
    # nothing confirms yet the degrees of freedom, and the share of a large surprise that is not the person's.
    limits,
    state_at,
    state,
    covariance_at,
    covariance,
    innovation,
    variance,
    weight,
    shift,  # (state entries, 3): strongest test for a shock in the watched span: statistic, size, time
    keep,  # store what the smoother needs (then one person a call)
    kept_state,  # at the moments without a value
    kept_covariance,
    kept_gain,  # at every event
    kept_row,
    kept_spread,
):
    """Filter the persons `first` to `last`; every array after `limits` is written."""
    for person in range(first, last):
        mine = variable[variable_at[person] : variable_at[person + 1]]
        vol = volatility[variable_at[person] : variable_at[person + 1]]
        m0, m1 = multiplier_at[person], multiplier_at[person + 1]
        count, k_count = len(mine), m1 - m0
        n = 3 * count + k_count
        x = state[state_at[person] : state_at[person] + n]
        p = covariance[covariance_at[person] : covariance_at[person] + n * n].reshape((n, n))
        _begin(x, p, mine, vol, multiplier_sd[m0:m1], dynamics, prior_corr, deviation_corr)
        kept = np.empty((4, count))
        v = np.empty(n)
        start, stop = event_at[person], event_at[person + 1]
        now = time[start] if stop > start else until[person]
        watched = stop
        while watched > start and time[watched - 1] > until[person] - limits[3]:
            watched -= 1
        gains = np.zeros((stop - watched, n))
        rows = np.zeros((stop - watched, n))
        spreads = np.ones(stop - watched)
        gain, row = np.zeros(n), np.zeros(n)
        told = np.zeros(count)
        moments = 0
        for e in range(start, stop):
            if time[e] > now:
                _advance(x, p, kept, time[e] - now, mine, vol, dynamics, level_corr, deviation_corr)
                now = time[e]
            j = slot[e]
            innovation[e], variance[e], weight[e] = 0.0, 0.0, 0.0
            if e >= watched:
                gain, row = gains[e - watched], rows[e - watched]
            gain[:] = 0.0
            row[:] = 0.0
            s = 1.0
            if j >= 0:
                row[j] = 1.0
                row[2 * count + j] = 1.0
                expected = x[j] + x[2 * count + j]
                for i in range(n):
                    v[i] = p[j, i] + p[2 * count + j, i]
                for k in range(k_count):
                    if multiplier_slot[m0 + k] == j:
                        size = _input(time[e], m0 + k, break_at, break_time, break_size, onset)
                        row[3 * count + k] = size
                        expected += size * (1.0 + x[3 * count + k])
                        for i in range(n):
                            v[i] += p[3 * count + k, i] * size
                spread = v[j] + v[2 * count + j]
                for k in range(k_count):
                    spread += row[3 * count + k] * v[3 * count + k]
                r = noise[e] * vol[j]
                s = spread + r
                surprise = value[e] - expected
                innovation[e], variance[e] = surprise, s
                z = abs(surprise) / math.sqrt(s)
                learned = time[e] <= cut[person]
                sides = 0
                first = told[j] == 0.0
                alone = learned and z > 1.0 and spread > 0.0
                alone = alone and (first or _is_newest(e, stop, cut[person], time, slot))
                if z > limits[1] and not alone:
                    sides = _confirmations(e, stop, cut[person], time, slot, value, expected)
                if alone:
                    prior, inflated = _unconfirmed(z, spread, r, limits, limits[2] if first else limits[1])
                    level, deviation = p[j, j], p[2 * count + j, 2 * count + j]
                    for i, share in ((j, level), (2 * count + j, deviation)):
                        more = (prior - spread) * share / (level + deviation)
                        p[i, i] += more
                        v[i] += more
                    weight[e] = r / inflated
                    r, spread = inflated, prior
                    s = spread + r
                elif z > limits[1] and sides == 0:
                    weight[e] = REJECTED
                    learned = False
                elif sides == 2 and z > limits[2] and learned:
                    weight[e] = JUMP
                    p[j, j] += surprise * surprise
                    v[j] += surprise * surprise
                    spread += surprise * surprise
                    s = spread + r
                elif z > limits[0]:
                    inflated = max((surprise / limits[0]) ** 2 - spread, r)
                    weight[e] = r / inflated
                    r = inflated
                    s = spread + r
                else:
                    weight[e] = 1.0
                if learned:
                    told[j] = 1.0
                    for i in range(n):
                        gain[i] = v[i] / s
                        x[i] += gain[i] * surprise
                    # Joseph's form, (I - gain row') p (I - gain row')' + r gain gain', in one pass.
                    for i in range(n):
                        rest = v[i] - gain[i] * spread - r * gain[i]
                        for k in range(n):
                            p[i, k] -= gain[i] * v[k] + rest * gain[k]
                else:
                    row[:] = 0.0
            if e >= watched:
                spreads[e - watched] = s
            if keep:
                for i in range(n):
                    kept_gain[e - start, i], kept_row[e - start, i] = gain[i], row[i]
                kept_spread[e - start] = s
                if j < 0:
                    for i in range(n):
                        kept_state[moments, i] = x[i]
                        for k in range(n):
                            kept_covariance[moments, i, k] = p[i, k]
                    moments += 1
        if until[person] > now:
            _advance(x, p, kept, until[person] - now, mine, vol, dynamics, level_corr, deviation_corr)
        _watch(
            shift[state_at[person] : state_at[person] + n],
            *(gains, rows, spreads, time[watched:stop], slot[watched:stop], innovation[watched:stop]),
            *(mine, dynamics, limits[4]),
        )
        for e in range(watched, stop):
            if weight[e] == JUMP:
                z, i = innovation[e] / math.sqrt(variance[e]), state_at[person] + slot[e]
                if abs(z) > abs(shift[i, 0]):
                    shift[i, 0], shift[i, 1], shift[i, 2] = z, innovation[e], time[e]


@compiled
def _watch(shift, gains, rows, spreads, time, slot, innovation, variables, dynamics, least):
    """Walk back over the watched events and keep, for each state, the strongest test for a shock to it.

    A shock counts only when at least `least` later values of a variable that shows the state bear on it.
    """
    count, n = len(variables), len(shift)
    shift[:, :] = 0.0
    adjoint, curvature, room = np.zeros(n), np.zeros((n, n)), np.empty(n)
    seen = np.zeros(n)
    kept = np.empty((4, count))
    for e in range(len(time) - 1, -1, -1):
        if slot[e] >= 0:
            _back_over_value(adjoint, curvature, gains[e], rows[e], innovation[e], spreads[e], room)
            for i in range(n):
                if rows[e, i] != 0.0:
                    seen[i] += 1.0
        if e > 0 and time[e - 1] == time[e]:
            continue
        for i in range(n):
            if seen[i] >= least and curvature[i, i] > 0.0 and not count <= i < 3 * count:
                z = -adjoint[i] / math.sqrt(curvature[i, i])
                if abs(z) > abs(shift[i, 0]):
                    shift[i, 0], shift[i, 1], shift[i, 2] = z, -adjoint[i] / curvature[i, i], time[e]
        if e > 0:
            _transition(time[e] - time[e - 1], variables, dynamics, kept)
            _back_over_time(adjoint, curvature, kept, count)


@compiled
def run_smoother(
    time,
    slot,
    innovation,
    variables,
    dynamics,
    kept_state,
    kept_covariance,
    kept_gain,
    kept_row,
    kept_spread,
    asked,
    means,
    variances,
):
    """Say what all values, earlier and later, tell of linear combinations of one person's state.

    `asked` is (moments, combinations, states) at the moments without a value; `means` and `variances`
    (moments, combinations) are written.
    """
    moments, combinations, n = asked.shape
    count = len(variables)
    adjoint, curvature, room = np.zeros(n), np.zeros((n, n)), np.empty(n)
    kept = np.empty((4, count))
    m = moments
    for e in range(len(time) - 1, -1, -1):
        if slot[e] >= 0:
            _back_over_value(adjoint, curvature, kept_gain[e], kept_row[e], innovation[e], kept_spread[e], room)
        else:
            m -= 1
            for c in range(combinations):
                mean, before, after = 0.0, 0.0, 0.0
                for i in range(n):
                    room[i] = 0.0
                    for k in range(n):
                        room[i] += kept_covariance[m, i, k] * asked[m, c, k]
                for i in range(n):
                    mean += asked[m, c, i] * kept_state[m, i] - room[i] * adjoint[i]
                    before += asked[m, c, i] * room[i]
                    for k in range(n):
                        after += room[i] * curvature[i, k] * room[k]
                means[m, c], variances[m, c] = mean, max(before - after, 0.0)
        if e > 0 and time[e] > time[e - 1]:
            _transition(time[e] - time[e - 1], variables, dynamics, kept)
            _back_over_time(adjoint, curvature, kept, count)
