"""Are the errors that the truth lists in the files, and nothing but those?"""

from collections import Counter

import pytest

from twin.units import to_canonical
from twin.variables import variable


@pytest.fixture(scope="module")
def slips(written):
    by_id = {resource["id"]: resource for resource in written.resources["Observation"]}
    return [(row, by_id[row["resource_id"]]) for row in written.truth("errors")]


def test_every_kind_is_planted(slips, written):
    kinds = Counter(row["kind"] for row, _ in slips)
    assert kinds == written.summary.errors_by_kind
    assert set(kinds) == {
        "unit_slip",
        "decimal_slip",
        "impossible_value",
        "absent",
        "entered_in_error",
        "comparator",
        "duplicate",
        "other_unit",
    }


def test_what_is_refused_cannot_be_stored_as_it_stands(slips):
    for row, resource in slips:
        if row["expected"] != "quarantined":
            continue
        if row["kind"] == "absent":
            assert "valueQuantity" not in resource and resource["dataAbsentReason"]["coding"][0]["code"] == "error"
        elif row["kind"] == "entered_in_error":
            assert resource["status"] == "entered-in-error"
        else:
            known = variable(row["variable"])
            assert resource["valueQuantity"]["code"] == known.ucum
            assert not known.is_possible(resource["valueQuantity"]["value"])


def test_a_unit_slip_is_the_right_number_of_another_unit(slips):
    units = {"fasting_glucose": "mmol/L", "creatinine": "umol/L", "hba1c": "mmol/mol"}
    found = [(row, resource) for row, resource in slips if row["kind"] == "unit_slip"]
    assert {row["variable"] for row, _ in found} == set(units)
    for row, resource in found:
        value = to_canonical(row["variable"], resource["valueQuantity"]["value"], units[row["variable"]])
        assert value == pytest.approx(float(row["true_value"]), rel=0.02)


def test_other_units_are_labelled_and_convert_to_the_true_value(slips):
    found = [(row, resource) for row, resource in slips if row["kind"] == "other_unit"]
    assert {resource["valueQuantity"]["code"] for _, resource in found} == {"mmol/mol", "[lb_av]"}
    for row, resource in found:
        quantity = resource["valueQuantity"]
        value = to_canonical(row["variable"], quantity["value"], quantity["code"])
        assert value == pytest.approx(float(row["true_value"]), abs=0.06)


def test_a_duplicate_repeats_another_observation(slips, written):
    def key(resource):
        code, subject = resource["code"]["coding"][0]["code"], resource["subject"]["reference"]
        return subject, resource.get("effectiveDateTime"), code, float(resource["valueQuantity"]["value"])

    times = Counter(key(resource) for resource in written.resources["Observation"] if "valueQuantity" in resource)
    repeated = [key(resource) for row, resource in slips if row["kind"] == "duplicate"]
    assert repeated and all(times[k] == 2 for k in repeated)
    assert sum(count > 1 for count in times.values()) == len(repeated)


def test_comparators_stand_only_where_they_were_planted(slips, written):
    planted = {resource["id"] for row, resource in slips if row["kind"] == "comparator"}
    found = {o["id"] for o in written.resources["Observation"] if "comparator" in o.get("valueQuantity", {})}
    assert found == planted and found


def test_all_other_values_are_possible(written, slips):
    planted = {resource["id"] for _, resource in slips}
    names = {code: v for v in map(variable, ("systolic_bp", "potassium", "weight", "hba1c")) for code in v.loinc}
    checked = 0
    for resource in written.resources["Observation"]:
        for part in (resource, *resource.get("component", ())):
            known = names.get(part["code"]["coding"][0]["code"])
            if known and resource["id"] not in planted and "valueQuantity" in part:
                assert known.is_possible(part["valueQuantity"]["value"])
                checked += 1
    assert checked > 15_000
