"""Which JSON text is in the files that were given: plain, gzipped, in folders and in archives?

Archives are read without writing anything to disk, and within bounds. Small files share a block; a large one
with a resource a line is cut at line breaks; a large single document fills a block of its own.
"""

import gzip
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from twin.errors import BadFile
from twin.record.fhir.columns import line_breaks
from twin.record.fhir.grammar import PADDING, past_value

BLOCK = 16 << 20
"""Bytes of text in a block, unless one document is larger. [B]"""

MAX_DOCUMENT = 1 << 30
"""The largest single document, such as a Bundle, that is read. [B]"""

MAX_TEXT = 64 << 30
"""The most text that one import reads. [B]"""

MAX_FILES = 100_000
"""The most files, those in archives included."""

MAX_INFLATION = 300
"""How many times its packed size a packed file may have once past `BLOCK`; FHIR packs 10 to 40 times."""

_TEXT = frozenset({".json", ".ndjson", ".jsonl"})
_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Part:
    """What a block holds of one file: where it starts and ends there, and what of the file is before it."""

    file: "File"
    first: int
    limit: int
    bytes_before: int
    lines_before: int
    lines: int  # line breaks in the part

    @property
    def name(self) -> str:
        """Return the file's name."""
        return self.file.name


@dataclass(slots=True)
class Block:
    """Text of one or more files, each followed by a NUL byte; see `scan`."""

    number: int
    data: np.ndarray
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class File:
    """One file to read: a name without its folder, its packed size and how to open it."""

    name: str
    size: int
    is_packed: bool
    open: Callable[[], BinaryIO]


def refuse(name: str, problem: str, clinical: str, *, line: int | None = None, fhir_field: str = "") -> BadFile:
    """Return the error that refuses a whole file; the messages say where in it the trouble is."""
    place = f"{name}" + (f", line {line:,}" if line else "") + (f", field {fhir_field}" if fhir_field else "")
    return BadFile(f"{place}: {problem}", clinical=f"{place}: {clinical} Nothing was imported.")


def files(paths: Iterable[Path]) -> list[File]:
    """Return every file to read, in a stable order; what is no FHIR by its name is left out inside folders.

    Raises
    ------
    BadFile
        For a path that does not exist or is no JSON, an archive that cannot be read, or too many files.
    """
    found: list[File] = []
    for path in paths:
        if not path.exists():
            raise refuse(path.name, "no such file", "the file does not exist.")
        inside = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in inside:
            if path.is_dir() and not _is_wanted(file.relative_to(path).as_posix()):
                continue
            found += _unfold(file)
            if len(found) > MAX_FILES:
                raise refuse(path.name, f"more than {MAX_FILES} files", f"there are more than {MAX_FILES:,} files.")
    return found


def _is_wanted(name: str) -> bool:
    """Say whether a file inside a folder or archive is FHIR by its name; hidden files are not."""
    parts = name.split("/")
    if any(part.startswith((".", "__MACOSX")) for part in parts):
        return False
    suffixes = Path(parts[-1]).suffixes
    if suffixes and suffixes[-1].lower() == ".gz":
        suffixes.pop()
        return not suffixes or suffixes[-1].lower() in _TEXT
    return bool(suffixes) and suffixes[-1].lower() in _TEXT | {".zip"}


def _unfold(path: Path) -> list[File]:
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic == b"PK\x03\x04" or magic == b"PK\x05\x06":
        return _members(path)
    size = path.stat().st_size
    if magic[:2] == b"\x1f\x8b":
        return [File(path.name, size, True, lambda: gzip.open(path, "rb"))]
    return [File(path.name, size, False, lambda: path.open("rb", buffering=0))]


def _members(path: Path) -> list[File]:
    try:
        archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError) as error:
        raise refuse(path.name, f"bad zip: {error}", "the archive cannot be read.") from error
    found = []
    for member in archive.infolist():
        if member.is_dir() or not _is_wanted(member.filename):
            continue
        name = f"{path.name}/{Path(member.filename).name}"
        if member.flag_bits & 1:
            raise refuse(name, "encrypted", "the archive has a password. Unpack it first.")
        if member.filename.lower().endswith(".zip"):
            raise refuse(name, "archive in an archive", "there is an archive inside the archive. Unpack it first.")
        found.append(File(name, member.compress_size, True, partial(_open_member, archive, member)))
    return found


def _open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> BinaryIO:
    stream = archive.open(member)
    return gzip.GzipFile(fileobj=stream) if member.filename.lower().endswith(".gz") else stream


class _Filler:
    """Fills blocks with text, one file after the other."""

    def __init__(self, block_size: int) -> None:
        self.block_size = block_size
        self.number = 0
        self.text_read = 0
        self._fresh(block_size)

    def _fresh(self, size: int) -> None:
        self.data = np.zeros(size + PADDING, np.uint8)
        self.used = 0
        self.parts: list[Part] = []

    def _finish(self) -> Block:
        end = self.used + PADDING
        block = Block(self.number, self.data[: end + -end % 8], self.parts)
        self.number += 1
        return block

    def _read(self, file: File, stream: BinaryIO, position: int) -> int:
        """Fill the rest of the block from the stream; return where the text ends."""
        end = len(self.data) - PADDING
        view = memoryview(self.data)
        try:
            while position < end:
                got = stream.readinto(view[position:end])
                if not got:
                    break
                position += got
                self.text_read += got
        except (EOFError, OSError, zlib.error, zipfile.BadZipFile) as error:
            raise refuse(file.name, f"cannot be unpacked: {error}", "the file is damaged or cut off.") from error
        if self.text_read > MAX_TEXT:
            raise refuse(file.name, "too much text", "there is too much to import at once.")
        return position

    def add(self, file: File) -> Iterator[Block]:
        """Take in one file; yield the blocks that became full."""
        with file.open() as stream:
            yield from self._add(file, stream)

    def _add(self, file: File, stream: BinaryIO) -> Iterator[Block]:
        first = self.used
        end = self._read(file, stream, first)
        if end == len(self.data) - PADDING and first:  # it may not fit: start it in a block of its own
            head = self.data[first:end].copy()
            self.data[first:end] = 0
            yield self._finish()
            self._fresh(self.block_size)
            self.data[: len(head)] = head
            first, end = 0, self._read(file, stream, len(head))
        mark = 3 * (self.data[first : first + 3].tobytes() == _MARK)
        before, lines = -first, 0
        first += mark
        while end == len(self.data) - PADDING:  # full: there is more
            cut = self._last_line_end(first, end)
            if cut < 0:
                end = self._grow(file, stream, end)
                continue
            rest = self.data[cut:end].copy()
            self.data[cut:] = 0
            lines += self._note(file, first, cut, before, lines)
            before += cut
            yield self._finish()
            if file.is_packed and before > max(self.block_size, MAX_INFLATION * file.size):
                raise refuse(file.name, "unpacks to too much", "the file unpacks to far more than FHIR does.")
            self._fresh(max(self.block_size, 2 * len(rest)))
            self.data[: len(rest)] = rest
            first, end = 0, self._read(file, stream, len(rest))
        self._note(file, first, end, before, lines)

    def _note(self, file: File, first: int, limit: int, before: int, lines_before: int) -> int:
        """Note a part of a file, `before` being the bytes of the file before the block; return its line breaks."""
        lines = int(line_breaks(self.data, first, limit))
        self.parts.append(Part(file, first, limit, before + first, lines_before, lines))
        self.used = limit + 1
        return lines

    def _grow(self, file: File, stream: BinaryIO, end: int) -> int:
        size = 2 * len(self.data)
        if size > MAX_DOCUMENT:
            raise refuse(file.name, "document too large", "it is one document of more than 1 GB. Use NDJSON.")
        larger = np.zeros(size + PADDING, np.uint8)
        larger[:end] = self.data[:end]
        self.data = larger
        return self._read(file, stream, end)

    def _last_line_end(self, first: int, end: int) -> int:
        """Return where to cut between two lines that are a document each; -1 if that cannot be."""
        while self.data[first] in (9, 10, 13, 32) and first < end:
            first += 1
        after = past_value(self.data, first)
        if after < 0 or (self.data[first:after] == 10).any():
            return -1
        back = self.data[:end][::-1]
        step = 1 << 16
        for k in range(0, end - after + 1, step):
            breaks = np.flatnonzero(back[k : k + step] == 10)
            if len(breaks):
                cut = end - k - int(breaks[0])
                return cut if cut > after else -1
        return -1

    def rest(self) -> Iterator[Block]:
        """Yield what is left."""
        if self.parts:
            yield self._finish()


def blocks(found: Iterable[File], *, block_size: int = BLOCK) -> Iterator[Block]:
    """Yield the text of the files in blocks; the same files give the same blocks.

    Parameters
    ----------
    block_size
        Bytes of text a block. [B]

    Raises
    ------
    BadFile
        For a file that cannot be unpacked or exceeds a bound.
    """
    filler = _Filler(block_size)
    for file in found:
        yield from filler.add(file)
        if filler.used > block_size * 3 // 4 or len(filler.parts) >= 4096:
            yield filler._finish()
            filler._fresh(block_size)
    yield from filler.rest()
