"""What holds for every equation of the catalogue, on people drawn from its own ranges?"""

import re

import numpy as np
import pytest

from twin.risk.catalogue import equations, score
from twin.risk.check import to_columns
from twin.risk.equation import Equation, Input
from twin.units import conversions, from_canonical, to_canonical

ALL = list(equations().values())
PEOPLE = 130  # more than one register-wide strip of a block, and not a multiple of one
FEWER = {"ukpds_om2": 10}  # each person is followed through hundreds of states


def draw(known: Equation, *, seed: int = 7) -> dict[str, np.ndarray]:
    """Draw people within the ranges of an equation, a fifth of them on an end of each range.

    An input that stands for others, such as a sum for its items, is left out, so that the others count.
    """
    random = np.random.default_rng(seed)
    stand_ins = {i.unless for i in known.inputs}
    people = FEWER.get(known.id, PEOPLE)
    given = {i.name: _column(i, people, random) for i in known.inputs if i.name not in stand_ins}
    if "coronary_disease" in given:  # one location of disease at least
        given["coronary_disease"] = ~(given["cerebrovascular_disease"] | given["peripheral_artery_disease"])
    if "age_at_diabetes" in given:
        given["age_at_diabetes"] = np.minimum(given["age_at_diabetes"], given["age"])
    return given


def _column(wanted: Input, people: int, random: np.random.Generator) -> np.ndarray:
    if wanted.kind == "word":
        return random.choice(np.array(wanted.words, dtype=object), people)
    if wanted.kind == "choice":
        return random.choice([float(word) for word in wanted.words], people)
    if wanted.kind == "boolean":
        return random.random(people) < 0.5
    low = max(limit.low for limit in wanted.limits)
    high = min(limit.high if limit.high_included else np.nextafter(limit.high, low) for limit in wanted.limits)
    values = random.uniform(low, high, people)
    values[::5] = random.choice([low, high], len(values[::5]))
    return values


def ruled_out(known: Equation, output: str, given: dict[str, np.ndarray]) -> np.ndarray:
    """Say who has had what the output gives the risk of a first time."""
    none = np.zeros(len(next(iter(given.values()))), dtype=bool)
    return np.logical_or.reduce([none, *(given[i.name] for i in known.inputs if output in i.rules_out)])


def same(one: object, other: object) -> bool:
    return one == other or (one != one and other != other)


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_people_in_range_get_every_output(known):
    given = draw(known)
    scored = score(known.id, given)
    assert set(scored.outputs) == set(known.outputs)
    for name, values in scored.outputs.items():
        values = values[~ruled_out(known, name, given)]
        if known.outputs[name].kind == "word":
            assert all(values)
        elif name in ("dose_mg_week", "slv_vauthey"):
            assert np.isfinite(values[np.array([not p for p in scored.problems])]).all()
        else:
            assert np.isfinite(values).all()
        if name.startswith("risk_"):
            assert ((values >= 0) & (values <= 1)).all()
        if known.outputs[name].kind == "integer":
            assert (values == np.round(values)).all()


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_alone_as_in_the_table(known):
    given = draw(known)
    together = score(known.id, given)
    for person in range(0, together.rows, 9):
        alone = score(known.id, {name: column[person : person + 1] for name, column in given.items()})
        for name, values in together.outputs.items():
            assert same(alone.outputs[name][0], values[person])
        assert alone.problems[0] == together.problems[person]


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_each_required_input_that_is_missing_is_named(known):
    given = draw(known)
    for wanted in known.inputs:
        if not wanted.required:
            continue
        holes = {name: column for name, column in given.items() if name != wanted.name}
        scored = score(known.id, holes)
        assert all(f"{wanted.name} missing" in problem for problem in scored.problems)
        for name in wanted.outputs or known.outputs:
            withheld = scored.outputs[name]
            assert all(value == "" for value in withheld) if withheld.dtype == object else np.isnan(withheld).all()


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_each_optional_input_that_is_missing_is_said_or_does_not_matter(known):
    given = draw(known)
    for wanted in known.inputs:
        if wanted.required or wanted.name not in given:
            continue
        scored = score(known.id, {name: column for name, column in given.items() if name != wanted.name})
        if wanted.when_missing:
            assert all(f"{wanted.name} missing: {wanted.when_missing}" in problem for problem in scored.problems)
        for name, values in scored.outputs.items():
            shown = values[~ruled_out(known, name, given)]
            assert all(shown) if known.outputs[name].kind == "word" else np.isfinite(shown).all()


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_each_end_of_a_range_that_is_covered_is_not_refused(known):
    given = draw(known)
    people = len(next(iter(given.values())))
    for wanted in known.inputs:
        wide = {  # where a narrower range does not hold
            name: np.full(people, next(float(word) for word in known.input(name).words if float(word) != value))
            for name, value in (limit.when for limit in wanted.limits if limit.when)
        }
        for limit in wanted.limits:
            narrowed = {limit.when[0]: np.full(people, limit.when[1])} if limit.when else wide
            for end in (limit.low, limit.high if limit.high_included else np.nextafter(limit.high, limit.low)):
                if np.isfinite(end):
                    scored = score(known.id, given | narrowed | {wanted.name: np.full(people, end)})
                    assert not any(f"{wanted.name} {end:g} outside" in problem for problem in scored.problems)


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_each_value_beyond_its_range_is_refused_and_named(known):
    given = draw(known)
    people = len(next(iter(given.values())))
    for wanted in known.inputs:
        for limit in wanted.limits:
            beyond = [np.nextafter(limit.low, -np.inf)] if np.isfinite(limit.low) else []
            if np.isfinite(limit.high):
                beyond.append(np.nextafter(limit.high, np.inf) if limit.high_included else limit.high)
            for value in beyond:
                narrowed = {limit.when[0]: np.full(people, limit.when[1])} if limit.when else {}
                scored = score(known.id, given | narrowed | {wanted.name: np.full(people, value)})
                said = [re.search(rf"\b{wanted.name} (\S+) outside", problem) for problem in scored.problems]
                assert all(found and limit.outside(float(found[1])) for found in said)
                for name in wanted.outputs or known.outputs:
                    withheld = scored.outputs[name]
                    assert all(v == "" for v in withheld) if withheld.dtype == object else np.isnan(withheld).all()


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_both_unit_systems_read_the_same(known):
    given = draw(known)
    scored = score(known.id, given).outputs
    for wanted in known.inputs:
        for (name, unit), (factor, _) in conversions().items():
            if name != wanted.name or factor == 1 or wanted.kind != "number":
                continue
            there_and_back = to_canonical(name, from_canonical(name, given[name], unit), unit)
            again = score(known.id, given | {name: np.clip(there_and_back, wanted.low, given[name].max())}).outputs
            for output, values in scored.items():
                if known.outputs[output].kind == "number":
                    np.testing.assert_allclose(again[output], values, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("known", [k for k in ALL if k.scale != "steps"], ids=lambda known: known.id)
def test_the_terms_of_the_receipt_give_the_output(known):
    columns = to_columns(known, draw(known))
    outputs = known.compute(columns)
    for output, terms in known.terms(columns).items():
        if known.outputs[output].kind == "word" or known.scale == "survival":
            continue
        total = np.sum(list(terms.values()), axis=0)
        if output in ("meld", "meld_na", "meld_3"):
            total = np.clip(np.floor(total + 0.5), 6, 40)
        if output == "slv_vauthey":
            total = np.where(total > 0, total, np.nan)
        if output == "albi_grade":
            total = 1 + (total > -2.60) + (total > -1.39)
        undo = {"logistic": lambda x: 1 / (1 + np.exp(-x)), "exp": np.exp, "sum": lambda x: x}[known.scale]
        np.testing.assert_allclose(undo(total), outputs[output], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_a_word_of_the_output_is_never_a_number(known):
    for output in known.outputs.values():
        assert output.kind in ("number", "integer", "word")
        assert output.label
