"""Who needs a decision, why, and by which rule?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from twin import words
from twin.monitoring.rules import CLINICAL, PRESSURES, Panel, Rule, rules
from twin.risk.catalogue import equation
from twin.risk.choose import FIRST_EVENT, NEXT_EVENT
from twin.risk.panel import estimate_panel, has_died
from twin.variables import variable

HORIZON_YEARS = 10
OUTCOME = "cvd"
MISSING = " missing"
CONDITIONS = {"cardiovascular": "cardiovascular disease"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule that one patient meets, and the values that it rests on."""

    rule: Rule
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Review:
    """What every rule says about every patient of a panel.

    `applies` and `found` hold one boolean a patient for each rule's code; `withheld` the reason why no risk
    is shown, empty where one is. `after_event` is the ten-year risk of another event in those who have had one; it
    stands apart from the panel's, since no rule's limit was made for it.
    """

    panel: Panel
    applies: Mapping[str, np.ndarray]
    found: Mapping[str, np.ndarray]
    withheld: np.ndarray
    after_event: np.ndarray

    @property
    def risk(self) -> np.ndarray:
        """Return the risk that is shown, of a first event or of another one; NaN where none is."""
        return np.where(np.isnan(self.panel.risk), self.after_event, self.panel.risk)

    def decisions(self) -> np.ndarray:
        """Return how many decisions each patient waits for."""
        return sum(
            (self.found[r.code].astype(int) for r in rules() if r.tier == "decide"), np.zeros(self.panel.size, int)
        )

    def order(self) -> np.ndarray:
        """Return the rows by decision due: the most urgent rule first, then by risk, then by the oldest data."""
        urgency = np.full(self.panel.size, len(rules()))
        for place, rule in reversed(list(enumerate(rules()))):
            urgency[self.found[rule.code]] = place
        return np.lexsort((-self.panel.months_without_data(), -np.nan_to_num(self.risk, nan=-1.0), urgency))

    def findings(self, row: int) -> tuple[Finding, ...]:
        """Return the rules that one patient meets, the most urgent first."""
        return tuple(Finding(rule, self._why(rule, row)) for rule in rules() if self.found[rule.code][row])

    def _why(self, rule: Rule, row: int) -> str:
        if rule.code in ("TWN059", "TWN060"):
            return str(self.withheld[row])
        if rule.code == "TWN001":
            until = self.panel.frame["data_until"].iloc[row]
            return "No value on record." if pd.isna(until) else f"Newest value {words.day(pd.Timestamp(until).date())}."
        said = [self._said(name, row) for name in rule.limits if self._rests_on(rule, name, row)]
        if "systolic_bp" in rule.limits and (pressure := self._pressure(row)):
            said = [pressure]
        if "risk" in rule.limits and not np.isnan(self.panel.risk[row]):
            said.append(f"ten-year risk {words.in_people(float(self.panel.risk[row]))}")
        return (", ".join(said) or "In the problem list") + "."

    def _rests_on(self, rule: Rule, name: str, row: int) -> bool:
        return f"{name}_time" in self.panel.frame and bool(self.panel.value(name)[row] >= rule.limits[name])

    def _said(self, name: str, row: int) -> str:
        record, known = self.panel.frame.iloc[row], variable(name)
        measured = words.day(pd.Timestamp(record[f"{name}_time"]).date())
        return f"{known.short_label} {known.format(float(record[name]))} {known.unit} on {measured}"

    def _pressure(self, row: int) -> str | None:
        """Say both pressures in one, as they are said at the bedside, where they are of one reading."""
        if not {"systolic_bp", "diastolic_bp"} <= set(self.panel.frame):
            return None
        record = self.panel.frame.iloc[row]
        if pd.isna(record["diastolic_bp"]) or record["systolic_bp_time"] != record["diastolic_bp_time"]:
            return None
        both = "/".join(variable(name).format(float(record[name])) for name in PRESSURES)
        return f"BP {both} mmHg on {words.day(pd.Timestamp(record['systolic_bp_time']).date())}"


def review_panel(frame: pd.DataFrame, *, on: date) -> Review:
    """Estimate the risk of a panel and apply every rule to every patient.

    Parameters
    ----------
    frame
        One row a patient, as the record's ``panel`` gives it.
    on
        The day of the review.
    """
    first, after = (
        estimate_panel(frame, name, on=on, horizon_years=HORIZON_YEARS) for name in (FIRST_EVENT, NEXT_EVENT)
    )
    risk = first[OUTCOME].to_numpy()
    panel = Panel(frame, risk, on)
    diseases = equation(NEXT_EVENT).requires_any
    had_event = panel.had(*diseases) | panel.has(*diseases)
    after_event = np.where(had_event, after[OUTCOME].to_numpy(), np.nan)
    unknown = np.isnan(risk) & np.isnan(after_event)
    said = [
        () if not none else (known,) if known else _reasons(text, NEXT_EVENT if later else FIRST_EVENT)
        for none, known, text, later in zip(
            unknown,
            np.where(had_event & ~has_died(frame, on=on), "", _excluded(panel)),
            np.where(had_event, after["problems"], first["problems"]),
            had_event,
            strict=True,
        )
    ]
    withheld = np.array([". ".join(reasons) for reasons in said], dtype=object)
    missing = np.array([any(text.endswith(MISSING) for text in reasons) for reasons in said], dtype=bool)
    return apply_rules(frame, risk=risk, after_event=after_event, withheld=withheld, missing=missing, on=on)


def _excluded(panel: Panel) -> np.ndarray:
    """Return the known condition that the equation is not for, or that the patient has died; empty for none."""
    found = np.full(panel.size, "", dtype=object)
    known = equation(FIRST_EVENT)
    for concept in (*known.excludes_now, *known.excludes_ever):
        concerned = panel.has(concept)
        if concept in known.excludes_ever:
            concerned |= panel.had(concept)
        found[concerned] = f"Known {CONDITIONS.get(concept, concept)}"
    found[has_died(panel.frame, on=panel.on)] = "This patient has died"
    return found


def _reasons(problems: str, equation_id: str) -> tuple[str, ...]:
    """Return why the outcome is withheld, with labels in place of names and without what concerns other outcomes."""
    known, found = equation(equation_id), []
    for text in problems.split("; "):
        reason, _, outputs = text.partition(": no ")
        if outputs and f"risk_{OUTCOME}" not in outputs:
            continue
        name, space, rest = reason.partition(" ")
        labels = {one.name: one.label for one in known.inputs}
        found.append(labels.get(name, name) + space + rest)
    return tuple(found)


def apply_rules(
    frame: pd.DataFrame,
    *,
    risk: np.ndarray,
    withheld: np.ndarray,
    missing: np.ndarray,
    on: date,
    after_event: np.ndarray | None = None,
) -> Review:
    """Apply every rule to every patient of a panel.

    Parameters
    ----------
    frame
        One row a patient, as the record's ``panel`` gives it.
    risk
        Ten-year risk of cardiovascular disease; NaN where none is shown.
    withheld
        Why none is shown, in words; empty where one is.
    missing
        Whether a missing input is the reason.
    on
        The day of the review.
    after_event
        Ten-year risk of another event; NaN where none is shown, and for everybody if not given.
    """
    panel = Panel(frame, risk, on)
    alive = ~has_died(frame, on=on)
    applies, found = {}, {}
    for rule in rules():
        if rule.code in CLINICAL:
            asked, met = CLINICAL[rule.code](panel, rule.limits)
        else:
            asked, met = np.ones(panel.size, dtype=bool), _data(rule, panel, withheld, missing)
        applies[rule.code], found[rule.code] = asked & alive, asked & met & alive
    after_event = np.full(panel.size, np.nan) if after_event is None else after_event
    return Review(panel, applies, found, withheld, after_event)


def _data(rule: Rule, panel: Panel, withheld: np.ndarray, missing: np.ndarray) -> np.ndarray:
    if rule.code == "TWN001":
        return panel.months_without_data() >= rule.limits["months"]
    no_risk = withheld != ""
    return no_risk & missing if rule.code == "TWN059" else no_risk & ~missing
