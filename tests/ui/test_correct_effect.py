"""Does before and after say what changes, withhold what must be withheld, and escape what it is given?"""

from dataclasses import replace

import pytest

from twin.ui.correct.effect import Effect, Likely, Side, effect_html

PRESSURE = {"systolic_bp": Likely("142", "136", "149")}
LATER = {"systolic_bp": Likely("141", "120", "163")}
CALM = Side(in_sync=True, withheld="", risk=0.124, why_no_risk="", levels=PRESSURE, forecasts=LATER)
LOST = Side(in_sync=False, withheld="Out of sync: <why>.", risk=0.124, why_no_risk="", levels={}, forecasts={})


def test_what_does_not_change_is_not_listed():
    effect = Effect(CALM, CALM)
    assert effect.changed() == []
    assert effect.sentence() == "No number on the screen changes."
    assert "No level and no forecast changes." in effect_html(effect)
    assert "Systolic" not in effect_html(effect)


@pytest.mark.parametrize("part", ["levels", "forecasts"])
def test_a_changed_band_is_a_change(part):
    (name, one), *_ = getattr(CALM, part).items()
    effect = Effect(CALM, replace(CALM, **{part: {name: replace(one, high="170")}}))
    assert effect.changed() == ["systolic_bp"]
    assert effect.sentence() == "Changed: Systolic BP."
    assert "to 170)" in effect_html(effect)


def test_key_measures_come_first():
    more = {"sodium": Likely("140", "138", "142"), **PRESSURE}
    effect = Effect(replace(CALM, levels={}, forecasts={}), replace(CALM, levels=more))
    assert effect.changed() == ["systolic_bp", "sodium"]


def test_a_change_of_risk_is_said_before_that_of_a_measure():
    effect = Effect(CALM, replace(CALM, risk=0.101, levels={}))
    assert effect.sentence() == "The ten-year risk goes from 12 in 100 to 10 in 100."


def test_both_risks_have_one_denominator():
    assert Effect(CALM, replace(CALM, risk=0.004)).risks() == ("124 in 1,000", "4 in 1,000")
    assert Effect(CALM, replace(CALM, risk=None)).risks() == ("12 in 100", "No estimate shown")


def test_out_of_sync_withholds_its_side_and_says_why():
    effect = Effect(LOST, CALM)
    assert effect.sentence() == "The twin is in sync again."
    shown = effect_html(effect)
    assert "Before: Out of sync: &lt;why&gt;." in shown
    assert shown.count("<td>Withheld</td>") == 2 and "<strong>142</strong>" in shown
    assert "The other measures are shown again." in shown
    assert Effect(CALM, LOST).sentence() == "The twin falls out of sync."
    assert Effect(LOST, LOST).sentence() == "The twin stays out of sync."
    assert "No level and no forecast changes." not in effect_html(Effect(LOST, LOST))
