"""Does the panel's report card count every forecast once, and say so where a naive forecast did as well?"""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta

import numpy as np
import pytest

from tests.proof.conftest import TODAY
from twin.physiology.longitudinal import default_parameters
from twin.proof.kept_twins import refresh, standing
from twin.proof.naive import METHODS
from twin.proof.panel_card import LEAST, GroupCard, panel_card, read_card
from twin.proof.report_card import report_card
from twin.proof.scoring import Forecasts, scores
from twin.record.twins import KeptTwin, PanelValues, panel_values

NOW = datetime(2026, 11, 24, 12)
VARIABLES = default_parameters().variables
PEOPLE, YEARS = 300, 2


def scored(value, centre, scale):
    """Return what is kept of normal forecasts of two values."""
    found = Forecasts(np.full(2, centre), np.full(2, scale), np.full(2, 1e6), 1.0, 0.0, 500.0)
    done = scores(value, found.quantiles)
    return {"band": found.band_of(value).tolist(), "error": done.error.tolist(), "crps": done.crps.tolist()}


def made_panel(*, offset=0.0, scale=5.0, sync=lambda i: True):
    """Return people with a pressure each half year, and twins that forecast the last two with a constant offset."""
    rng = np.random.default_rng(3)
    usual = 120.0 + 20.0 * rng.random(PEOPLE)
    days = np.arange(0, YEARS * 366, 183)
    times = np.datetime64(TODAY, "s") - (days[::-1] * 86_400).astype("timedelta64[s]")
    value = usual[:, None] + 5.0 * rng.standard_normal((PEOPLE, len(days)))
    ids = tuple(f"p{i:03d}" for i in range(PEOPLE))
    kept = []
    for i, one in enumerate(ids):
        result = {
            **{"reason": "", "withheld": "", "levels": {}},
            "variable": ["systolic_bp"] * 2,
            "time": times[-2:].astype(np.int64).tolist(),
            "value": value[i, -2:].tolist(),
            "centre": [usual[i] + offset] * 2,
            **scored(value[i, -2:], usual[i] + offset, scale),
        }
        if not sync(i):
            result |= {"reason": "Since May.", "withheld": "Out of sync. Since May."}
        kept.append(KeptTwin(one, TODAY, "v", "m", NOW, sync(i), json.dumps(result)))
    values = PanelValues(
        ids=ids,
        is_synthetic=np.arange(PEOPLE) < 50,
        male=np.where(np.arange(PEOPLE) % 3 == 0, 1.0, 0.0),
        birth_date=np.array([np.datetime64("1990-01-01") - 365 * (i % 60) for i in range(PEOPLE)], dtype="M8[D]"),
        person=np.repeat(np.arange(PEOPLE), len(days)),
        variable=np.full(PEOPLE * len(days), "systolic_bp", dtype=object),
        time=np.tile(times, PEOPLE),
        value=value.ravel(),
    )
    return kept, values


def test_a_right_twin_is_right_and_beats_the_naive():
    (one,) = (card := panel_card(*made_panel())).variables
    assert (card.n, card.panel, card.synthetic, one.n, one.patients) == (2 * PEOPLE, PEOPLE, 50, 2 * PEOPLE, PEOPLE)
    for band, found in card.coverage.items():
        assert found.low < int(band) / 100 < found.high, band
    assert one.is_better and one.gain[1] > 0
    assert one.crps["twin"] == pytest.approx(5.0 * 0.5642, rel=0.15)  # of a normal forecast that is right
    assert one.rmse["twin"] == pytest.approx(5.0, rel=0.15)
    assert one.best_naive == "mean"


def test_a_wrong_twin_is_said_to_be_worse():
    (one,) = panel_card(*made_panel(offset=12.0)).variables
    assert not one.is_better and one.gain[2] < 0
    assert one.coverage["80"].high < 0.5


def test_bands_that_are_too_wide_show_as_such():
    card = panel_card(*made_panel(scale=20.0))
    assert card.coverage["50"].low > 0.8


def test_the_naive_forecasts_are_made_from_the_past_alone():
    kept, values = made_panel()
    (one,) = panel_card(kept, values).variables
    hidden = values.time > np.datetime64(TODAY - timedelta(days=365)) + np.timedelta64(1, "D")
    last = np.array([values.value[(values.person == i) & ~hidden][-1] for i in range(PEOPLE)])
    off = values.value[hidden] - last[values.person[hidden]]
    assert one.mean_error["last"] == pytest.approx(np.mean(np.abs(off)))
    assert one.rmse["last"] == pytest.approx(np.sqrt(np.mean(off**2)))


def test_groups_are_by_sex_age_then_and_step():
    card = panel_card(*made_panel(sync=lambda i: i >= 6))
    found = {one.label: one.coverage.patients for one in card.groups}
    assert found["Men"] == 100 and found["Women"] == 200
    assert found["Out of sync today"] == 6 == card.out_of_sync
    assert sum(found[label] for label in ("Under 40", "40 to 59", "60 to 74", "75 and over")) == PEOPLE
    assert found["Under 40"] == 25  # born 1986 to 1990, on 24 November 2025


def test_unknown_ages_and_sexes_are_groups_of_their_own():
    kept, values = made_panel()
    nobody = replace(values, male=np.full(PEOPLE, 0.5), birth_date=np.full(PEOPLE, np.datetime64("NaT", "D")))
    labels = [one.label for one in panel_card(kept, nobody).groups]
    assert labels == ["Sex not known", "Age not known", "In step today"]


def test_a_card_survives_being_written():
    card = panel_card(*made_panel())
    assert read_card(card.to_json()) == card
    assert isinstance(read_card(card.to_json()).groups[0], GroupCard)


def test_a_value_recorded_twice_or_impossible_is_no_naive_forecast_of_it():
    kept, values = made_panel()
    twice = {
        name: np.concatenate([getattr(values, name), getattr(values, name)[-3:]])
        for name in ("person", "variable", "time", "value")
    }
    twice["value"] = np.append(twice["value"], 9_999.0)
    twice["time"] = np.append(twice["time"], np.datetime64("2025-11-01", "s"))
    twice["person"], twice["variable"] = np.append(twice["person"], 0), np.append(twice["variable"], "systolic_bp")
    assert panel_card(kept, replace(values, **twice)).variables == panel_card(kept, values).variables


def test_few_values_say_nothing():
    kept, values = made_panel()
    few = panel_card(kept[: LEAST // 2 - 1], values)
    assert not few.says_enough and not few.variables[0].says_enough
    assert few.variables[0].quarters == (None,) * 4


def test_an_empty_record_has_an_empty_card():
    _, values = made_panel()
    empty = {name: getattr(values, name)[:0] for name in ("is_synthetic", "male", "birth_date")}
    rows = {name: getattr(values, name)[:0] for name in ("person", "variable", "time", "value")}
    card = panel_card([], replace(values, ids=(), **empty, **rows))
    assert (card.n, card.says_enough, card.variables, card.groups) == (0, False, (), ())
    assert read_card(card.to_json()) == card


def test_it_counts_what_the_patients_report_cards_count(store):
    refresh(store, on=TODAY)
    card = panel_card(standing(store, on=TODAY).current(), panel_values(store, on=TODAY, variables=VARIABLES))
    cards = [report_card(person, on=TODAY) for person in store.patients()]
    assert card.n == sum(one.n for one in cards) > 300
    for band in (50, 80, 95):
        assert card.coverage[str(band)].hits == sum(one.within(band) for one in cards)
    for one in card.variables:
        assert set(one.crps) == {"twin", *METHODS}
        assert all(size > 0 for size in one.crps.values())
    assert card.on == (TODAY, TODAY)


def test_days_of_an_older_fit_move_its_hidden_year():
    kept, values = made_panel()
    older = [replace(kept[0], fitted_on=date(2026, 11, 1)), *kept[1:]]
    assert panel_card(older, values).on == (date(2026, 11, 1), TODAY)
