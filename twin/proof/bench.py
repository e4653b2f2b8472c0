"""How fast is each piece of work, beside its aim and beside a peer in the same run?"""

from collections.abc import Callable, Iterator

from twin.proof.app_speed import app_rows
from twin.proof.bench_row import BenchRow, Wanted, everything
from twin.proof.import_speed import import_rows
from twin.proof.kept_speed import kept_rows
from twin.proof.plan_speed import plan_rows
from twin.proof.risk_speed import risk_rows
from twin.proof.twin_speed import twin_rows

SECTIONS: dict[str, Callable[[Wanted], Iterator[BenchRow]]] = {
    "risk": risk_rows,
    "twin": twin_rows,
    "kept": kept_rows,
    "plan": plan_rows,
    "import": import_rows,
    "app": app_rows,
}


def measure(only: str | None = None) -> Iterator[BenchRow]:
    """Measure what is asked for, section by section, and yield each row as soon as it stands.

    Parameters
    ----------
    only
        A section's name, or a word of a row's work; everything unless given.
    """
    if only in SECTIONS:
        yield from SECTIONS[only](everything)
        return

    def wanted(work: str) -> bool:
        return only is None or only.lower() in work.lower()

    for section in SECTIONS.values():
        yield from (row for row in section(wanted) if wanted(row.work))
