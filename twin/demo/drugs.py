"""Which drugs does the demo clinic use, in which order of doses, and what does each do?"""

from dataclasses import dataclass
from functools import cache

from twin.data_files import read_table
from twin.evidence.cards import Effect
from twin.evidence.therapies import biomarker_effects, therapies
from twin.variables import variable

NOT_EVIDENCE = "demo setting"


@dataclass(frozen=True, slots=True)
class Drug:
    """One drug at one dose, with the codes it is ordered by and what it does to each variable."""

    name: str
    ingredient: str
    drug_class: str
    daily_dose: float
    unit: str
    form: str
    takings_per_day: float
    rxnorm: str
    atc: str
    effects: tuple[Effect, ...]


@dataclass(frozen=True, slots=True)
class Ladder:
    """A drug of one line of treatment with its doses, lowest first."""

    share: float
    from_year: int
    steps: tuple[Drug, ...]


def _other_effect(row: dict[str, str]) -> Effect:
    return Effect(
        card=NOT_EVIDENCE,
        kind="biomarker",
        measure=row["measure"],
        estimate=float(row["estimate"]),
        ci_low=None,
        ci_high=None,
        locator="data/demo/other_effects.csv",
        status="unverified",
        agent=row["agent"],
        variable=row["variable"],
        unit=variable(row["variable"]).ucum,
        onset_days=float(row["onset_days"]),
        response_sd=float(row["response_sd"]),
    )


def _effects(name: str, agents: tuple[str, ...]) -> tuple[Effect, ...]:
    """Return the evidence's effects, and the demo's own where the evidence says nothing of a variable.

    Diastolic pressure is left out: in the panel it follows systolic pressure, as `Body.combine` says.
    """
    known = biomarker_effects(name) if name in therapies() else ()
    chosen = {effect.variable: effect for effect in known if effect.variable != "diastolic_bp"}
    for agent in agents:
        for row in read_table("demo/other_effects.csv"):
            if row["agent"] == agent:
                chosen.setdefault(row["variable"], _other_effect(row))
    return tuple(chosen.values())


@cache
def drugs() -> dict[str, Drug]:
    """Return every drug and dose of the panel by name."""
    listed = {t.name: (t.ingredient, t.drug_class, t.daily_dose_mg) for t in therapies().values()}
    for row in read_table("demo/other_therapies.csv"):
        listed.setdefault(row["name"], (row["ingredient"], row["drug_class"], float(row["daily_dose"])))
    medicines = {row["ingredient"]: row for row in read_table("demo/medicines.csv")}
    return {
        name: Drug(
            name=name,
            ingredient=ingredient,
            drug_class=drug_class,
            daily_dose=dose,
            unit=medicines[ingredient]["unit"],
            form=medicines[ingredient]["form"],
            takings_per_day=float(medicines[ingredient]["takings_per_day"]),
            rxnorm=medicines[ingredient]["rxnorm"],
            atc=medicines[ingredient]["atc"],
            effects=_effects(name, (name, ingredient, drug_class)),
        )
        for name, (ingredient, drug_class, dose) in listed.items()
        if ingredient in medicines
    }


@cache
def ladders() -> dict[str, tuple[Ladder, ...]]:
    """Return the ladders of each line of treatment."""
    found: dict[str, list[Ladder]] = {}
    for row in read_table("demo/ladders.csv"):
        steps = tuple(drugs()[name] for name in row["steps"].split(";"))
        found.setdefault(row["line"], []).append(Ladder(float(row["share"]), int(row["from_year"]), steps))
    return {line: tuple(options) for line, options in found.items()}
