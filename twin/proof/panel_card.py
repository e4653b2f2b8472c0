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
from twin.proof.kept_twins import SCORED, out_of_sync, read_result
from twin.proof.naive import METHODS, naive_forecasts
from twin.proof.scoring import BANDS, Scores, Share, mean_difference, naive_scores, quarter_of, share
from twin.record.twins import KeptTwin, PanelValues

LEAST = 30  # values of a variable, or of a group, below which nothing is said
LEAST_QUARTER = 20
AGES = (40, 60, 75)  # [years] where one age band ends and the next begins
_EPOCH = np.datetime64("1970-01-01", "s")
_KEYS = ["column", "person", "time", "value"]  # of a value


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
    cut = np.full(len(values.ids), np.datetime64("NaT", "D"))
    for one in kept:
        cut[place[one.patient_id]] = one.fitted_on - timedelta(days=HIDE_DAYS)
    table = _table(values, parameters, cut)
    judged = _judged(kept, place, parameters).merge(table.reset_index(), on=_KEYS)
    cards = [
        _variable(parameters.variables[column], mine, _naive(values, table[table["column"] == column], mine))
        for column, mine in judged.groupby("column")
    ]
    band, person = judged["band"].to_numpy(), judged["person"].to_numpy()
    days = [one.fitted_on for one in kept]
    return PanelCard(
        on=(min(days, default=date.min), max(days, default=date.min)),
        panel=len(values.ids),
        synthetic=int(np.sum(values.is_synthetic)),
        out_of_sync=len(out_of_sync(kept)),
        coverage=_coverage(band, person),
        variables=tuple(cards),
        groups=tuple(_groups(values, kept, place, cut, band, person)),
    )


def _judged(kept: Sequence[KeptTwin], place: Mapping[str, int], parameters: Parameters) -> pd.DataFrame:
    """Lay out every kept forecast: one row a hidden value."""
    columns = parameters.index()
    rows: dict[str, list] = {name: [] for name in (*_KEYS, *SCORED)}
    for one in kept:
        result = read_result(one)
        rows["person"] += [place[one.patient_id]] * len(result["variable"])
        rows["column"] += [columns[name] for name in result["variable"]]
        for name in ("time", "value", *SCORED):
            rows[name] += result[name]
    return pd.DataFrame(rows).astype(dict.fromkeys(rows, float) | dict.fromkeys(("column", "person", "time"), int))


def _table(values: PanelValues, parameters: Parameters, cut: np.ndarray) -> pd.DataFrame:
    """Lay out all values that are possible and were not recorded twice, by variable, person and time."""
    codes, names = pd.factorize(values.variable)
    index = parameters.index()
    column = np.array([index[name] for name in names], dtype=int)[codes]
    low, high, power = (getattr(parameters, name)[column] for name in ("low", "high", "power"))
    # On a logarithm, none found stands at the low limit, as the twin takes it.
    value = np.where((values.value >= 0.0) & (power == 0.0), np.maximum(values.value, low), values.value)
    seconds = (values.time - _EPOCH).astype(np.int64)
    table = pd.DataFrame({"column": column, "person": values.person, "time": seconds, "value": value})
    table = table[(value >= low) & (value <= high)].drop_duplicates().sort_values(_KEYS, ignore_index=True)
    moment = _EPOCH + table["time"].to_numpy().astype("m8[s]")
    return table.assign(hidden=moment >= cut[table["person"]] + np.timedelta64(1, "D"))


def _naive(values: PanelValues, table: pd.DataFrame, judged: pd.DataFrame) -> dict[str, Scores]:
    """Score the naive forecasts of the judged values of one variable, made from all earlier ones of the panel."""
    person, days, hidden = table["person"].to_numpy(), table["time"].to_numpy() / 86_400, table["hidden"].to_numpy()
    known = ~np.isnat(values.birth_date[person])
    ages = (days - values.birth_date[person].astype(np.int64)) / DAYS_PER_YEAR
    ages[~known] = ages[known].mean() if known.any() else 0.0
    covariates = np.column_stack([ages, values.male[person]])
    made = naive_forecasts(person, days, table["value"].to_numpy(), covariates, hidden, HIDE_DAYS)
    rows = (np.cumsum(hidden) - 1)[judged["index"].to_numpy() - table.index[0]]  # among the hidden ones
    value = judged["value"].to_numpy()
    return {method: naive_scores(value, made[method][0][rows], made[method][1]) for method in METHODS}


def _coverage(bands: np.ndarray, person: np.ndarray) -> dict[str, Share]:
    return {str(band): share(bands <= band, person) for band in BANDS} if len(bands) else {}


def _variable(name: str, judged: pd.DataFrame, naive: dict[str, Scores]) -> VariableCard:
    person, band = judged["person"].to_numpy(), judged["band"].to_numpy()
    every = {"twin": Scores(judged["error"].to_numpy(), judged["crps"].to_numpy()), **naive}
    crps = {method: float(np.mean(one.crps)) for method, one in every.items()}
    best = min(METHODS, key=crps.__getitem__)
    quarter = quarter_of(judged["centre"].to_numpy())
    quarters = (share(band[quarter == q] <= 80, person[quarter == q]) for q in range(4))
    return VariableCard(
        variable=name,
        n=len(judged),
        patients=len(np.unique(person)),
        coverage=_coverage(band, person),
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
