"""Where does a person stand today and in the years to come, as recorded and in draws?"""

from datetime import date
from functools import cache

import numpy as np

from twin.evidence.cards import effects
from twin.physiology.longitudinal import Twin, draw_levels
from twin.record.patient import Patient
from twin.risk.catalogue import equation
from twin.risk.check import to_columns
from twin.risk.columns import Columns
from twin.risk.inputs import inputs_of


@cache
def moved_variables() -> tuple[str, ...]:
    """Return every variable that some evidence card moves, or follows to an outcome."""
    return tuple(dict.fromkeys(e.variable for kind in ("biomarker", "link", "mediator") for e in effects(kind)))


class Now:
    """The person today, and the draws of what is not known exactly, today and later.

    `equations` are those whose inputs are drawn.
    """

    def __init__(
        self,
        patient: Patient,
        twin: Twin,
        *,
        on: date,
        years: np.ndarray,
        draws: int,
        seed: int,
        equations: tuple[str, ...],
    ) -> None:
        self.patient, self.twin, self.on, self.years, self.draws = patient, twin, on, years, draws
        equation_inputs = (wanted.name for name in equations for wanted in equation(name).inputs)
        names = tuple(
            name for name in dict.fromkeys((*moved_variables(), *equation_inputs, "weight")) if twin.has(name)
        )
        drawn = draw_levels(twin, names, np.concatenate([[0.0], years]), draws=draws, seed=seed)
        self._drawn = {name: drawn[:, :, column].T for column, name in enumerate(names)}

    def around(self, name: str, recorded: float) -> np.ndarray:
        """Return a variable's draws, today and in each of the years, about its recorded value.

        The twin says how far the true level may lie from a reading and how it may wander; where it stands is
        left to the record, so that a reader can redo the point. Shape (1 + years, 1 + draws).
        """
        drawn = self._drawn[name]
        drawn = drawn - drawn.mean(axis=1, keepdims=True) + recorded
        return np.concatenate([np.full((len(drawn), 1), recorded), drawn], axis=1)

    def columns(self, equation_id: str) -> Columns:
        """Return an equation's inputs: the recorded ones first, then one row a draw, inside its ranges."""
        known = equation(equation_id)
        used = inputs_of(self.patient, equation_id, on=self.on).used
        given = {name: np.repeat(np.asarray([found.value]), 1 + self.draws) for name, found in used.items()}
        if any(wanted.name == "horizon_years" for wanted in known.inputs):
            given["horizon_years"] = np.full(1 + self.draws, float(known.input("horizon_years").words[0]))
        for wanted in known.inputs:
            if wanted.name in used and wanted.kind == "number" and wanted.name != "age":
                drawn = self._input(wanted.name, float(used[wanted.name].value))
                given[wanted.name] = np.clip(drawn, wanted.low, np.nextafter(wanted.high, -np.inf))
                given[wanted.name][0] = used[wanted.name].value
        return to_columns(known, given)

    def _input(self, name: str, recorded: float) -> np.ndarray:
        if name in self._drawn:
            return self.around(name, recorded)[0]
        weight = self.patient.latest("weight", self.on)
        if name == "bmi" and weight is not None and "weight" in self._drawn:
            return self.around("weight", weight.value)[0] * (recorded / weight.value)
        return np.full(1 + self.draws, recorded)

    def levels(self) -> dict[str, np.ndarray]:
        """Return the course of every variable that a plan may move and that is on record, shape (years, 1 + draws)."""
        levels = {}
        for name in moved_variables():
            latest = self.patient.latest(name, self.on)
            if latest is None:
                continue
            if self.twin.has(name):
                levels[name] = self.around(name, latest.value)[1:]
            else:
                levels[name] = np.full((len(self.years), 1 + self.draws), latest.value)
        return levels
