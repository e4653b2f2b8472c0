"""What is true of the panel, beyond what its record says?"""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from twin.demo.course import Course
from twin.demo.fhir_text import Ids, iso_day, iso_days
from twin.demo.regime import STEROID
from twin.demo.settings import biomarkers
from twin.demo.slips import Slip

LEVELS = (
    "systolic_bp",
    "diastolic_bp",
    "weight",
    "ldl_cholesterol",
    "hdl_cholesterol",
    "triglycerides",
    "hba1c",
    "egfr",
    "uacr",
    "potassium",
)


def _write(path: Path, header: str, rows: Iterable[Iterable[object]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header.split(","))
        writer.writerows(rows)


def write_therapies(path: Path, course: Course, ids: Ids) -> None:
    """Write every course: what, when, why, and how many of its doses are taken."""
    start = course.people.start
    _write(
        path,
        "patient_id,medication_id,therapy,ingredient,drug_class,start,stop,reason,reason_text,stop_text,adherence",
        (
            (
                ids.id("Patient", c.person),
                ids.id("MedicationRequest", c.person, counter),
                c.drug.name,
                c.drug.ingredient,
                c.drug.drug_class,
                iso_day(start, c.start),
                "" if c.stop is None else iso_day(start, c.stop),
                c.reason,
                c.reason_text,
                c.stop_text,
                f"{c.adherence:.4f}",
            )
            for counter, c in enumerate(course.treatment.courses)
        ),
    )


def write_responses(path: Path, course: Course, ids: Ids) -> None:
    """Write what each course does to each variable: full_change x multiplier x adherence is the change in truth."""
    start = course.people.start
    _write(
        path,
        "patient_id,medication_id,therapy,ingredient,drug_class,variable,start,stop,adherence,multiplier,level_before,"
        "full_change,onset_days,evidence",
        (
            (
                ids.id("Patient", c.person),
                ids.id("MedicationRequest", c.person, counter),
                c.drug.name,
                c.drug.ingredient,
                c.drug.drug_class,
                r.variable,
                iso_day(start, c.start),
                "" if c.stop is None else iso_day(start, c.stop),
                f"{c.adherence:.4f}",
                f"{r.multiplier:.4f}",
                f"{r.level_before:.4f}",
                f"{r.full_change:.4f}",
                f"{r.onset_days:.1f}",
                r.card,
            )
            for counter, c in enumerate(course.treatment.courses)
            for r in c.responses
        ),
    )


def write_levels(path: Path, course: Course, ids: Ids) -> None:
    """Write the true levels at the last visit of each calendar year, with treatment and without."""
    visits, people, names = course.visits, course.people, biomarkers().names
    year = people.dates(visits.day).astype("datetime64[Y]").astype(int) + 1970
    order = np.lexsort((visits.day, year, visits.person))
    is_last = np.ones(len(order), dtype=bool)
    is_last[:-1] = (np.diff(visits.person[order]) != 0) | (np.diff(year[order]) != 0)
    rows = order[is_last]
    patients = [ids.id("Patient", p) for p in range(len(people))]
    who, days = visits.person[rows].tolist(), iso_days(people.start, visits.day[rows])
    lines = ["patient_id,date,variable,level,level_without_treatment\n"]
    for name in LEVELS:
        column = names.index(name)
        levels, own = visits.levels[rows, column].tolist(), visits.own_levels[rows, column].tolist()
        lines += [
            f"{patients[p]},{day},{name},{level:.5g},{without:.5g}\n"
            for p, day, level, without in zip(who, days, levels, own, strict=True)
        ]
    path.write_text("".join(lines), encoding="utf-8")


def changed_people(course: Course) -> np.ndarray:
    """Return who changed on purpose, by number."""
    regime = course.regime
    return np.flatnonzero(regime.is_settled & (regime.day <= course.people.end_day))


def write_regime_changes(path: Path, course: Course, ids: Ids) -> None:
    """Write whose course was changed on purpose: kind, day, and the size of the change on the model's scale."""
    regime = course.regime
    recorded = {c.person for c in course.treatment.courses if c.line == "corticosteroid"}
    rows = []
    for person in changed_people(course).tolist():
        kind = str(regime.kind[person])
        shifts = regime.kinds[kind][1]
        sizes = ";".join(f"{v}={size * regime.size[person]:.3f}" for v, (size, _) in shifts.items())
        day = iso_day(course.people.start, regime.day[person])
        rows.append((ids.id("Patient", person), kind, day, sizes, kind == STEROID and person in recorded))
    _write(path, "patient_id,kind,date,shifts,in_record", rows)


def write_errors(path: Path, slips: list[tuple[Slip, str]], course: Course, ids: Ids) -> None:
    """Write what was put in wrongly on purpose, and what an importer should do with it."""
    visits = course.visits
    _write(
        path,
        "resource_id,patient_id,kind,variable,true_value,written_value,written_unit,expected",
        (
            (
                found,
                ids.id("Patient", int(visits.person[s.row])),
                s.kind,
                s.variable,
                f"{s.true:g}",
                "" if s.written is None else f"{s.written:g}",
                s.code,
                s.expected,
            )
            for s, found in slips
        ),
    )


def write_patients(path: Path, course: Course, ids: Ids) -> None:
    """Write what drives each person: diseases of the body, whether found or not, and habits."""
    people = course.people

    def day(value: float) -> str:
        return iso_day(people.start, value) if value <= people.end_day else ""

    _write(
        path,
        "patient_id,entry,diabetes_begins,diabetes_type,kidneys_begin_to_fail,kidney_loss_per_year,adherence,died",
        (
            (
                ids.id("Patient", p),
                iso_day(people.start, people.entry_day[p]),
                day(people.diabetes_day[p]),
                ("1" if people.is_type_1[p] else "2") if people.diabetes_day[p] <= people.end_day else "",
                day(people.kidney_day[p]),
                f"{people.kidney_rate[p]:.4f}" if people.kidney_day[p] <= people.end_day else "",
                f"{people.adherence[p]:.4f}",
                day(course.illness.day["death"][p]),
            )
            for p in range(len(people))
        ),
    )
