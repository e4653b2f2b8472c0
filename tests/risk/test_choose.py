from tests.risk.people import ON, condition, patient
from twin.risk.choose import choices, fullest_prevent


def by_id(someone):
    return {choice.equation.id: choice for choice in choices(someone, on=ON)}


def test_what_applies_and_what_does_not():
    found = by_id(patient())
    assert found["prevent_base"].applies == "all"
    assert found["kfre_4"].applies == "none"
    assert "estimated GFR 1 to below 60" in found["kfre_4"].reasons[0]
    assert found["kfre_4"].missing == ("uacr",)


def test_a_part_of_an_equation_may_apply():
    choice = by_id(patient(values={"bmi": 45.0}))["prevent_base"]
    assert (choice.applies, choice.withheld) == ("some", ("risk_heart_failure",))


def test_known_disease_excludes():
    choice = by_id(patient(conditions=(condition("cardiovascular/stroke"),)))["prevent_base"]
    assert choice.applies == "none"
    assert "not for people with this in their record: stroke" in choice.reasons[0]


def test_the_fullest_prevent_variant():
    assert fullest_prevent(patient(), on=ON)[0] == "prevent_base"
    assert fullest_prevent(patient(values={"uacr": 30.0}), on=ON)[0] == "prevent_uacr"
    assert fullest_prevent(patient(values={"hba1c": 6.0}), on=ON)[0] == "prevent_hba1c"
    chosen, why = fullest_prevent(patient(values={"hba1c": 6.0, "uacr": 30.0}), on=ON)
    assert chosen == "prevent_full"
    assert why == (
        "PREVENT full: uses urine albumin to creatinine ratio and HbA1c; no usable social deprivation index decile."
    )


def test_a_value_outside_its_variant_is_not_used():
    assert fullest_prevent(patient(values={"hba1c": 16.0, "uacr": 30.0}), on=ON)[0] == "prevent_uacr"


def test_without_a_birth_date_everything_says_so():
    choice = by_id(patient(birth_date=None))["prevent_base"]
    assert choice.missing == ("age",)
    assert choice.reasons == ("Needs age.",)
