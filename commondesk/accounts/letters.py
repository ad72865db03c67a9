"""Mail to a person that is about no ticket: an invitation, a forgotten password, a changed factor.

What it says is decided here; a room above puts it into the outbox, and so into a mail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from uuid import UUID

import yaml
from django.conf import settings
from django.db import transaction

from commondesk.accounts.models import Company
from commondesk.core.record.instant import Instant

LANGUAGES = ("en", "fr")
LONGEST_VALUE = 300
_GAP = re.compile(r"\{([a-z_]{1,30})\}")
# Controls, and what ends a line somewhere or turns the direction of reading.
_UNFIT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+"
)

_ALWAYS = frozenset({"desk", "link"})
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    # role: what they are asked to be, in words. days: how long the link works.
    "invitation": _ALWAYS | {"company", "person", "role", "days"},
    "password_forgotten": _ALWAYS | {"minutes"},
    "password_changed": _ALWAYS,
    "address_changed": _ALWAYS | {"address"},
    # factor: totp, webauthn, or words.
    "factor_added": _ALWAYS | {"factor"},
    "factor_removed": _ALWAYS | {"factor"},
    "codes_made": _ALWAYS,
}
"""Every letter, with what may stand in its braces."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as it is meant: whoever carries it decides what the mail looks like."""

    address: str
    subject: str
    text: str
    link: str
    below: str
    desk: str
    language: str
    company: UUID | None
    at: Instant


@dataclass(frozen=True, slots=True)
class Wordings:
    """All letters in one language: subject and text by name."""

    desk: str
    below: str
    factors: Mapping[str, str]
    letters: Mapping[str, tuple[str, str]]


POSTMEN: list[Callable[[Letter], None]] = []
"""What rooms above do with a letter, in the transaction of what it tells."""


def is_sendable() -> bool:
    """Whether mail goes out at all. Where not, letters wait, and a link is given by hand."""
    return bool(settings.EMAIL_HOST)


@transaction.atomic
def post(
    *,
    address: str,
    template: str,
    values: Mapping[str, str],
    language: str = "",
    company: UUID | None = None,
    at: Instant,
) -> None:
    """Post a letter to an address; it leaves once the caller's transaction is through.

    language is the reader's, empty where nobody knows it. values["link"], if given, is a whole
    address below settings.ORIGIN. Raises ValueError for an unknown letter, gap or foreign link.
    """
    home = Company.objects.filter(uuid=company).first() if company else None
    code = _fit_language(language, home.language if home else "")
    letter = _written(address, template, values, code, home, at)
    for carry in POSTMEN:
        carry(letter)


def _fit_language(*wanted: str) -> str:
    return next((each for each in wanted if each in LANGUAGES), LANGUAGES[0])


def _written(
    address: str,
    template: str,
    values: Mapping[str, str],
    language: str,
    home: Company | None,
    at: Instant,
) -> Letter:
    if template not in PLACEHOLDERS:
        raise ValueError(f"there is no letter {template!r}")
    if unknown := set(values) - PLACEHOLDERS[template]:
        raise ValueError(f"the letter {template!r} has no gap for {', '.join(sorted(unknown))}")
    link = values.get("link", "")
    if link and not link.startswith(f"{settings.ORIGIN}/"):
        raise ValueError("a letter links to this site alone")
    wordings = wordings_of(language)
    desk = filled(wordings.desk, {"company": _one_line(home.title)}) if home else "Commondesk"
    told = {name: _one_line(value) for name, value in values.items()} | {"desk": desk}
    told["link"] = link
    if factor := told.get("factor"):
        told["factor"] = wordings.factors.get(factor, factor)
    subject, text = wordings.letters[template]
    return Letter(
        address=address,
        subject=filled(subject, told),
        text=filled(text, told),
        link=link,
        below=filled(wordings.below, {"desk": desk, "link": settings.ORIGIN}),
        desk=desk,
        language=language,
        company=home.uuid if home else None,
        at=at,
    )


def _one_line(value: str) -> str:
    """A value cannot add a line, and so neither a header nor a paragraph of its own."""
    return " ".join(_UNFIT.sub(" ", value).split())[:LONGEST_VALUE]


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its gaps filled. What is filled in is never looked at again.

    A line whose gaps all stay empty is left out.
    """
    lines = []
    for line in text.split("\n"):
        names = _GAP.findall(line)
        if not names or any(values.get(name) for name in names):
            lines.append(_GAP.sub(lambda found: values.get(found[1], ""), line))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


@cache
def wordings_of(language: str) -> Wordings:
    """All letters in a language that we speak, read and checked once."""
    file = resources.files("commondesk.accounts") / "letter_wordings" / f"{language}.yaml"
    told: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    letters = {
        name: (each["subject"], each["text"].strip("\n")) for name, each in told["letters"].items()
    }
    for name, known in PLACEHOLDERS.items():
        if unknown := set(_GAP.findall("\n".join(letters[name]))) - known:
            raise ValueError(f"{language}: {name}: nothing fills {', '.join(sorted(unknown))}")
    return Wordings(told["desk"], told["below"].strip("\n"), told["factors"], letters)
