"""Does the search say of every plan what the comparison says, and is its front the true one?"""

import numpy as np
import pytest

from twin.errors import OutOfValidityRange
from twin.plans.choices import Factor, Option, factors_for
from twin.plans.compare import compare_on
from twin.plans.ground import ground_of
from twin.plans.plan import ChangeVariable, Lifestyle, StartTherapy, StopTherapy
from twin.plans.search import easiest, front_of, search, which_single_change_helps_most

DIABETIC = {
    "age": 58,
    "values": {"uacr": 60.0, "hba1c": 8.0, "weight": 100.0, "lvef": 55.0},
    "conditions": ("diabetes/type_2",),
    "takes": ("amlodipine 5 mg", "metformin 1000 mg"),
    "smoking": "current",
}


@pytest.fixture(scope="module")
def ground(on, twin_of):
    def prepared(patient, *, horizon_years=10, draws=10):
        return ground_of(patient, twin_of(patient), on=on, horizon_years=horizon_years, draws=draws, seed=0)

    return prepared


def option(*changes):
    return Option(" and ".join(str(change) for change in changes), changes)


def factor(name, *changes, group=""):
    return Factor(name, tuple(option(change) for change in changes), group)


def the_same(ground, found, rows):
    """Hold rows of a search to the comparison of the same plans."""
    for row in rows:
        result = compare_on(ground, [found.plan(row)]).plans[0]
        net = result.net_benefit
        assert found.prevented[row] == pytest.approx(sum(net.prevented.values()), abs=1e-12)
        assert found.caused[row] == pytest.approx(sum(net.caused.values()), abs=1e-12)
        assert found.net[row] == pytest.approx(net.mean, abs=1e-12)
        for outcome, risks in found.risks.items():
            assert risks[row] == pytest.approx(result.outcomes[outcome].risk, abs=1e-12)


@pytest.mark.parametrize(
    ("who", "horizon_years"),
    [({"age": 60}, 10), (DIABETIC, 5), ({"age": 45, "sex": "female", "smoking": "current"}, 30)],
    ids=["untreated", "diabetic smoker who takes drugs", "thirty years"],
)
def test_the_numbers_are_those_of_the_comparison(person, ground, who, horizon_years):
    base = ground(person(**who), horizon_years=horizon_years)
    found = search(base)
    assert len(found.choices) >= 2000
    the_same(base, found, np.random.default_rng(1).integers(0, len(found.choices), 40))


def test_decisions_of_every_kind_give_the_same_numbers(person, ground):
    base = ground(person(**DIABETIC), horizon_years=5)
    factors = (
        factor("activity", Lifestyle("activity", 150.0), Lifestyle("activity", 75.0)),
        factor("sodium", Lifestyle("sodium", -2.0)),
        factor("diet", Lifestyle("diet")),
        factor("weight", Lifestyle("weight", -5.0)),
        factor("pressure", ChangeVariable("systolic_bp", -5.0)),
        factor("metformin", StartTherapy("metformin 2000 mg", start=1.0), StopTherapy("metformin")),
        factor("amlodipine", StartTherapy("amlodipine 10 mg", adherence=0.7), StopTherapy("amlodipine")),
        factor("enalapril", StartTherapy("enalapril 10 mg")),
        factor("empagliflozin", StartTherapy("empagliflozin 10 mg")),
        factor("dapagliflozin", StartTherapy("dapagliflozin 10 mg", start=1.0)),
        factor("statin for a time", StartTherapy("atorvastatin 20 mg", stop=2.0)),
        factor("another after it", StartTherapy("rosuvastatin 20 mg", start=2.0)),
    )
    found = search(base, factors, start=0.5)
    the_same(base, found, np.random.default_rng(2).integers(0, len(found.choices), 60))


def test_the_front_is_that_of_comparing_all_with_all(person, ground):
    found = search(ground(person()), factors_for(ground(person()))[:6])
    columns = np.stack([-found.prevented, *found.burden.columns, found.caused], axis=1)
    columns = columns.round(12)
    no_worse = (columns[None] <= columns[:, None]).all(axis=2)
    better = (columns[None] < columns[:, None]).any(axis=2)
    expected = columns[~(no_worse & better).any(axis=1)]
    assert {tuple(row) for row in columns[found.front]} == {tuple(row) for row in expected}
    assert (np.diff(found.prevented[found.front]) <= 0).all()
    assert not found.choices[0].any() and 0 in found.front  # nothing is less to do than current care


def test_a_front_of_points_drawn_at_random():
    drawn = np.random.default_rng(3).integers(0, 6, (400, 4)).astype(float)
    front = front_of(drawn)
    worse = (drawn[:, None] >= drawn[None]).all(axis=2) & (drawn[:, None] > drawn[None]).any(axis=2)
    best = np.flatnonzero(~worse.any(axis=1))
    assert {tuple(drawn[row]) for row in front} == {tuple(drawn[row]) for row in best}
    assert len(front) == len({tuple(drawn[row]) for row in front})


def test_hard_stops_are_left_out_alone_and_together(person, ground):
    found = search(ground(person(allergies=("statin",), age=60)))
    assert any("Atorvastatin 20 mg" in text and "TWN" in text for text in found.left_out)
    labels = [option.label for factor in found.factors for option in factor.options]
    assert "Atorvastatin 20 mg" in labels  # asked for, but in no plan
    place = next(k for k, factor in enumerate(found.factors) if factor.name == "Statin")
    assert not found.choices[:, place].any()
    both = search(
        ground(person()),
        (factor("ace", StartTherapy("lisinopril 10 mg")), factor("arb", StartTherapy("losartan 50 mg"))),
    )
    assert {tuple(row) for row in both.choices.tolist()} == {(0, 0), (1, 0), (0, 1)}
    assert both.tried == 4


def test_at_most_three_blood_pressure_drugs(person, ground):
    found = search(ground(person()))
    pressure = [k for k, factor in enumerate(found.factors) if factor.group]
    assert len(pressure) == 6 and (found.choices[:, pressure] > 0).sum(axis=1).max() == 3
    two = search(ground(person()), most_in_group=2)
    assert (two.choices[:, pressure] > 0).sum(axis=1).max() == 2


def test_a_drug_that_is_taken_offers_its_next_dose(person, ground):
    factors = {f.name: f for f in factors_for(ground(person(takes=("atorvastatin 20 mg", "losartan 100 mg"))))}
    assert [o.label for o in factors["Statin"].options] == ["Atorvastatin 40 mg"]
    assert "Losartan 50 mg" not in factors
    assert "Metformin" not in factors and "Smoking" not in factors
    ill = {f.name for f in factors_for(ground(person(**DIABETIC)))}
    assert {"Metformin", "Finerenone", "Smoking", "GLP-1 agonist"} <= ill


def test_burden_and_costs(person, ground):
    factors = (
        factor("statin", StartTherapy("atorvastatin 20 mg")),
        factor("injection", StartTherapy("evolocumab 140 mg every 2 weeks")),
        Factor("habits", (option(Lifestyle("activity", 150.0), Lifestyle("sodium", -2.0)),)),
        factor("stop", StopTherapy("amlodipine")),
    )
    labels = [one.options[0].label for one in factors]
    base = ground(person(takes=("amlodipine 5 mg",), conditions=("diabetes/type_2",), values={"hba1c": 7.0}))
    found = search(base, factors, monthly_costs={labels[0]: 4.0, labels[1]: 400.0})
    rows = {tuple(row): index for index, row in enumerate(found.choices.tolist())}
    everything = rows[1, 1, 1, 1]
    burden = found.burden
    assert burden.tablets[everything] == 0.0 and burden.tablets[rows[1, 0, 0, 0]] == 1.0
    assert burden.injections_per_week[everything] == 0.5
    assert burden.habits[everything] == 2 and burden.monthly_cost[everything] == 404.0
    assert search(base, factors).burden.monthly_cost is None


def test_drugs_that_are_started_together_share_their_tests_and_visits(person, ground):
    factors = (
        factor("statin", StartTherapy("atorvastatin 20 mg"), StartTherapy("atorvastatin 20 mg", start=1.0)),
        factor("ace", StartTherapy("lisinopril 10 mg")),
        factor("ccb", StartTherapy("amlodipine 5 mg")),
        factor("stop", StopTherapy("bisoprolol")),
    )
    found = search(ground(person(takes=("bisoprolol 5 mg",))), factors)
    asked = {
        tuple(row): (tests, visits)
        for row, tests, visits in zip(
            found.choices.tolist(), found.burden.blood_tests, found.burden.visits, strict=True
        )
    }
    assert asked[0, 0, 0, 0] == asked[0, 0, 0, 1] == (0, 0)
    assert asked[1, 0, 0, 0] == (2, 0)  # weeks 12 and 52
    assert asked[0, 1, 0, 0] == (2, 1)  # weeks 2 and 52; pressure in week 4
    assert asked[0, 0, 1, 0] == (0, 1)
    assert asked[1, 1, 1, 0] == (3, 1)  # weeks 2, 12 and 52; one visit
    assert asked[2, 1, 0, 0] == (4, 1)  # a year later: weeks 64 and 104 beside 2 and 52


def test_weights_change_what_counts(person, ground):
    base = ground(person())
    factors = (factor("aspirin", StartTherapy("aspirin 81 mg")),)
    plain, weighed = search(base, factors), search(base, factors, weights={"major_bleeding": 0.5})
    assert weighed.caused[1] == pytest.approx(0.5 * plain.caused[1]) and plain.caused[1] > 0
    assert weighed.prevented[1] == plain.prevented[1]


def test_without_an_estimate_of_cvd_deaths_are_counted(person, ground):
    after = person(conditions=("cardiovascular/coronary/myocardial_infarction",), age=66)
    found = search(ground(after), (factor("statin", StartTherapy("atorvastatin 80 mg")),))
    assert found.counted == ("death",) and found.prevented[1] > 0
    assert search(ground(person()), found.factors).counted == ("cvd",)


def test_refusals(person, ground):
    base = ground(person())
    many = tuple(factor(f"step {n}", ChangeVariable("systolic_bp", -1.0)) for n in range(20))
    with pytest.raises(OutOfValidityRange, match=r"500000|500,000"):
        search(base, many)
    twice = (factor("a", StartTherapy("amlodipine 5 mg")), factor("b", StartTherapy("amlodipine 10 mg")))
    with pytest.raises(OutOfValidityRange, match="amlodipine"):
        search(base, twice)
    unknown = search(ground(person(without=("ldl_cholesterol",))), factors_for(base))
    assert "Atorvastatin 20 mg: no LDL cholesterol on record" in unknown.left_out
    idle = search(base, (factor("quit", Lifestyle("smoking")),))
    assert idle.left_out[0].endswith("no effect on these outcomes is known for this person") and len(idle.choices) == 1


def test_single_changes_are_a_table_of_all_with_stops_and_no_advice(person, ground):
    patient = person(allergies=("statin",), smoking="current", age=60)
    rows = which_single_change_helps_most(ground(patient, draws=50))
    assert len(rows) == sum(len(f.options) for f in factors_for(ground(patient)))
    gains = [sum(row.result.net_benefit.prevented.values()) for row in rows if row.result.net_benefit]
    assert gains == sorted(gains, reverse=True) and rows[0].option.label == "Stop smoking"
    stopped = [row for row in rows if row.result.net_benefit is None]
    assert {row.factor for row in stopped} == {"Statin"}
    assert all(any(check.is_stop for check in row.result.checks) for row in stopped)
    assert all(row.result.outcomes["cvd"].low is not None for row in rows if row.result.net_benefit)


def test_what_two_options_forbid_together_is_named(ground, person):
    found = search(
        ground(person()), [factor("A", StartTherapy("lisinopril 10 mg")), factor("B", StartTherapy("losartan 50 mg"))]
    )
    assert len(found.choices) == 3
    (why,) = found.left_out
    assert "lisinopril" in why and "losartan" in why and "TWN" in why


def test_the_easiest_plans_lose_to_no_easier_plan(ground, person):
    found = search(ground(person(**DIABETIC)))
    rows = easiest(found)
    burdens = np.stack(found.burden.columns, axis=1)
    for row in rows:
        is_easier = (burdens <= burdens[row]).all(axis=1)
        assert found.net[is_easier].max() == pytest.approx(found.net[row], abs=1e-12)
    assert 1 < len(rows) < len(found.front)
    listed = [tuple(burdens[row]) for row in rows]
    assert listed == sorted(listed)
    assert len(set(listed)) == len(listed)


def test_a_cost_that_is_given_counts_as_a_burden(ground, person):
    prepared = ground(person())
    cheap = {option.label: 1.0 for f in factors_for(prepared) for option in f.options}
    found = search(prepared, monthly_costs=cheap)
    rows = easiest(found)
    assert found.burden.monthly_cost is not None
    burdens = np.stack(found.burden.columns, axis=1)
    for row in rows:
        same = (burdens <= burdens[row]).all(axis=1)
        assert found.net[same].max() == pytest.approx(found.net[row], abs=1e-12)
