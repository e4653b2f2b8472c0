"""What stands in each cell of the comparison, before it becomes a page, a report or speech?"""

from collections.abc import Iterable
from dataclasses import dataclass

from twin.evidence.harms import harm_effects
from twin.evidence.harms import harms as known_harms
from twin.evidence.therapies import therapy
from twin.figures.comparison_counts import (
    Change,
    change_from,
    denominator_for,
    harm_change,
    likely_range,
    shown_people,
)
from twin.figures.icons import People
from twin.plans.plan import ChangeVariable, StartTherapy
from twin.plans.results import Comparison, HarmResult, OutcomeResult, PlanResult
from twin.risk.choose import NEXT_EVENT
from twin.risk.results import Withheld, equation_of
from twin.variables import registry
from twin.words import in_people

LETTERS = ("A", "B", "C")
COLOURS = ("#4D4D4D", "#0072B2", "#B34700", "#7A3E78")
"""Current care, then plans A, B and C."""
CERTAINTY = {"high": "High", "moderate": "Moderate", "low": "Low", "very_low": "Very low"}
HARMS_SHOWN = 1


@dataclass(frozen=True, slots=True)
class OutcomeWords:
    """An outcome as a heading and as what people do."""

    label: str
    verb: str


OUTCOMES = {
    "ascvd": OutcomeWords("Heart attack or stroke", "have a heart attack or stroke"),
    "cvd": OutcomeWords("Heart attack, stroke or heart failure", "have a heart attack, stroke or heart failure"),
    "heart_failure": OutcomeWords("Heart failure", "develop heart failure"),
    "kidney_failure": OutcomeWords("Kidney failure", "reach kidney failure"),
    "death": OutcomeWords("Death", "die"),
}

AFTER_EVENT = OutcomeWords(
    "Another heart attack, stroke or cardiovascular death",
    "have another heart attack or stroke, or die of cardiovascular disease",
)
"""ASCVD as the equation for people with known vascular disease counts it."""
ALL_EVENTS = {"cvd": OUTCOMES["cvd"], "ascvd": AFTER_EVENT}
"""What holds all cardiovascular events with an estimate: without heart failure only of people who had one before."""


@dataclass(frozen=True, slots=True)
class HarmLine:
    """One harm in a cell: its name and how often it happens beyond what happens anyway."""

    label: str
    change: Change


@dataclass(frozen=True, slots=True)
class Column:
    """One plan, or current care with an empty letter, in words and whole people.

    `reason` says why there are no numbers; it is empty when there are some, or when it is current care's reason.
    `stops` are the safety checks that withhold them, in short.
    """

    letter: str
    name: str
    colour: str
    risk: str
    likely: str
    reason: str
    change: Change | None
    people: People | None
    people_text: str
    harms: tuple[HarmLine, ...]
    harms_text: str
    uncounted: str
    other_harms: int
    involves: tuple[str, ...]
    certainty: str
    checks_found: int
    stops: tuple[str, ...]
    caveats: tuple[str, ...]

    @property
    def is_withheld(self) -> bool:
        """Say whether the outcome has no numbers under this plan."""
        return self.people is None

    @property
    def heading(self) -> str:
        """Return letter and name: position, letter and colour tell the plans apart."""
        return f"{self.letter} {self.name}".strip()


@dataclass(frozen=True, slots=True)
class ComparisonTable:
    """The whole table: current care first, then the plans in their own order."""

    outcome: OutcomeWords
    horizon_years: int
    denominator: int
    columns: tuple[Column, ...]

    @property
    def sentence(self) -> str:
        """Return what a screen reader says after a change, such as "Plan A: 15 in 100, 5 fewer than now."."""
        return " ".join(_spoken(column) for column in self.columns[1:])

    @property
    def notes(self) -> tuple[str, ...]:
        """Return the lines under the table that explain its numbers."""
        notes = []
        if self.denominator == 1000:
            notes.append("Counts are out of 1,000 people, since a risk here is below 1 in 100.")
        if any(column.change and column.change.likely for column in self.columns):
            notes.append("In brackets: likely range.")
        if any(column.change and column.change.nnt for column in self.columns):
            notes.append("NNT: people who follow the plan for 1 fewer event; worked out before rounding.")
        return tuple(notes)


def _spoken(column: Column) -> str:
    if column.is_withheld:
        return f"Plan {column.letter}: no estimate shown."
    change = column.change
    words = f"{change.bold} than now" if change.rest else f"{change.bold} {change.likely}".strip()
    return f"Plan {column.letter}: {column.risk}, {words[:1].lower()}{words[1:]}."


def outcome_words(comparison: Comparison, outcome: str) -> OutcomeWords:
    """Return an outcome in words, as the equation that stands behind it counts it."""
    estimate = comparison.current_care.outcomes[outcome].baseline
    is_after = outcome == "ascvd" and equation_of(estimate) == NEXT_EVENT
    return AFTER_EVENT if is_after else OUTCOMES[outcome]


def comparison_table(comparison: Comparison, outcome: str) -> ComparisonTable:
    """Put a comparison into words for one outcome.

    Parameters
    ----------
    comparison
        Current care and up to three plans.
    outcome
        One of `OUTCOMES`.
    """
    words = outcome_words(comparison, outcome)
    results = (comparison.current_care, *comparison.plans)
    denominator = denominator_for(result.outcomes[outcome].risk for result in results)
    columns = (
        _column(result, comparison.current_care, index, outcome, words, denominator)
        for index, result in enumerate(results)
    )
    return ComparisonTable(words, comparison.horizon_years, denominator, tuple(columns))


def why_withheld(outcome: OutcomeResult) -> str:
    """Say why an outcome of a plan has no number; empty if it has one."""
    if outcome.risk is not None:
        return ""
    return outcome.baseline.clinical + _needs(outcome.baseline)


def _needs(withheld: Withheld) -> str:
    """Name every missing input that the sentence itself does not."""
    labels = [registry()[name].label if name in registry() else name.replace("_", " ") for name in withheld.missing]
    says_all = " needs: " in withheld.clinical
    unnamed = [label for label in labels if not says_all and label.lower() not in withheld.clinical.lower()]
    return f" Needed: {', '.join(unnamed)}." if unnamed else ""


def _column(
    result: PlanResult, current_care: PlanResult, index: int, outcome: str, words: OutcomeWords, denominator: int
) -> Column:
    found = result.outcomes[outcome]
    current = current_care.outcomes[outcome]
    is_current = index == 0
    every = () if is_current else harm_lines(result.harms.values(), denominator=denominator, only_serious=False)
    serious = () if is_current else harm_lines(result.harms.values(), denominator=denominator)
    reason, silent = why_withheld(found), _silent(result)
    has_change = not (is_current or reason or found.difference is None)
    change = (
        change_from(
            current.risk, found.risk, found.difference, denominator=denominator, horizon_years=found.horizon_years
        )
        if has_change
        else None
    )
    people = None if reason else _people(found.risk, change, denominator)
    return Column(
        letter="" if is_current else LETTERS[index - 1],
        name=result.plan.name,
        colour=COLOURS[index],
        risk="" if reason else in_people(found.risk, denominator=denominator),
        likely="" if reason else likely_range(found.low, found.high, denominator=denominator),
        reason="" if not is_current and reason == why_withheld(current) else reason,
        change=change,
        people=people,
        people_text="" if people is None else _people_text(people, found, words.verb),
        harms=serious,
        harms_text=_harms_text(result, silent, reason, is_current=is_current),
        uncounted=f"Not counted: harms of {silent}" if silent else "",
        other_harms=len(every) - min(len(serious), HARMS_SHOWN),
        involves=_involves(result),
        certainty="" if result.certainty is None else CERTAINTY[result.certainty],
        checks_found=sum(check.result == "found" for check in result.checks),
        stops=tuple(f"{check.title} ({check.code})" for check in result.checks if check.is_stop),
        caveats=(*result.caveats, *_own_problems(result, current_care, found)),
    )


def _people(risk: float, change: Change | None, denominator: int) -> People:
    events = shown_people(risk, denominator=denominator)
    fewer = change.fewer if change else 0
    return People(events, avoided=max(0, fewer), added=min(events, max(0, -fewer)), total=denominator)


def _people_text(people: People, found: OutcomeResult, verb: str) -> str:
    events = in_people(found.risk, denominator=people.total).partition(" in ")[0]
    parts = [f"Of {people.total:,} people like this, {events} {verb} within {found.horizon_years} years"]
    if people.added:
        parts.append(f"{people.added:,} of them would not under current care")
    if people.avoided:
        parts.append(f"{people.avoided:,} who would under current care do not")
    parts.append(f"{people.unaffected:,} do not" + (" either way" if people.avoided else ""))
    return "; ".join(parts) + ". We cannot tell which."


def harm_lines(results: Iterable[HarmResult], *, denominator: int, only_serious: bool = True) -> tuple[HarmLine, ...]:
    """Return the harms that a plan changes, the largest first.

    Parameters
    ----------
    denominator
        100 or 1,000, as for the outcome.
    only_serious
        Leave out the harms that ``data/harms.csv`` does not call serious.
    """
    counted = [
        harm
        for harm in results
        if harm.difference is not None and (harm.difference.low or harm.difference.high)
        if not only_serious or known_harms()[harm.harm].is_serious
    ]
    ordered = sorted(counted, key=lambda harm: -abs(harm.difference.mean))
    return tuple(HarmLine(harm.label, harm_change(harm.difference, denominator=denominator)) for harm in ordered)


def _own_problems(result: PlanResult, current_care: PlanResult, found: OutcomeResult) -> list[str]:
    """Return what weakens current care or could not be used of a plan, each once, but for what is said elsewhere."""
    said = {found.baseline.clinical if found.risk is None else ""}
    said |= set() if result is current_care else {*current_care.problems}
    stops = tuple(check.code for check in result.checks if check.is_stop)
    return [problem for problem in result.problems if problem not in said and not any(c in problem for c in stops)]


def _harms_text(result: PlanResult, silent: str, reason: str, *, is_current: bool) -> str:
    """Say what stands where no serious harm is counted; silence about a drug is not the same as no harm."""
    if is_current:
        return "Reference"
    if reason and _drugs(result) and not result.harms:
        return "Not calculated"
    if silent:
        return "No estimate on file"
    is_stated = any(isinstance(change, ChangeVariable) for change in result.plan.changes)
    return "Not counted" if is_stated and not _drugs(result) else "None expected"


def _silent(result: PlanResult) -> str:
    """Name the drugs whose harms no card counts."""
    drugs = [therapy(drug.therapy) for drug in _drugs(result)]
    return " and ".join(drug.ingredient for drug in drugs if not harm_effects(drug.agents()))


def _drugs(result: PlanResult) -> list[StartTherapy]:
    return [change for change in result.plan.changes if isinstance(change, StartTherapy)]


def _involves(result: PlanResult) -> tuple[str, ...]:
    """Say what a plan asks of a person, then name its drugs."""
    named = [
        therapy(drug.therapy).label + ("" if drug.adherence == 1.0 else f" ({round(drug.adherence * 100)}% of doses)")
        for drug in _drugs(result)
    ]
    late = [f"From year {result.plan.start:g}"] if result.plan.start and result.plan.changes else []
    return (result.burden, *([", ".join(named)] if named else []), *late)
