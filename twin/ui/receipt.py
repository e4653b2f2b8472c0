"""What is behind a risk on screen, down to the row of the table each number stands in?"""

from collections.abc import Sequence

from twin.errors import BadEvidence
from twin.evidence.sources import Source
from twin.risk.equation import Equation
from twin.risk.receipt import Receipt, SumLines, TermLine
from twin.risk.receipt import receipt as receipt_of
from twin.risk.results import InputUsed, RiskEstimate
from twin.ui.html import Html, table, tag
from twin.variables import registry
from twin.words import day


def input_value(used: InputUsed) -> str:
    """Write an input as the screen shows it, with its unit."""
    if isinstance(used.value, bool):
        return "Yes" if used.value else "No"
    if isinstance(used.value, str):
        return used.value.capitalize()
    number = registry()[used.name].format(used.value) if used.name in registry() else f"{used.value:g}"
    return f"{number} {used.unit}".strip()


def receipt_html(estimates: Sequence[RiskEstimate]) -> Html:
    """Return the receipt of one equation's risks for a patient.

    Parameters
    ----------
    estimates
        Of one equation, at least one; inputs are listed once, terms for each risk. A risk that its inputs do
        not give again is said to be untraceable; the rest of the page stays.
    """
    try:
        made = [receipt_of(estimate) for estimate in estimates]
    except BadEvidence as error:
        return tag("p", error.clinical)
    first = made[0]
    inputs = {used.name: used for one in made for used in one.inputs}
    problems = dict.fromkeys(problem for one in made for problem in one.problems)
    return tag(
        "div",
        _facts(f"{first.title}, {first.equation}", first.source, first.population, first.not_for, first.notes),
        _inputs(tuple(inputs.values()), made),
        *(tag("p", problem) for problem in problems),
        *(_redone(one) for one in made),
    )


def withheld_html(known: Equation) -> Html:
    """Return whom an equation covers, where there is no risk to give a receipt for."""
    return _facts(f"{known.title}, {known.versioned}", known.source, known.population, known.not_for, known.notes)


def _facts(name: str, cited: Source, population: str, not_for: str, notes: str) -> Html:
    facts = (
        ("Equation", name),
        ("Source", f"{cited.citation}.{f' doi {cited.doi}.' if cited.doi else ''} Numbers read in: {cited.read_in}"),
        ("Second source", cited.second_source or "Single source"),
        ("Derived in", population),
        ("Not for", not_for),
        *([("Notes", notes)] if notes else []),
    )
    return table(("What", "Says"), facts, caption="Equation of the risk")


def _inputs(used: Sequence[InputUsed], made: Sequence[Receipt]) -> Html:
    covered = {known.name: "; ".join(map(str, known.limits)) or "Any" for one in made for known in one.ranges}
    rows = [
        (
            one.label,
            input_value(one),
            day(one.time.date()) if one.time else "No date",
            "" if one.age_days is None else f"{one.age_days:,}",
            one.source,
            one.origin,
            covered.get(one.name, "Any"),
        )
        for one in used
    ]
    head = ("Input", "Value", "Date", "Age in days", "Taken", "From", "Equation covers")
    return table(head, rows, caption="Inputs of the risk", numeric=(3,))


def _redone(made: Receipt) -> Html:
    label = made.outcome.replace("_", " ")
    label = {"cvd": "CVD", "ascvd": "ASCVD", "chd": "CHD"}.get(label, label[:1].upper() + label[1:])
    return tag(
        "details",
        tag("summary", f"{label} in {made.horizon_years} years, {made.risk:.2%}: term by term"),
        *(_terms(part) for part in made.sums),
        _constants(made),
        tag("ol", *(tag("li", step) for step in made.steps()), css="steps"),
        css="redo",
    )


def _terms(part: SumLines) -> Html:
    rows = [
        (line.label, _formula(line), f"{line.coefficient:g}", f"{line.contribution:+.4f}", str(line.row))
        for line in part.terms
    ]
    rows.append(("Sum", "", "", f"{part.total:+.4f}", ""))
    head = ("Term", "Its value", "Coefficient", "Product", "Where the coefficient stands")
    return table(head, rows, caption=f"Terms{f' of {part.name}' if part.name else ''}", numeric=(2, 3))


def _formula(line: TermLine) -> str:
    value = f"{line.value + 0.0:.4f}".rstrip("0").rstrip(".")  # no minus before a zero
    return value if line.formula in ("", "1") else f"{line.formula} = {value}"


def _constants(made: Receipt) -> Html:
    if not made.constants or made.link == "life table":
        return Html("")
    rows = [(constant.name, repr(constant.value), str(constant.row)) for constant in made.constants]
    return table(("Number", "Value", "Where it stands"), rows, caption="Other numbers of the equation", numeric=(1,))
