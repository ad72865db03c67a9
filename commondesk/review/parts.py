"""Parts of the mirage in words: what each setting of a lens is called where it explains a gap."""

from __future__ import annotations

from commondesk.core.texts import gettext, gettext_noop

PART_WORDS = {
    "response_ends": (
        gettext_noop("Automatic replies counted"),
        gettext_noop("replies of machines that count"),
    ),
    "resolving_responds": (
        gettext_noop("Resolving counted as a reply"),
        gettext_noop("resolving that counts as a reply"),
    ),
    "next_reply_owed": (gettext_noop("When a reply is owed"), gettext_noop("when a reply is owed")),
    "resolution_ends": (
        gettext_noop("Solutions that did not hold"),
        gettext_noop("solutions that did not hold"),
    ),
    "reopen": (
        gettext_noop("What a reopening does to the clock"),
        gettext_noop("what a reopening does to the clock"),
    ),
    "pauses": (
        gettext_noop("Waiting time left out"),
        gettext_noop("waiting time that is left out"),
    ),
    "requester_pause_needs": (
        gettext_noop("Pauses without a question"),
        gettext_noop("pauses without a question asked"),
    ),
    "scheduled_pause_needs": (
        gettext_noop("Dates that nobody of theirs chose"),
        gettext_noop("pauses until dates that the requester did not choose"),
    ),
    "priority": (gettext_noop("Priority lowered later"), gettext_noop("priorities lowered later")),
    "disguised": (
        gettext_noop("New tickets instead of reopenings"),
        gettext_noop("new tickets instead of reopenings"),
    ),
    "population": (
        gettext_noop("Open late tickets left out"),
        gettext_noop("late tickets that are still open, left out"),
    ),
}
"""A setting of a lens as the bridge names it, and within a sentence."""


def part_title(setting: str) -> str:
    """`Pauses without a question`."""
    return gettext(PART_WORDS[setting][0])
