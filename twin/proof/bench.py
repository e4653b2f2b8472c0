"""How fast is each piece of work, beside its aim and beside a peer in the same run?"""

from collections.abc import Callable, Iterator

from twin.proof.app_speed import app_rows
from twin.proof.bench_row import BenchRow
from twin.proof.import_speed import import_rows
from twin.proof.kept_speed import kept_rows
from twin.proof.plan_speed import plan_rows
from twin.proof.risk_speed import risk_rows
from twin.proof.twin_speed import twin_rows

SECTIONS: dict[str, Callable[[], Iterator[BenchRow]]] = {
    "risk": risk_rows,
    "twin": twin_rows,
    "kept": kept_rows,
    "plan": plan_rows,
    "import": import_rows,
    "app": app_rows,
}


def measure(only: str | None = None) -> Iterator[BenchRow]:
    """Measure section by section and yield each row as soon as it stands.

    Parameters
    ----------
    only
        A section's name, or a word of a row's work; everything unless given.
    """
    chosen = [only] if only in SECTIONS else list(SECTIONS)
    for section in chosen:
        for row in SECTIONS[section]():
            if only is None or only in SECTIONS or only.lower() in row.work.lower():
                yield row
