"""How far is a piece of work that runs in the background, and may it go on?"""

import threading
from dataclasses import dataclass, field


@dataclass
class Job:
    """Written by its thread, read by the visits that look at it."""

    fraction: float = 0.0
    text: str = ""
    failure: Exception | None = None
    is_cancelled: threading.Event = field(default_factory=threading.Event)
    is_over: threading.Event = field(default_factory=threading.Event)

    def progress(self, fraction: float, text: str) -> None:
        """Note how far it is."""
        self.fraction, self.text = min(1.0, max(0.0, fraction)), text
