"""What was played is a record like any other: it verifies, and its rows are made from it again."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import models

from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM, MAIL_STREAM, Body
from commondesk.core.record.events import CompanyFounded
from commondesk.desk import projections
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.governance import projections as governance_projections
from commondesk.governance.models import CalendarVersion, CatalogueEntry, CharterVersion
from commondesk.ledger import store, verify
from tests.sample.conftest import AT, TICKETS, Played

pytestmark = pytest.mark.django_db


def test_it_verifies(played: Played) -> None:
    found = verify.verify(played.uuid)
    assert found.is_sound, found


def test_its_rows_come_out_of_the_record_again(played: Played) -> None:
    def rows() -> list[Any]:
        own = {"company": played.uuid}
        return [
            _values(TicketRow.objects.filter(**own)),
            _values(MessageRow.objects.filter(ticket__company=played.uuid)),
            _values(CharterVersion.objects.filter(**own)),
            _values(CalendarVersion.objects.filter(**own)),
            _values(CatalogueEntry.objects.filter(**own)),
        ]

    before = rows()
    projections.rebuild(played.uuid)
    governance_projections.rebuild(played.uuid)
    assert rows() == before
    assert all(before)


def _values(rows: models.QuerySet[Any]) -> list[dict[str, Any]]:
    values = [dict(sorted(row.items())) for row in rows.values()]
    for each in values:
        each.pop("id", None) if "ticket_id" not in each else None
    return sorted(values, key=str)


def test_every_ticket_of_the_play_is_there(played: Played) -> None:
    tickets = TicketRow.objects.filter(company=played.uuid)
    assert tickets.count() >= TICKETS
    assert not tickets.filter(opened_at__gte=AT).exists()


def test_nothing_happened_after_its_end(played: Played) -> None:
    events = store.read_on(played.uuid, after=0, limit=1 << 30)
    assert max(each.event.happened_at for each in events) <= AT


def test_its_founding_says_that_it_is_a_sample(played: Played) -> None:
    (founded,) = store.named(played.uuid, COMPANY_STREAM, CompanyFounded.NAME)
    assert isinstance(founded.body, CompanyFounded) and founded.body.is_sample


def test_no_mail_was_written(played: Played) -> None:
    assert not OutgoingMail.objects.filter(company=played.uuid).exists()


STORIES: tuple[type[Body], ...] = (
    *(e.HandoverLapsed, e.HandoverDeclined, e.TicketRestored, e.TicketReleased),
    *(e.EscalatedFunctionally, e.EscalatedHierarchically, e.TicketMerged, e.TicketSplit),
    *(e.VendorLegBegun, e.VendorLegChanged, e.VendorLegEnded, e.VendorWritten),
    *(e.QuestionAsked, e.TicketRated, e.TicketClosed, e.TargetMissed, e.CopyAdded),
    *(e.TimeLogged, e.NoteWritten, e.MessageDelivered, e.TicketReopened),
)


def test_its_stories_are_in_it(played: Played) -> None:
    events = list(store.read_on(played.uuid, after=0, limit=1 << 30))
    told = Counter(type(each.event.body) for each in events)
    assert [kind.__name__ for kind in STORIES if not told[kind]] == []
    overrides = [
        each.event.body.priority
        for each in events
        if isinstance(each.event.body, e.TicketPrioritised) and each.event.body.is_override
    ]
    assert overrides == [e.Priority.P4]


def test_one_ticket_has_forty_messages_and_the_longest_name(played: Played) -> None:
    counted = MessageRow.objects.filter(ticket__company=played.uuid).values("ticket")
    longest = counted.annotate(count=models.Count("pk")).order_by("-count").first()
    assert longest is not None and longest["count"] >= 38
    assert len(TicketRow.objects.get(uuid=longest["ticket"]).requester_title) > 100


def test_mail_on_hold_is_told_of(played: Played) -> None:
    told = [each.body for each in store.history(played.uuid, MAIL_STREAM)]
    assert {each.reason for each in told if isinstance(each, e.MailHeld)} == {
        *(e.HeldReason.UNVERIFIED, e.HeldReason.CLAIMS_AGENT, e.HeldReason.SECRET_CODE)
    }
