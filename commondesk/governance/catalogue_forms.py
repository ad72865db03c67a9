"""What people fill in to enter a site or an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.texts import gettext, gettext_lazy, pgettext
from commondesk.governance.entering import LONGEST_KEY, LONGEST_TITLE, UnfitEntry

SHOWN_KEY = {CatalogueKind.SITE: "plant-2", CatalogueKind.ITEM: "PRESS-4"}


def _levels() -> list[tuple[str, str]]:
    levels = ((str(level), gettext(word)) for level, word in CRITICALITY_WORDS.items())
    return [("0", pgettext("how critical", "not said yet")), *levels]


class EntryForm(forms.Form):
    """A site or item. Without key where it is there already: that never changes."""

    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=LONGEST_KEY,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    title = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=LONGEST_TITLE,
        help_text=gettext_lazy("What people know it by."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    criticality = forms.ChoiceField(
        label=gettext_lazy("How critical it is"),
        choices=_levels,
        required=False,
        help_text=gettext_lazy(
            "What is said of service, site and item counts together: the worst of them."
        ),
    )
    site = forms.ChoiceField(label=gettext_lazy("Where it is"), required=False)
    service = forms.ChoiceField(label=gettext_lazy("Service it belongs to"), required=False)

    def __init__(
        self,
        *args: Any,
        kind: CatalogueKind,
        is_new: bool,
        sites: Mapping[str, str],
        services: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        for field in self.fields.values():
            field.error_messages["required"] = gettext("Fill this in.")
            field.error_messages["invalid_choice"] = gettext("Choose one from the list.")
        if is_new:
            self.fields["key"].help_text = gettext(
                "What tickets call it, such as %(key)s. It never changes."
            ) % {"key": SHOWN_KEY[kind]}
        else:
            del self.fields["key"]
        if kind is CatalogueKind.SITE:
            del self.fields["site"], self.fields["service"]
            return
        self._offer("site", sites, gettext("no site"))
        self._offer("service", services, gettext("no service"))

    def _offer(self, name: str, known: Mapping[str, str], none: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        # What was retired meanwhile stays until somebody chooses another one.
        kept = self.initial.get(name) or ""
        gone = (
            {kept: gettext("%(key)s (retired)") % {"key": kept}}
            if kept and kept not in known
            else {}
        )
        field.choices = [("", none), *gone.items(), *known.items()]

    def blame(self, unfit: UnfitEntry) -> None:
        """Put a sentence at its field."""
        self.add_error(unfit.field if unfit.field in self.fields else None, str(unfit))
