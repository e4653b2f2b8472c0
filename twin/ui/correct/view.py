"""How does a clinician correct the record, and see beforehand what that changes?"""

from dataclasses import dataclass

import streamlit as st

from twin.errors import NotAllowed, TwinError
from twin.physiology.longitudinal import fit
from twin.record.corrections import check, corrected
from twin.record.patient import Correction
from twin.ui import access, guard, proof_job, state
from twin.ui.correct.effect import Effect, effect_html, side_of
from twin.ui.correct.forms import Drafts, filled, require_complete
from twin.ui.correct.notice import ANCHOR
from twin.ui.correct.said import KINDS, MEANING, what, who_and_when
from twin.ui.html import Html, table, tag
from twin.ui.shell import Page
from twin.ui.worklist import openable_table
from twin.words import counted

FRAGMENT = "correct"


@dataclass(frozen=True, slots=True)
class Shown:
    """What stands below the fields: an effect with its heading, of drafts or of what was kept or undone."""

    patient_id: str
    version: int
    title: str
    effect: Effect
    drafts: Drafts = ()


@st.fragment(key=FRAGMENT)
def corrections(page: Page, sentence: str) -> None:
    """Show the fields, what a correction would change, and every correction that was made.

    Parameters
    ----------
    sentence
        The page's status sentence as long as this part has none of its own.
    """
    if access.patient(page.patient.id) is not page.patient:
        st.rerun()  # the record changed since the page ran
    try:
        with st.container(key="correct", gap="small"):
            st.html(tag("h2", "Correct the record", css="section", id=ANCHOR))
            sentence = _show(page) or sentence
    except Exception as error:
        guard.report(error)
    page.say(sentence, in_fragment=True)


def _show(page: Page) -> str:
    try:
        page.store.session.require_correction()
    except NotAllowed as error:
        st.html(tag("p", error.clinical, css="note"))
        _list(page)
        return ""
    kind = st.segmented_control(
        "What is to be corrected?",
        tuple(KINDS),
        format_func=KINDS.get,
        required=True,
        default="wrong",
        key=state.CORRECT_KIND,
        label_visibility="collapsed",
    )
    st.html(tag("p", MEANING[kind], css="note"))
    drafts, is_asked = filled(page, kind, key=_key(page))
    shown = None
    try:
        if is_asked:
            _preview(page, drafts, kind)
        if (shown := _shown(page, drafts)) is not None:
            _effect(page, shown)
    except TwinError as error:
        guard.report(error)
    _list(page)
    return "" if shown is None else f"{shown.title} {shown.effect.sentence()}"


def _key(page: Page) -> str:
    """Return how the keys of the fields begin: anew for another patient, and once something was kept."""
    now = (page.patient.id, access.data_version())
    if st.session_state.get(state.CORRECT_FOR) != now:
        st.session_state[state.CORRECT_FOR] = now
        st.session_state[state.CORRECT_TURN] = st.session_state.get(state.CORRECT_TURN, 0) + 1
    return f"correct/{st.session_state[state.CORRECT_TURN]}"


def _preview(page: Page, drafts: Drafts, kind: str) -> None:
    """Work out what drafts would change; nothing is stored."""
    st.session_state.pop(state.CORRECT_SHOWN, None)
    require_complete(drafts, kind)
    checked = [check(page.patient, draft, today=page.today) for draft in drafts]
    after = corrected(page.patient, checked)
    effect = Effect(side_of(page.patient, page.twin), side_of(after, fit(after, on=page.today)))
    title = "Nothing is stored yet."
    st.session_state[state.CORRECT_SHOWN] = Shown(page.patient.id, access.data_version(), title, effect, drafts)


def _shown(page: Page, drafts: Drafts) -> Shown | None:
    """Return what was worked out, unless patient, record or fields have changed since."""
    shown = st.session_state.get(state.CORRECT_SHOWN)
    if shown is None or (shown.patient_id, shown.version) != (page.patient.id, access.data_version()):
        return None
    return shown if shown.drafts in ((), drafts) else None


def _effect(page: Page, shown: Shown) -> None:
    with st.container(key="correct-effect", gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
            title = tag("p", tag("strong", shown.title), " ", shown.effect.sentence(), css="lead")
            st.html(title, width="content")
            if shown.drafts and st.button("Keep the correction", type="primary", key="correct-keep"):
                kept = page.store.correct(*shown.drafts, today=page.today)
                _kept(page, f"Kept: {counted(len(kept), 'correction')}.", shown.effect)
        st.html(effect_html(shown.effect))


def _kept(page: Page, title: str, effect: Effect) -> None:
    """Show the whole page again, with what was done; what the other pages say of this twin follows."""
    proof_job.start(page.today)
    st.session_state[state.CORRECT_SHOWN] = Shown(page.patient.id, access.data_version(), title, effect)
    st.rerun()


def _undo(page: Page, number: int) -> None:
    before = side_of(page.patient, page.twin)
    page.store.undo(number)
    patient = access.patient(page.patient.id)
    effect = Effect(before, side_of(patient, access.twin(patient, on=page.today)))
    _kept(page, f"Undone: correction {number}.", effect)


def _list(page: Page) -> None:
    made = page.store.corrections(page.patient.id)
    hold = [one for one in reversed(made) if one.undone is None]
    undone = [one for one in reversed(made) if one.undone is not None]
    st.html(tag("h3", "Corrections made", css="section"))
    if not hold:
        st.html(tag("p", "None holds." if undone else "None.", css="note"))
    else:
        number = openable_table(
            ("", "What", "Why", "Who and when"),
            [(f"Undo {one.number}", *_cells(one)) for one in hold],
            [str(one.number) for one in hold],
            caption="Corrections made",
            key="corrections",
        )
        if number is not None:
            _undo(page, int(number))
    if undone:
        with st.expander(counted(len(undone), "correction") + " undone"):
            st.html(_undone_html(undone))


def _cells(one: Correction) -> tuple[str, str, str]:
    return what(one), one.reason, who_and_when(one.made_by, one.made)


def _undone_html(undone: list[Correction]) -> Html:
    rows = [(one.number, *_cells(one), who_and_when(one.undone_by, one.undone)) for one in undone]
    return table(("Number", "What", "Why", "Who and when", "Undone by"), rows, caption="Corrections that were undone")
