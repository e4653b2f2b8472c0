"""Is every evidence card sound, used or marked as reference, and does the loader refuse the others?"""

import numpy as np
import pytest

from twin.data_files import DATA
from twin.errors import BadEvidence
from twin.evidence.cards import CERTAINTIES, cards, effects, parse_card
from twin.evidence.checks import check_rules
from twin.evidence.harms import harm_effects, harms, rates_at
from twin.evidence.monitoring import monitoring
from twin.evidence.pathways import ENDPOINTS, TARGETS, direct_candidates, pathways
from twin.evidence.sources import source
from twin.evidence.therapies import biomarker_candidates, therapies
from twin.plans.habits import AGENTS
from twin.units import difference_to_canonical
from twin.variables import registry, variable

HABITS = ("smoking_cessation",)
LINKED = {"weight", "physical_activity", "sodium_intake", "dash_diet"}
BESIDE = {"sodium_on_usual_diet", "sodium_on_dash_diet"}  # what a habit keeps beside another


@pytest.mark.parametrize("path", sorted((DATA / "evidence").glob("*.toml")), ids=lambda p: p.stem)
def test_a_card_says_where_each_number_was_read(path):
    card = parse_card(path.read_text(encoding="utf-8"), path.name)
    assert card.id == path.stem
    assert card.citation and card.read_in and card.population.text and card.certainty_reason
    assert card.certainty in CERTAINTIES
    for effect in card.effects:
        assert effect.locator
        assert (effect.status == "unverified") or effect.locator != "not read"
        if effect.variable:
            variable(effect.variable)
            if effect.measure == "absolute_change":
                difference_to_canonical(effect.variable, 1.0, effect.unit)
        if effect.ci_low is not None:
            assert effect.ci_low <= effect.estimate <= effect.ci_high
    for name, low, high in card.population.limits:
        assert variable(name).hard_low <= low < high <= variable(name).hard_high


def used_effects() -> set:
    """Return every effect that some therapy, habit or stated change can call upon."""
    found = set()
    for therapy in therapies().values():
        found |= {effect for options in biomarker_candidates(therapy.name) for effect in options}
        found |= set(harm_effects(therapy.agents()))
        for outcome in TARGETS:
            options = direct_candidates(therapy.agents(), therapy.drug_class, outcome)
            found |= {effect for candidates in options for effect in candidates}
    for habit in HABITS:
        for outcome in ENDPOINTS:
            found |= {effect for options in direct_candidates((habit,), habit, outcome) for effect in options}
    return found | set(effects("mediator")) | {effect for effect in effects("link") if effect.agent in LINKED | BESIDE}


def test_every_effect_is_used_or_its_card_is_for_reference():
    used = used_effects()
    unused = [
        (card.id, effect.agent, effect.variable, effect.outcome)
        for card in cards().values()
        if not card.reference_only
        for effect in card.effects
        if effect not in used
    ]
    assert unused == []


def test_a_link_starts_from_a_variable_or_a_habit():
    assert {effect.agent for effect in effects("link")} == LINKED | BESIDE
    assert set(registry()) | set(AGENTS.values()) >= LINKED


def test_a_trial_against_another_drug_names_a_class_with_its_own_result():
    against = [effect for effect in effects("direct") if effect.comparator]
    assert against
    for effect in against:
        assert direct_candidates((effect.comparator,), effect.comparator, effect.outcome)


def test_a_weight_other_than_one_has_its_reason():
    for harm in harms().values():
        assert harm.weight >= 0 and (harm.weight == 1) is (not harm.weight_reason)


def test_a_rate_by_age_passes_through_what_was_read_and_stays_beyond():
    bleeding = harms()["major_bleeding"]
    ages = np.array([20.0, 35.0, 55.0, 75.0, 90.0])
    men = rates_at(bleeding, "male", ages)
    assert men == pytest.approx([0.18, 0.18, (0.18 * 0.64) ** 0.5, 0.64, 0.64])
    assert (rates_at(bleeding, "female", ages) < men).all()
    assert rates_at(bleeding, None, ages) == rates_at(bleeding, "male", None) == 0.31


def test_a_rate_that_was_worked_out_says_how_and_from_what():
    derived = [harm for harm in harms().values() if harm.status == "derived"]
    assert {harm.id for harm in derived} == {"hypotension", "syncope", "acute_kidney_injury"}
    for harm in derived:
        assert "/" in harm.locator or "divided" in harm.locator
        rates = rates_at(harm, None, np.array([50.0, 67.0, 80.0]))
        assert 0 < rates[0] < rates[1] < rates[2] and rates[0] < harm.rate < rates[2]
    # Hypotension: SPRINT's treated people of 67, whose ages spread by 9 years, from the table's own numbers.
    hypotension = harms()["hypotension"]
    treated = 100 * 58 / (4683 * 3.26)
    assert hypotension.rate == pytest.approx(treated / 1.39**1.8, rel=0.01)
    slope = np.log(1.14)
    at_67 = hypotension.rate * np.exp(-((slope * 9) ** 2) / 2)
    assert rates_at(hypotension, "male", np.array([50.0, 67.0, 80.0])) == pytest.approx(
        at_67 * np.exp(slope * np.array([-17.0, 0.0, 13.0])), rel=0.03
    )


def test_a_schedule_is_of_a_known_class_and_says_where_it_was_read():
    classes = {therapy.drug_class for therapy in therapies().values()}
    assert set(monitoring()) <= classes
    for known in monitoring().values():
        source(known.source_id)
        assert known.locator and known.status in ("verified", "single_source")
        for weeks in (known.blood_test_weeks, known.visit_weeks):
            assert weeks == tuple(sorted(set(weeks))) and all(0 < week <= 52 for week in weeks)


def test_the_ratio_of_hypotension_is_that_of_sprint_for_one_drug():
    effect = next(e for e in effects("harm") if e.outcome == "hypotension")
    share = 9.1 / 14.8
    ratio, spread = (99 / 4678) / (58 / 4683), np.sqrt(1 / 99 - 1 / 4678 + 1 / 58 - 1 / 4683)
    limits = np.exp(share * (np.log(ratio) + np.array([-1.96, 0.0, 1.96]) * spread))
    assert (effect.ci_low, effect.estimate, effect.ci_high) == pytest.approx(limits, abs=0.005)


def test_a_reference_card_says_why_it_is_not_used():
    for card in cards().values():
        assert ("not used" in card.certainty_reason) is card.reference_only


def test_every_id_in_the_tables_exists():
    for row in pathways().values():
        for card in row.cards:
            assert not cards()[card].reference_only
    for harm in harms().values():
        source(harm.source_id)
    for rule in check_rules():
        source(rule.source_id)
    assert {e.outcome for e in effects("harm")} == set(harms())


GOOD = """
id = "EV-9999"
title = "T"
certainty = "low"
certainty_reason = "R"
citation = "C"
doi = ""
read_in = "R"
read_on = 2026-11-24
second_source = ""
[population]
text = "P"
[[effects]]
kind = "direct"
agent = "drug"
outcome = "death"
measure = "hazard_ratio"
estimate = 0.9
ci_low = 0.8
ci_high = 1.0
locator = "L"
status = "single_source"
"""


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("estimate = 0.9", "estimate = 0.7"),
        ("ci_low = 0.8\n", ""),
        ("estimate = 0.9", "estimate = -0.9\n"),
        ('citation = "C"', 'citation = ""'),
        ('read_in = "R"', 'read_in = ""'),
        ('locator = "L"', 'locator = ""'),
        ('outcome = "death"', 'outcome = "happiness"'),
        ('outcome = "death"\n', ""),
        ('status = "single_source"', 'status = "verified"'),
        ('certainty = "low"', 'certainty = "sure"'),
        ('kind = "direct"', 'kind = "direct"\ncolour = "red"'),
        ('kind = "direct"', 'kind = "mediator"'),
        ("[population]", "[populace]"),
    ],
)
def test_a_bad_card_is_refused(old, new):
    assert parse_card(GOOD, "EV-9999.toml").id == "EV-9999"
    with pytest.raises(BadEvidence) as refused:
        parse_card(GOOD.replace(old, new), "EV-9999.toml")
    assert "EV-9999.toml" in str(refused.value)
