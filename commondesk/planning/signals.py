"""The signals of a diagnosis, measured instead of asked: from the company's own record, and from
exports of another desk that were reviewed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Max

from commondesk.core import texts
from commondesk.core.planner.diagnosis import answers
from commondesk.core.planner.diagnosis.answers import Question as Asked
from commondesk.core.planner.diagnosis.measured import (
    Handled,
    Signal,
    Touch,
    of_plain,
    signals,
    signals_of,
)
from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import STREAMS_OF_THE_COMPANY
from commondesk.core.record.events import Kind
from commondesk.core.record.instant import DAY, Instant, Span, datetime_of
from commondesk.core.texts import gettext
from commondesk.desk import handed_exports as handed
from commondesk.desk.models import TicketRow
from commondesk.ledger import store
from commondesk.ledger.models import Entry
from commondesk.planning import document as documents
from commondesk.planning.document import Document

LOOK_BACK: Span = 371 * DAY
"""A year and a week: what lies farther back tells of another desk."""
TOUCHES_BACK: Span = 28 * DAY
"""How a day is broken up shows in four weeks."""
FROM_TOUCHES = "team_overloaded"
"""The signal that rests on touches alone."""
MOST_TICKETS = 20_000
"""Of more, the newest."""
MOST_TOUCHES = 100_000
MOST_EXPORTS = 3
"""Of more, the latest."""


def measured(company: UUID, at: Instant) -> tuple[Signal, ...]:
    """What the tickets of the last year say."""
    return signals(_handled(company, at), _touches(company, at))


@dataclass(frozen=True, slots=True)
class Beside:
    """What was measured of a question, beside what was answered to it.

    key tells it from what another source shows of the same question. since is the day on which its
    time begins. may_take: it suggests an answer, another one than was given.
    """

    key: str
    signal: Signal
    question: Asked
    since: date
    until: date
    typed: Json
    may_take: bool

    @property
    def is_same(self) -> bool:
        """Whether the answer that was given is the one that the record suggests."""
        return self.signal.suggests is not None and not self.may_take


@dataclass(frozen=True, slots=True)
class Shown:
    """What one source shows of a diagnosis: the company's own tickets, or an export by its name."""

    name: str
    rows: tuple[Beside, ...]
    is_record: bool = True

    @property
    def may_be_taken(self) -> bool:
        """Whether any of it is offered as an answer."""
        return any(each.may_take for each in self.rows)


def beside(
    company: UUID, zone: ZoneInfo, at: Instant, document: Document, *, with_exports: bool = True
) -> tuple[Shown, ...]:
    """Each signal that was measured, beside what a case says: of the record first, then of each
    reviewed export, the latest first. Sources that show nothing are left out."""
    found = [_of_record(company, zone, at, document)]
    if with_exports:
        found += [_of_export(each, document) for each in handed.reviewed(company)[:MOST_EXPORTS]]
    return tuple(each for each in found if each.rows)


def _of_record(company: UUID, zone: ZoneInfo, at: Instant, document: Document) -> Shown:
    newest = Entry.objects.filter(company=company).aggregate(Max("sequence"))["sequence__max"]
    found = _at(company, newest or 0, at // DAY, texts.language())
    first = _first_opened(company, at) if found else at
    until = datetime_of(at).astimezone(zone).date()
    rows: list[Beside] = []
    for each in found:
        since = at - TOUCHES_BACK if each.name == FROM_TOUCHES else first
        begins = datetime_of(max(since, first)).astimezone(zone).date()
        rows += _beside(each.name, each, begins, until, document)
    return Shown(gettext("Your record"), tuple(rows))


def _of_export(export: handed.Export, document: Document) -> Shown:
    """What a review measured; one made before reviews did so shows nothing."""
    told = (export.made(handed.RESULT) or {}).get("measured", {})
    name = gettext("Export %(name)s") % {"name": export.title}
    rows: list[Beside] = []
    try:
        since, until = (date.fromisoformat(told[edge]) for edge in ("since", "until"))
        measures = of_plain(told["measures"])
    except (TypeError, KeyError, ValueError):
        return Shown(name, (), False)
    for each in signals_of(measures) if measures else ():
        key = f"{export.uuid.hex}.{each.name}"
        rows += _beside(key, each, since, until, document)
    return Shown(name, tuple(rows), False)


def _beside(
    key: str, signal: Signal, since: date, until: date, document: Document
) -> Iterator[Beside]:
    question = answers.BY_NAME.get(signal.name)
    if question is None:
        return
    typed = documents.at(document, f"diagnosis.{signal.name}")
    may_take = signal.suggests is not None and typed != signal.suggests
    yield Beside(key, signal, question, since, until, typed, may_take)


@lru_cache(maxsize=32)
def _at(company: UUID, _newest: int, day: int, _language: str) -> tuple[Signal, ...]:
    """Measured once for what stands on record and the day."""
    return measured(company, (day + 1) * DAY)


def _first_opened(company: UUID, at: Instant) -> Instant:
    opened = TicketRow.objects.filter(
        company=company, opened_at__gte=at - LOOK_BACK, merged_into__isnull=True
    )
    first = opened.order_by("opened_at").values_list("opened_at", flat=True).first()
    return at if first is None else first


def taken(shown: Sequence[Shown], keys: Collection[str]) -> dict[str, Json]:
    """The answers that these suggest, by place. Where two of them answer one question, the first
    source counts: the company's own record before any export."""
    said: dict[str, Json] = {}
    for each in (row for source in shown for row in source.rows):
        if each.key in keys and each.signal.suggests is not None:
            said.setdefault(f"diagnosis.{each.signal.name}", each.signal.suggests)
    return said


def answers_of(found: tuple[Signal, ...], document: Document) -> dict[str, Json]:
    """What the record answers, by place; what somebody has answered stays."""
    said: dict[str, Json] = {}
    for each in found:
        place = f"diagnosis.{each.name}"
        if each.suggests is not None and documents.at(document, place) is None:
            said[place] = each.suggests
    return said


def _handled(company: UUID, at: Instant) -> list[Handled]:
    since = at - LOOK_BACK
    newest = TicketRow.objects.filter(
        company=company, opened_at__gte=since, opened_at__lte=at, merged_into__isnull=True
    ).order_by("-opened_at")
    resolved = _resolvers(company, since)
    fields = ("uuid", "opened_at", "kind", "subject", "item", "service", "site")
    return [
        Handled(
            str(uuid),
            opened_at,
            is_incident=kind == Kind.INCIDENT,
            resolved_by=resolved.get(str(uuid), ""),
            words=subject,
            facts=tuple(
                f"{name}:{value}"
                for name, value in (("item", item), ("service", service), ("site", site))
                if value
            ),
        )
        for uuid, opened_at, kind, subject, item, service, site in newest.values_list(*fields)[
            :MOST_TICKETS
        ]
    ]


def _resolvers(company: UUID, since: Instant) -> dict[str, str]:
    """Who resolved each ticket last."""
    rows = Entry.objects.filter(
        company=company, name=e.TicketResolved.NAME, happened_at__gte=since
    ).order_by("sequence")
    found = {}
    for stream, text in rows.values_list("stream", "actor").iterator(chunk_size=2000):
        actor = store.actor_of(text)
        if actor.side.is_technical:
            found[stream] = actor.id
    return found


def _touches(company: UUID, at: Instant) -> list[Touch]:
    rows = (
        Entry.objects.filter(company=company, happened_at__gte=at - TOUCHES_BACK)
        .exclude(stream__in=STREAMS_OF_THE_COMPANY)
        .order_by("-sequence")
        .values_list("stream", "actor", "happened_at")[:MOST_TOUCHES]
    )
    touches = [(stream, store.actor_of(text), happened_at) for stream, text, happened_at in rows]
    return [
        Touch(actor.id, stream, happened_at)
        for stream, actor, happened_at in touches
        if actor.side.is_technical
    ]
