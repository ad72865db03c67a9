"""The five presets and the contract template of design section 5, as plain settings."""

from __future__ import annotations

from typing import Any

EVERY_PAUSE = ["requester", "vendor", "approval", "scheduled", "other"]
EVERY_CLOCK = ["response", "next_reply", "resolution", "restore"]

TEMPLATE: dict[str, Any] = {
    "response_ends": "person",
    "resolving_responds": False,
    "next_reply_owed": "first_unanswered",
    "next_reply_every": "8h",
    "resolution_ends": "last",
    "reopen": "changes_nothing",
    "pauses": EVERY_PAUSE,
    "pauses_for": EVERY_CLOCK,
    "requester_pause_needs": "nothing",
    "scheduled_pause_needs": "nothing",
    "priority": "highest",
    "population": "due",
    "disguised": "off",
}

EXPERIENCED: dict[str, Any] = {
    **TEMPLATE,
    "resolution_ends": "first_held",
    "pauses": ["requester", "scheduled"],
    "requester_pause_needs": "question",
    "scheduled_pause_needs": "date",
    "disguised": "7d",
}

FIRST_RESOLVE: dict[str, Any] = {
    **TEMPLATE,
    "response_ends": "any_outgoing",
    "resolving_responds": True,
    "resolution_ends": "first",
    "reopen": "ignored",
    "priority": "current",
    "population": "ended",
}

PRESETS: dict[str, dict[str, Any]] = {
    "experienced": EXPERIENCED,
    "first-resolve": FIRST_RESOLVE,
    "restart-on-reopen": {**FIRST_RESOLVE, "resolution_ends": "last", "reopen": "restarts"},
    "cycles": {**FIRST_RESOLVE, "resolution_ends": "last", "reopen": "new_cycle"},
    "subtract-resolved": {**FIRST_RESOLVE, "resolution_ends": "last", "reopen": "subtracts"},
}
