"""The way back from a step that was just taken: a step of its own, offered while it is fresh.

Nothing is unwritten: the way back is one more event, refused once somebody else went on.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from django.contrib import messages
from django.contrib.messages.storage.base import Message
from django.http import HttpRequest


@dataclass(frozen=True, slots=True)
class WayBack:
    """A step that takes another one back: its verb, what the button says, and what it sends."""

    verb: str
    words: str
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Offer:
    """A button that stands beside what was said: its words, and what it sends to which address."""

    words: str
    path: str
    fields: Mapping[str, str]


def say(request: HttpRequest, said: str, offer: Offer | None = None) -> None:
    """Say what was done; with the way back beside it, if there is one."""
    tags = json.dumps(asdict(offer)) if offer else ""
    messages.success(request, said, extra_tags=tags)


def offer_of(message: Message) -> Offer | None:
    """The way back that was said with a message."""
    tags = message.extra_tags or ""
    return Offer(**json.loads(tags)) if tags.startswith("{") else None
