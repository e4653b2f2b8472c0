"""What did the rows that are set aside say?

They are few, so their text is not kept while reading; it is read a second time.
"""

from collections import defaultdict
from collections.abc import Iterable

from twin.record.fhir.sources import File, Part, blocks

Place = tuple[int, int]
"""First byte of a row in its block and the byte after its last."""


def read_again(
    wanted: dict[int, list[Place]], parts: list[list[Part]], found: Iterable[File], *, most: int, block_size: int
) -> dict[tuple[int, int], tuple[str, str]]:
    """Return the name of the file and the text of each wanted row.

    Parameters
    ----------
    wanted
        Places by the number of their block.
    parts
        The parts of every block.
    most
        Characters of a text that are returned.
    block_size
        As when they were read the first time. [B]

    Returns
    -------
        By number of the block and first byte.
    """
    seen: dict[tuple[int, int], tuple[str, str]] = {}
    packed: dict[int, list[tuple[Part, list[Place]]]] = defaultdict(list)
    for number, places in wanted.items():
        for index, mine in _by_part(places, parts[number]).items():
            part = parts[number][index]
            if part.file.is_packed:
                packed[number].append((part, mine))
                continue
            with part.file.open() as stream:
                for first, last in mine:
                    stream.seek(part.bytes_before + first - part.first)
                    seen[number, first] = part.name, _cut(stream.read(_bytes(first, last, most)), most)
    if packed:
        for block in blocks(found, block_size=block_size):
            for part, mine in packed.get(block.number, ()):
                for first, last in mine:
                    text = block.data[first : first + _bytes(first, last, most)].tobytes()
                    seen[block.number, first] = part.name, _cut(text, most)
    return seen


def _by_part(places: Iterable[Place], parts: list[Part]) -> dict[int, list[Place]]:
    """Return the places, in order, by the index of the part they are in."""
    groups: dict[int, list[Place]] = defaultdict(list)
    index = 0
    for place in sorted(places):
        while place[0] >= parts[index].limit:
            index += 1
        groups[index].append(place)
    return groups


def _bytes(first: int, last: int, most: int) -> int:
    """Return how many bytes to read: a character has at most four."""
    return min(last - first, 4 * most)


def _cut(text: bytes, most: int) -> str:
    return text.decode("utf-8", "ignore")[:most]
