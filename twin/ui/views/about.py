"""What is this, and when must I not use it?"""

import re
from functools import cache

import streamlit as st

from twin import __version__, words
from twin.data_files import DATA, read_table
from twin.evidence.cards import cards
from twin.evidence.sources import source
from twin.monitoring.rules import rules
from twin.risk.catalogue import equations
from twin.ui import access
from twin.ui.changes import results_changed_on
from twin.ui.html import table, tag
from twin.variables import registry

NOT_FOR = (
    "To decide about a patient without your own judgement, or in place of a guideline, a drug label or a colleague.",
    "For anything urgent. It is no alarm, no monitor and no triage tool.",
    "For children, in pregnancy, or outside the range that an estimate names. It then says “No estimate shown”.",
    "With data of real people. Until sign-in is set up it serves this machine only, under a demo identity.",
)
METHOD = (
    ("Record", "Every value keeps its date, its source and the resource it came from. Values are stored in one unit."),
    (
        "Twin",
        "A model of this patient's own course, with known treatments as inputs. It is checked on this patient's past.",
    ),
    ("Risk", "Published equations as published, under current care. Outside their range no estimate is shown."),
    ("Plans", "A plan acts through the effects of randomised trials, never through the inputs of a risk equation."),
    (
        "Ranges",
        "“Likely range” is the 95 % range of the estimate, if the model is right. It is not a range of outcomes.",
    ),
)
KEYS = (
    ("Tab, Shift+Tab", "Next and previous link, field or button"),
    ("Enter or Space", "Follow a link, press a button, open a section"),
    ("Arrow keys", "Move a slider by one step, change a choice"),
    ("Escape", "Close a list"),
    ("Alt+P", "Meeting: make the report"),
    ("Alt+J, Alt+K", "Meeting: next and previous case"),
    ("Alt+M", "Meeting: begin or leave meeting mode"),
)


def intended_use() -> None:
    """Show what it is for, and what not."""
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Intended use", anchor=False)
        st.html(
            "<p>A clinician looks at one patient's record, the course that the twin expects, the chance of the feared "
            "events, and what treatment plans would change, and discusses them with the patient or in a meeting.</p>"
            "<p>It is research software and no medical device. Its risks are averages over people with the same "
            "measurements. It cannot know which of them a patient is.</p>"
        )
    with right:
        st.header("Not for", anchor=False)
        st.html(tag("ul", *(tag("li", line) for line in NOT_FOR)))


def method() -> None:
    """Show how the numbers come about, in short."""
    st.header("Method in short", anchor=False)
    st.html(table(("Step", "What happens"), METHOD, caption="Method in short"))


def populations() -> None:
    """Show for whom each equation holds."""
    st.header("Equations: population and limits", anchor=False)
    rows = [
        (
            known.title,
            known.versioned,
            known.population,
            known.not_for,
            "; ".join(_ranges(known)),
            known.source.citation,
        )
        for known in equations().values()
    ]
    st.html(
        table(
            ("Equation", "Id and version", "Population", "Not for", "Covers", "Source"), rows, caption="Risk equations"
        )
    )


def _ranges(known) -> list[str]:
    return [
        f"{one.label} {limit} {one.unit}".strip()
        + (f" ({limit.when[0].replace('_', ' ')} {limit.when[1]:g})" if limit.when else "")
        for one in known.inputs
        for limit in one.limits
    ]


def review_rules() -> None:
    """Show the rules that put a patient on the worklist, the most urgent first."""
    st.header("Review rules, the most urgent first", anchor=False)
    rows = [(rule.code, rule.title, rule.locator, source(rule.source_id).citation) for rule in rules()]
    st.html(table(("Code", "Rule", "Where", "Source"), rows, caption="Review rules"))


def versions() -> None:
    """Show the version and what the numbers rest on."""
    st.header("Version and data", anchor=False)
    counts = access.store().counts()
    rows = (
        ("Counterpart", __version__),
        ("Results last changed", words.day(results_changed_on())),
        ("Variables", f"{len(registry()):,}"),
        ("Equations", f"{len(equations()):,}"),
        ("Evidence cards", f"{len(cards()):,}"),
        ("Sources", f"{len(read_table('sources.csv')):,}"),
        ("Patients in this record", f"{counts.get('patients', 0):,}"),
        ("Observations in this record", f"{counts.get('observations', 0):,}"),
    )
    left, right = st.columns(2, gap="large")
    with left:
        st.html(table(("What", "Value"), rows, caption="Version and data"))
    with right:
        st.html(table(("Date", "Change", "Results that move", "By how much"), changes(), caption="Changes of results"))


@cache
def changes() -> tuple[tuple[str, ...], ...]:
    """Return the rows of ``data/CHANGES.md``, newest first."""
    text = (DATA / "CHANGES.md").read_text(encoding="utf-8")
    lines = re.findall(r"^\|\s*(\d{4}-\d{2}-\d{2}.*)\|\s*$", text, re.MULTILINE)
    return tuple(tuple(cell.strip() for cell in line.split("|")) for line in lines)


def keyboard() -> None:
    """Show which keys work."""
    st.header("Keyboard", anchor=False)
    st.html(table(("Key", "Does"), KEYS, caption="Keyboard"))
