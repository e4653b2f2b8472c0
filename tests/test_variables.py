"""Does the registry contradict itself anywhere?"""

import re

import pytest

from twin.data_files import read_table
from twin.errors import OutOfValidityRange, UnknownName
from twin.evidence.sources import source
from twin.variables import registry, require_possible, variable

QUANTITIES = [known for known in registry().values() if known.kind == "quantity"]


def test_there_are_enough_variables():
    assert len(registry()) >= 60


@pytest.mark.parametrize("known", QUANTITIES, ids=lambda known: known.name)
def test_limits_are_nested(known):
    assert known.hard_low <= known.plausible_low < known.plausible_high <= known.hard_high


@pytest.mark.parametrize("known", registry().values(), ids=lambda known: known.name)
def test_a_variable_has_a_label_and_codes(known):
    assert known.label and known.short_label and len(known.short_label) <= 20
    assert re.fullmatch(r"[a-z][a-z0-9_]*", known.name)
    assert known.loinc and all(re.fullmatch(r"\d{1,7}-\d", code) for code in known.loinc)


def check_digit(code):
    """Return the check digit of a LOINC code: modulus 10, every other digit from the right doubled."""
    total = 0
    for place, digit in enumerate(reversed(code.split("-")[0])):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return (10 - total % 10) % 10


@pytest.mark.parametrize("code", sorted({code for known in registry().values() for code in known.loinc}))
def test_a_loinc_code_has_its_check_digit(code):
    assert int(code[-1]) == check_digit(code)


def test_no_code_means_two_variables():
    codes = [code for known in registry().values() for code in known.loinc]
    assert len(codes) == len(set(codes))


def test_limits_have_a_source():
    for row in read_table("variables.csv"):
        assert row["kind"] == "category" or source(row["limits_source"])


def test_values_are_written_as_the_registry_says():
    assert variable("hba1c").format(6.54) == "6.5"
    assert variable("triglycerides").format(1234.4) == "1,234"


def test_a_possible_value_passes_and_an_impossible_one_is_refused():
    assert require_possible("systolic_bp", 120) == 120
    with pytest.raises(OutOfValidityRange) as caught:
        require_possible("systolic_bp", 2300)
    assert "between 50 and 300 mmHg" in caught.value.clinical
    with pytest.raises(OutOfValidityRange):
        require_possible("systolic_bp", float("nan"))


def test_plausible_is_narrower_than_possible():
    known = variable("systolic_bp")
    assert known.is_possible(250) and not known.is_plausible(250)
    assert known.is_plausible(known.plausible_high) and known.is_possible(known.hard_low)


def test_an_unknown_variable_is_said_to_be_unknown():
    with pytest.raises(UnknownName):
        variable("shoe_size")
