"""What people fill in to set up a company."""

from __future__ import annotations

from typing import Any

from django import forms

from commondesk.accounts import setup
from commondesk.core.texts import gettext, gettext_lazy


class PlainForm(forms.Form):
    """A form that says in a few words what is missing."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = gettext("Fill this in.")


class SetUp(PlainForm):
    """The five fields that make a company."""

    company = forms.CharField(
        label=gettext_lazy("Your company"),
        max_length=200,
        help_text=gettext_lazy(
            "As your people say it. Ticket numbers begin with its first letters."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "organization", "autofocus": True}),
    )
    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=200,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    address = forms.EmailField(
        label=gettext_lazy("Your mail address"),
        max_length=254,
        help_text=gettext_lazy("You sign in with it."),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )
    password = forms.CharField(
        label=gettext_lazy("A password"),
        max_length=1024,
        strip=False,
        help_text=gettext_lazy(
            "At least 12 characters. A short sentence is good and easy to keep."
        ),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}, render_value=False),
    )
    zone = forms.ChoiceField(
        label=gettext_lazy("Where you are"),
        choices=setup.places,
        initial="UTC",
        help_text=gettext_lazy("Your working hours and all times shown follow this place."),
        widget=forms.Select(attrs={"data-zone": True}),
    )

    def blame(self, problems: dict[str, str]) -> None:
        """Put each problem at its field."""
        for name, sentence in problems.items():
            field = FIELD_OF.get(name)
            self.add_error(field if field in self.fields else None, sentence)


FIELD_OF = {
    "title": "company",
    "person_title": "name",
    "address": "address",
    "password": "password",
    "zone": "zone",
}
