import numpy as np
import pytest

from tests.risk.people import ON, patient
from twin.errors import OutOfValidityRange
from twin.evidence.coefficients import coefficients
from twin.risk.life_table import DeathCurve, estimate_death


def life_expectancy(sex):
    years = np.arange(0, 120.01, 0.1)
    return np.trapezoid(np.exp(-DeathCurve(sex, 0.0).cumulative(years)[0]), years)


@pytest.mark.parametrize(("sex", "published"), [("female", 81.1), ("male", 75.8)])
def test_life_expectancy_at_birth_is_the_published_one(sex, published):
    assert life_expectancy(sex) == pytest.approx(published, abs=0.06)


def test_a_year_is_the_row_of_the_table():
    q = coefficients("life_table_us_2023")["life_table_us_2023", "2023", "male", "60", "probability_of_death"]
    assert q == 0.0114568
    assert DeathCurve("male", 60.0).risk([1])[0, 0] == pytest.approx(q, rel=1e-12)


def test_the_older_table_stays_on_file_and_lends_the_oldest_ages():
    older = coefficients("life_table_us_2021")["life_table_us_2021", "2021", "male", "60", "probability_of_death"]
    assert older == 0.014267  # a year of the pandemic
    last = coefficients("life_table_us_2021")["life_table_us_2021", "2021", "female", "101", "probability_of_death"]
    assert DeathCurve("female", 101.0).risk([1])[0, 0] == pytest.approx(last, rel=1e-12)


def test_men_and_the_old_die_sooner():
    for age in (30.0, 50.0, 70.0):
        assert DeathCurve("male", age).risk([10])[0, 0] > DeathCurve("female", age).risk([10])[0, 0]
        assert DeathCurve("male", age + 5).risk([10])[0, 0] > DeathCurve("male", age).risk([10])[0, 0]


def test_the_table_ends():
    with pytest.raises(OutOfValidityRange):
        DeathCurve("male", 100.0).risk([21])


def test_the_estimate_says_that_it_is_an_average():
    found = estimate_death(patient(), on=ON, horizon_years=10)
    assert found.risk == DeathCurve("male", 60.0).risk([10])[0, 0]
    assert "not individualised" in found.problems[0]


def test_without_age_or_sex_nothing_is_shown():
    assert estimate_death(patient(sex=None), on=ON, horizon_years=10).missing == ("sex",)
    assert estimate_death(patient(birth_date=None), on=ON, horizon_years=10).missing == ("age",)
