"""Codes of tickets in the words of our screens."""

from __future__ import annotations

from collections.abc import Mapping

from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import wording

CHANNEL_ICONS = {
    "mail": "mail",
    "portal": "portal",
    "phone": "phone",
    "walk_in": "walk",
    "chat": "chat",
    "monitoring": "alarm",
    "api": "bot",
    "import": "import",
}
CHANNEL_WORDS = {
    "mail": gettext_noop("by mail"),
    "portal": gettext_noop("by portal"),
    "phone": gettext_noop("by phone"),
    "walk_in": gettext_noop("in person"),
    "chat": gettext_noop("by chat"),
    "monitoring": gettext_noop("by monitoring"),
    "api": gettext_noop("by another system"),
    "import": gettext_noop("imported"),
}
CLOCK_WORDS = {
    "response": gettext_noop("first response"),
    "next_reply": gettext_noop("next reply"),
    "resolution": gettext_noop("resolution"),
    "restore": gettext_noop("restore"),
}
IMPACT_WORDS = {
    1: gettext_noop("severe impact"),
    2: gettext_noop("high impact"),
    3: gettext_noop("medium impact"),
    4: gettext_noop("low impact"),
}
URGENCY_SHORT = {
    1: gettext_noop("stopped"),
    2: gettext_noop("degraded"),
    3: gettext_noop("workaround"),
    4: gettext_noop("no hurry"),
}
WAIT_WORDS = {
    "requester": gettext_noop("the requester’s answer"),
    "vendor": gettext_noop("a vendor"),
    "approval": gettext_noop("an approval"),
    "scheduled": gettext_noop("a date"),
    "other": gettext_noop("something else"),
}


def waits_words(reasons: str) -> str:
    """What a ticket waits for; reasons have commas between them."""
    return wording.list_words([wait_words(each) for each in reasons.split(",") if each])


def wait_words(reason: str) -> str:
    """What one wait is for; a code that nobody knows is its own word."""
    return _said(WAIT_WORDS, reason)


def channel_words(channel: str) -> str:
    """How something came; a code that nobody knows is its own word."""
    return _said(CHANNEL_WORDS, channel)


def clock_words(clock: str) -> str:
    """What a clock counts, in the middle of a sentence; empty for none."""
    known = CLOCK_WORDS.get(clock)
    return gettext(known) if known else ""


def _said(words: Mapping[str, str], code: str) -> str:
    known = words.get(code)
    return gettext(known) if known else code
