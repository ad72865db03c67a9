"""Canned replies: texts that agents use again and again, on record like all that people write."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from uuid import UUID

from django.db import transaction

from commondesk.accounts.policy import Viewer
from commondesk.core.record.arrangement import CannedReplyWritten
from commondesk.core.record.event import COMPANY_STREAM, Event
from commondesk.desk.models import CannedReply
from commondesk.ledger import chain, store, tables, words
from commondesk.ledger.models import Entry, Words

KIND = "canned_reply"
PLACES = ("name", "number", "me")
"""What a text may leave open, as {{name}}: the requester, the ticket, whoever writes."""
_place = re.compile(r"\{\{\s*(\w+)\s*\}\}")


# ---- reading ------------------------------------------------------------------------------


def replies_for(company: UUID, viewer: Viewer) -> tuple[CannedReply, ...]:
    """The replies that the viewer may use, by name: the company's, and their own provider's."""
    return tuple(
        tables.read(
            CannedReply,
            "WHERE company = %s AND provider IN ('', %s) ORDER BY title, uuid",
            company,
            viewer.provider,
        )
    )


def titles_for(company: UUID, viewer: Viewer) -> tuple[str, ...]:
    """The names of those replies, without their texts."""
    found = tables.select(_TITLES, company, viewer.provider)
    return tuple(dict.fromkeys(title for (title,) in found))


_TITLES = (
    f"SELECT title FROM {CannedReply._meta.db_table}"  # noqa: S608
    " WHERE company = %s AND provider IN ('', %s) ORDER BY title"
)


def text_of(company: UUID, viewer: Viewer, title: str) -> str | None:
    """The text of the reply of that name: of two, the one of the own side."""
    named = [each for each in replies_for(company, viewer) if each.title == title.strip()]
    named.sort(key=lambda each: each.provider != viewer.provider)
    return named[0].text if named else None


def unknown_places(text: str) -> tuple[str, ...]:
    """What a text leaves open that nothing is known for."""
    return tuple(name for name in _place.findall(text) if name not in PLACES)


def filled(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known put into its places, plainly, once."""
    return _place.sub(lambda found: known.get(found[1], found[0]), text)


def is_unchanged(company: UUID, viewer: Viewer, text: str, known: Mapping[str, str]) -> bool:
    """Whether these words are a canned reply as it stands, filled for this ticket."""
    plain = _plain(text)
    return bool(plain) and any(
        plain == _plain(filled(each.text, known)) for each in replies_for(company, viewer)
    )


def _plain(text: str) -> str:
    """Words alone: how lines are broken and spaced makes nothing another text."""
    return " ".join(text.split()).casefold()


# ---- from the record ----------------------------------------------------------------------


def apply(company: UUID, event: Event) -> None:
    """Bring the row of the reply that this event writes up to date; others change nothing."""
    body = event.body
    if not isinstance(body, CannedReplyWritten):
        return
    text = words.texts([body.text.id], company=company).get(body.text.id) if body.text else None
    row = CannedReply.objects.filter(company=company, uuid=body.reply)
    # Erased words read as none: a reply without a text is gone.
    if not text or body.text is None:
        row.delete()
        return
    values = {"title": body.title, "text": text, "words": body.text.id}
    if not row.update(**values):
        CannedReply.objects.create(
            uuid=body.reply, company=company, provider=body.provider, **values
        )


@transaction.atomic
def rebuild(company: UUID) -> int:
    """Make the rows anew from the record; how many there are."""
    CannedReply.objects.filter(company=company).delete()
    for event in _written(company):
        apply(company, event)
    return CannedReply.objects.filter(company=company).count()


def forget(company: UUID, ids: Iterable[str]) -> None:
    """Wipe replies whose words were erased."""
    if Words.objects.filter(company=company, id__in=list(ids), kind=KIND).exists():
        rebuild(company)


def _written(company: UUID) -> Iterator[Event]:
    own = Entry.objects.filter(company=company, stream=COMPANY_STREAM, name=CannedReplyWritten.NAME)
    for row in own.order_by("position").values_list(*chain.FIELDS):
        yield store.event_of(row)
