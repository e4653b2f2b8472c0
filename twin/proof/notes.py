"""Where do a variable's forecasts not keep their promise, in plain words?"""

from collections.abc import Sequence

from twin.physiology.longitudinal.mending import Mending
from twin.proof.scoring import Share, beside_naive

LEAST, MOST = 0.75, 0.85  # coverage of an 80 % band that keeps its promise
PARTS = ("overall", "in the lowest quarter", "in the second quarter", "in the third quarter", "in the highest quarter")
FEW = 100  # patients rehearsed with, below which that is said


def notes_on(found: dict, held: Sequence[Share | None], mending: Mending) -> list[str]:
    """Say in sentences what the forecasts of one variable do not keep, and what they could not be checked on.

    Parameters
    ----------
    found
        One variable's part of a back-test.
    held
        Share of values inside their 80 % band: all, then by quarter of the forecasts.
    mending
        What a rehearsal taught of the variable.
    """
    notes = [_held(part, name) for part, name in zip(held, PARTS, strict=True) if part and not _holds(part.share)]
    for measure, better in found["better_than_naive"].items():
        if not better:
            method = min((m for m in found[measure] if m != "twin"), key=found[measure].get)
            more = beside_naive(found[measure]) - 1.0
            above = f"{more:.1%} above that of" if more < float("inf") else "above zero, which is that of"
            notes.append(f"{measure.upper()} is {above} the naive forecast '{method}'.")
    if mending.persons == 0:
        notes.append("Records are too short to rehearse a forecast: the bands were not checked beforehand.")
    elif mending.persons < FEW:
        notes.append(f"The bands were checked beforehand on {mending.persons:,} patients only.")
    if 0.0 < mending.window < 1.0:
        notes.append("Many records are too short to rehearse the whole horizon: shorter forecasts stood in for it.")
    return notes


def kept(found: dict) -> bool:
    """Say whether one variable's forecasts keep the whole promise: bands overall and in every quarter, both scores."""
    shares = (found["coverage"]["80"], *(part for part in found["coverage_80_by_quarter"] if part is not None))
    return all(found["better_than_naive"].values()) and all(map(_holds, shares))


def _holds(share: float) -> bool:
    return LEAST <= share <= MOST


def _held(part: Share, name: str) -> str:
    """Say how much the bands hold where that is too little or too much, and whether chance may explain it."""
    size = "narrow" if part.share < LEAST else "wide"
    text = f"80 % bands too {size} {name}: {part.share:.1%} of values inside"
    chance = part.low <= MOST and part.high >= LEAST
    return f"{text} (95 % range {part.low:.0%} to {part.high:.0%}{': may be chance' if chance else ''})."
