"""What people fill in to enter a site or an item."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from commondesk.core.record.arrangement import CatalogueKind
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.governance.entering import LONGEST_KEY, LONGEST_TITLE, UnfitEntry

LEVELS = [("0", "not said yet"), *((str(level), word) for level, word in CRITICALITY_WORDS.items())]
SHOWN_KEY = {CatalogueKind.SITE: "plant-2", CatalogueKind.ITEM: "PRESS-4"}


class EntryForm(forms.Form):
    """A site or item. Without key where it is there already: that never changes."""

    key = forms.CharField(
        label="Key",
        max_length=LONGEST_KEY,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autofocus": True}),
    )
    title = forms.CharField(
        label="Name",
        max_length=LONGEST_TITLE,
        help_text="What people know it by.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    criticality = forms.ChoiceField(
        label="How critical it is",
        choices=LEVELS,
        required=False,
        help_text="What is said of service, site and item counts together: the worst of them.",
    )
    site = forms.ChoiceField(label="Where it is", required=False)
    service = forms.ChoiceField(label="Service it belongs to", required=False)

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
            field.error_messages["required"] = "Fill this in."
            field.error_messages["invalid_choice"] = "Choose one from the list."
        if is_new:
            self.fields[
                "key"
            ].help_text = f"What tickets call it, such as {SHOWN_KEY[kind]}. It never changes."
        else:
            del self.fields["key"]
        if kind is CatalogueKind.SITE:
            del self.fields["site"], self.fields["service"]
            return
        self._offer("site", sites, "no site")
        self._offer("service", services, "no service")

    def _offer(self, name: str, known: Mapping[str, str], none: str) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        # What was retired meanwhile stays until somebody chooses another one.
        kept = self.initial.get(name) or ""
        gone = {kept: f"{kept} (retired)"} if kept and kept not in known else {}
        field.choices = [("", none), *gone.items(), *known.items()]

    def blame(self, unfit: UnfitEntry) -> None:
        """Put a sentence at its field."""
        self.add_error(unfit.field if unfit.field in self.fields else None, str(unfit))
