"""Moves one input of an equation at a time and sees which way each output goes."""

import csv
from pathlib import Path

import numpy as np

from tests.risk.test_every_equation import draw
from twin.risk.catalogue import score
from twin.risk.equation import Equation, Input
from twin.variables import registry

TABLE = Path(__file__).resolve().parent / "senses.csv"
NO_ORDER = ("sex", "race", "ethnicity", "procedure", "vkorc1_rs9923231", "cyp2c9", "spo2_scale")
STEPS = 25
ORDINARY = {  # an ordinary person where an equation asks for a number; no to every question, the first word of a list
    "age": 60, "age_at_diabetes": 52, "systolic_bp": 135, "total_cholesterol": 200, "hdl_cholesterol": 50,
    "ldl_cholesterol": 120, "egfr": 75, "bmi": 28, "uacr": 20, "hba1c": 7, "creatinine": 1.0, "cystatin_c": 1.0,
    "heart_rate": 70, "white_cells": 7, "hemoglobin": 14, "urea_nitrogen": 15, "sodium": 134, "potassium": 4.2,
    "albumin": 3.3, "phosphate": 3.5, "bicarbonate": 25, "calcium": 9.4, "bilirubin": 3, "inr": 1.5,
    "platelets": 200, "ast": 30, "alt": 30, "respiratory_rate": 16, "spo2": 97, "temperature": 37, "gcs": 15,
    "pao2_fio2": 350, "mean_arterial_pressure": 80, "urine_output": 1500, "height": 170, "weight": 75,
    "procedures": 1, "blood_loss": 200, "target_inr": 2.5, "mean_glucose": 150, "sdi_decile": 5,
}  # fmt: skip
ORDINARY_KIDNEYS = {"egfr": 35, "uacr": 200}  # for equations of people with kidney disease


def known_senses() -> dict[tuple[str, str, str], tuple[str, str]]:
    """Return equation, input and output to the sense everywhere and in an ordinary person."""
    with open(TABLE, encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {
            (equation_id, row["input"], output): (row["everywhere"], row["ordinary"])
            for row in rows
            for equation_id in row["equations"].split(";")
            for output in row["outputs"].split(";")
        }


def ordered(known: Equation) -> list[Input]:
    """Return the inputs that can go up."""
    stand_ins = {i.unless for i in known.inputs}
    return [i for i in known.inputs if i.name not in NO_ORDER and i.name not in stand_ins]


def ends(wanted: Input) -> tuple[float, float]:
    """Return the lowest and highest value an equation covers whatever else is given."""
    low = max(limit.low for limit in wanted.limits)
    return low, min(lim.high if lim.high_included else np.nextafter(lim.high, low) for lim in wanted.limits)


def pairs(wanted: Input, given: dict, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return a lower and a higher value of an input for everyone drawn."""
    people = len(given[wanted.name])
    if wanted.kind == "boolean":
        return np.zeros(people), np.ones(people)
    if wanted.kind == "number":
        low, high = np.sort(random.uniform(*ends(wanted), (2, people)), axis=0)
        if wanted.name == "age_at_diabetes":
            low, high = np.minimum(low, given["age"]), np.minimum(high, given["age"])
        if wanted.name == "age" and "age_at_diabetes" in given:
            low = np.maximum(low, given["age_at_diabetes"])
            high = np.maximum(low, high)
        return low, high
    places = np.sort(random.integers(0, len(wanted.words), (2, people)), axis=0)
    words = np.array(wanted.words, dtype=object) if wanted.kind == "word" else np.array(wanted.words, dtype=float)
    return words[places[0]], words[places[1]]


def everywhere(known: Equation, wanted: Input) -> dict[str, str]:
    """Say for each output which way it goes for people drawn from the whole range: +, -, 0 or mixed."""
    given = draw(known, seed=11)
    low, high = pairs(wanted, given, np.random.default_rng(11))
    return _senses(known, given | {wanted.name: low}, given | {wanted.name: high})


def ordinary(known: Equation, wanted: Input) -> dict[str, str]:
    """Say the same for an ordinary person, as the input rises through its plausible range."""
    kidneys = ORDINARY_KIDNEYS if known.id.startswith("kfre") else {}
    person = {i.name: _usual(i, known.id, ORDINARY | kidneys) for i in known.inputs if i.name in _names(known)}
    if known.id == "smart_reach":
        person["coronary_disease"] = True
    if known.id == "score2_op":
        person["age"] = 75
    values = _range(wanted, person)
    given = {name: [value] * (len(values) - 1) for name, value in person.items()}
    return _senses(known, given | {wanted.name: values[:-1]}, given | {wanted.name: values[1:]})


def _names(known: Equation) -> set[str]:
    stand_ins = {i.unless for i in known.inputs}
    return {i.name for i in known.inputs} - stand_ins


def _usual(wanted: Input, equation_id: str, numbers: dict) -> object:
    if wanted.kind == "boolean":
        return False
    if wanted.kind == "word":
        return wanted.words[0]
    if wanted.kind == "choice":
        return float(wanted.words[0])
    return float(numbers.get(wanted.name, 0))


def _range(wanted: Input, person: dict) -> list:
    if wanted.kind == "boolean":
        return [False, True]
    if wanted.kind != "number":
        return [word if wanted.kind == "word" else float(word) for word in wanted.words]
    low, high = ends(wanted)
    variable = registry().get(wanted.name)
    if variable is not None:
        low, high = max(low, variable.plausible_low), min(high, variable.plausible_high)
    if wanted.name == "age_at_diabetes":
        high = min(high, person["age"])
    if wanted.name == "age" and "age_at_diabetes" in person:
        low = person["age_at_diabetes"]
    return np.linspace(low, high, STEPS).tolist()


def _senses(known: Equation, low: dict, high: dict) -> dict[str, str]:
    before, after = score(known.id, low).outputs, score(known.id, high).outputs
    return {
        name: _sense(np.asarray(before[name], dtype=float), np.asarray(after[name], dtype=float))
        for name, output in known.outputs.items()
        if output.kind != "word"
    }


def _sense(before: np.ndarray, after: np.ndarray) -> str:
    change = (after - before)[np.isfinite(after - before)]
    if not change.size:
        return "none"
    dust = 1e-12 * max(np.nanmax(np.abs(before)), np.nanmax(np.abs(after)))
    rises, falls = bool((change > dust).any()), bool((change < -dust).any())
    return {(True, True): "mixed", (True, False): "+", (False, True): "-", (False, False): "0"}[rises, falls]
