"""How is the app served: ``streamlit run app.py``?"""

import gc
import threading
from contextlib import asynccontextmanager
from pathlib import Path

import pandas  # noqa: F401  imported before the first visit, which would wait for it
import plotly.graph_objects  # noqa: F401
import streamlit as st
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route

from twin.ui import access, first_start, guard, warm
from twin.ui.loopback import LoopbackOnly, require_loopback_address


async def healthz(_request):
    """Answer that the process is up, and whether the record is ready."""
    return JSONResponse({"status": "ok", "record_ready": first_start.prepare().is_ready})


@asynccontextmanager
async def lifespan(_app):
    """Refuse an open address, start the preparation of the record, and close the record at the end."""
    require_loopback_address(st.get_option("server.address"))
    first_start.prepare()
    threading.Thread(target=warm.up, name="warm-up", daemon=True).start()
    # Nothing imported so far is ever garbage; without this each collection walks all of it.
    gc.collect()
    gc.freeze()
    yield {}
    access.close()


app = st.App(
    Path(__file__).parent / "twin" / "ui" / "router.py",
    routes=[Route("/healthz", healthz)],
    middleware=[Middleware(LoopbackOnly)],
    lifespan=lifespan,
    on_script_error=guard.report_and_suppress,
)
