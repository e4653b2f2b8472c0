"""Does a therapy reach an outcome through what it changes, or by its own trial result?"""

from dataclasses import dataclass
from functools import cache
from typing import Literal

from twin.data_files import read_table
from twin.errors import BadEvidence
from twin.evidence.cards import PARTS, RELATIVE, Effect, effects

Path = Literal["mediator", "direct", "none"]
ENDPOINTS = ("ascvd", "heart_failure", "kidney_failure", "death")  # CVD is made of the first two
TARGETS = (*ENDPOINTS, *RELATIVE)  # what a therapy of its own trial may reach


@dataclass(frozen=True, slots=True)
class Pathway:
    """One row of ``data/pathways.csv``: how `drug_class` reaches `outcome`, and why that way.

    `cards` names the cards with the direct result, those of the most particular people first; empty for the other
    two paths. `otherwise` is the path for people to whom none of them can be carried over: one person, one path.
    """

    drug_class: str
    outcome: str
    path: Path
    cards: tuple[str, ...]
    reason: str
    otherwise: Literal["mediator", "none"] = "none"


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
        table[key] = Pathway(*key, row["path"], tuple(row["cards"].split()), row["reason"], row["otherwise"] or "none")
    return table


def pathway(drug_class: str, outcome: str) -> Pathway:
    """Return how a class reaches an outcome; a class without a row does not reach it."""
    return pathways().get((drug_class, outcome)) or Pathway(drug_class, outcome, "none", (), "No evidence on file")


@cache
def direct_candidates(agents: tuple[str, ...], drug_class: str, outcome: str) -> tuple[tuple[Effect, ...], ...]:
    """Return the trial results on an outcome, or on each of its parts, that a therapy may call upon.

    Parameters
    ----------
    agents
        What an effect may call the therapy, the most particular name first.
    drug_class
        Class whose pathway decides.
    outcome
        One of `TARGETS`.

    Returns
    -------
        For the outcome and each of its parts with a result: all of them, the preferred first. The first that can be
        carried over to a person counts, alone.
    """
    way = pathway(drug_class, outcome)
    if way.path != "direct":
        return ()
    found: dict[str, list[Effect]] = {}
    for agent in agents:
        for card in way.cards:
            for effect in effects("direct"):
                wanted = effect.outcome == outcome or effect.outcome in PARTS.get(outcome, ())
                if effect.agent == agent and effect.card == card and wanted:
                    found.setdefault(effect.outcome, []).append(effect)
    return tuple(tuple(candidates) for candidates in found.values())
