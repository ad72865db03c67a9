"""A row of the queue in words: what is due, why it matters, in whose hands it is."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from django.urls import reverse

from commondesk.accounts.policy import Viewer
from commondesk.core import texts
from commondesk.core.record.events import ClockName, Kind, Priority
from commondesk.core.record.instant import HOUR, Instant
from commondesk.core.service_level.agreement import Agreement, Term
from commondesk.core.texts import gettext, pgettext, pgettext_noop
from commondesk.desk import own_words, wording
from commondesk.desk.queries import (
    CHANNEL_ICONS,
    IMPACT_WORDS,
    URGENCY_SHORT,
    channel_words,
    clock_words,
    waits_words,
)
from commondesk.desk.queue.selection import Row
from commondesk.ledger import tables

ACTIVE = ("open", "waiting")
ENDED = {
    "resolved": pgettext_noop("state of a ticket", "solved"),
    "closed": pgettext_noop("state of a ticket", "closed"),
    "merged": pgettext_noop("state of a ticket", "merged"),
}
NEAR = HOUR
LONGEST_LAST_WORD = 90
_CLOCKS = frozenset(str(each) for each in ClockName)


class Due(NamedTuple):
    """What is due, in words, with the tone and dial that repeat them."""

    text: str
    detail: str
    tone: str
    shape: str
    used: int


class Hands(NamedTuple):
    """In whose hands a ticket is."""

    text: str
    beside: str
    detail: str
    tone: str
    icon: str
    step: str


class QueueRow(NamedTuple):
    """One ticket of the queue."""

    number: int
    code: str
    address: str
    company: str
    subject: str
    beside: str
    mark: str
    due: Due
    priority: str
    why: str
    hands: Hands
    channel: str
    channel_icon: str
    last_word: str
    is_unread: bool
    may_work: bool
    position: int


class RowReader:
    """Turns ticket rows of one company into words for one viewer, at one instant."""

    def __init__(
        self,
        prefix: str,
        title: str,
        zone: ZoneInfo,
        viewer: Viewer,
        at: Instant,
        agreements: Mapping[str, Agreement | None],
    ) -> None:
        self.prefix, self.title, self.zone, self.viewer, self.at = prefix, title, zone, viewer, at
        self.me, self.person = tables.plain(viewer.person_uuid), str(viewer.person_uuid)
        self.may_work = viewer.is_technical
        self.room = reverse("desk:queue", args=[prefix]).removesuffix("queue/")
        self.agreements = agreements

    def row(self, row: Row) -> QueueRow:
        due = self.due(row)
        code = f"{self.prefix}-{row.number}"
        return QueueRow(
            number=row.number,
            code=code,
            address=f"{self.room}tickets/{row.number}/",
            company=self.title,
            subject=row.subject or gettext("(no subject)"),
            beside=f"{code} · {row.requester_title or gettext('unknown')}",
            mark=f"{mark_of(row, due)} fresh" if row.has_unread else mark_of(row, due),
            due=due,
            priority=row.priority,
            why=why_words(
                texts.language(), row.urgency, row.impact, bool(row.is_priority_provisional)
            ),
            hands=self.hands(row),
            channel=channel_words(row.channel),
            channel_icon=CHANNEL_ICONS.get(row.channel, "mail"),
            last_word=last_word(row.last_word, own_words.shown(row.last_word_by)),
            is_unread=bool(row.has_unread),
            may_work=self.may_work,
            position=row.position,
        )

    def due(self, row: Row) -> Due:
        if row.status not in ACTIVE:
            return self.ended(row)
        if row.due_at is None:
            return self.without_due(row)
        clock = clock_words(row.due_clock)
        when = wording.instant_words(row.due_at, self.zone, self.at)
        if row.due_state == "missed" or row.due_at < self.at:
            detail = f"{clock}, {when}"
            if row.due_state == "paused" or row.status == "waiting":
                detail = gettext("%(clock)s, and waits") % {"clock": clock}
            return Due(wording.missed_words(self.at - row.due_at), detail, "late", "missed", 100)
        term = self.term(row)
        if term is None:
            left = row.due_at - self.at
            used = row.used_share or 0
        else:
            left = term.calendar.known_at(self.at).elapsed(self.at, row.due_at)
            used = 100 - 100 * left // term.span if term.span else 0
        tone = "soon" if left < NEAR else "calm"
        return Due(wording.due_words(left), f"{clock}, {when}", tone, "run", max(0, min(100, used)))

    def without_due(self, row: Row) -> Due:
        waits = waits_words(row.waits_on)
        if row.due_state == "paused":
            used = row.used_share or 0
            text = gettext("paused, %(share)s %% used") % {"share": used}
            detail = gettext("until %(what)s") % {"what": waits}
            return Due(text, detail, "calm", "paused", used)
        detail = gettext("waits for %(what)s") % {"what": waits} if waits else ""
        if row.due_state == "missed" and row.missed_at is not None:
            ago = wording.missed_words(self.at - row.missed_at)
            return Due(ago, detail, "late", "missed", 100)
        return Due(gettext("nothing due"), detail or gettext("no target"), "calm", "none", 0)

    def ended(self, row: Row) -> Due:
        ended_at = row.closed_at or row.resolved_at or row.updated_at
        known = ENDED.get(row.status)
        word = pgettext("state of a ticket", known) if known else row.status
        when = wording.instant_words(ended_at, self.zone, self.at)
        return Due(word, when, "met" if row.missed_at is None else "calm", "met", 100)

    def term(self, row: Row) -> Term | None:
        agreement = self.agreements.get(row.charter)
        if agreement is None or row.due_clock not in _CLOCKS:
            return None
        priority = Priority(row.priority) if row.priority else agreement.default_priority
        return agreement.term(ClockName(row.due_clock), row.service, Kind(row.kind), priority)

    def hands(self, row: Row) -> Hands:
        is_mine = row.owner == self.me
        if row.offered_to and row.status in ACTIVE:
            return self.offered(row, is_mine)
        if row.owner is None:
            contact = row.accountable_title
            detail = gettext("nobody answers for it")
            if contact:
                detail = gettext("%(name)s answers") % {"name": contact}
            step = "take" if row.status in ACTIVE else ""
            return Hands(gettext("Nobody"), "", detail, "late" if step else "calm", "gap", step)
        name = gettext("You") if is_mine else row.owner_title
        return Hands(name, row.tier, self.since(row), "", "person", "")

    def offered(self, row: Row, is_mine: bool) -> Hands:
        if row.owner is None:
            has_it = gettext("nobody has it")
        elif is_mine:
            has_it = gettext("you have it")
        else:
            has_it = gettext("%(name)s has it") % {"name": row.owner_title}
        ago = wording.age_words(self.at - row.offered_at) if row.offered_at else ""
        detail = ", ".join(part for part in (ago, has_it) if part)
        if row.offered_to == self.person:
            return Hands(gettext("Offered to you"), "", detail, "soon", "hand", "accept")
        if row.offered_to == self.viewer.team and not is_mine:
            ours = gettext("to your team, %(detail)s") % {"detail": detail}
            return Hands(pgettext("a ticket", "Offered"), "", ours, "soon", "hand", "accept")
        return Hands(pgettext("a ticket", "Offered, not accepted"), "", detail, "soon", "hand", "")

    def since(self, row: Row) -> str:
        if row.status in ACTIVE and row.vendor:
            if row.vendor_due_at is None:
                return gettext("with %(vendor)s") % {"vendor": row.vendor}
            due = wording.instant_words(row.vendor_due_at, self.zone, self.at)
            return gettext("with %(vendor)s, by %(at)s") % {"vendor": row.vendor, "at": due}
        if row.status in ACTIVE and row.waits_on:
            return gettext("waits for %(what)s") % {"what": waits_words(row.waits_on)}
        changed = wording.instant_words(row.updated_at, self.zone, self.at)
        return gettext("changed %(at)s") % {"at": changed}


def mark_of(row: Row, due: Due) -> str:
    if row.status not in ACTIVE:
        return ""
    if row.owner is None:
        return "nobody"
    return {"late": "over", "soon": "near"}.get(due.tone, "")


@lru_cache(maxsize=256)
def why_words(_language: str, urgency: int, impact: int, is_provisional: bool) -> str:
    parts = [URGENCY_SHORT.get(urgency, ""), IMPACT_WORDS.get(impact, "")]
    words = ", ".join(gettext(part) for part in parts if part)
    if is_provisional and words:
        return gettext("%(words)s, not confirmed") % {"words": words}
    return words or (gettext("not judged yet") if is_provisional else gettext("set by hand"))


def last_word(text: str, by: str) -> str:
    if not by:
        return gettext("“%(words)s”") % {"words": shortened(text)} if text else ""
    told = gettext("%(name)s: “%(words)s”") if text else gettext("%(name)s: ")
    return told % {"name": by, "words": shortened(text)}


def shortened(text: str) -> str:
    if len(text) <= LONGEST_LAST_WORD:
        return text
    start = text[:LONGEST_LAST_WORD]
    return f"{(start.rpartition(' ')[0] or start).rstrip('.,;: …')}…"
