"""Whose course changes on purpose near the end, so that a twin must notice?"""

import numpy as np

from twin.data_files import read_table
from twin.demo.people import People
from twin.demo.settings import biomarkers

SHARE = 0.085  # of the panel
BEGINS = (270.0, 120.0)  # earliest and latest, days before the last day
WATCH_DAYS = 420.0  # before the last day, when a change is settled
STOPS_TABLETS = "stops_tablets"
STEROID = "steroid_course"


def _kinds() -> dict[str, tuple[float, dict[str, tuple[float, float]]]]:
    """Return the share of each kind, and per variable its shift and the days it takes."""
    kinds: dict[str, tuple[float, dict[str, tuple[float, float]]]] = {}
    for row in read_table("demo/regime_changes.csv"):
        share, shifts = kinds.get(row["kind"], (0.0, {}))
        share += float(row["share"] or 0.0)
        if row["variable"]:
            shifts[row["variable"]] = float(row["shift"]), float(row["onset_days"])
        kinds[row["kind"]] = share, shifts
    return kinds


class Regime:
    """Who changes how and when; the change itself is in no record."""

    def __init__(self, people: People, rng: np.random.Generator) -> None:
        self.people, self.rng, self.settings = people, rng, biomarkers()
        self.kinds = _kinds()
        n = len(people)
        shares = np.array([share for share, _ in self.kinds.values()])
        self.kind = rng.choice(list(self.kinds), n, p=shares / shares.sum())
        is_chosen = (rng.random(n) < SHARE) & (people.entry_day < people.end_day - 3.0 * 365.0)
        begins = np.floor(people.end_day - rng.uniform(BEGINS[1], BEGINS[0], n))
        self.day = np.where(is_chosen, begins, np.inf)
        self.size = rng.normal(1.0, 0.12, n)
        self.is_settled = np.zeros(n, dtype=bool)

    def settle(self, here: np.ndarray, day: np.ndarray, takes_tablets: np.ndarray) -> None:
        """Fix the kind of change of those seen in the last stretch; who takes nothing cannot stop it."""
        due = here & np.isfinite(self.day) & (day >= self.people.end_day - WATCH_DAYS) & ~self.is_settled
        self.kind[due & (self.kind == STOPS_TABLETS) & ~takes_tablets] = STEROID
        self.is_settled |= due

    def is_watched(self, day: np.ndarray) -> np.ndarray:
        """Say whose visits come close together, since their change is near or under way."""
        return self.is_settled & (day >= self.day - 100.0)

    def has_begun(self, day: np.ndarray) -> np.ndarray:
        """Say whose change has begun."""
        return self.is_settled & (day >= self.day)

    def is_spared(self, day: np.ndarray) -> np.ndarray:
        """Say who must not die before a change is seen."""
        return np.isfinite(self.day) & (day > self.people.end_day - 1200.0)

    def drop_unsettled(self, here: np.ndarray) -> None:
        """Take those who left the panel before their change off the list."""
        self.day[~here & ~self.is_settled] = np.inf

    def shift(self, day: np.ndarray) -> np.ndarray:
        """Return what the changes add to the levels by a day, (people, variables)."""
        added = np.zeros(self.people.offsets.shape)
        for kind, (_, shifts) in self.kinds.items():
            who = np.flatnonzero(self.has_begun(day) & (self.kind == kind))
            for variable, (size, onset) in shifts.items():
                since = day[who] - self.day[who]
                added[who, self.settings.column(variable)] = size * self.size[who] * -np.expm1(-since / onset)
        return added
