"""The meeting page: its list of cases, the case on screen, what was said before, and the decision."""
