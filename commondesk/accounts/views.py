"""The front door: setting up, signing in and out."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts import policy, setup
from commondesk.accounts.doors import entrance
from commondesk.accounts.doors import views as doors
from commondesk.accounts.forms import SetUp
from commondesk.ledger.now import instant_now


@require_safe
def front_door(request: HttpRequest) -> HttpResponse:
    """Where somebody who knows only the host should go."""
    companies = policy.visible_companies(request.user)
    if companies:
        return redirect("desk:queue", companies[0].prefix)
    if request.user.is_authenticated:
        return render(request, "accounts/nowhere.html")
    if setup.is_set_up():
        return redirect("accounts:sign-in")
    return render(request, "accounts/start.html", {"origin": settings.ORIGIN})


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def set_up(request: HttpRequest, token: str) -> HttpResponse:
    """Five fields make a company; then its founder is signed in and sees the queue."""
    if not setup.is_open(token):
        return setup_over(request)
    form = SetUp(request.POST or None)
    if not form.is_valid():
        return setup_page(request, form)
    given = form.cleaned_data
    try:
        company, founder = setup.set_up(
            token,
            at=instant_now(),
            title=given["company"],
            person_title=given["name"],
            address=given["address"],
            password=given["password"],
            zone=given["zone"],
        )
    except setup.UnfitCompany as unfit:
        form.blame(unfit.problems)
        return setup_page(request, form)
    except setup.SetupClosed:
        return setup_over(request)
    return entrance.let_in(request, founder, reverse("desk:queue", args=[company.prefix]))


def setup_page(request: HttpRequest, form: SetUp) -> HttpResponse:
    status = 422 if form.is_bound else 200
    return render(request, "accounts/setup.html", {"form": form}, status=status)


def setup_over(request: HttpRequest) -> HttpResponse:
    context = {"has_company": setup.is_set_up()}
    return render(request, "accounts/setup_over.html", context, status=410)


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """By address and password, or by passkey. Whoever is signed in goes on."""
    onward = safe_next(request)
    if request.user.is_authenticated and request.method != "POST":
        return redirect(onward)
    return doors.sign_in(request, onward)


def safe_next(request: HttpRequest) -> str:
    """Where to go on to: an address of our own, else the front door."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if is_ours and wanted.startswith("/") else settings.LOGIN_REDIRECT_URL


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("accounts:sign-in")
