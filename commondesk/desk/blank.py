"""The forms of a ticket's page as they are before anybody fills them in: drawn once, and kept.

A page has some fifteen of them, and hardly one is ever filled in. Those that look the same on every
ticket are drawn once; after a refused step the one that was filled in is drawn by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from commondesk.core import texts
from commondesk.desk import forms
from commondesk.desk.steps import STEPS
from commondesk.desk.ticket_queries import TicketPage

Known = tuple[tuple[str, object], ...]
Choices = tuple[tuple[str, str], ...]


def fields(case: TicketPage, verb: str) -> SafeString:
    """The fields of a step that nobody has filled in yet, with what is known of the ticket."""
    is_giving = forms.gives(STEPS[verb].form)
    return _drawn(texts.language(), verb, case.givable if is_giving else (), _known(case, verb))


def _known(case: TicketPage, verb: str) -> Known:
    if verb == "prioritise":
        return ("spread", 4), ("urgency", case.row.urgency or 2)
    return ()


@lru_cache(maxsize=512)
def _drawn(_language: str, verb: str, givable: Choices, known: Known) -> SafeString:
    form = STEPS[verb].form(zone=ZoneInfo("UTC"), givable=list(givable), initial=dict(known))
    # Drawn by a template of ours that escapes everything itself.
    return mark_safe(render_to_string("desk/step_fields.html", {"form": form}))  # noqa: S308


@dataclass(frozen=True, slots=True)
class Composed:
    """What stands in the composer: nothing yet, or what was written and what is wrong with it."""

    to: str = forms.Write.OWN
    written_for: str = forms.Write.OWN
    text: str = ""
    is_to_requester_only: bool = False
    is_widening: bool = False
    is_sent_again: bool = False
    wrong_text: Sequence[str] = ()
    wrong_files: Sequence[str] = ()
    wrong_whom: Sequence[str] = ()


def composed(form: forms.StepForm | None, *, is_widening: bool) -> Composed:
    """The composer after a step; as it was filled in, if that was what was refused."""
    if not isinstance(form, forms.Write):
        return Composed()
    # Whether a text goes to everyone is asked before anything else is judged.
    wrongs = {} if is_widening else form.errors.get_json_data()
    return Composed(
        to=form.audience,
        written_for="everyone" if is_widening else form.text_of("written_for") or forms.Write.OWN,
        text=form.text_of("text"),
        is_to_requester_only=form.text_of("whom") == forms.Write.REQUESTER,
        is_widening=is_widening,
        is_sent_again=True,
        wrong_text=[each["message"] for each in wrongs.get("text", ())],
        wrong_files=[each["message"] for each in wrongs.get("attachments", ())],
        wrong_whom=[each["message"] for each in wrongs.get("whom", ())],
    )


def written(form: forms.Write, text: str) -> Composed:
    """The composer with other words in it than were sent, and nothing judged yet."""
    return Composed(
        to=form.audience,
        written_for=form.text_of("written_for") or forms.Write.OWN,
        text=text,
        is_to_requester_only=form.text_of("whom") == forms.Write.REQUESTER,
        is_sent_again=bool(form.files),
    )
