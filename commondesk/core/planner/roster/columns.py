"""Ways in which one person can work a week: region, role, pattern, start and first day.

Shifts are said in local time and placed on the slots of a week in UTC, by the offset of the time
zone on each day: the two clock changes of a year move them, and the week in which one falls too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from ...texts import gettext, number
from ..case.fields import shown

WEEK_H = 168
MOST_COLUMNS = 50_000
NIGHT = (22.0, 6.0)
"""Local hours that count as night, from and until, where a rule does not say otherwise."""


class UnusableRoster(ValueError):
    """The description cannot be planned; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """Days in a row with one shift each: `Pattern("5x8", 5, 8)`.

    starts are the local hours a shift may begin at; the first day may be any (0 is Monday) unless
    first_days says which. unpaid_h of each shift is a break that is covered but not paid."""

    name: str
    days: int
    hours: float
    starts: tuple[float, ...] = tuple(float(hour) for hour in range(24))
    first_days: tuple[int, ...] = tuple(range(7))
    unpaid_h: float = 0.0


@dataclass(frozen=True, slots=True)
class Region:
    """A place people are hired in. zone is an IANA name (`Europe/Berlin`) or a fixed offset from
    UTC in hours. hire_cap is the most people that can be hired there, over all roles."""

    name: str
    zone: str | float
    hire_cap: int | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """A role that can be hired in a region, at cost_per_week for a full week of full_h hours;
    night_premium is added for the share of the hours that are local night, weekend_premium for
    those on Saturday and Sunday."""

    region: str
    role: str
    cost_per_week: float
    full_h: float = 40.0
    night_premium: float = 0.0
    weekend_premium: float = 0.0
    patterns: tuple[str, ...] = ()
    """Names of the patterns worked; none means all."""


@dataclass(frozen=True, slots=True)
class Column:
    """One way to work a week; slots are those of the UTC week that it covers."""

    region: str
    role: str
    pattern: str
    starts: float
    """Local hour."""
    first_day: int
    cost: float
    slots: tuple[int, ...]


def columns_of(
    regions: tuple[Region, ...],
    posts: tuple[Post, ...],
    patterns: tuple[Pattern, ...],
    *,
    week: date,
    slot_h: float = 1.0,
) -> tuple[Column, ...]:
    """All columns of a week that begins on a Monday. slot_h is 1, 0.5 or 0.25.

    Raises UnusableRoster, naming what is wrong."""
    known = {region.name: region for region in regions}
    named = {pattern.name: pattern for pattern in patterns}
    # Counted before they are made, which would take longer than to refuse.
    worked = (each for post in posts for each in _worked(post, patterns))
    check_count(sum(len(each.starts) * len(each.first_days) for each in worked))
    found: list[Column] = []
    for post in posts:
        if post.region not in known:
            raise UnusableRoster(
                gettext("The role %(role)s is hired in %(region)s, which is no region given.")
                % {"role": post.role, "region": post.region}
            )
        if unknown := [name for name in post.patterns if name not in named]:
            raise UnusableRoster(
                gettext("%(pattern)s is no pattern given; give it, or leave it out.")
                % {"pattern": unknown[0]}
            )
        for pattern in _worked(post, patterns):
            found += _columns(known[post.region], post, pattern, week, slot_h)
    return tuple(found)


def _worked(post: Post, patterns: tuple[Pattern, ...]) -> list[Pattern]:
    return [each for each in patterns if not post.patterns or each.name in post.patterns]


def check_count(count: int) -> None:
    """Raises UnusableRoster for more ways to work than can be looked at."""
    if count > MOST_COLUMNS:
        raise UnusableRoster(
            gettext("%(count)s ways to work are too many; at most %(most)s: offer fewer starts.")
            % {"count": number(count), "most": number(MOST_COLUMNS)}
        )


def offset_h(zone: str | float, on: date, hour: float = 12.0) -> float:
    """Hours that local time is ahead of UTC at a local hour of a day. Raises UnusableRoster."""
    if isinstance(zone, int | float):
        return float(zone)
    try:
        clock = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
        raise UnusableRoster(
            gettext("%(zone)s is no time zone; write a name such as Europe/Berlin.")
            % {"zone": shown(zone)}
        ) from unknown
    local = datetime(on.year, on.month, on.day, tzinfo=clock) + timedelta(hours=hour)
    ahead = local.utcoffset()
    assert ahead is not None
    return ahead.total_seconds() / 3600


def _columns(
    region: Region, post: Post, pattern: Pattern, week: date, slot_h: float
) -> Iterator[Column]:
    if not 1 <= pattern.days <= 7 or not 0 < pattern.hours <= 24:
        raise UnusableRoster(
            gettext("The pattern %(name)s wants 1 to 7 days with shifts of up to 24 hours.")
            % {"name": pattern.name}
        )
    for start in pattern.starts:
        for first in pattern.first_days:
            days = [(first + at) % 7 for at in range(pattern.days)]
            slots: set[int] = set()
            nights = weekends = 0.0
            for day in days:
                slots.update(_slots(region.zone, week, day, start, pattern.hours, slot_h))
                nights += night_h(start, pattern.hours)
                weekends += _weekend_h(day, start, pattern.hours)
            hours = pattern.days * pattern.hours
            paid = hours - pattern.days * pattern.unpaid_h
            extra = (post.night_premium * nights + post.weekend_premium * weekends) / hours
            yield Column(
                region.name,
                post.role,
                pattern.name,
                start,
                first,
                post.cost_per_week * paid / post.full_h * (1 + extra),
                tuple(sorted(slots)),
            )


def _slots(
    zone: str | float, week: date, day: int, start: float, hours: float, slot_h: float
) -> Iterator[int]:
    """The slots of the week that a shift covers; it wraps round, as the next week is the same."""
    begins = day * 24 + start - offset_h(zone, week + timedelta(days=day), start)
    per_week = round(WEEK_H / slot_h)
    first = begins / slot_h
    if abs(first - round(first)) > 1e-6 or abs(hours / slot_h - round(hours / slot_h)) > 1e-6:
        raise UnusableRoster(
            gettext(
                "A shift of %(hours)s hours from %(start)s does not fit slots of %(slot)s hours;"
                " choose shorter slots, or starts and lengths that fit."
            )
            % {"hours": f"{hours:g}", "start": f"{start:g}", "slot": f"{slot_h:g}"}
        )
    for at in range(round(hours / slot_h)):
        yield (round(first) + at) % per_week


def night_h(start: float, hours: float, night: tuple[float, float] = NIGHT) -> float:
    """The hours of a shift that lie in local night."""
    begins, ends = night
    ends += 24 if ends <= begins else 0
    return sum(
        max(0.0, min(start + hours, ends + shift) - max(start, begins + shift))
        for shift in (-24, 0, 24)
    )


def _weekend_h(day: int, start: float, hours: float) -> float:
    begins = day * 24 + start
    return sum(max(0.0, min(begins + hours, end) - max(begins, end - 48)) for end in (0, 168, 336))


def utc(week: date, slot: int, slot_h: float) -> datetime:
    """The instant at which a slot of a week begins."""
    return datetime(week.year, week.month, week.day, tzinfo=UTC) + timedelta(hours=slot * slot_h)
