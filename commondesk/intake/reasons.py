"""Why a mail became what it became: kept with it in English, told in the language of its reader.

Whoever files a mail keeps a sentence of these; `in_words` finds out which one it was.
"""

from __future__ import annotations

import re
from functools import cache

from commondesk.core import texts
from commondesk.core.texts import gettext, gettext_noop

from .mail import remarks

# ---- of the table -------------------------------------------------------------------------

SENT_BY_MACHINE = gettext_noop("Sent by a machine (%(rule)s); it opens nothing.")
AUTOMATIC_ANSWER = gettext_noop("An automatic answer, known by %(proof)s.")
AGENT_ANSWER = gettext_noop("An agent's answer, known by %(proof)s.")
VENDOR_ANSWER = gettext_noop("A vendor’s answer, known by %(proof)s.")
MACHINE_ANSWER = gettext_noop("A machine's answer, known by %(proof)s.")
ANSWER = gettext_noop("An answer, known by %(proof)s.")
REOPENS_NOTHING = gettext_noop("An answer, known by %(proof)s. It reopens nothing: %(limit)s")
UNCLEAR = gettext_noop("It cannot be said who sent it: %(trouble)s.")
CLAIMS_AGENT = gettext_noop(
    "It claims to come from %(sender)s, who works tickets, and nothing proves it."
)
CLAIMS_AGENT_FOUND = gettext_noop(
    "It claims to come from %(sender)s, who works tickets, and nothing proves it (%(finding)s)."
)
CHECK_FAILED = gettext_noop("It says it comes from %(sender)s, but the check of the sender failed.")
CHECK_FAILED_FOUND = gettext_noop(
    "It says it comes from %(sender)s, but the check of the sender failed (%(finding)s)."
)
NOT_ON_TICKET = gettext_noop(
    "Unverified: %(sender)s answered with %(proof)s, but is not on the ticket."
)
NOT_THE_CONTACT = gettext_noop(
    "Unverified: %(sender)s answered with %(proof)s, but is not the contact of that vendor."
)

WHOSE = gettext_noop("Whose is this? Nobody has told us whose address %(addresses)s is.")

# ---- of the caps --------------------------------------------------------------------------

MANY_ON_TICKET = gettext_noop("%(count)s mails came to this ticket in an hour.")
MANY_REOPENS = gettext_noop("it was reopened %(count)s times within an hour.")
MANY_OF_SENDER = gettext_noop("%(sender)s sent %(count)s mails within an hour; this is one more.")
WORDED_LIKE_MACHINE = gettext_noop(
    "It looks like a machine that answers our mail: its subject has the wording of one"
    " (%(wording)s), and we had just written to that address."
)

PATTERNS = (
    SENT_BY_MACHINE,
    AUTOMATIC_ANSWER,
    AGENT_ANSWER,
    VENDOR_ANSWER,
    MACHINE_ANSWER,
    REOPENS_NOTHING,
    ANSWER,
    UNCLEAR,
    CLAIMS_AGENT_FOUND,
    CLAIMS_AGENT,
    CHECK_FAILED_FOUND,
    CHECK_FAILED,
    NOT_ON_TICKET,
    NOT_THE_CONTACT,
    MANY_ON_TICKET,
    MANY_REOPENS,
    MANY_OF_SENDER,
    WORDED_LIKE_MACHINE,
    WHOSE,
    *remarks.ALL,
)
"""Those with something in them, the longer of two that begin alike first."""
_OURS = frozenset({"rule", "proof", "limit", "trouble", "kind"})
"""What is a text of ours again, and not an address or what a stranger wrote."""
_HOLE = re.compile(r"%\\\((\w+)\\\)s")


def in_words(kept: str) -> str:
    """A sentence that was kept, as its reader shall read it; an unknown one as it is."""
    if not kept or texts.language() == texts.ENGLISH:
        return kept
    for pattern in PATTERNS:
        if found := _reader(pattern).fullmatch(kept):
            told = {
                name: in_words(said) if name in _OURS else said
                for name, said in found.groupdict().items()
            }
            return gettext(pattern) % told
    return gettext(kept)


@cache
def _reader(pattern: str) -> re.Pattern[str]:
    """Finds what was filled into a text."""
    return re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(pattern)), re.DOTALL)
