"""What does a code of LOINC, SNOMED, RxNorm, ATC or ICD-10 mean here?"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from twin.data_files import read_table
from twin.variables import Variable, registry

SYSTEMS = {
    "http://loinc.org": "loinc",
    "urn:oid:2.16.840.1.113883.6.1": "loinc",
    "http://snomed.info/sct": "snomed",
    "urn:oid:2.16.840.1.113883.6.96": "snomed",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "rxnorm",
    "urn:oid:2.16.840.1.113883.6.88": "rxnorm",
    "http://www.whocc.no/atc": "atc",
    "urn:oid:2.16.840.1.113883.6.73": "atc",
    "http://hl7.org/fhir/sid/icd-10": "icd10",
    "http://hl7.org/fhir/sid/icd-10-cm": "icd10",
    "http://hl7.org/fhir/sid/icd-10-gm": "icd10",
    "http://fhir.de/CodeSystem/bfarm/icd-10-gm": "icd10",
    "urn:oid:2.16.840.1.113883.6.90": "icd10",
    "urn:oid:2.16.840.1.113883.6.3": "icd10",
}
"""Short names of the code systems that the tables in ``data/codes`` use."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """One active ingredient of a coded drug; `strength_mg` is what one tablet or dose holds, in mg."""

    name: str
    drug_class: str
    strength_mg: float | None


@dataclass(frozen=True, slots=True)
class Code:
    """A coded concept as sent, and what it means here.

    `meaning` is a `Variable`, a tuple of condition paths, a tuple of `Ingredient` or a category; ``None`` for
    a code that is not used.
    """

    system: str | None
    code: str | None
    display: str | None
    meaning: Any = None

    @property
    def is_empty(self) -> bool:
        """Say whether there is neither a code nor a text."""
        return self.code is None and self.display is None


NOTHING = Code(None, None, None)


@cache
def variables() -> dict[tuple[str, str], Variable]:
    """Return the variable of each LOINC code."""
    return {("loinc", code): known for known in registry().values() for code in known.loinc}


@cache
def conditions() -> dict[tuple[str, str], tuple[str, ...]]:
    """Return the paths of each condition code; ICD-10 codes stand for all below them."""
    table: dict[tuple[str, str], tuple[str, ...]] = {}
    for row in read_table("codes/conditions.csv"):
        key = row["system"], row["code"].replace(".", "")
        table[key] = (*table.get(key, ()), row["concept"])
    return table


@cache
def drugs() -> dict[tuple[str, str], tuple[Ingredient, ...]]:
    """Return the ingredients of each drug code."""
    table: dict[tuple[str, str], tuple[Ingredient, ...]] = {}
    for row in read_table("codes/medications.csv"):
        key = row["system"], row["code"]
        strength = float(row["dose_mg"]) if row["dose_mg"] else None
        table[key] = (*table.get(key, ()), Ingredient(row["ingredient"], row["drug_class"], strength))
    return table


@cache
def values(question: str) -> dict[tuple[str, str], str]:
    """Return the category of each coded answer to a question, such as ``smoking_status``."""
    return {
        (row["system"], row["code"]): row["value"]
        for row in read_table("codes/values.csv")
        if row["question"] == question
    }


def _condition(key: tuple[str, str]) -> tuple[str, ...] | None:
    system, code = key
    code = code.replace(".", "").upper() if system == "icd10" else code
    table = conditions()
    if system != "icd10":
        return table.get((system, code))
    for length in range(len(code), 1, -1):
        if (system, code[:length]) in table:
            return table[system, code[:length]]
    return None


def _read(codeable: Any, meaning_of: Any) -> Code:
    if not isinstance(codeable, dict):
        return NOTHING
    text = codeable.get("text")
    text = text if isinstance(text, str) and text.strip() else None
    codings = codeable.get("coding")
    found = []
    for coding in codings if isinstance(codings, list) else ():
        if isinstance(coding, dict) and isinstance(coding.get("code"), str) and coding["code"].strip():
            system, display = coding.get("system"), coding.get("display")
            system = system if isinstance(system, str) else None
            code = coding["code"].strip()
            meaning = meaning_of((SYSTEMS.get(system, system), code))
            name = display if isinstance(display, str) and display.strip() else text
            found.append(Code(system, code, name, meaning))
    used = next((code for code in found if code.meaning is not None), None)
    return used or (found[0] if found else Code(None, None, text))


def observation(codeable: Any) -> Code:
    """Read what was observed: the first coding that is a variable, else the first."""
    return _read(codeable, variables().get)


def condition(codeable: Any) -> Code:
    """Read what the problem is: the first coding that is a condition here, else the first."""
    return _read(codeable, _condition)


def drug(codeable: Any) -> Code:
    """Read what the drug is: the first coding that is a drug here, else the first."""
    return _read(codeable, drugs().get)


def answer(codeable: Any, question: str) -> Code:
    """Read a coded answer to a question of ``values.csv``."""
    return _read(codeable, values(question).get)


def plain(codeable: Any) -> Code:
    """Read a code that has no meaning beyond itself."""
    return _read(codeable, lambda _: None)


def first(codeables: Any) -> Any:
    """Return the first of a list of coded concepts; ``None`` without any."""
    return codeables[0] if isinstance(codeables, list) and codeables else None


def status(codeable: Any) -> str | None:
    """Return the code of a status such as ``clinicalStatus``, whichever system it is of."""
    codings = codeable.get("coding") if isinstance(codeable, dict) else None
    coding = first(codings)
    code = coding.get("code") if isinstance(coding, dict) else None
    return code if isinstance(code, str) else None
