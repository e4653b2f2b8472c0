"""What is the sum of coefficient times term, for many people and several outputs at once?"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

import numpy as np

from twin.risk.columns import Columns
from twin.risk.equation import equation_coefficients
from twin.risk.trace import TracedSum, TracedTerm, row

ROWS = 4096  # of one block: its terms stay in the processor's cache


class LinearPredictor:
    """The sums of an equation whose coefficients depend on a person's group.

    Products are added one after another in the order of the terms, so that a person alone gets the digits of
    the same person in a table.

    Parameters
    ----------
    equation_id
        Names ``data/coefficients/<equation_id>.csv`` with the key columns `groups` (in this order),
        then ``output``, empty for what is no coefficient of a term, and ``term``.
    prepare
        Returns each term of a block of people by the name it has in the table.
    group_of
        Returns each person's place in `groups`, -1 for no group.
    groups
        Key of each group, as the table writes it.
    names
        The terms in the order of adding; that of their first row in the table unless given.
    """

    def __init__(
        self,
        equation_id: str,
        *,
        prepare: Callable[[Columns], Mapping[str, np.ndarray]],
        group_of: Callable[[Columns], np.ndarray],
        groups: Sequence[tuple[str, ...]],
        names: Sequence[str] = (),
    ) -> None:
        self._id = equation_id
        self._prepare = prepare
        self._group_of = group_of
        self._groups = tuple(groups)
        self._names = tuple(names)

    @cached_property
    def _table(self) -> dict[tuple[str, ...], float]:
        return {key: value for key, value in equation_coefficients(self._id).items() if key[-2]}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Term names in the order of adding."""
        return self._names or tuple(dict.fromkeys(key[-1] for key in self._table))

    @cached_property
    def outputs(self) -> tuple[str, ...]:
        """Outputs, in the order of their first row in the table."""
        return tuple(dict.fromkeys(key[-2] for key in self._table))

    @cached_property
    def weights(self) -> np.ndarray:
        """Coefficients by group, output and term; a term that an output does not have weighs nothing."""
        table = np.zeros((len(self._groups), len(self.outputs), len(self.names)))
        for (*group, output, term), value in self._table.items():
            place = self._groups.index(tuple(group))
            table[place, self.outputs.index(output), self.names.index(term)] = value
        return table

    def __call__(self, columns: Columns) -> dict[str, np.ndarray]:
        """Return the sum of every output; block by block, so that many people need little memory."""
        sums = np.full((len(self.outputs), columns.size), np.nan)
        for start in range(0, columns.size, ROWS):
            part = columns.part(start, start + ROWS)
            self._add_up(self._prepare(part), self._group_of(part), sums[:, start : start + ROWS])
        return dict(zip(self.outputs, sums, strict=True))

    def _add_up(self, terms: Mapping[str, np.ndarray], group: np.ndarray, sums: np.ndarray) -> None:
        for place in np.unique(group[group >= 0]):
            people = np.flatnonzero(group == place)
            total = np.zeros((len(self.outputs), people.size))
            for name, weights in zip(self.names, self.weights[place].T, strict=True):
                total += weights[:, None] * terms[name][people]
            sums[:, people] = total

    def contributions(self, columns: Columns) -> dict[str, dict[str, np.ndarray]]:
        """Return what each term adds to the sum of each output, leaving out terms it does not have."""
        terms = self._prepare(columns)
        weights = self.weights[self._group_of(columns)]
        return {
            output: {
                name: weights[:, o, t] * terms[name] for t, name in enumerate(self.names) if weights[:, o, t].any()
            }
            for o, output in enumerate(self.outputs)
        }

    def trace(self, columns: Columns, output: str) -> TracedSum:
        """Return one person's terms of one output with the rows of their coefficients."""
        terms, group = self._prepare(columns), self._groups[int(self._group_of(columns)[0])]
        found = []
        for name in self.names:
            key = (*group, output, name)
            if key in self._table:
                weight, value = self._table[key], float(terms[name][0])
                found.append(TracedTerm(name, value, weight, weight * value + 0.0, row(self._id, key)))
        return TracedSum("", tuple(found))
