"""Reasons that the desk itself writes into the record, in English, and how they are shown."""

from __future__ import annotations

import re

from commondesk.core.texts import gettext, gettext_noop

SILENT = gettext_noop("Silent beyond its target.")
"""Why somebody was called on from the list of gaps."""
NOBODY = gettext_noop("nobody this is for has a mail address")
SWITCHED_OFF = gettext_noop("mail to %(address)s failed before and is switched off: %(why)s")
ACKNOWLEDGEMENT = gettext_noop("acknowledgement")
"""What a machine of the desk calls itself where it writes."""
_WHOLE = frozenset({SILENT, NOBODY, ACKNOWLEDGEMENT})
_switched_off = re.compile(
    re.escape(SWITCHED_OFF % {"address": "\0", "why": "\1"})
    .replace(re.escape("\0"), r"(?P<address>\S+)")
    .replace(re.escape("\1"), r"(?P<why>.*)"),
    re.DOTALL,
)


def shown(text: str) -> str:
    """The reason in the language of whoever reads it; what anybody else wrote stays as it is."""
    if text in _WHOLE:
        return gettext(text)
    if found := _switched_off.fullmatch(text):
        return gettext(SWITCHED_OFF) % found.groupdict()
    return text
