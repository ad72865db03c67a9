"""Packed: the files inside a ZIP, each as a file of the export, unpacked beside and bounded.

A spreadsheet is a ZIP, too, and stays what it is.
"""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from commondesk.readers.export import (
    MOST_TIMES_PACKED,
    SMALL,
    Problem,
    Source,
    UnusableExport,
)
from commondesk.readers.records import told_as_damage

MOST_FILES = 500
"""Files of a ZIP that are unpacked; one of more stays packed, which readers of JSON can do with."""
MOST_UNPACKED = 16 * 1024**3
"""Bytes of all ZIPs together, unpacked."""
_ZIP = b"PK\x03\x04"
_BLOCK = 1024 * 1024


@contextmanager
def spread(sources: Sequence[Source]) -> Iterator[list[Source]]:
    """The same files, with those of each ZIP in its place, by name. Raises UnusableExport.

    What is unpacked lies in a temporary folder, under names of ours, and is gone at the end.
    """
    with ExitStack() as stack:
        unpacking = _Unpacking(stack)
        yield [each for source in sources for each in unpacking.files_of(source)]


class _Unpacking:
    """Unpacks ZIPs, counting what comes out of all of them."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._folder: Path | None = None
        self._files = 0
        self._size = 0

    def files_of(self, source: Source) -> Iterator[Source]:
        """What a file holds: itself, unless it is a ZIP of files."""
        if not _is_zip(source.file):
            yield source
            return
        with told_as_damage(0), zipfile.ZipFile(source.file) as archive:
            members = _members(archive)
            if members is None:
                source.file.seek(0)
                yield source
                return
            if not members:
                raise _unusable(f"{source.name}: the ZIP holds no file")
            for member in members:
                with archive.open(member) as packed:
                    file = self._unpacked(packed, member)  # type: ignore[arg-type]
                yield Source(member.filename, file)

    def _unpacked(self, packed: BinaryIO, member: zipfile.ZipInfo) -> BinaryIO:
        file: BinaryIO = self._stack.enter_context(self._place().open("w+b"))
        size = 0
        while block := packed.read(_BLOCK):
            size += len(block)
            self._size += len(block)
            if size > SMALL and size > MOST_TIMES_PACKED * member.compress_size:
                raise _unusable(
                    f"{member.filename} swells to more than {MOST_TIMES_PACKED} times its packed"
                    " size; no export does that. Unpack it yourself if you trust it"
                )
            if self._size > MOST_UNPACKED:
                raise _unusable(f"the ZIP unpacks to more than {MOST_UNPACKED // 1024**3} GB")
            file.write(block)
        file.seek(0)
        return file

    def _place(self) -> Path:
        """Where the next file goes: no name in a ZIP is ever one on this machine."""
        if self._folder is None:
            self._folder = Path(
                self._stack.enter_context(tempfile.TemporaryDirectory(prefix="commondesk-zip-"))
            )
        self._files += 1
        return self._folder / str(self._files)


def _is_zip(file: BinaryIO) -> bool:
    file.seek(0)
    start = file.read(len(_ZIP))
    file.seek(0)
    return start == _ZIP


def _members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo] | None:
    """The files of a ZIP by name; None for a spreadsheet, or one of too many."""
    names = archive.namelist()
    if "[Content_Types].xml" in names or any(name.startswith("xl/") for name in names):
        return None
    found = [each for each in archive.infolist() if not _is_aside(each)]
    return None if len(found) > MOST_FILES else sorted(found, key=lambda each: each.filename)


def _is_aside(member: zipfile.ZipInfo) -> bool:
    """What no person put there: folders, and what some systems write beside files."""
    last = member.filename.rpartition("/")[2]
    return member.is_dir() or member.filename.startswith("__MACOSX/") or last.startswith(".")


def _unusable(text: str) -> UnusableExport:
    return UnusableExport([Problem(0, "", text)])
