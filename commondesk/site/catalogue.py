"""The French texts: written by area in commondesk/locale/fr/*.po, made ready in the data folder.

`python -m commondesk.site.catalogue` tells how many texts of each area have no French yet;
with the name of an area it prints them, as they go into its file.
"""

from __future__ import annotations

import ast
import hashlib
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from gettext import GNUTranslations
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from jinja2 import Environment
from jinja2.ext import extract_from_ast

from commondesk.core import texts
from commondesk.locale import compiled, languages, merged, messages, parts

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

HOUSE = Path(__file__).parents[1]
FORMAT = "1"
"""Raised when the same .po files must be compiled anew."""
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    "ngettext": (1, 2),
    **dict.fromkeys(("pgettext", "pgettext_noop"), ((1, "c"), 2)),
    "npgettext": ((1, "c"), 2, 3),
}


# ---- while we run -------------------------------------------------------------------------


def learn_all() -> None:
    """Tell `texts` where each language comes from."""
    for language in languages():
        texts.learn(language, partial(load, language))


def load(language: str) -> GNUTranslations:
    """The texts of a language, compiled anew where they are missing or of other .po files."""
    folder = settings.DATA / "locale"
    ready = folder / f"{language}-{fingerprint(language)}.mo"
    if not ready.is_file():
        make(language, ready)
    with ready.open("rb") as file:
        return GNUTranslations(file)


def prepare() -> None:
    """Compile every language now, so that no reader waits for it. Raises PoFileError."""
    for language in languages():
        load(language)


def fingerprint(language: str) -> str:
    """A digest of what the texts of a language are made from."""
    digest = hashlib.sha256(FORMAT.encode())
    for file in parts(language):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def make(language: str, ready: Path) -> None:
    ready.parent.mkdir(parents=True, exist_ok=True)
    # Processes that start together make the same file; it appears whole.
    draft = ready.with_name(f"{ready.name}.{os.getpid()}")
    draft.write_bytes(compiled(language))
    draft.replace(ready)
    for old in ready.parent.glob(f"{language}-*.mo"):
        if old != ready:
            old.unlink(missing_ok=True)


def disagreements(language: str) -> Iterator[str]:
    """Texts that two areas say differently."""
    whole = merged(language)
    for file, message in messages(language):
        kept = whole.get(message.id, message.context)
        if kept is not None and kept.string != message.string:
            yield f"{file.name} says another thing than the files before it: {message.id!r}"


# ---- while somebody writes ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Marked:
    """A text that the code marks: id is one text, or the one and the many."""

    id: str | tuple[str, str]
    context: str | None
    file: Path
    line: int

    @property
    def area(self) -> str:
        return area_of(self.file)


def area_of(file: Path) -> str:
    """The .po file that a text of this file goes to: named like the room."""
    return file.relative_to(HOUSE).parts[0]


@cache
def marked() -> tuple[Marked, ...]:
    """Every text that is marked in Python and in templates."""
    in_python = map(_marked_in_python, sorted(HOUSE.rglob("*.py")))
    in_templates = map(_marked_in_template, sorted(HOUSE.rglob("jinja2/**/*.html")))
    return tuple(chain.from_iterable(chain(in_python, in_templates)))


def _marked_in_python(file: Path) -> Iterator[Marked]:
    for call in ast.walk(ast.parse(file.read_text())):
        if not isinstance(call, ast.Call):
            continue
        name = call.func
        function = name.attr if isinstance(name, ast.Attribute) else getattr(name, "id", "")
        if function in KEYWORDS:
            said = [
                each.value
                for each in call.args
                if isinstance(each, ast.Constant) and isinstance(each.value, str)
            ]
            yield from _messages(function, said, file, call.lineno)


def _marked_in_template(file: Path) -> Iterator[Marked]:
    found = extract_from_ast(_reader().parse(file.read_text()), tuple(KEYWORDS))
    for line, function, given in found:
        said = [given] if isinstance(given, str) else [each for each in given or () if each]
        yield from _messages(function, said, file, line)


@cache
def _reader() -> Environment:
    from commondesk.site import jinja

    return jinja.plain()


def _messages(function: str, said: list[str], file: Path, line: int) -> Iterator[Marked]:
    wanted = {"ngettext": 2, "pgettext": 2, "pgettext_noop": 2, "npgettext": 3}.get(function, 1)
    if len(said) < wanted:
        return  # what it is called with was marked elsewhere
    context = said.pop(0) if function in ("pgettext", "pgettext_noop", "npgettext") else None
    is_counted = function in ("ngettext", "npgettext")
    yield Marked((said[0], said[1]) if is_counted else said[0], context, file, line)


def missing(language: str) -> dict[str, Catalog]:
    """What has no text in a language yet, by area, ready to be filled in."""
    from babel.messages.catalog import Catalog

    known = merged(language)
    found: dict[str, Catalog] = {}
    for each in marked():
        entry = known.get(each.id, each.context)
        said = entry.string if entry else None
        if not said or not all((said,) if isinstance(said, str) else said):
            of_area = found.setdefault(each.area, Catalog(locale=language))
            place = (each.file.relative_to(HOUSE).as_posix(), each.line)
            of_area.add(each.id, locations=[place], context=each.context)
    return found


def tell(area: str | None) -> None:
    from babel.messages.pofile import write_po

    found = missing("fr")
    if area is None:
        for name, some in sorted(found.items()):
            print(f"{len(some):5} without French in {name}")  # noqa: T201
    elif area in found:
        write_po(sys.stdout.buffer, found[area], omit_header=True, width=0)


if __name__ == "__main__":
    tell(sys.argv[1] if len(sys.argv) > 1 else None)
