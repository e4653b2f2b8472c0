"""What has a clinician set for one plan, and which plan is that?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from twin.evidence.therapies import therapies, therapy
from twin.plans import habits
from twin.plans.plan import Change, ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy
from twin.risk.inputs import BLOOD_PRESSURE_CLASSES
from twin.variables import variable

LIPID_CLASSES = ("ezetimibe", "bempedoic_acid", "pcsk9_inhibitor", "inclisiran")
SINGLE_CLASSES = ("statin", "sglt2_inhibitor", "glp1_agonist", "metformin")
CLASS_WORDS = {
    "sglt2_inhibitor": "SGLT2 inhibitor",
    "glp1_agonist": "GLP-1 agonist",
    "pcsk9_inhibitor": "PCSK9 inhibitor",
    "dpp4_inhibitor": "DPP-4 inhibitor",
}
NO_CHANGE = ""
STOP = "stop "
"""A drug setting is `NO_CHANGE`, a name of ``data/therapies.csv``, or this word and an ingredient."""

NAME_PARTS = 3


@dataclass(frozen=True, slots=True)
class Title:
    """A name that was given to some settings; it holds as long as they are the same."""

    text: str
    of: "PlanSettings"


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """The settings of one plan, as the widgets hold them.

    `systolic_bp` and `weight` are changes. [mmHg, kg] `doses_taken` is the share of every drug of the plan
    that is taken. [%] `kept` are changes of a saved plan that no widget can set, `delay` is how much later than
    the other plans it begins. [years]
    """

    statin: str = NO_CHANGE
    lipid: tuple[str, ...] = ()
    blood_pressure: tuple[str, ...] = ()
    systolic_bp: float = 0.0
    sglt2_inhibitor: str = NO_CHANGE
    glp1_agonist: str = NO_CHANGE
    metformin: str = NO_CHANGE
    other: tuple[str, ...] = ()
    stops_smoking: bool = False
    weight: float = 0.0
    doses_taken: float = 100.0
    kept: tuple[Change, ...] = ()
    delay: float = 0.0
    title: Title | None = None

    def named(self, text: str) -> "PlanSettings":
        """Return the same settings under a given name."""
        return replace(self, title=Title(text, replace(self, title=None)))

    def drugs(self) -> tuple[str, ...]:
        """Return every drug setting that changes something, in the order of the page."""
        glucose = (self.sglt2_inhibitor, self.glp1_agonist, self.metformin)
        return tuple(drug for drug in (self.statin, *self.lipid, *self.blood_pressure, *glucose, *self.other) if drug)

    def plan(self, *, taken: Mapping[str, str], start: float = 0.0) -> Plan:
        """Return the plan that these settings mean: a drug of a class that is taken replaces the one taken.

        Parameters
        ----------
        taken
            Drug class of each ingredient that the patient takes today.
        start
            When it begins. [years from today]
        """
        changes: list[Change] = []
        for drug in self.drugs():
            changes += _drug_changes(drug, taken, self.doses_taken / 100.0)
        if self.systolic_bp:
            changes.append(ChangeVariable("systolic_bp", self.systolic_bp))
        if self.stops_smoking:
            changes.append(Lifestyle("smoking"))
        if self.weight:
            changes.append(Lifestyle("weight", self.weight))
        changes += self.kept
        return Plan(self.name(), tuple(dict.fromkeys(changes)), start + self.delay if changes else 0.0)

    def name(self) -> str:
        """Return the given name while it holds, or what is done in a few words: ``Statin + BP drug``."""
        if self.title is not None and self.title.of == replace(self, title=None):
            return self.title.text
        parts = [
            *_by_class((self.statin, *self.lipid)),
            *_counted("BP drug", self.blood_pressure),
            f"BP {signed(self.systolic_bp)}\N{NO-BREAK SPACE}mmHg" if self.systolic_bp else "",
            *_by_class((self.sglt2_inhibitor, self.glp1_agonist, self.metformin, *self.other)),
            "stop smoking" if self.stops_smoking else "",
            f"weight {signed(self.weight)}\N{NO-BREAK SPACE}kg" if self.weight else "",
            *dict.fromkeys(_kept_name(change) for change in self.kept),
        ]
        done = [part for part in parts if part]
        if len(done) > NAME_PARTS:
            done = [*done[: NAME_PARTS - 1], f"{len(done) - NAME_PARTS + 1} more"]
        words = " + ".join(done)
        return words[0].upper() + words[1:] if words else "No change yet"


def _drug_changes(drug: str, taken: Mapping[str, str], adherence: float) -> list[Change]:
    if drug.startswith(STOP):
        return [StopTherapy(drug.removeprefix(STOP))]
    known = therapy(drug)
    replaced = [StopTherapy(i) for i, group in taken.items() if group == known.drug_class and i != known.ingredient]
    return [*replaced, StartTherapy(drug, adherence)]


def _by_class(drugs: tuple[str, ...]) -> list[str]:
    """Name drugs by their class, and what is stopped by its own name."""
    return [
        drug if drug.startswith(STOP) else CLASS_WORDS.get(group := therapy(drug).drug_class, group.replace("_", " "))
        for drug in drugs
        if drug
    ]


def _kept_name(change: Change) -> str:
    if isinstance(change, StartTherapy):
        return _by_class((change.therapy,))[0]
    if isinstance(change, StopTherapy):
        return STOP + change.ingredient
    if isinstance(change, ChangeVariable):
        known = variable(change.variable)
        return f"{known.short_label} {signed(change.change)}\N{NO-BREAK SPACE}{known.unit}"
    return habits.in_words(change)


def kept_words(change: Change) -> str:
    """Say a change that no widget can set, with all that is stated of it."""
    words = _kept_name(change)
    if isinstance(change, StartTherapy):
        words = therapy(change.therapy).label
        words += f", {change.adherence * 100:g}% of doses" if change.adherence != 1.0 else ""
        words += f", until year {change.stop:g}" if change.stop is not None else ""
    if isinstance(change, StartTherapy | StopTherapy) and change.start:
        words += f", from year {change.start:g}"
    return words[:1].upper() + words[1:]


def _counted(what: str, drugs: tuple[str, ...]) -> list[str]:
    """Count starts and stops: ``2 BP drugs``, ``stop BP drug``."""
    stops = sum(drug.startswith(STOP) for drug in drugs)
    starts = len(drugs) - stops

    def words(number: int) -> str:
        return what if number == 1 else f"{number} {what}s"

    return [text for text in (words(starts) if starts else "", f"stop {words(stops)}" if stops else "") if text]


def signed(amount: float) -> str:
    """Write a signed amount with a true minus sign."""
    return f"{'−' if amount < 0 else '+'}{abs(amount):g}"


def other_classes() -> tuple[str, ...]:
    """Return the classes of the catalogue that have no setting of their own."""
    own = (*SINGLE_CLASSES, *LIPID_CLASSES, *BLOOD_PRESSURE_CLASSES)
    return tuple(dict.fromkeys(t.drug_class for t in therapies().values() if t.drug_class not in own))


def options(drug_classes: tuple[str, ...], taken: Mapping[str, str]) -> tuple[str, ...]:
    """Return the settings a reader may choose for some classes: every drug and dose, then stopping what is taken."""
    known = [t for t in therapies().values() if t.drug_class in drug_classes]
    by_dose = sorted(known, key=lambda t: (drug_classes.index(t.drug_class), t.ingredient, t.daily_dose_mg))
    stops = dict.fromkeys(STOP + t.ingredient for t in by_dose if t.ingredient in taken)
    return (*(t.name for t in by_dose), *stops)


def option_label(option: str) -> str:
    """Return a setting as the reader sees it."""
    if option == NO_CHANGE:
        return "No change"
    return option.capitalize() if option.startswith(STOP) else therapy(option).label


def ingredient_of(drug: str) -> str:
    """Return the ingredient that a drug setting is about."""
    return drug.removeprefix(STOP) if drug.startswith(STOP) else therapy(drug).ingredient


def one_dose_each(drugs: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the last choice of each ingredient: two doses of one drug cannot be meant."""
    return tuple({ingredient_of(drug): drug for drug in drugs}.values())
