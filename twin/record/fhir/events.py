"""What was done, when was the patient seen, and what was reported?"""

import numpy as np
import pyarrow as pa

from twin.record.fhir import codes, text
from twin.record.fhir.codes import Code
from twin.record.fhir.fields import Coded, Rows
from twin.record.fhir.staging import Context, batch, code_numbers, common, flag_column, moments, time_flags
from twin.record.quality import Reason

_STATUS_REASON = {
    b"entered-in-error": Reason.ENTERED_IN_ERROR,
    b"cancelled": Reason.NOT_DONE,
    b"not-done": Reason.NOT_DONE,
}


def _stage(
    rows: Rows,
    rows_of_block: np.ndarray,
    context: Context,
    *,
    code: Coded,
    start: tuple[str, ...],
    stop: tuple[str, ...] = (),
    extra: dict | None = None,
) -> list[pa.RecordBatch]:
    """Stage one kind of event; `start` and `stop` name the fields that may tell the times."""
    micros, kinds = rows.times(*start)
    end, end_kinds = rows.times(*stop) if stop else (micros, np.zeros_like(kinds))
    status = rows.coded("status")
    reason = status.each(lambda s: _STATUS_REASON.get(s, 0), "uint8", 0)
    reason = np.where((reason == 0) & (kinds == text.BAD), Reason.BAD_TIME, reason)
    empty = code.each(lambda c: c.is_empty, "bool", True)
    return [
        batch(
            {
                **common(rows, context, rows_of_block),
                "reason": np.where((reason == 0) & empty, Reason.NO_CODE, reason).astype(np.uint8),
                "start": moments(micros, kinds),
                "stop": moments(end, end_kinds),
                "status": rows.words("status").arrow(),
                **(extra or {}),
                "flags": flag_column(time_flags(kinds)),
                "code": code_numbers(code, context.names),
            }
        )
    ]


def read_procedures(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage Procedures."""
    code = rows.objects("code").map(codes.plain)
    start = ("performedDateTime", "performedPeriod.start")
    return _stage(rows, rows_of_block, context, code=code, start=start, stop=("performedPeriod.end",))


def read_encounters(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage Encounters; one without a type is called by its class."""
    kind = rows.words("class.code")
    named = rows.objects("type").map(lambda types: codes.plain(codes.first(types)))
    values = [*named.values, *(Code(None, None, name) for name in kind.values)]
    fallback = np.where(kind.numbers >= 0, kind.numbers + len(named.values), -1)
    empty = named.each(lambda c: c.is_empty, "bool", True)
    code = Coded(np.where(empty, fallback, named.numbers), values)
    return _stage(
        rows,
        rows_of_block,
        context,
        code=code,
        start=("period.start",),
        stop=("period.end",),
        extra={"class": kind.arrow()},
    )


def read_reports(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage DiagnosticReports."""
    return _stage(
        rows,
        rows_of_block,
        context,
        code=rows.objects("code").map(codes.plain),
        start=("effectiveDateTime", "effectivePeriod.start", "issued"),
        stop=("effectivePeriod.end",),
        extra={"conclusion": rows.words("conclusion").arrow()},
    )


def read_images(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage ImagingStudies, named by description, or by modality and body site of the first series."""
    series = rows.objects("series").map(codes.first)
    modality = series.map(lambda s: _coding(s, "modality").code)
    described = rows.words("description").map(lambda text: Code(None, None, text))
    shown = series.map(_series_name)
    numbers = np.where(described.numbers >= 0, described.numbers, shown.numbers + len(described.values))
    numbers = np.where((described.numbers < 0) & (shown.numbers < 0), -1, numbers)
    code = filled_with(Coded(numbers, [*described.values, *shown.values]), Code(None, None, "Imaging study"))
    return _stage(
        rows,
        rows_of_block,
        context,
        code=code,
        start=("started",),
        extra={"modality": modality.arrow()},
    )


def read_immunizations(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage Immunizations."""
    code = rows.objects("vaccineCode").map(codes.plain)
    return _stage(rows, rows_of_block, context, code=code, start=("occurrenceDateTime",))


def filled_with(column: Coded, value: Code) -> Coded:
    """Return the column with a value where there is none."""
    return Coded(np.where(column.numbers < 0, len(column.values), column.numbers), [*column.values, value])


def _coding(series: object, name: str) -> Code:
    coding = series.get(name) if isinstance(series, dict) else None
    return codes.plain({"coding": [coding]}) if isinstance(coding, dict) else codes.NOTHING


def _series_name(series: object) -> Code:
    modality, site = _coding(series, "modality"), _coding(series, "bodySite")
    names = [name for name in (modality.display or modality.code, site.display) if name]
    return Code(modality.system, modality.code, ", ".join(names) or "Imaging study")
