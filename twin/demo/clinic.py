"""What does the clinic know of each patient, and which diagnoses does it make?"""

from dataclasses import dataclass

import numpy as np

from twin.demo.people import People
from twin.demo.settings import biomarkers

NOT_YET = np.inf
LONG_AGO = -1e9
THREE_MONTHS = 80.0  # days; two results this far apart count as persistent
STAGES = ((60.0, "ckd_2"), (45.0, "ckd_3a"), (30.0, "ckd_3b"), (15.0, "ckd_4"), (0.0, "ckd_5"))
KIDNEY_KEYS = tuple(key for _, key in STAGES)


@dataclass(slots=True)
class Diagnosis:
    """One problem of one person as the record has it; `end` is ``None`` while it is active."""

    person: int
    key: str  # of data/demo/conditions.csv
    onset: float
    recorded: float
    end: float | None = None


class Clinic:
    """The clinic's memory: the last two results of each test, and who has which diagnosis since when."""

    def __init__(self, people: People) -> None:
        self.people, self.settings = people, biomarkers()
        shape = people.offsets.shape
        self.last, self.before = np.full((2, *shape), np.nan)
        self.last_day, self.before_day = np.full((2, *shape), LONG_AGO)
        self.diagnoses: list[Diagnosis] = []
        self.since: dict[str, np.ndarray] = {}
        self._open: dict[tuple[int, str], Diagnosis] = {}
        self.stage = np.full(len(people), -1)

    def see(self, results: np.ndarray, day: np.ndarray) -> None:
        """Take new results in."""
        new = ~np.isnan(results)
        self.before[new], self.before_day[new] = self.last[new], self.last_day[new]
        self.last[new] = results[new]
        self.last_day[new] = np.broadcast_to(day[:, None], results.shape)[new]

    def value(self, name: str) -> np.ndarray:
        """Return everybody's newest result of a variable, NaN for none."""
        return self.last[:, self.settings.column(name)]

    def is_new(self, name: str, day: np.ndarray) -> np.ndarray:
        """Say whose newest result is of that day."""
        return self.last_day[:, self.settings.column(name)] == day

    def twice(
        self, name: str, *, above: float | np.ndarray = -np.inf, below: float = np.inf, apart: float = 0.0
    ) -> np.ndarray:
        """Say whose last two results both lie at or above one limit and below another, some days apart."""
        c = self.settings.column(name)
        both = (self.last[:, c] >= above) & (self.last[:, c] < below)
        both &= (self.before[:, c] >= above) & (self.before[:, c] < below)
        return both & (self.last_day[:, c] - self.before_day[:, c] >= apart)

    def has(self, key: str) -> np.ndarray:
        """Say who has a diagnosis on record."""
        return self.since.get(key, np.full(len(self.people), NOT_YET)) < NOT_YET

    def has_kidney_disease(self) -> np.ndarray:
        """Say who has chronic kidney disease on record."""
        return self.stage >= 0

    def record(self, who: np.ndarray, key: str, *, onset: np.ndarray, day: np.ndarray) -> None:
        """Write a diagnosis down for people who do not have it yet."""
        since = self.since.setdefault(key, np.full(len(self.people), NOT_YET))
        for person, begins, when in zip(who, onset, day, strict=True):
            if since[person] == NOT_YET:
                since[person] = begins
                diagnosis = Diagnosis(int(person), key, float(begins), float(when))
                self.diagnoses.append(diagnosis)
                self._open[int(person), key] = diagnosis

    def close(self, who: np.ndarray, key: str, day: np.ndarray) -> None:
        """End a diagnosis."""
        for person, when in zip(who, day, strict=True):
            diagnosis = self._open.pop((int(person), key), None)
            if diagnosis is not None:
                diagnosis.end = float(when)
                self.since[key][person] = NOT_YET

    def diagnose(self, here: np.ndarray, day: np.ndarray) -> None:
        """Make the diagnoses that the last results call for."""
        bmi = self.value("weight") / (self.people.height / 100.0) ** 2
        has_diabetes = self.has("type_2") | self.has("type_1")
        found = {
            "hypertension": self.twice("systolic_bp", above=140.0) | self.twice("diastolic_bp", above=90.0),
            "type_2": ~has_diabetes & (self.twice("hba1c", above=6.5) | (self.value("hba1c") >= 7.2)),
            "prediabetes": ~has_diabetes & self.twice("hba1c", above=5.7, below=6.5),
            "dyslipidemia": (self.value("ldl_cholesterol") >= 160.0) | self.twice("triglycerides", above=250.0),
            "obesity": bmi >= 30.0,
        }
        for key, is_found in found.items():
            who = np.flatnonzero(here & is_found & ~self.has(key))
            self.record(who, key, onset=day[who], day=day[who])
        now_diabetic = np.flatnonzero(here & self.has("prediabetes") & self.has("type_2"))
        self.close(now_diabetic, "prediabetes", day[now_diabetic])
        self._stage_kidneys(here, day)

    def _stage_kidneys(self, here: np.ndarray, day: np.ndarray) -> None:
        """Give or worsen the stage of chronic kidney disease; two results decide, three months apart."""
        column = self.settings.column("egfr")
        better = np.fmax(self.last[:, column], self.before[:, column])
        stage = np.searchsorted([-limit for limit, _ in STAGES], -better)
        is_persistent = self.twice("egfr", apart=THREE_MONTHS)
        has_albuminuria = self.twice("uacr", above=30.0, apart=THREE_MONTHS)
        due = here & is_persistent & (stage > self.stage) & ((stage > 0) | has_albuminuria)
        for place, (_, key) in enumerate(STAGES):
            who = np.flatnonzero(due & (stage == place))
            for old in KIDNEY_KEYS[:place]:
                self.close(who, old, day[who])
            self.record(who, key, onset=day[who], day=day[who])
            self.stage[who] = place
