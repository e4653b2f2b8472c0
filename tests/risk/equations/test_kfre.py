import numpy as np
import pytest

from tests.risk.golden_tables import golden, pick
from twin.risk.catalogue import equation, score
from twin.risk.check import to_columns
from twin.risk.columns import MANY
from twin.risk.equations import kfre
from twin.risk.equations.kfre import baseline_survival

MAN = {
    "age": [60],
    "sex": ["male"],
    "egfr": [30],
    "uacr": [300],
    "north_american": [True],
    "horizon_years": [5],
}


@pytest.mark.parametrize("north_american", [True, False])
@pytest.mark.parametrize("horizon", [2, 5])
@pytest.mark.parametrize("variables", [4, 6, 8])
def test_agrees_with_the_kfre_package(variables, horizon, north_american):
    known = equation(f"kfre_{variables}")
    table = golden("kfre_kfre.csv")
    n = len(table["age"])
    table |= {"north_american": np.full(n, north_american), "horizon_years": np.full(n, horizon)}
    ours = score(known.id, pick(table, *(i.name for i in known.inputs))).outputs["risk_kidney_failure"]
    region = "north_america" if north_american else "elsewhere"
    np.testing.assert_allclose(ours, table[f"kfre_{variables}_{horizon}_{region}"], rtol=1e-9, atol=1e-12)


def test_the_receipt_adds_up():
    columns = to_columns(equation("kfre_4"), MAN)
    total = sum(equation("kfre_4").terms(columns)["risk_kidney_failure"].values())
    survival = baseline_survival("kfre_4", north_american=True, horizon_years=5)
    assert survival == 0.924
    ours = score("kfre_4", MAN).outputs["risk_kidney_failure"]
    np.testing.assert_allclose(1 - survival ** np.exp(total), ours, rtol=1e-12)


def test_the_disagreement_about_baseline_survival_is_stated():
    assert "disagree" in equation("kfre_4").notes
    assert "disagree" in equation("kfre_4").source.note


@pytest.mark.parametrize("egfr", [60, 61, 0.5])
def test_it_is_for_reduced_filtration_only(egfr):
    scored = score("kfre_4", {**MAN, "egfr": [egfr]})
    assert np.isnan(scored.outputs["risk_kidney_failure"][0])
    assert scored.problems[0] == f"egfr {egfr:g} outside 1 to below 60 mL/min/1.73 m2"


@pytest.mark.parametrize("name", sorted(MAN))
def test_each_missing_input_is_named(name):
    scored = score("kfre_4", {**MAN, name: [None]})
    assert np.isnan(scored.outputs["risk_kidney_failure"][0])
    assert scored.problems[0] == f"{name} missing"


def test_risk_rises_with_albuminuria_time_and_loss_of_filtration():
    def at(**changed):
        return score("kfre_4", {**MAN, **changed}).outputs["risk_kidney_failure"][0]

    assert at(uacr=[1000]) > at() > at(uacr=[30])
    assert at(egfr=[15]) > at() > at(egfr=[50])
    assert at(horizon_years=[2]) < at()


def test_alone_as_in_a_table():
    table = golden("kfre_kfre.csv")
    given = pick(table, "age", "sex", "egfr", "uacr") | {
        "north_american": np.ones(600),
        "horizon_years": np.full(600, 5),
    }
    together = score("kfre_4", given).outputs["risk_kidney_failure"]
    for row in range(0, 600, 40):
        alone = score("kfre_4", {name: column[row : row + 1] for name, column in given.items()})
        assert alone.outputs["risk_kidney_failure"][0] == together[row]


@pytest.mark.parametrize("variables", [4, 6, 8])
def test_the_compiled_loop_gives_the_very_digits(variables):
    known = equation(f"kfre_{variables}")
    assert kfre._compiled_is_true(known.id)
    table = golden("kfre_kfre.csv")
    n = len(table["age"])
    table |= {"north_american": np.arange(n) % 2 == 0, "horizon_years": np.where(np.arange(n) % 3, 2, 5)}
    few = pick(table, *(i.name for i in known.inputs))
    copies = MANY // n + 1
    many = {name: np.tile(np.asarray(values), copies) for name, values in few.items()}
    ours = score(known.id, many).outputs["risk_kidney_failure"]
    assert ours.size > MANY
    np.testing.assert_array_equal(ours, np.tile(score(known.id, few).outputs["risk_kidney_failure"], copies))


def test_a_compiled_loop_with_other_digits_is_not_used(monkeypatch):
    wrong = lambda _id, columns: (np.zeros(columns.size), np.full(columns.size, -0.1))  # noqa: E731
    monkeypatch.setattr(kfre, "compiled_sums", wrong)
    kfre._compiled_is_true.cache_clear()
    assert not kfre._compiled_is_true("kfre_4")
    many = score("kfre_4", {name: np.array(value * MANY) for name, value in MAN.items()})
    kfre._compiled_is_true.cache_clear()
    alone = score("kfre_4", MAN).outputs["risk_kidney_failure"]
    np.testing.assert_array_equal(many.outputs["risk_kidney_failure"], np.tile(alone, MANY))
