"""Does nonsense in the right places end in the quarantine, and never in a crash or a lost row?"""

import json

from fhir_builders import NOW, condition, observation, patient, prescription
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.governance.session import demo_session
from twin.record.database import Database
from twin.record.fhir.reader import READERS
from twin.record.imports import import_paths

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
WORDS = (
    "coding code system display text value unit reference start end repeat timing doseAndRate doseQuantity "
    "family given type use manifestation modality bodySite"
)
words = st.sampled_from(WORDS.split())
nonsense = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3), max_leaves=8
)
FIELDS = sorted(
    {"id", "meta", "status", "subject", "patient", "code", "category", "name", "identifier", "birthDate", "gender"}
    | {"valueQuantity", "valueCodeableConcept", "valueString", "component", "effectiveDateTime", "effectivePeriod"}
    | {"performer", "device", "dataAbsentReason", "clinicalStatus", "onsetDateTime", "abatementDateTime", "reaction"}
    | {"medicationCodeableConcept", "medicationReference", "contained", "dosageInstruction", "dosage", "period"}
    | {"series", "type", "class", "vaccineCode", "result", "participant", "encounter", "text", "deceasedDateTime"}
)
resources = st.builds(
    lambda base, kind, changes: {**base, **changes, "resourceType": kind},
    st.sampled_from([patient(), observation(), condition(), prescription(), {}]),
    st.sampled_from([name.decode() for name in READERS] + ["Medication", "Basic"]),
    st.dictionaries(st.sampled_from(FIELDS), nonsense, max_size=4),
)


@given(st.lists(resources, min_size=1, max_size=12), st.booleans())
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_resource_is_accounted_for(tmp_path_factory, contents, in_bundle):
    folder = tmp_path_factory.mktemp("nonsense")
    if in_bundle:
        entries = [{"fullUrl": f"urn:uuid:{n}", "resource": resource} for n, resource in enumerate(contents)]
        text = json.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})
    else:
        text = "\n".join(map(json.dumps, contents))
    path = folder / "data.json"
    path.write_text(text)
    with Database.open(folder) as database:
        store = database.session(demo_session())
        for turn in range(2):
            report = import_paths(store, [path], now=NOW)
            kept = report.stored + report.replaced + report.unchanged + report.superseded + report.set_aside
            assert report.read == len(contents) == kept + sum(report.not_used.values())
            assert turn == 0 or (report.stored, report.replaced, report.set_aside) == (0, 0, 0)
        people = store.patients()
        store.panel(NOW.date())
        assert len(people) == store.counts()["patients"]
