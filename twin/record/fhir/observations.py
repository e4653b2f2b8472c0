"""What was measured, in which unit, when and how?"""

import numpy as np
import pyarrow as pa

from twin.errors import UnknownUnit
from twin.record.fhir import codes, text
from twin.record.fhir.codes import Code
from twin.record.fhir.fields import Coded, Rows, parse, unescape
from twin.record.fhir.staging import Context, Names, batch, code_numbers, common, flag_column, moments, take, time_flags
from twin.record.quality import Flag, Reason, convert
from twin.variables import Variable

_STATUS_REASON = {
    b"entered-in-error": Reason.ENTERED_IN_ERROR,
    b"cancelled": Reason.NOT_DONE,
}
_UNSURE = frozenset({b"preliminary", b"registered", b"unknown"})
_SOURCES = (None, "office", "home", "laboratory", "device", "stated")
_OFFICE, _HOME, _LABORATORY, _DEVICE, _STATED = range(1, 6)
_CATEGORY_SOURCE = {
    "laboratory": _LABORATORY,
    "LAB": _LABORATORY,
    "vital-signs": _OFFICE,
    "vital-sign": _OFFICE,
    "exam": _OFFICE,
    "imaging": _OFFICE,
    "procedure": _OFFICE,
    "therapy": _OFFICE,
    "survey": _STATED,
    "social-history": _STATED,
    "activity": _DEVICE,
}


def read_observations(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage the values of Observations and of their components."""
    base = common(rows, context, rows_of_block)
    status = rows.coded("status")
    time, kinds = rows.times("effectiveDateTime", "effectiveInstant", "effectivePeriod.start", "issued")
    measured = rows.has("effectiveDateTime") | rows.has("effectiveInstant") | rows.has("effectivePeriod.start")
    reason = status.each(lambda s: _STATUS_REASON.get(s, 0), "uint8", 0)
    timeless = np.select([kinds == text.BAD, kinds == text.MISSING], [Reason.BAD_TIME, Reason.NO_TIME], 0)
    shared = {
        "time": moments(time, kinds),
        "source": _sources(rows),
        "reason": np.where(reason > 0, reason, timeless),
        "flags": time_flags(kinds)
        | np.where(measured, 0, Flag.TIME_ISSUED)
        | np.where(status.each(_UNSURE.__contains__, "bool", False), Flag.PRELIMINARY, 0),
    }
    components = rows.elements("component") if rows.has("component").any() else None
    if components is None or not len(components):
        return [_staged(rows, base, shared, context.names)]
    has_value = rows.has("valueQuantity.value") | rows.has("valueCodeableConcept") | rows.has("valueString")
    own = np.flatnonzero(has_value | ~np.isin(np.arange(len(rows)), components.owners))
    values = _staged(rows.pick(own), take(base, own), {k: v[own] for k, v in shared.items()}, context.names)
    owners = components.owners
    parts = take(base, owners)
    firsts = np.searchsorted(owners, owners)
    parts["part"] = (np.arange(len(owners)) - firsts + 1).astype(np.int16)
    parts["first"], parts["last"] = components.starts, components.ends
    return [values, _staged(components, parts, {k: v[owners] for k, v in shared.items()}, context.names)]


def _sources(rows: Rows) -> np.ndarray:
    """Say how each value was taken: by category, and by who performed it."""
    source = rows.objects("category").each(_category_source, "uint8", _OFFICE)
    by_patient = rows.coded("performer").each(lambda p: b'"Patient/' in p or b'"RelatedPerson/' in p, "bool", False)
    source = np.where(by_patient & (source == _OFFICE), _HOME, source)
    return np.where(rows.has("device.reference") & (source == _STATED), _DEVICE, source)


def _category_source(categories: object) -> int:
    for category in categories if isinstance(categories, list) else [categories]:
        found = _CATEGORY_SOURCE.get(codes.status(category) or "")
        if found:
            return found
    return _OFFICE


def _staged(rows: Rows, base: dict, shared: dict, names: Names) -> pa.RecordBatch:
    """Return the staged rows of the values of `rows`."""
    code = rows.objects("code").map(codes.observation)
    number, unreadable = rows.numbers("valueQuantity.value", "valueInteger")
    words, unknown_answer = _texts(rows, code)
    has_text = words.numbers >= 0
    known = code.each(lambda c: isinstance(c.meaning, Variable) and c.meaning.kind == "quantity", "bool", False)
    value, unit, unit_reason, implausible = _canonical(rows, code, number, known)
    has_number = np.isfinite(number)
    absent = rows.has("dataAbsentReason")
    empty = ~has_number & ~has_text & ~unreadable
    reason = np.select(
        [
            shared["reason"] > 0,
            code.each(lambda c: c.is_empty, "bool", True),
            empty & absent,
            empty & ~rows.has("hasMember"),
            unreadable | (known & has_text & ~has_number),
            unknown_answer,
            unit_reason > 0,
        ],
        [
            shared["reason"],
            Reason.NO_CODE,
            Reason.DATA_ABSENT,
            Reason.NO_VALUE,
            Reason.NOT_A_NUMBER,
            Reason.UNKNOWN_ANSWER,
            unit_reason,
        ],
        Reason.NONE,
    ).astype(np.uint8)
    comparator = rows.has("valueQuantity.comparator")
    flags = shared["flags"] | np.where(implausible, Flag.IMPLAUSIBLE, 0) | np.where(comparator, Flag.CENSORED, 0)
    as_sent = known & (value == number)
    return batch(
        {
            **base,
            "reason": reason,
            "time": shared["time"],
            "variable": code.arrow(lambda c: c.meaning.name if c.meaning else None),
            "variable_order": code.each(lambda c: _order(c), "int16", -1),
            "value": value,
            "text": words.arrow(),
            "source": Coded(shared["source"].astype(np.int32), list(_SOURCES)).arrow(),
            "flags": flag_column(flags),
            "code": code_numbers(code, names),
            "sent_value": np.where(as_sent, np.nan, number),
            "sent_unit": Coded(np.where(as_sent, -1, unit.numbers), unit.values).arrow(),
        }
    )


def _order(code: Code) -> int:
    """Return the place of the code's variable in the registry."""
    order = list(codes.registry())
    return order.index(code.meaning.name) if isinstance(code.meaning, Variable) else -1


def _canonical(
    rows: Rows, code: Coded, number: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, Coded, np.ndarray, np.ndarray]:
    """Bring numbers to their variables' units.

    Returns
    -------
        Values (NaN where there is no variable), units as sent, reasons against, and which are implausible.
    """
    unit = rows.words("valueQuantity.code", "valueQuantity.unit")
    width = len(unit.values) + 1
    pairs = np.where(known & np.isfinite(number), code.numbers * width + unit.numbers + 1, -1)
    factor, offset = np.full(len(code.values) * width + 1, np.nan), np.zeros(len(code.values) * width + 1)
    against = np.zeros(len(factor), np.uint8)
    limits = np.full((len(factor), 4), np.nan)
    for pair in np.unique(pairs):
        if pair >= 0:
            variable = code.values[pair // width].meaning
            sent = unit.values[pair % width - 1] if pair % width else None
            limits[pair] = variable.hard_low, variable.hard_high, variable.plausible_low, variable.plausible_high
            try:
                factor[pair], offset[pair] = convert(variable, sent)
            except UnknownUnit:
                against[pair] = Reason.NO_UNIT if sent is None else Reason.UNKNOWN_UNIT
    value = number * factor[pairs] + offset[pairs]
    reason = against[pairs]
    hopeful = np.flatnonzero(reason == Reason.UNKNOWN_UNIT)
    if len(hopeful):
        _by_printed_unit(rows, code, number, hopeful, value, reason)
    low, high, plausible_low, plausible_high = limits[pairs].T
    reason = np.where((reason == 0) & ((value < low) | (value > high)), Reason.IMPOSSIBLE, reason)
    return value, unit, reason, (value < plausible_low) | (value > plausible_high)


def _by_printed_unit(
    rows: Rows, code: Coded, number: np.ndarray, chosen: np.ndarray, value: np.ndarray, reason: np.ndarray
) -> None:
    """Try the printed unit where the coded one is not known."""
    printed = rows.words("valueQuantity.unit")
    for row in chosen:
        if printed.numbers[row] < 0:
            continue
        try:
            factor, offset = convert(code.values[code.numbers[row]].meaning, printed.values[printed.numbers[row]])
        except UnknownUnit:
            continue
        value[row], reason[row] = number[row] * factor + offset, Reason.NONE


def _texts(rows: Rows, code: Coded) -> tuple[Coded, np.ndarray]:
    """Return what was answered in words, and which answers a category of ours does not know."""
    answers = rows.coded("valueCodeableConcept")
    strings = rows.coded("valueString", "valueBoolean")
    category = code.each(lambda c: isinstance(c.meaning, Variable) and c.meaning.kind == "category", "bool", False)
    if not len(answers.values) and not len(strings.values):
        return Coded(np.full(len(rows), -1, np.int32), []), category & False
    # Every pair of question and answer is read once.
    width = len(answers.values) + 1
    pairs, numbers = np.unique(code.numbers * width + answers.numbers + 1, return_inverse=True)
    meanings = [_answer(code, answers, int(pair), width) for pair in pairs]
    chosen = np.where(answers.numbers >= 0, numbers, -1)
    unknown = np.array([meaning is None for meaning in meanings])[numbers] & (answers.numbers >= 0)
    chosen = np.where(strings.numbers >= 0, strings.numbers + len(meanings), chosen).astype(np.int32)
    values = [meaning or "" for meaning in meanings] + [unescape(value) for value in strings.values]
    return Coded(chosen, values), unknown | (category & (strings.numbers >= 0))


def _answer(code: Coded, answers: Coded, pair: int, width: int) -> str | None:
    question, number = divmod(pair, width)
    if number == 0:
        return ""
    asked = code.values[question].meaning if question < len(code.values) and question >= 0 else None
    codeable = parse(answers.values[number - 1])
    if isinstance(asked, Variable) and asked.kind == "category":
        return codes.answer(codeable, asked.name).meaning
    told = codes.plain(codeable)
    return told.display or told.code or ""
