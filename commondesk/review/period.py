"""The period in an address: which days a page is about."""

from __future__ import annotations

from urllib.parse import urlencode

from commondesk.accounts.doorway import Visit
from commondesk.review import queries
from commondesk.review.queries import Days


def days_of(visit: Visit) -> Days:
    """The days in the address."""
    given = visit.request.GET
    return queries.days_of(given.get("from", ""), given.get("until", ""), visit.zone, visit.at)


def asked(days: Days) -> str:
    """The days as the end of an address."""
    return urlencode({"from": days.first.isoformat(), "until": days.last.isoformat()})


def choice(visit: Visit, days: Days) -> dict[str, object]:
    """What a page needs to say which days it is about, and to let others be chosen."""
    presets = queries.presets(visit.zone, visit.at)
    return {"days": days, "presets": presets, "asked": asked(days), "asked_of": asked}
