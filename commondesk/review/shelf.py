"""Pages worked out a moment ago, kept as long as nothing happens at their company."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from uuid import UUID
from zoneinfo import ZoneInfo

from commondesk.core import texts
from commondesk.core.record.instant import MINUTE, Instant, Span
from commondesk.review import charts, queries
from commondesk.review.charts import Charts
from commondesk.review.models import FactsMade
from commondesk.review.queries import Days, ReviewPage

LONGEST: Span = MINUTE
"""Time alone changes figures too: what falls due is missed."""
MOST = 24

_Key = tuple[UUID, Days, str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A page with its charts, how far the facts were when it was made, and when that was."""

    sequence: int
    made_at: Instant
    page: ReviewPage
    charts: Charts


_shelf: OrderedDict[_Key, Kept] = OrderedDict()
_lock = Lock()


def page_of(company: UUID, days: Days, zone: ZoneInfo, at: Instant) -> tuple[ReviewPage, Charts]:
    """The page of a period and its charts, in the language that is spoken.

    The same as before while no event came in.
    """
    key = company, days, zone.key, texts.language()
    told = FactsMade.objects.filter(company=company, redo_after=None)
    sequence = told.values_list("sequence", flat=True).first()
    with _lock:
        kept = _shelf.get(key)
    if kept is not None and kept.sequence == sequence and 0 <= at - kept.made_at < LONGEST:
        return kept.page, kept.charts
    page = queries.review_page(company, days, zone, at)
    drawn = charts.charts_of(page, zone)
    if sequence is not None:
        with _lock:
            _shelf[key] = Kept(sequence, at, page, drawn)
            while len(_shelf) > MOST:
                _shelf.popitem(last=False)
    return page, drawn


def clear() -> None:
    """Work every page out anew."""
    with _lock:
        _shelf.clear()
