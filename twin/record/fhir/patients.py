"""Who is the patient?"""

from typing import Any

import numpy as np
import pyarrow as pa

from twin.record.fhir import codes, columns
from twin.record.fhir.fields import Rows, parse
from twin.record.fhir.staging import Context, batch, common, flag_column
from twin.record.quality import Flag

_TEST_CODE = "HTEST"
_GENERATOR = "synthea"


def read_patients(rows: Rows, rows_of_block: np.ndarray, context: Context) -> list[pa.RecordBatch]:
    """Stage Patients, and note every name under which a reference may call them."""
    base = common(rows, context, rows_of_block)
    people = [_person(parse(rows.text(ends))) for ends in zip(rows.starts, rows.ends, strict=True)]
    _note_aliases(rows, rows_of_block, context, base["resource_id"].to_pylist(), people)
    births, kinds = _days([person["birth_date"] for person in people])
    deaths, death_kinds = _days([person["deceased"] for person in people])
    partial = np.isin(kinds, (columns.YEAR, columns.MONTH)) | np.isin(death_kinds, (columns.YEAR, columns.MONTH))
    return [
        batch(
            {
                **base,
                "reason": np.zeros(len(rows), np.uint8),
                **{name: pa.array([p[name] for p in people], pa.string()) for name in ("family", "given", "prefix")},
                "birth_date": births,
                "sex": pa.array([person["sex"] for person in people], pa.string()),
                "identifier": pa.array([person["identifier"] for person in people], pa.string()),
                "deceased": deaths,
                "is_deceased": np.array([person["is_deceased"] for person in people], bool),
                "is_synthetic": np.array([person["is_synthetic"] for person in people], bool),
                "identifiers": pa.array([person["identifiers"] for person in people], pa.list_(pa.string())),
                "flags": flag_column(np.where(partial, Flag.PARTIAL_DATE, 0)),
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


def _days(texts: list[str | None]) -> tuple[np.ndarray, np.ndarray]:
    """Read a few dates that may be partial."""
    joined = "".join(text or "" for text in texts).encode()
    data = np.frombuffer(bytearray(joined + bytes(16)), np.uint8)
    ends = np.cumsum([len((text or "").encode()) for text in texts], dtype=np.int64)
    spans = np.column_stack([np.concatenate([[0], ends[:-1]]), ends]).astype(np.int32)
    spans[[text is None for text in texts]] = -1
    micros, kinds = columns.times(data, spans)
    return np.where(kinds > columns.BAD, micros, np.iinfo(np.int64).min).view("M8[us]").astype("M8[D]"), kinds


def _person(resource: Any) -> dict[str, Any]:
    """Return what the record keeps of a Patient resource."""
    resource = resource if isinstance(resource, dict) else {}
    name = _best_name(resource.get("name"))
    identifiers = [i for i in _objects(resource.get("identifier")) if isinstance(i.get("value"), str) and i["value"]]
    gender, deceased = resource.get("gender"), resource.get("deceasedDateTime")
    return {
        "family": _text(name.get("family")) or _text(name.get("text")),
        "given": " ".join(_texts(name.get("given"))),
        "prefix": " ".join(_texts(name.get("prefix"))),
        "birth_date": _text(resource.get("birthDate")) or None,
        "sex": gender if gender in ("female", "male") else None,
        "identifier": _shown_identifier(identifiers),
        "deceased": _text(deceased) or None,
        "is_deceased": bool(_text(deceased)) or resource.get("deceasedBoolean") is True,
        "is_synthetic": _is_synthetic(resource, identifiers),
        "identifiers": [f"{_text(i.get('system'))}|{i['value']}" for i in identifiers],
    }


def _objects(values: Any) -> list[dict]:
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def _text(value: Any) -> str:
    return value.strip() if isinstance(value, str) else ""


def _texts(values: Any) -> list[str]:
    return [text for value in values if (text := _text(value))] if isinstance(values, list) else []


def _best_name(names: Any) -> dict:
    """Return the official name before the usual, and both before others."""
    order = {"official": 0, "usual": 1}
    found = [name for name in _objects(names) if name.get("use") != "old"] or _objects(names)
    return min(found, key=lambda name: order.get(name.get("use"), 2), default={})


def _shown_identifier(identifiers: list[dict]) -> str:
    """Return the medical record number, else the official identifier, else the first."""

    def rank(identifier: dict) -> int:
        if codes.status(identifier.get("type")) == "MR":
            return 0
        return {"official": 1, "usual": 2}.get(identifier.get("use"), 3)

    return min(identifiers, key=rank, default={"value": ""})["value"]


def _is_synthetic(resource: dict, identifiers: list[dict]) -> bool:
    """Say whether the source marks the patient as test data, by label or by the generator's own marks."""
    meta = resource.get("meta") if isinstance(resource.get("meta"), dict) else {}
    labels = [_text(label.get("code")) for key in ("security", "tag") for label in _objects(meta.get(key))]
    if any(label == _TEST_CODE or label.lower().startswith(_GENERATOR) for label in labels):
        return True
    systems = [_text(identifier.get("system")).lower() for identifier in identifiers]
    narrative = resource.get("text") if isinstance(resource.get("text"), dict) else {}
    return any(_GENERATOR in text for text in (*systems, _text(narrative.get("div")).lower()))
