"""Which twins must be fitted again because their data changed, and what is kept of the others?

What is kept of a patient holds until a value, a medicine, a problem or a correction of that patient changes, until
the model changes, or until it is `KEPT_DAYS` old: with the days the level drifts and another year lies behind.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import orjson

from twin.data_files import DATA
from twin.physiology.longitudinal import ADULT_YEARS, Twin, default_parameters, fit_panel, why_withheld
from twin.proof.hindcast import HIDE_DAYS, Hindcasts, hindcast
from twin.record.patient import Patient
from twin.record.store import Store
from twin.record.twins import KeptTwin, data_versions, keep_twins, kept_twins

KEPT_DAYS = 30
BLOCK = 100  # patients fitted and kept at a time: how finely one sees progress and can cancel
DIGITS = 6  # of what is kept of each forecast
SCORED = ("centre", "band", "error", "crps")  # of `Hindcasts`
_CODE = Path(__file__).resolve().parents[1]
_RESTS_ON = (
    *sorted((DATA / "longitudinal").glob("*.csv")),
    *sorted((DATA / "evidence").glob("*.toml")),
    *(DATA / name for name in ("therapies.csv", "variables.csv", "conversions.csv")),
    *sorted((_CODE / "physiology" / "longitudinal").glob("*.py")),
    *(_CODE / "proof" / f"{name}.py" for name in ("hindcast", "kept_twins", "naive", "panel_card", "scoring")),
)
"""What decides what a fit and a count find, beside the patients."""


@cache
def model_version() -> str:
    """Return a digest of the hyperparameters, the evidence and the code: nobody has to remember to raise a number."""
    digest = hashlib.sha256()
    for path in _RESTS_ON:
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is kept of a panel, and for whom it still holds."""

    versions: Mapping[str, str]  # digest of the data of every patient asked for
    kept: Mapping[str, KeptTwin]
    holds: frozenset[str]

    @property
    def stale(self) -> tuple[str, ...]:
        """Return who must be fitted again."""
        return tuple(one for one in self.versions if one not in self.holds)

    def current(self) -> tuple[KeptTwin, ...]:
        """Return what holds."""
        return tuple(self.kept[one] for one in self.versions if one in self.holds)


def standing(store: Store, *, on: date, ids: Sequence[str] | None = None) -> Standing:
    """Look what is kept, and compare it with the data as they are.

    Parameters
    ----------
    on
        The day that counts as today.
    ids
        Which patients; all unless given.
    """
    versions = data_versions(store, on=on, variables=default_parameters().variables, ids=ids)
    kept = kept_twins(store, ids)
    holds = frozenset(one for one, version in versions.items() if one in kept and _holds(kept[one], version, on))
    return Standing(versions, kept, holds)


def _holds(kept: KeptTwin, version: str, on: date) -> bool:
    same = kept.data_version == version and kept.model_version == model_version()
    return same and timedelta(0) <= on - kept.fitted_on < timedelta(days=KEPT_DAYS)


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What came of bringing kept twins up to date; numbers of patients."""

    n: int
    kept: int
    refreshed: int
    cancelled: bool


def refresh(
    store: Store,
    *,
    on: date,
    ids: Sequence[str] | None = None,
    progress: Callable[[float, str], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Refreshed:
    """Fit the twins whose data changed, and keep what was found, block by block.

    Each row stands alone, so that what is done before a cancellation stays. The data are read after their digest:
    a change in between makes the row stale again, never a stale row current.
    """
    before = standing(store, on=on, ids=ids)
    stale = before.stale
    done = 0
    for first in range(0, len(stale), BLOCK):
        if progress:
            progress(first / len(stale), f"Fitting twins, {first:,} of {len(stale):,}")
        if cancelled and cancelled():
            break
        block = stale[first : first + BLOCK]
        keep_twins(store, list(_fitted(store.patients(block), before.versions, on)))
        done += len(block)
    return Refreshed(len(before.versions), len(before.holds), done, done < len(stale))


def _fitted(patients: Sequence[Patient], versions: Mapping[str, str], on: date) -> Iterator[KeptTwin]:
    """Fit so many twins and yield what is kept of each."""
    now = datetime.now(UTC).replace(tzinfo=None)
    forecasts = hindcast(patients, on=on)
    for place, (patient, twin) in enumerate(zip(patients, fit_panel(patients, on=on), strict=True)):
        result = orjson.dumps(_result(patient, twin, forecasts, place), option=orjson.OPT_SERIALIZE_NUMPY).decode()
        yield KeptTwin(patient.id, on, versions[patient.id], model_version(), now, twin.in_sync, result)


def _result(patient: Patient, twin: Twin, forecasts: Hindcasts, place: int) -> dict:
    """Lay out what is kept: why numbers are withheld, levels now, and how the last year was forecast."""
    part = forecasts.of(place)
    age_then = patient.age_years(twin.on - timedelta(days=HIDE_DAYS))
    if age_then is not None and age_then < ADULT_YEARS:  # the twin was not for this patient then
        part = slice(0, 0)
    return {
        "reason": twin.out_of_sync_reason,
        "withheld": why_withheld(patient, twin),
        "levels": {name: twin.level(name) for name in twin.variables},
        "variable": [forecasts.parameters.variables[column] for column in forecasts.column[part]],
        "time": forecasts.time[part].astype(np.int64),
        "value": forecasts.value[part],
        **{name: np.round(getattr(forecasts, name)[part], DIGITS) for name in SCORED},
    }


def read_result(kept: KeptTwin) -> dict:
    """Return what is kept of a patient as plain data; see `_result`."""
    return orjson.loads(kept.result)


def out_of_sync(kept: Iterable[KeptTwin]) -> dict[str, str]:
    """Return why, by patient, for those whose numbers are withheld because the twin is out of sync."""
    results = {one.patient_id: read_result(one) for one in kept if not one.in_sync}
    return {patient: found["reason"] for patient, found in results.items() if found["reason"] in found["withheld"]}
