"""The wordings that come with Commondesk: a file a language, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from commondesk.core.record.instant import Instant
from commondesk.desk.wording import local

from .filling import UnfitWording, filled_line, refuse_unknown

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl", "sv", "da", "ru", "ja", "zh")
FALLBACK = "en"
ACKNOWLEDGEMENT = "acknowledgement"
MESSAGE = "message"

_TICKET = frozenset({"number", "company", "desk"})
# Whoever reads these may read the ticket; words of others are in place.
_NOTICE = _TICKET | {"subject", "requester", "person", "due", "link"}
PLACEHOLDERS: Mapping[str, frozenset[str]] = {
    MESSAGE: _TICKET | {"person"},
    # A forged sender must not make the desk carry his words: no subject, no name, nothing of his.
    ACKNOWLEDGEMENT: _TICKET | {"next"},
    "assigned": _NOTICE | {"words"},
    "assigned_team": _NOTICE | {"words", "team"},
    "answered": _NOTICE | {"words"},
    "neared": _NOTICE | {"clock", "share"},
    "missed": _NOTICE | {"clock", "share"},
    "handover_offered": _NOTICE | {"team"},
    "handover_accepted": _NOTICE,
    "handover_declined": _NOTICE | {"words"},
    # The requester never reads what a vendor wrote.
    "vendor_answered": _NOTICE - {"requester"} | {"words"},
    "handover_lapsed": _NOTICE | {"team"},
    "escalated": _NOTICE,
    # The note itself stays at the desk: its readers are chosen with care.
    "mentioned": _NOTICE,
    # Said instead of the ones beyond what anybody could read: of no one ticket.
    "many": frozenset({"company", "desk", "link"}),
    # Put on copy, somebody who works no tickets has no page of the ticket to be sent to.
    "copied": _NOTICE - {"link"},
}
"""Every template, with what may stand in its braces."""


class UnknownTemplate(LookupError):
    """There is no template of that name, or no such language."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A subject and a text with gaps. The subject of a message is that of its ticket: none here."""

    subject: str
    text: str


@dataclass(frozen=True, slots=True)
class Language:
    """All that the desk says in one language."""

    code: str
    name: str
    desk: str
    days: tuple[str, ...]
    months: tuple[str, ...]
    instant: str
    next: Mapping[str, str]
    clocks: Mapping[str, str]
    below: Mapping[str, str]
    templates: Mapping[str, Wording]

    def instant_words(self, at: Instant, zone: ZoneInfo) -> str:
        """An instant in full, with its zone."""
        moment = local(at, zone)
        parts = {
            "weekday": self.days[moment.weekday()],
            "day": str(moment.day),
            "month": self.months[moment.month - 1],
            "year": str(moment.year),
            "time": f"{moment:%H:%M}",
            "zone": zone.key,
        }
        return filled_line(self.instant, parts)


def fit_language(*wanted: str) -> str:
    """The first of these that we speak, else English."""
    return next((each for each in wanted if each in LANGUAGES), FALLBACK)


def language(code: str) -> Language:
    """All wordings of a language. Raises UnknownTemplate."""
    if code not in LANGUAGES:
        raise UnknownTemplate(f"there is no language {code!r}; there are {', '.join(LANGUAGES)}")
    return _read(code)


def refuse_unfit(template: str, subject: str, text: str, *, first_line: int = 1) -> None:
    """Raise UnknownTemplate or UnfitWording where such a wording could not be used."""
    if template not in PLACEHOLDERS:
        raise UnknownTemplate(
            f"there is no template {template!r}; there are {', '.join(PLACEHOLDERS)}"
        )
    if "\n" in subject:
        raise UnfitWording("a subject is one line")
    if template == MESSAGE and subject:
        raise UnfitWording("a message has the subject of its ticket: leave the subject out")
    refuse_unknown(subject, PLACEHOLDERS[template])
    refuse_unknown(text, PLACEHOLDERS[template], first_line=first_line)


@cache
def _read(code: str) -> Language:
    file = resources.files("commondesk.desk.wordings") / f"{code}.yaml"
    told: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
    templates = {
        name: Wording(each.get("subject", ""), each["text"].strip("\n"))
        for name, each in told.pop("templates").items()
    }
    for name, wording in templates.items():
        refuse_unfit(name, wording.subject, wording.text)
    days, months = tuple(told.pop("days")), tuple(told.pop("months"))
    return Language(code=code, days=days, months=months, templates=templates, **told)
