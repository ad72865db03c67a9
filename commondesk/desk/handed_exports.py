"""Exports of another desk that somebody handed over, to learn what they tell.

They lie beside the company's record and are no part of it: the files as they came, how they are to
be read, and what was made of them. After SPAN they go by themselves. Other rooms ask here for what
a review of an export found: `reviewed` and `figures_of`.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings

from commondesk.core.record.instant import DAY, Instant, Span

SPAN: Span = 30 * DAY
MOST_BYTES = 500 * 1024 * 1024
"""Of all files of one export together."""
MOST_FILES = 50
MOST_KEPT = 20
"""Exports of one company at a time."""
SPARE = 512 * 1024 * 1024
"""Bytes that stay free on the disk, whatever is handed over."""
LOOK, RESULT, FIGURES, PACK = "look.json", "result.json", "figures.json", "pack.html"
"""What is made of an export: how it can be read; what a review found, in three forms."""
_ABOUT, _FILES, _HALF = "about.json", "files", "half-"


class TooMany(Exception):
    """The company keeps as many exports as it may, or the disk is full."""


@dataclass(frozen=True, slots=True)
class File:
    """A file as it came: its name, for people alone, and its size in bytes."""

    name: str
    size: int


@dataclass(frozen=True, slots=True)
class Terms:
    """How an export is to be read. Empty: not said.

    format: of a reader; zone: of times that name none; mapping: what columns mean, as YAML;
    charter: the number of a version of the company's charter, or `file`; lens: the usual count.
    """

    format: str = ""
    zone: str = ""
    mapping: str = ""
    charter: str = ""
    lens: str = ""


@dataclass(frozen=True, slots=True)
class Export:
    """An export that was handed over, by whom and when."""

    company: UUID
    uuid: UUID
    files: tuple[File, ...]
    person: str
    given_at: Instant
    terms: Terms = field(default_factory=Terms)

    @property
    def title(self) -> str:
        """What it is called: its first file, and how many more."""
        more = f" +{len(self.files) - 1}" if len(self.files) > 1 else ""
        return f"{self.files[0].name}{more}" if self.files else ""

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(file.size for file in self.files)

    @property
    def goes_at(self) -> Instant:
        """When it goes by itself."""
        return self.given_at + SPAN

    @property
    def folder(self) -> Path:
        return _folder(self.company) / self.uuid.hex

    @property
    def paths(self) -> list[tuple[str, Path]]:
        """Each file: its name, and where it lies."""
        return [
            (file.name, self.folder / _FILES / str(place)) for place, file in enumerate(self.files)
        ]

    @property
    def is_reviewed(self) -> bool:
        return (self.folder / FIGURES).exists()

    def made(self, what: str) -> dict[str, Any] | None:
        """LOOK, RESULT or FIGURES; None until it is made."""
        try:
            told = json.loads((self.folder / what).read_bytes())
        except (OSError, ValueError):
            return None
        return told if isinstance(told, dict) else None


# ---- for other rooms ------------------------------------------------------------------------


def reviewed(company: UUID) -> list[Export]:
    """The exports of a company of which figures were made, the latest first."""
    return [each for each in listed(company) if each.is_reviewed]


def figures_of(company: UUID, uuid: UUID) -> dict[str, Any] | None:
    """What a review of an export found, as docs/review-pack.md describes figures.json.

    None for an export of another company, one that is gone, and one not reviewed yet.
    """
    export = export_of(company, uuid)
    return export.made(FIGURES) if export else None


# ---- keeping them ---------------------------------------------------------------------------


def keep(
    company: UUID, person: UUID, files: Iterable[tuple[str, Iterable[bytes]]], *, at: Instant
) -> Export:
    """Keep what was handed over. Raises TooMany, and OSError when the disk is full."""
    if len(listed(company)) >= MOST_KEPT:
        raise TooMany
    folder = _folder(company)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = folder / f"{_HALF}{secrets.token_hex(8)}"
    half.mkdir(mode=0o700)
    uuid = uuid4()
    try:
        (half / _FILES).mkdir(mode=0o700)
        found = tuple(
            _kept(half / _FILES / str(place), name, chunks)
            for place, (name, chunks) in enumerate(files)
        )
        export = Export(company, uuid, found, str(person), at)
        _tell(half, export)
        half.rename(export.folder)
    except BaseException:
        shutil.rmtree(half, ignore_errors=True)
        raise
    return export


def _kept(place: Path, name: str, chunks: Iterable[bytes]) -> File:
    size = 0
    with place.open("xb") as file:
        place.chmod(0o600)
        for chunk in chunks:
            if shutil.disk_usage(place.parent).free < SPARE + len(chunk):
                raise TooMany
            file.write(chunk)
            size += len(chunk)
    return File(_shown(name), size)


def _shown(name: str) -> str:
    """A name as it is shown: without folders and without what nobody can see, of some length."""
    last = name.replace("\\", "/").rpartition("/")[2]
    return "".join(each for each in last if each.isprintable())[:120] or "file"


def listed(company: UUID) -> list[Export]:
    """What is kept of a company, the latest first."""
    found = [each for uuid in _uuids(company) if (each := export_of(company, uuid))]
    return sorted(found, key=lambda each: (-each.given_at, each.uuid))


def export_of(company: UUID, uuid: UUID) -> Export | None:
    """One of them; None for any other company's."""
    try:
        told = json.loads((_folder(company) / uuid.hex / _ABOUT).read_bytes())
        return Export(
            company,
            uuid,
            tuple(File(str(each["name"]), int(each["size"])) for each in told["files"]),
            str(told["person"]),
            int(told["given_at"]),
            Terms(**told["terms"]),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return None


def say(export: Export, terms: Terms) -> Export:
    """Say how it is to be read."""
    said = replace(export, terms=terms)
    _tell(export.folder, said)
    return said


def put(export: Export, made: Mapping[str, Path]) -> None:
    """Put what was made in its place, in stead of what was there. Raises OSError if it is gone."""
    for what, path in made.items():
        path.replace(export.folder / what)


def drop(export: Export, *what: str) -> None:
    """What was made holds no longer: the export is to be read in another way."""
    for each in what:
        (export.folder / each).unlink(missing_ok=True)


def remove(export: Export) -> None:
    """Leave nothing of it."""
    gone = export.folder.with_name(f"{_HALF}{secrets.token_hex(8)}")
    with contextlib.suppress(FileNotFoundError):
        export.folder.rename(gone)
        shutil.rmtree(gone, ignore_errors=True)


def remove_all(company: UUID) -> None:
    """Leave nothing of a company that is removed itself."""
    shutil.rmtree(_folder(company), ignore_errors=True)


def tidy(at: Instant) -> int:
    """Remove what was kept too long, of anybody; how many exports."""
    removed = 0
    for folder in (settings.DATA / "exports").glob("*"):
        with contextlib.suppress(ValueError):
            for export in listed(UUID(folder.name)):
                if export.goes_at < at:
                    remove(export)
                    removed += 1
    return removed


# ---- on disk --------------------------------------------------------------------------------


def _tell(folder: Path, export: Export) -> None:
    """Whole or not at all."""
    told = {
        "files": [asdict(file) for file in export.files],
        "person": export.person,
        "given_at": export.given_at,
        "terms": asdict(export.terms),
    }
    half = folder / f"{_HALF}{secrets.token_hex(8)}"
    descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(told, file)
    half.replace(folder / _ABOUT)


def _uuids(company: UUID) -> Iterator[UUID]:
    for place in _folder(company).glob("*"):
        with contextlib.suppress(ValueError):
            yield UUID(place.name)


def _folder(company: UUID) -> Path:
    folder: Path = settings.DATA / "exports" / company.hex
    return folder
