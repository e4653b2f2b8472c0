"""Which plans has this visit set, and which of them is being edited?"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

import streamlit as st

from twin.figures.comparison_table import LETTERS
from twin.plans.plan import Plan
from twin.record.patient import Patient
from twin.ui.compare.settings import PlanSettings
from twin.ui.state import PLANS

MOST_PLANS = len(LETTERS)
FULL = f"Compare up to {MOST_PLANS + 1} at a time, current care included."
COMPARISON, SETTINGS = "comparison", "settings"
"""The fragments of the page: a change runs again what depends on it, and no more."""
_DESK, _SHOWN = f"{PLANS}/desk", "compare/shown"


@dataclass(frozen=True, slots=True)
class Desk:
    """All that a visit has set on the page.

    `edition` changes when settings change behind their widgets' backs. `is_lifetime` shows years free of disease in
    place of risks by the horizon.
    """

    plans: tuple[PlanSettings, ...] = (PlanSettings(),)
    editing: int = 0
    edition: int = 0
    outcome: str = "ascvd"
    horizon_years: int = 10
    start: float = 0.0
    is_lifetime: bool = False

    @property
    def letter(self) -> str:
        """Return the letter of the plan being edited."""
        return LETTERS[self.editing]

    @property
    def settings(self) -> PlanSettings:
        """Return the settings of the plan being edited."""
        return self.plans[self.editing]

    def to_plans(self, patient: Patient, *, on: date) -> tuple[Plan, ...]:
        """Return what the plans mean for a patient, in their order."""
        taken = drugs_taken(patient, on=on)
        return tuple(settings.plan(taken=taken, start=self.start) for settings in self.plans)

    def with_settings(self, settings: PlanSettings, index: int | None = None) -> "Desk":
        """Return the desk with new settings for one plan, the edited one unless named; one past the end adds it."""
        index = self.editing if index is None else index
        return replace(self, plans=(*self.plans[:index], settings, *self.plans[index + 1 :]))

    def renewed(self, **changes: object) -> "Desk":
        """Return a changed desk whose widgets start anew from it."""
        return replace(self, edition=self.edition + 1, **changes)


def drugs_taken(patient: Patient, *, on: date) -> dict[str, str]:
    """Return the class of each ingredient that the patient takes."""
    return {m.ingredient: m.drug_class for m in patient.current_medications(on) if m.ingredient and m.drug_class}


def desk() -> Desk:
    """Return this visit's desk; a new one holds one plan without changes."""
    return st.session_state.get(_DESK) or Desk()


def put(changed: Desk) -> None:
    """Keep a changed desk."""
    st.session_state[_DESK] = changed


def note_shown(shown: Desk) -> None:
    """Note the desk that the comparison has shown to its end."""
    st.session_state[_SHOWN] = shown


def is_shown() -> bool:
    """Say whether the comparison shows this desk: a run that another one overtook has not."""
    return st.session_state.get(_SHOWN) == desk()


def widget_key(name: str, *, is_of_plan: bool = True) -> str:
    """Return the state key of a widget, new with every edition; a setting has one for each plan."""
    now = desk()
    return f"compare/{now.edition}/{now.letter if is_of_plan else 'all'}/{name}"


def add(settings: PlanSettings | None = None) -> None:
    """Add a plan and edit it."""
    now = desk()
    if len(now.plans) < MOST_PLANS:
        put(now.renewed(plans=(*now.plans, settings or PlanSettings()), editing=len(now.plans)))


def put_plan(settings: PlanSettings) -> None:
    """Add a plan that was saved or found; it takes the place of the edited one if that is empty or there is no room."""
    now = desk()
    if not now.plans or (now.settings != PlanSettings() and len(now.plans) < MOST_PLANS):
        add(settings)
    else:
        put(now.with_settings(settings).renewed())


def copy_to(index: int) -> None:
    """Copy the edited plan over another one, or to a new one, and edit that."""
    now = desk()
    put(now.with_settings(now.settings, index).renewed(editing=index))


def reset() -> None:
    """Take every change out of the edited plan."""
    now = desk()
    put(now.with_settings(PlanSettings()).renewed())


def remove() -> None:
    """Take the edited plan away; the ones behind it move up."""
    now = desk()
    left = (*now.plans[: now.editing], *now.plans[now.editing + 1 :])
    put(now.renewed(plans=left, editing=max(0, min(now.editing, len(left) - 1))))


def edit(index: int) -> None:
    """Edit another plan."""
    put(replace(desk(), editing=index))


ViewSetting = Literal["outcome", "start"]


def choose(name: ViewSetting, value: object) -> None:
    """Set the outcome or the start, which all plans share."""
    put(replace(desk(), **{name: value}))


def choose_horizon(years: int | None) -> None:
    """Set the horizon, or a lifetime for ``None``, which leaves the horizon of all else as it is."""
    now = desk()
    put(replace(now, is_lifetime=years is None, horizon_years=years or now.horizon_years))
