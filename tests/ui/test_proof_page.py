"""Does Proof say how the twin did, wait where it must, and hide names from who may not see them?"""

from dataclasses import replace

import pytest

from tests.figures.test_calibration import CARD, one_variable
from tests.ui.conftest import TODAY
from tests.ui.test_pages import JANE, open_page, text
from twin.governance.session import Purpose, Role, Session
from twin.proof.kept_twins import standing
from twin.proof.panel_card import GroupCard
from twin.proof.scoring import Share
from twin.proof.upkeep import newest_card
from twin.ui import access, kept, proof_job
from twin.ui.kept import Kept
from twin.ui.views import patients, proof_words
from twin.ui.views import proof as view

CARD = replace(
    CARD,
    groups=(
        GroupCard("Sex", "Women", Share(150, 9, 120, 0.7, 0.9)),
        GroupCard("Sex", "Men", Share(20, 1, 9, 0.2, 0.7)),
    ),
)
FOUND = Kept(4, 0, {JANE: "Since May 2026 the values have differed."}, replace(CARD, out_of_sync=1), True)


@pytest.fixture
def shown(app, monkeypatch):
    """Return a function that opens the page with what is kept and gives its text."""

    def show(found, job=None):
        monkeypatch.setattr(view, "kept", lambda *, on: found)
        monkeypatch.setattr(proof_job, "newest", lambda: job)
        return text(open_page(app, "proof.py"))

    return show


def test_the_first_sentence_counts_and_the_second_names_the_failures(shown, app):
    said = shown(FOUND)
    assert "Twelve months ago the twin forecast 200 values of 10 patients" in said
    assert "79 in 100</strong> fell within its 80 % band." in said
    assert "It did better than each of four naive forecasts in 0 of 2 measures." in said
    assert "No better in 2</strong>, the best naive forecast in brackets: Systolic BP (last value), HbA1c (last" in said
    assert "Synthetic patients" in said
    (chart,) = app.get("plotly_chart")
    assert "Systolic BP 50, 60, 94" in chart.proto.alt
    assert "Too few values to say" in said  # UACR, and the men
    assert "Refresh" not in [button.label for button in app.button]


def test_the_numbers_behind_the_chart_are_a_table(shown):
    said = shown(FOUND)
    assert '<th scope="row">Systolic BP</th><td class="number">100</td>' in said
    assert "60 (55 to 65)" in said


def test_groups_with_few_values_are_named_and_not_counted(shown):
    said = shown(FOUND)
    assert '<th scope="row">Women</th>' in said and "80 (70 to 90)" in said
    assert '<th scope="row">Men</th>' in said and "45 (20 to 70)" not in said


def test_who_is_out_of_sync_is_shown_to_who_may_see_names(shown, app):
    said = shown(FOUND)
    assert "1 twin out of sync: their numbers are withheld" in said
    assert "Who, and why" in [one.label for one in app.expander]


def test_a_role_without_names_sees_the_count_and_no_way_to_refresh(app, monkeypatch):
    researcher = access.database().session(Session("r", Role.RESEARCHER, Purpose.RESEARCH))
    monkeypatch.setattr(access, "store", lambda: researcher)
    monkeypatch.setattr(kept, "kept_card", lambda _: None)
    assert not kept.may_see_names()
    assert kept.kept(on=TODAY) == Kept(5, 0, {}, None, True)
    monkeypatch.setattr(view, "kept", lambda *, on: replace(FOUND, out_of_sync={}))
    monkeypatch.setattr(proof_job, "newest", lambda: None)
    said = text(open_page(app, "proof.py"))
    assert "1 twin out of sync" in said and "Your role does not see who they are." in said
    assert "Who, and why" not in [one.label for one in app.expander]


def test_older_numbers_say_so_and_offer_a_refresh(shown, app, monkeypatch):
    said = shown(replace(FOUND, stale=3, is_current=False))
    assert "What stands here is older than the record: 3 patients of 4 with new data or corrections" in said
    assert "3 twins of 4 are not counted" in said
    started = []
    monkeypatch.setattr(proof_job, "start", started.append)
    app.button(key="refresh-button").click().run()
    assert started == [TODAY]


def test_an_empty_record_says_what_to_do(shown):
    said = shown(Kept(0, 0, {}, None, False))
    assert "No patients in the record." in said
    assert "in 100" not in said


def test_few_values_say_nothing(shown, app):
    few = {band: Share(12, 3, 9, 0.5, 0.9) for band in ("50", "80", "95")}
    said = shown(replace(FOUND, card=replace(CARD, coverage=few, variables=(one_variable("uacr", 12, 6, 9, 12),))))
    assert "Too few values to say: 12 forecast in the last twelve months." in said
    of_this_record = said[: said.index("How does it do on real people?")]
    assert not app.get("plotly_chart") and "in 100" not in of_this_record
    assert "What this does not show" in said


def test_nothing_kept_starts_the_work_and_shows_how_far_it_is(shown, app, monkeypatch):
    job = proof_job.RefreshJob(0.4, "Fitting twins, 200 of 500")
    monkeypatch.setattr(proof_job, "start", lambda on: job)
    shown(Kept(4, 4, {}, None, False))
    assert "Cancel" in [button.label for button in app.button]
    next(button for button in app.button if button.label == "Cancel").click().run()
    assert job.is_cancelled.is_set()


def over(**fields):
    job = proof_job.RefreshJob(**fields)
    job.is_over.set()
    return job


def test_a_failed_refresh_is_one_sentence_and_can_be_tried_again(shown, app):
    shown(Kept(4, 4, {}, None, False), over(failure=RuntimeError("p1 is broken")))
    (alert,) = app.error
    assert alert.value.startswith("Something went wrong.")
    assert "Refresh" in [button.label for button in app.button]


def test_a_cancelled_refresh_says_what_stays(shown):
    done = proof_job.Refreshed(n=4, kept=0, refreshed=2, cancelled=True)
    said = shown(Kept(4, 2, {}, None, False), over(done=done))
    assert "Cancelled. 2 fitted twins are kept." in said
    assert "Nothing to show yet: 2 of 4 twins are not worked out." in said


def test_the_job_fits_once_for_all_visits(record, monkeypatch):
    monkeypatch.setattr(proof_job, "_newest", None)
    job = proof_job.start(TODAY)
    assert proof_job.start(TODAY) is job or job.is_over.is_set()
    assert job.is_over.wait(60) and job.failure is None
    assert (job.done.n, job.fraction) == (5, 1.0)
    store = access.new_store()
    assert newest_card(store, standing(store, on=TODAY))[1]


def test_data_that_come_during_a_refresh_are_looked_at_too(record, monkeypatch):
    seen = []

    def refreshing(store, *, on, progress, cancelled):
        seen.append(on)
        if len(seen) == 1:
            assert proof_job.start(on) is proof_job.newest()
        return proof_job.Refreshed(n=4, kept=4, refreshed=0, cancelled=False)

    monkeypatch.setattr(proof_job, "_newest", None)
    monkeypatch.setattr(proof_job, "refresh_panel", refreshing)
    assert proof_job.start(TODAY).is_over.wait(60)
    assert seen == [TODAY, TODAY]


def test_a_broken_refresh_ends_and_its_log_quotes_nothing(record, monkeypatch, caplog):
    name = "".join(["person", "-22"])  # or the source line in the log would hold it

    def fail(*_, **__):
        raise RuntimeError(name)

    monkeypatch.setattr(proof_job, "_newest", None)
    monkeypatch.setattr(proof_job, "refresh_panel", fail)
    job = proof_job.start(TODAY)
    assert job.is_over.wait(60) and isinstance(job.failure, RuntimeError)
    assert name not in caplog.text and "RuntimeError" in caplog.text


def test_the_worklist_marks_whose_twin_is_out_of_sync(app, monkeypatch):
    told = []
    monkeypatch.setattr(patients, "kept", lambda *, on: FOUND)
    monkeypatch.setattr(
        patients, "openable_table", lambda head, rows, keys, **_: told.extend(zip(keys, rows, strict=True))
    )
    app.run()
    reasons = {key: cells[2] for key, cells in told}
    assert reasons[JANE][1] == patients.OUT_OF_SYNC
    assert all(isinstance(reason, str) for key, reason in reasons.items() if key != JANE)


def test_a_better_twin_is_said_to_be_better_and_a_worse_one_worse():
    plain = one_variable("systolic_bp", 100, 50, 80, 95)
    better = replace(plain, gain=(0.5, 0.1, 0.9), rmse={**plain.rmse, "twin": 0.5})
    worse = replace(plain, gain=(-0.5, -0.9, -0.1), best_naive="mean")
    assert [proof_words.verdict(one) for one in (better, plain, worse)] == [
        "Better",
        "No clear difference",
        "Worse than patient's mean",
    ]
    said = proof_words.statement(replace(CARD, variables=(better, worse)))
    assert "in 1 of 2 measures" in said and "Systolic BP (patient&#x27;s mean was better)" in said
    assert "No better" not in proof_words.statement(replace(CARD, variables=(better,)))


def test_sizes_have_three_digits_and_the_smallest_is_bold():
    found = {"twin": 0.05774, "last": 13.0, "mean": 0.7, "regression": 1234.5, "trend": 0.1}
    assert proof_words.sizes(found) == ["<strong>0.0577</strong>", "13.0", "0.700", "1,234", "0.100"]


def test_real_patients_are_not_called_synthetic():
    assert proof_words.not_known(replace(CARD, synthetic=0)) == proof_words.NOT_KNOWN
    assert proof_words.not_known(replace(CARD, synthetic=5))[0].startswith("5 of 20 patients")
    assert "badge" not in proof_words.lead(replace(CARD, synthetic=0))
