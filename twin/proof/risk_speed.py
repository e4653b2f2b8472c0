"""How fast are the published equations on a million people, beside the packages made for them?"""

import importlib.util
import resource
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd

from twin.proof.bench_row import BenchRow, Wanted, everything
from twin.risk.catalogue import score

PEOPLE = 1_000_000
REPEATS, SECONDS = 5, 1.0  # at least; a few milliseconds are measured more often
PYPREVENT_ROWS_PER_S = 2.4e6  # measured with pyprevent 0.1.6 on two quiet cores of this kind
KFRE_ROWS_PER_S = 3.3e6  # kfre 0.1.18, likewise
FULL = ["uacr", "hba1c", "sdi_decile"]  # what the full equation asks for beside the base one's inputs
MEMORY = "memory of this process at its peak, the table of people included"
KFRE = f"kfre_4 on {PEOPLE:,} people"
ARITHMETIC = "155 products and five exponentials a person on the cores there are, then the checks of each range"


def people(count: int = PEOPLE, *, seed: int = 0) -> pd.DataFrame:
    """Draw people within the ranges of PREVENT and, for eGFR and UACR, of both equations."""
    draw = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": draw.uniform(40, 79, count),
            "sex": pd.Categorical.from_codes((draw.random(count) < 0.5).astype(int), ["female", "male"]),
            "total_cholesterol": draw.uniform(135, 310, count),
            "hdl_cholesterol": draw.uniform(25, 95, count),
            "systolic_bp": draw.uniform(95, 195, count),
            "has_diabetes": draw.random(count) < 0.15,
            "current_smoker": draw.random(count) < 0.15,
            "bmi": draw.uniform(19, 39, count),
            "egfr": draw.uniform(16, 59, count),
            "bp_treated": draw.random(count) < 0.3,
            "on_statin": draw.random(count) < 0.3,
            "uacr": np.clip(np.exp(draw.normal(3, 1.5, count)), 0.1, 25_000),
            "hba1c": draw.uniform(4.5, 10, count),
            "sdi_decile": draw.integers(1, 11, count).astype(float),
        }
    )


def rate(work: Callable[[], object], count: int = PEOPLE) -> float:
    """Return rows per second: the median of some repeats after a warm-up."""
    work()
    seconds: list[float] = []
    while len(seconds) < REPEATS or sum(seconds) < SECONDS:
        start = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - start)
    return count / statistics.median(seconds)


def risk_rows(wanted: Wanted = everything) -> Iterator[BenchRow]:
    """Yield PREVENT base and full and KFRE; the packages run beside them where they can be imported."""
    prevent = {name: f"{name} on {PEOPLE:,} people, five outcomes" for name in ("prevent_base", "prevent_full")}
    chosen = [name for name, work in prevent.items() if wanted(work)]
    if not chosen and not wanted(MEMORY) and not wanted(KFRE):
        return
    table = people()
    if chosen:
        peer = _pyprevent(table)
        yield from (_prevent_row(name, prevent[name], table, *peer) for name in chosen)
    if wanted(MEMORY):
        yield _memory_row(table)
    if wanted(KFRE):
        yield _kfre_row(table)


def _prevent_row(equation_id: str, work: str, table: pd.DataFrame, pyprevent: float, peer: str) -> BenchRow:
    given = _prevent_columns(table, FULL if equation_id == "prevent_full" else [])
    ours = rate(lambda: score(equation_id, given))
    return BenchRow(
        work=work,
        value=ours,
        unit="rows/s",
        aim=">= 3 x pyprevent (one outcome)",
        met=ours >= 3 * pyprevent,
        limit=ARITHMETIC,
        peer=peer,
        ratio=ours / pyprevent,
    )


def _kfre_row(table: pd.DataFrame) -> BenchRow:
    kfre, kfre_name = _kfre(table)
    given = {name: table[name].array for name in ("age", "sex", "egfr", "uacr")}
    given |= {"north_american": True, "horizon_years": 5}  # one value for all, as theirs
    ours = rate(lambda: score("kfre_4", given))
    return BenchRow(
        work=KFRE,
        value=ours,
        unit="rows/s",
        aim=">= 10 x kfre",
        met=ours >= 10 * kfre,
        limit="one logarithm and two exponentials a person, and the checks of each range",
        peer=kfre_name,
        ratio=ours / kfre,
    )


def _prevent_columns(table: pd.DataFrame, extra: list[str]) -> dict[str, object]:
    names = [name for name in table.columns if name not in FULL] + extra
    return {name: table[name].array for name in names} | {"horizon_years": 10}


def _memory_row(table: pd.DataFrame) -> BenchRow:
    score("prevent_full", _prevent_columns(table, FULL))  # the largest of the works, should it not have run yet
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return BenchRow(
        work=MEMORY,
        value=peak,
        unit="MiB",
        aim="< 600 MB",
        met=peak * 1.048576 < 600,
        limit="the columns themselves; terms exist for a block of people at a time",
    )


def _pyprevent(table: pd.DataFrame) -> tuple[float, str]:
    if importlib.util.find_spec("pyprevent") is None:
        return PYPREVENT_ROWS_PER_S, "pyprevent 0.1.6, reference figure, not run here"
    import pyprevent

    theirs = table.drop(columns=FULL).rename(columns={"bp_treated": "on_htn_meds", "on_statin": "on_cholesterol_meds"})
    theirs["sex"] = theirs["sex"].astype(object)
    return rate(lambda: pyprevent.batch_calculate_10_yr_cvd_risk(theirs)), "pyprevent, one outcome, same run"


def _kfre(table: pd.DataFrame) -> tuple[float, str]:
    if importlib.util.find_spec("kfre") is None:
        return KFRE_ROWS_PER_S, "kfre 0.1.18, reference figure, not run here"
    import kfre

    theirs = pd.DataFrame(
        {
            "Age": table["age"],
            "SEX": np.where(table["sex"] == "male", "Male", "Female"),
            "eGFR": table["egfr"],
            "uACR": table["uacr"],
        }
    )
    columns = {"age_col": "Age", "sex_col": "SEX", "eGFR_col": "eGFR", "uACR_col": "uACR"}
    run = lambda: kfre.add_kfre_risk_col(theirs, **columns, num_vars=4, years=(5,), is_north_american=True)  # noqa: E731
    return rate(run), "kfre, same run"
