"""Who is the patient?"""

from typing import Any

import numpy as np
import pyarrow as pa

from twin.record.fhir import codes, text
from twin.record.fhir.fields import Rows, parse, parse_mended
from twin.record.fhir.staging import Context, batch, common, days, flag_column
from twin.record.quality import Flag

_TEST_CODE = b"HTEST"
_GENERATOR = b"synthea"


def read_patients(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage Patients, and note every name under which a reference may call them."""
    base = common(rows, context, rows_of_block)
    people = [_person(rows.text(ends)) for ends in zip(rows.starts, rows.ends, strict=True)]
    _note_aliases(rows, rows_of_block, context, base["resource_id"].to_pylist(), people)
    birth, kinds = rows.times("birthDate")
    death, death_kinds = rows.times("deceasedDateTime")
    partial = np.isin(kinds, (text.YEAR, text.MONTH)) | np.isin(death_kinds, (text.YEAR, text.MONTH))
    flags = np.where(partial, Flag.PARTIAL_DATE, 0) | np.where(kinds == text.BAD, Flag.BIRTH_UNUSABLE, 0)
    flags |= np.where([person["is_damaged"] for person in people], Flag.TEXT_DAMAGED, 0)
    return [
        batch(
            {
                **base,
                "reason": np.zeros(len(rows), np.uint8),
                **{name: pa.array([p[name] for p in people], pa.string()) for name in ("family", "given", "prefix")},
                "birth_date": days(birth, kinds),
                "sex": pa.array([person["sex"] for person in people], pa.string()),
                "identifier": pa.array([person["identifier"] for person in people], pa.string()),
                "deceased": days(death, death_kinds),
                "is_deceased": np.array([person["is_deceased"] for person in people], bool),
                "is_synthetic": np.array([person["is_synthetic"] for person in people], bool),
                "identifiers": pa.array([person["identifiers"] for person in people], pa.list_(pa.string())),
                "flags": flag_column(flags),
            }
        )
    ]


def _note_aliases(rows: Rows, rows_of_block: np.ndarray, context: Context, ids: list[str], people: list[dict]) -> None:
    for row, (identity, person) in enumerate(zip(ids, people, strict=True)):
        url = context.urls[rows_of_block[row]]
        if url[0] >= 0:
            context.result.aliases[rows.text(url)] = identity
        for identifier in person["identifiers"]:
            context.result.aliases[b"?" + identifier.encode()] = identity


def _person(text: bytes) -> dict[str, Any]:
    """Return what the record keeps of a Patient resource."""
    told = parse(text)
    resource = _object(parse_mended(text) if told is None else told)
    name = _best_name(_objects(resource.get("name")))
    identifiers = [i for i in _objects(resource.get("identifier")) if isinstance(i.get("value"), str) and i["value"]]
    gender = resource.get("gender")
    return {
        "family": _text(name.get("family")) or _text(name.get("text")),
        "given": " ".join(_texts(name.get("given"))),
        "prefix": " ".join(_texts(name.get("prefix"))),
        "sex": gender if gender in ("female", "male") else None,
        "identifier": min(identifiers, key=_rank)["value"] if identifiers else "",
        "is_deceased": bool(_text(resource.get("deceasedDateTime"))) or resource.get("deceasedBoolean") is True,
        # Most records have no such word at all, which is soon seen.
        "is_synthetic": (_TEST_CODE in text or _GENERATOR in text.lower()) and _is_synthetic(resource),
        "is_damaged": told is None,
        "identifiers": [f"{_text(i.get('system'))}|{i['value']}" for i in identifiers],
    }


def _object(value: Any) -> dict:
    return value if isinstance(value, dict) else {}


def _objects(values: Any) -> list[dict]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(values: Any) -> list[str]:
    return [text for value in values if (text := _text(value))] if isinstance(values, list) else []


def _best_name(names: list[dict]) -> dict:
    """Return the official name before the usual, both before others, and a former name last."""
    order = {"official": 0, "usual": 1, "old": 3}
    return min(names, key=lambda name: order.get(str(name.get("use")), 2)) if names else {}


def _rank(identifier: dict) -> int:
    """Return the place of an identifier: the medical record number first, then official ones."""
    if codes.status(identifier.get("type")) == "MR":
        return 0
    return {"official": 1, "usual": 2}.get(str(identifier.get("use")), 3)


def _is_synthetic(resource: dict) -> bool:
    """Say whether the source marks the patient as test data, by label or by the generator's own marks."""
    meta, generator = _object(resource.get("meta")), _GENERATOR.decode()
    labels = [_text(label.get("code")) for key in ("security", "tag") for label in _objects(meta.get(key))]
    if any(label == _TEST_CODE.decode() or label.lower().startswith(generator) for label in labels):
        return True
    systems = [_text(identifier.get("system")) for identifier in _objects(resource.get("identifier"))]
    narrative = _text(_object(resource.get("text")).get("div"))
    return any(generator in told.lower() for told in (*systems, narrative))
