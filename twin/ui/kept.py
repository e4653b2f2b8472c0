"""What is known of all twins without fitting one: their report card, and which are out of sync?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import streamlit as st

from twin.errors import NotAllowed
from twin.proof.kept_twins import out_of_sync, standing
from twin.proof.panel_card import PanelCard, read_card
from twin.proof.upkeep import newest_card
from twin.record.twins import kept_card, kept_stamp
from twin.ui import access


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept of the twins of a panel.

    `stale` counts the patients of whom nothing is kept that still holds; `out_of_sync` says why by patient, for
    those whose results hold; `card` may be of earlier data.
    """

    patients: int
    stale: int
    out_of_sync: Mapping[str, str]
    card: PanelCard | None
    is_current: bool


@st.cache_resource(max_entries=4, show_spinner=False)
def _kept(version: int, stamp: tuple, on: date) -> Kept:
    store = access.new_store()
    found = standing(store, on=on)
    card, is_current = newest_card(store, found)
    return Kept(len(found.versions), len(found.stale), out_of_sync(found.current()), card, is_current)


def kept(*, on: date) -> Kept:
    """Return what is kept, looked up once a change of the data or of what is kept.

    A role that may not see who a patient is gets the report card as it stands.
    """
    if may_see_names():
        return _kept(access.data_version(), kept_stamp(access.store()), on)
    card = kept_card(access.store())
    return Kept(access.store().counts()["patients"], 0, {}, card and read_card(card.result), True)


def may_see_names() -> bool:
    """Say whether this visit's role may see who a patient is."""
    try:
        access.store().session.require_identified()
    except NotAllowed:
        return False
    return True
