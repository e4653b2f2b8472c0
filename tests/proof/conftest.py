"""A record with a small demo panel, imported once and copied for each test."""

import shutil
from datetime import date

import pytest

from twin.demo.panel import write_panel
from twin.governance.session import command_line_session
from twin.record.database import Database
from twin.record.imports import import_paths

TODAY = date(2026, 11, 24)
PATIENTS = 24


@pytest.fixture(scope="session")
def panel_home(tmp_path_factory):
    """The folder of a closed record with the demo panel in it."""
    out, home = tmp_path_factory.mktemp("panel"), tmp_path_factory.mktemp("home")
    write_panel(out, patients=PATIENTS, seed=7, today=TODAY)
    with Database.open(home) as database:
        import_paths(database.session(command_line_session()), [out / "fhir"])
    return home


@pytest.fixture
def store(panel_home, tmp_path):
    """A record of its own."""
    shutil.copytree(panel_home, tmp_path / "home")
    with Database.open(tmp_path / "home") as database:
        yield database.session(command_line_session())
