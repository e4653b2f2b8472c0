"""Which equations are there, and what does one say about many people?"""

import csv
import io
import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from twin.errors import BadFile, UnknownName
from twin.risk.check import findings, rows_of, to_columns
from twin.risk.columns import is_one
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
PIECE = 128_000  # rows of a thread at a time: long enough for its steps to run beside those of another
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

    A withheld output is NaN, or empty text where the output is a word; `said` tells why in words, by the places of
    those of whom there is something to say. `unused` names the columns of a table that the equation does not take.
    """

    equation: Equation
    rows: int
    outputs: Mapping[str, np.ndarray]
    said: dict[int, str]
    unused: tuple[str, ...] = ()

    @property
    def problems(self) -> np.ndarray:
        """What is said of each person, empty for nothing to say."""
        problems = np.full(self.rows, "", dtype=object)
        problems[list(self.said)] = list(self.said.values())
        return problems

    @property
    def rows_with_problems(self) -> int:
        """How many people have something said of them."""
        return len(self.said)

    def to_json(self) -> dict:
        """Return one mapping a person, as plain data; ``None`` for a withheld output."""
        columns = [self._plain(name, slice(None)) for name in self.outputs]
        names, problems = (*self.outputs, "problems"), self.problems.tolist()
        return {"rows": [dict(zip(names, row, strict=True)) for row in zip(*columns, problems, strict=True)]}

    def to_csv(self) -> str:
        """Write one line a person: the outputs, unrounded, then ``problems``."""
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([*self.outputs, "problems"])
        problems = self.problems
        for start in range(0, self.rows, BATCH):  # a million rows at once would fill the memory with their text
            rows = slice(start, start + BATCH)
            columns = [self._plain(name, rows) for name in self.outputs]
            writer.writerows(zip(*columns, problems[rows].tolist(), strict=True))
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
        false, of words; ``None``, NaN and empty text are unknown. One value stands for everybody.

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
    with _as_bad_file(equation_id):
        size = rows_of(columns)
    columns = {name: _quick_to_part(column) for name, column in columns.items()}
    found = Scored(known, size, _empty(known, size), {})
    pieces = 1 + size // PIECE
    edges = [size * place // pieces for place in range(pieces + 1)]
    if pieces == 1:
        _fill(found, columns, *edges)
    else:
        list(_threads().map(lambda start, stop: _fill(found, columns, start, stop), edges[:-1], edges[1:]))
    return found


def _quick_to_part(column: object) -> object:
    """Return a column of plain numbers without its pandas wrapping, which asks many questions at every slice."""
    kind = getattr(getattr(column, "dtype", None), "kind", "O")
    return np.asarray(column) if kind in "fiub" and not is_one(column) else column


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="score")


@contextmanager
def _as_bad_file(equation_id: str) -> Iterator[None]:
    try:
        yield
    except ValueError as error:
        raise BadFile(f"{equation_id}: {error}", clinical=f"A value cannot be read: {error}.") from error


def _empty(known: Equation, size: int) -> dict[str, np.ndarray]:
    return {name: np.empty(size, object if output.kind == "word" else float) for name, output in known.outputs.items()}


def _fill(scored: Scored, columns: Mapping[str, object], start: int, stop: int) -> None:
    """Compute a run of people, then withhold what the equation does not cover and say so."""
    known, rows = scored.equation, slice(start, stop)
    given = {name: column if is_one(column) else column[rows] for name, column in columns.items()}
    with _as_bad_file(known.id):
        arrays = to_columns(known, given, size=stop - start)

    def say(person: int, text: str) -> None:
        place = start + int(person)
        scored.said[place] = f"{scored.said[place]}; {text}" if place in scored.said else text

    with np.errstate(all="ignore"):  # people outside the range are computed too, then withheld
        outputs = known.compute(arrays)
    withheld = {output: np.zeros(arrays.size, dtype=bool) for output in known.outputs}
    for finding in findings(known, arrays):
        for output in finding.outputs:
            withheld[output] |= finding.people
        for person in np.flatnonzero(finding.people):
            name = finding.input.name
            say(person, finding.text(known, arrays[name][person], _item(given.get(name), person)))
    for output, people in withheld.items():
        scored.outputs[output][rows] = _withhold(output, outputs[output], people, say)


def _withhold(output: str, values: np.ndarray, people: np.ndarray, say: Callable[[int, str], None]) -> np.ndarray:
    """Empty the output of these people, and say so of anyone else for whom it is empty."""
    is_word = values.dtype.kind in "OU"
    if is_word or np.isnan(values.sum()):  # cheaper than asking each value, and usually no
        unknown = (values == "" if is_word else np.isnan(values)) & ~people
        for person in np.flatnonzero(unknown):
            say(person, f"no {output}: it cannot be worked out from what is known")
    return np.where(people, "" if is_word else np.nan, values) if people.any() else values


def _item(column: object, person: int) -> object:
    if column is None or is_one(column):
        return column
    value = np.asarray(column)[person]
    return value.item() if isinstance(value, np.generic) else value
