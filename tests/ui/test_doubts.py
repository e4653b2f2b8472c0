"""Is every doubt of the record said in words?"""

from twin.record.quality import Flag, Reason
from twin.ui.doubts import DOUBTS


def test_every_reason_and_flag_has_words_and_nothing_else_has():
    reasons = {reason.word for reason in Reason if reason is not Reason.NONE}
    flags = {flag.name.lower() for flag in Flag}
    assert set(DOUBTS) == reasons | flags
