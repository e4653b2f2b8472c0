"""Do the notes say where forecasts break their promise, and nothing where they keep it?"""

from dataclasses import replace

from twin.physiology.longitudinal.mending import UNMENDED
from twin.proof.notes import kept, notes_on
from twin.proof.scoring import Share

KEPT = Share(1000, 800, 800, 0.78, 0.82)
MENDING = replace(UNMENDED, persons=500, window=1.0)


def found(*, rmse=0.9, crps=0.9):
    """Return scores of the twin beside a naive 1.0."""
    return {
        "rmse": {"twin": rmse, "last": 1.0, "mean": 2.0},
        "crps": {"twin": crps, "last": 1.0, "mean": 2.0},
        "better_than_naive": {"rmse": rmse < 1.0, "crps": crps < 1.0},
    }


def test_a_kept_promise_needs_no_words():
    assert notes_on(found(), [KEPT] * 5, MENDING) == []


def test_bands_are_said_to_be_narrow_or_wide_and_where():
    narrow, wide = Share(1000, 800, 700, 0.67, 0.73), Share(1000, 800, 900, 0.88, 0.92)
    notes = notes_on(found(), [KEPT, narrow, KEPT, KEPT, wide], MENDING)
    assert notes == [
        "80 % bands too narrow in the lowest quarter: 70.0% of values inside (95 % range 67% to 73%).",
        "80 % bands too wide in the highest quarter: 90.0% of values inside (95 % range 88% to 92%).",
    ]


def test_few_patients_are_no_proof():
    (note,) = notes_on(found(), [Share(20, 20, 14, 0.48, 0.86), KEPT, None, None, None], MENDING)
    assert note.endswith("overall: 70.0% of values inside (95 % range 48% to 86%: may be chance).")


def test_the_better_naive_forecast_is_named():
    assert notes_on(found(crps=1.02), [KEPT] * 5, MENDING) == ["CRPS is 2.0% above that of the naive forecast 'last'."]


def test_a_naive_forecast_without_any_error_is_named():
    exact = {name: {"twin": 0.1, "last": 0.0, "mean": 0.3} for name in ("rmse", "crps")}
    never = {"rmse": False, "crps": False}
    notes = notes_on(exact | {"better_than_naive": never}, [KEPT] * 5, MENDING)
    assert notes == [f"{name} is above zero, which is that of the naive forecast 'last'." for name in ("RMSE", "CRPS")]


def test_what_could_not_be_rehearsed_is_said():
    (none,) = notes_on(found(), [KEPT] * 5, UNMENDED)
    assert "not checked beforehand" in none
    few, short = notes_on(found(), [KEPT] * 5, replace(MENDING, persons=20, window=0.25))
    assert "on 20 patients only" in few and "whole horizon" in short


def test_the_promise_is_kept_only_as_a_whole():
    whole = found() | {"coverage": {"80": 0.8}, "coverage_80_by_quarter": [0.76, 0.84, None, 0.8]}
    assert kept(whole)
    assert not kept(whole | {"coverage": {"80": 0.74}})
    assert not kept(whole | {"coverage_80_by_quarter": [0.76, 0.86, None, 0.8]})
    assert not kept(whole | {"better_than_naive": {"rmse": True, "crps": False}})
