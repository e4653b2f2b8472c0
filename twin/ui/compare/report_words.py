"""In which words does a report speak to a clinician, and in which to a patient?

The numbers are the same; the patient's words are short, and meant for a reader of 11.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from twin.evidence.harms import harms as known_harms
from twin.figures.comparison_table import CERTAINTY


@dataclass(frozen=True, slots=True)
class Words:
    """The fixed words of a report; `has_receipts` tells whether equations, checks and caveats are listed."""

    css: str
    title: str
    question: str
    change: str
    people: str
    harm: str
    involves: str
    certainty: str
    reference: str
    outcomes: str
    net: str
    prevented: str
    caused: str
    inputs: str
    sources: str
    limits_title: str
    limits: tuple[str, ...]
    safety: str
    has_receipts: bool
    reading: str = ""
    studies: str = ""
    others: str = ""
    certainties: Mapping[str, str] = field(default_factory=dict)
    harms: Mapping[str, str] = field(default_factory=dict)  # plain words by the harm's id

    def said(self, text: str) -> str:
        """Return a text in which the names of harms are those of this reader."""
        for name, plain in self.harms.items():
            text = text.replace(known_harms()[name].label, plain)
        return text


FOR_CLINICIAN = Words(
    css="clinician",
    title="Plans compared",
    question="Which plan is worth discussing?",
    change="Change from current care",
    people="people like this",
    harm="Serious harm from treatment",
    involves="What it involves",
    certainty="Certainty of evidence",
    reference="Reference",
    outcomes="All outcomes",
    net="Prevented less caused",
    prevented="Prevented",
    caused="Caused",
    inputs="Inputs",
    sources="Evidence",
    limits_title="Limits",
    limits=(
        "Estimates for people with the same measurements; they cannot tell which of them this patient is. Risks under "
        "current care come from the published equations named here, changes from trials. Ranges are 95 % ranges of the "
        "estimate, not of what happens to people.",
        "Not for emergencies, pregnancy, people under 18, or use without a clinician. Research software, not a medical "
        "device.",
    ),
    safety="Use with your own judgement.",
    has_receipts=True,
    others="Other harms, and safety checks found",
    certainties={**{word: word for word in CERTAINTY.values()}, "": "No effect"},
)

FOR_PATIENT = Words(
    css="patient",
    title="Your choices",
    question="What could happen with each plan?",
    change="Compared with now",
    people="people like you",
    harm="Harm from the treatment",
    involves="What you do",
    certainty="How sure we are",
    reference="This is how it is now",
    outcomes="What else could happen",
    net="Good less harm",
    prevented="Good",
    caused="Harm",
    inputs="Your numbers",
    sources="Where this comes from",
    limits_title="What this cannot tell you",
    limits=(
        "Nobody can say what will happen to you. The numbers are about many people who are like you. Some of them get "
        "ill. Most plans help some people and not others. We cannot tell who.",
        "The numbers could be a bit too high or too low. The range shows by how much.",
        "Talk with your doctor or nurse before you change anything. Do not stop a medicine on your own. If you feel "
        "very ill, call for help. Do not wait.",
    ),
    safety="Bring this paper to your next visit.",
    has_receipts=False,
    reading=(
        "How to read this: think of a room with many people like you. Each mark is one person. A dark square is a "
        "person who gets ill. A ring is a person who stays well thanks to the plan. The small pale marks stay well "
        "either way."
    ),
    studies=(
        "The changes come from {count} studies of other people. Your doctor has the list, and knows if these people "
        "were like you."
    ),
    certainties={
        "High": "Very sure",
        "Moderate": "Quite sure",
        "Low": "Not very sure",
        "Very low": "Not sure at all",
        "": "No effect",
    },
    others="Other side effects",
    harms={
        "hypotension": "Very low blood pressure, with a stay in hospital",
        "syncope": "Fainting, with a stay in hospital",
        "acute_kidney_injury": "Sudden harm to the kidneys",
        "ketoacidosis": "Too much acid in the blood",
        "gallbladder_disease": "Gallstones",
        "retinopathy": "Harm to the eyes",
        "new_diabetes": "New diabetes",
        "major_bleeding": "A serious bleed",
        "severe_hypoglycaemia": "Very low blood sugar, with help needed",
        "hyperkalaemia": "Too much of a salt in the blood, with a stay in hospital",
        "surgical_complication": "A serious problem after the operation",
        "genital_infection": "An infection of the private parts",
        "muscle_symptoms": "Sore muscles",
        "nausea": "Feeling sick",
        "gout_attack": "A sore joint (gout)",
    },
)
