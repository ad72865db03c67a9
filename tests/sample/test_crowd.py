"""A crowd of tickets is a record like any other, too: it verifies, and its rows come out of it."""

from __future__ import annotations

import pytest

from commondesk.desk import projections, search
from commondesk.desk.models import MessageRow, NumberCounter, TicketRow
from commondesk.ledger import verify
from commondesk.sample import playing, removal
from tests.sample.conftest import played_once


@pytest.mark.django_db(transaction=True)
def test_played_tickets_are_told_again_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(playing, "MOST_PLAYED", 20)
    monkeypatch.setattr(playing, "PLAYED_OF_MANY", 16)
    company = played_once(tickets=620).uuid
    tickets = TicketRow.objects.filter(company=company)
    assert tickets.count() >= 620
    numbers = sorted(tickets.values_list("number", flat=True))
    assert numbers == list(range(1001, 1001 + len(numbers)))
    assert NumberCounter.objects.get(company=company).last == numbers[-1]
    assert tickets.values("requester").distinct().count() > 30
    assert verify.verify(company).is_sound
    assert projections.differences(company) == []
    assert search.differences(company) == []
    assert MessageRow.objects.filter(ticket__company=company).count() > 2 * len(numbers)
    removal.remove_all()
    assert not TicketRow.objects.exists()
