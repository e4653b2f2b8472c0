"""Do the numbers on screen hold together for anyone and any plans?"""

import re

import numpy as np
import pytest

from tests.plans.conftest import ON, make_person
from tests.plans.test_plan_anyone import after_event, any_plans, anyone
from twin.figures.comparison_benefit import benefit_columns
from twin.figures.comparison_counts import shown_people
from twin.figures.comparison_table import comparison_table
from twin.physiology.longitudinal import fit
from twin.plans.compare import compare_on
from twin.plans.draws import DRAWS
from twin.plans.ground import ground_of
from twin.plans.plan import Plan
from twin.plans.results import NetBenefit
from twin.ui.compare.markup import comparison_html, notes_html
from twin.ui.compare.net_benefit import net_benefit_html

PEOPLE = 200
MULTIPLY = "Combined effects are assumed to multiply"


def within_range(rng):
    """Return a person whom the equations cover, with or without diabetes and drugs."""
    values = {
        "systolic_bp": rng.uniform(105, 180),
        "ldl_cholesterol": rng.uniform(70, 190),
        "total_cholesterol": rng.uniform(150, 300),
        "hdl_cholesterol": rng.uniform(30, 80),
        "egfr": rng.uniform(35, 110),
        "bmi": rng.uniform(20, 39),
        "weight": rng.uniform(60, 110),
        "hba1c": rng.uniform(5, 9),
        "uacr": rng.uniform(5, 400),
        "lvef": rng.uniform(45, 65),
    }
    drugs = ("amlodipine 5 mg", "metformin 1000 mg", "atorvastatin 20 mg", "lisinopril 10 mg")
    return make_person(
        age=int(rng.integers(31, 79)),
        sex=str(rng.choice(["male", "female"])),
        values={name: float(value) for name, value in values.items()},
        conditions=("diabetes/type_2",) if rng.integers(2) else (),
        takes=tuple(map(str, rng.choice(drugs, rng.integers(3), replace=False))),
        smoking=str(rng.choice(["never", "current"])),
    )


def draw(seed, draws=20):
    rng = np.random.default_rng(10_000 + seed)
    make = {3: anyone, 7: after_event}.get(seed % 8)
    patient = make(make_person, rng) if make else within_range(rng)
    plans = (*any_plans(patient, rng)[:2], Plan("Nothing"))
    years = int(rng.choice([5, 10, 30]))
    twin = fit(patient, on=ON)
    vars(twin)["out_of_sync_reason"] = ""  # made of three equal readings, few of them are in step
    return compare_on(ground_of(patient, twin, on=ON, horizon_years=years, draws=draws, seed=0), plans)


@pytest.mark.parametrize("block", range(10))
def test_what_is_shown_holds_together_for_anyone(block):
    outcomes = ("ascvd", "cvd", "heart_failure", "kidney_failure", "death")
    for seed in range(block * PEOPLE // 10, (block + 1) * PEOPLE // 10):
        found = draw(seed)
        table = comparison_table(found, outcomes[seed % len(outcomes)])
        html = comparison_html(table, editing="A") + notes_html(table) + net_benefit_html(found, table)
        in_order(found, table, outcomes[seed % len(outcomes)])
        text = re.sub(r"<[^>]+>", " ", html).replace("a risk here is below 1 in 100", "")
        assert set(re.findall(r"\bin (100|1,000)\b", text)) <= {f"{table.denominator:,}"}
        for name, said in zip(("A", "B", "C"), benefit_columns(found, table), strict=True):
            assert said.heading.startswith(name)


def test_doubling_the_draws_moves_no_probability_by_two_points_for_anyone():
    compared = 0
    for seed in range(0, 96, 6):
        once, twice = draw(seed, DRAWS), draw(seed, 2 * DRAWS)
        for a, b in zip(once.plans, twice.plans, strict=True):
            for name, outcome in a.outcomes.items():
                if outcome.p_better is not None:
                    compared += 0.01 < outcome.p_better < 0.99
                    assert abs(outcome.p_better - b.outcomes[name].p_better) < 0.02
            if a.net_benefit is not None:
                assert abs(a.net_benefit.p_positive - b.net_benefit.p_positive) < 0.02
    assert compared > 20  # of those that chance has a say in


def in_order(found, table, outcome):
    now = found.current_care.outcomes[outcome]
    for result, column in zip(found.plans, table.columns[1:], strict=True):
        one = result.outcomes[outcome]
        assert column.is_withheld == (one.risk is None)
        if one.risk is not None:
            fewer = shown_people(now.risk, denominator=table.denominator)
            fewer -= shown_people(one.risk, denominator=table.denominator)
            change, people = column.change, column.people
            assert change.fewer in (fewer, 0)
            assert change.fewer == fewer or change.bold.startswith("No ")
            assert people.events + people.avoided + people.unaffected == table.denominator
            assert ("NNT" in change.nnt) == bool(change.nnt)
            if one.difference.spans_zero or one.difference.mean >= 0:
                assert not change.nnt
        counted(result.net_benefit)
    nothing = found.plans[-1]
    assert all(one.risk == found.current_care.outcomes[name].risk for name, one in nothing.outcomes.items())
    assert table.columns[-1].change is None or table.columns[-1].change.bold == "No difference"
    assert not any(MULTIPLY in caveat for caveat in table.columns[-1].caveats)


def counted(net: NetBenefit | None):
    if net is not None:
        assert net.mean == pytest.approx(sum(net.prevented.values()) - sum(net.caused.values()), abs=1e-12)
        assert net.curve.mean[-1] == pytest.approx(net.mean, abs=1e-12)
        assert (net.passes_harm_at is None) == (net.curve.mean[-1] <= 0)


def test_twice_the_draws_hardly_move_a_probability():
    """By less than two points, near 50 % and for odd random plans too."""
    moved = []
    for seed in range(24):
        once, twice = (draw(seed, draws=draws) for draws in (DRAWS, 2 * DRAWS))
        for one, other in zip(once.plans, twice.plans, strict=True):
            shown = ((o.p_better, other.outcomes[name].p_better) for name, o in one.outcomes.items())
            moved += [abs(a - b) for a, b in shown if a is not None]
    assert len(moved) > 100
    assert np.quantile(moved, 0.95) < 0.01
    assert max(moved) < 0.02
