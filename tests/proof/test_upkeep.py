"""Is the panel's report card of the twins as they are, and left alone where nothing changed?"""

from datetime import timedelta

from tests.proof.conftest import PATIENTS, TODAY
from twin.proof import upkeep
from twin.proof.kept_twins import standing
from twin.proof.upkeep import newest_card, refresh_panel
from twin.record.twins import kept_card


def card_of(store, on=TODAY):
    return newest_card(store, standing(store, on=on))


def test_a_refresh_fits_and_counts_and_the_next_does_nothing(store):
    assert card_of(store) == (None, False)
    told = []
    done = refresh_panel(store, on=TODAY, progress=lambda fraction, text: told.append((fraction, text)))
    assert (done.n, done.refreshed) == (PATIENTS, PATIENTS)
    card, is_current = card_of(store)
    assert is_current and card.panel == PATIENTS and card.n > 300
    assert told[0][0] == 0.0 and told[-1] == (1.0, "Done")
    assert [fraction for fraction, _ in told] == sorted(fraction for fraction, _ in told)
    made = kept_card(store).made
    assert refresh_panel(store, on=TODAY).refreshed == 0
    assert kept_card(store).made == made


def change(store):
    store.cursor().execute(
        "UPDATE observations SET value = value + 1 WHERE variable = 'weight' AND patient = "
        "(SELECT min(patient) FROM observations WHERE variable = 'weight')"
    )


def test_a_card_of_earlier_data_is_shown_as_such_until_refreshed(store):
    refresh_panel(store, on=TODAY)
    change(store)
    card, is_current = card_of(store)
    assert card is not None and not is_current
    assert refresh_panel(store, on=TODAY).refreshed == 1
    assert card_of(store)[1]
    assert not card_of(store, TODAY + timedelta(days=31))[1]


def test_cancelling_before_the_count_makes_no_card(store):
    asked = []

    def cancelled():
        asked.append(True)
        return len(asked) == 2

    assert refresh_panel(store, on=TODAY, cancelled=cancelled).cancelled
    assert card_of(store) == (None, False)
    assert not standing(store, on=TODAY).stale


def test_data_that_change_while_counting_leave_the_card_for_later(store, monkeypatch):
    read = upkeep.panel_values

    def read_and_change(*arguments, **options):
        found = read(*arguments, **options)
        change(store)
        return found

    monkeypatch.setattr(upkeep, "panel_values", read_and_change)
    refresh_panel(store, on=TODAY)
    assert card_of(store) == (None, False)
    monkeypatch.undo()
    refresh_panel(store, on=TODAY)
    assert card_of(store)[1]
