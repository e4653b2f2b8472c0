"""We said what would be measured: is it?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from twin.meeting.carried_out import Step, steps_of, was_left
from twin.meeting.cases import plans_of
from twin.meeting.receipts import Forecast, Receipt
from twin.plans.plan import CURRENT_CARE, Plan
from twin.record.decisions import Decision
from twin.record.patient import Measurement, Patient
from twin.variables import variable
from twin.words import counted, day

WITHIN_DAYS = {91: 45, 365: 90}
"""How far from its day a value may be taken to count for a forecast, by how far ahead that was. [d]"""
State = Literal["inside", "above", "below", "waiting", "missed", "overtaken"]
RULE = (
    "In brackets: 80 % band of one new measurement (own course, trials’ effects, response, noise). The value nearest "
    "to the day counts, within 45 days; for 12 months, 90."
)


@dataclass(frozen=True, slots=True)
class Judged:
    """One forecast and what became of it; `measured` is the value that it is held against."""

    forecast: Forecast
    state: State
    measured: Measurement | None = None

    @property
    def is_due(self) -> bool:
        """Say whether a value has come for it."""
        return self.measured is not None

    @property
    def sentence(self) -> str:
        """Say what was forecast and what it is."""
        said = self.forecast
        known = variable(said.variable)
        band = f"{known.format(said.low)} to {known.format(said.high)}"
        text = f"We said {known.short_label} {known.format(said.mean)} ({band}) {known.unit} for {day(said.day)}"
        if self.measured is not None:
            place = "within the band" if self.state == "inside" else f"{self.state} the band"
            return f"{text}, it is {known.format(self.measured.value)} ({day(self.measured.time.date())}): {place}."
        if self.state == "overtaken":
            return f"{text}; another decision came before."
        return f"{text}; not due yet." if self.state == "waiting" else f"{text}; nothing was measured near that day."


@dataclass(frozen=True, slots=True)
class Looked:
    """A decision looked at again: what became of it and of its forecasts."""

    decision: Decision
    receipt: Receipt
    plan: Plan
    steps: tuple[Step, ...]
    judged: tuple[Judged, ...]

    @property
    def due(self) -> tuple[Judged, ...]:
        """Return the forecasts for which a value has come."""
        return tuple(one for one in self.judged if one.is_due)

    @property
    def next_due(self) -> date | None:
        """Return the day of the next forecast without a value, if one is to come."""
        return min((one.forecast.day for one in self.judged if one.state == "waiting"), default=None)


def look_back(patient: Patient, decisions: Sequence[Decision], *, on: date) -> tuple[Looked, ...]:
    """Hold every decision of a patient against the record, the newest first.

    Parameters
    ----------
    decisions
        Of this patient, in the order in which they were made.
    on
        Today; later values do not count.
    """
    ends = [(one, Receipt.from_json(after.receipt).made_on) for one, after in pairwise(decisions)]
    whole = [*ends, *((one, None) for one in decisions[-1:])]
    return tuple(_look(patient, one, until, on) for one, until in reversed(whole))


def _look(patient: Patient, decision: Decision, until: date | None, on: date) -> Looked:
    receipt, chosen = Receipt.from_json(decision.receipt), decision.fields.chosen
    plan = plans_of(decision.basis)[chosen - 1] if chosen else CURRENT_CARE
    end = on if until is None else min(on, until)
    steps = steps_of(patient, plan, since=receipt.made_on, on=end)
    judged = tuple(judge(patient, one, made_on=receipt.made_on, until=until, on=on) for one in receipt.forecasts)
    return Looked(decision, receipt, plan, steps, judged)


def judge(patient: Patient, forecast: Forecast, *, made_on: date, until: date | None, on: date) -> Judged:
    """Hold a forecast against the value nearest to its day.

    Parameters
    ----------
    made_on
        Values of that day were known, or could have been.
    until
        Day of the next decision of the patient, from which the forecast holds no more; ``None`` without one.
    on
        Today.
    """
    span = timedelta(days=WITHIN_DAYS[forecast.after_days])
    first = max(forecast.day - span, made_on + timedelta(days=1))
    last = min(forecast.day + span, on, until or on)
    near = [one for one in _values(patient, forecast.variable) if first <= one.time.date() <= last]
    if near:
        value = min(near, key=lambda one: (abs((one.time.date() - forecast.day).days), -one.time.timestamp()))
        return Judged(forecast, _state(forecast, value.value), value)
    if until is not None and until <= forecast.day + span:
        return Judged(forecast, "overtaken")
    return Judged(forecast, "waiting" if on <= forecast.day + span else "missed")


def _values(patient: Patient, name: str) -> Iterable[Measurement]:
    series = patient.usual(name)
    return () if series is None else map(series.measurement, range(len(series)))


def _state(forecast: Forecast, value: float) -> State:
    if forecast.holds(value):
        return "inside"
    return "above" if value > forecast.high else "below"


@dataclass(frozen=True, slots=True)
class Tally:
    """How the forecasts of many decisions turned out.

    `due` have a value, `within` of them lie in the band; `left` of the due ones are of plans that the record does
    not show as done; `missed` came due without a value.
    """

    decisions: int
    due: int
    within: int
    left: int
    missed: int

    @property
    def sentence(self) -> str:
        """Say it in one sentence."""
        if not self.decisions:
            return "No decision has been saved yet."
        if not self.due + self.missed:
            return f"All patients: {counted(self.decisions, 'decision')}, no forecast due yet."
        parts = [f"All patients: of {counted(self.due, 'forecast')} due, {self.within:,} within the 80 % band."]
        parts += [f"Of plans not on record as carried out: {self.left:,}."] if self.left else []
        parts += [f"Due without a value: {self.missed:,}."] if self.missed else []
        return " ".join(parts)


def tally(patients: Mapping[str, Patient], decisions: Iterable[Decision], *, on: date) -> Tally:
    """Count over all patients how many forecasts came true."""
    own: dict[str, list[Decision]] = {}
    for one in decisions:
        own.setdefault(one.patient_id, []).append(one)
    looked = [one for name, made in own.items() if name in patients for one in look_back(patients[name], made, on=on)]
    judged = [(one, was_left(looking.steps)) for looking in looked for one in looking.judged]
    due = [(one, left) for one, left in judged if one.is_due]
    return Tally(
        decisions=len(looked),
        due=len(due),
        within=sum(one.state == "inside" for one, _ in due),
        left=sum(left for _, left in due),
        missed=sum(one.state == "missed" for one, _ in judged),
    )
