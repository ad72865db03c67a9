"""Demand from what happened: arrivals by hour of the week, booked work, teams passed through.

What a log does not hold is never made up: work comes from booked time or from a person, and how
long a ticket was open says nothing about it, as most of that time nobody worked on it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import sqrt
from statistics import fmean, pstdev
from typing import Protocol
from zoneinfo import ZoneInfo

from ...record import events as e
from ...record.event import Body
from ...record.instant import HOUR, Instant, Span, datetime_of
from ...texts import gettext, number
from ..simulation.model import WEEK_H, Hours
from .demand import Demand, TierWork

FEWEST_BOOKED = 30
"""So many tickets with booked time, at least, tell the work of all."""

FEWEST_PASSED = 30
FEWEST_WEEKS = 4
_NORMAL = 1.96
_QUIET = 0.1
"""Weeks below this share of the usual one are thin; an export has such before and after."""


class Moment(Protocol):
    """Something that happened to a ticket: an event of the record, or one read from an export."""

    @property
    def happened_at(self) -> Instant: ...

    @property
    def body(self) -> Body: ...


@dataclass(frozen=True, slots=True)
class Seen:
    """A ticket as calibration needs it. teams are those who had it, in order, each once.

    worked is the time people booked on it; waits how often it waited on somebody else.
    """

    opened_at: Instant
    teams: tuple[str, ...] = ()
    worked: Span | None = None
    waits: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """A figure from the data with its 95 % interval, and from how many tickets or weeks."""

    value: float
    low: float
    high: float
    count: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What the data tell of demand. None is "the data do not tell", and lacks says what to do."""

    zone: str
    weeks: int
    tickets: int
    tickets_a_week: Measured
    per_hour: tuple[Measured, ...]
    unsteady: float
    work: Measured | None
    cv: float | None
    escalates: tuple[Measured, ...]
    waits: Measured | None
    told: tuple[str, ...]
    lacks: tuple[str, ...]

    def demand(self, work: Sequence[float] = (), tiers: int = 0) -> Demand | None:
        """The demand, with the work per ticket of each tier where it is typed; None without any.

        tiers says for how many the measured escalations are taken; 0 is as many as have work.
        """
        works = list(work) or ([self.work.value] if self.work else [])
        if not works:
            return None
        names = tuple(f"L{at + 1}" for at in range(len(works)))
        passed = [each.value for each in self.escalates][: max(tiers, len(works)) - 1]
        passed += [0.0] * (len(works) - len(passed))
        return Demand(
            self.tickets_a_week.value,
            tuple(
                TierWork(name, each, share if at < len(works) - 1 else 0.0)
                for at, (name, each, share) in enumerate(zip(names, works, passed, strict=True))
            ),
            per_hour=tuple(each.value for each in self.per_hour),
            cv=self.cv if self.cv is not None and not work else 1.0,
            source=self.told[0],
        )

    def closed_share(self, hours: Hours) -> float:
        """The share of tickets that come while the desk would be closed."""
        total = sum(each.value for each in self.per_hour)
        inside = 0.0
        for start, end in hours.windows:
            at = start
            while at < end - 1e-9:
                to = min(end, float(int(at + 1e-9) + 1))
                inside += self.per_hour[int(at + 1e-9) % int(WEEK_H)].value * (to - at)
                at = to
        return max(0.0, 1.0 - inside / total)


class TooLittleData(ValueError):
    """The tickets do not span one whole week."""


def seen(moments: Iterable[Moment]) -> Seen | None:
    """What calibration needs of one ticket's events; None if it was never opened."""
    opened_at: Instant | None = None
    teams: list[str] = []
    worked: Span | None = None
    waits = 0
    for each in moments:
        body = each.body
        if isinstance(body, e.TicketOpened):
            opened_at = each.happened_at
        elif isinstance(body, e.TicketTaken | e.HandoverAccepted):
            team = body.team or body.tier.value
            if team and team not in teams:
                teams.append(team)
        elif isinstance(body, e.TimeLogged):
            worked = (worked or 0) + body.span
        elif isinstance(body, e.WaitBegun):
            waits += 1
    return None if opened_at is None else Seen(opened_at, tuple(teams), worked, waits)


def calibrated(tickets: Iterable[Seen], zone: ZoneInfo, depth: int = 3) -> Calibration:
    """The demand that these tickets show, in the time of a zone. Raises TooLittleData."""
    rows = list(tickets)
    weeks, left_out = _weeks(rows, zone)
    kept = [hour for week in weeks.values() for hour in week]
    counts = [len(week) for week in weeks.values()]
    volume = _of_weeks(counts)
    work, cv = _work(rows)
    escalates = _escalates(rows, depth)
    waits = _share(sum(1 for row in rows if row.waits), len(rows)) if rows else None
    told = [
        gettext("Arrivals by hour of the week from %(tickets)s tickets of %(weeks)s whole weeks.")
        % {"tickets": number(len(kept)), "weeks": number(len(weeks))}
    ]
    if left_out:
        told.append(
            gettext("%(weeks)s other weeks, with hardly any tickets or apart, are left out.")
            % {"weeks": number(left_out)}
        )
    if work is not None:
        told.append(
            gettext("Work per ticket from the time that was booked on %(count)s tickets.")
            % {"count": number(work.count)}
        )
    if escalates:
        told.append(
            gettext("Shares passed on from the teams that had %(count)s tickets one after another.")
            % {"count": number(escalates[0].count)}
        )
    return Calibration(
        zone=zone.key,
        weeks=len(weeks),
        tickets=len(kept),
        tickets_a_week=volume,
        per_hour=_by_hour(weeks),
        unsteady=_unsteady(counts),
        work=work,
        cv=cv,
        escalates=escalates,
        waits=waits if waits and waits.value > 0 else None,
        told=tuple(told),
        lacks=tuple(_lacks(rows, len(weeks), work, escalates, waits)),
    )


# ---- arrivals -------------------------------------------------------------------------------


def _weeks(rows: Sequence[Seen], zone: ZoneInfo) -> tuple[dict[int, list[int]], int]:
    """The hours of the week of each whole week's arrivals, and how many thin weeks are left out."""
    by_week: dict[int, list[int]] = {}
    for row in rows:
        local = datetime_of(row.opened_at).astimezone(zone)
        monday = (local - timedelta(days=local.weekday())).date().toordinal()
        by_week.setdefault(monday // 7, []).append(local.weekday() * 24 + local.hour)
    if len(by_week) < 3:
        raise TooLittleData(
            gettext(
                "The tickets do not span one whole week, from Monday to Sunday; give a longer"
                " export, of some months if possible."
            )
        )
    first, last = min(by_week), max(by_week)
    inside = {week: by_week.get(week, []) for week in range(first + 1, last)}
    usual = _usual_size([len(week) for week in inside.values()])
    kept = _longest([week for week in inside if len(inside[week]) >= _QUIET * usual])
    return {week: inside[week] for week in kept}, len(inside) - len(kept)


def _usual_size(sizes: Sequence[int]) -> float:
    """The size of the week in which a ticket taken at random lies, by the median of tickets."""
    reached, half = 0, sum(sizes) / 2
    for size in sorted(sizes):
        reached += size
        if reached >= half:
            return size
    return 0


def _longest(weeks: Sequence[int]) -> list[int]:
    """The longest stretch of weeks on end; one quiet week between two is part of it."""
    best: list[int] = []
    run: list[int] = []
    for week in sorted(weeks):
        if run and week - run[-1] > 2:
            run = []
        run += range(run[-1] + 1, week + 1) if run else [week]
        if len(run) > len(best):
            best = list(run)
    return best


def _by_hour(weeks: dict[int, list[int]]) -> tuple[Measured, ...]:
    count = len(weeks)
    sums = [0] * int(WEEK_H)
    squares = [0] * int(WEEK_H)
    for hours in weeks.values():
        tally: dict[int, int] = {}
        for hour in hours:
            tally[hour] = tally.get(hour, 0) + 1
        for hour, many in tally.items():
            sums[hour] += many
            squares[hour] += many * many
    found = []
    for total, square in zip(sums, squares, strict=True):
        mean = total / count
        by_chance = mean / count
        seen_spread = max(square / count - mean * mean, 0.0) / max(count - 1, 1)
        half = _NORMAL * sqrt(max(by_chance, seen_spread))
        top = mean + half if total else 3.0 / count
        found.append(Measured(mean, max(0.0, mean - half), top, count))
    return tuple(found)


def _of_weeks(counts: Sequence[int]) -> Measured:
    mean = fmean(counts)
    spread = pstdev(counts) if len(counts) > 1 else sqrt(mean)
    half = _NORMAL * max(spread, sqrt(mean)) / sqrt(len(counts))
    return Measured(mean, max(0.0, mean - half), mean + half, len(counts))


def _unsteady(counts: Sequence[int]) -> float:
    """The spread from week to week beyond that of chance, as a share of the mean."""
    mean = fmean(counts)
    return sqrt(max(0.0, pstdev(counts) ** 2 - mean)) / mean if mean else 0.0


# ---- work and what is passed on -------------------------------------------------------------


def _work(rows: Sequence[Seen]) -> tuple[Measured | None, float | None]:
    """Mean hours of work where it was booked, and how much they vary."""
    booked = [row.worked / HOUR for row in rows if row.worked]
    if len(booked) < FEWEST_BOOKED:
        return None, None
    mean, spread = fmean(booked), pstdev(booked)
    half = _NORMAL * spread / sqrt(len(booked))
    return Measured(mean, max(0.0, mean - half), mean + half, len(booked)), spread / mean


def _escalates(rows: Sequence[Seen], depth: int) -> tuple[Measured, ...]:
    """For each tier but the last, of the tickets that reached it the share that went on."""
    reached = [len(row.teams) for row in rows if row.teams]
    found = []
    for tier in range(1, depth):
        here = sum(1 for each in reached if each >= tier)
        if here < FEWEST_PASSED:
            break
        found.append(_share(sum(1 for each in reached if each > tier), here))
    return tuple(found) if any(each.value for each in found) else ()


def _share(some: int, all_: int) -> Measured:
    """A share with Wilson's interval."""
    value, square = some / all_, _NORMAL * _NORMAL
    middle = (value + square / (2 * all_)) / (1 + square / all_)
    half = _NORMAL * sqrt(value * (1 - value) / all_ + square / (4 * all_ * all_))
    half /= 1 + square / all_
    return Measured(value, max(0.0, middle - half), min(1.0, middle + half), all_)


# ---- what is missing ------------------------------------------------------------------------


def _lacks(
    rows: Sequence[Seen],
    weeks: int,
    work: Measured | None,
    escalates: Sequence[Measured],
    waits: Measured | None,
) -> Iterable[str]:
    if work is None:
        booked = sum(1 for row in rows if row.worked)
        yield gettext(
            "Work per ticket: time is booked on %(booked)s tickets, too few to tell. Give the"
            " hours that one takes; how long tickets were open cannot stand for it. Booking time"
            " on some weeks of tickets would measure it."
        ) % {"booked": number(booked)}
    elif work.count < len(rows) / 2:
        yield gettext(
            "Work per ticket: booked on %(count)s of %(all)s tickets only; the others may differ."
        ) % {"count": number(work.count), "all": number(len(rows))}
    if not escalates:
        yield gettext(
            "Passing on: no changes of team are told. Give the share that each tier passes on, or"
            " plan one tier."
        )
    else:
        yield gettext(
            "Passing on: teams are counted as tiers in the order in which they had a ticket;"
            " whether a team is a higher tier or another one of the same, the data do not say."
        )
        yield gettext("Work per ticket of each tier: give it, as booked time is not told by team.")
    if waits is None or waits.value == 0:
        yield gettext("Waits for users and vendors are not told; resolution is without them.")
    if weeks < FEWEST_WEEKS:
        yield gettext(
            "Only %(weeks)s whole weeks: a single busy week moves the plan; months would not."
        ) % {"weeks": number(weeks)}
    yield gettext(
        "When people are there, absences, patience of callers and the growth to come are in no"
        " ticket; they are asked."
    )
