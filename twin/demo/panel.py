"""How is the demo panel written to a folder?"""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

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
from twin.errors import TwinError

Progress = Callable[[float, str], None]
SHARE_OF_SIMULATION = 0.4
HOME_PRESSURES = tuple(f"home_{name}" for name in PRESSURES)


class Cancelled(TwinError):
    """The panel was not finished, since somebody stopped it; nothing is left behind."""

    code = "TWN-E010"


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

    Equal `patients`, `seed` and `today` give equal files. Everybody is simulated from the project's own
    models and marked as test data.

    Parameters
    ----------
    out
        Folder; ``fhir/`` gets FHIR R4 NDJSON, one file a resource type, and ``truth/`` what is true beyond
        the record. Both are replaced.
    patients
        How many, 1 or more.
    seed
        Of the randomness, 0 or more.
    today
        The last day of the panel.
    progress
        Told the share that is done and what is being done.
    cancelled
        Asked often; once it says yes, what was written is removed.

    Raises
    ------
    Cancelled
        If `cancelled` said yes.
    """
    tell, is_cancelled = progress or (lambda _share, _text: None), cancelled or (lambda: False)
    rngs, ids = streams(seed, patients), Ids.of(patients=patients, seed=seed, today=today)
    course = run(
        patients,
        today=today,
        rngs=rngs,
        progress=lambda share: tell(SHARE_OF_SIMULATION * share, "Simulating patients"),
        cancelled=is_cancelled,
    )
    folders = [out / "fhir", out / "truth"]
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    try:
        if course is None:
            raise _stopped()
        return _write(out, course, ids, rngs, seed, today, tell, is_cancelled)
    except Cancelled:
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _stopped() -> Cancelled:
    return Cancelled("the demo panel was cancelled", clinical="The demo panel was not made. Nothing was changed.")


def _write(
    out: Path,
    course: Course,
    ids: Ids,
    rngs: Mapping[str, np.random.Generator],
    seed: int,
    today: date,
    tell: Progress,
    is_cancelled: Callable[[], bool],
) -> PanelSummary:
    values = report(course, biomarkers().names, rngs["record"])
    slips, values = choose(values, len(course.people), rngs["slips"])
    texts = visit_texts(course.people, course.visits, ids, rngs["record"])
    writer = ObservationWriter(texts, course.people, course.visits, ids)
    with open(out / "fhir" / "Observation.ndjson", "w", encoding="utf-8") as file:
        written = []
        for done, task in enumerate(_observation_tasks(writer, values, slips, written, course, rngs["record"])):
            task()
            file.write("".join(writer.lines))
            writer.lines.clear()
            tell(SHARE_OF_SIMULATION + 0.5 * done / len(values), "Writing measurements")
            if is_cancelled():
                raise _stopped()
    counts = {"Observation": writer.count}
    tell(0.92, "Writing problems and medicines")
    for kind, lines in _other_resources(course, ids, texts, writer, rngs["record"]).items():
        (out / "fhir" / f"{kind}.ndjson").write_text("".join(lines), encoding="utf-8")
        counts[kind] = len(lines)
    _write_truth(out / "truth", course, ids, written)
    tell(1.0, "Demo panel written")
    kinds = [slip.kind for slip in slips]
    return PanelSummary(
        out=out,
        patients=len(course.people),
        seed=seed,
        today=today,
        resources=sum(counts.values()),
        resources_by_type=dict(sorted(counts.items())),
        errors_by_kind={kind: kinds.count(kind) for kind in sorted(set(kinds))},
        regime_changes=len(truth.changed_people(course)),
    )


def _observation_tasks(
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
