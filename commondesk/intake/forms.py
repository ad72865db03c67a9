"""What people fill in when they decide about a mail on hold."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from commondesk.accounts.models import Company
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.desk.forms import say_plainly

from .mail import addresses
from .mail.understood import Mailbox

SENDER, OTHER = "sender", "other"


class Plain(forms.Form):
    """A form that says in a few words what is missing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        options.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **options)
        for field in self.fields.values():
            say_plainly(field)

    def given(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "").strip()


class Whom(Plain):
    """For whom: the address that the mail tells, where it tells one, or somebody else."""

    whom = forms.ChoiceField(
        label=gettext_lazy("From whom"), widget=forms.RadioSelect, required=False
    )
    address = forms.CharField(
        label=gettext_lazy("Their mail address"), required=False, max_length=254
    )
    name = forms.CharField(
        label=gettext_lazy("Their name, if it is new here"), required=False, max_length=200
    )

    def __init__(self, *args: Any, sender: str = "", asks: bool = False, **options: Any) -> None:
        super().__init__(*args, **options)
        self.sender, self.asks = sender, asks
        said = gettext("%(sender)s, as the mail says") % {"sender": sender}
        as_read = [(SENDER, said)] if sender else []
        choices = self.fields["whom"]
        assert isinstance(choices, forms.ChoiceField)
        choices.choices = [*as_read, (OTHER, gettext("Somebody else"))]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.asks and not given.get("whom") and "whom" not in self.errors:
            self.add_error("whom", gettext("Choose one."))
        if given.get("whom") == OTHER and "address" not in self.errors:
            self._check_address(self.given("address"))
        return given

    def _check_address(self, written: str) -> None:
        try:
            addresses.checked(written)
        except addresses.Ambiguous:
            error = ValidationError(gettext("Give a mail address, such as rita@example.com."))
            self.add_error("address", error)

    @property
    def chosen(self) -> Mailbox | None:
        """Whom the person named; None where the mail is believed without a word."""
        choice = self.given("whom")
        if choice == OTHER:
            return Mailbox(self.given("address"), self.given("name"))
        return Mailbox(self.sender) if choice == SENDER and self.asks else None


class Open(Whom):
    """Open a ticket with it."""


class Add(Whom):
    """Make it a message of a ticket."""

    ticket = forms.CharField(label=gettext_lazy("Ticket"), max_length=20)
    copy = forms.BooleanField(
        label=gettext_lazy("Put this person on copy from now on"), required=False
    )
    field_order = ("ticket", "whom", "address", "name", "copy")

    def __init__(self, *args: Any, prefix_of: str, **options: Any) -> None:
        super().__init__(*args, **options)
        self.prefix_of = prefix_of
        self.fields["ticket"].widget.attrs["placeholder"] = f"{prefix_of}-1042"

    def clean_ticket(self) -> int:
        written = str(self.cleaned_data["ticket"]).strip().upper()
        found = re.fullmatch(rf"(?:{re.escape(self.prefix_of)}-|#)?([1-9][0-9]{{0,8}})", written)
        if found is None:
            said = gettext("Give a ticket of yours, such as %(ticket)s.")
            raise ValidationError(said % {"ticket": f"{self.prefix_of}-1042"})
        return int(found[1])


class Discard(Plain):
    """Put it aside."""

    block = forms.BooleanField(label=gettext_lazy("And block this sender"), required=False)


ALWAYS = {
    "": gettext_lazy("This mail alone"),
    "domain": gettext_lazy("All mail from this domain"),
    "address": gettext_lazy("All mail to this address"),
}


class Give(Plain):
    """Say which company a mail is for."""

    company = forms.ChoiceField(label=gettext_lazy("Company"))
    always = forms.ChoiceField(
        label=gettext_lazy("And from now on"),
        required=False,
        widget=forms.RadioSelect,
        choices=list(ALWAYS.items()),
        initial="",
    )

    def __init__(self, *args: Any, companies: list[Company], **options: Any) -> None:
        super().__init__(*args, **options)
        chosen = self.fields["company"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [
            ("", gettext("Choose")),
            *((each.prefix, f"{each.title} ({each.prefix})") for each in companies),
        ]
