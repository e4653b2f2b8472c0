"""Does the timeline show every problem, treatment and measure at its time, and only within its years?"""

from dataclasses import replace
from datetime import date, datetime

import numpy as np
import pytest

from twin.figures.lifelines import Ghost, lifelines, plain_name
from twin.figures.timeline import alternative, timeline
from twin.record.corrections import corrected, mark
from twin.record.patient import Condition, Correction, Medication, Patient, Series

TODAY = date(2026, 11, 24)
START = date(2021, 11, 24)


def series(name, *points):
    times = np.array([day for day, _ in points], dtype="datetime64[s]")
    labels = np.array([f"{name}-{i}" for i in range(len(points))])
    return Series(name, times, np.array([v for _, v in points], float), np.array(["office"] * len(points)), labels)


def condition(display, onset, abated=None, concept="hypertension"):
    return Condition(concept, display, "system", "1", onset, abated, "c1")


def course(ingredient, dose, start, stop=None):
    return Medication(ingredient, "statin", f"{ingredient} tablet", "system", "1", dose, start, stop, "active", "m1")


@pytest.fixture
def patient():
    return Patient(
        "p",
        "Doe",
        "Jane",
        "Ms",
        date(1966, 3, 14),
        "female",
        "1",
        None,
        True,
        {
            "systolic_bp": series("systolic_bp", ("2019-01-01", 170), ("2022-01-01", 150), ("2026-11-02", 132)),
            "diastolic_bp": series("diastolic_bp", ("2026-11-02", 80)),
            "uacr": series("uacr", ("2024-01-01", 30), ("2025-01-01", 3000)),
        },
        None,
        conditions=(
            condition("Hypertension (disorder)", date(2018, 5, 1)),
            condition("Bronchitis (disorder)", date(2015, 1, 1), date(2015, 2, 1), concept="copd"),
            condition("Full-time employment (finding)", date(2010, 1, 1), concept=None),
        ),
        medications=(
            course("atorvastatin", 20.0, date(2020, 1, 1), date(2023, 1, 1)),
            course("atorvastatin", 40.0, date(2023, 1, 1)),
        ),
    )


def test_courses_of_one_drug_share_a_lane(patient):
    (lane,) = lifelines(patient, start=START, today=TODAY).treatments
    assert lane.label == "Atorvastatin"
    assert [span.text for span in lane.spans] == ["Atorvastatin 20 mg a day", "Atorvastatin 40 mg a day"]


def test_what_ended_before_the_first_day_is_left_out(patient):
    lines = lifelines(patient, start=START, today=TODAY)
    assert [lane.label for lane in lines.problems] == ["Hypertension"]
    assert [lane.label for lane in lifelines(patient, start=date(2014, 1, 1), today=TODAY).problems] == [
        "Bronchitis",
        "Hypertension",
    ]


def test_codes_without_a_concept_are_counted(patient):
    assert lifelines(patient, start=START, today=TODAY).others == 1


def test_measures_show_only_the_years_asked_for(patient):
    systolic, diastolic, _ = lifelines(patient, start=START, today=TODAY).measures
    assert systolic.series.values.tolist() == [150, 132]
    assert diastolic.series.values.tolist() == [80]


def test_both_pressures_share_a_panel(patient):
    pressure, albuminuria = lifelines(patient, start=START, today=TODAY).panels
    assert (pressure.label, albuminuria.label) == ("Blood pressure", "UACR")
    traces = timeline(lifelines(patient, start=START, today=TODAY))["data"]
    assert [len(trace["y"]) for trace in traces if trace.get("yaxis") == "y2"] == [2, 1]


def test_bars_are_cut_at_both_ends(patient):
    figure = timeline(lifelines(patient, start=START, today=TODAY))
    problem, treatment = figure["data"][:2]
    assert problem["x"] == ["2021-11-24", "2026-11-24", None]
    assert treatment["x"] == ["2021-11-24", "2023-01-01", None, "2023-01-01", "2026-11-24", None]


def test_every_panel_has_its_own_part_of_the_height(patient):
    layout = timeline(lifelines(patient, start=START, today=TODAY))["layout"]
    domains = [layout[axis]["domain"] for axis in ("yaxis3", "yaxis2", "yaxis")]
    edges = [edge for domain in domains for edge in domain]
    assert edges == sorted(edges)
    assert edges[0] == pytest.approx(0.0, abs=1e-9)
    assert edges[-1] == 1


def test_albuminuria_is_drawn_on_a_logarithmic_axis(patient):
    layout = timeline(lifelines(patient, start=START, today=TODAY))["layout"]
    assert layout["yaxis3"]["type"] == "log"
    assert layout["yaxis3"]["range"] == pytest.approx([np.log10(20), np.log10(4500)])


def test_the_ghost_lies_behind_the_values(patient):
    times = np.array(["2026-01-01", "2026-06-01"], dtype="datetime64[s]")
    ghost = Ghost(times, np.array([140.0, 141.0]), np.array([120.0, 119.0]), np.array([160.0, 163.0]))
    lines = lifelines(patient, start=START, today=TODAY, ghosts={"systolic_bp": ghost})
    traces = [trace for trace in timeline(lines)["data"] if trace.get("yaxis") == "y2"]
    assert [trace["y"] for trace in traces] == [[160, 163], [120, 119], [140, 141], [150, 132], [80]]
    assert traces[1]["fill"] == "tonexty"


def test_text_of_the_record_is_never_markup(patient):
    odd = Patient(
        "p",
        "",
        "",
        "",
        None,
        None,
        "",
        None,
        True,
        {},
        None,
        conditions=(condition("<a href='x'>Gout \"big\"</a>", date(2022, 1, 1)),),
    )
    figure = timeline(lifelines(odd, start=START, today=TODAY))
    assert "<a" not in figure["layout"]["annotations"][0]["text"]
    assert '"big"' in figure["data"][0]["text"][0]  # a quotation mark needs no disguise there, and gets none
    assert "<a" not in figure["data"][0]["text"][0]


def test_the_alternative_text_says_what_is_drawn(patient):
    said = alternative(lifelines(patient, start=START, today=TODAY))
    assert said == (
        "Timeline from 24-Nov-2021 to 24-Nov-2026; problems: Hypertension; treatments: Atorvastatin; "
        "Systolic BP 2 values, last 132 mmHg; Diastolic BP 1 values, last 80 mmHg; UACR 2 values, last 3,000 mg/g."
    )


@pytest.mark.parametrize(
    ("display", "plain"), [("Gout (disorder)", "Gout"), ("Stroke (cerebral)", "Stroke (cerebral)"), ("Gout", "Gout")]
)
def test_the_class_of_a_term_is_dropped(display, plain):
    assert plain_name(display) == plain


def as_corrected(patient):
    """Return the patient with the last pressure explained, the one before wrong, and one added."""
    pressure = patient.series["systolic_bp"]
    explained = replace(mark("p", "explained", pressure.measurement(-1), reason="Steroids <b>"), number=1)
    wrong = replace(mark("p", "wrong", pressure.measurement(-2), reason="Small cuff"), number=2)
    added = Correction("p", "added", "Letter", "systolic_bp", 141.0, datetime(2025, 3, 1), number=3)
    return corrected(patient, [explained, wrong, added])


def test_marked_values_are_drawn_in_a_form_of_their_own(patient):
    lines = lifelines(as_corrected(patient), start=START, today=TODAY)
    usual, explained, wrong, _ = [trace for trace in timeline(lines)["data"] if trace.get("yaxis") == "y2"]
    assert (usual["y"], usual["marker"]["symbol"]) == ([141.0], ["diamond"])
    assert (explained["y"], explained["marker"]["symbol"], explained["mode"]) == ([132.0], "circle-open", "markers")
    assert (wrong["x"], wrong["marker"]["symbol"]) == (["2022-01-01"], "x-thin")
    assert "Explained: Steroids &lt;b&gt;" in explained["customdata"][0]
    assert "150 mmHg" in wrong["text"][0] and "Wrong, not used: Small cuff" in wrong["text"][0]


def test_a_slip_stands_at_the_edge_and_does_not_squeeze_the_panel(patient):
    pressure = patient.series["systolic_bp"]
    slip = replace(pressure, values=np.array([170.0, 1500.0, 132.0]))
    odd = replace(patient, series={"systolic_bp": slip})
    figure = timeline(
        lifelines(corrected(odd, [mark("p", "wrong", slip.measurement(1), reason="Why")]), start=START, today=TODAY)
    )
    crossed = figure["data"][-1]
    assert figure["layout"]["yaxis2"]["range"][1] < 200
    assert crossed["y"] == [figure["layout"]["yaxis2"]["range"][1]] and "1,500 mmHg" in crossed["text"][0]


def test_the_last_value_is_the_last_that_is_not_explained(patient):
    systolic = lifelines(as_corrected(patient), start=START, today=TODAY).measures[0]
    assert systolic.last == "141" and systolic.series.values.tolist() == [141.0, 132.0]
    assert systolic.notes() == ["Added by hand: Letter", "Explained: Steroids <b>"]


def test_the_alternative_text_counts_marked_values(patient):
    said = alternative(lifelines(as_corrected(patient), start=START, today=TODAY))
    assert (
        "Systolic BP 2 values, last 141 mmHg, 1 explained, 1 added by hand, 1 crossed out as wrong; Diastolic" in said
    )


def test_a_course_says_which_share_of_its_doses_is_taken(patient):
    share = Correction("p", "adherence", "Why", ingredient="atorvastatin", adherence=0.4, time=datetime(2026, 5, 1))
    (lane,) = lifelines(corrected(patient, [share]), start=START, today=TODAY).treatments
    assert lane.spans[-1].text == "Atorvastatin 40 mg a day, 40 % of doses taken since 01-May-2026"
