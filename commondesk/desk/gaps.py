"""Black holes: open tickets that nobody has, that wait unseen, or that a vendor sits on.

Lists walk along an index of what is open, a stretch at a time; counters stop at a bound. So they
cost the same on a desk of any size.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.accounts import policy
from commondesk.accounts import queries as people
from commondesk.accounts.models import Company
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.record.instant import DAY, MINUTE, Instant, Span
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import CalendarError
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk import wording
from commondesk.desk.models import NOTHING, MessageRow, TicketRow
from commondesk.desk.queries import clock_words, waits_words
from commondesk.desk.rows import HAS_DUE, IS_PAUSED, NOBODY_HAS_IT, NOTHING_DUE
from commondesk.governance import charters
from commondesk.ledger import tables

PAGE = 50
PREVIEW = 10
"""So many of each kind stand on the page that shows all kinds."""
MOST_COUNTED = 999
STRETCH = 2000
"""So many tickets are looked at in one go; a list looks at few such stretches."""
MOST_STRETCHES = 5
WITHOUT_DATE: Span = 2 * DAY
"""So long a vendor may have a part without saying until when."""


class Gap(StrEnum):
    """The kinds of black holes."""

    OWNERLESS = "ownerless"
    OFFERED = "offered"
    SILENT = "silent"
    VENDOR = "vendor"
    WAITING = "waiting"


TITLES = {
    Gap.OWNERLESS: gettext_noop("Nobody has it"),
    Gap.OFFERED: gettext_noop("Offered, not accepted"),
    Gap.SILENT: gettext_noop("Silent beyond the target"),
    Gap.VENDOR: gettext_noop("A vendor is late"),
    Gap.WAITING: gettext_noop("Waits without a question"),
}
HINTS = {
    Gap.OWNERLESS: gettext_noop("somebody is accountable, nobody works on it"),
    Gap.OFFERED: gettext_noop("the giver stays owner until somebody accepts"),
    Gap.SILENT: gettext_noop("an answer is owed and its time is over"),
    Gap.VENDOR: gettext_noop("beyond the date it promised, or without one for two days"),
    Gap.WAITING: gettext_noop("it waits for the requester, and nothing was asked"),
}
EMPTY = {
    Gap.OWNERLESS: gettext_noop("Every open ticket is in somebody’s hands."),
    Gap.OFFERED: gettext_noop("Every handover was accepted, declined or taken back."),
    Gap.SILENT: gettext_noop("Everybody who is owed an answer still has time."),
    Gap.VENDOR: gettext_noop("Every vendor is within the date it promised."),
    Gap.WAITING: gettext_noop("Everything that waits for somebody has asked a question."),
}


@dataclass(frozen=True, slots=True)
class Reach:
    """A company, and the viewer as that company sees them."""

    company: Company
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class Step:
    """The one thing to do about a ticket; without a verb, to open it."""

    verb: str
    words: str


@dataclass(frozen=True, slots=True)
class GapRow:
    """One ticket that fell into a gap."""

    company: str
    prefix: str
    number: int
    position: int
    code: str
    subject: str
    requester: str
    priority: str
    mark: str
    since: str
    detail: str
    whose: str
    has_owner: bool
    answers: str
    step: Step | None


@dataclass(frozen=True, slots=True)
class Group:
    """The tickets of one kind. count is words; after is where the next page begins."""

    gap: Gap
    title: str
    hint: str
    empty: str
    count: str
    rows: tuple[GapRow, ...]
    after: str
    has_more: bool
    is_cut: bool


def groups(reaches: Sequence[Reach], at: Instant) -> tuple[Group, ...]:
    """All kinds, the first few tickets of each."""
    return tuple(group(reaches, gap, at, most=PREVIEW) for gap in Gap)


def group(
    reaches: Sequence[Reach], gap: Gap, at: Instant, *, after: str = "", most: int = PAGE
) -> Group:
    """The tickets of one kind from a place on, the longest waiting first."""
    place = place_of(after)
    found = sorted(_found(reaches, gap, at, place, most + 1))
    is_cut = any(each.is_cut for each in found)
    hits = [each for each in found if not each.is_cut]
    shown = hits[:most]
    return Group(
        gap=gap,
        title=gettext(TITLES[gap]),
        hint=gettext(HINTS[gap]),
        empty=gettext(EMPTY[gap]),
        count=count_words(reaches, gap, at),
        rows=tuple(_rows(reaches, gap, shown, at)),
        after=key_of(shown[-1]) if len(hits) > most else "",
        has_more=len(hits) > most,
        is_cut=is_cut,
    )


# ---- which tickets ------------------------------------------------------------------------

TABLE = TicketRow._meta.db_table
_NO_QUESTION = (
    f"NOT EXISTS (SELECT 1 FROM {MessageRow._meta.db_table} q"  # noqa: S608
    " WHERE q.ticket_id = t.uuid AND q.asks AND NOT EXISTS"
    f" (SELECT 1 FROM {MessageRow._meta.db_table} a WHERE a.ticket_id = t.uuid"
    " AND a.kind = 'received' AND a.leg = '' AND NOT a.is_automatic"
    " AND a.position > q.position))"
)


@dataclass(frozen=True, slots=True)
class _Arm:
    """A stretch of an index: which tickets, their place in it, and which of them count."""

    shelf: str
    place: str
    where: str
    values: tuple[object, ...] = ()
    counts: str = "1 = 1"

    @property
    def order(self) -> str:
        by_shelf = "" if self.shelf.isdigit() else f"{self.shelf}, "
        return f"{by_shelf}{self.place}, t.number"

    def key(self, place: _Place) -> list[int]:
        """The values of a place, as the order has them."""
        shelf = [] if self.shelf.isdigit() else [place.shelf]
        return [*shelf, place.place, place.number]

    def is_before(self, place: _Place | None) -> bool:
        """Whether all of this stretch stands before a place that lies in a later one."""
        return place is not None and self.shelf.isdigit() and int(self.shelf) < place.shelf

    def is_behind(self, place: _Place | None) -> bool:
        """Whether all of it comes after a place that lies in an earlier one."""
        return place is None or (self.shelf.isdigit() and int(self.shelf) > place.shelf)


def _arms(gap: Gap, at: Instant) -> tuple[_Arm, ...]:
    match gap:
        case Gap.OWNERLESS:
            return (_Arm("t.shelf", "t.shelf_at", f"t.shelf = {NOBODY_HAS_IT}"),)
        case Gap.OFFERED:
            return (_Arm("0", "t.offered_at", "NOT (t.offered_to = '')"),)
        case Gap.SILENT:
            is_late = f"t.shelf = {HAS_DUE} AND t.shelf_at < %s"
            owes = "(t.due_clock IN ('response', 'next_reply') OR t.has_unread)"
            return (_Arm("t.shelf", "t.shelf_at", is_late, (at,), owes),)
        case Gap.VENDOR:
            has = "t.vendor_since IS NOT NULL AND t.vendor_due_at"
            undated = f"{has} IS NULL AND t.vendor_since < %s"
            return (
                _Arm("0", "t.vendor_due_at", f"{has} < %s", (at,)),
                _Arm("1", "t.vendor_since", undated, (at - WITHOUT_DATE,)),
            )
        case Gap.WAITING:
            waits = f"t.shelf BETWEEN {IS_PAUSED} AND {NOTHING_DUE}"
            mute = f"(t.waits_on LIKE 'requester%%' AND {_NO_QUESTION})"
            return (_Arm("t.shelf", "t.shelf_at", waits, (), mute),)


@dataclass(frozen=True, slots=True, order=True)
class _Place:
    """Where a ticket stands: by it lists are ordered, and pages go on."""

    shelf: int
    place: int
    number: int
    prefix: str
    uuid: UUID = NOTHING
    is_cut: bool = False


_LAST = (1 << 63) - 1


def _found(
    reaches: Sequence[Reach], gap: Gap, at: Instant, after: _Place | None, most: int
) -> Iterable[_Place]:
    """Up to that many tickets of each company, and a mark where there may be more unseen."""
    for reach in reaches:
        yield from _of_company(reach, gap, at, after, most)


def _of_company(
    reach: Reach, gap: Gap, at: Instant, after: _Place | None, most: int
) -> Iterable[_Place]:
    for arm in _arms(gap, at):
        if not arm.is_before(after):
            yield from _of_arm(reach, arm, None if arm.is_behind(after) else after, most)


def _of_arm(reach: Reach, arm: _Arm, after: _Place | None, most: int) -> Iterable[_Place]:
    hits, place = 0, after
    for size in (4 * most, *[STRETCH] * MOST_STRETCHES):
        stretch = _stretch(reach, arm, place, size)
        for counts, each in stretch:
            if counts and hits < most:
                hits += 1
                yield each
        if hits >= most or len(stretch) < size:
            return
        place = stretch[-1][1]
    yield _Place(_LAST, _LAST, 0, reach.company.prefix, is_cut=True)


def _stretch(reach: Reach, arm: _Arm, after: _Place | None, size: int) -> list[tuple[bool, _Place]]:
    prefix = reach.company.prefix
    where, values = _conditions(reach, arm)
    if after is not None:
        # Equal places go by company: what stands before this one was shown already.
        than = ">" if prefix <= after.prefix else ">="
        where += f" AND ({arm.order}) {than} ({tables.marks(len(arm.key(after)))})"
        values += arm.key(after)
    rows = tables.select(
        f"SELECT {arm.shelf}, {arm.place}, t.number, t.uuid, {arm.counts}"  # noqa: S608
        f" FROM {TABLE} t WHERE {where} ORDER BY {arm.order} LIMIT {size}",
        *values,
    )
    return [
        (bool(counts), _Place(shelf, place, number, prefix, tables.uuid_of(uuid)))
        for shelf, place, number, uuid, counts in rows
    ]


def _conditions(reach: Reach, arm: _Arm) -> tuple[str, list[object]]:
    where, values = f"t.company = %s AND {arm.where}", [reach.company.uuid, *arm.values]
    if only := policy.only_with(reach.viewer):
        where += " AND (t.providers = '' OR t.providers LIKE %s)"
        values.append(f"%{only}%")
    return where, values


def count_words(reaches: Sequence[Reach], gap: Gap, at: Instant) -> str:
    """How many there are; `999+` above, and `12+` where not all were looked at."""
    count, is_more = 0, False
    for reach in reaches:
        for arm in _arms(gap, at):
            counted, seen = _counted(reach, arm)
            count += counted
            is_more = is_more or seen > MOST_COUNTED
        if count > MOST_COUNTED:
            return f"{MOST_COUNTED}+"
    return f"{count}+" if is_more else f"{count}"


def _counted(reach: Reach, arm: _Arm) -> tuple[int, int]:
    """How many of a company count, and how many were looked at to say so."""
    where, values = _conditions(reach, arm)
    ((counted, seen),) = tables.select(
        "SELECT COALESCE(SUM(CASE WHEN counts THEN 1 ELSE 0 END), 0), COUNT(*) FROM"  # noqa: S608
        f" (SELECT {arm.counts} AS counts FROM {TABLE} t WHERE {where}"
        f" LIMIT {MOST_COUNTED + 1}) looked_at",
        *values,
    )
    return counted, seen


def key_of(place: _Place) -> str:
    """The place as an address carries it."""
    return f"{place.shelf}-{place.place}-{place.number}-{place.prefix}"


def place_of(after: str) -> _Place | None:
    """The place in an address; None for none, or for one that nobody gave out."""
    parts = after.split("-")
    if len(parts) != 4 or not all(p.isascii() and p.isdigit() and len(p) < 20 for p in parts[:3]):
        return None
    shelf, place, number = (int(part) for part in parts[:3])
    return _Place(shelf, min(place, _LAST), number, parts[3]) if parts[3].isalnum() else None


# ---- in words -----------------------------------------------------------------------------


def _rows(
    reaches: Sequence[Reach], gap: Gap, places: Sequence[_Place], at: Instant
) -> Iterable[GapRow]:
    found = TicketRow.objects.in_bulk([each.uuid for each in places])
    shown = {each.prefix for each in places}
    readers = {
        each.company.prefix: _Reader(
            each, at, [row for row in found.values() if row.company == each.company.uuid]
        )
        for each in reaches
        if each.company.prefix in shown
    }
    for place in places:
        if place.uuid in found:
            yield readers[place.prefix].row(gap, found[place.uuid])


class _Reader:
    """Turns tickets of one company into words, for one viewer at one instant."""

    def __init__(self, reach: Reach, at: Instant, rows: Sequence[TicketRow]) -> None:
        self.company, self.viewer, self.at = reach.company, reach.viewer, at
        self.zone = ZoneInfo(reach.company.zone)
        self.teams = {team.slug: team.title for team in people.teams(reach.company.uuid)}
        self.deputies = people.standing_in(reach.company.uuid, at)
        offered = {row.offered_to for row in rows if row.offered_to not in self.teams}
        self.people = people.titles([*offered, *self.deputies.values()])
        self.agreements: dict[str, Agreement | None] = {"": None}

    def row(self, gap: Gap, row: TicketRow) -> GapRow:
        since, detail, mark = getattr(self, f"_{gap}")(row)
        return GapRow(
            company=self.company.title,
            prefix=self.company.prefix,
            number=row.number,
            position=row.position,
            code=f"{self.company.prefix}-{row.number}",
            subject=row.subject or gettext("(no subject)"),
            requester=row.requester_title or gettext("unknown"),
            priority=row.priority,
            mark=mark,
            since=since,
            detail=detail,
            whose=row.owner_title if row.owner else gettext("Nobody"),
            has_owner=row.owner is not None,
            answers=self._answers(row),
            step=self._shown_step(gap, row),
        )

    # since when, and what is wrong

    def _ownerless(self, row: TicketRow) -> tuple[str, str, str]:
        since = row.unowned_since or row.opened_at
        told = gettext("since %(at)s, %(span)s on the wall")
        if row.offered_to:
            told = gettext("since %(at)s, %(span)s on the wall, offered to %(to)s")
        detail = told % {**self._since(since), "to": self._named(row.offered_to)}
        return self._for(row, since), detail, "nobody"

    def _offered(self, row: TicketRow) -> tuple[str, str, str]:
        since = row.offered_at or row.updated_at
        to = gettext("to %(to)s for %(span)s") % {
            "to": self._named(row.offered_to),
            "span": self._covered(row, since),
        }
        if row.is_offer_lapsed:
            told = gettext("since %(at)s, %(span)s on the wall, the window is over")
            return to, told % self._since(since), "over"
        told = gettext("since %(at)s, %(span)s on the wall, still within the window")
        return to, told % self._since(since), "near"

    def _silent(self, row: TicketRow) -> tuple[str, str, str]:
        due = row.due_at or row.missed_at or row.updated_at
        clock = clock_words(row.due_clock) or gettext("an answer")
        told = gettext("%(clock)s was due %(at)s, %(span)s on the wall")
        if row.has_unread:
            told = gettext("%(clock)s was due %(at)s, %(span)s on the wall; %(who)s wrote last")
        who = row.last_word_by or gettext("the requester")
        over = gettext("over by %(span)s") % {"span": self._covered(row, due)}
        return over, told % {"clock": clock, "who": who, **self._since(due)}, "over"

    def _vendor(self, row: TicketRow) -> tuple[str, str, str]:
        begun = row.vendor_since or row.updated_at
        values = {"vendor": row.vendor, **self._since(begun)}
        if row.vendor_due_at is None:
            beside = gettext("with %(vendor)s since %(at)s, %(span)s on the wall") % values
            return gettext("no date from %(vendor)s") % values, beside, "near"
        late = self._covered(row, row.vendor_due_at)
        beside = gettext(
            "promised for %(due)s, with %(vendor)s since %(at)s, %(span)s on the wall"
        ) % {"due": self._when(row.vendor_due_at), **values}
        told = gettext("%(vendor)s is late by %(span)s") % {"vendor": row.vendor, "span": late}
        return told, beside, "over"

    def _waiting(self, row: TicketRow) -> tuple[str, str, str]:
        changed = row.updated_at
        words = gettext("waits for %(what)s") % {"what": waits_words(row.waits_on)}
        detail = gettext("nothing was asked; last touched %(span)s ago") % {
            "span": self._ago(changed)
        }
        return words, detail, "near"

    def _named(self, offered_to: str) -> str:
        return self.teams.get(offered_to) or self.people.get(offered_to, gettext("somebody"))

    def _for(self, row: TicketRow, since: Instant) -> str:
        return gettext("for %(span)s") % {"span": self._covered(row, since)}

    def _since(self, since: Instant) -> dict[str, str]:
        return {"at": self._when(since), "span": self._ago(since)}

    def _when(self, instant: Instant) -> str:
        return wording.instant_words(instant, self.zone, self.at)

    def _ago(self, since: Instant) -> str:
        return wording.age_words(max(0, self.at - since))

    def _covered(self, row: TicketRow, since: Instant) -> str:
        """The covered time since then, as the ticket's charter covers it."""
        charter = row.leg_charter or row.charter
        if charter not in self.agreements:
            self.agreements[charter] = charters.agreement_by_id(self.company.uuid, charter)
        agreement = self.agreements[charter]
        if agreement is None:
            return self._ago(since)
        try:
            span = agreement.coverage.known_at(self.at).elapsed(since, max(since, self.at))
        except CalendarError:
            return self._ago(since)
        if span < MINUTE:
            return gettext("%(span)s outside covered hours") % {"span": self._ago(since)}
        return gettext("%(span)s of covered time") % {"span": wording.span_words(span)}

    # whose it is, and what to do

    def _answers(self, row: TicketRow) -> str:
        if row.accountable is None:
            return gettext("nobody answers for it: name a contact for its team")
        me = str(self.viewer.person_uuid)
        accountable = str(row.accountable)
        deputy = self.deputies.get(accountable)
        if accountable == me:
            told = gettext("you answer for it")
            if deputy:
                told = gettext("you answer for it, %(deputy)s stands in")
        elif not deputy:
            told = gettext("%(name)s answers for it")
        elif deputy == me:
            told = gettext("%(name)s answers for it, you stand in")
        else:
            told = gettext("%(name)s answers for it, %(deputy)s stands in")
        known = self.people.get(deputy or "", gettext("somebody"))
        return told % {"name": row.accountable_title, "deputy": known}

    def _shown_step(self, gap: Gap, row: TicketRow) -> Step | None:
        step = self._step(gap, row) if policy.may(self.viewer, Right.WORK_TICKETS) else None
        return Step(step.verb, gettext(step.words)) if step else None

    def _step(self, gap: Gap, row: TicketRow) -> Step | None:
        is_mine = row.owner == self.viewer.person_uuid
        match gap:
            case Gap.OWNERLESS:
                return Step("take", gettext_noop("Take it"))
            case Gap.OFFERED:
                mine = (str(self.viewer.person_uuid), self.viewer.team or "-")
                return Step("accept", gettext_noop("Accept")) if row.offered_to in mine else REMIND
            case Gap.SILENT if not is_mine:
                is_long = (row.due_at or self.at) < self.at - DAY
                return Step("call-on", gettext_noop("Call on")) if is_long else REMIND
            case _:
                return None


REMIND = Step("remind", gettext_noop("Remind"))


def reaches_of(companies: Iterable[Company], person: object) -> tuple[Reach, ...]:
    """The companies among these in which somebody may see the black holes, at most 200."""
    viewers = ((company, policy.viewer_of(person, company)) for company in companies)
    found = (
        Reach(company, viewer)
        for company, viewer in viewers
        if viewer is not None and policy.may(viewer, Right.READ_BLACK_HOLES)
    )
    return tuple(islice(found, 200))
