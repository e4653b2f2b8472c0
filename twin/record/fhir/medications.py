"""Which drugs does the patient take, how much a day, from when to when?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from twin.record.fhir import codes, text
from twin.record.fhir.codes import Code
from twin.record.fhir.fields import Coded, Rows, parse
from twin.record.fhir.staging import (
    Context,
    Names,
    batch,
    code_numbers,
    common,
    days,
    flag_column,
    meanings,
    spread,
    take,
    time_flags,
)
from twin.record.quality import Flag, Reason

_STATUS_REASON = {
    b"entered-in-error": Reason.ENTERED_IN_ERROR,
    b"cancelled": Reason.NOT_DONE,
    b"draft": Reason.NOT_DONE,
    b"intended": Reason.NOT_DONE,
    b"not-taken": Reason.NOT_DONE,
    b"not-done": Reason.NOT_DONE,
}
_PLANNED = frozenset({b"proposal", b"plan", b"option"})
_ENDED = frozenset({b"stopped", b"completed", b"ended"})
_MG = {"mg": 1.0, "MG": 1.0, "g": 1000.0, "ug": 0.001, "mcg": 0.001, "µg": 0.001}
_DAYS = {"h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.4375, "a": 365.25, "min": 1 / 1440}
_CONTAINED, _ELSEWHERE = b"#", b"@"  # what a drug that is not in the resource itself is marked with


@dataclass(frozen=True, slots=True)
class Dosage:
    """What a dosage says: amount a day, counted in mg or in tablets, and the day it ends."""

    mg: float | None = None
    units: float | None = None
    end: date | None = None
    as_needed: bool = False


NO_DOSAGE = Dosage()


def dosage(instructions: Any) -> Dosage:
    """Read dosage instructions; several that run together add up."""
    mg = units = None
    end, as_needed = None, False
    for instruction in instructions if isinstance(instructions, list) else [instructions]:
        if not isinstance(instruction, dict):
            continue
        repeat = _object(_object(instruction.get("timing")).get("repeat"))
        end = end or _day(_object(repeat.get("boundsPeriod")).get("end"))
        as_needed |= bool(instruction.get("asNeededBoolean") or instruction.get("asNeededCodeableConcept"))
        rate = _object(codes.first(instruction.get("doseAndRate"))) or instruction
        quantity = _object(rate.get("doseQuantity"))
        times = _times_a_day(repeat)
        if times is None or not _is_number(quantity.get("value")):
            continue
        scale = _MG.get(str(quantity.get("code") or quantity.get("unit")))
        if scale is not None:
            mg = (mg or 0.0) + quantity["value"] * scale * times
        else:
            units = (units or 0.0) + quantity["value"] * times
    return Dosage(mg, units, end, as_needed)


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _times_a_day(repeat: dict) -> float | None:
    frequency, period = repeat.get("frequency", 1), repeat.get("period")
    days_in_unit = _DAYS.get(str(repeat.get("periodUnit")))
    if days_in_unit is None or not _is_number(period) or not _is_number(frequency) or period <= 0:
        return None
    return frequency / (period * days_in_unit)


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text[:10])
    except (TypeError, ValueError):
        return None


@dataclass(slots=True)
class Pending:
    """Medication rows of a block whose drugs may stand in another block."""

    base: dict
    reason: np.ndarray
    drug: Coded  # text of a coded concept, or a marked reference
    dosage: Coded
    start: np.ndarray
    stop: np.ndarray
    status: Coded
    flags: np.ndarray
    kind: str

    def finish(self, drugs: dict[bytes, bytes], names: Names) -> pa.RecordBatch:
        """Return the staged rows, one an ingredient, now that every Medication is known."""
        code = self.drug.map(lambda drug: _resolve(drug, drugs))
        lost = self.drug.each(lambda drug: drug[:1] == _ELSEWHERE and drug[1:] not in drugs, "bool", False)
        rows, part = spread(code)
        code, base = code[rows], take(self.base, rows)
        base["part"] = part
        dose, assumed = self._doses(code, rows, part)
        flags = self.flags[rows] | np.where(lost[rows], Flag.DRUG_UNKNOWN, 0)
        reason = np.where(self.reason > 0, self.reason, np.where(self.drug.numbers < 0, Reason.NO_CODE, 0))[rows]
        empty = code.each(lambda c: c.is_empty, "bool", True) & ~lost[rows]
        return batch(
            {
                **base,
                "reason": np.where((reason == 0) & empty, Reason.NO_CODE, reason).astype(np.uint8),
                "ingredient": meanings(code, part, lambda i: i.name),
                "drug_class": meanings(code, part, lambda i: i.drug_class),
                "dose_mg": dose,
                "start": self.start[rows],
                "stop": self.stop[rows],
                "status": self.status[rows].arrow(),
                "kind": Coded(np.zeros(len(rows), np.int32), [self.kind]).arrow(),
                "flags": flag_column(flags | np.where(assumed, Flag.DOSE_ASSUMED, 0)),
                "code": code_numbers(code, names),
            }
        )

    def _doses(self, code: Coded, rows: np.ndarray, part: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the daily dose of each row in mg, and where one unit a day was taken for it."""
        dose, assumed = np.full(len(rows), np.nan), np.zeros(len(rows), bool)
        known = np.array([bool(c.meaning) for c in code.values] + [False])[code.numbers]
        for row in np.flatnonzero(known):
            meaning = code.values[code.numbers[row]].meaning
            number = self.dosage.numbers[rows[row]]
            told = self.dosage.values[number] if number >= 0 else NO_DOSAGE
            strength = meaning[part[row]].strength_mg
            if told.mg is not None and len(meaning) == 1:
                dose[row] = told.mg
            elif strength is not None and not told.as_needed:
                assumed[row] = told.units is None
                dose[row] = strength * (told.units if told.units is not None else 1.0)
        return dose, assumed


def _resolve(drug: bytes, drugs: dict[bytes, bytes]) -> Code:
    told = drugs.get(drug[1:], b"null") if drug[:1] == _ELSEWHERE else drug
    return codes.drug(parse(told))


def read_drugs(rows: Rows, rows_of_block: np.ndarray, context: Context) -> None:
    """Note what each Medication resource is, under its id and its full URL."""
    code, ids = rows.coded("code"), rows.ids()[0].to_pylist()
    for row, url in enumerate(context.urls[rows_of_block]):
        told = code.values[code.numbers[row]] if code.numbers[row] >= 0 else b"null"
        context.result.drugs[ids[row].encode()] = told
        if url[0] >= 0:
            context.result.drugs[drug_key(rows.text(url))] = told


def drug_key(reference: bytes) -> bytes:
    """Return the last part of a reference to a Medication, under which it is noted."""
    return reference.rsplit(b"/_history", 1)[0].rsplit(b"/", 1)[-1].rsplit(b":", 1)[-1]


def _drugs(rows: Rows) -> Coded:
    """Return what each row is a course of: a coded concept, or a marked reference to one."""
    direct = rows.coded("medicationCodeableConcept")
    if (direct.numbers >= 0).all():
        return direct
    references = rows.span("medicationReference.reference")
    contained = rows.span("contained")
    numbers, values = direct.numbers.copy(), list(direct.values)
    for row in np.flatnonzero((numbers < 0) & (references[:, 0] >= 0)):
        reference = rows.text(references[row])
        numbers[row] = len(values)
        if reference[:1] == _CONTAINED:
            values.append(_contained(rows, contained[row], reference[1:]))
        else:
            values.append(_ELSEWHERE + drug_key(reference))
    return Coded(numbers, values)


def _contained(rows: Rows, span: np.ndarray, name: bytes) -> bytes:
    resources = parse(rows.text(span)) if span[0] >= 0 else None
    for resource in resources if isinstance(resources, list) else ():
        if isinstance(resource, dict) and str(resource.get("id", "")).lstrip("#").encode() == name:
            return orjson.dumps(resource.get("code"))
    return b"null"


def read_medications(kind: str) -> Callable[[Rows, np.ndarray, Context], list[pa.RecordBatch]]:
    """Return what reads MedicationRequests, MedicationStatements or MedicationAdministrations.

    Their rows wait in ``context.result.pending`` until every Medication they may refer to is known.
    """

    def read(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
        told = rows.objects("dosageInstruction", "dosage").map(dosage)
        start, start_kinds = rows.times("effectivePeriod.start", "effectiveDateTime", "authoredOn", "dateAsserted")
        stop, stop_kinds = rows.times("effectivePeriod.end", "dispenseRequest.validityPeriod.end")
        first, last = days(start, start_kinds), days(stop, stop_kinds)
        last = np.where(np.isnat(last), told.each(lambda d: d.end, "M8[D]", np.datetime64("NaT")), last)
        status = rows.coded("status")
        if kind == "administration":  # given once, on that day
            once = np.isnat(last)
            last = np.where(once, first + np.timedelta64(1, "D"), last)
        ended = status.each(_ENDED.__contains__, "bool", False) & np.isnat(last)
        known = np.where(np.isnat(first), np.datetime64(0, "D"), first)
        planned = rows.coded("intent").each(_PLANNED.__contains__, "bool", False)
        reason = np.where(planned, Reason.NOT_DONE, status.each(lambda s: _STATUS_REASON.get(s, 0), "uint8", 0))
        context.result.pending.append(
            Pending(
                base=common(rows, context, rows_of_block),
                reason=np.where((reason == 0) & (start_kinds == text.BAD), Reason.BAD_TIME, reason),
                drug=_drugs(rows),
                dosage=told,
                start=first,
                stop=np.where(ended, known, last),
                status=status.map(bytes.decode),
                flags=time_flags(start_kinds) | np.where(ended, Flag.END_UNKNOWN, 0),
                kind=kind,
            )
        )
        return []

    return read
