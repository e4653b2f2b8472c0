"""Which measurements could be taken next?"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from twin.data_files import read_table
from twin.errors import BadEvidence
from twin.evidence.sources import source
from twin.physiology.longitudinal.preposterior import Planned
from twin.variables import variable


@dataclass(frozen=True, slots=True)
class Measurement:
    """One thing that can be measured: which variables it gives, how noisy, and what it asks of the person.

    How much a result may err is the twin's noise of its kind of source; `readings` are averaged.
    """

    id: str
    label: str
    variables: tuple[str, ...]
    source_kind: str
    readings: int
    burden: str
    source_id: str
    locator: str

    @property
    def planned(self) -> Planned:
        """Return the measurement as the twin knows it."""
        return Planned(self.variables, self.source_kind, self.readings)


@cache
def measurements() -> Mapping[str, Measurement]:
    """Return every measurement of ``data/measurements.csv`` by id, in the order of the table.

    Raises
    ------
    BadEvidence
        If a row asks for no reading.
    UnknownName
        If it names a variable that the registry does not know.
    """
    return MappingProxyType({row["id"]: _from_row(row) for row in read_table("measurements.csv")})


def _from_row(row: Mapping[str, str]) -> Measurement:
    readings = int(row["readings"])
    if readings < 1:
        raise BadEvidence(
            f"measurements.csv: {row['id']} has {readings} readings",
            clinical="A measurement on file is described wrongly and is not offered.",
        )
    names = tuple(variable(name).name for name in row["variables"].split(";"))
    cited = source(row["source_id"]).id
    return Measurement(
        row["id"], row["label"], names, row["source_kind"], readings, row["burden"], cited, row["locator"]
    )
