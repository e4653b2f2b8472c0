"""What does the edited plan change?"""

import logging
import math
from collections.abc import Callable

import streamlit as st

from twin.errors import OutOfValidityRange
from twin.figures.comparison_table import LETTERS
from twin.record.patient import Patient
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES
from twin.ui import guard, scripts
from twin.ui.compare import memory
from twin.ui.compare.inputs import Number, choice, choices, number, tick
from twin.ui.compare.saved import kept_changes
from twin.ui.compare.settings import LIPID_CLASSES, options, other_classes
from twin.ui.html import tag
from twin.ui.shell import Page
from twin.variables import require_possible, variable

LOG = logging.getLogger("counterpart")
BP_STEP = 5.0
WEIGHT_STEP = 1.0
MOST_BP_FALL, MOST_BP_RISE = 50.0, 20.0
MOST_WEIGHT_LOSS, MOST_WEIGHT_GAIN = 30.0, 10.0
NOT_STARTED = (
    f"What moves with the slider did not start within {scripts.PATIENCE:g} seconds or broke off. The plain controls "
    "do the same; numbers change after the slider is let go. Untick to try again."
)
DOSES_TAKEN = Number(
    field="doses_taken",
    label="Doses taken",
    unit="%",
    low=50.0,
    high=100.0,
    step=5.0,
    help="Share of the doses of this plan's drugs that are taken. 100 % is as in the trials.",
    typed_low=0.0,
    typed_high=100.0,
)


@st.fragment(key=memory.SETTINGS)
def plan_settings(page: Page) -> None:
    """Show the settings of the edited plan, and the buttons that add, copy, reset and remove plans."""
    try:
        with st.container(key="plan-settings", gap="small"):
            st.html(tag("p", "Plan settings", css="settings"))
            _show(page)
    except Exception as error:
        guard.report(error)


def _show(page: Page) -> None:
    if not memory.desk().plans:
        st.button("Add plan", on_click=_all_after(memory.add))
        return
    _which_plan()
    _settings(page.patient, page)
    _buttons()
    _plain_controls()


def _all_after(change: Callable[..., None]) -> Callable[..., None]:
    """Return a callback that makes a change and runs settings and comparison again."""

    def callback(*args: object) -> None:
        change(*args)
        st.rerun([memory.SETTINGS, memory.COMPARISON])

    return callback


def _which_plan() -> None:
    desk = memory.desk()
    key = memory.widget_key("editing", is_of_plan=False)
    st.session_state.setdefault(key, desk.editing)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small", key="which-plan"):
        st.segmented_control(
            "Plan to edit",
            range(len(desk.plans)),
            format_func=lambda index: LETTERS[index],
            required=True,
            key=key,
            on_change=_all_after(lambda: memory.edit(st.session_state[key])),
        )
        st.button(
            "Add plan",
            on_click=_all_after(memory.add),
            disabled=len(desk.plans) == memory.MOST_PLANS,
            help=memory.FULL if len(desk.plans) == memory.MOST_PLANS else None,
        )


def _settings(patient: Patient, page: Page) -> None:
    taken = memory.drugs_taken(patient, on=page.today)

    def drug(label: str, field: str) -> None:
        choice(label, field, options((field,), taken), help=_now_taken(patient, page, (field,)))

    def drugs(label: str, field: str, classes: tuple[str, ...]) -> None:
        choices(label, field, options(classes, taken), help=_now_taken(patient, page, classes))

    _change_of(page, "systolic_bp", most_fall=MOST_BP_FALL, most_rise=MOST_BP_RISE, step=BP_STEP)
    drug("Statin", "statin")
    drugs("Other LDL-lowering drugs", "lipid", LIPID_CLASSES)
    drugs("Blood-pressure drugs", "blood_pressure", BLOOD_PRESSURE_CLASSES)
    drug("SGLT2 inhibitor", "sglt2_inhibitor")
    drug("GLP-1 agonist", "glp1_agonist")
    drug("Metformin", "metformin")
    drugs("Other treatments", "other", other_classes())
    if patient.smoking is not None and patient.smoking.status == "current":
        tick("Stops smoking", "stops_smoking")
    _change_of(page, "weight", most_fall=MOST_WEIGHT_LOSS, most_rise=MOST_WEIGHT_GAIN, step=WEIGHT_STEP)
    number(page, DOSES_TAKEN)
    kept_changes()


def _now_taken(patient: Patient, page: Page, drug_classes: tuple[str, ...]) -> str:
    names = [m.display for m in patient.current_medications(page.today) if m.drug_class in drug_classes]
    return f"Now {', '.join(names)}. Another drug of the same class replaces it." if names else "Now none."


def _change_of(page: Page, name: str, *, most_fall: float, most_rise: float, step: float) -> None:
    """Show a change of a variable; its ends keep the value within the registry's plausible limits."""
    known, latest = variable(name), page.patient.latest(name, page.today)
    label = f"{known.short_label} change"
    low, high, now = -most_fall, most_rise, "no value on record"
    if latest is not None:
        low = min(0.0, max(low, math.ceil((known.plausible_low - latest.value) / step) * step))
        high = max(0.0, min(high, math.floor((known.plausible_high - latest.value) / step) * step))
        now = f"now {known.format(latest.value)}"

    def check(change: float) -> None:
        if latest is not None:
            _say_if_impossible(name, latest.value + change)

    number(page, Number(name, label, known.unit, low, high, step, f"{known.label}: {now}."), check=check)


def _say_if_impossible(name: str, value: float) -> None:
    try:
        require_possible(name, value)
    except OutOfValidityRange as error:
        LOG.warning("%s: %s", error.code, error)
        st.error(f"{error.clinical} ({error.code})")


def _buttons() -> None:
    desk = memory.desk()
    with st.container(horizontal=True, gap="small"):
        st.button(f"Reset {desk.letter}", on_click=_all_after(memory.reset))
        with st.popover(f"Copy {desk.letter} to"):
            for index in range(min(len(desk.plans) + 1, memory.MOST_PLANS)):
                if index != desk.editing:
                    words = f"Plan {LETTERS[index]}" if index < len(desk.plans) else f"New plan {LETTERS[index]}"
                    st.button(words, on_click=_all_after(memory.copy_to), args=(index,))
        st.button(f"Remove {desk.letter}", on_click=_all_after(memory.remove))


def _plain_controls() -> None:
    """Show the way to plain widgets and back, where there is a choice."""
    if not scripts.do_run():
        return
    if scripts.have_failed():
        st.html(tag("p", NOT_STARTED, css="note"))
    key = f"{memory.widget_key('plain', is_of_plan=False)}/{scripts.have_failed()}"
    st.session_state.setdefault(key, not scripts.are_used())
    st.checkbox(
        "Plain controls",
        key=key,
        help="Numbers then change after the slider is let go, not while it moves.",
        on_change=_all_after(lambda: scripts.use(plain=st.session_state[key])),
    )
