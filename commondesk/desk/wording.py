"""Times in words, as people say them: spans, instants in a zone, and what is due.

All in the language that is spoken: the one place where dates, spans and sizes become text.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from commondesk.core import texts
from commondesk.core.record.instant import DAY, HOUR, MINUTE, SECOND, Instant, Span, datetime_of
from commondesk.core.texts import gettext, ngettext, number, pgettext, pgettext_noop

DAYS = (
    pgettext_noop("day", "Mon"),
    pgettext_noop("day", "Tue"),
    pgettext_noop("day", "Wed"),
    pgettext_noop("day", "Thu"),
    pgettext_noop("day", "Fri"),
    pgettext_noop("day", "Sat"),
    pgettext_noop("day", "Sun"),
)
MONTHS = (
    pgettext_noop("month", "Jan"),
    pgettext_noop("month", "Feb"),
    pgettext_noop("month", "Mar"),
    pgettext_noop("month", "Apr"),
    pgettext_noop("month", "May"),
    pgettext_noop("month", "Jun"),
    pgettext_noop("month", "Jul"),
    pgettext_noop("month", "Aug"),
    pgettext_noop("month", "Sep"),
    pgettext_noop("month", "Oct"),
    pgettext_noop("month", "Nov"),
    pgettext_noop("month", "Dec"),
)
"""Short, where room is scarce."""
WHOLE_MONTHS = (
    pgettext_noop("month of a whole date", "Jan"),
    pgettext_noop("month of a whole date", "Feb"),
    pgettext_noop("month of a whole date", "Mar"),
    pgettext_noop("month of a whole date", "Apr"),
    pgettext_noop("month of a whole date", "May"),
    pgettext_noop("month of a whole date", "Jun"),
    pgettext_noop("month of a whole date", "Jul"),
    pgettext_noop("month of a whole date", "Aug"),
    pgettext_noop("month of a whole date", "Sep"),
    pgettext_noop("month of a whole date", "Oct"),
    pgettext_noop("month of a whole date", "Nov"),
    pgettext_noop("month of a whole date", "Dec"),
)
NEAR = 6 * DAY


def span_words(span: Span) -> str:
    """`2 h 10 min`, `38 min`, `5 s`: never more than two units, never rounded up."""
    span = max(0, span)
    if 0 < span < MINUTE:
        return gettext("%(seconds)s s") % {"seconds": span // SECOND}
    hours, minutes = divmod(span // MINUTE, 60)
    if not hours:
        return gettext("%(minutes)s min") % {"minutes": minutes}
    if not minutes:
        return gettext("%(hours)s h") % {"hours": number(hours)}
    return gettext("%(hours)s h %(minutes)s min") % {
        "hours": number(hours),
        "minutes": f"{minutes:02}",
    }


def age_words(span: Span) -> str:
    """A span on the wall: like `span_words`, and from two days on `2 days 3 h`."""
    if span < 2 * DAY:
        return span_words(span)
    days, hours = span // DAY, span % DAY // HOUR
    if hours and days < 10:
        return gettext("%(days)s days %(hours)s h") % {"days": days, "hours": hours}
    return gettext("%(days)s days") % {"days": number(days)}


def instant_words(at: Instant, zone: ZoneInfo, now: Instant) -> str:
    """`Tue 11:01` within six days, else `11 Mar 09:00`, and with the year where it is another."""
    language = texts.language()
    near, far, farther, year = _instant_words(language, at, zone)
    if abs(at - now) < NEAR:
        return near
    return far if year == _instant_words(language, now, zone)[3] else farther


@lru_cache(maxsize=8192)
def _instant_words(_language: str, at: Instant, zone: ZoneInfo) -> tuple[str, str, str, int]:
    """How an instant is told in its week, in its year, and in other years; and the year."""
    moment = local(at, zone)
    clock, date = f"{moment:%H:%M}", _day_and_month(moment)
    near, far = f"{_weekday(moment)} {clock}", f"{date} {clock}"
    return near, far, f"{date} {moment.year} {clock}", moment.year


def day_words(at: Instant, zone: ZoneInfo, now: Instant) -> str:
    """`today`, `yesterday`, `tomorrow`, `Tue`, or `11 Mar`."""
    moment, today = local(at, zone), local(now, zone)
    apart = (moment.date() - today.date()).days
    near = {0: gettext("today"), -1: gettext("yesterday"), 1: gettext("tomorrow")}
    if apart in near:
        return near[apart]
    return _weekday(moment) if abs(apart) < 6 else date_words(moment, today)


def full_words(at: Instant, zone: ZoneInfo) -> str:
    """`Tue 11 Mar 2025 11:01`, for where a time stands alone."""
    moment = local(at, zone)
    return f"{_weekday(moment)} {calendar_words(moment)} {moment:%H:%M}"


def date_words(moment: datetime, today: datetime) -> str:
    words = _day_and_month(moment)
    return words if moment.year == today.year else f"{words} {moment.year}"


def calendar_words(day: date) -> str:
    """`11 Mar 2025`: a day that stands alone."""
    month = pgettext("month of a whole date", WHOLE_MONTHS[day.month - 1])
    return f"{_day_of_month(day)} {month} {day.year}"


def _weekday(day: date) -> str:
    return pgettext("day", DAYS[day.weekday()])


def _day_and_month(day: date) -> str:
    return f"{_day_of_month(day)} {pgettext('month', MONTHS[day.month - 1])}"


def _day_of_month(day: date) -> str:
    return pgettext("day of the month", "1") if day.day == 1 else str(day.day)


@lru_cache(maxsize=8192)
def iso_words(at: Instant, zone: ZoneInfo) -> str:
    """ISO 8601 with offset, to the second, for machines that read the page."""
    return local(at, zone).isoformat(timespec="seconds")


def local(at: Instant, zone: ZoneInfo) -> datetime:
    return datetime_of(at).astimezone(zone)


def due_words(left: Span) -> str:
    """What is ahead, in covered time: `due in 2 h 10 min`; under a minute, `due now`."""
    if left < MINUTE:
        return gettext("due now")
    return gettext("due in %(span)s") % {"span": span_words(left)}


def missed_words(ago: Span) -> str:
    """What is past: `missed 35 min ago`, `missed 2 days ago`."""
    if ago < MINUTE:
        return gettext("missed just now")
    if ago >= 2 * DAY:
        return gettext("missed %(days)s days ago") % {"days": number(ago // DAY)}
    return gettext("missed %(span)s ago") % {"span": span_words(ago)}


def paused_words(left: Span | None) -> str:
    """`paused, 1 h 50 min left`; without a target there is nothing left to tell."""
    if left is None:
        return gettext("paused")
    return gettext("paused, %(span)s left") % {"span": span_words(left)}


def size_words(size: int) -> str:
    """`212 kB`; a file of a few bytes is told in bytes."""
    if size < 1000:
        return gettext("%(size)s B") % {"size": size}
    if size < 1_000_000:
        return gettext("%(size)s kB") % {"size": size // 1000}
    return gettext("%(size)s MB") % {"size": number(size / 1_000_000, 1)}


def list_words(names: list[str], limit: int = 3) -> str:
    """`Ada`, `Ada and Ben`, `Ada, Ben and 3 more`."""
    if len(names) > limit:
        more = len(names) - limit + 1
        return ngettext("%(names)s and %(count)s more", "%(names)s and %(count)s more", more) % {
            "names": ", ".join(names[: limit - 1]),
            "count": more,
        }
    if len(names) < 2:
        return "".join(names)
    return gettext("%(names)s and %(last)s") % {"names": ", ".join(names[:-1]), "last": names[-1]}
