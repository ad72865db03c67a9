"""The page of tokens for programs: one's own, and for whoever manages people, everybody's."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_POST

from commondesk.accounts import tokens
from commondesk.accounts.doorway import Visit, member, page
from commondesk.accounts.policy import Right
from commondesk.accounts.token_forms import NewToken
from commondesk.accounts.tokens import Issued
from commondesk.core.record.instant import DAY
from commondesk.core.texts import gettext


@require_http_methods(["GET", "HEAD", "POST"])
@member(Right.HOLD_TOKENS, Right.ADD_PEOPLE)
def tokens_page(visit: Visit) -> HttpResponse:
    """What there is, and a form for one more. A new secret is shown on the answer alone."""
    if visit.request.method != "POST":
        return shown(visit, NewToken())
    visit.require(Right.HOLD_TOKENS)
    form = NewToken(visit.request.POST)
    if not form.is_valid():
        return shown(visit, form, status=422)
    try:
        issued = issue(visit, form)
    except tokens.UnfitToken as problem:
        form.add_error(None, str(problem))
        return shown(visit, form, status=422)
    return shown(visit, NewToken(), issued=issued)


def issue(visit: Visit, form: NewToken) -> Issued:
    given = form.cleaned_data
    return tokens.issue(
        visit.company.uuid,
        at=visit.at,
        actor=visit.viewer.actor,
        token=given["token"],
        title=given["title"],
        scopes=given["scopes"],
        expires_at=visit.at + int(given["days"]) * DAY,
    )


def shown(
    visit: Visit, form: NewToken, *, issued: Issued | None = None, status: int = 200
) -> HttpResponse:
    company, person = visit.company.uuid, visit.viewer.person_uuid
    may_revoke_any = visit.may(Right.ADD_PEOPLE)
    context = {
        "form": form,
        "issued": issued,
        "mine": tokens.tokens_of(company, person),
        "others": tokens.tokens_of_others(company, person) if may_revoke_any else (),
        "may_hold": visit.may(Right.HOLD_TOKENS),
        "words": tokens.SCOPE_WORDS,
        "lost": tokens.LOST,
        "address": f"{settings.ORIGIN}/api/v1/tickets",
    }
    return page(visit, "accounts/tokens.html", context, status=status)


@require_POST
@member(Right.HOLD_TOKENS, Right.ADD_PEOPLE)
def revoke(visit: Visit, token: UUID) -> HttpResponse:
    """Let a token open nothing any more."""
    try:
        tokens.revoke(visit.company.uuid, token, at=visit.at, actor=visit.viewer.actor)
    except tokens.UnfitToken:
        raise Http404 from None
    messages.success(visit.request, gettext("The token is revoked. It opens nothing any more."))
    return redirect("tokens:list", visit.company.prefix)
