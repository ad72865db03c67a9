"""The words of the schema that people choose from, in the language that is spoken."""

from __future__ import annotations

from ..texts import pgettext, pgettext_noop

WORDS = (
    # sides and roles
    pgettext_noop("choice of the charter", "company"),
    pgettext_noop("choice of the charter", "provider"),
    pgettext_noop("choice of the charter", "requester"),
    pgettext_noop("choice of the charter", "agent"),
    pgettext_noop("choice of the charter", "lead"),
    pgettext_noop("choice of the charter", "referent"),
    pgettext_noop("choice of the charter", "decision maker"),
    pgettext_noop("choice of the charter", "approver"),
    pgettext_noop("choice of the charter", "auditor"),
    # channels
    pgettext_noop("choice of the charter", "mail"),
    pgettext_noop("choice of the charter", "portal"),
    pgettext_noop("choice of the charter", "phone"),
    pgettext_noop("choice of the charter", "walk in"),
    pgettext_noop("choice of the charter", "chat"),
    pgettext_noop("choice of the charter", "monitoring"),
    # kinds of tickets
    pgettext_noop("choice of the charter", "incident"),
    pgettext_noop("choice of the charter", "request"),
    pgettext_noop("choice of the charter", "question"),
    pgettext_noop("choice of the charter", "alert"),
    # clocks
    pgettext_noop("choice of the charter", "response"),
    pgettext_noop("choice of the charter", "next reply"),
    pgettext_noop("choice of the charter", "resolution"),
    pgettext_noop("choice of the charter", "restore"),
    # how clocks are read
    pgettext_noop("choice of the charter", "any outgoing"),
    pgettext_noop("choice of the charter", "any agent action"),
    pgettext_noop("choice of the charter", "person"),
    pgettext_noop("choice of the charter", "first unanswered"),
    pgettext_noop("choice of the charter", "every"),
    pgettext_noop("choice of the charter", "first"),
    pgettext_noop("choice of the charter", "last"),
    pgettext_noop("choice of the charter", "first held"),
    pgettext_noop("choice of the charter", "ignored"),
    pgettext_noop("choice of the charter", "restarts"),
    pgettext_noop("choice of the charter", "new cycle"),
    pgettext_noop("choice of the charter", "subtracts"),
    pgettext_noop("choice of the charter", "changes nothing"),
    pgettext_noop("choice of the charter", "vendor"),
    pgettext_noop("choice of the charter", "approval"),
    pgettext_noop("choice of the charter", "scheduled"),
    pgettext_noop("choice of the charter", "other"),
    pgettext_noop("choice of the charter", "nothing"),
    pgettext_noop("choice of the charter", "date"),
    pgettext_noop("choice of the charter", "current"),
    pgettext_noop("choice of the charter", "highest"),
    pgettext_noop("choice of the charter", "ended"),
    pgettext_noop("choice of the charter", "due"),
    # how often
    pgettext_noop("choice of the charter", "week"),
    pgettext_noop("choice of the charter", "month"),
    pgettext_noop("choice of the charter", "quarter"),
    pgettext_noop("choice of the charter", "half year"),
    pgettext_noop("choice of the charter", "year"),
    pgettext_noop("choice of the charter", "monthly"),
    pgettext_noop("choice of the charter", "quarterly"),
    pgettext_noop("choice of the charter", "half yearly"),
    pgettext_noop("choice of the charter", "yearly"),
)
NAMES = ("P1", "P2", "P3", "P4", "L1", "L2", "L3", "api")
"""What is called the same in every language."""


def plainly(choice: str) -> str:
    """A word that a field can be set to, as people read it: `decision maker`."""
    word = choice.replace("_", " ")
    return pgettext("choice of the charter", word) if word else ""
