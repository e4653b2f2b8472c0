"""Does the figure of the bands show what was counted, and say it in words too?"""

from dataclasses import replace
from datetime import date

import numpy as np

from twin.figures.calibration import OFFSETS, alternative, calibration, in_hundred, keeps, rows_of
from twin.proof.panel_card import LEAST, PanelCard, VariableCard
from twin.proof.scoring import BANDS, Share

DAY = date(2026, 11, 24)


def coverage(n, *hits):
    return {
        str(band): Share(n, 10, one, max(0.0, one / n - 0.05), min(1.0, one / n + 0.05))
        for band, one in zip(BANDS, hits, strict=True)
    }


def one_variable(name, n, *hits):
    zero = {"twin": 1.0, "last": 1.0, "mean": 1.0, "regression": 1.0, "trend": 1.0}
    return VariableCard(name, n, 10, coverage(n, *hits), (None,) * 4, zero, zero, zero, "last", (0.0, -1.0, 1.0))


CARD = PanelCard(
    on=(DAY, DAY),
    panel=20,
    synthetic=20,
    out_of_sync=0,
    coverage=coverage(200, 100, 158, 190),
    variables=(
        one_variable("systolic_bp", 100, 50, 60, 94),
        one_variable("hba1c", 100, 50, 80, 95),
        one_variable("uacr", LEAST - 1, 10, 20, 25),
    ),
    groups=(),
)


def test_rows_are_all_values_and_every_measure_with_enough():
    assert [row.label for row in rows_of(CARD)] == ["All values", "Systolic BP", "HbA1c"]


def test_each_band_is_a_trace_with_its_shares_and_ranges():
    figure = calibration(CARD)
    assert len(figure["data"]) == len(BANDS)
    eighty = figure["data"][1]
    np.testing.assert_allclose(eighty["x"], [79.0, 60.0, 80.0])
    np.testing.assert_allclose(eighty["error_x"]["array"], [5.0, 5.0, 5.0])
    assert eighty["y"] == [place + OFFSETS[1] for place in range(3)]
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == list(BANDS)


def test_a_broken_promise_differs_in_shape_and_colour():
    marker = calibration(CARD)["data"][1]["marker"]
    assert marker["symbol"] == ["circle", "diamond", "circle"]
    assert len(set(marker["color"])) == 2


def test_a_promise_at_the_edge_of_the_range_is_kept():
    assert keeps(Share(10, 5, 7, 0.7, 0.8), 80) and not keeps(Share(10, 5, 7, 0.7, 0.79), 80)


def test_the_axis_holds_every_range():
    low = CARD.coverage | coverage(200, 20, 158, 190)
    axis = calibration(replace(CARD, coverage=low))["layout"]["xaxis"]["range"]
    assert axis[0] <= 5.0 and axis[1] >= 100.0


def test_the_words_hold_every_number_of_the_picture():
    said = alternative(CARD)
    assert said == (
        "Values of 100 within the twin's 50, 80 and 95 % bands: All values 50, 79, 95; Systolic BP 50, 60, 94; "
        "HbA1c 50, 80, 95."
    )


def test_a_share_is_whole_values_of_a_hundred():
    assert in_hundred(Share(16400, 428, 12911, 0.7773, 0.7968)) == "79 (78 to 80)"
