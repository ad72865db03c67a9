"""The pages at the doors: a forgotten password, the second step, and one's own account."""

from __future__ import annotations

from typing import Any

from allauth.account import views as account_views
from allauth.account.decorators import reauthentication_required
from allauth.core import ratelimit
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.base import views as factor_views
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as code_views
from allauth.mfa.recovery_codes.internal import flows as code_flows
from allauth.mfa.totp import views as app_views
from allauth.mfa.webauthn import views as passkey_views
from allauth.mfa.webauthn.internal import auth as passkeys
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from commondesk.accounts import letters
from commondesk.accounts.doors import factors, sessions
from commondesk.accounts.doors.forms import SignIn
from commondesk.accounts.models import Person
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.ledger.now import instant_now

LANGUAGES = (("", gettext_lazy("As the company writes")), ("en", "English"), ("fr", "Français"))
SECRETS = ("password", "oldpassword", "code", "credential")


class Unfit:
    """A form that does not fit is shown again, and says so by its status."""

    def form_invalid(self, form: Any) -> Any:
        page: Any = self
        return page.render_to_response(page.get_context_data(form=form), status=422)


# ---- signing in ---------------------------------------------------------------------------


def sign_in(request: HttpRequest, onward: str) -> HttpResponse:
    """By address and password; an unknown address and a wrong password get one answer."""
    if request.method == "POST":
        if refusal := ratelimit.consume_or_429(request, action="login"):
            return as_response(refusal)
        form = SignIn(request.POST, request=request)
        if form.is_valid():
            return enter(request, form, onward)
    else:
        form = SignIn(request=request)
    context = {"form": form, "next": onward, "can_have_passkeys": factors.can_have_passkeys()}
    status = 422 if form.is_bound else 200
    return render(request, "accounts/sign_in.html", context, status=status)


def enter(request: HttpRequest, form: SignIn, onward: str) -> HttpResponse:
    try:
        return as_response(form.login(request, redirect_url=onward))
    except ImmediateHttpResponse as instead:
        return as_response(instead.response)


def as_response(answer: object) -> HttpResponse:
    assert isinstance(answer, HttpResponse)
    return answer


@method_decorator(sensitive_post_parameters(*SECRETS), name="dispatch")
class SecondStep(factor_views.AuthenticateView):  # type: ignore[misc]
    """A code, a recovery code or a passkey, after the password."""

    template_name = "accounts/doors_second_step.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        # A passkey that failed says so beside the code.
        context = self.get_context_data() | {"wrong": form}
        return as_response(self.render_to_response(context, status=422))


class PasskeyDoor(passkey_views.LoginWebAuthnView):  # type: ignore[misc]
    """Signing in by a passkey alone: what to sign, and what came of it."""

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Asking leaves a session behind, so it is counted as a try.
        if refusal := ratelimit.consume_or_429(request, action="login", limit_get=True):
            return as_response(refusal)
        return JsonResponse({"request_options": passkeys.begin_authentication(user=None)})


# ---- a forgotten password -----------------------------------------------------------------


@method_decorator(require_http_methods(["GET", "HEAD", "POST"]), name="dispatch")
class Forgot(Unfit, account_views.PasswordResetView):  # type: ignore[misc]
    """Whose password was forgotten; known or not, everybody gets the same answer."""

    template_name = "accounts/doors_forgot.html"
    success_url = reverse_lazy("accounts:forgot-sent")

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more)
        return context | {"is_sendable": letters.is_sendable()}

    def form_valid(self, form: Any) -> HttpResponse:
        if not letters.is_sendable():
            page = self.render_to_response(self.get_context_data(form=form), status=503)
            return as_response(page)
        return as_response(super().form_valid(form))


@require_safe
def forgot_sent(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/doors_forgot_sent.html")


@method_decorator(sensitive_post_parameters(*SECRETS), name="dispatch")
class Reset(Unfit, account_views.PasswordResetFromKeyView):  # type: ignore[misc]
    """Where the link in the letter leads. The key leaves the address before the page is shown."""

    template_name = "accounts/doors_reset.html"
    success_url = reverse_lazy("accounts:sign-in")

    def form_valid(self, form: Any) -> HttpResponse:
        answer = as_response(super().form_valid(form))
        sessions.end_all(self.reset_user)
        messages.success(self.request, gettext("Your new password is set. Sign in with it."))
        return answer


# ---- once more, before something that matters -----------------------------------------------


@method_decorator(sensitive_post_parameters(*SECRETS), name="dispatch")
class Again(Unfit, account_views.ReauthenticateView):  # type: ignore[misc]
    """The password once more."""

    template_name = "accounts/doors_again.html"


@method_decorator(sensitive_post_parameters(*SECRETS), name="dispatch")
class CodeAgain(Unfit, factor_views.ReauthenticateView):  # type: ignore[misc]
    """A code once more."""

    template_name = "accounts/doors_again.html"


class PasskeyAgain(passkey_views.ReauthenticateWebAuthnView):  # type: ignore[misc]
    """A passkey once more."""

    template_name = "accounts/doors_again.html"

    def form_invalid(self, form: Any) -> HttpResponse:
        return as_response(self.render_to_response(self.get_context_data(), status=422))


# ---- one's own account --------------------------------------------------------------------


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def you(request: HttpRequest) -> HttpResponse:
    """Who one is here: name, language, how one signs in, where, and what one belongs to."""
    person = person_of(request)
    if request.method == "POST":
        if request.POST.get("language") in dict(LANGUAGES):
            person.language = request.POST["language"]
            person.save(update_fields=["language"])
            messages.success(request, gettext("Saved."))
        return redirect("accounts:you")
    return render(request, "accounts/doors_you.html", account_of(request, person))


def account_of(request: HttpRequest, person: Person) -> dict[str, Any]:
    own = Authenticator.objects.filter(user=person).order_by("created_at")
    codes = own.filter(type=Authenticator.Type.RECOVERY_CODES).first()
    has_factor = factors.has_second_factor(person)
    members = person.memberships.filter(is_active=True).select_related(
        "company", "team", "provider"
    )
    return {
        "person": person,
        "languages": LANGUAGES,
        "app": own.filter(type=Authenticator.Type.TOTP).first(),
        "passkeys": list(own.filter(type=Authenticator.Type.WEBAUTHN)),
        "codes_left": len(codes.wrap().get_unused_codes()) if codes else 0,
        "has_factor": has_factor,
        "must_add_factor": not has_factor and factors.needs_second_factor(person),
        "can_have_passkeys": factors.can_have_passkeys(),
        "sessions": sessions.sessions_of(person, request.session.session_key),
        "members": members.order_by("company__title"),
        "now": instant_now(),
    }


def person_of(request: HttpRequest) -> Person:
    person = request.user
    assert isinstance(person, Person)
    return person


@login_required
@require_POST
def end_session(request: HttpRequest) -> HttpResponse:
    """End one session of one's own, or all the others."""
    person, current = person_of(request), request.session.session_key
    which = request.POST.get("session", "")
    if which == "others":
        sessions.end_all(person, but=current)
        messages.success(request, gettext("You are signed out everywhere else."))
    elif which.isdecimal() and len(which) < 18 and sessions.end(person, int(which), current):
        messages.success(request, gettext("That session is ended."))
    return redirect("accounts:you")


@method_decorator(sensitive_post_parameters(*SECRETS), name="dispatch")
class Password(Unfit, account_views.PasswordChangeView):  # type: ignore[misc]
    """A new password; every other session ends with the old one."""

    template_name = "accounts/doors_password.html"
    success_url = reverse_lazy("accounts:you")

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Who came by a passkey and has no password gets a first one by letter.
        if request.user.is_authenticated and not request.user.has_usable_password():
            return redirect("accounts:you")
        return as_response(super().dispatch(request, *args, **kwargs))

    def form_valid(self, form: Any) -> HttpResponse:
        answer = as_response(super().form_valid(form))
        sessions.end_all(person_of(self.request), but=self.request.session.session_key)
        return answer


class AddApp(Unfit, app_views.ActivateTOTPView):  # type: ignore[misc]
    """An app that tells codes: its secret as a picture, then its first code."""

    template_name = "accounts/doors_app.html"


class RemoveApp(app_views.DeactivateTOTPView):  # type: ignore[misc]
    """No codes any more."""

    template_name = "accounts/doors_remove.html"


class AddPasskey(Unfit, passkey_views.AddWebAuthnView):  # type: ignore[misc]
    """A passkey that stays on the device and asks who is there: it needs no password beside it."""

    template_name = "accounts/doors_passkey.html"

    def get_context_data(self, **more: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context_data(**more) | more
        person = person_of(self.request)
        context["js_data"] = {"creation_options": passkeys.begin_registration(person, True)}
        context.setdefault("form", self.get_form())
        return context


class RemovePasskey(passkey_views.RemoveWebAuthnView):  # type: ignore[misc]
    """One passkey less."""

    template_name = "accounts/doors_remove.html"
    success_url = reverse_lazy("accounts:you")


class Codes(code_views.ViewRecoveryCodesView):  # type: ignore[misc]
    """The recovery codes, shown this once."""

    template_name = "accounts/doors_codes.html"


@login_required
@require_POST
@reauthentication_required(app="allauth.mfa")  # type: ignore[untyped-decorator]
def make_codes(request: HttpRequest) -> HttpResponse:
    """New recovery codes; the old ones work no more."""
    if code_flows.can_generate_recovery_codes(person_of(request)):
        code_flows.generate_recovery_codes(request)
        return redirect("mfa_view_recovery_codes")
    return redirect("accounts:you")
