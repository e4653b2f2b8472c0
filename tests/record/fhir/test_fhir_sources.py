"""Are files, folders and archives read as they are meant, and refused beyond their bounds?"""

import gzip
import io
import json
import zipfile

import pytest
from fhir_builders import NOW, bundle, ndjson, observation, patient

from twin.errors import BadFile
from twin.record.fhir import reader, sources
from twin.record.fhir.sources import blocks, files
from twin.record.imports import import_paths

RESOURCES = patient(), observation("o1"), observation("o2", value=7)


def text_of(found, **options):
    """Return the text of the files, as the blocks give it."""
    return [
        [(part.name, block.data[part.first : part.limit].tobytes()) for part in block.parts]
        for block in blocks(found, **options)
    ]


FORMS = {
    "ndjson": ("a.ndjson", ndjson(*RESOURCES)),
    "windows lines": ("a.ndjson", ndjson(*RESOURCES).replace("\n", "\r\n")),
    "blank lines": ("a.ndjson", "\n\n" + ndjson(*RESOURCES).replace("\n", "\n  \n\n")),
    "no last line break": ("a.ndjson", ndjson(*RESOURCES).rstrip()),
    "byte order mark": ("a.ndjson", b"\xef\xbb\xbf" + ndjson(*RESOURCES).encode()),
    "transaction": ("a.json", json.dumps(bundle(*RESOURCES))),
    "batch, indented": ("a.json", json.dumps(bundle(*RESOURCES, kind="batch"), indent=2)),
    "collection, a line each": ("a.ndjson", ndjson(*(bundle(r, kind="collection") for r in RESOURCES))),
    "bundles and resources mixed": ("a.ndjson", ndjson(RESOURCES[0], bundle(*RESOURCES[1:]))),
    "a bundle in a bundle": ("a.json", json.dumps(bundle(RESOURCES[0], bundle(*RESOURCES[1:])))),
    "a searchset of bundles, a line each": ("a.ndjson", ndjson(*(bundle(bundle(bundle(r))) for r in RESOURCES))),
    "a bundle and empty ones": ("a.json", json.dumps(bundle(bundle(), bundle(*RESOURCES, bundle(bundle()))))),
    "gzip": ("a.ndjson.gz", ndjson(*RESOURCES)),
    "gzip called json": ("a.json", gzip.compress(ndjson(*RESOURCES).encode())),
    "wrong extension": ("a.txt", ndjson(*RESOURCES)),
    "no extension": ("a", ndjson(*RESOURCES)),
}


@pytest.mark.parametrize(("name", "content"), FORMS.values(), ids=FORMS)
def test_every_form_of_a_file_gives_the_same_record(store, write, name, content):
    report = import_paths(store, [write(content, name)], now=NOW)
    assert (report.read, report.stored, report.quarantined) == (3, 3, {})


def test_a_single_indented_resource_is_a_file(store, write):
    assert import_paths(store, [write(json.dumps(patient(), indent=1), "p.json")], now=NOW).stored == 1


@pytest.mark.parametrize("content", ["", "\n \n", json.dumps(bundle()), '{"resourceType":"Bundle","type":"batch"}'])
def test_a_file_with_nothing_in_it_changes_nothing(store, write, content):
    report = import_paths(store, [write(content, "empty.json")], now=NOW)
    assert (report.files, report.read, report.stored) == (1, 0, 0)


def wrapped(times):
    """Return an indented document with the resources inside so many Bundles."""
    content = bundle(*RESOURCES)
    for _ in range(times - 1):
        content = bundle(content)
    return json.dumps(content, indent=1)


def test_bundles_inside_one_another_are_read_to_a_depth(store, write):
    assert import_paths(store, [write(wrapped(reader.MAX_INNER + 1), "deep.json")], now=NOW).stored == 3


@pytest.mark.parametrize("times", [reader.MAX_INNER + 2, 15])
def test_bundles_beyond_the_depth_are_refused_with_the_reason(store, write, times):
    with pytest.raises(BadFile, match=r"deep.json, line \d+, field resource: Bundles too deep") as caught:
        import_paths(store, [write(wrapped(times), "deep.json")], now=NOW)
    assert "more than 8 Bundles inside one another. Nothing was imported." in caught.value.clinical
    assert store.counts()["patients"] == 0


def test_inside_an_inner_bundle_urls_lines_and_missing_resources_count(store, write):
    value = observation("bad", value=700, subject={"reference": "urn:uuid:p1"})
    inner = bundle(patient("server-77"), value)
    inner["entry"][0]["fullUrl"] = "urn:uuid:p1"
    inner["entry"].append({"request": {"method": "DELETE", "url": "Observation/o1"}})
    report = import_paths(store, [write(json.dumps(bundle(inner), indent=1), "b.json")], now=NOW)
    assert (report.read, report.stored, report.not_used) == (3, 1, {"entry without a resource": 1})
    held = store.quarantine()
    assert held["reason"].tolist() == ["impossible"]
    lines = json.dumps(bundle(inner), indent=1).splitlines()
    assert json.loads("{" + lines[held["line"][0]].rstrip(",") + "}") == {"resourceType": "Observation"}


def test_a_folder_is_read_with_its_folders(store, write, tmp_path):
    write(ndjson(patient()), "Patient.ndjson")
    write(ndjson(observation()), "deep/er/Observation.ndjson.gz")
    write("hello", "README.md")
    write("{broken", ".hidden.json")
    write("{broken", "__MACOSX/Patient.ndjson")
    report = import_paths(store, [tmp_path / "in"], now=NOW)
    assert (report.files, report.stored) == (2, 2)


def test_an_archive_is_read_without_being_unpacked(store, write_zip, tmp_path):
    archive = write_zip(
        {
            "fhir/": "",
            "fhir/Patient.ndjson": ndjson(patient()),
            "fhir/Observation.ndjson.gz": gzip.compress(ndjson(observation()).encode()),
            "fhir/.DS_Store": "x",
            "__MACOSX/fhir/._Patient.ndjson": "x",
            "../../evil.ndjson": ndjson(observation("o2", value=7)),
            "notes.txt": "hello",
        }
    )
    before = sorted(tmp_path.rglob("*"))
    report = import_paths(store, [archive], now=NOW)
    assert (report.files, report.stored) == (2, 2)  # a name that leads out of the archive is passed over
    beside = [path for path in sorted(tmp_path.rglob("*")) if "home" not in path.parts]
    assert beside == [path for path in before if "home" not in path.parts]


def test_a_folder_with_an_archive_is_read(store, write_zip, write, tmp_path):
    write_zip({"Patient.ndjson": ndjson(patient())})
    write(ndjson(observation()), "Observation.ndjson")
    assert import_paths(store, [tmp_path / "in"], now=NOW).stored == 2


def test_the_quarantine_names_the_file_in_the_archive(store, write_zip):
    import_paths(store, [write_zip({"f/o.ndjson": "\n" + ndjson(patient(), observation(value=99))})], now=NOW)
    (row,) = store.quarantine().to_dict("records")
    assert (row["file"], row["line"]) == ("data.zip/o.ndjson", 3)
    assert json.loads(row["content"])["valueQuantity"]["value"] == 99


def nested():
    """Return an archive in an archive."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.ndjson", ndjson(patient()))
    return {"inner.zip": inner.getvalue()}


def test_an_archive_in_an_archive_is_refused(store, write_zip):
    with pytest.raises(BadFile, match=r"inner\.zip: archive in an archive"):
        import_paths(store, [write_zip(nested())])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.ndjson.gz", gzip.compress(ndjson(*RESOURCES).encode() * 50)[:-20]),
        ("flipped.ndjson.gz", gzip.compress(ndjson(*RESOURCES).encode())[:-8] + b"12345678"),
        ("cut.zip", b"PK\x03\x04" + b"x" * 100),
    ],
)
def test_a_damaged_archive_is_refused(store, tmp_path, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadFile, match=name):
        import_paths(store, [path])
    assert store.counts()["imports"] == 0


def test_a_file_that_unpacks_to_far_too_much_is_refused(store, write, monkeypatch):
    monkeypatch.setattr(sources, "BLOCK", 1 << 16)
    line = json.dumps({"resourceType": "Basic", "id": "x", "note": "0" * 1000}) + "\n"
    with pytest.raises(BadFile, match="unpacks to too much"):
        import_paths(store, [write(line * 20_000, "bomb.ndjson.gz")], block_size=1 << 16)


def test_too_many_files_are_refused(store, write, tmp_path, monkeypatch):
    monkeypatch.setattr(sources, "MAX_FILES", 3)
    for number in range(4):
        write(ndjson(patient()), f"{number}.ndjson")
    with pytest.raises(BadFile, match="more than 3 files"):
        import_paths(store, [tmp_path / "in"])


def test_too_much_text_is_refused(store, write, monkeypatch):
    monkeypatch.setattr(sources, "MAX_TEXT", 1000)
    with pytest.raises(BadFile, match="too much text"):
        import_paths(store, [write(ndjson(*RESOURCES) * 10)])


def test_a_document_beyond_the_bound_is_refused(store, write, monkeypatch):
    monkeypatch.setattr(sources, "MAX_DOCUMENT", 1 << 14)
    content = json.dumps(bundle(*(observation(f"o{n}") for n in range(100))), indent=1)
    with pytest.raises(BadFile, match="document too large"):
        import_paths(store, [write(content, "big.json")], block_size=1 << 12)


def test_an_encrypted_archive_is_refused(store, write_zip):
    path = write_zip({"a.ndjson": ndjson(patient())})
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(BadFile, match="encrypted"):
        import_paths(store, [path])


@pytest.mark.parametrize("size", [600, 1000, 4096, 1 << 20])
def test_blocks_hold_the_whole_text_cut_at_lines(write, size):
    paths = [
        write(ndjson(*(observation(f"o{n}") for n in range(30))), "a.ndjson"),
        write(json.dumps(bundle(*RESOURCES), indent=1), "b.json"),
        write("", "c.json"),
        write(ndjson(patient()), "d.ndjson.gz"),
    ]
    joined = {}
    for block in text_of(files(paths), block_size=size):
        for name, text in block:
            joined[name] = joined.get(name, b"") + text
            assert name != "a.ndjson" or text.endswith(b"\n")
    assert joined["a.ndjson"] == paths[0].read_bytes()
    assert joined["b.json"] == paths[1].read_bytes()
    assert joined["c.json"] == b""
    assert joined["d.ndjson.gz"] == ndjson(patient()).encode()


def test_what_is_before_a_part_is_told(write):
    path = write("".join(ndjson(observation(f"o{n}")) + "\n" for n in range(40)))
    data = path.read_bytes()
    parts = [part for block in blocks(files([path]), block_size=2000) for part in block.parts]
    assert len(parts) > 5
    for part in parts:
        assert data[: part.bytes_before].count(b"\n") == part.lines_before
        assert data[part.bytes_before : part.bytes_before + part.limit - part.first].count(b"\n") == part.lines
