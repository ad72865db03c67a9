"""What people fill in to connect a mailbox."""

from __future__ import annotations

from typing import Any

from django import forms

from commondesk.core.texts import gettext, gettext_lazy
from commondesk.intake.forms import Plain
from commondesk.intake.imap.reach import Nowhere, plain_host
from commondesk.intake.models import MailAccount

SECURITIES = (
    (str(MailAccount.Security.TLS), gettext_lazy("TLS from the start, mostly port 993")),
    (str(MailAccount.Security.STARTTLS), gettext_lazy("STARTTLS, mostly port 143")),
)
QUIET = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class BoxForm(Plain):
    """A mailbox on another server, as its provider describes it."""

    address = forms.EmailField(
        label=gettext_lazy("Mail address of the desk"),
        max_length=254,
        help_text=gettext_lazy("What people write to, such as support@your-company.example."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    host = forms.CharField(
        label=gettext_lazy("Mail server (IMAP)"),
        max_length=253,
        help_text=gettext_lazy("Your mail provider tells its name. It stands in its certificate."),
        widget=forms.TextInput(attrs={**QUIET, "inputmode": "url"}),
    )
    port = forms.IntegerField(
        label=gettext_lazy("Port"),
        min_value=1,
        max_value=65535,
        initial=993,
        widget=forms.TextInput(attrs={**QUIET, "inputmode": "numeric"}),
    )
    security = forms.ChoiceField(label=gettext_lazy("Encryption"), choices=SECURITIES)
    user = forms.CharField(
        label=gettext_lazy("Name to sign in with"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Empty: the mail address."),
        widget=forms.TextInput(attrs=QUIET),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=1024,
        strip=False,
        help_text=gettext_lazy("Kept encrypted, and never shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}, render_value=False),
    )

    def clean_host(self) -> str:
        try:
            return plain_host(self.given("host"))
        except Nowhere:
            raise forms.ValidationError(
                gettext("This is no name of a server, such as imap.example.com.")
            ) from None

    def clean_user(self) -> str:
        return self.given("user") or self.given("address")

    def clean_password(self) -> str:
        password = str(self.cleaned_data.get("password") or "")
        if any(each in password for each in "\r\n\0"):
            raise forms.ValidationError(gettext("A password is one line."))
        return password

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        # A name with a line break would end the command that signs in.
        if any(each in str(given.get("user", "")) for each in "\r\n\0"):
            self.add_error("user", gettext("A name is one line."))
        return given


class KeepForm(Plain):
    """What to fetch from a mailbox that was tried."""

    NEW, ALL = "new", "all"

    folder = forms.ChoiceField(label=gettext_lazy("Folder"), required=False)
    which = forms.ChoiceField(
        label=gettext_lazy("Which mail"), widget=forms.RadioSelect, initial=NEW
    )

    def __init__(self, *args: Any, folders: tuple[str, ...], mails: str, **options: Any) -> None:
        super().__init__(*args, **options)
        folder, which = self.fields["folder"], self.fields["which"]
        assert isinstance(folder, forms.ChoiceField) and isinstance(which, forms.ChoiceField)
        folder.choices = [(each, each) for each in folders]
        already = gettext("Also what lies in the folder already (in the inbox: %(mails)s)")
        which.choices = [
            (self.NEW, gettext("Only what comes from now on")),
            (self.ALL, already % {"mails": mails}),
        ]

    @property
    def is_only_new(self) -> bool:
        return self.given("which") != self.ALL
