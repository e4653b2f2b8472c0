"""What is said of the plans that a search found, and how are they drawn against what they ask of a person?"""

from dataclasses import dataclass

from twin.figures.comparison import GRID, SECONDARY
from twin.figures.icons import INK, OUTLINE
from twin.plans.search import Found
from twin.words import round_half_up

HEIGHT = 320
_FONT = '"Source Sans", "Source Sans Pro", sans-serif'
_COLOUR = "#0072B2"


@dataclass(frozen=True, slots=True)
class FoundPlan:
    """One found plan in words and whole people; `number` is its place in table and figure."""

    number: int
    row: int
    name: str
    prevented: str
    caused: str
    net: str
    tablets: str
    injections: str
    habits: str
    checks: str
    cost: str


def found_plans(found: Found, rows: list[int], *, denominator: int) -> tuple[FoundPlan, ...]:
    """Put plans of a search into words, in the order given."""
    return tuple(_words(found, row, number, denominator) for number, row in enumerate(rows, start=1))


def _words(found: Found, row: int, number: int, of: int) -> FoundPlan:
    prevented, caused = (round_half_up(float(part[row]) * of) for part in (found.prevented, found.caused))
    burden = found.burden
    cost = "" if burden.monthly_cost is None else f"{float(burden.monthly_cost[row]):,.0f}"
    return FoundPlan(
        number=number,
        row=row,
        name=found.plan(row).name,
        prevented=_side(prevented, float(found.prevented[row]), "fewer", "more"),
        caused=_side(caused, float(found.caused[row]), "more", "fewer"),
        net=_net(prevented - caused, float(found.net[row]), of),
        tablets=_more(float(burden.tablets[row])),
        injections=_more(float(burden.injections_per_week[row])),
        habits=f"{int(burden.habits[row])}",
        checks=_checks(int(burden.blood_tests[row]), int(burden.visits[row])),
        cost=cost,
    )


def _side(people: int, exact: float, positive: str, negative: str) -> str:
    if not exact:
        return "0"
    return f"{abs(people):,} {positive if exact > 0 else negative}" if people else "Less than 1"


def _net(people: int, exact: float, of: int) -> str:
    if not exact:
        return "0"
    side = "prevented" if exact > 0 else "caused"
    return f"{abs(people):,} more {side} in {of:,}" if people else f"Less than 1 more {side} in {of:,}"


def _more(burden: float) -> str:
    return f"{'−' if burden < 0 else ''}{abs(burden):g}"


def _checks(tests: int, visits: int) -> str:
    counted = ((tests, "blood test"), (visits, "visit"))
    return ", ".join(f"{number} {what}{'s' if number > 1 else ''}" for number, what in counted if number) or "0"


def search_figure(found: Found, plans: tuple[FoundPlan, ...], *, denominator: int) -> dict:
    """Draw what plans prevent less what they cause, against tablets a day; numbers are those of the table.

    A circle needs no injection, a square does; hollow marks leave habits as they are.

    Parameters
    ----------
    plans
        Of `found`, those that are listed.
    denominator
        100 or 1,000: people of which the y axis counts.
    """
    rows, burden = [plan.row for plan in plans], found.burden
    net = [float(found.net[row]) * denominator for row in rows]
    symbols = [
        f"{'square' if burden.injections_per_week[row] > 0 else 'circle'}{'' if burden.habits[row] else '-open'}"
        for row in rows
    ]
    trace = {
        "type": "scatter",
        "x": [float(burden.tablets[row]) for row in rows],
        "y": [round(value, 3) for value in net],
        "mode": "markers+text",
        "marker": {"symbol": symbols, "size": 11, "color": _COLOUR, "line": {"width": 2, "color": _COLOUR}},
        "text": [str(plan.number) for plan in plans],
        "textposition": "middle right",
        "textfont": {"size": 12, "color": INK},
        "customdata": [[plan.name, plan.net] for plan in plans],
        "hovertemplate": "%{customdata[0]}<br>%{customdata[1]}<extra></extra>",
        "cliponaxis": False,
    }
    return {"data": [trace], "layout": _layout(trace["x"], net, denominator)}


def _layout(tablets: list[float], net: list[float], denominator: int) -> dict:
    low, high = min([0.0, *net]), max([0.0, *net])
    room = 0.08 * (high - low or 1.0)
    axis = {"tickfont": {"size": 12, "color": SECONDARY}, "gridcolor": GRID, "zeroline": True, "fixedrange": True}
    font = {"size": 12, "color": SECONDARY}
    return {
        "height": HEIGHT,
        "margin": {"l": 56, "r": 24, "t": 8, "b": 44},
        "showlegend": False,
        "dragmode": False,
        "hovermode": "closest",
        "paper_bgcolor": "#FFFFFF",
        "plot_bgcolor": "#FFFFFF",
        "font": {"family": _FONT, "color": INK},
        "xaxis": {
            **axis,
            "zerolinecolor": OUTLINE,
            "dtick": 1,
            "range": [min([0.0, *tablets]) - 0.5, max([0.0, *tablets]) + 0.8],
            "title": {"text": "Tablets a day more than today", "font": font},
        },
        "yaxis": {
            **axis,
            "zerolinecolor": OUTLINE,
            "range": [low - room, high + room],
            "title": {"text": f"Prevented less caused, in {denominator:,}", "font": font},
        },
    }


def search_text(plans: tuple[FoundPlan, ...]) -> str:
    """Return the figure's text alternative."""
    ends = f"from {plans[0].net} with {plans[0].name} to {plans[-1].net} with {plans[-1].name}" if plans else "none"
    return f"{len(plans)} plans, serious events prevented less caused against tablets a day: {ends}. Table below."
