"""Where we do otherwise than the library: our letters, our links, our words, stricter doors."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.adapter import get_adapter as factor_adapter
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from commondesk.accounts import letters
from commondesk.accounts.doors import sealing
from commondesk.accounts.doors.backend import may_enter
from commondesk.accounts.models import Person, address_of
from commondesk.core.record.instant import MINUTE, SECOND
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.ledger.now import instant_now

LONGEST_PASSWORD = 1024
NO_ENTRY = gettext_lazy("This address and password do not belong together.")
TOO_OFTEN = gettext_lazy("That was tried too often. Wait five minutes, then try again.")
WRONG_CODE = gettext_lazy("This code is not right, or it was used already. Take the next one.")

# What happened, by the library's name for it: the letter about it, and the factor it was.
NOTICES = {
    "account/email/password_changed": ("password_changed", ""),
    "account/email/password_set": ("password_changed", ""),
    "account/email/password_reset": ("password_changed", ""),
    "mfa/email/totp_activated": ("factor_added", "totp"),
    "mfa/email/totp_deactivated": ("factor_removed", "totp"),
    "mfa/email/webauthn_added": ("factor_added", "webauthn"),
    "mfa/email/webauthn_removed": ("factor_removed", "webauthn"),
    "mfa/email/recovery_codes_generated": ("codes_made", ""),
}
SAYINGS = {
    "account/messages/password_changed.txt": (
        gettext_lazy("Your password is changed. You are signed out everywhere else.")
    ),
    "mfa/messages/totp_activated.txt": gettext_lazy(
        "From now on you are asked for a code from your app."
    ),
    "mfa/messages/totp_deactivated.txt": gettext_lazy(
        "The app is removed. No code is asked for any more."
    ),
    "mfa/messages/webauthn_added.txt": gettext_lazy("Your passkey is added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey is removed."),
}


class Doors(DefaultAccountAdapter):  # type: ignore[misc]
    """Signing in and all that belongs to it."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": NO_ENTRY,
        "too_many_login_attempts": TOO_OFTEN,
        "rate_limited": TOO_OFTEN,
        "incorrect_password": gettext_lazy("This is not your password."),
        "enter_current_password": gettext_lazy("This is not your password."),
        "incorrect_code": WRONG_CODE,
    }

    # ---- who comes in -----------------------------------------------------------------

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """People are invited; nobody signs up."""
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Person | None:
        """Somebody who may not enter gets the answer of a wrong password."""
        person = super().authenticate(request, **credentials)
        return person if may_enter(person) else None

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Counted by their own address, as signing in is."""
        found = self.authenticate(self.request, email=user.address, password=password)
        return found is not None and found.pk == user.pk

    def pre_login(self, request: HttpRequest, user: Any, **more: Any) -> HttpResponse | None:
        """The last look, whichever way they came."""
        if not may_enter(user):
            messages.error(request, gettext("You belong to no desk here any more."))
            return redirect("accounts:sign-in")
        return None

    def clean_password(self, password: str, user: Any = None) -> str:
        if len(password) > LONGEST_PASSWORD:
            raise self.validation_error("password_too_long")
        return str(super().clean_password(password, user))

    def get_reauthentication_methods(self, user: Any) -> list[dict[str, Any]]:
        """Who has a second factor shows it: a password alone removes none."""
        methods: list[dict[str, Any]] = super().get_reauthentication_methods(user)
        if user.is_authenticated and factor_adapter().is_mfa_enabled(user):
            return [each for each in methods if each["id"] != "reauthenticate"]
        return methods

    # ---- counting tries ---------------------------------------------------------------

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        # The library counts by host and address; another port in the Host header counted anew.
        return f"address:{address_of(str(credentials.get('email') or ''))}"

    def get_client_ip(self, request: HttpRequest) -> str:
        """Where nobody tells, as on a socket of this machine, all count as one."""
        try:
            return str(super().get_client_ip(request))
        except ImproperlyConfigured:  # fewer proxies told than there should be
            return str(request.META.get("REMOTE_ADDR"))
        except PermissionDenied:
            return "127.0.0.1"

    def is_ajax(self, request: HttpRequest) -> bool:
        """Pages are pages: no form tells a program what it tells no person."""
        return False

    # ---- links ------------------------------------------------------------------------

    def is_safe_url(self, url: str) -> bool:
        """Onward goes to paths of ours alone."""
        return url.startswith("/") and url_has_allowed_host_and_scheme(url, allowed_hosts=None)

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Where a new password is chosen: on our own site, whatever host the request named."""
        return reset_link(key)

    # ---- what is said -----------------------------------------------------------------

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The library sends no mail of its own; what it may tell goes out as a letter."""
        raise NotImplementedError(template_prefix)

    def send_password_reset_mail(self, user: Any, email: str, context: dict[str, Any]) -> None:
        """Only who has had a password forgets one; others are invited."""
        if user.has_usable_password() and may_enter(user):
            post_reset(user, context["password_reset_url"])

    def send_notification_mail(
        self,
        template_prefix: str,
        user: Any,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        template, factor = NOTICES.get(template_prefix, ("", ""))
        if not template or not user.address:
            return
        place = "accounts:forgot" if template == "password_changed" else "accounts:you"
        values = {"link": settings.ORIGIN + reverse(place)}
        if factor:
            values["factor"] = factor
        letters.post(
            address=user.address,
            template=template,
            values=values,
            language=user.language,
            at=instant_now(),
        )

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        if said := message or SAYINGS.get(message_template or ""):
            messages.add_message(request, level, str(said), extra_tags=extra_tags)


Doors.error_messages["password_too_long"] = gettext_lazy("A password has at most 1024 characters.")


def reset_link(key: str) -> str:
    """The whole address under which the holder of this key chooses a new password."""
    path = reverse("account_reset_password_from_key", kwargs={"uidb36": "U", "key": "K"})
    return settings.ORIGIN + path.replace("U-K", key)


def post_reset(person: Person, link: str) -> None:
    """Post the link with which somebody chooses a new password."""
    letters.post(
        address=person.address or "",
        template="password_forgotten",
        values={"link": link, "minutes": str(settings.PASSWORD_RESET_TIMEOUT * SECOND // MINUTE)},
        language=person.language,
        at=instant_now(),
    )


class Factors(DefaultMFAAdapter):  # type: ignore[misc]
    """Second factors: for our own site, with their secrets sealed."""

    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": WRONG_CODE}

    def encrypt(self, text: str) -> str:
        return sealing.sealed(text)

    def decrypt(self, encrypted_text: str) -> str:
        return sealing.unsealed(encrypted_text)

    def get_totp_issuer(self) -> str:
        return f"Commondesk ({urlsplit(settings.ORIGIN).hostname})"  # not for readers

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Passkeys are bound to our own host, not to the one that a request names."""
        return {"id": urlsplit(settings.ORIGIN).hostname or "", "name": "Commondesk"}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:
        return "Passkey"
