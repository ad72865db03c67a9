"""The formats that can be read, and how a file's format is recognised by its beginning.

A format is a module of this package that holds what `export.Reader` asks for; nothing else has to
be told of it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import SEEK_END
from typing import cast

import commondesk.readers
from commondesk.readers import tables
from commondesk.readers.export import (
    Asked,
    ExportedTicket,
    Fit,
    Problem,
    Proposes,
    Quality,
    Reader,
    Source,
    UnusableExport,
)
from commondesk.readers.signs import Signs

CLOSE = 0.1
"""Two readers whose sureness differs by less than this leave the choice to whoever imports."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A reader that may read a file, and how sure that is."""

    reader: Reader
    fit: Fit


@lru_cache(maxsize=1)
def readers() -> tuple[Reader, ...]:
    """All formats, by name."""
    names = sorted(module.name for module in pkgutil.iter_modules(commondesk.readers.__path__))
    modules = [importlib.import_module(f"{commondesk.readers.__name__}.{name}") for name in names]
    return tuple(
        cast(Reader, module)
        for module in modules
        if hasattr(module, "NAME") and hasattr(module, "fits") and hasattr(module, "tickets")
    )


def reader_named(name: str) -> Reader:
    """The reader of a format. Raises UnusableExport that lists the names."""
    for reader in readers():
        if reader.NAME == name:
            return reader
    raise _unusable(f"no format is named {name!r}; there are {names()}")


def names() -> str:
    """The names of all formats, for people."""
    return ", ".join(reader.NAME for reader in readers())


def guesses(sources: Sequence[Source]) -> list[Guess]:
    """Who may read these files, the surest first. Raises UnusableExport for a damaged file.

    Each file is looked at by itself; a format must fit all of them.
    """
    heads = [source.head() for source in sources]
    found = []
    for reader in readers():
        fits = [reader.fits(head) for head in heads]
        each = [fit for fit in fits if fit is not None]
        if each and len(each) == len(fits):
            found.append(Guess(reader, min(each, key=lambda fit: fit.sureness)))
    return sorted(found, key=lambda guess: -guess.fit.sureness)


def reader_of(sources: Sequence[Source], name: str = "") -> Guess:
    """The reader of these files: the named one, or the one that fits.

    Raises UnusableExport where none or several fit; the text says what to do.
    """
    if name:
        return Guess(reader_named(name), Fit(1.0, "it was said so"))
    found = guesses(sources)
    if not found:
        raise _unusable(_unknown(sources))
    if len(found) > 1 and found[0].fit.sureness - found[1].fit.sureness < CLOSE:
        listed = "; ".join(f"{guess.reader.NAME}: {guess.fit.why}" for guess in found[:3])
        raise _unusable(f"the file may be of several formats ({listed}); name one")
    return found[0]


def proposed(source: Source, name: str = "") -> str:
    """A mapping for a file, as text for a person to correct; name is its format, if it is said.

    Raises UnusableExport where the format is not known, or needs no mapping.
    """
    reader = reader_of([source], name).reader
    if not isinstance(reader, Proposes):
        text = f"{reader.TITLE} needs no mapping: what its fields mean is documented"
        raise _unusable(f"{text}. To read the file as any table instead, name the format `table`")
    return reader.proposed(source)


def tickets_of(
    guess: Guess, sources: Sequence[Source], asked: Asked, quality: Quality
) -> Iterator[ExportedTicket]:
    """The tickets of these files; counts into quality. Raises UnusableExport.

    A damaged file raises at the first ticket that cannot be reached.
    """
    quality.source = guess.reader.SOURCE
    signs = Signs()
    for ticket in guess.reader.tickets(sources, asked, quality):
        quality.events += len(ticket.drafts)
        signs.hear(ticket)
        yield ticket
    signs.tell(quality)


def _unknown(sources: Sequence[Source]) -> str:
    """Why nobody can read these files, in plain words."""
    for source in sources:
        head = source.head()
        if tables.format_of(head) is None and not head.text.lstrip().startswith("<?xml"):
            place = f"{source.name}: " if len(sources) > 1 else ""
            return f"{place}{tables.what_it_is(head)}"
    return f"the format is not known; name it, if it is one of {names()}"


def largest(sources: Sequence[Source]) -> Source:
    """The largest of some files: that by which a mapping is proposed."""
    return max(sources, key=lambda source: source.file.seek(0, SEEK_END))


def _unusable(text: str) -> UnusableExport:
    return UnusableExport([Problem(0, "", text)])
