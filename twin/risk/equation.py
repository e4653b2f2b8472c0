"""What is a published equation: which inputs, which ranges, which outputs, from where?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from twin.data_files import read_table
from twin.errors import BadEvidence
from twin.evidence.coefficients import coefficients
from twin.evidence.sources import Source, source
from twin.risk.columns import Columns
from twin.risk.trace import Trace
from twin.variables import registry

Kind = Literal["number", "boolean", "word", "choice"]
Terms = Mapping[str, Mapping[str, np.ndarray]]


@dataclass(frozen=True, slots=True)
class Limit:
    """A range of an input, in its unit; `when` narrows it to the rows where another input has that value."""

    low: float
    high: float
    high_included: bool
    when: tuple[str, float] | None
    source_id: str

    def outside(self, values: np.ndarray) -> np.ndarray:
        """Say for each value whether it lies outside; an unknown value lies nowhere."""
        above = values > self.high if self.high_included else values >= self.high
        return (values < self.low) | above

    def __str__(self) -> str:
        if self.low == -np.inf:
            return f"{'up to' if self.high_included else 'below'} {self.high:g}"
        if self.high == np.inf:
            return f"{self.low:g} or more"
        return f"{self.low:g} to {'' if self.high_included else 'below '}{self.high:g}"


@dataclass(frozen=True, slots=True)
class Input:
    """One input of an equation.

    `outputs` names the outputs that need it, all of them if empty; `words` are the values a ``word`` or
    a ``choice`` may take; `unless` is the input that makes this one unnecessary where it is known;
    `rules_out` names the outputs that a yes rules out, a first event in someone who had it; `when_missing`
    says what the equation itself does without an optional input.
    """

    name: str
    label: str
    unit: str
    kind: Kind
    required: bool
    words: tuple[str, ...]
    outputs: tuple[str, ...]
    unless: str
    rules_out: tuple[str, ...]
    when_missing: str
    limits: tuple[Limit, ...]

    @property
    def low(self) -> float:
        """The lowest value covered whatever the other inputs are."""
        return max((limit.low for limit in self.limits if limit.when is None), default=-np.inf)

    @property
    def high(self) -> float:
        """The highest value covered, or its upper bound where that is not included."""
        return min((limit.high for limit in self.limits if limit.when is None), default=np.inf)

    def to_json(self) -> dict:
        """Return the input as plain data."""
        return {
            "name": self.name,
            "label": self.label,
            "unit": self.unit,
            "kind": self.kind,
            "required": self.required,
            "words": list(self.words),
            "low": self.low if np.isfinite(self.low) else None,
            "high": self.high if np.isfinite(self.high) else None,
            "ranges": [
                {"text": str(limit), "when": f"{limit.when[0]} = {limit.when[1]:g}" if limit.when else None}
                for limit in self.limits
            ],
            "needed_by": list(self.outputs),
            "unless": self.unless or None,
        }


@dataclass(frozen=True, slots=True)
class Output:
    """One output of an equation; a ``risk_*`` is a probability."""

    name: str
    label: str
    unit: str
    kind: Literal["number", "integer", "word"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Equation:
    """A published equation with everything a reader needs to check it.

    `compute` gives the outputs of many people at once, without looking at ranges. `terms` gives, for each
    output, what each term adds to the sum that `scale` turns into the output: ``logistic``
    (1 / (1 + exp(-sum))), ``survival`` (1 - baseline survival ** exp(sum)), ``exp``, ``sum`` (the output is
    the sum) or ``steps`` (as the notes say). `trace` gives one person's numbers of an output with their rows;
    ``None`` where the equation gives no risk over time.
    """

    id: str
    version: str
    title: str
    short: str
    inputs: tuple[Input, ...]
    outputs: Mapping[str, Output]
    population: str
    not_for: str
    requires_any: tuple[str, ...]
    excludes_ever: tuple[str, ...]
    excludes_now: tuple[str, ...]
    horizons: tuple[int, ...]
    notes: str
    source_id: str
    scale: Literal["logistic", "survival", "exp", "sum", "steps"]
    compute: Callable[[Columns], Mapping[str, np.ndarray]]
    terms: Callable[[Columns], Terms]
    trace: Callable[[Columns, str], Trace] | None = None

    @property
    def versioned(self) -> str:
        """The id a result carries: ``prevent_base@2023``."""
        return f"{self.id}@{self.version}"

    @property
    def source(self) -> Source:
        """Where it was published and where its numbers were read."""
        return source(self.source_id)

    def input(self, name: str) -> Input:
        """Return one input by name."""
        return next(known for known in self.inputs if known.name == name)

    def needs(self, output: str) -> tuple[Input, ...]:
        """Return the inputs that one output depends on."""
        return tuple(known for known in self.inputs if not known.outputs or output in known.outputs)

    def to_json(self) -> dict:
        """Return all but the code as plain data."""
        cited = self.source
        return {
            "id": self.id,
            "version": self.version,
            "title": self.title,
            "inputs": [known.to_json() for known in self.inputs],
            "outputs": [
                {"name": o.name, "label": o.label, "unit": o.unit, "kind": o.kind} for o in self.outputs.values()
            ],
            "horizons": list(self.horizons),
            "population": self.population,
            "not_for": self.not_for,
            "notes": self.notes,
            "source": {"id": cited.id, "citation": cited.citation, "doi": cited.doi, "read_in": cited.read_in},
        }


@cache
def equation_coefficients(equation_id: str) -> dict[tuple[str, ...], float]:
    """Return an equation's coefficients by its key columns and term, without the id and version columns."""
    table = {}
    for (named, _version, *key), value in coefficients(equation_id).items():
        if named != equation_id:
            raise BadEvidence(
                f"{equation_id}.csv holds a row of {named}",
                clinical=f"The coefficients of {equation_id} are mixed up; it is not used.",
            )
        table[tuple(key)] = value
    return table


def published(
    equation_id: str,
    *,
    scale: str,
    compute: Callable[[Columns], Mapping[str, np.ndarray]],
    terms: Callable[[Columns], Terms],
    trace: Callable[[Columns, str], Trace] | None = None,
) -> Equation:
    """Join an equation's arithmetic to what ``data/coefficients/catalogue`` says about it."""
    row = next(row for row in _rows("equations") if row["id"] == equation_id)
    outputs = {
        r["output"]: Output(r["output"], r["label"], r["unit"], r["kind"])
        for r in _rows("outputs")
        if equation_id in _words(r["equations"])
    }
    return Equation(
        **{key: row[key] for key in ("id", "version", "title", "short", "population", "not_for", "notes", "source_id")},
        requires_any=_words(row["requires_any"]),
        excludes_ever=_words(row["excludes_ever"]),
        excludes_now=_words(row["excludes_now"]),
        horizons=tuple(int(years) for years in _words(row["horizons"])),
        inputs=_inputs(equation_id),
        outputs=outputs,
        scale=scale,
        compute=compute,
        terms=terms,
        trace=trace,
    )


def _rows(name: str) -> tuple[dict[str, str], ...]:
    return read_table(f"coefficients/catalogue/{name}.csv")


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split(";")) if text else ()


def _inputs(equation_id: str) -> tuple[Input, ...]:
    found: dict[str, dict] = {}
    for row in _rows("inputs"):
        if equation_id not in _words(row["equations"]):
            continue
        known = found.setdefault(row["input"], {**row, "limits": []})
        if row["low"] or row["high"]:
            known["limits"].append(_limit(row))
    return tuple(_input(row) for row in found.values())


def _input(row: dict) -> Input:
    variable = registry().get(row["input"])
    return Input(
        name=row["input"],
        label=row["label"] or variable.label,
        unit=row["unit"] or (variable.unit if variable else ""),
        kind=row["kind"],
        required=row["required"] == "true",
        words=_words(row["words"]),
        outputs=_words(row["outputs"]),
        unless=row["unless"],
        rules_out=_words(row["rules_out"]),
        when_missing=row["when_missing"],
        limits=tuple(row["limits"]),
    )


def _limit(row: dict[str, str]) -> Limit:
    high = row["high"]
    name, _, value = row["when"].partition("=")
    return Limit(
        low=float(row["low"] or "-inf"),
        high=float(high.removeprefix("<") or "inf"),
        high_included=not high.startswith("<"),
        when=(name, float(value)) if name else None,
        source_id=row["source_id"],
    )
