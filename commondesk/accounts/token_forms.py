"""What people fill in to issue a token."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django import forms

from commondesk.accounts import tokens
from commondesk.accounts.forms import PlainForm
from commondesk.core.texts import gettext, gettext_lazy

DAYS = (
    (30, gettext_lazy("30 days")),
    (90, gettext_lazy("90 days")),
    (180, gettext_lazy("half a year")),
    (365, gettext_lazy("a year")),
)


class NewToken(PlainForm):
    """A token for one program. token is its id, so that sending twice makes one."""

    token = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    title = forms.CharField(
        label=gettext_lazy("What will use it"),
        help_text=gettext_lazy("Such as: nightly export to the finance system."),
        max_length=tokens.LONGEST_TITLE,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        help_text=gettext_lazy("Never more than you may do yourself at that moment."),
        choices=[(scope.value, words) for scope, words in tokens.SCOPE_WORDS.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    days = forms.TypedChoiceField(
        label=gettext_lazy("It ends after"), choices=DAYS, coerce=int, initial=90
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["scopes"].error_messages["required"] = gettext(
            "Choose at least one: without any it opens nothing."
        )
