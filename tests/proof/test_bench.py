"""Does the bench measure what was asked for, and nothing else?"""

import pytest

from twin.proof import app_speed, bench, import_speed, kept_speed, plan_speed, risk_speed, twin_speed
from twin.proof.bench import measure
from twin.proof.bench_row import BenchRow


@pytest.fixture
def runs(monkeypatch):
    """Stand in for all that takes long; return what ran."""
    ran = []

    def stand_in(module, name, gives):
        def work(*given, **_):
            ran.append(name)
            return gives(*given) if callable(gives) else gives

        monkeypatch.setattr(module, name, work)

    def row(name, *_):
        return BenchRow(name, 1.0, "s", "", None, "")

    stand_in(risk_speed, "people", {"age": None})
    stand_in(risk_speed, "_pyprevent", (1.0, "peer"))
    stand_in(risk_speed, "_prevent_row", lambda equation_id, work, *_: row(work))
    stand_in(risk_speed, "_memory_row", lambda _: row(risk_speed.MEMORY))
    stand_in(risk_speed, "_kfre_row", lambda _: row(risk_speed.KFRE))
    stand_in(twin_speed, "warm_up", None)
    stand_in(twin_speed, "fit_panel", None)
    stand_in(twin_speed, "made_up", None)
    stand_in(twin_speed, "_open", None)
    stand_in(kept_speed, "warm_up", None)
    stand_in(kept_speed, "write_panel", None)
    stand_in(kept_speed, "import_paths", None)
    stand_in(kept_speed, "_seconds", 1.0)
    stand_in(plan_speed, "fit", None)
    stand_in(plan_speed, "ground_of", None)
    stand_in(plan_speed, "_engine", lambda *_: map(row, plan_speed.ENGINE))
    stand_in(plan_speed, "_search", lambda _: row("search over 7 feasible plans (of 9), with its front"))
    stand_in(plan_speed, "_for_life", lambda _: row(plan_speed.FOR_LIFE))
    stand_in(plan_speed, "_next_tests", lambda *_: row("which test next: 3 tests"))
    stand_in(import_speed, "write_ndjson", {"Patient": 1})
    stand_in(import_speed, "write_bundles", 1)
    stand_in(
        import_speed, "_ndjson_rows", lambda *_: map(row, ["5 NDJSON resources of 9 types to the record's tables"])
    )
    stand_in(import_speed, "_bundle_row", lambda *_: row("2,000 Bundles of 50 resources to the record's tables"))
    stand_in(app_speed.shutil, "which", None)
    return ran


@pytest.mark.parametrize(
    ("only", "needs", "rows"),
    [
        ("kfre", ["people", "_kfre_row"], 1),
        ("prevent_full", ["people", "_pyprevent", "_prevent_row"], 1),
        ("memory", ["people", "_memory_row"], 1),
        ("feasible", ["fit", "ground_of", "_search"], 1),
        ("SEARCH", ["fit", "ground_of", "_search"], 1),
        ("test next", ["fit", "ground_of", "_next_tests"], 1),
        ("for life", ["fit", "ground_of", "_for_life"], 1),
        ("baseline risks", ["fit", "ground_of", "_engine"], 1),
        ("NDJSON", ["write_ndjson", "_ndjson_rows"], 1),
        ("bundles", ["write_bundles", "_bundle_row"], 1),
        ("tables", ["write_ndjson", "_ndjson_rows", "write_bundles", "_bundle_row"], 2),
        ("still hold", ["warm_up", "write_panel", "import_paths", *["_seconds"] * 2, "import_paths", "_seconds"], 1),
        ("app in a browser", ["which"], 1),
        ("cold patient", ["warm_up", "made_up", *["_open"] * twin_speed.REPEATS], 1),
        ("weather", [], 0),
    ],
)
def test_only_the_pieces_that_match_are_run(runs, only, needs, rows):
    assert len(list(measure(only))) == rows
    assert runs == needs


def test_one_panel_is_fitted_where_one_is_asked_for(runs):
    (row,) = measure("60 visits")
    assert "60 visits" in row.work
    assert runs.count("fit_panel") == twin_speed.REPEATS and "_open" not in runs


def test_a_section_by_its_name_is_run_whole(runs):
    assert len(list(measure("plan"))) == 7
    assert runs == ["fit", "ground_of", "_engine", "_search", "_for_life", "_next_tests"]


def test_every_section_is_run_unless_told_otherwise(monkeypatch):
    asked = []
    stand_ins = {name: lambda wanted, name=name: asked.append(name) or iter(()) for name in bench.SECTIONS}
    monkeypatch.setattr(bench, "SECTIONS", stand_ins)
    assert list(measure()) == [] and asked == ["risk", "twin", "kept", "plan", "import", "app"]
