"""The pages of long work: how far it is, what came of it, stopping it and putting it away."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST, require_safe

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.models import Work
from commondesk.accounts.policy import Right
from commondesk.accounts.works import asking, files
from commondesk.accounts.works.files import Progress
from commondesk.accounts.works.kinds import KINDS, WHYS, Kind
from commondesk.core.record.instant import SECOND, Instant, Span
from commondesk.core.texts import gettext, number

NEEDS = (Right.ADD_PEOPLE, Right.ENTER_CATALOGUE, Right.READ_CHARTER, Right.REVIEW_EXPORTS)
"""Whoever may ask for any long work."""
LATE: Span = 20 * SECOND
"""After this long a worker should have begun it."""
MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Shown:
    """A work in words. share: how far it is, of 100; None where nobody knows yet."""

    uuid: UUID
    title: str
    state: str
    asked_at: Instant
    ended_at: Instant | None
    words: str
    share: int | None
    is_open: bool
    is_stopping: bool
    is_late: bool
    onward: tuple[str, str] | None
    again: tuple[str, str] | None
    meanwhile: str


@require_safe
@member(*NEEDS)
def works(visit: Visit) -> HttpResponse:
    """All that this person asked for and has not put away."""
    return page(visit, "accounts/works.html", {"works": shown_works(visit, MOST_SHOWN)})


def shown_works(visit: Visit, most: int) -> list[Shown]:
    """The latest works of whoever visits, in words."""
    own = asking.own(visit.company.uuid, visit.viewer.person_uuid)
    return [shown for each in own[:most] if (shown := shown_work(visit, each))]


@require_safe
@member(*NEEDS)
def work(visit: Visit, uuid: UUID) -> HttpResponse:
    """One work; while it goes on, the part that changes alone for a page that looks again."""
    shown = shown_work(visit, _own(visit, uuid))
    if shown is None:
        raise Http404
    is_part = "HX-Request" in visit.request.headers
    template = "accounts/work_told.html" if is_part else "accounts/work.html"
    return page(visit, template, {"work": shown})


@require_POST
@member(*NEEDS)
def stop(visit: Visit, uuid: UUID) -> HttpResponse:
    """Wish that it stops."""
    asking.stop(_own(visit, uuid))
    return redirect("works:work", visit.company.prefix, uuid)


@require_POST
@member(*NEEDS)
def dismiss(visit: Visit, uuid: UUID) -> HttpResponse:
    """Put it away, once it has ended."""
    asking.dismiss(_own(visit, uuid))
    return redirect("works:list", visit.company.prefix)


def _own(visit: Visit, uuid: UUID) -> Work:
    """Raises Http404: nobody sees what anybody else asked for."""
    found = asking.work_of(visit.company.uuid, visit.viewer.person_uuid, uuid)
    if found is None:
        raise Http404
    return found


# ---- in words -----------------------------------------------------------------------------


def shown_work(visit: Visit, row: Work) -> Shown | None:
    """A work in words; None for one of a kind that is known no more."""
    kind = KINDS.get(row.kind)
    if kind is None:
        return None
    is_open = row.state in asking.OPEN
    far = files.progress_of(row.company, row.uuid) if row.state == Work.State.RUNNING else None
    prefix = visit.company.prefix
    return Shown(
        uuid=row.uuid,
        title=kind.title(row.given),
        state=row.state,
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        words=_words(kind, row, far),
        share=_share(kind, far),
        is_open=is_open,
        is_stopping=is_open and files.is_stop_asked(row.company, row.uuid),
        is_late=row.state == Work.State.ASKED and row.asked_at + LATE < visit.at,
        onward=kind.onward(prefix, row.given) if row.state == Work.State.DONE else None,
        again=kind.again(prefix, row.given)
        if row.state in (Work.State.FAILED, Work.State.STOPPED)
        else None,
        meanwhile=gettext(kind.meanwhile),
    )


def _words(kind: Kind, row: Work, far: Progress | None) -> str:
    match row.state:
        case Work.State.DONE:
            return kind.result(row.given, row.result)
        case Work.State.STOPPED:
            return gettext(kind.stopped)
        case Work.State.FAILED:
            return gettext({**WHYS, **kind.whys}.get(row.why, WHYS["broke_off"]))
        case Work.State.ASKED:
            return gettext("Waiting for its turn…")
    if far is None or far.phase >= len(kind.phases):
        return gettext("It begins…")
    told = {"done": number(far.done), "all": kind.counted(row.given, far.total)}
    return gettext(kind.phases[far.phase]) % told


def _share(kind: Kind, far: Progress | None) -> int | None:
    """Each phase takes an equal part."""
    if far is None or far.phase >= len(kind.phases):
        return None
    within = far.done / far.total if far.total else 1.0
    return int(100 * (far.phase + within) / len(kind.phases))
