"""How are measurements, encounters and laboratory reports written as FHIR?"""

from dataclasses import dataclass

import numpy as np

from twin.demo.course import Visits
from twin.demo.fhir_text import HL7, LOINC, META, Ids, code_of, coding, concept, iso_day, iso_days, quantity, resource
from twin.demo.people import People
from twin.demo.reporting import Values
from twin.demo.settings import codes
from twin.demo.slips import Slip
from twin.variables import variable

VITAL_SIGNS = ("heart_rate", "spo2", "weight", "height", "bmi")
SENSOR = "mean_glucose"  # the variable that a device reports
SENSOR_NAME = "Continuous glucose monitor"
# Reported as another variable, under another of its LOINC codes.
DIRECT_LDL = {"ldl_direct": ("ldl_cholesterol", "18262-6")}
PRESSURES = ("systolic_bp", "diastolic_bp")
PANEL_CODE = coding(LOINC, "85354-9", "Blood pressure panel with all children optional")


@dataclass(frozen=True, slots=True)
class VisitTexts:
    """For each visit the time, how the ids of its observations begin, and whose, where and when of a resource."""

    times: list[str]
    stems: list[str]
    tails: list[str]


def visit_texts(people: People, visits: Visits, ids: Ids, rng: np.random.Generator) -> VisitTexts:
    """Write what the resources of one visit have in common."""
    minutes = 10 * rng.integers(0, 54, len(visits.person)) + 8 * 60
    days = iso_days(people.start, visits.day)
    times = [f"{d}T{m // 60:02d}:{m % 60:02d}:00Z" for d, m in zip(days, minutes.tolist(), strict=True)]
    begins = [
        f'"subject":{ids.reference("Patient", p)},"encounter":{{"reference":"Encounter/{ids.stem("Encounter", p)}'
        for p in range(len(people))
    ]
    stems = [ids.stem("Observation", p) for p in range(len(people))]
    rows = visits.person.tolist()
    tails = [
        f'{begins[p]}{k:012x}"}},"effectiveDateTime":"{time}"'
        for k, (p, time) in enumerate(zip(rows, times, strict=True))
    ]
    return VisitTexts(times, [stems[p] for p in rows], tails)


def _category(code: str) -> str:
    return f'"category":[{concept(coding(HL7 + "observation-category", code, code))}]'


def _head(name: str, code: str | None = None, status: str = "final") -> str:
    """Write status, category and code of a variable's observations."""
    known = variable(name)
    category = "vital-signs" if name in VITAL_SIGNS else "activity" if name == SENSOR else "laboratory"
    what = concept(coding(LOINC, code or known.loinc[0], known.label))
    return f'"status":"{status}",{_category(category)},"code":{what}'


def _plain(numbers: np.ndarray, decimals: int) -> list:
    """Turn numbers into Python's, whole ones where nothing follows the point."""
    return numbers.astype(int).tolist() if decimals == 0 else np.round(numbers, decimals).tolist()


def _components() -> str:
    """Write the two values of a blood pressure, with places for the numbers."""
    parts = []
    for name in PRESSURES:
        known = variable(name)
        value = quantity("%d", unit=known.unit, code=known.ucum)
        parts.append(f'{{"code":{concept(coding(LOINC, known.loinc[0], known.label))},"valueQuantity":{value}}}')
    return f'"component":[{",".join(parts)}]'


class ObservationWriter:
    """Writes observations variable by variable into `lines`; their running number is part of the id."""

    def __init__(self, texts: VisitTexts, people: People, visits: Visits, ids: Ids) -> None:
        self.texts, self.people, self.visits, self.ids = texts, people, visits, ids
        self.lines: list[str] = []
        self.of_laboratory: list[list[str]] = [[] for _ in visits.person]
        self.count = 0

    def _next_ids(self, rows: list[int]) -> list[str]:
        first = self.count
        self.count += len(rows)
        stems = self.texts.stems
        return [f"{stems[row]}{k:012x}" for k, row in enumerate(rows, start=first)]

    def _write(self, rows: list[int], head: str, values: list[str]) -> list[str]:
        """Write one observation a row, from what all share and the text of each value; return the ids."""
        found, tails = self._next_ids(rows), self.texts.tails
        middle = f'",{META},{head},'
        self.lines += [
            f'{{"resourceType":"Observation","id":"{i}{middle}{tails[row]},{value}}}\n'
            for i, row, value in zip(found, rows, values, strict=True)
        ]
        return found

    def write(self, name: str, values: Values) -> None:
        """Write a variable's values; a laboratory's are noted for its reports."""
        known_as, code = DIRECT_LDL.get(name, (name, None))
        known = variable(known_as)
        before, after = quantity("|", unit=known.unit, code=known.ucum).split("|")
        if name == SENSOR:
            after += f',"device":{{"reference":"Device/{self.ids.id("Device", 0)}","display":"{SENSOR_NAME}"}}'
        rows = values.rows.tolist()
        texts = [f'"valueQuantity":{before}{n}{after}' for n in _plain(values.numbers, known.decimals)]
        found = self._write(rows, _head(known_as, code), texts)
        if known_as not in VITAL_SIGNS and name != SENSOR:
            for i, row in zip(found, rows, strict=True):
                self.of_laboratory[row].append(i)

    def write_slip(self, slip: Slip) -> str:
        """Write one observation that goes wrong, or is written in another way, on purpose; return its id."""
        return self._write([slip.row], _head(slip.variable, status=slip.status), [slip.value_json()])[0]

    def write_pressures(self, systolic: Values, diastolic: Values) -> None:
        """Write office pressures, both values in one observation."""
        head = f'"status":"final",{_category("vital-signs")},"code":{concept(PANEL_CODE)}'
        components = _components()
        pairs = zip(_plain(systolic.numbers, 0), _plain(diastolic.numbers, 0), strict=True)
        self._write(systolic.rows.tolist(), head, [components % pair for pair in pairs])

    def write_home_weeks(self, systolic: Values, diastolic: Values) -> None:
        """Write the means of a week of measuring at home, which the patient reports."""
        rows, components, start = systolic.rows.tolist(), _components(), self.people.start
        pairs = zip(_plain(systolic.numbers, 0), _plain(diastolic.numbers, 0), strict=True)
        what = concept(PANEL_CODE, words="Home blood pressure, mean of a week")
        for i, row, pair in zip(self._next_ids(rows), rows, pairs, strict=True):
            patient, day = self.ids.reference("Patient", int(self.visits.person[row])), self.visits.day[row]
            period = f'{{"start":"{iso_day(start, day - 7)}","end":"{iso_day(start, day - 1)}"}}'
            self.lines.append(
                resource(
                    "Observation",
                    i,
                    f'"status":"final",{_category("vital-signs")},"code":{what},"subject":{patient}',
                    f'"effectivePeriod":{period},"performer":[{patient}]',
                    '"method":{"text":"Measured at home by the patient, mean of seven days"}',
                    components % pair,
                )
            )

    def write_smoking(self, rows: np.ndarray, statuses: list[str]) -> None:
        """Write the smoking status stated at some visits."""
        what = concept(coding(LOINC, variable("smoking_status").loinc[0], "Tobacco smoking status"))
        answers = {key: f'"valueCodeableConcept":{code_of(row)}' for key, row in codes("smoking").items()}
        head = f'"status":"final",{_category("social-history")},"code":{what}'
        self._write(rows.tolist(), head, [answers[status] for status in statuses])


def device_lines(ids: Ids) -> list[str]:
    """Write the one sensor that device values refer to."""
    return [resource("Device", ids.id("Device", 0), f'"deviceName":[{{"name":"{SENSOR_NAME}","type":"other"}}]')]


def encounter_lines(texts: VisitTexts, visits: Visits, ids: Ids) -> list[str]:
    """Write one ambulatory encounter a visit."""
    middle = f'"status":"finished","class":{coding(HL7 + "v3-ActCode", "AMB", "ambulatory")},'
    middle += f'"type":[{code_of(codes("encounter")["visit"])}]'
    return [
        resource(
            "Encounter",
            ids.id("Encounter", person, row),
            middle,
            f'"subject":{ids.reference("Patient", person)}',
            f'"period":{{"start":"{time}"}}',
        )
        for row, (person, time) in enumerate(zip(visits.person.tolist(), texts.times, strict=True))
    ]


def report_lines(texts: VisitTexts, visits: Visits, ids: Ids, of_laboratory: list[list[str]]) -> list[str]:
    """Write one laboratory report a visit with results, which it lists."""
    middle = f'"status":"final","category":[{concept(coding(HL7 + "v2-0074", "LAB", "Laboratory"))}],'
    middle += f'"code":{code_of(codes("report")["laboratory"])}'
    lines, persons = [], visits.person.tolist()
    for row, found in enumerate(of_laboratory):
        if found:
            listed = ",".join([f'{{"reference":"Observation/{i}"}}' for i in found])
            report_id = ids.id("DiagnosticReport", persons[row], row)
            lines.append(resource("DiagnosticReport", report_id, middle, texts.tails[row], f'"result":[{listed}]'))
    return lines
