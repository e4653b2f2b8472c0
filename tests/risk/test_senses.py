"""Does each output go the way it should when one input goes up?"""

import pytest

from tests.risk.senses import everywhere, known_senses, ordered, ordinary
from twin.risk.catalogue import equations

ALL = list(equations().values())
SENSES = known_senses()


@pytest.mark.parametrize("known", ALL, ids=lambda known: known.id)
def test_each_output_goes_the_way_the_table_says(known):
    for wanted in ordered(known):
        found = everywhere(known, wanted), ordinary(known, wanted)
        for output in found[0]:
            claimed = SENSES[known.id, wanted.name, output]
            for claim, sense in zip(claimed, (found[0][output], found[1][output]), strict=True):
                assert claim in ("", sense), f"{wanted.name} on {output}"


def test_the_table_speaks_of_every_input_that_can_go_up():
    numbers = {k.id: [n for n, output in k.outputs.items() if output.kind != "word"] for k in ALL}
    expected = {(k.id, i.name, output) for k in ALL for i in ordered(k) for output in numbers[k.id]}
    assert set(SENSES) == expected


def test_no_claim_is_empty_handed():
    for everywhere_, ordinary_ in SENSES.values():
        assert (
            {everywhere_, ordinary_} - {"", "mixed", "none"}
            or "mixed" in (everywhere_, ordinary_)
            or (everywhere_ in ("", "none") and ordinary_ == "none")
        )
