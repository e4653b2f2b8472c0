"""Which combinations of decisions may be tried at all?"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from twin.errors import OutOfValidityRange
from twin.evidence.therapies import therapy
from twin.plans.choices import Factor, Option
from twin.plans.effects import Setting
from twin.plans.ground import Ground
from twin.plans.many import Piece, piece_of
from twin.plans.plan import Plan, StartTherapy, StopTherapy
from twin.plans.regimen import Regimen, regimen
from twin.plans.safety import checks_of_plan
from twin.variables import variable

MOST = 500_000

_DRUG_CHANGES = (StartTherapy, StopTherapy)

Pieces = Sequence[Mapping[int, Piece]]  # one mapping a factor, by the option's number from 1


def decided_twice(factors: Sequence[Factor]) -> str:
    """Return an ingredient that more than one decision is about, or nothing: such decisions cannot be combined."""
    seen: dict[str, str] = {}
    for factor in factors:
        for ingredient in {_ingredient(c) for o in factor.options for c in o.changes if isinstance(c, _DRUG_CHANGES)}:
            if seen.setdefault(ingredient, factor.name) != factor.name:
                return ingredient
    return ""


def pieces_of(
    ground: Ground, setting: Setting, factors: Sequence[Factor], start: float
) -> tuple[list[dict[int, Piece]], list[str]]:
    """Work out each option alone; leave out those with a hard stop, without a number, or without any effect.

    Returns
    -------
        The options that remain, and why each other one was left out.
    """
    found, left_out = [], []
    for factor in factors:
        kept: dict[int, Piece] = {}
        for number, option in enumerate(factor.options, start=1):
            piece = piece_of(Plan(option.label, option.changes, start), ground, setting)
            why = _why_not(ground, option, piece)
            if why:
                left_out.append(f"{option.label}: {why}")
            else:
                kept[number] = piece
        found.append(kept)
    return found, left_out


def _ingredient(change: StartTherapy | StopTherapy) -> str:
    return therapy(change.therapy).ingredient if isinstance(change, StartTherapy) else change.ingredient


def _why_not(ground: Ground, option: Option, piece: Piece) -> str:
    if stops := _stops(ground, piece.drugs):
        return stops
    if piece.trajectory.lacking:
        missing = dict.fromkeys(name for names in piece.trajectory.missing.values() for name in names)
        return f"no {', '.join(variable(name).label for name in missing)} on record"
    if not piece.trajectory.log_ratios:
        return "no effect on these outcomes is known for this person"
    return ""


def combinations_of(pieces: Pieces, factors: Sequence[Factor], most_in_group: int) -> np.ndarray:
    """Return every combination, a row each, none first; within a group at most so many factors are changed.

    Raises
    ------
    OutOfValidityRange
        If there are more than can be tried.
    """
    rows = np.zeros((1, 0), dtype=np.int8)
    groups: dict[str, np.ndarray] = {}
    for of, factor in zip(pieces, factors, strict=True):
        values = np.array([0, *of], dtype=np.int8)
        rows = np.concatenate([np.repeat(rows, len(values), axis=0), np.tile(values, len(rows))[:, None]], axis=1)
        groups = {name: np.repeat(count, len(values)) for name, count in groups.items()}
        if factor.group:
            count = groups.get(factor.group, np.zeros(len(rows), dtype=np.int8)) + (rows[:, -1] > 0)
            keep = count <= most_in_group
            rows, groups = rows[keep], {name: other[keep] for name, other in groups.items()}
            groups[factor.group] = count[keep]
        if len(rows) > MOST:
            raise OutOfValidityRange(
                f"more than {MOST} combinations",
                clinical=f"There are more than {MOST:,} combinations; choose fewer decisions.",
            )
    return rows


def without_stops(
    ground: Ground, pieces: Pieces, factors: Sequence[Factor], choices: np.ndarray, start: float
) -> tuple[np.ndarray, list[str]]:
    """Return the combinations without those of two options that a hard stop forbids together, and which those are."""
    said = []
    for (a, i), (b, j), why in _forbidden(ground, pieces, start):
        choices = choices[~((choices[:, a] == i) & (choices[:, b] == j))]
        said.append(f"{factors[a].options[i - 1].label} with {factors[b].options[j - 1].label}: {why}")
    return choices, said


def _forbidden(ground: Ground, pieces: Pieces, start: float) -> Iterator[tuple[tuple[int, int], tuple[int, int], str]]:
    """Yield the pairs of options that stop each other, and why; any other stop is one of an option alone."""
    options = [(place, number, piece) for place, of in enumerate(pieces) for number, piece in of.items()]
    known: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
    for (a, i, one), (b, j, other) in combinations(options, 2):
        if a == b or not one.drugs.courses or not other.drugs.courses:
            continue
        key = _classes(one), _classes(other)
        if key not in known:
            known[key] = _stop_together(ground, one, other, start)
        if known[key]:
            yield (a, i), (b, j), known[key]


def _classes(piece: Piece) -> tuple[str, ...]:
    return tuple(course.therapy.drug_class for course in piece.drugs.courses)


def _stop_together(ground: Ground, one: Piece, other: Piece, start: float) -> str:
    changes = tuple(change for piece in (one, other) for change in piece.changes)
    drugs = regimen(ground.patient, Plan("Both", changes, start), on=ground.on)
    return _stops(ground, drugs)


def _stops(ground: Ground, drugs: Regimen) -> str:
    """Name the safety checks that withhold the numbers of some drugs; empty if none does."""
    stops = [check for check in checks_of_plan(ground.patient, drugs, on=ground.on) if check.is_stop]
    return ", ".join(f"{check.title} ({check.code})" for check in stops)
