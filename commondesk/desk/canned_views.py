"""The page on which a side keeps its canned replies."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.core.texts import gettext
from commondesk.desk import actions, canned, undo
from commondesk.desk.actions import canned_replies
from commondesk.desk.models import CannedReply


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.WORK_TICKETS)
def replies(visit: Visit) -> HttpResponse:
    """All replies that one may use, and the form for another one."""
    if visit.request.method == "POST":
        return _written(visit, None)
    return _page(visit)


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.WORK_TICKETS)
def reply(visit: Visit, identity: UUID) -> HttpResponse:
    """One reply of the own side, to be changed."""
    kept = _own(visit, identity)
    if visit.request.method == "POST":
        return _written(visit, kept)
    return _page(visit, kept, title=kept.title, text=kept.text)


@require_POST
@member(Right.WORK_TICKETS)
def remove(visit: Visit, identity: UUID) -> HttpResponse:
    """Take a reply of the own side away."""
    kept = _own(visit, identity)
    try:
        canned_replies.remove_reply(
            visit.company.uuid, at=visit.at, actor=visit.viewer.actor, reply=kept.uuid
        )
    except (canned_replies.NoSuchReply, actions.NotAllowed):
        raise Http404 from None
    home = reverse("desk:replies", args=[visit.company.prefix])
    way_back = undo.Offer(
        gettext("Keep it after all"), home, {"title": kept.title, "text": kept.text}
    )
    undo.say(visit.request, gettext("The reply is gone. What was sent with it stays."), way_back)
    return redirect(home)


def _own(visit: Visit, identity: UUID) -> CannedReply:
    """Raises Http404."""
    own = CannedReply.objects.filter(company=visit.company.uuid, provider=visit.viewer.provider)
    kept = own.filter(uuid=identity).first()
    if kept is None:
        raise Http404
    return kept


def _written(visit: Visit, kept: CannedReply | None) -> HttpResponse:
    title, text = (visit.request.POST.get(name, "") for name in ("title", "text"))
    try:
        canned_replies.write_reply(
            visit.company.uuid,
            at=visit.at,
            actor=visit.viewer.actor,
            title=title,
            text=text,
            reply=kept.uuid if kept else None,
        )
    except canned_replies.UnfitReply as refused:
        return _page(visit, kept, title=title, text=text, refusal=str(refused), status=422)
    except (canned_replies.NoSuchReply, actions.NotAllowed):
        raise Http404 from None
    told = gettext("“%(title)s” is kept.") % {"title": " ".join(title.split())}
    messages.success(visit.request, told)
    return redirect("desk:replies", visit.company.prefix)


def _page(
    visit: Visit,
    kept: CannedReply | None = None,
    *,
    title: str = "",
    text: str = "",
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "replies": canned.replies_for(visit.company.uuid, visit.viewer),
        "own": visit.viewer.provider,
        "kept": kept,
        "title": title,
        "text": text,
        "refusal": refusal,
        "places": canned.PLACES,
    }
    return page(visit, "desk/canned.html", context, status=status)
