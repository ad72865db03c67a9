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


class Example(forms.Form):
    """A form with one field of each kind."""

    hour = forms.CharField(
        label="Value of an hour of outage", help_text="In EUR. Type 0 if it is really nothing."
    )
    review = forms.DateField(
        label="Review by",
        error_messages={"invalid": "February has 28 days. Write the date as 2025-02-28."},
    )
    urgency = forms.ChoiceField(
        label="Urgency", choices=[(each, each) for each in ("stopped", "degraded", "workaround")]
    )
    agreed = forms.BooleanField(
        label="The requester agreed before the target passed",
        help_text="Silence is not agreement.",
        error_messages={"required": "Ask them first."},
    )


def filled_badly() -> Example:
    form = Example({"hour": "120", "review": "2025-02-31", "urgency": "degraded"})
    form.add_error(None, "It was not saved: two things need another look.")
    return form


DUES: tuple[Mapping[str, str | int], ...] = (
    {"tone": "calm", "shape": "run", "used": 30, "text": "due in 1 h 20 min"},
    {"tone": "soon", "shape": "run", "used": 90, "text": "due in 12 min"},
    {"tone": "calm", "shape": "paused", "used": 40, "text": "paused, 1 h 50 min left"},
    {"tone": "late", "shape": "missed", "used": 100, "text": "missed 35 min ago"},
    {"tone": "met", "shape": "met", "used": 0, "text": "met in 18 min"},
    {"tone": "calm", "shape": "none", "used": 0, "text": "no target"},
)
"""A target in each of its states."""

HANDS: tuple[Mapping[str, str | float], ...] = (
    {"tone": "l1", "x": 0, "width": 30, "word": "L1", "title": "L1: 2 h"},
    {"tone": "l2", "x": 30, "width": 25, "word": "L2", "title": "L2: 1 h 40 min"},
    {"tone": "none", "x": 55, "width": 15, "word": "", "title": "Nobody: 1 h"},
    {"tone": "vendor", "x": 70, "width": 15, "word": "", "title": "Vendor: 1 h"},
    {"tone": "asker", "x": 85, "width": 15, "word": "requester", "title": "Requester: 1 h"},
)
"""A day of a ticket in five hands."""


def said() -> list[Message]:
    """What a page says after a step, with the way back and without."""
    offer = Offer("Undo", "#main", {})
    return [
        Message(SUCCESS, "Handed 3 tickets to L2.", extra_tags=json.dumps(asdict(offer))),
        Message(SUCCESS, "Your days away are entered."),
    ]
