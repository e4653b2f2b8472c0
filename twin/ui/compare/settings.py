"""What has a clinician set for one plan, and which plan is that?"""

from dataclasses import dataclass

from twin.evidence.therapies import therapies, therapy
from twin.plans.plan import Change, ChangeVariable, Lifestyle, Plan, StartTherapy, StopTherapy

BLOOD_PRESSURE_CLASSES = ("ace_inhibitor", "arb", "calcium_channel_blocker", "thiazide", "beta_blocker", "mra")
NO_CHANGE = ""
STOP = "stop "
"""A setting is `NO_CHANGE`, a name of ``data/therapies.csv``, or this word and an ingredient."""

NAME_PARTS = 3


@dataclass(frozen=True, slots=True)
class PlanSettings:
    """The settings of one plan, as the widgets hold them.

    `systolic_bp` and `weight` are changes. [mmHg, kg] `doses_taken` is the share of every drug of the plan
    that is taken. [%]
    """

    statin: str = NO_CHANGE
    ezetimibe: str = NO_CHANGE
    blood_pressure: tuple[str, ...] = ()
    systolic_bp: float = 0.0
    sglt2_inhibitor: str = NO_CHANGE
    glp1_agonist: str = NO_CHANGE
    metformin: str = NO_CHANGE
    stops_smoking: bool = False
    weight: float = 0.0
    doses_taken: float = 100.0

    def drugs(self) -> tuple[str, ...]:
        """Return every drug setting that changes something, in the order of the page."""
        single = (self.sglt2_inhibitor, self.glp1_agonist, self.metformin)
        return tuple(drug for drug in (self.statin, self.ezetimibe, *self.blood_pressure, *single) if drug)

    def plan(self, *, start: float = 0.0) -> Plan:
        """Return the plan that these settings mean.

        Parameters
        ----------
        start
            When it begins. [years from today]
        """
        changes: list[Change] = [_drug_change(drug, self.doses_taken / 100.0) for drug in self.drugs()]
        if self.systolic_bp:
            changes.append(ChangeVariable("systolic_bp", self.systolic_bp))
        if self.stops_smoking:
            changes.append(Lifestyle("smoking"))
        if self.weight:
            changes.append(Lifestyle("weight", self.weight))
        return Plan(self.name(), tuple(changes), start if changes else 0.0)

    def name(self) -> str:
        """Return what is done, in a few words: ``Statin + BP drug``."""
        parts = [
            _named("statin", self.statin),
            _named("ezetimibe", self.ezetimibe),
            *_counted("BP drug", self.blood_pressure),
            f"BP {_moved(self.systolic_bp)}\N{NO-BREAK SPACE}mmHg" if self.systolic_bp else "",
            _named("SGLT2 inhibitor", self.sglt2_inhibitor),
            _named("GLP-1 agonist", self.glp1_agonist),
            _named("metformin", self.metformin),
            "stop smoking" if self.stops_smoking else "",
            f"weight {_moved(self.weight)}\N{NO-BREAK SPACE}kg" if self.weight else "",
        ]
        done = [part for part in parts if part]
        if len(done) > NAME_PARTS:
            done = [*done[: NAME_PARTS - 1], f"{len(done) - NAME_PARTS + 1} more"]
        words = " + ".join(done)
        return words[0].upper() + words[1:] if words else "No change yet"


def _drug_change(drug: str, adherence: float) -> Change:
    return StopTherapy(drug.removeprefix(STOP)) if drug.startswith(STOP) else StartTherapy(drug, adherence)


def _named(what: str, drug: str) -> str:
    return f"stop {what}" if drug.startswith(STOP) else what if drug else ""


def _counted(what: str, drugs: tuple[str, ...]) -> tuple[str, ...]:
    """Count starts and stops: ``2 BP drugs``, ``stop BP drug``."""
    stops = sum(drug.startswith(STOP) for drug in drugs)
    starts = len(drugs) - stops

    def words(number: int) -> str:
        return what if number == 1 else f"{number} {what}s"

    return tuple(text for text in (words(starts) if starts else "", f"stop {words(stops)}" if stops else "") if text)


def _moved(amount: float) -> str:
    """Write a signed amount with a true minus sign."""
    return f"{'−' if amount < 0 else '+'}{abs(amount):g}"


def options(drug_classes: tuple[str, ...], taken: tuple[str, ...]) -> tuple[str, ...]:
    """Return the settings a reader may choose for some classes: every drug and dose, then stopping what is taken.

    Parameters
    ----------
    taken
        Ingredients that the patient takes today.
    """
    known = [t for t in therapies().values() if t.drug_class in drug_classes]
    by_dose = sorted(known, key=lambda t: (drug_classes.index(t.drug_class), t.ingredient, t.daily_dose_mg))
    stops = dict.fromkeys(STOP + t.ingredient for t in by_dose if t.ingredient in taken)
    return (*(t.name for t in by_dose), *stops)


def option_label(option: str) -> str:
    """Return a setting as the reader sees it."""
    if option == NO_CHANGE:
        return "No change"
    return option.capitalize() if option.startswith(STOP) else therapy(option).label


def one_dose_each(drugs: tuple[str, ...]) -> tuple[str, ...]:
    """Keep the last choice of each ingredient: two doses of one drug cannot be meant."""
    last = {drug.removeprefix(STOP) if drug.startswith(STOP) else therapy(drug).ingredient: drug for drug in drugs}
    return tuple(last.values())
