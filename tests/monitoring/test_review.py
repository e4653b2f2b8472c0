"""Does each review rule find whom it should, once, and in the order of urgency?"""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from twin.evidence.sources import source
from twin.monitoring.review import apply_rules, review_panel
from twin.monitoring.rules import rules

TODAY = date(2026, 11, 24)
BASE = {
    "id": "p",
    "birth_date": date(1966, 3, 14),
    "sex": "female",
    "deceased": None,
    "is_deceased": False,
    "data_until": TODAY - timedelta(days=20),
}


def person(**given):
    row = dict(BASE) | given
    for name in ("systolic_bp", "diastolic_bp", "ldl_cholesterol", "hba1c", "egfr", "uacr"):
        if name in row:
            row.setdefault(f"{name}_time", pd.Timestamp(TODAY - timedelta(days=20)))
    return row


def reviewed(*people, risk=0.03, withheld="", missing=False):
    frame = pd.DataFrame(list(people))
    n = len(frame)
    return apply_rules(
        frame,
        risk=np.full(n, np.nan if withheld else risk),
        withheld=np.full(n, withheld, dtype=object),
        missing=np.full(n, missing),
        on=TODAY,
    )


def codes(*people, **given):
    return [finding.rule.code for finding in reviewed(*people, **given).findings(0)]


def test_a_person_within_every_threshold_has_no_finding():
    assert codes(person(systolic_bp=124, diastolic_bp=76, ldl_cholesterol=100)) == []


@pytest.mark.parametrize("pressure", [{"systolic_bp": 140}, {"systolic_bp": 120, "diastolic_bp": 90}])
def test_stage_2_is_found_at_either_pressure(pressure):
    assert codes(person(**pressure)) == ["TWN051"]


def test_stage_2_on_a_drug_is_another_rule():
    assert codes(person(systolic_bp=150, takes_thiazide=True)) == ["TWN057"]


def test_just_below_stage_2_needs_a_reason():
    low_risk = person(systolic_bp=139)
    assert codes(low_risk) == []
    assert codes(low_risk, risk=0.075) == ["TWN056"]
    assert codes(person(systolic_bp=139, has_diabetes=True)) == ["TWN056"]


def test_one_fact_gives_one_finding():
    found = codes(person(systolic_bp=160, has_diabetes=True, ldl_cholesterol=200), risk=0.3)
    assert found == ["TWN051", "TWN052"]


@pytest.mark.parametrize(("born", "expected"), [((1987, 1, 1), []), ((1986, 1, 1), ["TWN054"]), ((1950, 1, 1), [])])
def test_diabetes_asks_for_a_statin_between_40_and_75(born, expected):
    assert codes(person(birth_date=date(*born), has_diabetes=True, ldl_cholesterol=70)) == expected


def test_disease_without_a_statin_needs_no_measurement():
    assert codes(person(had_cardiovascular_coronary=True)) == ["TWN053"]
    assert codes(person(had_cardiovascular_coronary=True, takes_statin=True)) == []


@pytest.mark.parametrize(("egfr", "expected"), [(19, []), (20, ["TWN055"])])
def test_albuminuria_asks_for_an_sglt2_inhibitor_from_egfr_20(egfr, expected):
    assert codes(person(has_kidney=True, uacr=200, egfr=egfr)) == expected


def test_an_old_value_asks_for_no_decision():
    old = pd.Timestamp(TODAY - timedelta(days=366))
    assert codes(person(systolic_bp=180, systolic_bp_time=old)) == []


def test_a_record_without_new_values_is_found_after_12_months():
    assert codes(person(data_until=date(2025, 11, 25))) == []
    assert codes(person(data_until=date(2025, 11, 24))) == ["TWN001"]
    assert codes(person(data_until=None)) == ["TWN001"]


def test_a_withheld_risk_is_a_note_with_its_reason():
    review = reviewed(person(), withheld="This equation covers ages 30 to 79.")
    (finding,) = review.findings(0)
    assert (finding.rule.code, finding.rule.tier, finding.why) == (
        "TWN060",
        "note",
        "This equation covers ages 30 to 79.",
    )
    assert codes(person(), withheld="Needs: smoking status.", missing=True) == ["TWN059"]
    assert review.decisions().tolist() == [0]


def test_the_dead_wait_for_nothing():
    assert codes(person(systolic_bp=180, deceased=date(2026, 1, 1))) == []


def test_a_finding_names_its_values_and_days():
    earlier = pd.Timestamp(TODAY - timedelta(days=50))
    (finding,) = reviewed(person(systolic_bp=152, diastolic_bp=88)).findings(0)
    assert finding.why == "BP 152/88 mmHg on 04-Nov-2026."
    (finding,) = reviewed(person(systolic_bp=152, diastolic_bp=88, diastolic_bp_time=earlier)).findings(0)
    assert finding.why == "Systolic BP 152 mmHg on 04-Nov-2026."
    (finding,) = reviewed(person(systolic_bp=133), risk=0.08).findings(0)
    assert finding.why == "Systolic BP 133 mmHg on 04-Nov-2026, ten-year risk 8 in 100."


def test_the_order_is_urgency_then_risk_then_age_of_data():
    frame = pd.DataFrame(
        [
            person(id="well"),
            person(id="old", data_until=date(2020, 1, 1)),
            person(id="hba1c", has_diabetes=True, hba1c=9),
            person(id="bp", systolic_bp=150),
            person(id="bp at risk", systolic_bp=150),
            person(id="disease", had_cardiovascular_coronary=True),
        ]
    )
    risk = np.array([0.3, 0.0, 0.1, 0.05, 0.2, np.nan])
    review = apply_rules(frame, risk=risk, withheld=np.full(6, "", object), missing=np.zeros(6, bool), on=TODAY)
    assert frame["id"].iloc[review.order()].tolist() == ["bp at risk", "bp", "disease", "hba1c", "old", "well"]


def test_a_rule_that_cannot_be_asked_is_not_applicable():
    review = reviewed(person())
    assert not review.applies["TWN051"][0]
    assert reviewed(person(systolic_bp=120)).applies["TWN051"][0]


def test_every_rule_has_a_source_and_a_code_of_its_own():
    assert len({rule.code for rule in rules()}) == len(rules())
    for rule in rules():
        assert source(rule.source_id).citation
        assert rule.locator


COMPLETE = {"total_cholesterol": 200, "hdl_cholesterol": 50, "bmi": 27, "smoking": "never"}


def with_risk(**given):
    row = person(systolic_bp=125, egfr=80, **given)
    for name in ("total_cholesterol", "hdl_cholesterol", "bmi"):
        row.setdefault(name, COMPLETE[name])
        row.setdefault(f"{name}_time", pd.Timestamp(TODAY))
    row.setdefault("smoking", "never")
    return review_panel(pd.DataFrame([row]), on=TODAY)


def test_the_risk_of_a_complete_record_is_estimated():
    review = with_risk()
    assert 0.01 < review.panel.risk[0] < 0.10
    assert review.withheld[0] == ""


@pytest.mark.parametrize(
    ("given", "reason", "code"),
    [
        ({"birth_date": date(1942, 1, 1)}, "Age 84 outside 30 to 79 years", "TWN060"),
        ({"total_cholesterol": None}, "Total cholesterol missing", "TWN059"),
        ({"smoking": None}, "Current smoking missing", "TWN059"),
        ({"has_cardiovascular": True}, "Known cardiovascular disease", "TWN060"),
    ],
)
def test_a_withheld_risk_says_why_in_words(given, reason, code):
    review = with_risk(**given)
    assert np.isnan(review.panel.risk[0])
    assert review.withheld[0] == reason
    assert [finding.rule.code for finding in review.findings(0)] == [code]


def test_what_another_outcome_lacks_is_no_reason():
    review = with_risk(bmi=None)
    assert not np.isnan(review.panel.risk[0])
    assert review.withheld[0] == ""


def test_after_an_event_the_risk_of_another_is_shown_and_meets_no_limit_made_for_a_first():
    values = {
        "systolic_bp": 136.0,
        "total_cholesterol": 210.0,
        "hdl_cholesterol": 50.0,
        "creatinine": 1.0,
        "smoking": "never",
    }
    times = {f"{name}_time": pd.Timestamp(TODAY) for name in ("total_cholesterol", "hdl_cholesterol", "creatinine")}
    had = {"had_cardiovascular_coronary": True, "has_cardiovascular_coronary": True}
    people = [
        person(id="first", had_cardiovascular_coronary=False, bmi=26.0, **values, **times),
        person(id="another", **had, **values, **times),
        person(id="young", **had, **values, **times) | {"birth_date": date(1990, 1, 1)},
    ]
    found = review_panel(pd.DataFrame(people), on=TODAY)
    assert np.isnan(found.after_event).tolist() == [True, False, True]
    assert np.isnan(found.panel.risk).tolist() == [False, True, True]
    assert 0.0 < found.risk[0] < found.risk[1] < 0.5
    assert list(found.withheld) == ["", "", "Age 36 outside 45 to 80 years"]
    assert found.found["TWN060"].tolist() == [False, False, True] and not found.found["TWN059"].any()
