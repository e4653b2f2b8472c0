"""How are the kept twins and the panel's report card brought up to date, and are they?"""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

from twin.physiology.longitudinal import default_parameters
from twin.proof.kept_twins import Refreshed, Standing, model_version, refresh, standing
from twin.proof.panel_card import PanelCard, panel_card, read_card
from twin.record.store import Store
from twin.record.twins import KeptCard, keep_card, kept_card, panel_values

SHARE_OF_FITTING = 0.9  # of the progress


def refresh_panel(
    store: Store,
    *,
    on: date,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Refreshed:
    """Fit every twin whose data changed and count the forecasts of the panel anew; see `kept_twins.refresh`."""

    def part(fraction: float, text: str) -> None:
        if progress:
            progress(SHARE_OF_FITTING * fraction, text)

    done = refresh(store, on=on, progress=part, cancelled=cancelled)
    if done.cancelled:
        return done
    if not newest_card(store, standing(store, on=on))[1]:
        part(1.0, "Counting the forecasts")
        if cancelled and cancelled():
            return replace(done, cancelled=True)
        _count(store, on)
    if progress:
        progress(1.0, "Done")
    return done


def _count(store: Store, on: date) -> None:
    """Make and keep the report card of the panel, unless data changed meanwhile: then it waits for the next refresh."""
    values = panel_values(store, on=on, variables=default_parameters().variables)
    found = standing(store, on=on)  # after the values, so that the twins are known to hold for them
    if not found.stale:
        card = panel_card(found.current(), values)
        now = datetime.now(UTC).replace(tzinfo=None)
        keep_card(store, KeptCard(_digest(found), model_version(), now, card.to_json()))


def newest_card(store: Store, found: Standing) -> tuple[PanelCard | None, bool]:
    """Return the kept report card of the panel, and whether it is of the data and the model as they are."""
    kept = kept_card(store)
    if kept is None:
        return None, False
    fits = (kept.data_version, kept.model_version) == (_digest(found), model_version())
    return read_card(kept.result), fits and not found.stale


def _digest(found: Standing) -> str:
    """Return a digest of the twins that a card counts."""
    digest = hashlib.sha256()
    for one in found.current():
        digest.update(f"{one.patient_id}\0{one.data_version}\0{one.fitted_on.isoformat()}\n".encode())
    return digest.hexdigest()
