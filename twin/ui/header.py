"""Whose page is this: the line that stands above every patient page?"""

from datetime import date

from twin import words
from twin.record.patient import Allergy, Patient
from twin.ui.doubts import DOUBTS
from twin.ui.html import Html, tag

STALE_MONTHS = 12
MIXED = "Records of two people may be mixed"


def full_name(family: str, given: str, prefix: str) -> str:
    """Return a name as ``DOE, Jane (Ms)``."""
    name = ", ".join(part for part in (family.upper(), given) if part) or "Name not known"
    return f"{name} ({prefix.rstrip('.')})" if prefix else name


def grouped(identifier: str) -> str:
    """Return digits in groups of three, the last of up to four; any other identifier as it is."""
    if not identifier.isdigit() or len(identifier) < 5:
        return identifier or "Not known"
    groups = [identifier[i : i + 3] for i in range(0, len(identifier), 3)]
    if len(groups[-1]) == 1:
        groups[-2:] = ["".join(groups[-2:])]
    return " ".join(groups)


def allergies_text(allergies: tuple[Allergy, ...] | None) -> str:
    """Return the allergies in words; nobody asked is not the same as none known."""
    if allergies is None:
        return "Not asked"
    if not allergies:
        return "None recorded"
    return ", ".join(_substance(a.display) + (f" ({_reaction(a.reaction)})" if a.reaction else "") for a in allergies)


def _substance(display: str) -> str:
    name = display.removeprefix("Allergy to ")
    return name[:1].upper() + name[1:]


def _reaction(display: str) -> str:
    """Begin a reaction in lower case; with a name or an abbreviation in it, it stays as it is."""
    return display.lower() if display[1:].islower() else display


def data_text(until: date | None, today: date) -> str:
    """Return the day of the newest value, with its age once it is over a year."""
    if until is None:
        return "No measurements"
    months = words.months_between(until, today)
    return words.day(until) + (f", {months} months old" if months >= STALE_MONTHS else "")


def born_text(patient: Patient, today: date) -> str:
    """Return the date of birth and the age, or the age at death."""
    if patient.birth_date is None:
        return "Not known"
    if patient.deceased is not None:
        age = patient.age_years(patient.deceased)
        return f"{words.day(patient.birth_date)}, died {words.day(patient.deceased)} ({age}y)"
    if patient.is_deceased:
        return f"{words.day(patient.birth_date)}, died on a day not known"
    return f"{words.day(patient.birth_date)} ({patient.age_years(today)}y)"


def is_mixed(patient: Patient) -> bool:
    """Say whether the id of a patient came with another person's name, birth date or sex too."""
    return "another_person" in patient.doubts


def patient_header(patient: Patient, today: date) -> Html:
    """Return the header line of a patient."""
    facts = (
        ("Born", born_text(patient, today)),
        ("Sex", patient.sex.capitalize() if patient.sex else "Not known"),
        ("ID", grouped(patient.identifier)),
        ("Allergies", allergies_text(patient.allergies)),
        ("Data to", data_text(patient.data_until(), today)),
    )
    badges = [tag("span", MIXED, css="badge doubt", title=DOUBTS["another_person"])] if is_mixed(patient) else []
    if patient.is_synthetic:
        badges.append(tag("span", "Synthetic patient", css="badge"))
    return tag(
        "div",
        tag("strong", full_name(patient.family, patient.given, patient.prefix), css="name"),
        *(tag("span", tag("span", label, css="label"), " ", tag("span", value, css="value")) for label, value in facts),
        *badges,
        css="patient-line",
        role="group",
        aria_label="Patient",
    )


def empty_header(why: str = "No patient chosen") -> Html:
    """Return the header line while no patient is open, or the one that is cannot be read."""
    return tag("div", tag("span", why, css="label"), css="patient-line", role="group", aria_label="Patient")
