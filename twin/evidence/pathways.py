"""Does a therapy reach an outcome through what it changes, or by its own trial result?"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from twin.data_files import read_table
from twin.errors import BadEvidence
from twin.evidence.cards import PARTS, Effect, effects

Path = Literal["mediator", "direct", "none"]
ENDPOINTS = ("ascvd", "heart_failure", "kidney_failure", "death")  # CVD is made of the first two


@dataclass(frozen=True, slots=True)
class Pathway:
    """One row of ``data/pathways.csv``: how `drug_class` reaches `outcome`, and why that way.

    `cards` names the cards with the direct result; empty for the other two paths.
    """

    drug_class: str
    outcome: str
    path: Path
    cards: tuple[str, ...]
    reason: str


@cache
def pathways() -> dict[tuple[str, str], Pathway]:
    """Return every pathway by class and outcome: one path each, so no effect can be counted twice."""
    table: dict[tuple[str, str], Pathway] = {}
    for row in read_table("pathways.csv"):
        key = (row["drug_class"], row["outcome"])
        if key in table:
            raise BadEvidence(
                f"pathways.csv holds {key} twice",
                clinical="A therapy has two ways to one outcome; it is not used.",
            )
        table[key] = Pathway(*key, row["path"], tuple(row["cards"].split()), row["reason"])
    return table


def pathway(drug_class: str, outcome: str) -> Pathway:
    """Return how a class reaches an outcome; a class without a row does not reach it."""
    return pathways().get((drug_class, outcome)) or Pathway(drug_class, outcome, "none", (), "No evidence on file")


@cache
def direct_effects(agents: tuple[str, ...], drug_class: str, outcome: str) -> tuple[Effect, ...]:
    """Return the trial results on an outcome, or on each of its parts, for the most particular of `agents`.

    Parameters
    ----------
    agents
        What an effect may call the therapy, the most particular name first.
    drug_class
        Class whose pathway decides.
    outcome
        One of `ENDPOINTS`.
    """
    way = pathway(drug_class, outcome)
    if way.path != "direct":
        return ()
    chosen: dict[str, Effect] = {}
    for agent in agents:
        for effect in effects("direct"):
            wanted = effect.outcome == outcome or effect.outcome in PARTS.get(outcome, ())
            if effect.agent == agent and effect.card in way.cards and wanted:
                chosen.setdefault(effect.outcome, effect)
    return tuple(chosen.values())
