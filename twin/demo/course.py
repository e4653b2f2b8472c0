"""What happens to everybody from their first visit to the last day?"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from twin.demo.arrival import OUTCOME_KEYS, arrive
from twin.demo.body import Body
from twin.demo.care import Care, Visit
from twin.demo.clinic import Clinic
from twin.demo.illness import ATHEROSCLEROTIC, DEATH, Illness, with_history
from twin.demo.measuring import Measuring
from twin.demo.people import People, make_people
from twin.demo.regime import STEROID, STOPS_TABLETS, Regime
from twin.demo.settings import biomarkers
from twin.demo.treatment import Treatment

MISSED = 0.09  # share of visits that nobody comes to
LONG_GAP = 0.012  # share of visits after which somebody stays away for long
STREAMS = ("people", "body", "treatment", "illness", "clinic", "measuring", "regime", "record", "slips")


@dataclass(frozen=True, slots=True, eq=False)
class Visits:
    """All visits, one row each, in the order they were simulated.

    `results` are what was reported and `levels` the true levels behind them without short-lived
    deviation, natural units, (visits, variables).
    """

    person: np.ndarray
    day: np.ndarray
    results: np.ndarray
    creatinine: np.ndarray
    levels: np.ndarray
    own_levels: np.ndarray  # without treatment
    felt_hba1c: np.ndarray  # with its short-lived deviation [%]


@dataclass(frozen=True, slots=True, eq=False)
class Course:
    """The whole panel: who they are and all that happened."""

    people: People
    visits: Visits
    clinic: Clinic
    treatment: Treatment
    illness: Illness
    regime: Regime


def streams(seed: int, patients: int) -> dict[str, np.random.Generator]:
    """Return one source of randomness a purpose, so that a change in one leaves the others alone."""
    return {name: np.random.default_rng([seed, patients, place]) for place, name in enumerate(STREAMS)}


class _Simulation:
    """The state of the simulation between two rounds of visits."""

    def __init__(self, patients: int, today: date, rngs: dict[str, np.random.Generator]) -> None:
        self.people = make_people(rngs["people"], patients, today)
        self.settings = biomarkers()
        self.body = Body(self.people, rngs["body"])
        self.treatment = Treatment(self.people, rngs["treatment"])
        self.illness = with_history(self.people, rngs["illness"])
        self.clinic = Clinic(self.people)
        self.care = Care(self.clinic, self.illness, self.treatment, rngs["clinic"])
        self.measuring = Measuring(self.people, rngs["measuring"])
        self.regime = Regime(self.people, rngs["regime"])
        self.rng, self.fate = rngs["clinic"], rngs["illness"]
        self.day = self.people.entry_day.copy()
        self.next_day = self.people.entry_day.copy()
        self.laboratory_day = np.full(patients, -np.inf)
        self.wants_laboratory = np.ones(patients, dtype=bool)
        own = self.body.own(self.day, self.illness.states(self.day))
        nothing = np.zeros_like(own)
        arrive(self.care, self.body.combine(own, nothing, nothing), rngs["clinic"])
        self.rounds: list[tuple[np.ndarray, ...]] = []

    def is_here(self) -> np.ndarray:
        """Say who comes to another visit."""
        return (self.next_day <= self.people.end_day) & (self.next_day < self.illness.day[DEATH])

    def round(self, here: np.ndarray) -> None:
        """Move those who come to their visit, measure, diagnose, decide, and fix when they come again."""
        day = np.where(here, self.next_day, self.day)
        self.body.advance(day - self.day, day)
        self.regime.settle(here, day, self._takes_tablets())
        self._advance_treatment(day)
        self.day = day
        own = self.body.own(day, self.illness.states(day))
        shift = self.regime.shift(day)
        levels = self.body.combine(own, self.treatment.effect(), shift)
        felt = self.body.felt(levels)
        done = self.measuring.order(here, self._at_laboratory(here), self._states())
        results, creatinine = self.measuring.read(felt, day, done)
        self.clinic.see(results, day)
        who, natural = np.flatnonzero(here), self.settings.natural
        hba1c = felt[who, self.settings.column("hba1c")]
        self.rounds.append(
            (who, day[who], results[who], creatinine[who], natural(levels[who]), natural(own[who]), hba1c)
        )
        self._record_events(here)
        self.clinic.diagnose(here, day)
        year = self.people.dates(day).astype("datetime64[Y]").astype(int) + 1970
        free = here & ~self.regime.has_begun(day)
        has_changed = self.care.decide(Visit(free, day, year, levels))
        self.wants_laboratory[here] = has_changed[here]
        self._plan_next(here, has_changed, levels)

    def _takes_tablets(self) -> np.ndarray:
        lines = ("statin", "renin_angiotensin", "calcium_channel_blocker", "thiazide")
        return np.sum([self.treatment.takes(line) for line in lines], axis=0) >= 2

    def _advance_treatment(self, day: np.ndarray) -> None:
        """Move the effects on to a day, fading from the day on which somebody stops tablets untold."""
        stops = self.regime.has_begun(day) & (self.regime.kind == STOPS_TABLETS)
        stops &= ~self.treatment.has_stopped_tablets
        until = np.where(stops, np.clip(self.regime.day, self.day, day), day)
        self.treatment.advance(until - self.day)
        self.treatment.stop_tablets_unrecorded(np.flatnonzero(stops))
        self.treatment.advance(day - until)

    def _states(self) -> dict[str, np.ndarray]:
        weak = self.illness.has("copd", self.day) | self.illness.has("cardiovascular/heart_failure", self.day)
        return {
            "diabetes": self.care.has_diabetes(),
            "kidney": self.clinic.has_kidney_disease(),
            "heart_or_lung": weak,
            "watched": self.regime.is_watched(self.day),
        }

    def burden(self) -> np.ndarray:
        """Return how many of the four great problems each person has on record."""
        arteries = self.illness.had_any(ATHEROSCLEROTIC, self.day)
        failing = self.illness.has("cardiovascular/heart_failure", self.day)
        return np.sum([self.care.has_diabetes(), self.clinic.has_kidney_disease(), arteries, failing], axis=0)

    def _at_laboratory(self, here: np.ndarray) -> np.ndarray:
        wait = np.array([300.0, 150.0, 100.0, 80.0, 80.0])[self.burden()]
        due = self.wants_laboratory | (self.day - self.laboratory_day >= wait) | self.regime.is_watched(self.day)
        goes = here & due & (self.rng.random(len(due)) < 0.93)
        self.laboratory_day[goes] = self.day[goes]
        return goes

    def _record_events(self, here: np.ndarray) -> None:
        for outcome, key in OUTCOME_KEYS.items():
            who = np.flatnonzero(here & self.illness.has(outcome, self.day))
            self.clinic.record(who, key, onset=self.illness.day[outcome][who], day=self.day[who])

    def _plan_next(self, here: np.ndarray, has_changed: np.ndarray, levels: np.ndarray) -> None:
        rng, n = self.rng, len(here)
        is_treated = self.clinic.has("hypertension") | self.treatment.takes("statin")
        usual = np.array([270.0, 105.0, 88.0, 84.0, 84.0])[self.burden()]
        usual = np.where((self.burden() == 0) & is_treated, 130.0, usual) * rng.lognormal(0.0, 0.16, n)
        wait = np.where(has_changed, np.minimum(usual, rng.uniform(35.0, 75.0, n)), usual)
        wait = np.where(rng.random(n) < MISSED, wait + usual, wait)
        wait = np.where(rng.random(n) < LONG_GAP, wait + rng.uniform(270.0, 700.0, n), wait)
        wait = np.where(self.regime.is_settled, np.minimum(wait, rng.uniform(38.0, 52.0, n)), wait)
        planned = np.floor(self.day + np.maximum(wait, 14.0))
        rates = self._rates(levels)
        rates[DEATH] = np.where(self.regime.is_spared(self.day), 1e-9, rates[DEATH])
        first = self.illness.strike(self.fate, self.day, planned, rates, here)
        soon = np.floor(first + rng.uniform(10.0, 35.0, n))
        self.next_day = np.where(here, np.fmin(planned, soon), self.next_day)
        self.next_day = np.where(here, np.maximum(self.next_day, self.day + 1.0), self.next_day)

    def _rates(self, levels: np.ndarray) -> dict[str, np.ndarray]:
        column = self.settings.column
        return self.illness.rates(
            self.day,
            systolic=levels[:, column("systolic_bp")],
            ldl=np.exp(levels[:, column("ldl_cholesterol")]),
            egfr=np.exp(levels[:, column("egfr")]),
        )

    def record_steroids(self) -> None:
        """Put every second steroid course into the record; it has no effect of its own there."""
        who = np.flatnonzero(self.regime.is_settled & (self.regime.kind == STEROID))[::2]
        year = np.full(len(who), 9999)
        levels = np.zeros_like(self.people.offsets)
        who = self.treatment.choose_ladder(who, "corticosteroid", year)
        self.treatment.set_step(
            who,
            "corticosteroid",
            np.zeros(len(who), dtype=int),
            day=self.regime.day[who],
            levels=levels,
            reason="other_disease",
            texts=["Polymyalgia rheumatica"] * len(who),
        )


def run(patients: int, *, today: date, rngs: dict[str, np.random.Generator], go_on: Callable[[float], None]) -> Course:
    """Simulate the panel.

    Parameters
    ----------
    patients
        How many.
    today
        The panel's last day.
    rngs
        As `streams` returns them.
    go_on
        Told the share that is done after each round of visits; whatever it raises ends the simulation.
    """
    simulation = _Simulation(patients, today, rngs)
    end_day = simulation.people.end_day
    here = simulation.is_here()
    while here.any():
        simulation.round(here)
        here = simulation.is_here()
        simulation.regime.drop_unsettled(here)
        go_on(float(np.mean(np.minimum(simulation.next_day, end_day) / end_day)))
    simulation.record_steroids()
    visits = Visits(*(np.concatenate(column) for column in zip(*simulation.rounds, strict=True)))
    return Course(
        simulation.people, visits, simulation.clinic, simulation.treatment, simulation.illness, simulation.regime
    )
