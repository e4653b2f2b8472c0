"""Do the named people get the numbers, and the refusals, that were checked by hand?"""

import pytest

from twin.plans.toml import read_plans
from twin.words import in_people


@pytest.fixture
def result(reference, person, compared):
    keys = ("age", "sex", "values", "smoking")
    lists = ("conditions", "takes", "without")
    given = {key: reference[key] for key in keys if key in reference}
    patient = person(**given, **{key: tuple(reference.get(key, ())) for key in lists})
    (plan,) = read_plans(_as_toml(reference["changes"]))
    return compared(patient, plan, horizon_years=reference["horizon_years"])


def _as_toml(changes: list[dict]) -> str:
    lines = ["[[plans]]", 'name = "Plan"']
    for change in changes:
        lines.append("[[plans.changes]]")
        lines += [f'{key} = "{value}"' for key, value in change.items()]
    return "\n".join(lines)


def test_exact_numbers(reference, result):
    expected = reference["expected"]
    for when, found in (("now", result.current_care), ("plan", result.plans[0])):
        risks = {name: outcome.risk for name, outcome in found.outcomes.items() if outcome.risk is not None}
        assert risks == pytest.approx(expected[when], abs=2e-9)


def test_numbers_in_words(reference, result):
    now, plan = result.current_care.outcomes, result.plans[0].outcomes
    for outcome, words in reference["expected"]["words"].items():
        assert words == f"{in_people(now[outcome].risk)} now, {in_people(plan[outcome].risk)} with the plan"


def test_what_is_withheld_says_why(reference, result):
    outcomes = result.plans[0].outcomes
    expected = reference["expected"]["withheld"]
    assert {name for name, outcome in outcomes.items() if outcome.risk is None} == set(expected)
    for name, phrase in expected.items():
        assert phrase in outcomes[name].baseline.clinical


def test_net_benefit_and_hazard_ratios(reference, result):
    expected, plan = reference["expected"], result.plans[0]
    if "net_benefit" in expected:
        net = plan.net_benefit
        found = {"prevented": dict(net.prevented), "caused": dict(net.caused), "mean": net.mean}
        for part, wanted in expected["net_benefit"].items():
            assert found[part] == pytest.approx(wanted, abs=2e-9)
    if "ratios" in expected:
        found = {name: ratio.mean for name, ratio in plan.ratios.items()}
        assert found == pytest.approx(expected["ratios"], abs=2e-6)
