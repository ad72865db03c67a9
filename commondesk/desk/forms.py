"""What people fill in on a ticket: one form a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile

from commondesk.core.record.events import Channel, Kind, Opening, Priority, Relation, WaitReason
from commondesk.core.record.instant import MINUTE, Instant, datetime_of, instant_of
from commondesk.core.record.priority import SPREAD_WORDS, URGENCY_WORDS
from commondesk.core.texts import gettext, gettext_lazy
from commondesk.desk import uploads
from commondesk.desk.about import Catalogue

LONGEST = 200_000
SHORT = 500
Choices = list[tuple[str, str]]


class InstantField(forms.Field):
    """A date and time as somebody at the company's place writes it, as an instant."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"})

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.zone = ZoneInfo("UTC")

    def to_python(self, value: object) -> Instant | None:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            raise ValidationError(
                gettext("Write a date and a time, such as 2025-03-14 09:00.")
            ) from None
        if not 1900 < moment.year < 2300:
            raise ValidationError(gettext("This date is too far away."))
        return instant_of(moment if moment.tzinfo else moment.replace(tzinfo=self.zone))

    def prepare_value(self, value: object) -> object:
        if isinstance(value, int):
            return datetime_of(value).astimezone(self.zone).strftime("%Y-%m-%dT%H:%M")
        return value


class StepForm(forms.Form):
    """A step on a ticket, with the position of the page on which it was filled in."""

    position = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=0)

    def __init__(
        self,
        *args: Any,
        zone: ZoneInfo,
        givable: Choices,
        passed_over: Sequence[str] = (),
        **options: Any,
    ) -> None:
        options.setdefault("auto_id", f"{type(self).__name__.lower()}_%s")
        super().__init__(*args, **options)
        self.zone = zone
        self.passed_over = tuple(passed_over) if uploads.FIELD in self.fields else ()
        for field in self.fields.values():
            say_plainly(field)
            if isinstance(field, InstantField):
                field.zone = zone
            if isinstance(field, GivableField):
                field.choices = [("", gettext("Choose")), *field.fitting(givable)]

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        for name in self.passed_over:
            self.add_error(uploads.FIELD, uploads.too_large(name))
        return found

    @property
    def attached(self) -> list[UploadedFile[Any]]:
        """The files that were sent along."""
        return list(self.cleaned_data.get(uploads.FIELD) or [])

    def require_words_or_files(self) -> None:
        """Something must be said, or shown; a file that was refused is told by itself."""
        is_empty = not self.given("text").strip() and not self.attached
        if is_empty and uploads.FIELD not in self.errors:
            self.add_error("text", gettext("Write something first."))

    def instant(self, name: str) -> Instant | None:
        value = self.cleaned_data.get(name)
        return value if isinstance(value, int) else None

    def given(self, name: str) -> str:
        return str(self.cleaned_data.get(name) or "")


def say_plainly(field: forms.Field) -> None:
    """What is missing, in a few words, unless the field says it better."""
    if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        is_choice = isinstance(field, forms.ChoiceField)
        field.error_messages["required"] = (
            gettext("Choose one.") if is_choice else gettext("Fill this in.")
        )


class GivableField(forms.ChoiceField):
    """A team or a person that a ticket can be given to: `team:L2`, `person:<uuid>`."""

    def __init__(self, *, only: str = "", **options: Any) -> None:
        super().__init__(choices=[], **options)
        self.only = only

    def fitting(self, givable: Choices) -> Choices:
        return [each for each in givable if each[0].startswith(self.only)]


def gives(form: type[StepForm]) -> bool:
    """Whether the form names a team or a person that a ticket can be given to."""
    return any(isinstance(each, GivableField) for each in form.base_fields.values())


def words(label: str, *, rows: int = 2, required: bool = False, hint: str = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=LONGEST,
        help_text=hint,
        widget=forms.Textarea(attrs={"rows": rows}),
    )


class Plain(StepForm):
    """A step that needs nothing but the wish."""


class Write(StepForm):
    """The composer: a note or a public reply."""

    OWN, BOTH, EVERYONE = "own", "both", "everyone"
    to = forms.ChoiceField(
        choices=[
            (OWN, gettext_lazy("Own team")),
            (BOTH, gettext_lazy("Both teams")),
            (EVERYONE, gettext_lazy("Everyone")),
        ],
        initial=OWN,
    )
    written_for = forms.ChoiceField(
        choices=[(OWN, ""), (BOTH, ""), (EVERYONE, "")],
        initial=OWN,
        widget=forms.HiddenInput,
        required=False,
    )
    text = forms.CharField(
        label=gettext_lazy("Message"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    ALL, REQUESTER = "all", "requester"
    whom = forms.ChoiceField(choices=[(ALL, ""), (REQUESTER, "")], initial=ALL, required=False)
    attachments = uploads.FilesField()
    then = forms.ChoiceField(
        choices=[("send", ""), ("ask", ""), ("resolve", "")], initial="send", required=False
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        self.require_words_or_files()
        is_note = found.get("to") != self.EVERYONE
        if is_note and self.attached:
            self.add_error(
                uploads.FIELD,
                gettext("A note carries no files. Send them with a reply to everyone."),
            )
        return found

    @property
    def is_widening(self) -> bool:
        """True while a text that was written as a note is about to go to everyone."""
        to, written_for = self.text_of("to"), self.text_of("written_for") or self.OWN
        return to == self.EVERYONE and written_for != self.EVERYONE

    @property
    def audience(self) -> str:
        return self.text_of("to") or self.OWN

    def text_of(self, name: str) -> str:
        return str(self.data.get(self.add_prefix(name), "")) if self.is_bound else ""


class HandOver(StepForm):
    to = GivableField(label=gettext_lazy("To"))
    reason = words(gettext_lazy("What they should know"), hint=gettext_lazy("Both teams read it."))


class Route(StepForm):
    to = GivableField(label=gettext_lazy("To"))


class Decline(StepForm):
    reason = words(gettext_lazy("Why not"), required=True, hint=gettext_lazy("Both teams read it."))


class CallOn(StepForm):
    to = GivableField(label=gettext_lazy("Whom"), only="person:")
    reason = words(gettext_lazy("Why"), required=True)


class Escalate(StepForm):
    to = GivableField(label=gettext_lazy("Team of a higher tier"), only="team:")
    reason = words(
        gettext_lazy("What skill is missing"),
        required=True,
        hint=gettext_lazy("Both teams read it."),
    )


class PassOn(HandOver):
    reason = words(
        gettext_lazy("Why it goes on"), required=True, hint=gettext_lazy("Both teams read it.")
    )


class WaitFor(StepForm):
    on = forms.ChoiceField(
        label=gettext_lazy("Wait for"),
        choices=[
            (WaitReason.REQUESTER.value, gettext_lazy("the requester’s answer")),
            (WaitReason.APPROVAL.value, gettext_lazy("an approval")),
            (WaitReason.SCHEDULED.value, gettext_lazy("a date")),
            (WaitReason.OTHER.value, gettext_lazy("something else")),
        ],
    )
    until = InstantField(
        label=gettext_lazy("Until"), required=False, help_text=gettext_lazy("Needed for a date.")
    )
    is_requesters_date = forms.BooleanField(
        label=gettext_lazy("The requester’s side asked for this date"), required=False
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if found.get("on") == WaitReason.SCHEDULED.value and not found.get("until"):
            self.add_error("until", gettext("Say until when it waits."))
        return found


class Vendor(StepForm):
    vendor = forms.CharField(label=gettext_lazy("Vendor"), max_length=200)
    reference = forms.CharField(label=gettext_lazy("Their number"), max_length=200, required=False)
    due = InstantField(label=gettext_lazy("Promised for"), required=False)
    contact = forms.EmailField(
        label=gettext_lazy("Their mail address"),
        max_length=254,
        required=False,
        help_text=gettext_lazy(
            "To write to them from here. They see what you write to them, nothing else."
        ),
        error_messages={
            "invalid": gettext_lazy("Give a mail address, such as help@vendor.example.")
        },
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    contact_name = forms.CharField(
        label=gettext_lazy("Who reads it there"), max_length=200, required=False
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if found.get("contact_name") and not found.get("contact") and "contact" not in self.errors:
            self.add_error("contact", gettext("Give the address of this person too."))
        return found


class ChangeVendor(StepForm):
    leg = forms.CharField(widget=forms.HiddenInput, max_length=64)
    reference = forms.CharField(label=gettext_lazy("Their number"), max_length=200, required=False)
    due = InstantField(label=gettext_lazy("Promised for"), required=False)


class WriteToVendor(StepForm):
    leg = forms.CharField(widget=forms.HiddenInput, max_length=64)
    quote = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)
    text = words(
        gettext_lazy("To the vendor"),
        rows=4,
        hint=gettext_lazy(
            "They get these words alone. Name nobody and nothing that they need not know."
        ),
    )
    attachments = uploads.FilesField()

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        self.require_words_or_files()
        return found


class EndWait(StepForm):
    wait = forms.CharField(widget=forms.HiddenInput, max_length=64)


class EndVendor(StepForm):
    leg = forms.CharField(widget=forms.HiddenInput, max_length=64)


class Restore(StepForm):
    is_workaround = forms.BooleanField(
        label=gettext_lazy("By a workaround; the cause is still there"), required=False
    )


class Resolve(StepForm):
    text = words(
        gettext_lazy("Tell the requester"),
        rows=3,
        hint=gettext_lazy("It is sent. Left empty, nothing is sent."),
    )
    attachments = uploads.FilesField()

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if self.attached and not str(found.get("text") or "").strip():
            self.add_error("text", gettext("Write a line that goes with the files."))
        return found


class Number(StepForm):
    """A step that names another ticket of the same company."""

    number = forms.CharField(label=gettext_lazy("Ticket number"), max_length=30)


class Merge(Number):
    pass


class LinkTo(Number):
    relation = forms.ChoiceField(
        label=gettext_lazy("It is"),
        choices=[
            (Relation.RELATED.value, gettext_lazy("related to it")),
            (Relation.DUPLICATE.value, gettext_lazy("a duplicate of it")),
            (Relation.SAME_MATTER.value, gettext_lazy("the same matter come back")),
        ],
    )


class Unlink(StepForm):
    other = forms.UUIDField(widget=forms.HiddenInput)
    relation = forms.ChoiceField(
        widget=forms.HiddenInput, choices=[(each.value, each.value) for each in Relation]
    )


class Split(StepForm):
    message = forms.CharField(widget=forms.HiddenInput, max_length=64)


class UndoMerge(StepForm):
    other = forms.UUIDField(widget=forms.HiddenInput)


class LogTime(StepForm):
    minutes = forms.IntegerField(label=gettext_lazy("Minutes"), min_value=1, max_value=24 * 60)
    note = forms.CharField(label=gettext_lazy("For what"), max_length=SHORT, required=False)

    @property
    def span(self) -> int:
        return int(self.cleaned_data["minutes"]) * MINUTE


KINDS = [
    (Kind.INCIDENT.value, gettext_lazy("an incident")),
    (Kind.REQUEST.value, gettext_lazy("a request")),
    (Kind.QUESTION.value, gettext_lazy("a question")),
    (Kind.ALERT.value, gettext_lazy("an alert")),
]


class AboutForm(StepForm):
    """What a ticket is about: chosen from the catalogue, or in words where that has nothing."""

    service = forms.CharField(label=gettext_lazy("Service"), max_length=200, required=False)
    item = forms.CharField(label=gettext_lazy("Item"), max_length=200, required=False)
    site = forms.CharField(label=gettext_lazy("Site"), max_length=200, required=False)

    def __init__(self, *args: Any, catalogue: Catalogue | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.catalogue = catalogue or Catalogue()
        for name in ABOUT:
            if known := self.catalogue.choices(name):
                held = str(self.initial.get(name) or "")
                beside = [(held, held)] if held and held not in dict(known) else []
                choices = [("", gettext("not said")), *known, *beside]
                self.fields[name].widget = forms.Select(choices=choices)

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        for name in ABOUT:
            known = dict(self.catalogue.choices(name))
            held = self.initial.get(name)
            if known and found.get(name) and found[name] not in (*known, held):
                self.add_error(name, gettext("Choose one of the list."))
        return found


ABOUT = ("service", "item", "site")


def about_of(form: StepForm) -> tuple[str, str, str]:
    """Service, item and site that were chosen; an item brings those that it belongs to."""
    assert isinstance(form, AboutForm)
    item = form.given("item").strip()
    service, site = form.catalogue.around(
        item, form.given("service").strip(), form.given("site").strip()
    )
    return service, item, site


class Classify(AboutForm):
    field_order = ("position", "kind", "service", "item", "site", "category")
    kind = forms.ChoiceField(label=gettext_lazy("It is"), choices=KINDS)
    category = forms.CharField(label=gettext_lazy("Category"), max_length=200, required=False)


class Prioritise(StepForm):
    spread = forms.TypedChoiceField(
        label=gettext_lazy("Who is affected"),
        choices=[(n, gettext_lazy(text)) for n, text in SPREAD_WORDS.items()],
        coerce=int,
    )
    urgency = forms.TypedChoiceField(
        label=gettext_lazy("What they can still do"),
        choices=[(n, gettext_lazy(text)) for n, text in URGENCY_WORDS.items()],
        coerce=int,
    )
    override = forms.ChoiceField(
        label=gettext_lazy("Priority"),
        choices=[
            ("", gettext_lazy("what the matrix gives")),
            *((each.value, each.value) for each in Priority),
        ],
        required=False,
    )
    reason = forms.CharField(
        label=gettext_lazy("Why another priority"),
        max_length=SHORT,
        required=False,
        help_text=gettext_lazy("Needed only against the matrix."),
    )

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        if found.get("override") and not found.get("reason"):
            self.add_error("reason", gettext("Say why the matrix does not fit here."))
        return found


class Answer(StepForm):
    """What a requester writes on their own ticket."""

    text = forms.CharField(
        label=gettext_lazy("Write to the desk"),
        max_length=LONGEST,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    attachments = uploads.FilesField()

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        self.require_words_or_files()
        return found


class AddCopy(StepForm):
    address = forms.EmailField(
        label=gettext_lazy("Their mail address"),
        max_length=254,
        help_text=gettext_lazy("They get everything that is written to everyone from now on."),
        error_messages={"invalid": gettext_lazy("Give a mail address, such as carla@example.com.")},
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(label=gettext_lazy("Their name"), max_length=200, required=False)


class RemoveCopy(StepForm):
    person = forms.UUIDField(widget=forms.HiddenInput)


class Rate(StepForm):
    score = forms.TypedChoiceField(
        choices=[(5, gettext_lazy("Good")), (3, gettext_lazy("So-so")), (1, gettext_lazy("Poor"))],
        coerce=int,
        widget=forms.HiddenInput,
    )


class Ask(StepForm):
    """A ticket that somebody opens for themselves."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What is it"),
        choices=[
            (Kind.INCIDENT.value, gettext_lazy("something does not work")),
            (Kind.REQUEST.value, gettext_lazy("I need something")),
            (Kind.QUESTION.value, gettext_lazy("I have a question")),
        ],
        widget=forms.RadioSelect,
        initial=Kind.INCIDENT.value,
    )
    subject = forms.CharField(
        label=gettext_lazy("In a few words"),
        max_length=SHORT,
        help_text=gettext_lazy("Such as: the label printer in hall 2 prints blank labels."),
    )
    text = words(
        gettext_lazy("What happened, and what do you need"),
        rows=5,
        required=True,
        hint=gettext_lazy("Since when, and where."),
    )
    attachments = uploads.FilesField()


class NewTicket(AboutForm):
    """A ticket opened for somebody: on the phone, at the desk, or once all was over."""

    requester_name = forms.CharField(
        label=gettext_lazy("Who asks"),
        max_length=200,
        help_text=gettext_lazy("Their name, as colleagues say it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    requester_address = forms.EmailField(
        label=gettext_lazy("Their mail address"),
        max_length=254,
        help_text=gettext_lazy("Replies go there. A known address finds the person."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How they reached you"),
        choices=[
            (Channel.PHONE.value, gettext_lazy("by phone")),
            (Channel.WALK_IN.value, gettext_lazy("in person")),
            (Channel.CHAT.value, gettext_lazy("by chat")),
            (Channel.MAIL.value, gettext_lazy("by mail elsewhere")),
            (Channel.PORTAL.value, gettext_lazy("through the portal")),
        ],
    )
    opening = forms.ChoiceField(
        label=gettext_lazy("When"),
        choices=[
            (Opening.LIVE.value, gettext_lazy("I am speaking with them now")),
            (Opening.NORMAL.value, gettext_lazy("They asked, and wait for an answer")),
            (
                Opening.AFTER_THE_FACT.value,
                gettext_lazy("It is all over; I write it down afterwards"),
            ),
        ],
        widget=forms.RadioSelect,
        initial=Opening.LIVE.value,
    )
    opened_at = InstantField(
        label=gettext_lazy("When they asked"),
        required=False,
        help_text=gettext_lazy("Left empty: now."),
    )
    resolved_at = InstantField(
        label=gettext_lazy("When it was solved"),
        required=False,
        help_text=gettext_lazy("Only if it is all over."),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("It is"),
        choices=[
            (Kind.INCIDENT.value, gettext_lazy("an incident: something does not work")),
            (Kind.REQUEST.value, gettext_lazy("a request: something is wanted")),
            (Kind.QUESTION.value, gettext_lazy("a question")),
            (Kind.ALERT.value, gettext_lazy("an alert")),
        ],
    )
    subject = forms.CharField(label=gettext_lazy("In a few words"), max_length=SHORT)
    text = words(gettext_lazy("What they said"), rows=5)
    attachments = uploads.FilesField()
    spread = forms.TypedChoiceField(
        label=gettext_lazy("Who is affected"),
        choices=[
            ("", gettext_lazy("not known yet")),
            *((str(n), gettext_lazy(text)) for n, text in SPREAD_WORDS.items()),
        ],
        coerce=int,
        empty_value="",
        required=False,
    )
    urgency = forms.TypedChoiceField(
        label=gettext_lazy("What they can still do"),
        choices=[
            ("", gettext_lazy("not known yet")),
            *((str(n), gettext_lazy(text)) for n, text in URGENCY_WORDS.items()),
        ],
        coerce=int,
        empty_value="",
        required=False,
    )

    take = forms.BooleanField(label=gettext_lazy("I take it myself"), required=False, initial=True)

    def clean(self) -> dict[str, Any]:
        found = super().clean()
        is_over = found.get("opening") == Opening.AFTER_THE_FACT.value
        opened_at, resolved_at = found.get("opened_at"), found.get("resolved_at")
        if is_over and not opened_at:
            self.add_error("opened_at", gettext("Say when they asked."))
        if is_over and not resolved_at:
            self.add_error("resolved_at", gettext("Say when it was solved."))
        if opened_at and resolved_at and resolved_at < opened_at:
            self.add_error("resolved_at", gettext("This lies before they asked."))
        if bool(found.get("spread")) != bool(found.get("urgency")):
            name = "urgency" if found.get("spread") else "spread"
            self.add_error(name, gettext("Give both, or neither."))
        return found
