"""How long does a clinician wait: for the first page, for a patient, for a slider's answer?"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from twin.proof.bench_row import BenchRow

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
MOVES, WARM_UP = 20, 4
PATIENTS_OPENED = 5
PATIENCE = 120.0  # [s]
BUTTON = "table.worklist button"
QUIET = "!document.querySelector('[data-stale=true]') && document.querySelector('.page-footer')"
SLIDER = "Systolic BP change (mmHg)"
# From the key press to the second frame after the table says something new: by then it is painted.
WATCH = """() => {
  const said = () => document.querySelector('table.compare')?.innerText;
  window.painted = new Promise(resolve => addEventListener('keydown', press => {
    const before = said();
    const look = () => {
      const fresh = said() && said() !== before && !document.querySelector('[data-stale=true] table.compare');
      if (fresh) requestAnimationFrame(() => requestAnimationFrame(now => resolve(now - press.timeStamp)));
      else requestAnimationFrame(look);
    };
    look();
  }, {once: true, capture: true}));
}"""


def app_rows() -> Iterator[BenchRow]:
    """Drive the app in a headless browser as a clinician would; one row says why if there is none."""
    browser_path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser_path = None
    if browser_path is None:
        yield BenchRow("app in a browser", 0.0, "runs", "", None, "not measured: needs Playwright and Chromium")
        return
    with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=list(FLAGS))
        opened = _opened_page(browser)
        with _server(Path(home)) as (url, started):
            opened(url)
            seconds = time.perf_counter() - started
            yield _row("first start to worklist painted", seconds, "s", 15.0, "writing and importing the demo panel")
        with _server(Path(home)) as (url, started):
            page = opened(url)
            seconds = time.perf_counter() - started
            yield _row("later start to worklist painted", seconds, "s", 4.0, "Python's imports and the browser's start")
            yield from _clinician(page)
        browser.close()


def _row(work: str, value: float, unit: str, aim: float, limit: str) -> BenchRow:
    return BenchRow(work, value, unit, f"< {aim:g} {unit}", value < aim, limit)


@contextmanager
def _server(home: Path) -> Iterator[tuple[str, float]]:
    """Start the app on a free loopback port; yield its address and when its start began."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port), "--server.headless", "true"],
        cwd=ROOT,
        env={**os.environ, "COUNTERPART_HOME": str(home)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield f"http://127.0.0.1:{port}", started
    finally:
        process.terminate()
        process.wait(30)


def _opened_page(browser) -> Callable:
    """Return a function that opens an address in a new visit as soon as it answers, and waits for the worklist."""

    def opened(url: str):
        page = browser.new_context(viewport={"width": 1366, "height": 768}).new_page()
        page.set_default_timeout(PATIENCE * 1000)
        end = time.perf_counter() + PATIENCE
        while True:
            try:
                page.goto(url)
                break
            except Exception:  # the browser's own error: nobody listens yet
                if time.perf_counter() > end:
                    raise
                time.sleep(0.05)
        page.locator(BUTTON).first.wait_for()
        return page

    return opened


def _clinician(page) -> Iterator[BenchRow]:
    waits = []
    for number in range(PATIENTS_OPENED):
        button = page.locator(BUTTON).nth(number)
        started = time.perf_counter()
        button.click()
        page.get_by_text("Twin's level now").wait_for()
        waits.append(time.perf_counter() - started)
        _go(page, "Patients")
        page.locator(BUTTON).first.wait_for()
    limit = "Streamlit's rerun and the browser; the fit has a row of its own"
    yield BenchRow("open a patient: click to summary painted, median", statistics.median(waits), "s", "", None, limit)
    moves = sorted(_moves(page))
    limit = "the browser redraws the chart (about half), then Streamlit's rerun"
    middle, late = statistics.median(moves), moves[int(0.95 * (len(moves) - 1))]
    yield _row("slider key to exact answer painted, median", middle, "ms", 200.0, limit)
    yield _row("slider key to exact answer painted, 95th percentile", late, "ms", 350.0, limit)


def _go(page, title: str) -> None:
    page.locator("nav[aria-label='App pages']").get_by_role("link", name=title, exact=True).click()
    page.locator("h1", has_text=title).wait_for()
    page.wait_for_function(QUIET)


def _moves(page) -> list[float]:
    """Return the milliseconds of each slider move on the first patient whose risk is shown."""
    page.locator("table.worklist tr", has_text=" in 100").first.get_by_role("button").click()
    page.locator("h1", has_text="Summary").wait_for()
    _go(page, "Compare plans")
    page.locator("table.compare").wait_for()
    slider = page.get_by_role("slider", name=SLIDER)
    slider.focus()
    waits = []
    for move in range(WARM_UP + MOVES):
        page.wait_for_function(QUIET)
        page.evaluate(WATCH)
        page.keyboard.press("ArrowRight" if move % 12 >= 6 else "ArrowLeft")
        waits.append(page.evaluate("() => window.painted"))
    return waits[WARM_UP:]
