"""Who takes what since when, and what does it do to them?"""

from dataclasses import dataclass, field

import numpy as np

from twin.demo.drugs import Drug, ladders
from twin.demo.people import People
from twin.demo.settings import biomarkers
from twin.evidence.cards import Effect

LONG_AGO = -1e6
NONE = -1
DOSE_CHANGED = "Dose changed"


@dataclass(slots=True)
class Course:
    """One drug at one dose, from its start to its stop or change of dose; `stop` is ``None`` while it is taken."""

    person: int
    line: str
    drug: Drug
    start: float
    reason: str
    reason_text: str
    adherence: float
    stop: float | None = None
    stop_text: str = ""
    responses: list["Response"] = field(default_factory=list)

    @property
    def is_dose_change(self) -> bool:
        """Say whether it ended because another dose began."""
        return self.stop_text == DOSE_CHANGED


@dataclass(frozen=True, slots=True)
class Response:
    """What one course does to one variable in truth, natural units.

    `full_change` is the evidence's average change from `level_before` with every dose taken; the true
    change is ``full_change x multiplier x adherence``, approached with the time constant `onset_days`.
    """

    variable: str
    multiplier: float
    level_before: float
    full_change: float
    onset_days: float
    card: str


class Treatment:
    """The courses of everybody and their effects, on the scale of the body's levels."""

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        self.people, self.rng, self.settings = people, rng, biomarkers()
        self.lines = tuple(ladders())
        n, lines = len(people), len(self.lines)
        self.step = np.full((n, lines), NONE)
        self.ladder = np.zeros((n, lines), dtype=int)
        self.changed = np.full((n, lines), LONG_AGO)
        self.is_barred = np.zeros((n, lines), dtype=bool)
        self.has_stopped_tablets = np.zeros(n, dtype=bool)
        self.adherence = np.clip(people.adherence[:, None] + rng.normal(0.0, 0.04, (n, lines)), 0.3, 1.0)
        self._slots = self._make_slots()
        self._to_variable = np.zeros((len(self._slots), len(self.settings.names)))
        for place, (_, variable) in enumerate(self._slots):
            self._to_variable[place, self.settings.column(variable)] = 1.0
        self._response = rng.standard_normal((n, len(self._slots)))
        self._pace = rng.lognormal(0.0, 0.25, (n, len(self._slots)))
        self._onset = np.full((n, len(self._slots)), 14.0)
        self._target = np.zeros((n, len(self._slots)))
        self._reached = np.zeros((n, len(self._slots)))
        self.courses: list[Course] = []
        self._open: dict[tuple[int, int], Course] = {}

    def _make_slots(self) -> list[tuple[str, str]]:
        """List the pairs of a line and a variable that any of its drugs acts on."""
        slots: dict[tuple[str, str], None] = {}
        for line, options in ladders().items():
            for option in options:
                for drug in option.steps:
                    for effect in drug.effects:
                        if effect.variable in self.settings.names:
                            slots[line, effect.variable] = None
        return list(slots)

    def line(self, name: str) -> int:
        """Return the column of a line."""
        return self.lines.index(name)

    def takes(self, name: str) -> np.ndarray:
        """Say who takes a drug of a line."""
        return self.step[:, self.line(name)] >= 0

    def drug(self, person: int, line: int) -> Drug:
        """Return what a person takes of a line."""
        return ladders()[self.lines[line]][self.ladder[person, line]].steps[self.step[person, line]]

    def top_step(self, name: str) -> np.ndarray:
        """Return the highest step of everybody's ladder of a line."""
        tops = np.array([len(option.steps) - 1 for option in ladders()[name]])
        return tops[self.ladder[:, self.line(name)]]

    def advance(self, days: np.ndarray) -> None:
        """Let the effects approach their full size over `days`."""
        self._reached += (self._target - self._reached) * -np.expm1(-days[:, None] / self._onset)

    def effect(self) -> np.ndarray:
        """Return what all courses do now, (people, variables)."""
        return self._reached @ self._to_variable

    def choose_ladder(self, who: np.ndarray, name: str, year: np.ndarray) -> np.ndarray:
        """Draw a drug of a line for each, of those that existed that year; return who could have one."""
        options = ladders()[name]
        shares = np.array([o.share for o in options]) * (np.array([o.from_year for o in options]) <= year[:, None])
        possible = shares.sum(axis=1) > 0
        who, shares = who[possible], shares[possible]
        edges = np.cumsum(shares, axis=1) / shares.sum(axis=1, keepdims=True)
        self.ladder[who, self.line(name)] = (self.rng.random((len(who), 1)) > edges).sum(axis=1)
        return who

    def set_step(
        self,
        who: np.ndarray,
        name: str,
        step: np.ndarray,
        *,
        day: np.ndarray,
        levels: np.ndarray,
        reason: str,
        texts: list[str],
        at_once: bool = False,
    ) -> None:
        """Put people on a step of a line: close the course they are on, open the next, aim its effects.

        Parameters
        ----------
        who
            People by number; `step`, `day` and `texts` hold one entry for each of them.
        levels
            Levels of everybody with treatment, (people, variables).
        at_once
            Whether the effect is there in full already, for courses from before the panel.
        """
        line = self.line(name)
        step = np.minimum(step, self.top_step(name)[who])
        self._close(who, line, day, [DOSE_CHANGED] * len(who))
        self.step[who, line] = step
        self.changed[who, line] = day
        for place, person in enumerate(who):
            course = Course(
                person=int(person),
                line=name,
                drug=self.drug(person, line),
                start=float(day[place]),
                reason=reason,
                reason_text=texts[place],
                adherence=float(self.adherence[person, line]),
            )
            self.courses.append(course)
            self._open[int(person), line] = course
        self._aim(who, line, levels)
        if at_once:
            own = [i for i, (slot_line, _) in enumerate(self._slots) if slot_line == name]
            self._reached[np.ix_(who, own)] = self._target[np.ix_(who, own)]

    def _aim(self, who: np.ndarray, line: int, levels: np.ndarray) -> None:
        """Set where the effects of a line lead, drug by drug."""
        name = self.lines[line]
        places = {variable: i for i, (slot_line, variable) in enumerate(self._slots) if slot_line == name}
        rungs = self.ladder[who, line] * 100 + self.step[who, line]
        for rung in np.unique(rungs):
            group = who[rungs == rung]
            by_variable = {effect.variable: effect for effect in self.drug(group[0], line).effects}
            for variable, place in places.items():
                if variable in by_variable:
                    self._aim_one(group, line, place, by_variable[variable], levels)
                else:
                    self._target[group, place] = 0.0

    def _aim_one(self, group: np.ndarray, line: int, place: int, effect: Effect, levels: np.ndarray) -> None:
        column = self.settings.column(effect.variable)
        is_log = self.settings.is_log[column]
        without = levels[group, column] - self._reached[group, place]
        before = np.exp(without) if is_log else without
        full = effect.change_at(before)
        multiplier = np.clip(1.0 + effect.response_sd * self._response[group, place], 0.0, 2.5)
        change = full * multiplier * np.where(self.has_stopped_tablets[group], 0.0, self.adherence[group, line])
        self._target[group, place] = np.log(np.maximum(before + change, 0.2 * before) / before) if is_log else change
        self._onset[group, place] = max(effect.onset_days, 1.0) * self._pace[group, place]
        for i, person in enumerate(group):
            self._open[int(person), line].responses.append(
                Response(
                    effect.variable,
                    float(multiplier[i]),
                    float(before[i]),
                    float(full[i]),
                    float(self._onset[person, place]),
                    effect.card,
                )
            )

    def _close(self, who: np.ndarray, line: int, day: np.ndarray, texts: list[str]) -> None:
        for person, when, text in zip(who, day, texts, strict=True):
            course = self._open.pop((int(person), line), None)
            if course is not None:
                course.stop, course.stop_text = float(when), text

    def stop(self, who: np.ndarray, name: str, *, day: np.ndarray, text: str) -> None:
        """Stop a line and bar it from being started again."""
        line = self.line(name)
        self._close(who, line, day, [text] * len(who))
        self.step[who, line] = NONE
        self.changed[who, line] = day
        self.is_barred[who, line] = True
        own = [i for i, (slot_line, _) in enumerate(self._slots) if slot_line == name]
        self._target[np.ix_(who, own)] = 0.0

    def stop_tablets_unrecorded(self, who: np.ndarray) -> None:
        """Let every effect fade while the record goes on showing the courses."""
        self.has_stopped_tablets[who] = True
        self._target[who] = 0.0
