"""What people fill in at the doors: the library's forms, in our words and with our fields."""

from __future__ import annotations

import re
from typing import Any

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.mfa.base import forms as factor_forms
from allauth.mfa.totp import forms as app_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.core.cache import cache

from commondesk.accounts.doors.adapter import LONGEST_PASSWORD
from commondesk.accounts.doors.backend import may_enter
from commondesk.accounts.models import Person
from commondesk.core.texts import gettext, gettext_lazy

NO_CODE = "-"
"""What no app and no list of recovery codes ever says."""
REPEAT_SECONDS = 120
"""Longer than any one code is taken for, a step before and after included."""
PASSWORD_HELP = gettext_lazy("At least 12 characters. A short sentence is good and easy to keep.")
MISSING = gettext_lazy("Fill this in.")
NO_PASSKEY = gettext_lazy("That was no passkey of yours. Try again.")
_NONSENSE = (TypeError, ValueError, KeyError, AttributeError, IndexError)
"""What the library trips over when it reads what no browser would send."""


def password_field(label: str, purpose: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        help_text=help_text,
        widget=forms.PasswordInput(attrs={"autocomplete": purpose}, render_value=False),
    )


def in_plain_words(form: forms.Form) -> None:
    for field in form.fields.values():
        field.error_messages["required"] = MISSING


class SignIn(account_forms.LoginForm):  # type: ignore[misc]
    """Address and password."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["login"] = forms.CharField(
            label=gettext("Your mail address"),
            max_length=254,
            widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
        )
        self.fields["password"] = password_field("Password", "current-password")
        in_plain_words(self)

    def add_prefix(self, field_name: str) -> str:
        """The page calls it an address, as everywhere here."""
        return "address" if field_name == "login" else field_name

    def clean_login(self) -> str:
        return str(self.cleaned_data["login"]).strip().lower()


class Forgot(account_forms.ResetPasswordForm):  # type: ignore[misc]
    """Whose password was forgotten."""

    email = forms.EmailField(
        label=gettext_lazy("Your mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        in_plain_words(self)

    def add_prefix(self, field_name: str) -> str:
        return "address"


class _NewPassword(forms.Form):
    """A new password, typed once: it can be shown while it is typed, and be reset again."""

    user: Person

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["password2"]
        self.fields["password1"] = password_field(
            gettext("A new password"), "new-password", PASSWORD_HELP
        )
        in_plain_words(self)

    def clean_password1(self) -> str:
        return str(get_adapter().clean_password(self.cleaned_data["password1"], user=self.user))

    def add_prefix(self, field_name: str) -> str:
        return "password" if field_name == "password1" else field_name


class Reset(_NewPassword, account_forms.ResetPasswordKeyForm):  # type: ignore[misc]
    """A new password instead of one that was forgotten."""


class ChangePassword(_NewPassword, account_forms.ChangePasswordForm):  # type: ignore[misc]
    """A new password instead of one that is known."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["oldpassword"] = password_field(
            gettext("Your password now"), "current-password"
        )
        in_plain_words(self)
        self.order_fields(["oldpassword", "password1"])


class ResetKey(account_forms.UserTokenForm):  # type: ignore[misc]
    """Whether a link from a letter still opens something: once, in time, for who may enter."""

    def _get_user(self, uidb36: str) -> Person | None:
        person = super()._get_user(uidb36)
        return person if may_enter(person) else None


class Again(account_forms.ReauthenticateForm):  # type: ignore[misc]
    """The password once more, before something that matters."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["password"] = password_field(gettext("Your password"), "current-password")
        in_plain_words(self)


class _Code(forms.Form):
    """A code from an app, each taken once, or a recovery code."""

    user: Person

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["code"] = forms.CharField(
            label=gettext("Code"),
            max_length=20,
            widget=forms.TextInput(
                attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}
            ),
        )
        in_plain_words(self)

    def clean_code(self) -> str:
        code = "".join(re.findall("[0-9]", str(self.cleaned_data["code"]))) or NO_CODE
        used = f"doors:code:{self.user.pk}:{code}"
        # The library remembers a code for one step; with a step of tolerance it is good for three.
        self.cleaned_data["code"] = NO_CODE if cache.get(used) else code
        super().clean_code()  # type: ignore[misc]
        cache.set(used, True, REPEAT_SECONDS)
        return code


class Code(_Code, factor_forms.AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgain(_Code, factor_forms.ReauthenticateForm):  # type: ignore[misc]
    """A code once more, before something that matters."""


class AddApp(_Code, app_forms.ActivateTOTPForm):  # type: ignore[misc]
    """The first code of an app that was just set up."""


class _Passkey(forms.Form):
    """Something that a browser's passkeys answered, which need not be a browser."""

    def clean(self) -> Any:
        try:
            return super().clean()
        except _NONSENSE:
            raise forms.ValidationError(NO_PASSKEY) from None

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except _NONSENSE:
            raise forms.ValidationError(NO_PASSKEY) from None


class Passkey(_Passkey, passkey_forms.AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in, by passkey."""


class PasskeyAlone(_Passkey, passkey_forms.LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in by passkey and nothing else."""


class PasskeyAgain(_Passkey, passkey_forms.ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey once more, before something that matters."""


class AddPasskey(passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    """A passkey that the browser has just made, under a name of one's own."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["passwordless"]
        self.fields["name"] = forms.CharField(
            label=gettext("A name for it"),
            max_length=60,
            required=False,
            help_text=gettext("Such as the device it is on: Work laptop."),
        )

    def clean(self) -> Any:
        try:
            return super().clean()
        except _NONSENSE:
            raise forms.ValidationError(NO_PASSKEY) from None
