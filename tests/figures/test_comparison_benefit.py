"""Do a net benefit's parts add up as shown, and is a net harm said as plainly as a net benefit?"""

import numpy as np
import pytest

from twin.figures.comparison_benefit import benefit_column, share_in_words, whole_parts
from twin.figures.comparison_table import OUTCOMES as WORDS
from twin.figures.comparison_table import ComparisonTable
from twin.plans.results import Curve, NetBenefit
from twin.words import round_half_up

CURVE = Curve(*(np.zeros(2),) * 4)


def net(prevented, caused, *, spread=0.01, passes=0.0, not_counted=()):
    mean = sum(prevented.values()) - sum(caused.values())
    return NetBenefit(
        mean=mean,
        low=mean - spread,
        high=mean + spread,
        p_positive=0.9,
        prevented=prevented,
        caused=caused,
        passes_harm_at=passes,
        curve=CURVE,
        drawn=np.zeros(2),
        rule="rule",
        not_counted=not_counted,
    )


def column(found, *, denominator=100):
    table = ComparisonTable(WORDS["ascvd"], 10, denominator, ())
    return benefit_column(found, "A Statin", "#0072B2", table)


def test_a_net_benefit_is_prevented_less_caused_as_shown():
    said = column(net({"cvd": 0.064, "kidney_failure": 0.006}, {"new_diabetes": 0.012}))
    assert (said.bold, said.rest, said.likely) == ("6 more prevented than caused", "in 100", "4 to 7")
    assert said.prevented == ("Heart attack, stroke or heart failure: 6 fewer", "Kidney failure: 1 fewer")
    assert said.caused == ("New diabetes: 1 more",)
    assert said.chance == "90% of simulations"
    assert said.passes == "From the start"


def test_after_an_event_what_is_prevented_is_another_one():
    said = column(net({"ascvd": 0.05}, {}))
    assert said.prevented == ("Another heart attack, stroke or cardiovascular death: 5 fewer",)


def test_a_net_harm_is_said_the_same_way():
    said = column(net({"cvd": 0.01}, {"major_bleeding": 0.05}, passes=None))
    assert (said.bold, said.rest, said.likely) == ("4 more caused than prevented", "in 100", "3 to 5")
    assert said.passes == "Not within 10 years"


def test_an_open_sign_is_no_clear_net_effect():
    said = column(net({"cvd": 0.02}, {"major_bleeding": 0.018}, spread=0.03))
    assert (said.bold, said.rest) == ("No clear net effect", "")
    assert said.likely == "from 3 more caused to 4 more prevented in 100"


def test_nothing_changed_is_no_difference():
    said = column(net({"cvd": 0.0}, {"new_diabetes": 0.0}, spread=0.0, passes=None))
    assert (said.bold, said.prevented, said.passes) == ("No difference", (), "")


def test_what_goes_the_other_way_says_so():
    said = column(net({"cvd": 0.05, "kidney_failure": -0.002}, {"severe_hypoglycaemia": -0.02}, not_counted=("Eyes",)))
    assert said.prevented[1] == "Kidney failure: less than 1 more"
    assert said.caused == ("Severe hypoglycaemia: 2 fewer",)
    assert said.not_counted == ("Eyes",)


def test_a_later_year_is_named():
    assert column(net({"cvd": 0.05}, {}, passes=1.26)).passes == "From year 1.3 on"


def test_without_a_number_nothing_is_said():
    assert column(None).bold == ""


@pytest.mark.parametrize("seed", range(200))
def test_parts_always_add_up(seed):
    rng = np.random.default_rng(seed)
    parts = {str(k): float(rng.normal(0, 5)) for k in range(rng.integers(1, 7))}
    whole = whole_parts(parts)
    assert sum(whole.values()) == round_half_up(sum(parts.values()))
    assert all(abs(whole[name] - size) < 1 for name, size in parts.items())


@pytest.mark.parametrize("seed", range(200))
def test_the_headline_is_within_its_range(seed):
    rng = np.random.default_rng(seed)
    found = net(
        {"cvd": float(rng.uniform(0, 0.2)), "kidney_failure": float(rng.uniform(-0.01, 0.05))},
        {"new_diabetes": float(rng.uniform(0, 0.1))},
        spread=float(rng.uniform(0, 0.05)),
    )
    said = column(found, denominator=int(rng.choice([100, 1000])))
    if said.rest:
        low, high = (int(end.replace(",", "")) for end in said.likely.split(" to "))
        count = 0 if said.bold.startswith("Less") else int(said.bold.split()[0].replace(",", ""))
        assert low <= count <= high
        assert ("more prevented" in said.bold) == (found.mean > 0)


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0%"), (0.004, "fewer than 1%"), (0.01, "1%"), (0.5, "50%"), (0.996, "more than 99%"), (1.0, "100%")],
)
def test_never_and_always_are_said_only_when_true(share, words):
    assert share_in_words(share) == words
