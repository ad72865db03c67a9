"""Lenses in words: what each is called, and what it reads, in the language that is spoken."""

from __future__ import annotations

from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop

_NAMES = {
    "contract": pgettext_noop("lens", "contract"),
    "experienced": pgettext_noop("lens", "experienced"),
    "first-resolve": pgettext_noop("lens", "first-resolve"),
    "restart-on-reopen": pgettext_noop("lens", "restart-on-reopen"),
    "cycles": pgettext_noop("lens", "cycles"),
    "subtract-resolved": pgettext_noop("lens", "subtract-resolved"),
}
_TITLES = {
    "contract": pgettext_noop("lens", "contract, your charter"),
    "experienced": pgettext_noop("lens", "experienced, as people lived it"),
    "first-resolve": pgettext_noop("lens", "first resolve"),
    "restart-on-reopen": pgettext_noop("lens", "restart on reopen"),
    "cycles": pgettext_noop("lens", "cycles"),
    "subtract-resolved": pgettext_noop("lens", "subtract resolved"),
}
_WORDS = {
    "contract": gettext_noop("What the charter says counts."),
    "experienced": gettext_noop(
        "A person’s answer, a solution that held, no pause without a question."
    ),
    "first-resolve": gettext_noop("Stops at the first resolve, whatever came after."),
    "restart-on-reopen": gettext_noop("Starts anew whenever a ticket comes back."),
    "cycles": gettext_noop("Counts each return as a clock of its own."),
    "subtract-resolved": gettext_noop("Takes out the time it was resolved."),
}


def name(lens: str) -> str:
    """`contract`: short, as it stands beside a figure."""
    return pgettext("lens", _NAMES[lens]) if lens in _NAMES else lens


def title(lens: str) -> str:
    """`contract, your charter`."""
    return pgettext("lens", _TITLES[lens]) if lens in _TITLES else lens


def words(lens: str) -> str:
    """What it reads, in a sentence."""
    return gettext(_WORDS[lens]) if lens in _WORDS else ""
