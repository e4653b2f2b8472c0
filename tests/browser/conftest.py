"""A real server with a small record of its own, and a real browser; absent, the tests are skipped and say why."""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START = ("-m", "streamlit", "run", "app.py")
PATIENTS = 40
VIEWPORT = {"width": 1366, "height": 768}
PATIENCE = 60.0  # [s]


def pytest_collection_modifyitems(items):
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


def until(condition: Callable[[], object], *, what: str, seconds: float = PATIENCE) -> object:
    """Return what a condition gives once it is true."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds:g} s for {what}")


def health(url: str) -> dict | None:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def python_path() -> str:
    """Return the search path of a server whose script is not in the checkout's top folder."""
    return os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))


def go(page, title: str) -> None:
    """Follow the navigation and wait until the page has ended."""
    page.locator("nav[aria-label='App pages']").get_by_role("link", name=title, exact=True).click()
    ended(page, title)


def ended(page, title: str) -> None:
    """Wait until a page has ended; one look a frame, where the driver's own waits let half a second pass."""
    page.wait_for_function(
        "title => document.querySelector('h1')?.innerText === title && document.querySelector('.page-footer')"
        " && !document.querySelector('[data-stale=true]')",
        arg=title,
    )


def open_first_patient(page) -> None:
    """Open the patient at the top of the worklist and wait for the summary."""
    page.locator("table.worklist button").first.click()
    ended(page, "Summary")
    page.locator(".patient-line .name").wait_for()


@contextmanager
def visit(chromium):
    """Give a page of its own, with patience for a busy machine."""
    context = chromium.new_context(viewport=VIEWPORT)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    try:
        yield page
    finally:
        context.close()


class Server:
    """The app as `streamlit run app.py` starts it, on a free port of the loopback address."""

    def __init__(self, home: Path, *, command: tuple[str, ...] = START, **settings: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = home / "server.log"
        home.mkdir(parents=True, exist_ok=True)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, *command, "--server.port", str(port)],
                cwd=ROOT,
                env={**os.environ, "PYTHONPATH": python_path(), "COUNTERPART_HOME": str(home), **settings},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def wait(self) -> "Server":
        """Wait until the record can be shown."""

        def is_ready() -> bool:
            assert self.process.poll() is None, self.log.read_text()
            return bool((health(self.url) or {}).get("record_ready"))

        until(is_ready, what="the server")
        return self

    def __enter__(self) -> "Server":
        try:
            return self.wait()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *_) -> None:
        self.stop()

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(20)


@pytest.fixture(scope="session")
def chromium():
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    if not Path(CHROMIUM).exists():
        pytest.skip("Chromium is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(chromium, tmp_path_factory):
    """A server with a demo panel of its own; the browser is asked for first, so that a skip starts nothing."""
    with Server(tmp_path_factory.mktemp("home"), COUNTERPART_DEMO_PATIENTS=str(PATIENTS)) as server:
        yield server


@pytest.fixture
def page(chromium, server):
    """A fresh visit at the worklist."""
    with visit(chromium) as page:
        page.goto(server.url)
        page.locator("table.worklist button").first.wait_for()
        yield page


@pytest.fixture
def patient_page(page):
    """A visit with the first patient of the worklist open at the summary."""
    open_first_patient(page)
    return page


@pytest.fixture(scope="session")
def three_people(chromium, tmp_path_factory):
    """A server whose record holds the people of ``tests/ui/people.py``; the tests of a worker share it."""
    from tests.browser.desk import clinic  # which needs this file

    with clinic(tmp_path_factory.mktemp("three")) as server:
        yield server


@pytest.fixture
def compare(chromium, three_people):
    """A fresh visit at the comparison of the patient of whom all is known."""
    from tests.browser.desk import at_worklist, open_compare

    with at_worklist(chromium, three_people) as page:
        yield open_compare(page)


@pytest.fixture(scope="module")
def three_plans(chromium, three_people):
    """One visit with plans A, B and C set, for tests that only look."""
    from tests.browser.desk import at_worklist, open_compare, set_three_plans

    with at_worklist(chromium, three_people) as page:
        yield set_three_plans(open_compare(page))
