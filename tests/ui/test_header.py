"""Does the header say who the patient is, without gaps and without markup from the record?"""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from twin.record.patient import Allergy, Patient, Series
from twin.ui.header import empty_header, full_name, grouped, patient_header

TODAY = date(2026, 11, 24)


def jane(**changes):
    times = np.array(["2026-11-02"], dtype="datetime64[s]")
    one = Series("systolic_bp", times, np.array([152.0]), np.array(["office"]), np.array(["o1"]))
    patient = Patient(
        "p1",
        "Doe",
        "Jane",
        "Ms",
        date(1966, 3, 14),
        "female",
        "0001112222",
        None,
        True,
        {"systolic_bp": one},
        None,
        allergies=(Allergy("Penicillin", "rash", "high", "a1"),),
    )
    return replace(patient, **changes)


def test_the_line_holds_every_fact_in_order():
    line = patient_header(jane(), TODAY)
    parts = [
        "DOE, Jane (Ms)",
        "Born",
        "14-Mar-1966 (60y)",
        "Sex",
        "Female",
        "ID",
        "000 111 2222",
        "Allergies",
        "Penicillin (rash)",
        "Data to",
        "02-Nov-2026",
        "Synthetic patient",
    ]
    places = [line.index(part) for part in parts]
    assert places == sorted(places)


def test_a_real_patient_carries_no_badge():
    assert "Synthetic" not in patient_header(jane(is_synthetic=False), TODAY)


def test_a_record_of_two_people_is_told_apart_at_sight():
    assert "Records of two people may be mixed" in patient_header(jane(doubts=("another_person",)), TODAY)
    assert "mixed" not in patient_header(jane(doubts=("partial_date",)), TODAY)


@pytest.mark.parametrize(("allergies", "said"), [(None, "Not asked"), ((), "None recorded")])
def test_nobody_asked_is_not_none_known(allergies, said):
    assert said in patient_header(jane(allergies=allergies), TODAY)


def test_an_allergy_is_named_by_its_substance():
    peanut = Allergy("Allergy to peanut", "Eruption of skin", "high", "a1")
    assert "Peanut (eruption of skin)" in patient_header(jane(allergies=(peanut,)), TODAY)


@pytest.mark.parametrize("reaction", ["Stevens-Johnson syndrome", "DRESS syndrome"])
def test_a_reaction_keeps_the_capitals_of_a_name(reaction):
    sulfa = Allergy("Sulfamethoxazole", reaction, "high", "a1")
    assert f"Sulfamethoxazole ({reaction})" in patient_header(jane(allergies=(sulfa,)), TODAY)


def test_data_over_a_year_old_say_so():
    assert "02-Nov-2026, 24 months old" in patient_header(jane(), date(2028, 11, 2))
    assert "months old" not in patient_header(jane(), date(2027, 11, 1))


def test_gaps_are_said_in_words():
    line = patient_header(jane(birth_date=None, sex=None, identifier="", series={}), TODAY)
    assert line.count("Not known") == 3
    assert "No measurements" in line


def test_the_dead_show_their_age_at_death():
    assert "14-Mar-1966, died 01-Jan-2020 (53y)" in patient_header(jane(deceased=date(2020, 1, 1)), TODAY)
    assert "14-Mar-1966, died on a day not known" in patient_header(jane(is_deceased=True), TODAY)


def test_a_name_never_becomes_markup():
    line = patient_header(jane(family="<script>alert(1)</script>"), TODAY)
    assert "<script" not in line.lower()
    assert "&lt;SCRIPT&gt;" in line


@pytest.mark.parametrize(
    ("parts", "name"),
    [(("Doe", "Jane", "Ms."), "DOE, Jane (Ms)"), (("Doe", "", ""), "DOE"), (("", "", ""), "Name not known")],
)
def test_names_are_written_as_on_a_chart(parts, name):
    assert full_name(*parts) == name


@pytest.mark.parametrize(
    ("identifier", "written"),
    [("0001112222", "000 111 2222"), ("123456", "123 456"), ("1234567", "123 4567"), ("999-1", "999-1"), ("12", "12")],
)
def test_digits_are_grouped(identifier, written):
    assert grouped(identifier) == written


def test_no_patient_is_said():
    assert "No patient chosen" in empty_header()
