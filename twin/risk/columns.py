"""How do numbers, words and yes-or-no values of many people become arrays that an equation can use?"""

from collections.abc import Mapping, Sequence

import numpy as np

MANY = 20_000  # people from whom a compiled loop is worth its loading
TRUE = {"true", "True", "TRUE"}
FALSE = {"false", "False", "FALSE"}


class Columns:
    """The inputs of an equation, one float array an input; unknown is NaN.

    Yes and no are 1 and 0; a word is its place in the list of words the input allows. `same` names inputs of one
    value for everybody.
    """

    __slots__ = ("_words", "same", "size", "values")

    def __init__(
        self,
        values: Mapping[str, np.ndarray],
        words: Mapping[str, Sequence[str]],
        *,
        same: frozenset[str] = frozenset(),
    ) -> None:
        self.values = values
        self._words = words
        self.same = same
        self.size = len(next(iter(values.values()))) if values else 0

    def __getitem__(self, name: str) -> np.ndarray:
        return self.values[name]

    def least(self, name: str) -> float:
        """Return the least value; NaN if one is unknown."""
        return self.values[name][0] if name in self.same else self.values[name].min()

    def greatest(self, name: str) -> float:
        """Return the greatest value; NaN if one is unknown."""
        return self.values[name][0] if name in self.same else self.values[name].max()

    def equals(self, name: str, word: str) -> np.ndarray:
        """Say for each person whether an input has that word; unknown is not equal."""
        return self.values[name] == self._words[name].index(word)

    def code(self, name: str) -> np.ndarray:
        """Return the place of each person’s word in the input’s list, -1 for an unknown or strange one."""
        values = self.values[name]
        return np.where(np.isfinite(values), values, -1).astype(np.intp)

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words an input allows, in the order of their codes."""
        return tuple(self._words[name])

    def part(self, start: int, stop: int) -> "Columns":
        """Return a run of people as views, without copying."""
        return Columns({name: values[start:stop] for name, values in self.values.items()}, self._words, same=self.same)

    def where(self, keep: np.ndarray) -> "Columns":
        """Return the people chosen by a mask."""
        return Columns({name: values[keep] for name, values in self.values.items()}, self._words, same=self.same)

    def replace(self, **changed: np.ndarray) -> "Columns":
        """Return the same people with some inputs changed."""
        return Columns({**self.values, **changed}, self._words, same=self.same - set(changed))


def is_one(column: object) -> bool:
    """Say whether what was given for an input is one value for everybody."""
    return isinstance(column, bool | int | float | str | np.generic)


def as_numbers(column: object) -> np.ndarray:
    """Turn a column into floats; empty text and ``None`` are unknown.

    Raises
    ------
    ValueError
        If a value is no number.
    """
    array = np.asarray(column)
    if array.dtype.kind in "fiub":
        return np.ascontiguousarray(array, dtype=np.float64)
    return np.array([_number(value) for value in array.tolist()], dtype=np.float64)


def as_booleans(column: object) -> np.ndarray:
    """Turn a column of yes and no into 1 and 0; empty text and ``None`` are unknown.

    Raises
    ------
    ValueError
        If a value is neither true nor false nor unknown.
    """
    array = np.asarray(column)
    if array.dtype.kind == "b":
        return array.astype(np.float64)
    if array.dtype.kind in "fiu":
        values = array.astype(np.float64)
        if not (np.isnan(values) | (values == 0) | (values == 1)).all():
            raise ValueError("a yes-or-no column holds a number other than 0 and 1")
        return values
    return np.array([_boolean(value) for value in array.tolist()], dtype=np.float64)


def as_codes(column: object, words: Sequence[str]) -> np.ndarray:
    """Turn a column of words into their places in `words`; unknown is NaN, a strange word is infinite."""
    codes = getattr(column, "codes", None)  # a pandas Categorical is coded already
    if codes is not None:
        if tuple(column.categories) == tuple(words) and codes.size and codes.min() >= 0:
            return codes.astype(np.float64)
        place = {word: i for i, word in enumerate(words)}
        lookup = np.array([*(place.get(str(w), np.inf) for w in column.categories), np.nan])
        return lookup.take(codes)  # an unknown one is -1, the last
    array = np.asarray(column)
    if array.dtype.kind not in "OU":
        array = np.array([None if value != value else f"{value:g}" for value in array.tolist()], dtype=object)
    result = np.full(array.shape, np.inf)
    left = array.size
    for place, word in enumerate(words):
        same = array == word
        result[same] = place
        left -= int(np.count_nonzero(same))
    if left:
        unknown = np.fromiter((_is_unknown(value) for value in array.tolist()), dtype=bool, count=array.size)
        result[unknown] = np.nan
    return result


def _is_unknown(value: object) -> bool:
    return value is None or value == "" or value != value  # NaN and pandas' NA differ from themselves


def _number(value: object) -> float:
    if value is None or value == "":
        return np.nan
    return float(value)


def _boolean(value: object) -> float:
    if value in TRUE or value is True or value == 1:
        return 1.0
    if value in FALSE or value is False or value == 0:
        return 0.0
    if _is_unknown(value):
        return np.nan
    raise ValueError(f"{value!r} is neither true nor false")
