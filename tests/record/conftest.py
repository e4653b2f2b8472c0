"""A record to import into, and files to import."""

import gzip
import zipfile

import pytest
from fhir_builders import NOW, ndjson

from twin.governance.session import demo_session
from twin.record.database import Database
from twin.record.imports import import_paths


@pytest.fixture
def home(tmp_path):
    """Return a folder for the record."""
    return tmp_path / "home"


@pytest.fixture
def store(home):
    """Return a fresh record, opened by the demo clinician."""
    with Database.open(home) as database:
        yield database.session(demo_session())


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file to import and returns its path."""

    def write_file(content, name="data.ndjson"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        data = content if isinstance(content, bytes) else content.encode()
        if name.endswith(".gz"):
            data = gzip.compress(data, mtime=0)
        path.write_bytes(data)
        return path

    return write_file


@pytest.fixture
def write_zip(tmp_path):
    """Return a function that writes an archive with the given members and returns its path."""

    def write_archive(members, name="data.zip"):
        path = tmp_path / "in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    return write_archive


@pytest.fixture
def bring_in(store, write):
    """Return a function that imports resources from one NDJSON file and returns the report."""

    def bring(*resources, name="data.ndjson", **options):
        return import_paths(store, [write(ndjson(*resources), name)], now=NOW, **options)

    return bring


@pytest.fixture
def rows(store):
    """Return a function that runs a query on the record and returns mappings."""

    def query(sql):
        with store.cursor() as cursor:
            result = cursor.execute(sql)
            names = [column[0] for column in result.description]
            return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    return query
