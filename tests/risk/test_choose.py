from tests.risk.people import ON, condition, patient
from twin.risk.choose import choices, fullest_prevent, side_by_side


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


def test_models_side_by_side_with_their_spread():
    found = side_by_side(patient(), "cvd", on=ON, horizon_years=10)
    assert [single.equation for single in found.estimates] == ["prevent_base@2023", "framingham_2008@2008"]
    assert found.low == min(single.risk for single in found.estimates) < found.high
    with_uacr = side_by_side(patient(values={"uacr": 30.0}), "cvd", on=ON, horizon_years=10)
    assert with_uacr.estimates[0].equation == "prevent_uacr@2023"


def test_known_disease_is_for_the_model_made_for_it():
    someone = patient(conditions=(condition("cardiovascular/stroke"),), values={"creatinine": 1.0})
    found = side_by_side(someone, "cvd", on=ON, horizon_years=10)
    assert [single.equation for single in found.estimates] == ["smart_reach@2018"]


def test_where_no_model_speaks_there_is_nothing_beside():
    assert side_by_side(patient(birth_date=None), "cvd", on=ON, horizon_years=10) is None
