"""What is known beforehand of people who have had a cardiovascular event, and of which kind will the next one be?

Their equation, SMART-REACH, counts heart attack, stroke and cardiovascular death together and says nothing of heart
failure. Effects that trials give for heart attack and stroke apart are weighed by how often each came first in
trials of people with the same disease; a cardiovascular death counts with the heart attacks.
"""

from datetime import date

from twin.evidence.event_shares import EventShare, event_shares
from twin.evidence.sources import source
from twin.record.patient import Patient
from twin.risk.choose import NEXT_EVENT
from twin.risk.results import Estimate, Withheld, equation_of

NO_HEART_FAILURE = (
    "No equation here gives the chance of heart failure to people with known vascular disease. No estimate shown."
)


def compared_as(known: Estimate) -> str:
    """Return under which outcome an estimate stands in a comparison: without heart failure it is ASCVD."""
    return "ascvd" if equation_of(known) == NEXT_EVENT else known.outcome


def without_heart_failure(versioned: str, horizon_years: int) -> dict[str, Withheld]:
    """Return what cannot be estimated after an event, by outcome."""
    return {name: Withheld(name, horizon_years, versioned, NO_HEART_FAILURE) for name in ("cvd", "heart_failure")}


def shares_after(patient: Patient, *, on: date) -> dict[str, float]:
    """Return of what the next event is likely made: the average over the diseases a person has.

    Parameters
    ----------
    patient
        Someone with disease of the arteries of heart, brain or legs.
    """
    found = _known(patient, on)
    stroke = sum(one.stroke for one in found) / len(found)
    return {"chd": 1.0 - stroke, "stroke": stroke}


def said_of_event(patient: Patient, *, on: date) -> str:
    """Say what is counted, and on what the split into heart attacks and strokes rests."""
    found = _known(patient, on)
    strokes = 100.0 * shares_after(patient, on=on)["stroke"]
    trials = " and ".join(f"{one.trial} (doi {source(one.source_id).doi})" for one in found)
    return (
        "Known vascular disease: SMART-REACH counts another heart attack, stroke or cardiovascular death together; "
        f"heart failure has no estimate. About {strokes:.0f} in 100 of these events are taken to be strokes, as in "
        f"{trials}; it matters where a treatment prevents one kind more than the other."
    )


def _known(patient: Patient, on: date) -> list[EventShare]:
    return [one for one in event_shares() if any(patient.ever_had(concept, on) for concept in one.concepts)]
