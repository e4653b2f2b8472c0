"""When does the clinic start, step up or stop a treatment, and why?"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from twin.demo.clinic import Clinic
from twin.demo.illness import ATHEROSCLEROTIC, Illness
from twin.demo.people import People
from twin.demo.treatment import Treatment

ACTS = 0.7  # share of visits with a reason at which the clinic acts on it
WEEKS_BETWEEN_PRESSURE_STEPS = 6
WEEKS_BETWEEN_LIPID_STEPS = 8
WEEKS_BETWEEN_GLUCOSE_STEPS = 12
PRESSURE_LINES = ("renin_angiotensin", "calcium_channel_blocker", "thiazide", "mra")
LATER_PRESSURE_LINES = ("calcium_channel_blocker", "renin_angiotensin", "thiazide", "mra")
GLUCOSE_LINES = ("metformin", "sglt2_inhibitor", "glp1_agonist", "sulfonylurea", "dpp4_inhibitor", "insulin")

FIRST_CARE_DAYS = 400.0  # after an event in which the clinic still gives what follows it
# Share of visits at which people ask to stop a drug that is new to them.
UNWELCOME = {
    "statin": (0.012, "Muscle symptoms"),
    "renin_angiotensin": (0.012, "Cough or dizziness"),
    "calcium_channel_blocker": (0.012, "Swollen ankles"),
    "glp1_agonist": (0.03, "Nausea"),
    "metformin": (0.012, "Diarrhoea"),
}
_AFTER_ARTERIES = {"antiplatelet": (0.8, 1), "statin": (0.85, 2)}
# What follows each outcome: share of visits at which it is given, and steps of the ladder at once.
AFTER = {
    "cardiovascular/coronary": {**_AFTER_ARTERIES, "beta_blocker": (0.4, 1)},
    "cardiovascular/coronary/myocardial_infarction": {
        **_AFTER_ARTERIES,
        "beta_blocker": (0.8, 1),
        "renin_angiotensin": (0.7, 1),
    },
    "cardiovascular/stroke": _AFTER_ARTERIES,
    "cardiovascular/transient_ischemic_attack": _AFTER_ARTERIES,
    "cardiovascular/peripheral_artery_disease": _AFTER_ARTERIES,
    "cardiovascular/heart_failure": {
        "loop_diuretic": (0.7, 1),
        "beta_blocker": (0.8, 1),
        "renin_angiotensin": (0.8, 1),
        "mra": (0.3, 1),
        "sglt2_inhibitor": (0.3, 1),
    },
    "atrial_fibrillation": {"anticoagulant": (0.8, 1), "beta_blocker": (0.5, 1)},
    "gout": {"gout": (0.6, 1)},
}
WORDS = {
    "cardiovascular/coronary": "a diagnosis of coronary disease",
    "cardiovascular/coronary/myocardial_infarction": "a myocardial infarction",
    "cardiovascular/stroke": "an ischaemic stroke",
    "cardiovascular/transient_ischemic_attack": "a transient ischaemic attack",
    "cardiovascular/peripheral_artery_disease": "a diagnosis of peripheral artery disease",
    "cardiovascular/heart_failure": "a diagnosis of heart failure",
    "atrial_fibrillation": "a diagnosis of atrial fibrillation",
    "gout": "a diagnosis of gout",
}

Text = Callable[[int], str]


@dataclass(slots=True, eq=False)
class Visit:
    """One round of visits: who is here, on which day each, with which levels and states."""

    here: np.ndarray
    day: np.ndarray
    year: np.ndarray
    levels: np.ndarray  # with treatment, on the scale of the body


class Care:
    """The clinic's rules; one change a line and visit, and not at every visit with a reason."""

    def __init__(self, clinic: Clinic, illness: Illness, treatment: Treatment, rng: np.random.Generator) -> None:
        self.clinic, self.illness, self.treatment, self.rng = clinic, illness, treatment, rng
        self.people: People = clinic.people
        self.has_changed = np.zeros(len(self.people), dtype=bool)

    def decide(self, visit: Visit) -> np.ndarray:
        """Apply every rule to those who are here; return whose treatment changed."""
        self.has_changed = np.zeros(len(self.people), dtype=bool)
        self._stop_for_safety(visit)
        self._after_events(visit)
        self._lower_cholesterol(visit)
        self._protect_kidneys(visit)
        self._lower_pressure(visit)
        self._lower_glucose(visit)
        return self.has_changed

    def raise_step(
        self,
        who: np.ndarray,
        line: str,
        visit: Visit,
        *,
        reason: str,
        text: Text,
        by: int = 1,
        at_once: bool = False,
    ) -> None:
        """Start a line for some people, or go up its ladder."""
        column = self.treatment.line(line)
        who = who[~self.treatment.is_barred[who, column]]
        is_new = self.treatment.step[who, column] < 0
        started = self.treatment.choose_ladder(who[is_new], line, visit.year[who[is_new]])
        who = np.sort(np.concatenate([who[~is_new], started]))
        if len(who) == 0:
            return
        self.treatment.set_step(
            who,
            line,
            self.treatment.step[who, column] + by,
            day=visit.day[who],
            levels=visit.levels,
            reason=reason,
            texts=[text(person) for person in who],
            at_once=at_once,
        )
        self.has_changed[who] = True

    def _acting(self, mask: np.ndarray) -> np.ndarray:
        """Return those of a mask for whom the clinic acts this time."""
        return np.flatnonzero(mask & (self.rng.random(len(mask)) < ACTS))

    def _rested(self, lines: tuple[str, ...], visit: Visit, weeks: int) -> np.ndarray:
        """Say whose lines were all left alone for some weeks."""
        columns = [self.treatment.line(line) for line in lines]
        return visit.day - self.treatment.changed[:, columns].max(axis=1) >= 7 * weeks

    def _can_rise(self, line: str) -> np.ndarray:
        column = self.treatment.line(line)
        return (self.treatment.step[:, column] < self.treatment.top_step(line)) & ~self.treatment.is_barred[:, column]

    def has_diabetes(self) -> np.ndarray:
        """Say who has diabetes on record."""
        return self.clinic.has("type_2") | self.clinic.has("type_1")

    def has_artery_disease(self, visit: Visit) -> np.ndarray:
        """Say who has had an event or disease of the arteries."""
        return self.illness.had_any(ATHEROSCLEROTIC, visit.day)

    def _lower_cholesterol(self, visit: Visit) -> None:
        ldl, age = self.clinic.value("ldl_cholesterol"), self.people.age(visit.day)
        is_secondary = self.has_artery_disease(visit)
        at_risk = (self.has_diabetes() | self.clinic.has_kidney_disease()) & (age >= 40.0)
        target = np.select([is_secondary, at_risk], [70.0, 100.0], np.where(age >= 50.0, 145.0, 165.0))
        is_above = visit.here & (ldl > target) & self.clinic.is_new("ldl_cholesterol", visit.day)
        is_above &= self._rested(("statin", "ezetimibe"), visit, WEEKS_BETWEEN_LIPID_STEPS)

        def text(person: int) -> str:
            return f"LDL cholesterol {ldl[person]:.0f} mg/dL, above {target[person]:.0f}"

        who = self._acting(is_above)
        rises = self._can_rise("statin")[who]
        self.raise_step(who[rises], "statin", visit, reason="ldl_above_target", text=text)
        second = who[~rises & self._can_rise("ezetimibe")[who]]
        self.raise_step(second, "ezetimibe", visit, reason="ldl_above_target", text=text)

    def _lower_pressure(self, visit: Visit) -> None:
        age = self.people.age(visit.day)
        is_strict = self.has_diabetes() | self.clinic.has_kidney_disease() | self.has_artery_disease(visit)
        is_strict &= (age < 80.0) & (visit.year >= 2017)
        target = np.where(is_strict, 130.0, np.where(age >= 80.0, 150.0, 140.0))
        is_above = self.clinic.twice("systolic_bp", above=target + 1.0) | self.clinic.twice("diastolic_bp", above=90.0)
        is_above &= visit.here & self.clinic.is_new("systolic_bp", visit.day)
        is_above &= self._rested(PRESSURE_LINES, visit, WEEKS_BETWEEN_PRESSURE_STEPS)
        systolic, diastolic = self.clinic.value("systolic_bp"), self.clinic.value("diastolic_bp")

        def text(person: int) -> str:
            pressure = f"{systolic[person]:.0f}/{diastolic[person]:.0f}"
            return f"Blood pressure {pressure} mmHg at the second visit above {target[person]:.0f}/90"

        waiting = np.zeros(len(is_above), dtype=bool)
        waiting[self._acting(is_above)] = True
        prefers_renin = self.has_diabetes() | self.clinic.has_kidney_disease() | (age < 58.0)
        for group, lines in ((prefers_renin, PRESSURE_LINES), (~prefers_renin, LATER_PRESSURE_LINES)):
            for line in lines:
                who = np.flatnonzero(waiting & group & self._can_rise(line) & self._may_take(line, visit))
                self.raise_step(who, line, visit, reason="bp_above_target", text=text)
                waiting[who] = False

    def _may_take(self, line: str, visit: Visit) -> np.ndarray:
        """Say whom kidneys and potassium allow a line; an unknown value forbids nothing."""
        egfr, potassium = self.clinic.value("egfr"), self.clinic.value("potassium")
        is_low = self.clinic.value("systolic_bp") < 108.0
        if line == "renin_angiotensin":
            return ~((egfr < 15.0) | (potassium > 5.4) | is_low)
        if line == "mra":
            return ~((egfr < 40.0) | (potassium > 4.9) | is_low)
        if line == "beta_blocker":
            return ~((self.clinic.value("heart_rate") < 56.0) | is_low)
        if line == "metformin":
            return ~(egfr < 40.0)
        if line == "sglt2_inhibitor":
            return ~(egfr < 25.0) & ~self.clinic.has("type_1")
        return np.ones(len(egfr), dtype=bool)

    def _lower_glucose(self, visit: Visit) -> None:
        hba1c, age = self.clinic.value("hba1c"), self.people.age(visit.day)
        target = np.where(age < 75.0, 7.0, 8.0)
        is_above = visit.here & self.has_diabetes() & (hba1c > target) & self.clinic.is_new("hba1c", visit.day)
        is_above &= self._rested(GLUCOSE_LINES, visit, WEEKS_BETWEEN_GLUCOSE_STEPS)

        def text(person: int) -> str:
            return f"HbA1c {hba1c[person]:.1f} %, above {target[person]:.1f}"

        waiting = np.zeros(len(is_above), dtype=bool)
        waiting[self._acting(is_above)] = True
        bmi = self.clinic.value("weight") / (self.people.height / 100.0) ** 2
        is_type_1 = self.clinic.has("type_1")
        wishes = {
            "metformin": ~is_type_1,
            "sglt2_inhibitor": ~is_type_1,
            "glp1_agonist": ~is_type_1 & (bmi >= 28.0),
            "insulin": is_type_1 | (hba1c > target + 1.3),
            "dpp4_inhibitor": ~is_type_1 & ~self.treatment.takes("glp1_agonist") & (age >= 70.0),
            "sulfonylurea": ~is_type_1,
        }
        for line, is_wished in wishes.items():
            who = np.flatnonzero(waiting & is_wished & self._can_rise(line) & self._may_take(line, visit))
            before = self.treatment.step[who].sum(axis=1)
            self.raise_step(who, line, visit, reason="hba1c_above_target", text=text)
            # Before a drug exists the next line's turn comes.
            waiting[who[self.treatment.step[who].sum(axis=1) != before]] = False

    def _protect_kidneys(self, visit: Visit) -> None:
        uacr = self.clinic.value("uacr")
        has_leak = visit.here & self.clinic.twice("uacr", above=30.0)
        has_leak &= self.has_diabetes() | self.clinic.has_kidney_disease()

        def text(person: int) -> str:
            return f"UACR {uacr[person]:.0f} mg/g, twice at or above 30"

        renin = has_leak & ~self.treatment.takes("renin_angiotensin") & self._may_take("renin_angiotensin", visit)
        self.raise_step(self._acting(renin), "renin_angiotensin", visit, reason="albuminuria", text=text)
        gliflozin = has_leak & (uacr >= 200.0) & (visit.year >= 2020) & ~self.treatment.takes("sglt2_inhibitor")
        gliflozin &= self._may_take("sglt2_inhibitor", visit)
        self.raise_step(self._acting(gliflozin), "sglt2_inhibitor", visit, reason="albuminuria", text=text)

    def _after_events(self, visit: Visit) -> None:
        """Give what follows an event or a diagnosis, at the first visit after it."""
        for outcome, lines in AFTER.items():
            has = visit.here & self.illness.has(outcome, visit.day)
            for line, (share, by) in lines.items():
                due = has & ~self.treatment.takes(line) & self._may_take(line, visit)
                due &= ~self.treatment.is_barred[:, self.treatment.line(line)]
                since = visit.day - self.illness.day[outcome]
                who = np.flatnonzero(due & (since <= FIRST_CARE_DAYS) & (self.rng.random(len(due)) < share))
                words = f"After {WORDS[outcome]}"
                self.raise_step(who, line, visit, reason="after_event", text=lambda _, words=words: words, by=by)

    def _stop_for_safety(self, visit: Visit) -> None:
        egfr, potassium = self.clinic.value("egfr"), self.clinic.value("potassium")
        dangers = {
            "metformin": (egfr < 30.0, "eGFR below 30"),
            "renin_angiotensin": (potassium > 5.9, "Potassium above 5.9 mmol/L"),
            "mra": (potassium > 5.5, "Potassium above 5.5 mmol/L"),
            "thiazide": (self.clinic.twice("systolic_bp", below=104.0), "Low blood pressure"),
        }
        for line, (danger, text) in dangers.items():
            self._stop(np.flatnonzero(visit.here & danger & self.treatment.takes(line)), line, visit, text)
        for line, (share, text) in UNWELCOME.items():
            new = visit.here & self.treatment.takes(line)
            new &= visit.day - self.treatment.changed[:, self.treatment.line(line)] < 200.0
            self._stop(np.flatnonzero(new & (self.rng.random(len(new)) < share)), line, visit, text)

    def _stop(self, who: np.ndarray, line: str, visit: Visit, text: str) -> None:
        if len(who):
            self.treatment.stop(who, line, day=visit.day[who], text=text)
            self.has_changed[who] = True
