"""Is every unit of the trade brought to the variable's own and back?"""

import math

import numpy as np
import pytest

from twin.data_files import read_table
from twin.errors import UnknownUnit
from twin.evidence.sources import source
from twin.units import conversions, difference_to_canonical, from_canonical, parse_header, to_canonical
from twin.variables import registry

# Worked by hand from the molar masses or definitions, beside what laboratories print.
KNOWN = [
    ("total_cholesterol", 5.0, "mmol/L", 193.35),
    ("triglycerides", 1.7, "mmol/L", 150.6),
    ("glucose", 7.0, "mmol/L", 126.1),
    ("creatinine", 88.42, "umol/L", 1.0),
    ("creatinine", 88.42, "µmol/L", 1.0),
    ("hba1c", 53, "mmol/mol", 7.0),
    ("hba1c", 48, "mmol/mol", 6.54),
    ("uacr", 3.39, "mg/mmol", 30.0),
    ("bilirubin", 17.1, "umol/L", 1.0),
    ("albumin", 42, "g/L", 4.2),
    ("hemoglobin", 140, "g/L", 14.0),
    ("urea_nitrogen", 7.14, "mmol/L", 20.0),
    ("calcium", 2.5, "mmol/L", 10.02),
    ("phosphate", 1.0, "mmol/L", 3.097),
    ("magnesium", 0.82, "mmol/L", 1.993),
    ("uric_acid", 357, "umol/L", 6.0),
    ("temperature", 98.6, "[degF]", 37.0),
    ("weight", 154.32, "[lb_av]", 70.0),
    ("height", 1.7, "m", 170.0),
    ("height", 70, "[in_i]", 177.8),
    ("systolic_bp", 16, "kPa", 120.0),
    ("platelets", 250_000, "/uL", 250.0),
    ("crp", 1.2, "mg/dL", 12.0),
]


@pytest.mark.parametrize(("name", "value", "unit", "canonical"), KNOWN)
def test_a_known_value_is_converted(name, value, unit, canonical):
    assert to_canonical(name, value, unit) == pytest.approx(canonical, rel=2e-3)


@pytest.mark.parametrize(
    ("name", "unit", "same"),
    [
        ("total_cholesterol", "mmol/l", "mmol/L"),
        ("creatinine", "umol/l", "umol/L"),
        ("egfr", "ml/min/{1.73_m2}", "mL/min/{1.73_m2}"),
        ("platelets", "10*9/l", "10*9/L"),
        ("ast", "u/l", None),
    ],
)
def test_the_litre_is_written_large_or_small(name, unit, same):
    assert conversions().get((name, unit)) == (same and conversions()[name, same])


@pytest.mark.parametrize(("name", "unit"), sorted(conversions()))
def test_there_and_back_is_the_same(name, unit):
    values = np.array([0.5, 1.0, 37.2, 140.0])
    assert np.allclose(from_canonical(name, to_canonical(name, values, unit), unit), values, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", [name for name, known in registry().items() if known.kind == "quantity"])
def test_a_variable_knows_its_own_units(name):
    known = registry()[name]
    assert conversions()[name, known.ucum] == (1.0, 0.0)
    assert (name, known.si_unit) in conversions() or known.si_unit == known.unit


def test_every_row_has_a_source_a_variable_and_a_factor():
    for row in read_table("conversions.csv"):
        assert source(row["source_id"])
        assert row["variable"] in registry()
        assert float(row["factor"]) > 0
        assert math.isfinite(float(row["offset"]))


def test_no_pair_is_given_twice():
    pairs = [(row["variable"], row["unit"]) for row in read_table("conversions.csv")]
    assert len(pairs) == len(set(pairs))


def test_an_unknown_unit_is_refused_with_what_is_accepted():
    with pytest.raises(UnknownUnit) as caught:
        to_canonical("hba1c", 6.5, "furlong")
    assert "mmol/mol" in caught.value.clinical


@pytest.mark.parametrize("unit", ["MG/DL", "mmol/L ", ""])
def test_units_are_not_guessed(unit):
    with pytest.raises(UnknownUnit):
        to_canonical("total_cholesterol", 5, unit)


def test_a_difference_has_no_offset():
    assert difference_to_canonical("hba1c", 10.93, "mmol/mol") == pytest.approx(1.0, rel=1e-3)
    assert difference_to_canonical("temperature", 1.8, "[degF]") == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("header", "name", "unit"),
    [
        ("hba1c", "hba1c", None),
        (" total_cholesterol [mmol/L] ", "total_cholesterol", "mmol/L"),
        ("egfr [mL/min/{1.73_m2}]", "egfr", "mL/min/{1.73_m2}"),
        ("temperature [[degF]]", "temperature", "[degF]"),
    ],
)
def test_a_header_gives_name_and_unit(header, name, unit):
    assert parse_header(header) == (name, unit)


@pytest.mark.parametrize("header", ["", "Total Cholesterol", "hba1c (%)", "hba1c [%", "[mmol/L]"])
def test_another_header_is_refused(header):
    with pytest.raises(UnknownUnit):
        parse_header(header)
