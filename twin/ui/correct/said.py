"""How is a correction said?"""

from datetime import datetime

from twin import words
from twin.record.patient import Correction, Measurement
from twin.variables import registry

KINDS = {
    "wrong": "Wrong value",
    "explained": "Explained value",
    "adherence": "Doses not taken",
    "added": "Missing value",
}
"""What a clinician says with each kind, in the order of the screen."""
MEANING = {
    "wrong": "The value was never true: a slip, another person's sample. It is left out everywhere.",
    "explained": "The value was true, but something that passes explains it, such as a course of steroids. It stays on "
    "the chart; the twin does not learn from it, and no risk takes it as the present state.",
    "adherence": "The drug is prescribed and not all of its doses are taken. The twin expects less of it; the list of "
    "medicines stays as it is.",
    "added": "A value that was measured and is not on record. It counts like any other and is shown as stated by hand.",
}


def moment(time: datetime) -> str:
    """Write day and time, or the day alone where no time is known."""
    has_time = (time.hour, time.minute) != (0, 0)
    return words.day(time.date()) + (f" {time:%H:%M}" if has_time else "")


def value_words(measured: Measurement) -> str:
    """Write a value with its time and how it was taken, as a choice in a list."""
    known = registry()[measured.variable]
    return (
        f"{moment(measured.time)}: {known.format(measured.value)} {known.unit}, {measured.source or 'source not known'}"
    )


def what(one: Correction) -> str:
    """Say what was corrected."""
    if one.kind == "adherence":
        since = "" if one.time is None else f" since {words.day(one.time.date())}"
        return f"{one.ingredient.capitalize()}: {round(one.adherence * 100)} % of doses taken{since}"
    known = registry()[one.variable]
    written = f"{known.short_label} {known.format(one.value)} {known.unit} of {moment(one.time)}"
    return f"{written}: {'added' if one.kind == 'added' else one.kind}"


def who_and_when(user: str, time: datetime) -> str:
    """Say who did something and when."""
    return f"{user}, {words.day(time.date())} {time:%H:%M} UTC"
