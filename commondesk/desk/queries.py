"""What the desk's screens read: frozen rows, each made for one page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, Case, Count, F, IntegerField, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce

from commondesk.accounts.models import Company
from commondesk.accounts.policy import Viewer
from commondesk.core.record.events import ClockName, Kind, Priority
from commondesk.core.record.instant import DAY, HOUR, Instant
from commondesk.core.service_level.agreement import Agreement, Term
from commondesk.desk import wording
from commondesk.desk.models import TicketRow
from commondesk.governance import charters

PAGE = 50
ACTIVE = ("open", "waiting")
LAST_OF_ALL = (1 << 62) - 1
NEAR = HOUR
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


class Queue(StrEnum):
    """The ready-made views of the queue."""

    MINE = "mine"
    OFFERED = "offered"
    DUE = "due"
    MISSED = "missed"
    UNOWNED = "unowned"
    WAITING = "waiting"
    SOLVED = "solved"
    ALL = "all"


QUEUE_TITLES = {
    Queue.MINE: "My work",
    Queue.OFFERED: "Offered to me",
    Queue.DUE: "Due next",
    Queue.MISSED: "Missed",
    Queue.UNOWNED: "Nobody has it",
    Queue.WAITING: "Waiting",
    Queue.SOLVED: "Solved in 7 days",
    Queue.ALL: "All tickets",
}
QUEUE_SHELVES = (
    ("Mine", (Queue.MINE, Queue.OFFERED)),
    ("The desk", (Queue.DUE, Queue.MISSED, Queue.UNOWNED, Queue.WAITING)),
    ("Everything", (Queue.SOLVED, Queue.ALL)),
)
BY_CHANGE = (Queue.SOLVED, Queue.ALL)


@dataclass(frozen=True, slots=True)
class Due:
    """What is due, in words, with the tone and dial that repeat them."""

    text: str
    detail: str
    tone: str
    shape: str
    used: int


@dataclass(frozen=True, slots=True)
class Hands:
    """In whose hands a ticket is."""

    text: str
    beside: str
    detail: str
    tone: str
    icon: str
    step: str


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One ticket of the queue."""

    number: int
    code: str
    subject: str
    requester: str
    mark: str
    due: Due
    priority: str
    why: str
    hands: Hands
    channel: str
    channel_icon: str
    last_word: str
    last_word_by: str
    is_unread: bool
    position: int


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """Rows under one heading."""

    title: str
    hint: str
    count: int
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """A link to a view, with how many tickets are in it."""

    name: str
    title: str
    count: int | None
    is_current: bool


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The queue as one screen shows it."""

    view: Queue
    title: str
    text: str
    shelves: tuple[tuple[str, tuple[QueueView, ...]], ...]
    groups: tuple[QueueGroup, ...]
    shown: int
    after: str
    is_first: bool
    has_any_ticket: bool


def queue_page(
    company: Company, viewer: Viewer, *, view: Queue, text: str, after: str, at: Instant
) -> QueuePage:
    """One page of a view: at most PAGE rows, from after a key on, ordered by what is due next."""
    tickets = TicketRow.objects.filter(company=company.uuid)
    counts = counted(tickets, viewer, at)
    wanted = searched(in_view(tickets, view, viewer, at), text, company.prefix)
    ordered = by_change(wanted, after) if view in BY_CHANGE else by_due(wanted, after, at)
    rows = list(ordered[: PAGE + 1])
    has_more, rows = len(rows) > PAGE, rows[:PAGE]
    reader = RowReader(company, viewer, at)
    sizes = group_sizes(wanted, at) if view not in BY_CHANGE and rows else {}
    return QueuePage(
        view=view,
        title=f"Search: {text}" if text else QUEUE_TITLES[view],
        text=text,
        shelves=shelves(counts, view, text),
        groups=groups(rows, view, reader, sizes),
        shown=len(rows),
        after=key_of(rows[-1], view) if has_more else "",
        is_first=not after,
        has_any_ticket=bool(rows) or tickets.exists(),
    )


# ---- which tickets ------------------------------------------------------------------------


def in_view(
    tickets: QuerySet[TicketRow], view: Queue, viewer: Viewer, at: Instant
) -> QuerySet[TicketRow]:
    return tickets.filter(conditions(viewer, at)[view])


def conditions(viewer: Viewer, at: Instant) -> dict[Queue, Q]:
    active = Q(status__in=ACTIVE)
    offered = [str(viewer.person_uuid), *([viewer.team] if viewer.team else [])]
    return {
        Queue.MINE: active & Q(owner=viewer.person_uuid),
        Queue.OFFERED: active & Q(offered_to__in=offered),
        Queue.DUE: active,
        Queue.MISSED: active & is_missed(at),
        Queue.UNOWNED: active & Q(owner__isnull=True),
        Queue.WAITING: Q(status="waiting"),
        Queue.SOLVED: Q(status__in=("resolved", "closed"), resolved_at__gt=at - 7 * DAY),
        Queue.ALL: ~Q(status="merged"),
    }


def is_missed(at: Instant) -> Q:
    """A due instant that has passed counts as missed before the record says so."""
    return Q(due_state="missed") | Q(due_state="running", due_at__lt=at)


def counted(tickets: QuerySet[TicketRow], viewer: Viewer, at: Instant) -> dict[str, int]:
    each = {view.value: condition for view, condition in conditions(viewer, at).items()}
    del each[Queue.ALL]
    recent = tickets.filter(Q(status__in=ACTIVE) | each[Queue.SOLVED])
    return recent.aggregate(**{f"in_{name}": Count("pk", filter=q) for name, q in each.items()})


def searched(tickets: QuerySet[TicketRow], text: str, prefix: str) -> QuerySet[TicketRow]:
    """Every word must be in the subject, the requester's name, or be the number."""
    for word in text.split()[:8]:
        found = Q(subject__icontains=word) | Q(requester_title__icontains=word)
        number = word.upper().removeprefix(f"{prefix}-").lstrip("#")
        if number.isascii() and number.isdigit() and len(number) < 10:
            found |= Q(number=int(number))
        tickets = tickets.filter(found)
    return tickets


# ---- in which order -----------------------------------------------------------------------


def ranked(tickets: QuerySet[TicketRow], at: Instant) -> QuerySet[Any]:
    return tickets.annotate(
        rank=Case(
            When(owner__isnull=True, then=Value(0)),
            When(is_missed(at), then=Value(1)),
            When(due_state="running", then=Value(2)),
            When(due_state="paused", then=Value(3)),
            default=Value(4),
            output_field=IntegerField(),
        ),
        key=Coalesce(F("due_at"), Value(LAST_OF_ALL), output_field=BigIntegerField()),
    )


def by_due(tickets: QuerySet[TicketRow], after: str, at: Instant) -> QuerySet[Any]:
    ordered = ranked(tickets, at).order_by("rank", "key", "number")
    if place := place_of(after, 3):
        rank, key, number = place
        ordered = ordered.filter(
            Q(rank__gt=rank) | Q(rank=rank, key__gt=key) | Q(rank=rank, key=key, number__gt=number)
        )
    return ordered


def by_change(tickets: QuerySet[TicketRow], after: str) -> QuerySet[Any]:
    ranked = tickets.annotate(rank=Value(4), key=F("updated_at"))
    ordered = ranked.order_by("-updated_at", "-number")
    if place := place_of(after, 2):
        key, number = place
        ordered = ordered.filter(Q(updated_at__lt=key) | Q(updated_at=key, number__lt=number))
    return ordered


def key_of(row: TicketRow, view: Queue) -> str:
    rank, key = row_place(row)
    parts = (key, row.number) if view in BY_CHANGE else (rank, key, row.number)
    return "-".join(str(part) for part in parts)


def row_place(row: TicketRow) -> tuple[int, int]:
    return int(getattr(row, "rank", 4)), int(getattr(row, "key", 0))


def place_of(after: str, length: int) -> tuple[int, ...] | None:
    """The key in an address; None for none, or for one that nobody gave out."""
    parts = after.split("-")
    if len(parts) != length or not all(p.isascii() and p.isdigit() and len(p) < 20 for p in parts):
        return None
    place = tuple(int(part) for part in parts)
    return place if all(part <= LAST_OF_ALL for part in place) else None


def group_sizes(tickets: QuerySet[TicketRow], at: Instant) -> dict[int, int]:
    found = ranked(tickets, at).order_by().values("rank").annotate(count=Count("pk"))
    return {row["rank"]: row["count"] for row in found}


GROUPS = {
    0: ("Nobody has it", "take it or give it"),
    1: ("Missed", "still counting, still to be finished"),
    2: ("Due next", "in covered hours"),
    3: ("Clock paused", "it goes on by itself once the answer is there"),
    4: ("Nothing due", "no target is running"),
}


def groups(
    rows: list[TicketRow], view: Queue, reader: RowReader, sizes: Mapping[int, int]
) -> tuple[QueueGroup, ...]:
    if view in BY_CHANGE:
        made = tuple(reader.row(row) for row in rows)
        return (QueueGroup("", "", len(rows), made),) if rows else ()
    return tuple(
        QueueGroup(*GROUPS[rank], sizes.get(rank, 0), tuple(reader.row(row) for row in some))
        for rank, some in groupby(rows, key=lambda row: row_place(row)[0])
    )


def shelves(
    counts: Mapping[str, int], view: Queue, text: str
) -> tuple[tuple[str, tuple[QueueView, ...]], ...]:
    return tuple(
        (
            title,
            tuple(
                QueueView(
                    name=each.value,
                    title=QUEUE_TITLES[each],
                    count=counts.get(f"in_{each.value}"),
                    is_current=each is view and not text,
                )
                for each in views
            ),
        )
        for title, views in QUEUE_SHELVES
    )


# ---- rows in words ------------------------------------------------------------------------


class RowReader:
    """Turns ticket rows into words for one viewer, at one instant."""

    def __init__(self, company: Company, viewer: Viewer, at: Instant) -> None:
        self.company, self.viewer, self.at = company, viewer, at
        self.zone = ZoneInfo(company.zone)
        self.agreements: dict[str, Agreement | None] = {}

    def row(self, row: TicketRow) -> QueueRow:
        due = self.due(row)
        return QueueRow(
            number=row.number,
            code=f"{self.company.prefix}-{row.number}",
            subject=row.subject or "(no subject)",
            requester=row.requester_title or "unknown",
            mark=mark_of(row, due),
            due=due,
            priority=row.priority,
            why=why_words(row),
            hands=self.hands(row),
            channel=CHANNEL_WORDS.get(row.channel, row.channel),
            channel_icon=CHANNEL_ICONS.get(row.channel, "mail"),
            last_word=row.last_word,
            last_word_by=row.last_word_by,
            is_unread=row.has_unread,
            position=row.position,
        )

    def due(self, row: TicketRow) -> Due:
        if row.status not in ACTIVE:
            return self.ended(row)
        if row.due_at is None:
            return self.without_due(row)
        clock = CLOCK_WORDS.get(row.due_clock, "")
        when = wording.instant_words(row.due_at, self.zone, self.at)
        if row.due_state == "missed" or row.due_at < self.at:
            detail = f"{clock}, {when}"
            if row.due_state == "paused" or row.status == "waiting":
                detail = f"{clock}, and waits"
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

    def without_due(self, row: TicketRow) -> Due:
        waits = waits_words(row.waits_on)
        if row.due_state == "paused":
            used = row.used_share or 0
            return Due(f"paused, {used} % used", f"until {waits}", "calm", "paused", used)
        if row.due_state == "missed" and row.missed_at is not None:
            ago = wording.missed_words(self.at - row.missed_at)
            return Due(ago, f"waits for {waits}" if waits else "", "late", "missed", 100)
        return Due("nothing due", f"waits for {waits}" if waits else "no target", "calm", "none", 0)

    def ended(self, row: TicketRow) -> Due:
        ended_at = row.closed_at or row.resolved_at or row.updated_at
        word = {"resolved": "solved", "closed": "closed"}.get(row.status, row.status)
        when = wording.instant_words(ended_at, self.zone, self.at)
        return Due(word, when, "met" if row.missed_at is None else "calm", "met", 100)

    def term(self, row: TicketRow) -> Term | None:
        agreement = self.agreement(row.charter)
        if agreement is None or row.due_clock not in list(ClockName):
            return None
        priority = Priority(row.priority) if row.priority else agreement.default_priority
        return agreement.term(ClockName(row.due_clock), row.service, Kind(row.kind), priority)

    def agreement(self, charter: str) -> Agreement | None:
        if charter not in self.agreements:
            found = charters.agreement_by_id(self.company.uuid, charter) if charter else None
            self.agreements[charter] = found
        return self.agreements[charter]

    def hands(self, row: TicketRow) -> Hands:
        is_mine = row.owner == self.viewer.person_uuid
        if row.offered_to and row.status in ACTIVE:
            return self.offered(row, is_mine)
        if row.owner is None:
            contact = row.accountable_title
            detail = f"{contact} answers" if contact else "nobody answers for it"
            step = "take" if row.status in ACTIVE else ""
            return Hands("Nobody", "", detail, "late" if step else "calm", "gap", step)
        name = "You" if is_mine else row.owner_title
        return Hands(name, row.tier, self.since(row), "", "person", "")

    def offered(self, row: TicketRow, is_mine: bool) -> Hands:
        has_it = "you have it" if is_mine else f"{row.owner_title} has it"
        if row.owner is None:
            has_it = "nobody has it"
        ago = wording.age_words(self.at - row.offered_at) if row.offered_at else ""
        detail = ", ".join(part for part in (ago, has_it) if part)
        if row.offered_to == str(self.viewer.person_uuid):
            return Hands("Offered to you", "", detail, "soon", "hand", "accept")
        if row.offered_to == self.viewer.team and not is_mine:
            return Hands("Offered", "", f"to your team, {detail}", "soon", "hand", "accept")
        return Hands("Offered, not accepted", "", detail, "soon", "hand", "")

    def since(self, row: TicketRow) -> str:
        if row.waits_on and row.status in ACTIVE:
            return f"waits for {waits_words(row.waits_on)}"
        return f"changed {wording.instant_words(row.updated_at, self.zone, self.at)}"


def mark_of(row: TicketRow, due: Due) -> str:
    if row.status not in ACTIVE:
        return ""
    if row.owner is None:
        return "nobody"
    return {"late": "over", "soon": "near"}.get(due.tone, "")


def why_words(row: TicketRow) -> str:
    parts = [URGENCY_SHORT.get(row.urgency, ""), IMPACT_WORDS.get(row.impact, "")]
    words = ", ".join(part for part in parts if part)
    if row.is_priority_provisional:
        return f"{words}, not confirmed" if words else "not judged yet"
    return words or "set by hand"


def waits_words(reasons: str) -> str:
    return wording.list_words([WAIT_WORDS.get(each, each) for each in reasons.split(",") if each])
