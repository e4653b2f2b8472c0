"""After which disease is the next event more often a heart attack, after which a stroke?"""

from dataclasses import dataclass
from functools import cache

from twin.data_files import read_table


@dataclass(frozen=True, slots=True)
class EventShare:
    """One row of ``data/event_shares.csv``: events of a trial's people, who all had disease of one organ's arteries.

    `concepts` are the diagnoses that stand for the disease; `coronary_percent` and `stroke_percent` are people with
    such an event by the trial's end.
    """

    disease: str
    trial: str
    concepts: tuple[str, ...]
    coronary_percent: float
    stroke_percent: float
    source_id: str
    locator: str
    note: str

    @property
    def stroke(self) -> float:
        """Return the share of strokes among both kinds of event."""
        return self.stroke_percent / (self.coronary_percent + self.stroke_percent)


@cache
def event_shares() -> tuple[EventShare, ...]:
    """Return the rows of the table."""
    return tuple(
        EventShare(
            **{
                **row,
                "concepts": tuple(row["concepts"].split()),
                "coronary_percent": float(row["coronary_percent"]),
                "stroke_percent": float(row["stroke_percent"]),
            }
        )
        for row in read_table("event_shares.csv")
    )
