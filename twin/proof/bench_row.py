"""What does one line of the bench table say?"""

from collections.abc import Callable
from dataclasses import asdict, dataclass

Wanted = Callable[[str], bool]
"""Says of a piece of work, by its name in the table, whether it is to be measured."""


def everything(work: str) -> bool:
    """Want all work."""
    return True


@dataclass(frozen=True, slots=True)
class BenchRow:
    """One measured piece of work beside its aim.

    `value` is in `unit`; `peer` names what ran beside it in the same run and `ratio` is ours over the
    peer's rate (``None`` where nothing ran beside it). `met` is ``None`` when the row only informs.
    """

    work: str
    value: float
    unit: str
    aim: str
    met: bool | None
    limit: str  # what keeps it from being faster
    peer: str = ""
    ratio: float | None = None

    def to_json(self) -> dict:
        """Return the row as plain data."""
        return asdict(self)
