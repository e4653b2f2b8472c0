"""How can a reader redo a risk by hand: from which inputs, by which numbers of which table?

A receipt starts from an estimate alone. It works the equation out again for the inputs the estimate carries, and
lists each term in words with the formula of its value, its coefficient and the row of the coefficient table. `redo`
does the reader's arithmetic on nothing but what the receipt shows.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from twin.data_files import read_table
from twin.errors import BadEvidence
from twin.evidence.sources import Source, source
from twin.risk import life_table
from twin.risk.catalogue import equations
from twin.risk.check import to_columns
from twin.risk.columns import Columns
from twin.risk.equation import Equation, Input
from twin.risk.hazard import CURVES
from twin.risk.results import InputUsed, RiskEstimate, equation_of
from twin.risk.trace import Constant, Row, Trace, Year


@dataclass(frozen=True, slots=True)
class TermLine:
    """One term of a sum: ``contribution = coefficient x value``, the value by `formula` from `inputs` and `uses`."""

    term: str
    label: str
    formula: str
    inputs: tuple[InputUsed, ...]
    uses: tuple[Constant, ...]
    value: float
    coefficient: float
    contribution: float
    row: Row


@dataclass(frozen=True, slots=True)
class SumLines:
    """A sum and its terms; `name` is empty where the equation has one sum."""

    name: str
    terms: tuple[TermLine, ...]
    total: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The curve a risk between published horizons is read from: `HazardCurve`'s form and numbers."""

    form: str
    scale: float
    shape: float


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything behind one risk on screen.

    `published_years` is the horizon the sums belong to; `published_risk` the risk there, which is `risk` itself
    unless a `curve` leads from it to the horizon asked for. `how` says what a year's chance is made of. `ranges` are
    the inputs with what the equation covers.
    """

    outcome: str
    horizon_years: int
    risk: float
    equation: str
    title: str
    source: Source
    link: str
    sums: tuple[SumLines, ...]
    constants: tuple[Constant, ...]
    years: tuple[Year, ...]
    how: str
    published_years: int
    published_risk: float
    curve: Curve | None
    inputs: tuple[InputUsed, ...]
    ranges: tuple[Input, ...]
    population: str
    not_for: str
    notes: str
    problems: tuple[str, ...]

    @property
    def is_single_source(self) -> bool:
        """Say whether the numbers were read in one place only."""
        return not self.source.second_source

    def steps(self) -> tuple[str, ...]:
        """Return the way from the sums to the risk, a line a step, with the numbers put in."""
        return tuple(_steps(self))


@cache
def _terms() -> Mapping[tuple[str, str], tuple[str, str]]:
    return {
        (equation_id, row["term"]): (row["label"], row["formula"])
        for row in read_table("coefficients/catalogue/terms.csv")
        for equation_id in row["equations"].split(";")
    }


def words_of(equation_id: str, term: str) -> tuple[str, str]:
    """Return a term's label and the formula of its value.

    Raises
    ------
    BadEvidence
        If ``data/coefficients/catalogue/terms.csv`` has no row for it.
    """
    try:
        return _terms()[equation_id, term]
    except KeyError:
        raise BadEvidence(
            f"{equation_id}: term {term!r} is not in catalogue/terms.csv",
            clinical=f"A term of {equation_id} has no description on file; its receipt is not shown.",
        ) from None


def receipt(estimate: RiskEstimate) -> Receipt:
    """Work an estimate out again and return everything that makes it up.

    Raises
    ------
    BadEvidence
        If the estimate is not what its own inputs give, or a term has no description on file.
    """
    equation_id = equation_of(estimate)
    if equation_id == life_table.TABLE:
        return _of_life_table(estimate)
    known = equations()[equation_id]
    anchor = min(years for years in known.horizons if years >= estimate.horizon_years)
    columns = to_columns(known, _given(known, estimate, anchor))
    output = f"risk_{estimate.outcome}"
    with np.errstate(all="ignore"):  # inputs of other outputs are not among those of this one
        trace = known.trace(columns, output)
        published = float(known.compute(columns)[output][0])
        is_read = anchor == estimate.horizon_years or trace.link == "yearly"
        curve = None if is_read else _curve(equation_id, columns, output)
    made = Receipt(
        outcome=estimate.outcome,
        horizon_years=estimate.horizon_years,
        risk=estimate.risk,
        equation=estimate.equation,
        title=known.title,
        source=source(estimate.source_id),
        link=trace.link,
        sums=_sums(known, trace, estimate),
        constants=trace.constants,
        years=trace.years,
        how=trace.how,
        published_years=anchor,
        published_risk=published,
        curve=curve,
        inputs=estimate.inputs,
        ranges=known.needs(output),
        population=known.population,
        not_for=known.not_for,
        notes=known.notes,
        problems=estimate.problems,
    )
    return _checked(made)


def redo(made: Receipt) -> float:
    """Return the risk by the arithmetic that the receipt shows."""
    if made.link == "yearly":
        return _over(made, made.horizon_years)
    if made.curve is not None:
        grown = made.horizon_years**made.curve.shape
        if made.curve.form == "gompertz":
            grown = math.expm1(made.curve.shape * made.horizon_years)
        return -math.expm1(-made.curve.scale * grown)
    return redo_published(made)


def redo_published(made: Receipt) -> float:
    """Return the risk at the published horizon from sums, constants and years."""
    if made.link == "yearly":
        return _over(made, made.published_years)
    if made.link == "life table":
        return 1 - math.prod(1 - constant.value for constant in made.constants)
    total = made.sums[0].total
    if made.link == "logistic":
        return 1 / (1 + math.exp(-total))
    survival, *scales = (constant.value for constant in made.constants)
    if not scales:
        return 1 - survival ** math.exp(total)
    return 1 - math.exp(-math.exp(scales[0] + scales[1] * math.log(-math.log(survival) * math.exp(total))))


def _over(made: Receipt, years: int) -> float:
    return sum(year.free * year.chance for year in made.years if year.year <= years)


def _checked(made: Receipt) -> Receipt:
    if not math.isclose(redo(made), made.risk, rel_tol=1e-9, abs_tol=1e-12):
        raise BadEvidence(
            f"{made.equation}, {made.outcome}: the receipt gives {redo(made)!r}, the estimate says {made.risk!r}",
            clinical="This risk cannot be traced back to its inputs; its receipt is not shown.",
        )
    return made


def _curve(equation_id: str, columns: Columns, output: str) -> Curve:
    found = CURVES[equation_id](columns)[output]
    return Curve(found.form, float(found.scale[0]), float(found.shape[0]))


def _given(known: Equation, estimate: RiskEstimate, anchor: int) -> dict[str, list]:
    given: dict[str, list] = {used.name: [used.value] for used in estimate.inputs}
    if "horizon_years" in {i.name for i in known.inputs}:
        given["horizon_years"] = [anchor]
    return given


def _sums(known: Equation, trace: Trace, estimate: RiskEstimate) -> tuple[SumLines, ...]:
    by_name = {used.name: used for used in estimate.inputs}
    sums = []
    for traced in trace.sums:
        lines = []
        for term in traced.terms:
            label, formula = words_of(known.id, term.term)
            named = dict.fromkeys(re.findall(r"[a-z_][a-z_0-9]*", formula))
            inputs = tuple(by_name[name] for name in named if name in by_name)
            numbers = (term.value, term.coefficient, term.contribution)
            lines.append(TermLine(term.term, label, formula, inputs, term.uses, *numbers, term.row))
        sums.append(SumLines(traced.name, tuple(lines), traced.total))
    return tuple(sums)


def _of_life_table(estimate: RiskEstimate) -> Receipt:
    return _checked(
        Receipt(
            outcome=estimate.outcome,
            horizon_years=estimate.horizon_years,
            risk=estimate.risk,
            equation=estimate.equation,
            title="Life table of the population",
            source=source(estimate.source_id),
            link="life table",
            sums=(),
            constants=life_table.rows_of(estimate),
            years=(),
            how="",
            published_years=estimate.horizon_years,
            published_risk=estimate.risk,
            curve=None,
            inputs=estimate.inputs,
            ranges=(),
            population="Everybody of this age and sex in the United States",
            not_for="A statement about one person",
            notes="",
            problems=estimate.problems,
        )
    )


def _steps(made: Receipt) -> list[str]:
    said = [f"{part.name or 'sum'} = {part.total!r}" for part in made.sums]
    said += [f"{constant.name} = {constant.value!r}" for constant in made.constants]
    said += [made.how] if made.how else []
    said += {
        "logistic": ["risk = 1 / (1 + exp(-sum))"],
        "survival": ["risk = 1 - (baseline survival) ^ exp(sum)"],
        "rescaled survival": [
            "h = -ln(baseline survival) x exp(sum)",
            "risk = 1 - exp(-exp(scale 1 + scale 2 x ln(h)))",
        ],
        "yearly": ["risk = sum over the years of (share free at the start) x (chance within the year)"],
        "life table": ["risk = 1 - product over the years of (1 - chance of death)"],
    }[made.link]
    said.append(f"risk over {made.published_years} years = {made.published_risk!r}")
    if made.curve is not None:
        grown = f"exp({made.curve.shape!r} t) - 1" if made.curve.form == "gompertz" else f"t ^ {made.curve.shape!r}"
        said.append(f"between the published horizons, risk(t) = 1 - exp(-{made.curve.scale!r} x ({grown}))")
    if made.horizon_years != made.published_years:
        said.append(f"risk over {made.horizon_years} years = {made.risk!r}")
    return said
