"""Times in words, as people say them: spans, instants in a zone, and what is due."""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND, Instant, Span, datetime_of

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
NEAR = 6 * DAY


def span_words(span: Span) -> str:
    """`2 h 10 min`, `38 min`, `5 s`: never more than two units, never rounded up."""
    span = max(0, span)
    if 0 < span < MINUTE:
        return f"{span // SECOND} s"
    hours, minutes = divmod(span // MINUTE, 60)
    if not hours:
        return f"{minutes} min"
    return f"{hours:,} h {minutes:02} min" if minutes else f"{hours:,} h"


def age_words(span: Span) -> str:
    """A span on the wall: like `span_words`, and from two days on `2 days 3 h`."""
    if span < 2 * DAY:
        return span_words(span)
    days, hours = span // DAY, span % DAY // HOUR
    return f"{days:,} days {hours} h" if hours and days < 10 else f"{days:,} days"


def instant_words(at: Instant, zone: ZoneInfo, now: Instant) -> str:
    """`Tue 11:01` within six days, else `11 Mar 09:00`, and with the year where it is another."""
    near, far, farther, year = _instant_words(at, zone)
    if abs(at - now) < NEAR:
        return near
    return far if year == _instant_words(now, zone)[3] else farther


@lru_cache(maxsize=8192)
def _instant_words(at: Instant, zone: ZoneInfo) -> tuple[str, str, str, int]:
    """How an instant is told in its week, in its year, and in other years; and the year."""
    moment = local(at, zone)
    clock, date = f"{moment:%H:%M}", f"{moment.day} {MONTHS[moment.month - 1]}"
    near, far = f"{DAYS[moment.weekday()]} {clock}", f"{date} {clock}"
    return near, far, f"{date} {moment.year} {clock}", moment.year


def day_words(at: Instant, zone: ZoneInfo, now: Instant) -> str:
    """`today`, `yesterday`, `tomorrow`, `Tue`, or `11 Mar`."""
    moment, today = local(at, zone), local(now, zone)
    apart = (moment.date() - today.date()).days
    near = {0: "today", -1: "yesterday", 1: "tomorrow"}
    if apart in near:
        return near[apart]
    return DAYS[moment.weekday()] if abs(apart) < 6 else date_words(moment, today)


def full_words(at: Instant, zone: ZoneInfo) -> str:
    """`Tue 11 Mar 2025 11:01`, for where a time stands alone."""
    moment = local(at, zone)
    return (
        f"{DAYS[moment.weekday()]} {moment.day} {MONTHS[moment.month - 1]} {moment.year} "
        f"{moment:%H:%M}"
    )


def date_words(moment: datetime, today: datetime) -> str:
    words = f"{moment.day} {MONTHS[moment.month - 1]}"
    return words if moment.year == today.year else f"{words} {moment.year}"


def calendar_words(day: date) -> str:
    """`11 Mar 2025`: a day that stands alone."""
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


@lru_cache(maxsize=8192)
def iso_words(at: Instant, zone: ZoneInfo) -> str:
    """ISO 8601 with offset, to the second, for machines that read the page."""
    return local(at, zone).isoformat(timespec="seconds")


def local(at: Instant, zone: ZoneInfo) -> datetime:
    return datetime_of(at).astimezone(zone)


def due_words(left: Span) -> str:
    """What is ahead, in covered time: `due in 2 h 10 min`; under a minute, `due now`."""
    return f"due in {span_words(left)}" if left >= MINUTE else "due now"


def missed_words(ago: Span) -> str:
    """What is past: `missed 35 min ago`, `missed 2 days ago`."""
    if ago < MINUTE:
        return "missed just now"
    return f"missed {ago // DAY:,} days ago" if ago >= 2 * DAY else f"missed {span_words(ago)} ago"


def paused_words(left: Span | None) -> str:
    """`paused, 1 h 50 min left`; without a target there is nothing left to tell."""
    return "paused" if left is None else f"paused, {span_words(left)} left"


def size_words(size: int) -> str:
    """`212 kB`; a file of a few bytes is told in bytes."""
    if size < 1000:
        return f"{size} B"
    if size < 1_000_000:
        return f"{size // 1000} kB"
    return f"{size / 1_000_000:.1f} MB"


def count_words(count: int, one: str, many: str) -> str:
    """`1 person`, `4 people`."""
    return f"{count:,} {one if count == 1 else many}"


def list_words(names: list[str], limit: int = 3) -> str:
    """`Ada`, `Ada and Ben`, `Ada, Ben and 3 more`."""
    if len(names) > limit:
        return f"{', '.join(names[: limit - 1])} and {len(names) - limit + 1} more"
    if len(names) < 2:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"
