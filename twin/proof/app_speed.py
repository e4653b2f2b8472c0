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

from twin.proof.bench_row import BenchRow, Wanted, everything

ROOT = Path(__file__).resolve().parents[2]
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DRAGS, WARM_UP = 20, 4
PLACES = (-5, -15, -10, -25, -20)
PATIENTS_OPENED = 5
PATIENCE = 120.0  # [s]
BUTTON = "table.worklist button"
QUIET = """document.querySelector('.page-footer')
  && !document.querySelector('[data-stale=true], .cp-live:not([data-state=answered])')
  && document.querySelector('[data-testid=stApp]').dataset.testScriptState !== 'running'"""
SLIDER = "Systolic BP change (mmHg)"
STARTS = "first start to worklist painted", "later start to worklist painted"
OPEN = "open a patient: click to summary painted, median"
SUMMARY = """document.querySelector('[data-testid=stMain]').textContent.includes("Twin's level now")"""
SLIDES = "slider dragged to numbers and curves painted", "slider released to exact answer painted"
SPREAD = ", median, 95th percentile"  # in two rows
NONE = "app in a browser"
# Painted is the second frame after the table says something new. A drag is timed from each move that changes the
# slider's value, a release from the button going up to the answer that takes the place of the ready view.
WATCH = """() => {
  const said = () => document.querySelector('table.compare').textContent;
  const painted = done => requestAnimationFrame(() => requestAnimationFrame(done));
  window.moves = [];
  window.releases = [];
  document.addEventListener('input', move => {
    const before = said();
    painted(now => { if (said() !== before) window.moves.push(now - move.timeStamp) });
  }, true);
  document.addEventListener('pointerup', release => {
    const look = () => {
      const is_exact = document.querySelector('.cp-live').dataset.state === 'answered';
      if (is_exact) painted(now => window.releases.push(now - release.timeStamp));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  }, true);
}"""
# Timed in the page: the driver's own waits look again only after half a second.
WATCH_OPENING = f"""() => {{
  const painted = done => requestAnimationFrame(() => requestAnimationFrame(done));
  window.opened = null;
  document.addEventListener('click', click => {{
    const look = () => {{
      if ({SUMMARY}) painted(now => {{ window.opened = now - click.timeStamp }});
      else requestAnimationFrame(look);
    }};
    requestAnimationFrame(look);
  }}, {{ capture: true, once: true }});
}}"""
FRAME = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"


def app_rows(wanted: Wanted = everything) -> Iterator[BenchRow]:
    """Drive the app in a headless browser as a clinician would; one row says why if there is none."""
    later = [STARTS[1], OPEN, *(slide + SPREAD for slide in SLIDES)]
    if not any(map(wanted, (NONE, STARTS[0], *later))):
        return
    browser_path = shutil.which("chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        browser_path = None
    if browser_path is None:
        yield BenchRow(NONE, 0.0, "runs", "", None, "not measured: needs Playwright and Chromium")
        return
    with tempfile.TemporaryDirectory() as home, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=browser_path, args=list(FLAGS))
        opened = _opened_page(browser)
        with _server(Path(home)) as (url, started):
            opened(url)
            seconds = time.perf_counter() - started
            yield _row(STARTS[0], seconds, "s", 15.0, "writing and importing the demo panel")
        if any(map(wanted, later)):
            with _server(Path(home)) as (url, started):
                page = opened(url)
                seconds = time.perf_counter() - started
                yield _row(STARTS[1], seconds, "s", 4.0, "Python's imports and the browser's start")
                yield from _clinician(page, wanted)
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
        page.wait_for_function(f"document.querySelector('{BUTTON}')?.checkVisibility()")
        return page

    return opened


def _clinician(page, wanted: Wanted) -> Iterator[BenchRow]:
    if wanted(OPEN):
        yield _opening(page)
    if any(wanted(slide + SPREAD) for slide in SLIDES):
        moves, releases = _dragged(page)
        limit = "the two frames of the browser that it takes to see it"
        yield from _both(SLIDES[0], moves, 50.0, limit)
        limit = "Streamlit's rerun of the comparison and of what stands below it"
        yield from _both(SLIDES[1], releases, 350.0, limit)


def _opening(page) -> BenchRow:
    waits = []
    for number in range(PATIENTS_OPENED):
        page.evaluate(WATCH_OPENING)
        page.locator(BUTTON).nth(number).click()
        waits.append(page.wait_for_function("window.opened").json_value() / 1000)
        _go(page, "Patients")
    limit = "Streamlit's rerun and the browser; the fit has a row of its own"
    return BenchRow(OPEN, statistics.median(waits), "s", "", None, limit)


def _both(work: str, waits: list[float], aim: float, limit: str) -> Iterator[BenchRow]:
    ordered = sorted(waits)
    yield _row(f"{work}, median of {len(waits)}", statistics.median(waits), "ms", aim, limit)
    yield _row(f"{work}, 95th percentile", ordered[int(0.95 * (len(ordered) - 1))], "ms", aim, limit)


def _go(page, title: str) -> None:
    page.locator("nav[aria-label='App pages']").get_by_role("link", name=title, exact=True).click()
    page.wait_for_function(f"document.querySelector('h1')?.innerText === '{title}' && {QUIET}")


def _dragged(page) -> tuple[list[float], list[float]]:
    """Drag the first slider of the first patient whose risk is shown; return the waits of moves and releases. [ms]."""
    page.locator("table.worklist tr", has_text=" in 100").first.get_by_role("button").click()
    page.locator("h1", has_text="Summary").wait_for()
    _go(page, "Compare plans")
    page.locator(".cp-live").wait_for()
    slider = page.get_by_role("slider", name=SLIDER)
    slider.hover()
    page.wait_for_timeout(1000)  # its views come; a hand takes about as long to begin
    page.evaluate(WATCH)
    for drag in range(WARM_UP + DRAGS):
        if drag == WARM_UP:
            page.evaluate("() => { window.moves = []; window.releases = [] }")
        page.wait_for_function(QUIET)
        _move_to(page, slider, int(slider.input_value()))
        page.mouse.down()
        for place in PLACES[:: -1 if drag % 2 else 1]:  # there and back: every release tells something new
            _move_to(page, slider, place)
            page.evaluate(FRAME)
        page.mouse.up()
        page.wait_for_function(QUIET)
        page.evaluate(FRAME)
    return page.evaluate("() => [window.moves, window.releases]")


def _move_to(page, slider, place: float) -> None:
    """Move the mouse to where the slider's knob is, or would be, at a place."""
    box = slider.bounding_box()
    low, high = (float(slider.get_attribute(end)) for end in ("min", "max"))
    knob = box["height"] / 2
    way = (box["width"] - knob) * (place - low) / (high - low)
    page.mouse.move(box["x"] + knob / 2 + way, box["y"] + knob)
