"""Nothing of a sample leaves the machine: a mail server beside it receives nothing."""

from __future__ import annotations

import pytest

from commondesk.accounts import letters, setup
from commondesk.accounts.models import Company, Person
from commondesk.core.record.instant import HOUR
from commondesk.desk import actions, outbox
from commondesk.desk.models import MessageRow, OutgoingMail, TicketRow
from commondesk.sample import cast
from tests.desk.test_outbox import Sink, sink  # noqa: F401 - a fixture
from tests.sample.conftest import AT, Played

pytestmark = pytest.mark.django_db


def send(at: int = AT + HOUR) -> int:
    return outbox.send_due(at, clock=lambda: at)


def agent(played: Played) -> Person:
    return Person.objects.get(address=f"ada.agent@{cast.HELPERS_DOMAIN}")


def reply(played: Played) -> str:
    ticket = TicketRow.objects.filter(company=played.uuid, status="resolved").earliest("number")
    actor = cast.member_of(played.uuid, agent(played)).actor
    return actions.reply(played.uuid, ticket.uuid, at=AT + HOUR, actor=actor, text="One more word.")


def test_the_play_left_nothing_to_send(played: Played, sink: Sink) -> None:  # noqa: F811
    assert send() == 0
    assert sink.taken == []


def test_a_reply_is_pretended_to_go_out(played: Played, sink: Sink) -> None:  # noqa: F811
    key = reply(played)
    assert OutgoingMail.objects.filter(message=key).exists()
    assert send() == 0
    assert sink.taken == []
    assert MessageRow.objects.get(id=key).delivered_at == AT + HOUR


def test_it_needs_no_mail_server_for_that(played: Played) -> None:
    key = reply(played)
    send()
    assert MessageRow.objects.get(id=key).delivered_at == AT + HOUR


def test_a_letter_to_somebody_made_up_goes_nowhere(
    played: Played,
    sink: Sink,  # noqa: F811
) -> None:
    setup.found_company(
        at=AT,
        title="Acme",
        person_title="Fiona Founder",
        address="fiona@acme.example",
        password="a long and quiet word",
        zone="Europe/London",
    )
    for to in (agent(played).address or "", "fiona@acme.example"):
        letters.post(address=to, template="codes_made", values={}, at=AT)
    assert send() == 1
    assert [each for mail in sink.taken for each in mail[0]] == ["fiona@acme.example"]


def test_its_desk_takes_no_mail_from_outside(played: Played) -> None:
    from commondesk.intake import mailboxes

    address = Company.objects.get(uuid=played.uuid).desk_address
    assert address
    assert not mailboxes.has_companies()
    assert set(mailboxes.scopes_of([address]).values()) == {None}
