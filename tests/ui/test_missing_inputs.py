"""Is every input that an equation needs and a record lacks named by its label where the number would be?"""

import re
from dataclasses import replace

import pytest
import streamlit as st

from tests.ui.test_pages import JANE, open_page, text
from twin.risk.catalogue import equation
from twin.risk.check import in_sentence
from twin.ui import access

NEVER_MISSING = {"has_diabetes", "bp_treated", "on_statin", "horizon_years"}
"""The lists of problems and of medicines answer for these, and the page for the horizon."""
NEEDED = {one.name: one for one in equation("prevent_base").inputs if one.required and one.name not in NEVER_MISSING}
TAKEN_OUT = {
    "age": {"birth_date": None},
    "sex": {"sex": None},
    "current_smoker": {"smoking": None},
}


def without(patient, name):
    """Return a patient whose record lacks one input."""
    if name in TAKEN_OUT:
        return replace(patient, **TAKEN_OUT[name])
    return replace(patient, series={key: one for key, one in patient.series.items() if key != name})


def what_is_said(app):
    """Return the page's text without its tables of evidence and of inputs."""
    return re.sub(r"<[^>]+>", " ", text(app))


def test_the_list_of_needed_inputs_is_not_empty():
    assert {"age", "sex", "total_cholesterol", "hdl_cholesterol", "systolic_bp", "bmi", "egfr"} < set(NEEDED)


@pytest.mark.parametrize("name", NEEDED)
@pytest.mark.parametrize("file", ["compare.py", "summary.py"])
def test_each_input_that_is_taken_away_is_named_by_its_label(app, monkeypatch, file, name):
    whole = access.patient
    label = in_sentence(NEEDED[name].label)
    assert f"needs: {label}." not in what_is_said(open_page(app, file, JANE))
    st.cache_resource.clear()  # the twin of the whole record
    monkeypatch.setattr(access, "patient", lambda patient_id: without(whole(patient_id), name))
    said = what_is_said(open_page(app, file, JANE))
    assert re.search(rf"needs: (?:[\w, -]+, )?{re.escape(label)}[.,]", said)
    assert "No estimate shown" in said
    assert "Needed: " not in said  # once is enough


def test_two_missing_inputs_are_both_named(app, monkeypatch):
    whole = access.patient
    taken = lambda patient_id: without(without(whole(patient_id), "hdl_cholesterol"), "current_smoker")  # noqa: E731
    monkeypatch.setattr(access, "patient", taken)
    assert "needs: HDL cholesterol, current smoking." in what_is_said(open_page(app, "compare.py", JANE))
