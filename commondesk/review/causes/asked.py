"""Asked: figures counted by the database from signs and tickets, with the tickets behind each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commondesk.accounts.models import Company, Membership
from commondesk.core.metrics import bounces, bunching, sources
from commondesk.core.metrics.arrivals import STEP, Arrivals, arrivals_of
from commondesk.core.metrics.counting import counted, number_of, step_of
from commondesk.core.metrics.figure import Backing, Figure, count_of, share_of
from commondesk.core.metrics.signs import (
    AFTER_CLOSING,
    AUTOMATIC_FIRST,
    BACK_WITHIN_A_DAY,
    BULK,
    FIRST_CONTACT,
    LOWERED_NEAR_DUE,
    NEW_HANDS,
    PAUSED_BEFORE_DUE,
    RESOLVED,
)
from commondesk.core.record.event import Side
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import MINUTE, Instant, datetime_of, instant_of
from commondesk.core.service_level.calendar import Calendar
from commondesk.core.texts import gettext, gettext_noop, pgettext
from commondesk.governance import charters
from commondesk.ledger import tables
from commondesk.review.causes import pairs
from commondesk.review.causes.plain import Plain, worded
from commondesk.review.counted import KeptCounts
from commondesk.review.figures import Sheet
from commondesk.review.models import OutcomeFact, SignFact, TicketFact

_TICKETS, _SIGNS = TicketFact._meta.db_table, SignFact._meta.db_table
_OUTCOMES = OutcomeFact._meta.db_table

TITLES = {
    AUTOMATIC_FIRST: gettext_noop("A machine’s message counted as the response"),
    BACK_WITHIN_A_DAY: gettext_noop("Solved, then reopened within a day"),
    PAUSED_BEFORE_DUE: gettext_noop("Pause set within the hour before due"),
    LOWERED_NEAR_DUE: gettext_noop("Priority lowered near the due instant, or after"),
    AFTER_CLOSING: gettext_noop("Worked on after closing, without a reopening"),
}
"""Signs that a figure may have been helped along, as shares of the tickets opened."""
MONTH_END_WORDS = gettext_noop("%(ends)s of the %(days)s days are such days")
BESIDE_WORDS = gettext_noop("the two steps before hold %(count)s each on average")
HEADS_WORDS = gettext_noop("by the %(count)s people who may ask now")
BULK_KEY, MONTH_END_KEY = "sign.bulk", "sign.month_end"


def figure_named(sheet: Sheet, key: str, of: str) -> Figure | None:
    """The figure of a key in an address; None where this room has none of that name."""
    kind, _, name = key.partition(".")
    if kind == "sign" and name in TITLES:
        return sign(sheet, name)
    makers: dict[str, Callable[[], Figure | None]] = {
        BULK_KEY: lambda: in_bulk(sheet),
        MONTH_END_KEY: lambda: at_month_end(sheet),
        f"sign.{NEW_HANDS}": lambda: new_hands(sheet),
        f"sign.{FIRST_CONTACT}": lambda: first_contact(sheet),
        "found_first": lambda: found_first(sheet),
        "bunching": lambda: near_due(sheet),
        "arrivals": lambda: arrived(sheet, of),
        "arrivals.outside": lambda: outside(sheet, arrivals(sheet)),
        "bounces.between": lambda: between(sheet, of),
    }
    make = makers.get(key)
    return pairs.figure_named(sheet, key) if make is None else make()


def _kept(sheet: Sheet) -> KeptCounts:
    counts = counted(sheet.facts, sheet.period)
    assert isinstance(counts, KeptCounts)
    return counts


def _zone(sheet: Sheet) -> ZoneInfo:
    """The zone of the company: its hours are told by its own clock."""
    return ZoneInfo(Company.objects.values_list("zone", flat=True).get(uuid=sheet.company))


def _backing(tickets: Sequence[Any], verdict: str = "") -> tuple[Backing, ...]:
    return tuple(Backing((ticket,), verdict) for ticket in dict.fromkeys(tickets))


# ---- signs ----------------------------------------------------------------------------------


def sign(sheet: Sheet, kind: str) -> Figure:
    """The share of the tickets opened in the period that show a sign."""
    found, still_open = _shown(sheet, kind)
    return share_of(
        found,
        number_of(_kept(sheet).begun),
        name=f"sign.{kind}",
        title=gettext(TITLES[kind]),
        period=sheet.period,
        still_open=still_open,
        behind=lambda: _signed(sheet, kind),
    )


def signs(sheet: Sheet) -> Iterator[Figure]:
    """Every sign, and what was resolved in bulk or at the end of a month."""
    for kind in TITLES:
        yield sign(sheet, kind)
    yield in_bulk(sheet)
    yield at_month_end(sheet)


_SIGNED = (
    f"FROM {_SIGNS} s WHERE s.company = %s AND s.kind = %s AND s.started_at >= %s"
    " AND s.started_at < %s AND s.at <= %s AND s.until_at > %s"
)


def _asked_signs(sheet: Sheet, kind: str) -> tuple[object, ...]:
    return sheet.company, kind, sheet.period.start, sheet.period.end, sheet.at, sheet.at


def _shown(sheet: Sheet, kind: str, column: str = "started_at") -> tuple[int, int]:
    """How many tickets show a sign, and how many of these are still open."""
    told = _SIGNED.replace("s.started_at", f"s.{column}")
    ((found, still_open),) = tables.select(
        "SELECT COUNT(*), COALESCE(SUM(CASE WHEN t.settled_at > %s THEN 1 ELSE 0 END), 0) FROM"  # noqa: S608
        f" (SELECT DISTINCT s.ticket {told}) shown JOIN {_TICKETS} t ON t.ticket = shown.ticket",
        *(sheet.at, *_asked_signs(sheet, kind)),
    )
    return int(found), int(still_open)


def _signed(sheet: Sheet, kind: str, column: str = "started_at") -> tuple[Backing, ...]:
    told = _SIGNED.replace("s.started_at", f"s.{column}")
    rows = tables.select(
        f"SELECT s.ticket, MIN(s.at) {told} GROUP BY s.ticket ORDER BY MIN(s.started_at), s.ticket",
        *_asked_signs(sheet, kind),
    )
    return _backing([row[0] for row in rows])


def every(sheet: Sheet) -> Iterator[Figure]:
    """Every figure of this room that stands by itself."""
    yield from signs(sheet)
    yield near_due(sheet)
    yield outside(sheet, arrivals(sheet))
    yield found_first(sheet)
    yield per_head(sheet)
    yield new_hands(sheet)
    yield first_contact(sheet)


# ---- resolved together ----------------------------------------------------------------------


def in_bulk(sheet: Sheet) -> Figure:
    """The share of the tickets resolved in the period that one person resolved with many others."""
    tickets = _bulk(sheet)
    return share_of(
        len(tickets),
        _resolved(sheet),
        name=BULK_KEY,
        title=gettext("Resolved in bulk: 20 or more by one person in one minute"),
        period=sheet.period,
        still_open=_open_among(sheet, tickets),
        behind=lambda: _backing(tickets),
    )


def _until(sheet: Sheet) -> Instant:
    return min(sheet.at + 1, sheet.period.end)


def _resolved(sheet: Sheet) -> int:
    """How many tickets were resolved in the period, by whomever."""
    ((count,),) = tables.select(
        f"SELECT COUNT(DISTINCT ticket) FROM {_SIGNS} WHERE company = %s AND kind = %s"  # noqa: S608
        " AND at >= %s AND at < %s",
        *(sheet.company, RESOLVED, sheet.period.start, _until(sheet)),
    )
    return int(count)


def _bulk(sheet: Sheet) -> list[str]:
    span = sheet.company, RESOLVED, sheet.period.start, _until(sheet)
    rows = tables.select(
        f"SELECT actor, at / {int(MINUTE)} AS minute FROM {_SIGNS} WHERE company = %s AND kind = %s"  # noqa: S608
        " AND at >= %s AND at < %s AND actor <> '' GROUP BY actor, minute"
        f" HAVING COUNT(DISTINCT ticket) >= {BULK}",
        *span,
    )
    found: dict[str, None] = {}
    for actor, minute in rows:
        some = tables.select(
            f"SELECT ticket FROM {_SIGNS} WHERE company = %s AND kind = %s AND at >= %s"  # noqa: S608
            " AND at < %s AND actor = %s ORDER BY at, ticket",
            *(sheet.company, RESOLVED, minute * MINUTE, (minute + 1) * MINUTE, actor),
        )
        found.update(dict.fromkeys(row[0] for row in some))
    return list(found)


def at_month_end(sheet: Sheet) -> Figure:
    """The share of the tickets resolved in the period that were on the last two days of a month."""
    spans, days, ends = _month_ends(sheet, _zone(sheet))
    tickets = [
        row[0]
        for start, end in spans
        for row in tables.select(
            f"SELECT DISTINCT ticket FROM {_SIGNS} WHERE company = %s AND kind = %s"  # noqa: S608
            " AND at >= %s AND at < %s ORDER BY ticket",
            *(sheet.company, RESOLVED, start, end),
        )
    ]
    tickets = list(dict.fromkeys(tickets))
    told = worded(MONTH_END_WORDS, ends=ends, days=days)
    return share_of(
        len(tickets),
        _resolved(sheet),
        name=MONTH_END_KEY,
        title=gettext("Resolved on the last two days of a month"),
        period=sheet.period,
        still_open=_open_among(sheet, tickets),
        behind=lambda: _backing(tickets),
        caveats=(told,),
    )


def _month_ends(sheet: Sheet, zone: ZoneInfo) -> tuple[list[tuple[Instant, Instant]], int, int]:
    """The last two days of months in the period, how many days it has, and how many are such."""
    start, end = sheet.period.start, _until(sheet)
    day = datetime_of(start).astimezone(zone)
    spans, days, ends = [], 0, 0
    while instant_of(day) < end:
        following = day + timedelta(days=1)
        days += 1
        if (day + timedelta(days=2)).month != day.month:
            ends += 1
            spans.append((instant_of(day), min(instant_of(following), end)))
        day = following
    return spans, days, ends


def _open_among(sheet: Sheet, tickets: Sequence[str]) -> int:
    found = 0
    for start in range(0, len(tickets), 400):
        some = tickets[start : start + 400]
        found += int(
            tables.select(
                f"SELECT COUNT(*) FROM {_TICKETS} WHERE ticket IN ({tables.marks(len(some))})"  # noqa: S608
                " AND settled_at > %s",
                *(*some, sheet.at),
            )[0][0]
        )
    return found


# ---- near a target --------------------------------------------------------------------------


def near_due(sheet: Sheet) -> Figure:
    """The share of the resolutions in time that ended in the last twentieth before their target."""
    told = bunching.bunching(sheet.facts, sheet.usual, sheet.period)
    words = worded(BESIDE_WORDS, count=f"{told.beside:.1f}".removesuffix(".0"))
    return share_of(
        told.last,
        told.met,
        name="bunching",
        title=gettext("Solved in the last twentieth before the target"),
        period=sheet.period,
        still_open=0,
        behind=lambda: _last_step(sheet),
        caveats=(words,) if told.met else (),
    )


def _last_step(sheet: Sheet) -> tuple[Backing, ...]:
    counts = _kept(sheet)
    mark = sheet.facts.scheme.mark_of(sheet.usual)
    texts = [
        text
        for text, told in counts.sorts
        if told.clock == ClockName.RESOLUTION.value and told.lenses & mark and told.state == "met"
    ]
    moved = {each.ticket for each in counts.was.outcomes}
    found = [
        each.ticket
        for each in counts.now.units(ClockName.RESOLUTION, sheet.usual)
        if step_of(each, sheet.period, bunching.STEPS) == bunching.STEPS - 1
    ]
    if texts:
        rows = tables.select(
            f"SELECT ticket FROM {_OUTCOMES} WHERE company = %s"  # noqa: S608
            f" AND alike IN ({tables.marks(len(texts))}) AND due_at >= %s AND due_at < %s"
            " AND ended_at <= due_at AND due_at > started_at AND"
            f" (ended_at - started_at) * {bunching.STEPS}"
            f" > (due_at - started_at) * {bunching.STEPS - 1} ORDER BY started_at, ticket",
            *(sheet.company, *texts, sheet.period.start, sheet.period.end),
        )
        found += [row[0] for row in rows if row[0] not in moved]
    return _backing(found)


# ---- arrivals -------------------------------------------------------------------------------


def arrivals(sheet: Sheet) -> Arrivals:
    """The tickets opened in the period by the hour of the week."""
    rows = tables.select(
        f"SELECT started_at / {int(STEP)} AS step, COUNT(*) FROM {_TICKETS} WHERE company = %s"  # noqa: S608
        " AND started_at >= %s AND started_at < %s GROUP BY step",
        *(sheet.company, sheet.period.start, sheet.period.end),
    )
    steps = {int(step): int(count) for step, count in rows}
    counts = _kept(sheet)
    for sign_, facts in ((1, counts.now), (-1, counts.was)):
        for each in facts.begun(sheet.period):
            step = each.started_at // STEP
            steps[step] = steps.get(step, 0) + sign_
    return arrivals_of(
        {step: count for step, count in steps.items() if count}, _zone(sheet), _hours(sheet)
    )


def _hours(sheet: Sheet) -> Calendar | None:
    """The covered hours as they are agreed at the end of the period."""
    ruling = charters.agreement_for(sheet.company, sheet.at)
    if ruling is None or ruling.default_calendar not in ruling.calendars:
        return None
    return ruling.calendars[ruling.default_calendar].known_at(sheet.at)


def outside(sheet: Sheet, told: Arrivals) -> Figure:
    """The share of the tickets opened outside the covered hours."""
    found = told.outside or 0
    return share_of(
        found,
        told.total if told.outside is not None else 0,
        name="arrivals.outside",
        title=gettext("Opened outside the covered hours"),
        period=sheet.period,
        still_open=0,
        behind=lambda: _opened(sheet, lambda at: not _is_covered(sheet, at)),
    )


def _is_covered(sheet: Sheet, at: Instant) -> bool:
    calendar = _hours(sheet)
    return calendar is None or calendar.is_open(at)


def arrived(sheet: Sheet, of: str) -> Figure | None:
    """The tickets opened in one hour of the week. of: `2.13`, Wednesday from 13:00 on."""
    day, _, hour = of.partition(".")
    if not (day.isdigit() and hour.isdigit() and int(day) < 7 and int(hour) < 24):
        return None

    zone = _zone(sheet)

    def is_then(at: Instant) -> bool:
        local = datetime_of(at).astimezone(zone)
        return (local.weekday(), local.hour) == (int(day), int(hour))

    found = _opened(sheet, is_then)
    return count_of(
        len(found),
        name="arrivals",
        title=gettext("Opened in one hour of the week"),
        period=sheet.period,
        still_open=_open_among(sheet, [each.tickets[0] for each in found]),
        behind=lambda: found,
    )


def _opened(sheet: Sheet, is_wanted: Callable[[Instant], bool]) -> tuple[Backing, ...]:
    """The tickets opened in the period in the steps that are wanted."""
    counts = _kept(sheet)
    moved = {each.ticket for each in counts.was.tickets}
    rows = tables.select(
        f"SELECT started_at, ticket FROM {_TICKETS} WHERE company = %s AND started_at >= %s"  # noqa: S608
        " AND started_at < %s ORDER BY started_at, ticket",
        *(sheet.company, sheet.period.start, sheet.period.end),
    )
    known: dict[int, bool] = {}
    found = []
    mine = [(each.started_at, each.ticket) for each in counts.now.begun(sheet.period)]
    for at, ticket in [*(row for row in rows if row[1] not in moved), *mine]:
        step = at // STEP
        if step not in known:
            known[step] = is_wanted(step * STEP)
        if known[step]:
            found.append(ticket)
    return _backing(found)


# ---- hands ----------------------------------------------------------------------------------


def between(sheet: Sheet, of: str) -> Figure | None:
    """The tickets that came back from one team to another. of: `from>to`, as they are called."""
    giver, _, taker = of.partition(">")
    wanted = f"{giver.replace(' ', '_')}>{taker.replace(' ', '_')}"
    count = bounces.flows(sheet.facts, sheet.period).get((giver, taker), 0)
    if not count:
        return None

    def behind() -> tuple[Backing, ...]:
        counts = _kept(sheet)
        moved = {each.ticket for each in counts.was.tickets}
        texts = [text for text, told in counts.ticket_sorts if wanted in told.bounces.split()]
        found = [
            each.ticket for each in counts.now.begun(sheet.period) if wanted in each.bounces.split()
        ]
        if texts:
            rows = tables.select(
                f"SELECT ticket FROM {_TICKETS} WHERE company = %s"  # noqa: S608
                f" AND alike IN ({tables.marks(len(texts))}) AND started_at >= %s"
                " AND started_at < %s ORDER BY started_at, ticket",
                *(sheet.company, *texts, sheet.period.start, sheet.period.end),
            )
            found += [row[0] for row in rows if row[0] not in moved]
        return _backing(found)

    tickets = behind()
    return count_of(
        len(tickets),
        name="bounces.between",
        title=gettext("Came back from %(giver)s to %(taker)s") % {"giver": giver, "taker": taker},
        period=sheet.period,
        still_open=_open_among(sheet, [each.tickets[0] for each in tickets]),
        behind=lambda: tickets,
    )


# ---- the sources ----------------------------------------------------------------------------


def found_first(sheet: Sheet) -> Figure:
    """The share of incidents and alerts that monitoring told of first."""
    rows = _troubles(sheet)
    mine = [row for row in rows if sources.is_found_by_machine(row[1], row[2])]
    return sources.found_first(
        len(mine),
        len(rows),
        period=sheet.period,
        still_open=_open_among(sheet, [row[0] for row in mine]),
        behind=lambda: _backing([row[0] for row in mine], pgettext("found by", "monitoring")),
    )


def _troubles(sheet: Sheet) -> list[tuple[str, str, str]]:
    counts = _kept(sheet)
    moved = {each.ticket for each in counts.was.tickets}
    rows = tables.select(
        f"SELECT ticket, kind, channel FROM {_TICKETS} WHERE company = %s AND started_at >= %s"  # noqa: S608
        f" AND started_at < %s AND kind IN ({tables.marks(len(sources.TROUBLE))})"
        " AND opening <> 'after_the_fact' ORDER BY started_at, ticket",
        *(sheet.company, sheet.period.start, sheet.period.end, *sources.TROUBLE),
    )
    found = [(row[0], row[1], row[2]) for row in rows if row[0] not in moved]
    found += [
        (each.ticket, each.kind, each.channel)
        for each in counts.now.begun(sheet.period)
        if sources.is_trouble(each)
    ]
    return found


def per_head(sheet: Sheet) -> Figure:
    """Tickets for each person who may ask, and 30 days."""
    heads = Membership.objects.filter(
        company__uuid=sheet.company,
        is_active=True,
        side__in=(Side.REQUESTER.value, Side.COMPANY.value),
    ).count()
    words = worded(HEADS_WORDS, count=heads)
    return sources.per_head(
        number_of(_kept(sheet).begun), heads, sheet.at, period=sheet.period, caveats=(words,)
    )


def new_hands(sheet: Sheet) -> Figure:
    """The share of the owned tickets that somebody new on the account had."""
    found, still_open = _shown(sheet, NEW_HANDS)
    return sources.new_hands(
        found,
        number_of(_kept(sheet).begun, lambda sort: sort.is_owned),
        _began_at(sheet),
        period=sheet.period,
        still_open=still_open,
        behind=lambda: _signed(sheet, NEW_HANDS),
    )


def _began_at(sheet: Sheet) -> Instant | None:
    company = Company.objects.filter(uuid=sheet.company).first()
    engaged = company.engagements.order_by("since").first() if company else None
    return engaged.since if engaged else None


def first_contact(sheet: Sheet) -> Figure:
    """The share of the tickets first solved in the period that one contact settled."""
    found, still_open = _shown(sheet, FIRST_CONTACT, "at")
    return sources.first_contact(
        found,
        number_of(_kept(sheet).solved, lambda sort: sort.opening != "after_the_fact"),
        period=sheet.period,
        still_open=still_open,
        behind=lambda: _signed(sheet, FIRST_CONTACT, "at"),
    )


def fees_of(sheet: Sheet) -> Plain:
    """What the charter pays: by month, ticket and hour; what a ticket came to by the first two.

    Empty without a charter or any fee. each is None without a ticket.
    """
    version = charters.charter_for(sheet.company, sheet.at)
    if version is None:
        return {}
    fees = charters.whole(version).fees
    tickets = number_of(_kept(sheet).begun)
    months = (min(sheet.at, sheet.period.end) - sheet.period.start) / sources.MONTH
    if not (fees.per_month or fees.per_ticket or fees.per_hour):
        return {}
    each = (fees.per_month * months + fees.per_ticket * tickets) / tickets if tickets else None
    return {
        "currency": fees.currency,
        "per_month": fees.per_month,
        "per_ticket": fees.per_ticket,
        "per_hour": fees.per_hour,
        "each": each,
        "tickets": tickets,
    }
