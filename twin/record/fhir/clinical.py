"""Which problems and allergies does the patient have?"""

import numpy as np
import pyarrow as pa

from twin.record.fhir import codes, text
from twin.record.fhir.fields import Coded, Rows
from twin.record.fhir.staging import (
    Context,
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

_VERIFICATION_REASON = {"entered-in-error": Reason.ENTERED_IN_ERROR, "refuted": Reason.REFUTED}
_UNSURE = frozenset({"unconfirmed", "provisional", "differential"})
_ENDED = frozenset({"inactive", "remission", "resolved"})


def read_conditions(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage Conditions.

    A condition that ended on an unknown day counts as ended on the last day on which something is known of
    it: recorded, begun or last updated.
    """
    base = common(rows, context, rows_of_block)
    code = rows.objects("code").map(codes.condition)
    clinical = rows.objects("clinicalStatus").map(codes.status)
    verification = rows.objects("verificationStatus").map(codes.status)
    onset, onset_kinds = rows.times("onsetDateTime", "onsetPeriod.start", "recordedDate")
    recorded, recorded_kinds = rows.times("recordedDate")
    end, end_kinds = rows.times("abatementDateTime", "abatementPeriod.end")
    has_onset = rows.has("onsetDateTime") | rows.has("onsetPeriod.start")
    lost_end = clinical.each(_ENDED.__contains__, "bool", False) & (end_kinds <= text.BAD)
    told = days(recorded, recorded_kinds), days(onset, onset_kinds), base["updated"].astype("M8[D]")
    last_known = np.fmax.reduce(told)
    last_known = np.where(np.isnat(last_known), np.datetime64(0, "D"), last_known)
    columns_ = {
        **base,
        "reason": _reason(code, verification),
        "onset": days(onset, onset_kinds),
        "abated": np.where(lost_end, last_known, days(end, end_kinds)),
    }
    flags = (
        time_flags(onset_kinds)
        | np.where(has_onset | (onset_kinds <= text.BAD), 0, Flag.RECORDED_DATE)
        | np.where(lost_end, Flag.END_UNKNOWN, 0)
        | np.where(verification.each(_UNSURE.__contains__, "bool", False), Flag.PRELIMINARY, 0)
    )
    rows_, part = spread(code)
    code = code[rows_]
    return [
        batch(
            {
                **take(columns_, rows_),
                "part": part,
                "concept": meanings(code, part, str),
                "status": clinical[rows_].arrow(),
                "flags": flag_column(flags[rows_]),
                "code": code_numbers(code, context.names),
            }
        )
    ]


def _reason(code: Coded, verification: Coded) -> np.ndarray:
    """Return why a problem or an allergy is set aside."""
    said = verification.each(lambda s: _VERIFICATION_REASON.get(s, 0), "uint8", 0)
    empty = code.each(lambda c: c.is_empty, "bool", True)
    return np.where((said == 0) & empty, Reason.NO_CODE, said).astype(np.uint8)


def read_allergies(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage AllergyIntolerances, the statement that there are none among them."""
    code = rows.objects("code").map(lambda codeable: codes.answer(codeable, "allergy"))
    clinical = rows.objects("clinicalStatus").map(codes.status)
    verification = rows.objects("verificationStatus").map(codes.status)
    reaction = rows.objects("reaction").map(_reactions)
    criticality = rows.words("criticality")
    return [
        batch(
            {
                **common(rows, context, rows_of_block),
                "reason": _reason(code, verification),
                "is_none": code.each(lambda c: c.meaning == "none", "bool", False),
                "is_active": ~clinical.each(_ENDED.__contains__, "bool", False),
                "reaction": filled(reaction).arrow(),
                "criticality": filled(criticality).arrow(),
                "flags": flag_column(
                    np.where(verification.each(_UNSURE.__contains__, "bool", False), Flag.PRELIMINARY, 0)
                ),
                "code": code_numbers(code, context.names),
            }
        )
    ]


def filled(column: Coded) -> Coded:
    """Return the column with an empty text where there is none."""
    return Coded(np.where(column.numbers < 0, len(column.values), column.numbers), [*column.values, ""])


def _reactions(reactions: object) -> str:
    found = []
    for reaction in reactions if isinstance(reactions, list) else ():
        manifestations = reaction.get("manifestation") if isinstance(reaction, dict) else None
        for manifestation in manifestations if isinstance(manifestations, list) else ():
            display = codes.plain(manifestation).display
            if display and display not in found:
                found.append(display)
    return ", ".join(found)
