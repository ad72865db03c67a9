"""Rosters as long work: the worker searches the cheapest cover, the path shows what it found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse

from commondesk.accounts.models import Work
from commondesk.accounts.works import asking
from commondesk.accounts.works.kinds import CannotBeDone, Doing, Given, Kind
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import datetime_of
from commondesk.core.texts import gettext, gettext_noop
from commondesk.planning import document as documents
from commondesk.planning import queries
from commondesk.planning.document import Document
from commondesk.planning.models import Case

NAME = "roster"
WEEKS = 4
"""So many weeks stand in the calendar and in the table."""
WHYS = {
    "gone": gettext_noop("The case is not there any more, or says nothing of a roster."),
    "unfit": gettext_noop(
        "The roster cannot be planned so. Look at what stands beside its fields."
    ),
}


def asked(case: Case) -> Given:
    """What is asked for: the roster of a case as it stands now."""
    return {"case": str(case.uuid), "version": case.version, "title": case.title}


@dataclass(frozen=True, slots=True)
class Found:
    """What the search found for whoever asked, or that it is under way."""

    work: Work
    is_open: bool
    chapters: tuple[Mapping[str, Any], ...]
    is_of_now: bool
    """Whether the case says the same of rosters still."""
    figures: Mapping[str, Json] | None


def latest(case: Case, person: UUID, document: Document) -> Found | None:
    """The search that this person asked for last; None where there is none."""
    own = asking.own(case.company, person).filter(kind=NAME, given__case=str(case.uuid))
    work = own.first()
    if work is None:
        return None
    result: Mapping[str, Any] = work.result or {}
    return Found(
        work,
        work.state in asking.OPEN,
        tuple(result.get("chapters", ())),
        result.get("said") == said(document),
        result.get("figures"),
    )


def said(document: Document) -> str:
    """What a case says that a roster rests on."""
    return documents.text_of({name: document.get(name) for name in ("company", "roster")})


# ---- the search ---------------------------------------------------------------------------


def _prepare(doing: Doing) -> Given:
    """Search outside of any transaction: it takes up to a minute."""
    from commondesk.core.planner import case_file
    from commondesk.core.planner.report import roster as report
    from commondesk.core.planner.roster.columns import UnusableRoster
    from commondesk.core.planner.roster.duties import calendar, table
    from commondesk.core.planner.roster.question import planned

    case = queries.case_of(doing.company, UUID(str(doing.given["case"])))
    document = queries.document_of(case) if case else None
    question = case_file.read(dict(document)).case.roster if document else None
    if document is None or question is None:
        raise CannotBeDone("gone")
    doing.tell(0, 0, 1)
    try:
        found = planned(question)
    except UnusableRoster:
        raise CannotBeDone("unfit") from None
    doing.tell(0, 1, 1)
    duties = report.duties(found, WEEKS)
    stamped: datetime = datetime_of(doing.at).astimezone(UTC)
    return {
        "said": said(document),
        "figures": report.machine(found),
        "chapters": [_chapter(each) for each in report.chapters(found)],
        "csv": table(duties),
        "ics": calendar(duties, stamped_at=stamped, name=str(doing.given["title"])),
    }


def _chapter(chapter: Any) -> Json:
    return {"title": chapter.title, "blocks": [_block(each) for each in chapter.blocks]}


_EMPTY: dict[str, Json] = {"text": "", "list": [], "head": [], "rows": []}


def _block(block: Any) -> Json:
    """A paragraph, a list or a table as plain data; anything else is left to the command."""
    from commondesk.core.planner.document import List, Table

    match block:
        case str():
            return _EMPTY | {"text": block}
        case Table():
            return _EMPTY | {"head": list(block.head), "rows": [list(row) for row in block.rows]}
        case List():
            return _EMPTY | {"list": list(block.items)}
        case _:
            return _EMPTY


def _onward(prefix: str, given: Given) -> tuple[str, str]:
    address = reverse("planning:step", args=[prefix, given["case"], "risks"])
    return address, gettext("See the roster")


def _again(prefix: str, given: Given) -> tuple[str, str]:
    return _onward(prefix, given)[0], gettext("Back to the case")


ROSTER = Kind(
    name=NAME,
    prepare=_prepare,
    do=lambda _doing, prepared: prepared,
    title=lambda given: gettext("Roster for “%(title)s”") % {"title": given["title"]},
    counted=lambda _given, count: str(count),
    phases=(gettext_noop("Searching the cheapest cover: up to a minute"),),
    result=lambda _given, _result: gettext("The roster is found."),
    onward=_onward,
    again=_again,
    whys=WHYS,
)
