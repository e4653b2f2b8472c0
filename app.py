"""How is the app served: ``streamlit run app.py``?"""

import threading
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

# Only what the server itself needs: the rest is loaded by `warm` while the browser loads the page.
from twin.ui import first_start, guard, warm
from twin.ui.loopback import LoopbackOnly, require_loopback_address


async def healthz(_request):
    """Answer that the process is up, and whether the record is ready."""
    return JSONResponse({"status": "ok", "record_ready": first_start.prepare().is_ready})


@asynccontextmanager
async def lifespan(_app):
    """Refuse an open address, start the preparation of the record, and close the record at the end."""
    require_loopback_address(st.get_option("server.address"))
    threading.Thread(target=warm.up, name="warm-up", daemon=True).start()
    yield {}
    first_start.close_record()


app = st.App(
    Path(__file__).parent / "twin" / "ui" / "router.py",
    routes=[Route("/healthz", healthz)],
    middleware=[Middleware(LoopbackOnly)],
    lifespan=lifespan,
    on_script_error=guard.report_and_suppress,
)
