"""Which page does this address show?"""

import streamlit as st

from twin.ui.site import SITE

st.navigation([page.page() for page in SITE], position="top").run()
