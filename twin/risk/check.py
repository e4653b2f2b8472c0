"""Which people does an equation not cover, for which of its outputs, and how is that said?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from twin.risk.columns import Columns, as_booleans, as_codes, as_numbers, is_one
from twin.risk.equation import Equation, Input, Limit


@dataclass(frozen=True, slots=True, eq=False)
class Finding:
    """One reason to withhold outputs from some people, or, if `outputs` is empty, something to know.

    `people` is a mask; `limit` is ``None`` for a value that is missing or not a word the input allows.
    """

    input: Input
    kind: str  # missing, strange, outside, ruled out, substituted
    limit: Limit | None
    outputs: tuple[str, ...]
    people: np.ndarray

    def text(self, equation: Equation, value: float, given: object) -> str:
        """Say it in one line of a table: the variable, its value and the range."""
        name = self.input.name
        if self.kind == "substituted":
            return f"{name} missing: {self.input.when_missing}"
        if self.kind == "missing":
            said = f"{name} missing"
        elif self.kind == "ruled out":
            said = f"{name}: only a first event has a risk here"
        elif self.kind == "strange":
            said = f"{name} “{_plain(given)}” is not one of {', '.join(self.input.words)}"
        else:
            said = f"{name} {self._told(value)} outside {self.limit}{self._unit()}"
            if self.limit.when:
                said += " for {} {:g}".format(*self.limit.when)
        return said if self.outputs == tuple(equation.outputs) else f"{said}: no {', '.join(self.outputs)}"

    def clinical(self, value: float, given: object) -> str:
        """Say it to a clinician, as in "This equation covers ages 30 to 79. This patient is 82."."""
        if self.kind == "ruled out":
            return f"This equation gives the risk of a first event. On record: {in_sentence(self.input.label)}."
        if self.kind == "strange":
            return f"{self.input.label} “{_plain(given)}” is not one this equation knows."
        when = f" over {self.limit.when[1]:g} years" if self.limit.when else ""
        if self.input.name == "age":
            return f"This equation covers ages {self.limit}{when}. This patient is {self._told(value)}."
        covered = f"{in_sentence(self.input.label)} {self.limit}{self._unit()}{when}"
        return f"This equation covers {covered}. This patient’s is {self._told(value)}."

    def _told(self, value: float) -> str:
        """Write a value outside the range so that it still is when rounded."""
        rounded = f"{value:g}"
        return rounded if self.limit.outside(float(rounded)) else repr(float(value))

    def _unit(self) -> str:
        return f" {self.input.unit}" if self.input.unit not in ("", "1") else ""


def in_sentence(label: str) -> str:
    """Write a label as it stands inside a sentence: "total cholesterol", but "HbA1c" and "LDL cholesterol"."""
    first = label.split()[0]
    return label if any(letter.isupper() for letter in first[1:]) else label[0].lower() + label[1:]


def _plain(given: object) -> str:
    return f"{given:g}" if isinstance(given, float | int) else str(given)


def to_columns(equation: Equation, given: Mapping[str, object], *, size: int | None = None) -> Columns:
    """Turn what was given for an equation's inputs into arrays; an input not given is unknown for all.

    Parameters
    ----------
    given
        A column an input, or one value for everybody.
    size
        How many people; what the columns say unless given.

    Raises
    ------
    ValueError
        If a value is no number, or neither true nor false, or columns differ in length.
    """
    size, values, same = rows_of(given) if size is None else size, {}, set()
    for known in equation.inputs:
        column = given.get(known.name, np.nan)
        if is_one(column):
            values[known.name] = np.full(size, _to_array(known, [column])[0])
            same.add(known.name)
        else:
            values[known.name] = _to_array(known, column)
    words = {known.name: known.words for known in equation.inputs if known.kind == "word"}
    return Columns(values, words, same=frozenset(same))


def _to_array(known: Input, column: object) -> np.ndarray:
    if known.kind == "word":
        return as_codes(column, known.words)
    try:
        return as_booleans(column) if known.kind == "boolean" else as_numbers(column)
    except ValueError:  # its text holds the value, which may be a patient's
        kind = "neither true nor false" if known.kind == "boolean" else "no number"
        raise ValueError(f"{known.name} holds a value that is {kind}") from None


def rows_of(given: Mapping[str, object]) -> int:
    """Return how many people there are; one value for everybody does not count them.

    Raises
    ------
    ValueError
        If columns differ in length.
    """
    columns = {name: column for name, column in given.items() if not is_one(column)}
    size = max((len(column) for column in columns.values()), default=int(bool(given)))
    for name, column in columns.items():
        if len(column) != size:
            raise ValueError(f"{name} has {len(column)} rows where another column has {size}")
    return size


def findings(equation: Equation, columns: Columns) -> Iterator[Finding]:
    """Yield every reason, input by input."""
    everything = tuple(equation.outputs)
    for known in equation.inputs:
        values = columns[known.name]
        if not values.size:
            continue
        # Two looks settle the usual column, where every value is known and covered; an unknown one makes both NaN.
        least = columns.least(known.name) if known.limits or known.kind == "choice" else 0.0
        greatest = columns.greatest(known.name)
        needed_by = known.outputs or everything
        if np.isnan(greatest):
            unknown = np.isnan(values)
            if known.unless:
                unknown &= np.isnan(columns[known.unless])
            if unknown.any() and (known.required or known.when_missing):
                kind, outputs = ("missing", needed_by) if known.required else ("substituted", ())
                yield Finding(known, kind, None, outputs, unknown)
        if known.rules_out and not greatest < 1 and (values == 1).any():
            yield Finding(known, "ruled out", None, known.rules_out, values == 1)
        strange = _strange(known, values, least, greatest)
        if strange is not None and strange.any():
            yield Finding(known, "strange", None, needed_by, strange)
        yield from _outside(known, columns, least, greatest, needed_by)


def _strange(known: Input, values: np.ndarray, least: float, greatest: float) -> np.ndarray | None:
    """Say who has a word that the input does not allow; ``None`` for nobody."""
    if known.kind == "word":
        return None if np.isfinite(greatest) else np.isinf(values)
    if known.kind == "choice":
        choices = [float(word) for word in known.words]
        if least == greatest and least in choices:  # one horizon for all
            return None
        return ~(np.isnan(values) | np.isin(values, choices))
    return None


def _outside(
    known: Input, columns: Columns, least: float, greatest: float, outputs: tuple[str, ...]
) -> Iterator[Finding]:
    values, said = columns[known.name], None
    for limit in known.limits:
        if least >= limit.low and greatest < limit.high:
            continue
        outside = limit.outside(values)
        if said is not None:  # once is enough
            outside &= ~said
        if limit.when is not None:
            name, value = limit.when
            outside &= columns[name] == value
        if outside.any():
            said = outside if said is None else said | outside
            yield Finding(known, "outside", limit, outputs, outside)
