"""Instants and spans: whole microseconds, so that the core needs no time zone and no rounding."""

from datetime import UTC, datetime, timedelta

Instant = int
"""Microseconds since 1970-01-01T00:00Z."""

Span = int
"""A length of time in microseconds."""

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def instant_of(moment: datetime) -> Instant:
    """The instant of an aware datetime. Raises ValueError for one without a time zone."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no time zone: add an offset such as +00:00")
    return (moment - _EPOCH) // _MICROSECOND


def datetime_of(instant: Instant) -> datetime:
    """The aware datetime, in UTC, of an instant."""
    return _EPOCH + timedelta(microseconds=instant)


def parse_instant(text: str) -> Instant:
    """The instant of an ISO 8601 text with offset. Raises ValueError that names the text."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no ISO 8601 time such as 2025-03-10T09:00Z") from None
    return instant_of(moment)


def iso_of(instant: Instant) -> str:
    """The shortest ISO 8601 text, in UTC, that parse_instant reads back to the same instant."""
    moment = datetime_of(instant)
    return moment.isoformat(timespec="auto").replace("+00:00", "Z")
