"""Which equations are there, and what does one say about many people?"""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from twin.errors import BadFile, UnknownName
from twin.risk.check import Finding, findings, to_columns
from twin.risk.columns import Columns
from twin.risk.equation import Equation
from twin.risk.equations import (
    checklists,
    ckd_epi,
    framingham,
    glycaemia,
    kfre,
    liver,
    liver_volume,
    pce,
    possum,
    prevent,
    score2,
    smart_reach,
    surgery,
    ukpds_om2,
    vital_signs,
    warfarin,
)

BATCH = 50_000  # rows written at a time
MODULES = (
    prevent,
    pce,
    framingham,
    score2,
    smart_reach,
    ukpds_om2,
    kfre,
    ckd_epi,
    vital_signs,
    liver,
    checklists,
    surgery,
    possum,
    liver_volume,
    warfarin,
    glycaemia,
)


@cache
def equations() -> Mapping[str, Equation]:
    """Return every equation by id."""
    return MappingProxyType({name: known for module in MODULES for name, known in module.equations().items()})


def equation(equation_id: str) -> Equation:
    """Return one equation.

    Raises
    ------
    UnknownName
        If the catalogue has no such id.
    """
    try:
        return equations()[equation_id]
    except KeyError:
        raise UnknownName(
            f"equation {equation_id!r} is not in the catalogue",
            clinical=f"The equation “{equation_id}” is not known here. “equations” lists those that are.",
        ) from None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Scored:
    """An equation's answer for many people, in their order.

    A withheld output is NaN, or empty text where the output is a word; `problems` says why in words,
    empty for nothing to say.
    """

    equation: Equation
    outputs: Mapping[str, np.ndarray]
    problems: np.ndarray

    @property
    def rows(self) -> int:
        """How many people."""
        return len(self.problems)

    @property
    def rows_with_problems(self) -> int:
        """How many of them with something said in `problems`."""
        return int(np.count_nonzero(self.problems != ""))

    def to_json(self) -> dict:
        """Return one mapping a person, as plain data; ``None`` for a withheld output."""
        columns = [self._plain(name, slice(None)) for name in self.outputs]
        names = (*self.outputs, "problems")
        return {
            "rows": [dict(zip(names, row, strict=True)) for row in zip(*columns, self.problems.tolist(), strict=True)]
        }

    def to_csv(self) -> str:
        """Write one line a person: the outputs, unrounded, then ``problems``."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*self.outputs, "problems"])
        for start in range(0, self.rows, BATCH):  # a million rows at once would fill the memory with their text
            rows = slice(start, start + BATCH)
            columns = [self._plain(name, rows) for name in self.outputs]
            writer.writerows(zip(*columns, self.problems[rows].tolist(), strict=True))
        return file.getvalue()

    def _plain(self, name: str, rows: slice) -> list:
        kind, values = self.equation.outputs[name].kind, self.outputs[name][rows].tolist()
        if kind == "word":
            return [value or None for value in values]
        return [None if value != value else int(value) if kind == "integer" else value for value in values]


def score(equation_id: str, columns: Mapping[str, object]) -> Scored:
    """Apply an equation to many people.

    Parameters
    ----------
    equation_id
        Of the catalogue.
    columns
        Input name to values in canonical units, one a person: arrays or lists of numbers, of true and
        false, of words; ``None``, NaN and empty text are unknown.

    Raises
    ------
    UnknownName
        If the equation does not exist or has no such input.
    BadFile
        If a value is not of its input's kind, or columns differ in length.
    """
    known = equation(equation_id)
    strange = [name for name in columns if name not in {i.name for i in known.inputs}]
    if strange:
        raise UnknownName(
            f"{equation_id} has no input {', '.join(strange)}",
            clinical=f"{known.title} has no input {', '.join(strange)}.",
        )
    try:
        arrays = to_columns(known, columns)
    except ValueError as error:
        raise BadFile(f"{equation_id}: {error}", clinical=f"A value cannot be read: {error}.") from error
    return apply(known, arrays, list(findings(known, arrays)), columns)


def apply(known: Equation, columns: Columns, found: Iterable[Finding], given: Mapping[str, object]) -> Scored:
    """Compute, then withhold what the equation does not cover and say so.

    Parameters
    ----------
    known
        The equation.
    columns
        Its inputs as arrays.
    found
        What `twin.risk.check.findings` says about them.
    given
        The inputs as they came, to quote a strange word.
    """
    with np.errstate(all="ignore"):  # people outside the range are computed too, then withheld
        outputs = dict(known.compute(columns))
    problems = np.full(columns.size, "", dtype=object)
    withheld = {output: np.zeros(columns.size, dtype=bool) for output in known.outputs}
    for finding in found:
        for output in finding.outputs:
            withheld[output] |= finding.people
        for person in np.flatnonzero(finding.people):
            name = finding.input.name
            _say(problems, person, finding.text(known, columns[name][person], _item(given.get(name), person)))
    for output, people in withheld.items():
        outputs[output] = _withhold(output, outputs[output], people, problems)
    return Scored(known, outputs, problems)


def _withhold(output: str, values: np.ndarray, people: np.ndarray, problems: np.ndarray) -> np.ndarray:
    """Empty the output of these people, and say so of anyone else for whom it is empty."""
    is_word = values.dtype.kind in "OU"
    if is_word or np.isnan(values.sum()):  # cheaper than asking each value, and usually no
        unknown = (values == "" if is_word else np.isnan(values)) & ~people
        for person in np.flatnonzero(unknown):
            _say(problems, person, f"no {output}: it cannot be worked out from what is known")
    return np.where(people, "" if is_word else np.nan, values) if people.any() else values


def _say(problems: np.ndarray, person: int, text: str) -> None:
    problems[person] = f"{problems[person]}; {text}" if problems[person] else text


def _item(column: object, person: int) -> object:
    if column is None:
        return None
    value = np.asarray(column)[person]
    return value.item() if isinstance(value, np.generic) else value
