"""Does a card say its numbers, their sources and what they mean for this patient?"""

import pytest

from tests.ui.test_pages import JANE, open_page, text
from twin.evidence.cards import cards
from twin.plans.results import Fit
from twin.risk.catalogue import equations
from twin.ui.evidence_view import Now, absolute_words, card_html, effect_words, fit_words, source_words

NOW = Now({"ascvd": 0.20}, {"ldl_cholesterol": 140.0, "systolic_bp": 154.0}, frozenset(), 10)


def effect(card, **wanted):
    return next(e for e in cards()[card].effects if all(getattr(e, name) == value for name, value in wanted.items()))


def test_an_effect_on_a_measurement_is_said_with_its_unit_and_from_this_patients_value():
    falls = effect("EV-0001", agent="atorvastatin 40 mg")
    assert effect_words(falls) == ("Atorvastatin 40 mg on LDL", "−49 %")
    assert absolute_words(falls, NOW) == "140 becomes 71 mg/dL"
    assert absolute_words(falls, Now({}, {}, frozenset(), 10)) == ""
    assert absolute_words(falls, Now({}, NOW.levels, frozenset({"statin"}), 10)) == "A drug of this class is taken"


def test_a_ratio_is_said_as_people_at_this_patients_risk_before_the_ratio_itself():
    ratio = effect("EV-0018", outcome="ascvd")
    what, size = effect_words(ratio)
    assert "Heart attack or stroke" in what
    assert size.split()[:2] == [ratio.measure.split("_")[0], "ratio"]
    then = 100 * (1 - 0.8**ratio.estimate)
    assert absolute_words(ratio, NOW) == f"20 in 100 becomes {then:.0f} in 100 in 10 years"


def test_a_harm_as_a_rate_is_said_per_100_person_years():
    for card in cards().values():
        for one in card.effects:
            what, size = effect_words(one)
            assert what.strip()
            assert size.strip()
            if one.measure == "rate_difference":
                assert size.endswith("more per 100 person-years")


def test_a_person_outside_the_trials_is_told_so():
    assert fit_words(Fit("EV-0001", "t", "p", ("age 82, the trials ended at 80",))).startswith("Outside: age 82")
    assert fit_words(Fit("EV-0001", "t", "p", ())) == "Resembles the people studied"


@pytest.mark.parametrize("card", cards().values(), ids=lambda card: card.id)
def test_a_card_shows_certainty_source_and_whether_it_stands_alone(card):
    html = card_html(card, Fit(card.id, card.title, card.population.text, ()), NOW)
    assert f'id="{card.id}"' in html
    assert "Certainty" in html
    assert "Resembles the people studied" in html
    said = source_words(card)
    assert ("Second source: " in said) == bool(card.second_source)
    assert ("Single source." in said) == (not card.second_source)
    unverified = sum(one.status == "unverified" for one in card.effects)
    assert html.count("Unverified<") == unverified
    assert (f"Unverified: {unverified} of" in said) == bool(unverified)
    assert ("Shown for comparison" in html) == card.reference_only


def test_the_page_shows_every_card_and_only_the_used_ones_on_request(app):
    open_page(app, "evidence.py", JANE)
    assert text(app).count('class="evidence-card"') == len(cards())
    assert "Choose a patient" not in text(app)
    (only,) = [control for control in app.segmented_control if control.label == "Shown"]
    only.set_value("Cards of the plans compared").run()
    assert 'class="evidence-card"' not in text(app)  # a plan without changes rests on none


def test_without_a_patient_the_cards_stand_alone(app):
    open_page(app, "evidence.py")
    assert text(app).count('class="evidence-card"') == len(cards())
    assert "Choose a patient" in text(app)
    assert "Resembles" not in text(app)


def test_the_equations_are_listed_with_what_each_needs_and_what_it_says_of_the_patient(app):
    open_page(app, "evidence.py", JANE)
    (only,) = [control for control in app.segmented_control if control.label == "Shown"]
    only.set_value("Equations").run()
    shown = text(app)
    assert all(f'id="{equation_id}"' in shown for equation_id in equations())
    assert "Equations for this patient" in shown
    assert "SMART-REACH is for people who have coronary disease or stroke" in shown
    assert "data/coefficients/prevent_base.csv" in shown
