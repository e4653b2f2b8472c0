"""What is drawn of a comparison, and what at each place of a slider, so that the page follows the hand by itself?

Every place of a slider has the answer of the engine, in ready words. The page chooses and draws; it works nothing out.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date
from functools import lru_cache

import numpy as np

from twin.figures import comparison as figure
from twin.figures.comparison_table import Column, comparison_table
from twin.figures.icons import people_layout, people_marks
from twin.physiology.longitudinal import Twin
from twin.plans.results import Comparison, Curve, PlanResult
from twin.record.patient import Patient
from twin.ui.compare import engine, memory
from twin.ui.compare.cells import Part, Picture, caption, cells_of, row_heads
from twin.ui.compare.details import by_year

Json = dict | list | str | int | float | None
NOTHING = {"systolic_bp": 0.0, "weight": 0.0, "doses_taken": 100.0}
"""The settings that have a slider, with the value that changes nothing."""
PER_RISK = 100_000
"""Curves are sent as whole numbers of this many people: a fifth of a pixel at most."""


def view_of(found: Comparison, outcome: str) -> Json:
    """Return table and figure of a comparison in the parts that are drawn."""
    shown = comparison_table(found, outcome)
    curves = [result.outcomes[outcome].curve for result in (found.current_care, *found.plans)]
    has_figure = curves[0] is not None
    years = figure.thin(curves[0].years).tolist() if has_figure else []
    return {
        "caption": caption(shown),
        "rows": row_heads(shown),
        "of": shown.denominator,
        "axis": figure.shared_ticks(curves, shown.denominator) if has_figure else None,
        "years": years,
        "about": figure.figure_title(shown),
        "columns": [
            _column(column, curve, found.horizon_years, shown.denominator)
            for column, curve in zip(shown.columns, curves, strict=True)
        ],
    }


def _column(column: Column, curve: Curve | None, horizon_years: int, of: int) -> Json:
    return {
        "heading": column.heading,
        "colour": column.colour,
        "cells": [[_node(part) for part in cell] for cell in cells_of(column)],
        "lines": None if curve is None else [_line(values) for values in (curve.mean, curve.low, curve.high)],
        "read": None if curve is None else by_year(curve, range(horizon_years + 1), of),
        "end": column.risk.partition(" in ")[0],
        "said": figure.line_text(column),
    }


def _line(values: np.ndarray) -> list[int]:
    return np.rint(figure.thin(values) * PER_RISK).astype(int).tolist()


def _node(part: Part | Picture | str) -> Json:
    """Return a part as name, attributes and children; text stays text to the end."""
    if isinstance(part, Picture):
        row, pitch = people_layout(part.people.total)
        marks = [asdict(mark) for mark in people_marks(part.people, colour=part.colour)]
        return {"row": row, "pitch": pitch, "total": part.people.total, "marks": marks, "text": part.text}
    if isinstance(part, Part):
        return [part.name, part.css, part.href, *map(_node, part.children)]
    return part


def shown_id(patient: Patient, twin: Twin, desk: memory.Desk, field: str) -> str:
    """Return what tells whether a slider's views still fit: all that they depend on but the slider itself."""
    return f"{hash((patient, twin, _without(desk, field), field)) & 0xFFFFFFFFFFFF:x}"


def _without(desk: memory.Desk, field: str) -> memory.Desk:
    settings = replace(desk.settings, **{field: NOTHING[field]})
    return replace(desk.with_settings(settings), edition=0)


def line_of(patient: Patient, twin: Twin, desk: memory.Desk, field: str, levels: Sequence[float], *, on: date) -> Json:
    """Return the view at each place of a slider of the edited plan.

    Parameters
    ----------
    field
        The setting that the slider moves, of `NOTHING`.
    levels
        Its places from low to high, evenly spaced.
    on
        Today.
    """
    return _line_of(patient, twin, _without(desk, field), field, tuple(levels), on)


@lru_cache(maxsize=32)
def _line_of(patient: Patient, twin: Twin, desk: memory.Desk, field: str, levels: tuple[float, ...], on: date) -> Json:
    taken = memory.drugs_taken(patient, on=on)
    places = [replace(desk.settings, **{field: level}).plan(taken=taken, start=desk.start) for level in levels]
    found = engine.compared(patient, twin, desk.to_plans(patient, on=on), desk.horizon_years)
    moved = engine.compared_once(patient, twin, tuple(places), desk.horizon_years).plans
    views = [view_of(_with(found, desk.editing, result), desk.outcome) for result in moved]
    return {
        "of": shown_id(patient, twin, desk, field),
        "low": levels[0],
        "step": levels[1] - levels[0],
        "moving": desk.editing + 1,
        "bases": {view["of"]: view for view in views},
        "places": [_place(view, desk.editing + 1) for view in views],
    }


def _with(found: Comparison, index: int, result: PlanResult) -> Comparison:
    return replace(found, plans=(*found.plans[:index], result, *found.plans[index + 1 :]))


def _place(view: Json, moving: int) -> Json:
    """Return what of a view is not the same at every place with its denominator."""
    return {"of": view["of"], "axis": view["axis"], "column": view["columns"][moving]}
