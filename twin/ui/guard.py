"""What does the reader see when something fails, and what does the log keep?"""

import logging
import secrets
import traceback

import streamlit as st

from twin.errors import TwinError
from twin.ui.html import Html, tag

LOG = logging.getLogger("counterpart")


def new_reference() -> str:
    """Return four characters that lead from the screen to the log."""
    return secrets.token_hex(2).upper()


def describe(error: BaseException) -> str:
    """Return kind and place of an error for the log; never its text, which may quote a record."""
    places = "".join(traceback.format_list(traceback.extract_tb(error.__traceback__)))
    return f"{type(error).__name__}\n{places}"


def report(error: Exception) -> None:
    """Show one sentence for the reader and write the rest to the log.

    Parameters
    ----------
    error
        A `TwinError` is shown in its clinical words with its code. Anything else is shown as a
        reference number only; the log holds the way to it.
    """
    if isinstance(error, TwinError):
        LOG.warning("%s: %s", error.code, error)
        st.error(f"{error.clinical} ({error.code})")
        return
    reference = new_reference()
    LOG.error("reference %s: %s", reference, describe(error))
    st.error(f"Something went wrong. Nothing was changed. Reference {reference}.")


def report_and_suppress(error: Exception) -> bool:
    """Report what escaped every page, such as a failing callback, and keep Streamlit's own box away."""
    report(error)
    return True


def withheld(why: str) -> Html:
    """Return what stands in place of a number that is not shown."""
    return tag("p", tag("strong", "No estimate shown. "), why.removesuffix(" No estimate shown."), css="withheld")


def no_estimate(why: str) -> None:
    """Say in place of a number that there is none, and why."""
    st.html(withheld(why))
