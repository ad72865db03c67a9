"""The page of the question box: ask, read the answer, take it as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from urllib.parse import quote

from django.http import HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.views.decorators.http import require_http_methods

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.texts import gettext, gettext_noop
from commondesk.desk.queue.export import defused
from commondesk.engine.questions import box
from commondesk.engine.questions.box import Answer, Refused, Why
from commondesk.review import freshness
from commondesk.review.asking import snapshot, turns
from commondesk.review.asking.columns import SAVED, TABLES

SHOWN = 200
"""Rows on the page; the CSV holds all that the box tells."""
LIMITS = box.Limits()

_WHY = {
    Why.EMPTY: gettext_noop("Write a question first, or take one of those below."),
    Why.LONG: gettext_noop("The question is too long: 10,000 characters at most."),
    Why.ONE: gettext_noop("Ask one question at a time: a single SELECT."),
    Why.SELECT: gettext_noop("Only questions are answered here: begin with SELECT or WITH."),
    Why.SQL: gettext_noop("The question could not be understood:"),
    Why.TIME: gettext_noop(
        "It took longer than five seconds. Narrow it down: fewer rows, or no join of all with all."
    ),
    Why.MEMORY: gettext_noop("It needed too much memory. Narrow it down: fewer rows or columns."),
    Why.BROKEN: gettext_noop("The question box failed. Try again; your question is kept below."),
}


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.READ_FIGURES)
def ask(visit: Visit) -> HttpResponseBase:
    """Show the box, or answer what was asked."""
    if visit.request.method != "POST":
        return _shown(visit, _begun(visit.request.GET.get("saved", "")))
    # Browsers send line ends of their own.
    sql = visit.request.POST.get("sql", "").replace("\r\n", "\n").strip()
    try:
        with turns.turn() as is_mine:
            if not is_mine:
                busy = gettext("Others are asking just now. Try again in a few seconds.")
                return _shown(visit, sql, wrong=busy, status=503)
            freshness.brought_up(visit.company.uuid, visit.at)
            taken = snapshot.snapshot_of(visit.company.uuid, visit.at)
            found = box.answer(sql, taken.tables(), LIMITS)
    except Refused as refused:
        return _shown(visit, sql, wrong=gettext(_WHY[refused.why]), said=refused.text, status=422)
    if visit.request.POST.get("as") == "csv":
        return _csv(found, f"{visit.company.prefix} answer")
    return _shown(visit, sql, answer=found, as_of=taken.at)


def _begun(saved: str) -> str:
    return next((each.sql for each in SAVED if each.key == saved), SAVED[0].sql)


def _shown(
    visit: Visit,
    sql: str,
    *,
    answer: Answer | None = None,
    as_of: int | None = None,
    wrong: str = "",
    said: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "sql": sql,
        "answer": answer,
        "rows": answer.rows[:SHOWN] if answer else (),
        "as_of": as_of,
        "wrong": wrong,
        "said": said if wrong == gettext(_WHY[Why.SQL]) else "",
        "saved": SAVED,
        "tables": TABLES,
        "limits": LIMITS,
        "is_number": _is_number,
        "links_number": bool(answer and "number" in answer.columns),
    }
    return page(visit, "review/ask.html", context, status=status)


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not isinstance(cell, bool)


def _csv(answer: Answer, name: str) -> StreamingHttpResponse:
    reply = StreamingHttpResponse(_lines(answer), content_type="text/csv; charset=utf-8")
    reply["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}.csv"
    return reply


def _lines(answer: Answer) -> Iterator[str]:
    for row in [answer.columns, *answer.rows]:
        written = io.StringIO()
        csv.writer(written).writerow([defused(cell) for cell in row])
        yield written.getvalue()
