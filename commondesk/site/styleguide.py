"""What the style guide shows: tokens and icons as the look names them, and invented things."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from django import forms
from django.contrib.messages import SUCCESS
from django.contrib.messages.storage.base import Message

from commondesk.core.record.instant import MINUTE
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.desk import wording
from commondesk.desk.undo import Offer

_STATIC = Path(__file__).parent / "static"
_TOKENS = re.compile(
    r"--(?P<name>[a-z0-9-]+): light-dark\((?P<light>#[0-9a-f]{6}), (?P<dark>#[0-9a-f]{6})\)"
)
_SIZES = re.compile(r"--(?P<name>t-[a-z0-9]+|s[1-8]|r[12]): (?P<size>[0-9.]+(?:rem|px))")
SURFACES = ("paper", "sheet", "well", "manila", "accent-wash", "late-wash", "soon-wash", "met-wash")
TEXTS = ("ink", "ink-2", "ink-3", "accent", "late", "soon", "met")
BORDERS = ("edge",)
ON = ("paper", "sheet", "well", "manila", "accent-wash")
"""The surfaces that any text may stand on; a wash of meaning carries ink or its own tone."""


@dataclass(frozen=True, slots=True)
class Colour:
    """A token that is a colour in each theme, as `#rrggbb`."""

    name: str
    light: str
    dark: str


@dataclass(frozen=True, slots=True)
class Contrast:
    """How a token stands out from each surface, light and dark, as a ratio; needed: the least."""

    name: str
    needed: float
    light: tuple[float, ...]
    dark: tuple[float, ...]


@cache
def colours() -> Mapping[str, Colour]:
    found = _TOKENS.finditer((_STATIC / "commondesk.css").read_text())
    return {each["name"]: Colour(each["name"], each["light"], each["dark"]) for each in found}


@cache
def sizes() -> Mapping[str, str]:
    found = _SIZES.finditer((_STATIC / "commondesk.css").read_text())
    return {each["name"]: each["size"] for each in found}


@cache
def icons() -> tuple[str, ...]:
    return tuple(sorted(re.findall(r'<symbol id="([a-z-]+)"', (_STATIC / "icons.svg").read_text())))


def contrasts() -> Iterator[Contrast]:
    """Text and borders of controls against the surfaces that they stand on."""
    known = colours()
    for names, needed in ((TEXTS, 4.5), (BORDERS, 3.0)):
        for name in names:
            yield Contrast(
                name,
                needed,
                tuple(ratio(known[name].light, known[on].light) for on in ON),
                tuple(ratio(known[name].dark, known[on].dark) for on in ON),
            )


def ratio(one: str, other: str) -> float:
    """The contrast of two colours by WCAG 2, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def urgencies() -> tuple[tuple[str, str], ...]:
    return (
        ("stopped", gettext("stopped")),
        ("degraded", gettext("degraded")),
        ("workaround", gettext("workaround")),
    )


class Example(forms.Form):
    """A form with one field of each kind."""

    hour = forms.CharField(
        label=gettext_lazy("Value of an hour of outage"),
        help_text=gettext_lazy("In EUR. Type 0 if it is really nothing."),
    )
    review = forms.DateField(
        label=gettext_lazy("Review by"),
        error_messages={
            "invalid": gettext_lazy("February has 28 days. Write the date as 2025-02-28.")
        },
    )
    urgency = forms.ChoiceField(label=gettext_lazy("Urgency"), choices=urgencies)
    agreed = forms.BooleanField(
        label=gettext_lazy("The requester agreed before the target passed"),
        help_text=gettext_lazy("Silence is not agreement."),
        error_messages={"required": gettext_lazy("Ask them first.")},
    )


def filled_badly() -> Example:
    form = Example({"hour": "120", "review": "2025-02-31", "urgency": "degraded"})
    form.add_error(None, gettext("It was not saved: two things need another look."))
    return form


def dues() -> tuple[Mapping[str, str | int], ...]:
    """A target in each of its states."""
    told = (
        ("calm", "run", 30, wording.due_words(80 * MINUTE)),
        ("soon", "run", 90, wording.due_words(12 * MINUTE)),
        ("calm", "paused", 40, wording.paused_words(110 * MINUTE)),
        ("late", "missed", 100, wording.missed_words(35 * MINUTE)),
        ("met", "met", 0, gettext("met in 18 min")),
        ("calm", "none", 0, gettext("no target")),
    )
    return tuple(
        {"tone": tone, "shape": shape, "used": used, "text": text}
        for tone, shape, used, text in told
    )


def hands() -> tuple[Mapping[str, str | float], ...]:
    """A day of a ticket in five hands."""
    told = (
        ("l1", 0, 30, "L1", gettext("L1: 2 h")),
        ("l2", 30, 25, "L2", gettext("L2: 1 h 40 min")),
        ("none", 55, 15, "", gettext("Nobody: 1 h")),
        ("vendor", 70, 15, "", gettext("Vendor: 1 h")),
        ("asker", 85, 15, gettext("requester"), gettext("Requester: 1 h")),
    )
    return tuple(
        {"tone": tone, "x": x, "width": width, "word": word, "title": title}
        for tone, x, width, word, title in told
    )


def said() -> list[Message]:
    """What a page says after a step, with the way back and without."""
    offer = Offer(gettext("Undo"), "#main", {})
    return [
        Message(SUCCESS, gettext("Handed 3 tickets to L2."), extra_tags=json.dumps(asdict(offer))),
        Message(SUCCESS, gettext("Your days away are entered.")),
    ]
