"""What could be changed for this person, one decision at a time?"""

from collections.abc import Sequence
from dataclasses import dataclass

from twin.evidence.therapies import Therapy, therapies
from twin.plans.ground import Ground
from twin.plans.habits import in_words
from twin.plans.people import meets, value_of
from twin.plans.plan import Change, Lifestyle, StartTherapy
from twin.plans.regimen import current_therapies

BLOOD_PRESSURE = "blood pressure"
# One usual dose of a drug stands for its class; where a drug of the class is taken, its next higher dose does.
STATINS = ("atorvastatin 20 mg", "atorvastatin 80 mg")
PRESSURE = (
    "lisinopril 10 mg",
    "losartan 50 mg",
    "amlodipine 5 mg",
    "chlortalidone 25 mg",
    "bisoprolol 10 mg",
    "spironolactone 25 mg",
)
LDL = ("ezetimibe 10 mg", "bempedoic acid 180 mg", "evolocumab 140 mg every 2 weeks")


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be done."""

    label: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Factor:
    """One decision: any one of its options, or none. Factors of one `group` are limited together."""

    name: str
    options: tuple[Option, ...]
    group: str = ""


def factors_for(ground: Ground) -> tuple[Factor, ...]:
    """Return the usual decisions for this person; a class that is taken offers its next higher dose only."""
    patient, on = ground.patient, ground.on

    def has(need: str) -> bool:
        return meets(patient, need, on=on)

    drugs = [
        _drugs("Statin", STATINS, ground),
        _drugs("Beside a statin", LDL, ground),
        *(_drugs(_label(name), (name,), ground, group=BLOOD_PRESSURE) for name in PRESSURE),
        _drugs("SGLT2 inhibitor", ("empagliflozin 10 mg",), ground),
        _drugs("GLP-1 agonist", _incretin(has("diabetes"), has("bmi >= 27")), ground),
        _drugs("Aspirin", ("aspirin 81 mg",), ground),
    ]
    if has("diabetes"):
        drugs.append(_drugs("Metformin", ("metformin 2000 mg",), ground))
    if has("diabetes/type_2") and has("kidney/chronic_kidney_disease|uacr >= 30"):
        drugs.append(_drugs("Finerenone", ("finerenone 20 mg",), ground))
    if has("cardiovascular/heart_failure"):
        drugs.append(_drugs("Sacubitril/valsartan", ("sacubitril 194 mg",), ground))
    return tuple(factor for factor in (*drugs, *_habits(ground)) if factor.options)


def _label(name: str) -> str:
    return therapies()[name].label


def _incretin(has_diabetes: bool, is_heavy: bool) -> tuple[str, ...]:
    if has_diabetes:
        return ("semaglutide 1 mg weekly",)
    return ("semaglutide 2.4 mg weekly",) if is_heavy else ()


def _drugs(name: str, usual: Sequence[str], ground: Ground, *, group: str = "") -> Factor:
    options = []
    for wanted in usual:
        known = therapies()[wanted]
        options += [_start(one) for one in _doses(known, ground) if _start(one) not in options]
    return Factor(name, tuple(options), group)


def _doses(wanted: Therapy, ground: Ground) -> list[Therapy]:
    """Return the therapy or, where a drug of its class is taken, the next higher dose of that one."""
    taken = [t for t in current_therapies(ground.patient, on=ground.on).values() if t.drug_class == wanted.drug_class]
    if not taken:
        return [wanted]
    now = taken[0]
    higher = [t for t in therapies().values() if t.ingredient == now.ingredient and t.daily_dose_mg > now.daily_dose_mg]
    return sorted(higher, key=lambda t: t.daily_dose_mg)[:1]


def _start(known: Therapy) -> Option:
    return Option(known.label, (StartTherapy(known.name),))


def _habits(ground: Ground) -> list[Factor]:
    patient, on = ground.patient, ground.on
    changes = [Lifestyle("activity", 150.0), Lifestyle("sodium", -2.0)]
    if (value_of(patient, "bmi", on=on) or 0.0) >= 25.0:
        changes.append(Lifestyle("weight", -5.0))
    label = ", ".join(in_words(change) for change in changes)
    smoking = Factor("Smoking", (Option("Stop smoking", (Lifestyle("smoking"),)),))
    return [
        *([smoking] if meets(patient, "smoking", on=on) else []),
        Factor("Habits", (Option(label[0].upper() + label[1:], tuple(changes)),)),
    ]
