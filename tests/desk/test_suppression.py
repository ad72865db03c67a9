"""Addresses that mail is switched off for: when, for how long, and who is told."""

from __future__ import annotations

import pytest

from commondesk.core.record.event import MAIL_STREAM, Actor, Side
from commondesk.core.record.events import AddressSuppressed
from commondesk.core.record.instant import HOUR
from commondesk.desk import suppression
from commondesk.desk.models import MessageRow, OutgoingMail, SuppressedAddress
from commondesk.desk.writing import NotAllowed
from commondesk.ledger import store, words

from .test_outbox import MONDAY, Cast, Sink, cast, names, send, sink  # noqa: F401 - fixtures

RITA = "rita@acme.example"
MACHINE = Actor("test", Side.MACHINE)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("5.1.1", True),
        ("550 5.1.1 <rita@acme.example>: Recipient address rejected: User unknown", True),
        ("550-5.1.1 The email account that you tried to reach does not exist.", True),
        ("smtp; 550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found", True),
        ("550 5.2.1 The email account that you tried to reach is disabled", True),
        ("553 5.1.2 no such domain", True),
        ("550 No such user here", True),
        ("550 5.1.0 unknown user account", True),
        ("5.2.2", False),
        ("552 5.2.2 mailbox full", False),
        ("450 4.2.1 mailbox temporarily disabled", False),
        ("452 4.2.2 over quota", False),
        ("4.4.7", False),
        ("550 5.7.1 relaying denied", False),
        ("550 5.7.1 user unknown to our policy", False),
        ("554 5.7.0 blocked: spam", False),
        ("550 5.1.8 sender domain does not exist", False),
        ("550 5.1.7 bad sender", False),
        ("550 rejected by 5.1.1.1", False),
        ("554 rejected", False),
        ("450 no such user yet", False),
        ("", False),
    ],
)
def test_only_an_address_that_is_gone_is_switched_off(said: str, expected: bool) -> None:
    assert suppression.is_gone(said) is expected


def off(cast: Cast, reason: str = "550 5.1.1 no such user") -> None:  # noqa: F811
    assert suppression.suppress(cast.company.uuid, RITA, reason, at=MONDAY)


def test_a_refusal_for_good_switches_the_address_off(cast: Cast, sink: Sink) -> None:  # noqa: F811
    cast.reply("one")
    sink.refuses[RITA] = "550 5.1.1 no such user"
    send()
    assert suppression.is_suppressed(cast.company.uuid, "Rita@Acme.Example")
    event = store.history(cast.company.uuid, MAIL_STREAM)[-1]
    assert (event.name, event.actor.id) == ("address.suppressed", "outbox")
    assert isinstance(event.body, AddressSuppressed)
    assert event.body.person == str(cast.requester.uuid)
    sink.refuses.clear()
    second = cast.reply("two")
    assert send() == 0
    assert sink.taken == []
    second.refresh_from_db()
    assert second.state == "failed"
    assert names(cast)[-1] == "message.bounced"
    told = MessageRow.objects.get(id=second.message).bounced
    assert told.startswith("mail to rita@acme.example failed before and is switched off: 550 5.1.1")


def test_a_full_mailbox_does_not(cast: Cast, sink: Sink) -> None:  # noqa: F811
    cast.reply("one")
    sink.refuses[RITA] = "552 5.2.2 mailbox full"
    send()
    assert names(cast)[-1] == "message.bounced"
    assert not SuppressedAddress.objects.exists()


def test_a_mail_refused_as_a_whole_says_nothing_about_the_address(
    cast: Cast,  # noqa: F811
    sink: Sink,  # noqa: F811
) -> None:
    cast.reply("one")
    sink.says = ["550 5.1.1 content speaks of an unknown user"]
    send()
    assert names(cast)[-1] == "message.bounced"
    assert not SuppressedAddress.objects.exists()


def test_an_agent_allows_it_again(cast: Cast, sink: Sink) -> None:  # noqa: F811
    off(cast)
    assert suppression.allow(cast.company.uuid, RITA, at=MONDAY + HOUR, actor=cast.actor)
    assert not suppression.allow(cast.company.uuid, RITA, at=MONDAY + HOUR, actor=cast.actor)
    cast.reply("one")
    assert send() == 1
    assert store.history(cast.company.uuid, MAIL_STREAM)[-1].name == "address.allowed"


def test_a_requester_may_not(cast: Cast) -> None:  # noqa: F811
    off(cast)
    asker = Actor(str(cast.requester.uuid), Side.REQUESTER)
    with pytest.raises(NotAllowed):
        suppression.allow(cast.company.uuid, RITA, at=MONDAY, actor=asker)
    with pytest.raises(NotAllowed):
        suppression.suppress(cast.company.uuid, "x@acme.example", "why", at=MONDAY, actor=asker)
    assert suppression.is_suppressed(cast.company.uuid, RITA)


def test_twice_is_once_and_a_bounce_that_means_little_is_none(cast: Cast) -> None:  # noqa: F811
    note = suppression.note_bounce
    assert not note(cast.company.uuid, RITA, "5.2.2", at=MONDAY)
    assert note(cast.company.uuid, RITA, "5.1.1", at=MONDAY)
    assert not note(cast.company.uuid, RITA, "5.1.1", at=MONDAY)
    assert len(store.history(cast.company.uuid, MAIL_STREAM)) == 1


def test_a_replay_finds_the_same_addresses(cast: Cast) -> None:  # noqa: F811
    off(cast)
    suppression.suppress(cast.company.uuid, "olaf@acme.example", "550 5.1.1", at=MONDAY)
    suppression.allow(cast.company.uuid, "olaf@acme.example", at=MONDAY, actor=MACHINE)
    before = list(
        SuppressedAddress.objects.values("company", "address", "words", "reason", "since")
    )
    SuppressedAddress.objects.all().delete()
    assert suppression.rebuild(cast.company.uuid) == 1
    after = list(SuppressedAddress.objects.values("company", "address", "words", "reason", "since"))
    assert after == before


def test_an_erased_address_is_wiped_and_an_erased_reason_too(cast: Cast) -> None:  # noqa: F811
    off(cast, "550 5.1.1 rita moved to Rio")
    body = store.history(cast.company.uuid, MAIL_STREAM)[-1].body
    assert isinstance(body, AddressSuppressed)

    def erase(key: str) -> None:
        words.erase(cast.company.uuid, [key], ground="a wish", actor=MACHINE, at=MONDAY)
        suppression.forget(cast.company.uuid, [key])

    erase(body.reason.id)
    assert SuppressedAddress.objects.get().reason == "[erased]"
    erase(body.address.id)
    assert not SuppressedAddress.objects.exists()
    assert suppression.rebuild(cast.company.uuid) == 0


def test_a_notice_to_it_fails_without_an_event(cast: Cast, sink: Sink) -> None:  # noqa: F811
    from commondesk.desk import notify
    from commondesk.desk.models import TicketRow

    suppression.suppress(cast.company.uuid, "ben@provider.example", "5.1.1", at=MONDAY)
    row = TicketRow.objects.get(uuid=cast.ticket)
    notify.queue_notice(cast.company.uuid, row, cast.agent, "assigned", at=MONDAY)
    before = names(cast)
    assert send() == 0
    assert OutgoingMail.objects.get().state == "failed"
    assert names(cast) == before
