"""Does every place of a slider say exactly what the server answers there, in text that stays text?"""

import json
import re
from dataclasses import replace

import pytest

from tests.ui.conftest import TODAY
from tests.ui.test_pages import JANE, RICHARD
from twin.figures.comparison import trajectories_text
from twin.figures.comparison_table import comparison_table
from twin.figures.icons import people_uri
from twin.physiology.longitudinal import fit
from twin.ui import access
from twin.ui.compare.details import numbers_html
from twin.ui.compare.engine import compared
from twin.ui.compare.live_view import NOTHING, line_of, shown_id, view_of
from twin.ui.compare.markup import comparison_html
from twin.ui.compare.memory import Desk
from twin.ui.compare.settings import PlanSettings

STATIN = PlanSettings(statin="atorvastatin 40 mg", systolic_bp=-5.0, doses_taken=80.0)
OTHER = PlanSettings(blood_pressure=("amlodipine 5 mg",), weight=-3.0)
DESK = Desk(plans=(OTHER, STATIN), editing=1)
PLACES = {
    "systolic_bp": tuple(float(change) for change in range(-50, 21, 5)),
    "weight": tuple(float(change) for change in range(-30, 11)),
    "doses_taken": tuple(float(share) for share in range(50, 101, 5)),
}


def person(patient_id):
    patient = access.new_store().patient(patient_id)
    return patient, fit(patient, on=TODAY)


@pytest.fixture(scope="module")
def jane(record):
    return person(JANE)


def exact(whose, desk):
    found = compared(*whose, desk.to_plans(whose[0], on=TODAY), desk.horizon_years)
    return found, view_of(found, desk.outcome)


def at_place(line, index):
    """Put a view together as the page does."""
    place = line["places"][index]
    base = line["bases"][place["of"]]
    columns = [*base["columns"]]
    columns[line["moving"]] = place["column"]
    return {**base, "axis": place["axis"], "columns": columns}


@pytest.mark.parametrize("field", NOTHING)
@pytest.mark.parametrize(("outcome", "horizon_years"), [("ascvd", 10), ("kidney_failure", 5)])
def test_at_every_place_the_view_is_that_of_the_exact_answer(jane, field, outcome, horizon_years):
    desk = replace(DESK, outcome=outcome, horizon_years=horizon_years)
    line = line_of(*jane, desk, field, PLACES[field], on=TODAY)
    assert (line["low"], line["step"]) == (PLACES[field][0], PLACES[field][1] - PLACES[field][0])
    for index, place in enumerate(PLACES[field]):
        moved = desk.with_settings(replace(desk.settings, **{field: place}))
        assert at_place(line, index) == exact(jane, moved)[1]


def test_a_low_risk_turns_the_whole_view_to_1000_people(jane):
    line = line_of(
        *jane, replace(DESK, outcome="heart_failure", horizon_years=5), "systolic_bp", (-50.0, 20.0), on=TODAY
    )
    for index in range(2):
        view = at_place(line, index)
        of = {word for column in view["columns"] for word in re.findall(r"in (100|1,000)\b", json.dumps(column))}
        assert of == {f"{view['of']:,}"}


def test_what_is_drawn_says_what_the_page_without_scripts_says(jane):
    found, view = exact(jane, DESK)
    table = comparison_table(found, "ascvd")
    html = comparison_html(table, editing="B")

    def text(node):
        return node if isinstance(node, str) else "" if isinstance(node, dict) else "".join(map(text, node[3:]))

    drawn = [view["caption"], *(head for _, head in view["rows"])]
    for column in view["columns"]:
        drawn += [column["heading"], *(text(part) for cell in column["cells"] for part in cell)]
    plain = re.sub(r"<[^>]+>", "", html)
    assert all(part.replace("&", "&amp;") in plain for part in drawn)
    pictures = [cell[0]["text"] for column in view["columns"] for cell in column["cells"] if isinstance(cell[0], dict)]
    assert pictures == re.findall(r'alt="([^"]*)"', html)
    assert " ".join([view["about"], *(column["said"] for column in view["columns"])]) == trajectories_text(table)


def test_a_drawn_person_stands_where_the_picture_has_one(jane):
    found, view = exact(jane, DESK)
    table = comparison_table(found, "ascvd")
    for column, drawn in zip(table.columns, view["columns"], strict=True):
        picture = drawn["cells"][2][0]
        assert sum(mark["count"] for mark in picture["marks"]) == picture["total"] == 100
        for mark in picture["marks"]:
            assert mark["colour"].replace("#", "%23") in people_uri(column.people, colour=column.colour)


def test_curves_are_exact_to_a_hundredth_of_a_person(jane):
    found, view = exact(jane, DESK)
    curve = found.plans[1].outcomes["ascvd"].curve
    mean, low, high = view["columns"][2]["lines"]
    assert view["years"] == curve.years.tolist()
    for drawn, true in ((mean, curve.mean), (low, curve.low), (high, curve.high)):
        assert drawn == pytest.approx((true * 100_000).tolist(), abs=0.5)


@pytest.mark.parametrize("horizon_years", [5, 10])
def test_what_is_read_off_the_figure_stands_in_the_table_of_its_numbers(jane, horizon_years):
    found, view = exact(jane, replace(DESK, horizon_years=horizon_years))
    rows = re.findall(r"<tr>.*?</tr>", numbers_html(found, comparison_table(found, "ascvd"), "ascvd"))
    by_year = {cells[0]: cells[1:] for cells in ([*re.findall(r">([^<>]+)</t[hd]>", row)] for row in rows)}
    shown = [year for year in range(horizon_years + 1) if f"Year {year}" in by_year]
    assert len(shown) > 5 and horizon_years in shown
    for year in shown:
        assert [column["read"][year] for column in view["columns"]] == by_year[f"Year {year}"]
    for column, result in zip(view["columns"], (found.current_care, *found.plans), strict=True):
        assert len(column["read"]) == horizon_years + 1
        assert float(column["read"][-1].partition(" ")[0]) == pytest.approx(
            result.outcomes["ascvd"].risk * view["of"], abs=0.051
        )


def test_the_views_of_a_slider_fit_until_anything_else_changes(jane):
    def of(desk, field="systolic_bp"):
        return shown_id(*jane, desk, field)

    moved = DESK.with_settings(replace(STATIN, systolic_bp=-30.0))
    assert of(moved) == of(DESK) == of(replace(DESK, edition=7))
    assert of(moved, "weight") != of(DESK, "weight")
    for changed in (
        replace(DESK, outcome="death"),
        replace(DESK, horizon_years=5),
        replace(DESK, start=5.0),
        replace(DESK, editing=0),
        DESK.with_settings(replace(STATIN, weight=-1.0)),
        DESK.with_settings(replace(OTHER, weight=-4.0), 0),
    ):
        assert of(changed) != of(DESK)


def test_without_an_estimate_the_table_stands_and_no_figure(record):
    richard = person(RICHARD)
    _, view = exact(richard, DESK)
    assert view["axis"] is None and view["years"] == []
    assert [column["cells"][0][0][3] for column in view["columns"]] == ["No estimate shown"] * 3
    line = line_of(*richard, DESK, "weight", PLACES["weight"], on=TODAY)
    assert {place["of"] for place in line["places"]} == {100}


def test_a_view_is_plain_json_without_markup(jane):
    named = DESK.with_settings(STATIN.named("<b>Mine</b>"))
    sent = json.dumps(exact(jane, named)[1])
    assert "<b>Mine</b>" in sent  # as text: the page makes text nodes of it
    assert not re.search(r"</?(span|td|table|img|svg)", sent)
