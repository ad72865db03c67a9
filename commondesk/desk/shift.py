"""What one shift leaves to the next: the tickets that must not be lost between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet

from commondesk.accounts import policy
from commondesk.accounts import queries as people
from commondesk.accounts.models import Company
from commondesk.accounts.policy import Viewer
from commondesk.core.record.instant import HOUR, Instant, Span
from commondesk.core.texts import gettext
from commondesk.desk import wording
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.desk.queries import clock_words, waits_words

MOST_OF_A_KIND = 100
"""So many tickets for one reason; the page says when there are more."""
MOST_DONE = 20
LONGEST_NOTE = 400
SPANS = (4, 8, 12, 24)
"""The hours that one may look back or ahead."""
USUAL = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """Why the next shift must know of a ticket, with the tone that repeats it."""

    text: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One ticket that goes over to the next shift."""

    number: int
    position: int
    code: str
    subject: str
    requester: str
    priority: str
    owner: str
    has_owner: bool
    can_be_offered: bool
    reasons: tuple[Reason, ...]
    note: str
    note_by: str


@dataclass(frozen=True, slots=True)
class ShiftTeam:
    """The tickets of one team."""

    slug: str
    title: str
    rows: tuple[ShiftRow, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """A ticket that was opened or solved in the last shift."""

    number: int
    code: str
    subject: str
    when: str
    who: str


@dataclass(frozen=True, slots=True)
class ShiftPage:
    """All that the page shows. opened and solved tell of the shift that ends."""

    teams: tuple[ShiftTeam, ...]
    since: str
    until: str
    opened: tuple[Done, ...]
    solved: tuple[Done, ...]
    missed: int
    has_more: bool


def shift_page(
    company: Company, viewer: Viewer, *, back: Span, ahead: Span, team: str, at: Instant
) -> ShiftPage:
    """What happened since `back` ago, and what is open that the next `ahead` needs to know."""
    return _Reader(company, viewer, back, ahead, team, at).page()


class _Reader:
    """Reads the desk once for one viewer."""

    def __init__(
        self, company: Company, viewer: Viewer, back: Span, ahead: Span, team: str, at: Instant
    ) -> None:
        self.company, self.viewer, self.at = company, viewer, at
        self.since, self.until = at - back, at + ahead
        self.zone = ZoneInfo(company.zone)
        self.titles = {each.slug: each.title for each in people.teams(company.uuid)}
        tickets = TicketRow.objects.filter(company=company.uuid)
        if only := policy.only_with(viewer):
            tickets = tickets.filter(Q(providers="") | Q(providers__contains=only))
        self.tickets = tickets.filter(team=team) if team else tickets
        self.has_more = False

    def page(self) -> ShiftPage:
        rows = self._pending()
        notes = self._notes(rows)
        opened = self.tickets.filter(updated_at__gte=self.since, opened_at__gte=self.since)
        solved = self.tickets.filter(updated_at__gte=self.since, resolved_at__gte=self.since)
        missed = self.tickets.filter(updated_at__gte=self.since, missed_at__gte=self.since)
        return ShiftPage(
            teams=tuple(self._by_team(rows, notes)),
            since=self._when(self.since),
            until=self._when(self.until),
            opened=tuple(self._done(opened.order_by("-opened_at"), "opened_at")),
            solved=tuple(self._done(solved.order_by("-resolved_at"), "resolved_at")),
            missed=missed[:1000].count(),
            has_more=self.has_more,
        )

    # which tickets

    def _pending(self) -> list[TicketRow]:
        open_ones = self.tickets.filter(shelf__isnull=False)
        found: dict[UUID, TicketRow] = {}
        for some in (
            open_ones.filter(priority__in=("P1", "P2")).order_by("shelf", "shelf_at", "number"),
            self.tickets.extra(where=["NOT (offered_to = '')"]).order_by("offered_at"),
            open_ones.filter(shelf__in=(0, 1), shelf_at__lte=self.until).order_by(
                "shelf", "shelf_at", "number"
            ),
            open_ones.filter(updated_at__gte=self.since, waits_on__startswith="requester").order_by(
                "updated_at"
            ),
            self.tickets.filter(vendor_since__isnull=False, vendor_due_at__lte=self.until).order_by(
                "vendor_due_at"
            ),
        ):
            for row in self._some(some):
                found.setdefault(row.uuid, row)
        return sorted(found.values(), key=lambda row: (row.priority or "P9", row.shelf_at))

    def _some(self, rows: QuerySet[TicketRow]) -> list[TicketRow]:
        some = list(rows[: MOST_OF_A_KIND + 1])
        self.has_more = self.has_more or len(some) > MOST_OF_A_KIND
        return some[:MOST_OF_A_KIND]

    def _notes(self, rows: Sequence[TicketRow]) -> dict[UUID, MessageRow]:
        """The last note of the viewer's own team on each ticket."""
        notes = MessageRow.objects.filter(
            ticket__in=[row.uuid for row in rows], kind="note", audience=policy.OWN_TEAM
        ).order_by("ticket", "position")
        return {
            note.ticket_id: note
            for note in notes
            if policy.may_read_note(self.viewer, note.audience, note.side, note.provider)
        }

    def _by_team(
        self, rows: Iterable[TicketRow], notes: dict[UUID, MessageRow]
    ) -> Iterator[ShiftTeam]:
        by_team: dict[str, list[ShiftRow]] = {}
        for row in rows:
            by_team.setdefault(row.team, []).append(self._row(row, notes.get(row.uuid)))
        for slug in sorted(
            by_team, key=lambda each: list(self.titles).index(each) if each in self.titles else -1
        ):
            yield ShiftTeam(slug, self.titles.get(slug, gettext("No team")), tuple(by_team[slug]))

    # in words

    def _row(self, row: TicketRow, note: MessageRow | None) -> ShiftRow:
        text = " ".join(note.text.split()) if note else ""
        return ShiftRow(
            number=row.number,
            position=row.position,
            code=f"{self.company.prefix}-{row.number}",
            subject=row.subject or gettext("(no subject)"),
            requester=row.requester_title,
            priority=row.priority,
            owner=row.owner_title if row.owner else gettext("Nobody"),
            has_owner=row.owner is not None,
            can_be_offered=not row.offered_to,
            reasons=tuple(self._reasons(row)),
            note=text if len(text) <= LONGEST_NOTE else f"{text[: LONGEST_NOTE - 1]}…",
            note_by=f"{note.author_title}, {self._when(note.happened_at)}" if note else "",
        )

    def _reasons(self, row: TicketRow) -> Iterator[Reason]:
        if row.owner is None:
            since = row.unowned_since or row.opened_at
            span = wording.age_words(self.at - since)
            yield Reason(gettext("nobody has it, for %(span)s") % {"span": span}, "late")
        if row.offered_to and row.offered_at is not None:
            to = self.titles.get(row.offered_to) or people.titles([row.offered_to]).get(
                row.offered_to, gettext("somebody")
            )
            ago = wording.age_words(self.at - row.offered_at)
            told = gettext("offered to %(to)s %(span)s ago, not accepted")
            yield Reason(told % {"to": to, "span": ago}, "soon")
        yield from self._of_dues(row)
        if row.waits_on:
            what = waits_words(row.waits_on)
            yield Reason(gettext("waits for %(what)s") % {"what": what}, "calm")
        if row.vendor_due_at is not None and row.vendor_due_at <= self.until:
            is_late = row.vendor_due_at < self.at
            told = gettext("%(vendor)s promises it for %(at)s")
            if is_late:
                told = gettext("%(vendor)s promised it for %(at)s")
            values = {"vendor": row.vendor, "at": self._when(row.vendor_due_at)}
            yield Reason(told % values, "late" if is_late else "soon")

    def _of_dues(self, row: TicketRow) -> Iterator[Reason]:
        if row.due_at is None:
            return
        clock = clock_words(row.due_clock)
        if row.due_state == "missed" or row.due_at < self.at:
            ago = wording.age_words(self.at - row.due_at)
            told = gettext("%(clock)s missed %(span)s ago")
            yield Reason(told % {"clock": clock, "span": ago}, "late")
        elif row.due_at <= self.until:
            told = gettext("%(clock)s due %(at)s")
            yield Reason(told % {"clock": clock, "at": self._when(row.due_at)}, "soon")

    def _done(self, rows: QuerySet[TicketRow], field: str) -> Iterator[Done]:
        for row in rows[:MOST_DONE]:
            yield Done(
                number=row.number,
                code=f"{self.company.prefix}-{row.number}",
                subject=row.subject or gettext("(no subject)"),
                when=self._when(getattr(row, field)),
                who=row.owner_title if row.owner else gettext("nobody yet"),
            )

    def _when(self, at: Instant) -> str:
        return wording.instant_words(at, self.zone, self.at)


def hours(text: str) -> Span:
    """A number of hours out of an address; the usual ones for anything else."""
    is_known = text.isascii() and text.isdigit() and len(text) < 3 and int(text) in SPANS
    return (int(text) if is_known else USUAL) * HOUR
