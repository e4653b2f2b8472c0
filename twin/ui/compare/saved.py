"""Which plans were kept, and how does one come onto the desk of this patient or another?"""

from collections.abc import Callable
from dataclasses import replace

import streamlit as st

from twin.errors import TwinError
from twin.figures.comparison_table import LETTERS
from twin.plans.plan import Plan
from twin.plans.templates import to_toml
from twin.plans.toml import read_plans
from twin.record.plans import LONGEST_NAME, SavedPlan
from twin.ui import guard
from twin.ui.compare import memory
from twin.ui.compare.from_plan import as_template, contents, fitting, settings_of
from twin.ui.compare.settings import PlanSettings, kept_words
from twin.ui.html import tag
from twin.ui.shell import Page
from twin.ui.worklist import openable_table
from twin.words import day

SAVED = "saved-plans"
"""The fragment; a plan that is loaded runs settings and comparison as well."""
_SAID, _FAILED = "compare/saved/said", "compare/saved/failed"
_FOR = {False: "This patient", True: "Any patient, as a template"}


@st.fragment(key=SAVED)
def saved_plans(page: Page) -> None:
    """Show, behind a heading that opens, what was kept, and keep the edited plan."""
    try:
        box = st.expander("Saved plans and templates", key="compare/saved", on_change="rerun")
        if box.open:
            with box:
                _say()
                _save(page)
                _list(page, page.store.plans(page.patient.id))
    except Exception as error:
        guard.report(error)


def _say() -> None:
    for text in st.session_state.pop(_SAID, ()):
        st.html(tag("p", text, css="note"))
    if failed := st.session_state.pop(_FAILED, ""):
        st.error(failed)


def _save(page: Page) -> None:
    desk = memory.desk()
    if not desk.plans:
        st.html(tag("p", "No plan to save. Add a plan first.", css="note"))
        return
    key = f"compare/saved/name/{desk.edition}/{desk.letter}"
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.text_input(f"Name of plan {desk.letter}", key=key, max_chars=LONGEST_NAME, placeholder=desk.settings.name())
        st.segmented_control(
            "Keep for", tuple(_FOR), format_func=_FOR.get, required=True, default=False, key="compare/saved/template"
        )
        st.button(
            f"Save plan {desk.letter}",
            on_click=_try,
            args=(lambda: _keep(page, st.session_state[key]),),
            kwargs={"of_plans": True},
        )


def _try(change: Callable[[], None], *, of_plans: bool = False) -> None:
    """Make a change in a callback and run again what it is about; what it refuses is said in place."""
    try:
        change()
    except TwinError as error:
        st.session_state[_FAILED] = f"{error.clinical} ({error.code})"
    st.rerun([memory.SETTINGS, memory.COMPARISON] if of_plans else [SAVED])


def _keep(page: Page, name: str) -> None:
    desk, is_template = memory.desk(), st.session_state["compare/saved/template"]
    settings = desk.settings
    plan = settings.plan(taken=memory.drugs_taken(page.patient, on=page.today))
    plan = as_template(plan, settings) if is_template else plan
    kept = " ".join((name.strip() or settings.name()).split())
    content = to_toml([Plan(kept, plan.changes, plan.start)]) if plan.changes else ""
    page.store.save_plan(kept, content, patient_id=None if is_template else page.patient.id)
    memory.put(desk.with_settings(settings.named(kept)))
    st.session_state[_SAID] = (f"Saved: {kept}.",)


def _list(page: Page, kept: list[SavedPlan]) -> None:
    if not kept:
        st.html(tag("p", "Nothing is saved for this patient, and there are no templates.", css="note"))
        return
    rows = [(plan.name, _whose(plan), day(plan.saved.date()), _contents(page, plan)) for plan in kept]
    ids = [str(plan.plan_id) for plan in kept]
    head = ("Load", "Kept for", "Saved", "What it changes here")

    def take(plan_id: str) -> None:
        _try(lambda: load(page, next(plan for plan in kept if str(plan.plan_id) == plan_id)), of_plans=True)

    openable_table(head, rows, ids, caption="Saved plans and templates", key="compare/saved/table", on_open=take)
    _change(page, kept)


def _whose(plan: SavedPlan) -> str:
    return "Any patient" if plan.is_template else "This patient"


def _contents(page: Page, kept: SavedPlan) -> str:
    try:
        return contents(_settings(page, kept))
    except TwinError as error:
        return f"Cannot be read any more: {error.clinical}"


def _settings(page: Page, kept: SavedPlan) -> PlanSettings:
    (plan,) = read_plans(kept.content)
    smokes = page.patient.smoking is not None and page.patient.smoking.status == "current"
    return settings_of(plan, taken=memory.drugs_taken(page.patient, on=page.today), smokes=smokes).named(kept.name)


def load(page: Page, kept: SavedPlan) -> None:
    """Put a kept plan on the desk, and say what of it was fitted to this patient."""
    settings = _settings(page, kept)
    memory.put_plan(settings)
    letter = LETTERS[memory.desk().editing]
    plan = settings.plan(taken=memory.drugs_taken(page.patient, on=page.today))
    said = fitting(page.patient, plan, settings, on=page.today)
    st.session_state[_SAID] = (f"Loaded as plan {letter}: {kept.name}.", *said)


def _change(page: Page, kept: list[SavedPlan]) -> None:
    """Show how a kept plan is renamed or removed."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        chosen = st.selectbox("Saved plan", kept, format_func=lambda plan: f"{plan.name} ({_whose(plan).lower()})")
        name = st.text_input("New name", key=f"compare/saved/rename/{chosen.plan_id}", max_chars=LONGEST_NAME)
        st.button("Rename", on_click=_try, args=(lambda: _rename(page, chosen, name),))
        st.button("Remove", on_click=_try, args=(lambda: _remove(page, chosen),))


def _rename(page: Page, kept: SavedPlan, name: str) -> None:
    (plan,) = read_plans(kept.content)
    new = " ".join(name.split())
    page.store.rename_plan(kept.plan_id, name, to_toml([Plan(new, plan.changes, plan.start)]))
    st.session_state[_SAID] = (f"Renamed: {kept.name} is now {new}.",)


def _remove(page: Page, kept: SavedPlan) -> None:
    page.store.remove_plan(kept.plan_id)
    st.session_state[_SAID] = (f"Removed: {kept.name}.",)


def kept_changes() -> None:
    """Show in the settings what the edited plan holds that no widget can set, so that it can be taken out."""
    settings, key = memory.desk().settings, memory.widget_key("kept")
    if not settings.kept:
        return
    st.session_state.setdefault(key, list(settings.kept))

    def take() -> None:
        left = replace(memory.desk().settings, kept=tuple(st.session_state[key]))
        memory.put(memory.desk().with_settings(left).renewed())
        st.rerun([memory.SETTINGS, memory.COMPARISON])

    st.multiselect(
        "Also in this plan", settings.kept, format_func=kept_words, key=key, on_change=take, select_all=False
    )
