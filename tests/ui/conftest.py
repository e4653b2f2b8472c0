"""A record with four people, and the app's pages without a browser."""

import os
from datetime import date
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.ui.people import write_bundle
from twin.record.imports import import_paths
from twin.ui import access, first_start

ROUTER = Path(__file__).resolve().parents[2] / "twin" / "ui" / "router.py"
TODAY = date(2026, 11, 24)


@pytest.fixture(scope="session")
def record(tmp_path_factory):
    """The process's record, with the four people of `people.py` in it."""
    home = tmp_path_factory.mktemp("home")
    before = {name: os.environ.get(name) for name in ("COUNTERPART_HOME", first_start.PATIENTS_VARIABLE)}
    os.environ |= {"COUNTERPART_HOME": str(home), first_start.PATIENTS_VARIABLE: "0"}
    import_paths(access.new_store(), [write_bundle(home / "people.json", TODAY)])
    yield home
    access.close()
    for name, value in before.items():
        os.environ.pop(name) if value is None else os.environ.update({name: value})


@pytest.fixture
def app(record, monkeypatch):
    """A visit at the worklist, with nothing remembered of the visits before it."""
    st.cache_resource.clear()
    monkeypatch.setattr(access, "today", lambda: TODAY)
    return AppTest.from_file(str(ROUTER), default_timeout=30).run()
