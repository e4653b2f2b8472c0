"""Is the comparison a real table with everything a reader needs, and nothing that ranks?"""

import re
from dataclasses import replace

from tests.figures.comparison_cases import comparison, harm, plan_result, shown, withheld
from tests.figures.test_comparison_benefit import net
from twin.figures.comparison_table import comparison_table
from twin.plans.plan import Plan, StartTherapy
from twin.plans.results import Check
from twin.ui.compare.details import current_care_html, numbers_html, outcomes_html, plan_html
from twin.ui.compare.markup import comparison_html, notes_html
from twin.ui.compare.net_benefit import net_benefit_html

STATIN = Plan("Statin <b>", (StartTherapy("atorvastatin 40 mg"),))
CHECK = Check("TWN142", "High potassium", "found", "Potassium is above 5.0.", "SRC-X, page 1")


def two(*, now=(), **parts):
    result = plan_result(
        shown("ascvd", 0.15, difference=(-0.05, -0.07, -0.03)),
        plan=STATIN,
        harms=(harm("new_diabetes", "New diabetes", (0.01, 0.005, 0.02)),),
        certainty="moderate",
        caveats=("Effects multiply.", "Unverified."),
        **parts,
    )
    found = comparison(plan_result(shown("ascvd", 0.20), checks=now, problems=("Too old.",)), result)
    return found, comparison_table(found, "ascvd")


def test_rows_and_columns_have_heads_and_the_fixed_order():
    html = comparison_html(two()[1], editing="A")
    assert re.findall(r'<th[^>]*scope="col"[^>]*>([^<]*)', html) == ["Current care", "A Statin &lt;b&gt;"]
    assert re.findall(r'<th scope="row">([^<]*)', html) == [
        "Heart attack or stroke in 10 years",
        "Change from current care",
        "100 people like this",
        "Serious harm from treatment",
        "What it involves",
        "Certainty of evidence",
    ]
    assert 'role="region"' in html
    assert "Working out plan A" in html


def test_every_link_of_the_table_leads_somewhere():
    found, table = two(checks=(CHECK,), now=(CHECK,))
    whole = (
        comparison_html(table, editing="A")
        + notes_html(table)
        + plan_html(found.plans[0], table.columns[1], table.denominator)
        + current_care_html(found, table.columns[0], "ascvd")
    )
    targets = re.findall(r'href="#([^"]+)"', whole)
    assert {"src-A", "checks-A", "checks-now", "notes-A", "notes-now", "receipt"} <= set(targets)
    assert "Current care: Too old." in whole and "A: Effects multiply." in whole
    assert all(whole.count(f'id="{target}"') == 1 for target in targets)


def test_icons_have_a_sentence_as_text_alternative():
    html = comparison_html(two()[1], editing="A")
    alts = re.findall(r'alt="([^"]*)"', html)
    assert len(alts) == 2
    assert all(alt.startswith("Of 100 people like this, ") for alt in alts)


def test_found_checks_say_what_why_and_where_read():
    found, table = two(checks=(CHECK,))
    html = plan_html(found.plans[0], table.columns[1], table.denominator)
    assert "Safety checks: 1 found, 0 clear, 0 not applicable" in html
    assert all(text in html for text in ("TWN142", "Potassium is above 5.0.", "SRC-X, page 1"))


def test_numbers_behind_the_chart_go_to_the_horizon_and_say_the_change_before_rounding():
    found, table = two()
    html = numbers_html(found, table, "ascvd")
    assert re.findall(r'<th scope="row">(Year \d+)', html) == [f"Year {year}" for year in range(11)]
    assert "15.0 (12.0 to 18.0)" in html
    assert "−5.0 (−7.0 to −3.0)" in html


def test_a_withheld_outcome_leaves_the_others():
    reason = "This equation covers ages 30 to 79. This patient is 82. No estimate shown."
    current = plan_result(shown("death", 0.3))
    current.outcomes["ascvd"] = withheld("ascvd", reason)
    found = comparison(current)
    html = outcomes_html(found, comparison_table(found, "ascvd"))
    assert html.count("No estimate shown") == 1
    assert html.count(reason.removesuffix(" No estimate shown.")) == 1
    assert "30 in 100" in html


def test_a_safety_stop_is_said_in_short_beside_its_code():
    stop = Check("TWN170", "Two drugs of one class", "found", "A long text.", "SRC-X, page 1", is_stop=True)
    result = plan_result(withheld("ascvd", "Not shown: a long text."), plan=STATIN, checks=(stop,))
    table = comparison_table(comparison(plan_result(shown("ascvd", 0.20)), result), "ascvd")
    html = comparison_html(table, editing="A")
    assert '<strong class="stop">Stop</strong> Two drugs of one class (TWN170)' in html
    assert "a long text" not in html


def test_nothing_ranks_or_recommends():
    found, table = two(checks=(CHECK,))
    html = comparison_html(table, editing="A") + plan_html(found.plans[0], table.columns[1], 100)
    assert not re.search(r"recommended|\bbest\b|optimal|★|✓|✔", html, re.IGNORECASE)


def test_what_every_plan_leaves_out_is_said_once():
    def plan(name, *lines):
        result = plan_result(shown("ascvd", 0.1), plan=Plan(name, STATIN.changes))
        return replace(result, net_benefit=net({"cvd": 0.01}, {}, not_counted=lines))

    found = comparison(plan_result(shown("ascvd", 0.2)), plan("One", "kidneys", "eyes"), plan("Two", "kidneys"))
    html = net_benefit_html(found, comparison_table(found, "ascvd"))
    assert html.count("idneys") == 1
    assert "Not counted in any plan: Kidneys." in html
    assert re.search(r"<td><span class=\"small\">Eyes</span></td>", html)
    assert "See below" in html
