"""What was found in an export, in words: events of the preview, and what became of rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from commondesk.core import texts
from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop
from commondesk.review.pack.in_words import in_words
from commondesk.review.pack.telling import listed

_EVENTS = {
    "ticket.opened": pgettext_noop("happened", "opened"),
    "ticket.classified": pgettext_noop("happened", "classified"),
    "ticket.prioritised": pgettext_noop("happened", "priority set"),
    "ticket.assigned": pgettext_noop("happened", "given to a team"),
    "ticket.taken": pgettext_noop("happened", "taken by a person"),
    "ticket.released": pgettext_noop("happened", "let go by its person"),
    "wait.begun": pgettext_noop("happened", "waits"),
    "wait.ended": pgettext_noop("happened", "goes on"),
    "ticket.restored": pgettext_noop("happened", "service back"),
    "ticket.resolved": pgettext_noop("happened", "solved"),
    "ticket.closed": pgettext_noop("happened", "shut for good"),
    "ticket.reopened": pgettext_noop("happened", "opened again"),
    "ticket.merged": pgettext_noop("happened", "merged into another"),
    "ticket.absorbed": pgettext_noop("happened", "another was merged into it"),
    "message.received": pgettext_noop("happened", "the requester wrote"),
    "message.written": pgettext_noop("happened", "an answer was written"),
    "message.delivered": pgettext_noop("happened", "the answer was sent"),
    "note.written": pgettext_noop("happened", "a note was written"),
}
SORTS = {
    "dropped": gettext_noop("Left out"),
    "repaired": gettext_noop("Repaired"),
    "doubtful": gettext_noop("Doubtful"),
    "disagrees": gettext_noop("Disagrees with itself"),
    "absent": gettext_noop("Missing"),
    "read": gettext_noop("Read as"),
}
"""What became of what was met, in the order in which a page tells it."""
SUPPORT = {
    "none": gettext_noop("not at all"),
    "proxy": gettext_noop("only as a proxy"),
    "exact": gettext_noop("exactly"),
}


_FORMATS = {
    "jira": gettext_noop("Jira: issues with their changelog (JSON), or a CSV"),
    "servicenow-audit": gettext_noop("ServiceNow: incidents with sys_audit (JSON or CSV)"),
    "servicenow-log": gettext_noop("ServiceNow: incident log (CSV)"),
    "table": gettext_noop("a table (CSV, XLSX, JSON Lines or Parquet)"),
    "xes": gettext_noop("an event log (XES, IEEE 1849)"),
    "zammad": gettext_noop("Zammad: tickets, history and articles (JSON)"),
    "zendesk": gettext_noop("Zendesk: tickets with audits, or ticket events (JSON)"),
}


def format_words(name: str, title: str) -> str:
    """What a format is called; title: what its reader calls it, for one that is new here."""
    return gettext(_FORMATS[name]) if name in _FORMATS else title


def event_words(name: str) -> str:
    """What an event of the preview says."""
    return pgettext("happened", _EVENTS[name]) if name in _EVENTS else name


def sort_words(sort: str) -> str:
    """What became of what was met."""
    return gettext(SORTS[sort]) if sort in SORTS else sort


def headline_words(result: Mapping[str, Any]) -> Sequence[str]:
    """The headline of a review: what is usually said, what is so, and a few sentences more."""
    told: Mapping[str, Sequence[str]] = result.get("headlines", {})
    return told.get(texts.language()) or told.get(texts.ENGLISH) or result["headline"]


def file_words(kept: str) -> str:
    """What was met in a file, or how far it carries a figure, from the English that is kept."""
    return in_words(kept)


def titles_words(kept: str) -> str:
    """The names of some figures, from the English that is kept."""
    return listed(in_words(each) for each in kept.split("; "))


def support_words(support: str) -> str:
    """How far a file carries a figure."""
    return gettext(SUPPORT[support]) if support in SUPPORT else support
