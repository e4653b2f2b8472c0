"""How is the demo panel written to a folder?"""

import json
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from twin.demo import fhir_patients, truth
from twin.demo.course import Course, run, streams
from twin.demo.fhir_text import Ids
from twin.demo.fhir_values import (
    PRESSURES,
    ObservationWriter,
    VisitTexts,
    device_lines,
    encounter_lines,
    report_lines,
    visit_texts,
)
from twin.demo.people import CURRENT, NEVER
from twin.demo.reporting import Values, report
from twin.demo.settings import DAYS_PER_YEAR, biomarkers
from twin.demo.slips import Slip, choose
from twin.errors import BadFile, TwinError

Progress = Callable[[float, str], None]
SHARE_OF_SIMULATION = 0.4
SHARE_OF_MEASUREMENTS = 0.5
HOME_PRESSURES = tuple(f"home_{name}" for name in PRESSURES)
FOLDERS = ("fhir", "truth")
RECIPE = "truth/panel.json"  # marks a folder as a demo panel and says how it was made


class Cancelled(TwinError):
    """The panel was not finished, since somebody stopped it; nothing was changed."""

    code = "TWN-E020"


@dataclass(frozen=True, slots=True)
class PanelSummary:
    """What was written where."""

    out: Path
    patients: int
    seed: int
    today: date
    resources: int
    resources_by_type: Mapping[str, int]
    errors_by_kind: Mapping[str, int]  # put in on purpose
    regime_changes: int

    def to_json(self) -> dict:
        """Return the summary as plain data."""
        return {
            "out": str(self.out),
            "patients": self.patients,
            "seed": self.seed,
            "today": self.today.isoformat(),
            "resources": self.resources,
            "resources_by_type": dict(self.resources_by_type),
            "errors_by_kind": dict(self.errors_by_kind),
            "regime_changes": self.regime_changes,
        }


@dataclass(frozen=True, slots=True)
class _Job:
    """What is asked for, and who listens."""

    patients: int
    seed: int
    today: date
    tell: Progress
    is_cancelled: Callable[[], bool]

    def go_on(self, share: float, text: str) -> None:
        """Say how far it is, and end it if it was cancelled."""
        self.tell(share, text)
        if self.is_cancelled():
            raise Cancelled(
                "the demo panel was cancelled", clinical="The demo panel was not made. Nothing was changed."
            )


def write_panel(
    out: Path,
    *,
    patients: int = 500,
    seed: int = 1,
    today: date,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> PanelSummary:
    """Write synthetic patients of a cardio-metabolic-renal clinic over 12 years.

    Equal `patients`, `seed` and `today` give equal files, and everybody is marked as test data. People's levels
    without treatment come from NHANES by sex and age (``data/demo/nhanes.csv``), their variation from
    ``data/variation.csv``, the effects of treatments from the evidence cards. A clinic's panel is not the general
    population, on purpose: far more diabetes, kidney disease and disease of the arteries. Only its part without
    diabetes and kidney disease stands near NHANES.

    Parameters
    ----------
    out
        Folder; ``fhir/`` gets FHIR R4 NDJSON, one file a resource type, and ``truth/`` what is true beyond
        the record. An earlier panel there is replaced once the new one is complete.
    patients
        How many, 1 or more.
    seed
        Of the randomness, 0 or more.
    today
        The last day of the panel.
    progress
        Told the share that is done and what is being done.
    cancelled
        Asked often; once it says yes, nothing is changed.

    Raises
    ------
    Cancelled
        If `cancelled` said yes.
    BadFile
        If the folder holds a ``fhir`` or ``truth`` that is not a demo panel.
    """
    job = _Job(patients, seed, today, progress or (lambda _share, _text: None), cancelled or (lambda: False))
    _refuse_foreign(out)
    rngs = streams(seed, patients)
    course = run(
        patients,
        today=today,
        rngs=rngs,
        go_on=lambda share: job.go_on(SHARE_OF_SIMULATION * share, "Simulating patients"),
    )
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix="part-", dir=out) as folder:
        part = Path(folder)
        summary = _write(part, out, course, rngs, job)
        (part / RECIPE).write_text(json.dumps(summary.to_json(), indent=1), encoding="utf-8")
        for name in FOLDERS:
            shutil.rmtree(out / name, ignore_errors=True)
            (part / name).rename(out / name)
    job.tell(1.0, "Demo panel written")
    return summary


def _refuse_foreign(out: Path) -> None:
    """Refuse a folder whose ``fhir`` or ``truth`` this module did not write, since it would be replaced."""
    taken = [name for name in FOLDERS if (out / name).exists()]
    if taken and not (out / RECIPE).exists():
        raise BadFile(
            f"{', '.join(taken)} in the output folder was not written by the demo panel",
            clinical=f"The folder already holds “{taken[0]}”, which is not a demo panel. Choose another folder.",
        )


def _write(part: Path, out: Path, course: Course, rngs: Mapping[str, np.random.Generator], job: _Job) -> PanelSummary:
    for name in FOLDERS:
        (part / name).mkdir()
    ids = Ids.of(patients=job.patients, seed=job.seed, today=job.today)
    values = report(course, biomarkers().names, rngs["record"])
    slips, values = choose(values, job.patients, rngs["slips"])
    texts = visit_texts(course.people, course.visits, ids, rngs["record"])
    writer = ObservationWriter(texts, course.people, course.visits, ids)
    written: list[tuple[Slip, str]] = []
    with open(part / "fhir" / "Observation.ndjson", "w", encoding="utf-8") as file:
        for done, step in enumerate(_steps(writer, values, slips, written, course, rngs["record"])):
            step()
            file.write("".join(writer.lines))
            writer.lines.clear()
            job.go_on(SHARE_OF_SIMULATION + SHARE_OF_MEASUREMENTS * done / len(values), "Writing measurements")
    counts = {"Observation": writer.count}
    for kind, lines in _other_resources(course, ids, texts, writer, rngs["record"]).items():
        (part / "fhir" / f"{kind}.ndjson").write_text("".join(lines), encoding="utf-8")
        counts[kind] = len(lines)
    job.go_on(SHARE_OF_SIMULATION + SHARE_OF_MEASUREMENTS, "Writing what is true")
    _write_truth(part / "truth", course, ids, written)
    kinds = [slip.kind for slip in slips]
    return PanelSummary(
        out=out,
        patients=job.patients,
        seed=job.seed,
        today=job.today,
        resources=sum(counts.values()),
        resources_by_type=dict(sorted(counts.items())),
        errors_by_kind={kind: kinds.count(kind) for kind in sorted(set(kinds))},
        regime_changes=len(truth.changed_people(course)),
    )


def _steps(
    writer: ObservationWriter,
    values: Mapping[str, Values],
    slips: list[Slip],
    written: list[tuple[Slip, str]],
    course: Course,
    rng: np.random.Generator,
) -> Iterator[Callable[[], None]]:
    """Yield the steps of writing the observations; `written` receives each slip with its id."""
    for name, column in values.items():
        if name not in (*PRESSURES, *HOME_PRESSURES):
            yield partial(writer.write, name, column)
    yield lambda: writer.write_pressures(*(values[name] for name in PRESSURES))
    yield lambda: writer.write_home_weeks(*(values[name] for name in HOME_PRESSURES))
    yield lambda: writer.write_smoking(*_smoking(course, rng))
    yield lambda: written.extend((slip, writer.write_slip(slip)) for slip in slips)


def _smoking(course: Course, rng: np.random.Generator) -> tuple[np.ndarray, list[str]]:
    """Return the visits at which smoking was asked, about once a year, and the answers."""
    visits, people = course.visits, course.people
    asked_at, rows = np.full(len(people), -np.inf), []
    for row, (person, day) in enumerate(zip(visits.person.tolist(), visits.day.tolist(), strict=True)):
        if day - asked_at[person] >= 0.9 * DAYS_PER_YEAR:
            asked_at[person] = day
            rows.append(row)
    rows = np.array(rows)
    who, day = visits.person[rows], visits.day[rows]
    smoking = people.smoking[who]
    smokes = (smoking == CURRENT) & ~(people.quit_day[who] <= day)
    answers = np.where(smoking == NEVER, "never", np.where(smokes, "current", "former"))
    return rows, np.where(rng.random(len(rows)) < 0.01, "unknown", answers).tolist()


def _other_resources(
    course: Course, ids: Ids, texts: VisitTexts, writer: ObservationWriter, rng: np.random.Generator
) -> dict[str, list[str]]:
    encounters = encounter_lines(texts, course.visits, ids)
    encounters += fhir_patients.hospital_lines(course, ids, first_counter=len(encounters))
    return {
        "Patient": fhir_patients.people_lines(course, ids),
        "Encounter": encounters,
        "Condition": fhir_patients.condition_lines(course, ids),
        "MedicationRequest": fhir_patients.medication_lines(course, ids),
        "AllergyIntolerance": fhir_patients.allergy_lines(course, ids, rng),
        "Procedure": fhir_patients.procedure_lines(course, ids, rng),
        "Immunization": fhir_patients.immunization_lines(course, ids, rng),
        "DiagnosticReport": report_lines(texts, course.visits, ids, writer.of_laboratory),
        "Device": device_lines(ids),
    }


def _write_truth(folder: Path, course: Course, ids: Ids, slips: list[tuple[Slip, str]]) -> None:
    truth.write_patients(folder / "patients.csv", course, ids)
    truth.write_therapies(folder / "therapies.csv", course, ids)
    truth.write_responses(folder / "responses.csv", course, ids)
    truth.write_levels(folder / "levels.csv", course, ids)
    truth.write_regime_changes(folder / "regime_changes.csv", course, ids)
    truth.write_errors(folder / "errors.csv", slips, course, ids)
