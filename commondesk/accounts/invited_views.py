"""The page that an invitation's link opens."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from commondesk.accounts.arrangement import invitations
from commondesk.accounts.arrangement.arranging import UnfitArrangement
from commondesk.accounts.arrangement.invitations import InvitationOver
from commondesk.accounts.doors import entrance
from commondesk.accounts.models import Invitation, Person
from commondesk.accounts.people_forms import JoinForm
from commondesk.ledger.now import instant_now


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Join as invited, with a name and a password, or as who is signed in already."""
    at = instant_now()
    try:
        invitation = invitations.invitation_for(token, at)
        account = invitations.account_of(invitation)
        if account is not None:
            return with_account(request, token, invitation, account)
        return without_account(request, token, invitation)
    except InvitationOver:
        return render(request, "accounts/invited_over.html", status=410)


def with_account(
    request: HttpRequest, token: str, invitation: Invitation, account: Person
) -> HttpResponse:
    is_theirs, refusal = request.user == account, ""
    if request.method == "POST" and is_theirs:
        try:
            company, _ = invitations.accept(token, at=instant_now(), signed_in=request.user)
        except UnfitArrangement as problem:
            refusal = str(problem)
        else:
            return redirect("desk:queue", company.prefix)
    context = {
        "account": account,
        "is_theirs": is_theirs,
        "refusal": refusal,
        "here": request.path,
    }
    return shown(request, invitation, status=422 if refusal else 200, **context)


def without_account(request: HttpRequest, token: str, invitation: Invitation) -> HttpResponse:
    known = Person.objects.filter(address=invitation.address).first()
    form = JoinForm(
        request.POST if request.method == "POST" else None,
        is_known=known is not None,
        initial={"name": invitation.title},
    )
    if form.is_valid():
        given = form.cleaned_data
        try:
            company, person = invitations.accept(
                token,
                at=instant_now(),
                name=given.get("name", ""),
                password=given["password"],
            )
        except UnfitArrangement as problem:
            form.blame(problem)
        else:
            # Known with a second factor, they still have to show it.
            return entrance.let_in(request, person, reverse("desk:queue", args=[company.prefix]))
    status = 422 if form.is_bound else 200
    return shown(request, invitation, status=status, form=form, known=known)


def shown(
    request: HttpRequest, invitation: Invitation, *, status: int, **more: object
) -> HttpResponse:
    told = {"invitation": invitation, "place": invitations.told_place(invitation)}
    context = {"account": None, "is_theirs": False, **told, **more}
    return render(request, "accounts/invited.html", context, status=status)
