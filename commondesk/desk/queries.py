"""Codes of tickets in the words of our screens."""

from __future__ import annotations

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
    "mail": "by mail",
    "portal": "by portal",
    "phone": "by phone",
    "walk_in": "in person",
    "chat": "by chat",
    "monitoring": "by monitoring",
    "api": "by another system",
    "import": "imported",
}
CLOCK_WORDS = {
    "response": "first response",
    "next_reply": "next reply",
    "resolution": "resolution",
    "restore": "restore",
}
IMPACT_WORDS = {1: "severe impact", 2: "high impact", 3: "medium impact", 4: "low impact"}
URGENCY_SHORT = {1: "stopped", 2: "degraded", 3: "workaround", 4: "no hurry"}
WAIT_WORDS = {
    "requester": "the requester’s answer",
    "vendor": "a vendor",
    "approval": "an approval",
    "scheduled": "a date",
    "other": "something else",
}


def waits_words(reasons: str) -> str:
    """What a ticket waits for; reasons have commas between them."""
    return wording.list_words([WAIT_WORDS.get(each, each) for each in reasons.split(",") if each])
