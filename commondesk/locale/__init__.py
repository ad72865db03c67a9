"""The texts of other languages: written by area in commondesk/locale/fr/*.po, read from there.

A page has them made ready in the data folder (`site.catalogue`). Whatever runs without one, such as
a command, has them put together in memory: it takes a fifth of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from commondesk.core import texts

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog, Message

LOCALE = Path(__file__).parent


def languages() -> list[str]:
    """The languages beside English, by their two letters."""
    return sorted({file.parent.name for file in LOCALE.glob("*/*.po")})


def learn_all() -> None:
    """Tell `texts` where each language comes from, where nothing is made ready."""
    for language in languages():
        texts.learn(language, partial(in_memory, language))


def in_memory(language: str) -> GNUTranslations:
    """The texts of a language, put together now. Raises PoFileError."""
    return GNUTranslations(BytesIO(compiled(language)))


def compiled(language: str) -> bytes:
    """The texts of a language as gettext reads them. Raises PoFileError."""
    from babel.messages.mofile import write_mo

    content = BytesIO()
    write_mo(content, merged(language))
    return content.getvalue()


def parts(language: str) -> list[Path]:
    """The files of a language, one for each area."""
    return sorted((LOCALE / language).glob("*.po"))


def merged(language: str) -> Catalog:
    """All areas of a language as one; of two that say a text differently the first by name."""
    from babel.messages.catalog import Catalog

    whole = Catalog(locale=language, charset="utf-8")
    for _, message in messages(language):
        if whole.get(message.id, message.context) is None:
            whole.add(message.id, message.string, flags=message.flags, context=message.context)
    return whole


def messages(language: str) -> Iterator[tuple[Path, Message]]:
    """Every text of a language, and the file that it stands in."""
    return ((file, each) for file in parts(language) for each in read(file, language) if each.id)


def read(file: Path, language: str) -> Catalog:
    """One .po file. Raises PoFileError."""
    from babel.messages.pofile import read_po

    with file.open("rb") as lines:
        return read_po(lines, locale=language, charset="utf-8", abort_invalid=True)
