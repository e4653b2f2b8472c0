"""Does every therapy reach every outcome by one path, and never by two?"""

import pytest

from twin.errors import UnknownName
from twin.evidence.cards import OUTCOMES, PARTS, cards, effects
from twin.evidence.pathways import ENDPOINTS, TARGETS, direct_candidates, pathway, pathways
from twin.evidence.therapies import biomarker_effects, matching_therapy, therapies, therapy

CLASSES = sorted({t.drug_class for t in therapies().values()} | {"smoking_cessation"})


@pytest.mark.parametrize("drug_class", CLASSES)
def test_every_class_has_one_path_to_every_outcome(drug_class):
    reached = {outcome for name, outcome in pathways() if name == drug_class}
    assert set(ENDPOINTS) <= reached <= set(TARGETS)


@pytest.mark.parametrize("row", pathways().values(), ids=lambda row: f"{row.drug_class} {row.outcome}")
def test_a_path_is_mediators_or_a_trial_of_its_own_never_both(row):
    members = [t for t in therapies().values() if t.drug_class == row.drug_class]
    agents = [t.agents() for t in members] or [(row.drug_class,)]
    options = [one for names in agents for one in direct_candidates(names, row.drug_class, row.outcome)]
    direct = [effect for candidates in options for effect in candidates]
    parts = (row.outcome, *PARTS.get(row.outcome, ()))
    followed = {effect.variable for effect in effects("mediator") if effect.outcome in parts}
    leads = [any(e.variable in followed for e in biomarker_effects(t.name)) for t in members]
    if row.path == "direct":
        assert direct and {effect.card for effect in direct} == set(row.cards)
        assert row.otherwise == "none" or any(leads)
    else:
        assert not direct and not row.cards and row.otherwise == "none"
        assert row.path == "none" or any(leads)
    assert row.reason


def test_a_direct_result_on_an_outcome_excludes_one_on_its_parts():
    """Two cards of one class may speak of ASCVD and of its parts only for people who cannot be the same."""
    for name in therapies():
        known = therapy(name)
        found = [e for options in direct_candidates(known.agents(), known.drug_class, "ascvd") for e in options]
        whole = {e.card for e in found if e.outcome == "ascvd"}
        parts = {e.card for e in found if e.outcome in PARTS["ascvd"]}
        for one in whole:
            for other in parts:
                needs = cards()[one].population.requires, cards()[other].population.requires
                assert any(f"not {need}" in a for a, b in (needs, needs[::-1]) for need in b)


def test_cvd_is_made_of_endpoints_that_have_paths():
    assert set(PARTS["cvd"]) <= set(ENDPOINTS) and set(ENDPOINTS) == set(OUTCOMES) - {"cvd"}


def test_an_unknown_class_reaches_nothing():
    assert pathway("diuretic_of_tomorrow", "death").path == "none"


def test_the_nearest_dose_is_matched_and_the_first_row_is_the_usual_one():
    assert matching_therapy("atorvastatin", 45.0).name == "atorvastatin 40 mg"
    assert matching_therapy("atorvastatin", None).name == "atorvastatin 20 mg"
    assert matching_therapy("methyldopa", 500.0) is None
    with pytest.raises(UnknownName):
        therapy("methyldopa 500 mg")


def test_the_most_particular_effect_wins():
    half, standard = (
        next(e for e in biomarker_effects(name) if e.variable == "systolic_bp").estimate
        for name in ("losartan 25 mg", "losartan 50 mg")
    )
    assert (half, standard) == (-7.1, -9.1)
