"""How did the forecasts of a whole panel turn out, and would a naive forecast have done as well?"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from itertools import pairwise

import numpy as np
import orjson
import pandas as pd

from twin.physiology.longitudinal import Parameters, default_parameters
from twin.physiology.longitudinal.parameters import DAYS_PER_YEAR
from twin.proof.hindcast import HIDE_DAYS
from twin.proof.kept_twins import out_of_sync, read_result
from twin.proof.naive import METHODS, naive_forecasts
from twin.proof.scoring import BANDS, Forecasts, Scores, Share, mean_difference, naive_scores, scores, share
from twin.record.twins import KeptTwin, PanelValues

LEAST = 30  # values of a variable, or of a group, below which nothing is said
LEAST_QUARTER = 20
AGES = (40, 60, 75)  # [years] where one age band ends and the next begins
_EPOCH = np.datetime64("1970-01-01", "s")


@dataclass(frozen=True, slots=True)
class VariableCard:
    """How the forecasts of one variable turned out; errors in its canonical unit.

    `coverage` is by band, `quarters` the 80 % band's in each quarter of the range of the forecasts, from the
    lowest; ``None`` where there are too few values. `gain` is the mean CRPS of the best naive forecast minus that
    of the twin, with its 95 % range: above 0 the twin is better.
    """

    variable: str
    n: int
    patients: int
    coverage: Mapping[str, Share]
    quarters: tuple[Share | None, ...]
    crps: Mapping[str, float]
    rmse: Mapping[str, float]
    mean_error: Mapping[str, float]
    best_naive: str
    gain: tuple[float, float, float]

    @property
    def says_enough(self) -> bool:
        """Say whether there are enough values to judge by."""
        return self.n >= LEAST

    @property
    def is_better(self) -> bool:
        """Say whether the twin beats the best naive forecast beyond chance, and errs less at its point."""
        return self.gain[1] > 0.0 and self.rmse["twin"] < min(self.rmse[method] for method in METHODS)


@dataclass(frozen=True, slots=True)
class GroupCard:
    """Coverage of the 80 % band in some of the patients, over all variables."""

    group: str
    label: str
    coverage: Share


@dataclass(frozen=True, slots=True)
class PanelCard:
    """The report card of a panel; `on` holds the first and the last day its twins stand for."""

    on: tuple[date, date]
    panel: int  # patients in the record
    synthetic: int
    out_of_sync: int
    coverage: Mapping[str, Share]  # of all values, by band; empty without values
    variables: tuple[VariableCard, ...]
    groups: tuple[GroupCard, ...]

    @property
    def n(self) -> int:
        """Return how many values were forecast."""
        return self.coverage["80"].n if self.coverage else 0

    @property
    def says_enough(self) -> bool:
        """Say whether there are enough values to judge by."""
        return self.n >= LEAST

    def to_json(self) -> str:
        """Write it as JSON."""
        return orjson.dumps(asdict(self), option=orjson.OPT_SERIALIZE_NUMPY).decode()


def read_card(text: str) -> PanelCard:
    """Read what `PanelCard.to_json` wrote."""
    found = orjson.loads(text)

    def shares(by_band: dict) -> dict[str, Share]:
        return {band: Share(**one) for band, one in by_band.items()}

    variables = (
        VariableCard(
            **{
                **one,
                "coverage": shares(one["coverage"]),
                "quarters": tuple(part and Share(**part) for part in one["quarters"]),
                "gain": tuple(one["gain"]),
            }
        )
        for one in found["variables"]
    )
    return PanelCard(
        **{
            **found,
            "on": tuple(date.fromisoformat(day) for day in found["on"]),
            "coverage": shares(found["coverage"]),
            "variables": tuple(variables),
            "groups": tuple(GroupCard(one["group"], one["label"], Share(**one["coverage"])) for one in found["groups"]),
        }
    )


def panel_card(kept: Sequence[KeptTwin], values: PanelValues, *, parameters: Parameters | None = None) -> PanelCard:
    """Count and score every kept forecast of a panel, and the naive forecasts of the same values.

    Parameters
    ----------
    kept
        What holds, one a patient of the panel.
    values
        The same patients' values, from which the naive forecasts are made.
    parameters
        With which the twins were fitted; the shipped ones unless given.
    """
    parameters = parameters or default_parameters()
    place = {one: i for i, one in enumerate(values.ids)}
    kept = [one for one in kept if one.patient_id in place]
    judged = _judged(kept, place, parameters)
    cut = np.full(len(values.ids), np.datetime64("NaT", "D"))
    for one in kept:
        cut[place[one.patient_id]] = one.fitted_on - timedelta(days=HIDE_DAYS)
    cards, bands = [], np.zeros(len(judged))
    for column, rows in judged.groupby("column").indices.items():
        mine = judged.iloc[rows]
        forecasts = Forecasts.of(parameters, column, mine["centre"], mine["scale"], mine["freedom"])
        bands[rows] = forecasts.band_of(mine["value"].to_numpy())
        naive = _naive(values, mine, parameters.variables[column], forecasts, cut)
        cards.append(_variable(parameters.variables[column], mine, forecasts, bands[rows], naive))
    person = judged["person"].to_numpy()
    days = [one.fitted_on for one in kept]
    return PanelCard(
        on=(min(days, default=date.min), max(days, default=date.min)),
        panel=len(values.ids),
        synthetic=int(np.sum(values.is_synthetic)),
        out_of_sync=len(out_of_sync(kept)),
        coverage=_coverage(bands, person),
        variables=tuple(cards),
        groups=tuple(_groups(values, kept, place, cut, bands, person)),
    )


def _judged(kept: Sequence[KeptTwin], place: Mapping[str, int], parameters: Parameters) -> pd.DataFrame:
    """Lay out every kept forecast: one row a hidden value."""
    columns = parameters.index()
    rows: dict[str, list] = {name: [] for name in ("person", "column", "time", "value", "centre", "scale", "freedom")}
    for one in kept:
        result = read_result(one)
        rows["person"] += [place[one.patient_id]] * len(result["variable"])
        rows["column"] += [columns[name] for name in result["variable"]]
        for name in ("time", "value", "centre", "scale", "freedom"):
            rows[name] += result[name]
    return pd.DataFrame(rows).astype({"person": int, "column": int, "time": int})


def _coverage(bands: np.ndarray, person: np.ndarray) -> dict[str, Share]:
    return {str(band): share(bands <= band, person) for band in BANDS} if len(bands) else {}


def _naive(
    values: PanelValues, judged: pd.DataFrame, name: str, forecasts: Forecasts, cut: np.ndarray
) -> dict[str, Scores]:
    """Score the naive forecasts of the judged values of one variable.

    They are made from all earlier values of the panel that are possible and were not recorded twice.
    """
    lowest = forecasts.low if forecasts.power == 0.0 else -np.inf  # on a logarithm, none found is the low limit
    table = pd.DataFrame({"person": values.person, "time": (values.time - _EPOCH).astype(np.int64)})
    table["value"] = np.where(values.value >= 0.0, np.maximum(values.value, lowest), values.value)
    table = table[(values.variable == name) & table["value"].between(forecasts.low, forecasts.high)]
    table = table.drop_duplicates().sort_values(["person", "time", "value"], ignore_index=True)
    person, seconds = table["person"].to_numpy(), table["time"].to_numpy()
    hidden = _EPOCH + seconds.astype("timedelta64[s]") >= cut[person] + np.timedelta64(1, "D")
    ages = (seconds / 86_400 - values.birth_date[person].astype("M8[D]").astype(np.int64)) / DAYS_PER_YEAR
    known = ~np.isnat(values.birth_date[person])
    ages[~known] = ages[known].mean() if known.any() else 0.0
    covariates = np.column_stack([ages, values.male[person]])
    made = naive_forecasts(person, seconds / 86_400, table["value"].to_numpy(), covariates, hidden, HIDE_DAYS)
    keys = ["person", "time", "value"]
    row = table[hidden].reset_index(drop=True).reset_index().set_index(keys)["index"]
    rows = row.loc[pd.MultiIndex.from_frame(judged[keys])].to_numpy()
    return {
        method: naive_scores(judged["value"].to_numpy(), made[method][0][rows], made[method][1]) for method in METHODS
    }


def _variable(
    name: str, judged: pd.DataFrame, forecasts: Forecasts, bands: np.ndarray, naive: dict[str, Scores]
) -> VariableCard:
    person = judged["person"].to_numpy()
    every = {"twin": scores(judged["value"].to_numpy(), forecasts.quantiles), **naive}
    crps = {method: float(np.mean(one.crps)) for method, one in every.items()}
    best = min(METHODS, key=crps.__getitem__)
    quarter = forecasts.quarter()
    quarters = (share(bands[quarter == q] <= 80, person[quarter == q]) for q in range(4))
    return VariableCard(
        variable=name,
        n=len(judged),
        patients=len(np.unique(person)),
        coverage=_coverage(bands, person),
        quarters=tuple(one if one and one.n >= LEAST_QUARTER else None for one in quarters),
        crps=crps,
        rmse={method: one.rmse for method, one in every.items()},
        mean_error={method: one.mean_error for method, one in every.items()},
        best_naive=best,
        gain=mean_difference(every[best].crps, every["twin"].crps, person),
    )


def _groups(
    values: PanelValues,
    kept: Sequence[KeptTwin],
    place: Mapping[str, int],
    cut: np.ndarray,
    bands: np.ndarray,
    person: np.ndarray,
):
    """Yield the coverage by sex, by age on the day of the forecast, and by whether the twin is in step today."""
    sex = np.select([values.male == 0.0, values.male == 1.0], ["Women", "Men"], "Sex not known")
    age = (cut - values.birth_date).astype("timedelta64[D]").astype(float) / DAYS_PER_YEAR
    edges = [f"Under {AGES[0]}", *(f"{low} to {high - 1}" for low, high in pairwise(AGES))]
    labels = np.array([*edges, f"{AGES[-1]} and over"])
    known = ~np.isnat(values.birth_date) & ~np.isnat(cut)
    band = np.where(known, labels[np.digitize(np.where(known, age, 0.0), AGES)], "Age not known")
    step = np.full(len(values.ids), "In step today", dtype=object)
    step[[place[one.patient_id] for one in kept if not one.in_sync]] = "Out of sync today"
    for group, of, order in (
        ("Sex", sex, ("Women", "Men", "Sex not known")),
        ("Age when the forecast was made", band, (*labels, "Age not known")),
        ("Twin", step, ("In step today", "Out of sync today")),
    ):
        for label in order:
            mine = of[person] == label
            if found := share(bands[mine] <= 80, person[mine]):
                yield GroupCard(group, str(label), found)
