"""Erased words are gone from every copy the desk holds; the record keeps verifying."""

from __future__ import annotations

from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM, Actor, Side
from commondesk.core.record.instant import HOUR
from commondesk.desk import actions, projections
from commondesk.desk.models import MailRef, OutgoingMail
from commondesk.ledger import store, verify, words
from tests.desk.cast import MONDAY, Cast

TEST = Actor("test", Side.MACHINE)
LATER = MONDAY + HOUR


def erase(cast: Cast, *ids: str) -> None:
    words.erase(cast.uuid, ids, ground="asked", actor=TEST, at=LATER)


def test_an_erased_message_is_wiped_everywhere(cast: Cast) -> None:
    ticket = cast.open(html="<p>It stopped.</p>")
    received = cast.history(ticket)[-1].body
    assert isinstance(received, e.MessageReceived)
    MailRef.objects.create(
        company=cast.uuid, message_id="<a@b>", ticket=ticket, message=received.message
    )
    split = cast.does(cast.agent, ticket, actions.split, LATER)(message=received.message)
    erase(cast, received.text.id, received.attachments[0].id)
    for each in (ticket, split):
        message = cast.messages(each)[0]
        assert (message.text, message.html) == ("[erased]", "")
        assert cast.row(each).last_word == "[erased]"
    assert not MailRef.objects.filter(message=received.message).exists()
    assert projections.differences(cast.uuid) == []
    assert verify.verify(cast.uuid).is_sound


def test_mail_that_carries_erased_words_is_not_sent(cast: Cast) -> None:
    ticket = cast.open()
    key = cast.does(cast.agent, ticket, actions.reply, LATER)(text="Call 0123.")
    other = cast.does(cast.agent, ticket, actions.reply, LATER)(text="Bye.")
    written = next(
        event.body
        for event in cast.history(ticket)
        if isinstance(event.body, e.MessageWritten) and event.body.message == key
    )
    erase(cast, written.text.id)
    mail = OutgoingMail.objects.get(message=key)
    assert (bytes(mail.content), mail.state) == (b"", "failed")
    kept = OutgoingMail.objects.get(message=other)
    assert (bool(kept.content), kept.state) == (True, "queued")


def test_an_erased_subject_empties_every_mail_that_names_it(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.reply, LATER)(text="We look.")
    opened = cast.history(ticket)[0].body
    assert isinstance(opened, e.TicketOpened)
    erase(cast, opened.subject.id)
    assert cast.row(ticket).subject == "[erased]"
    assert bytes(OutgoingMail.objects.get(ticket=ticket).content) == b""


def test_a_file_name_is_words_too(cast: Cast) -> None:
    ticket = cast.open()
    file = actions.keep_attachment(
        cast.uuid, ticket, name="Paul's CV.pdf", media_type="application/pdf", content=b"%PDF"
    )
    cast.writes(ticket, LATER, "See file.", attachments=[file])
    assert cast.messages(ticket)[-1].attachments == [
        {"id": file.id, "name": "Paul's CV.pdf", "media_type": "application/pdf", "size": 4}
    ]
    erase(cast, file.name.id, file.id)
    assert cast.messages(ticket)[-1].attachments[0]["name"] == "[erased]"


def test_a_returned_ticket_shares_the_erased_subject(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.resolve, LATER)()
    cast.does(cast.agent, ticket, actions.close, LATER)()
    returned = cast.writes(ticket, LATER + HOUR)
    opened = cast.history(ticket)[0].body
    assert isinstance(opened, e.TicketOpened)
    erase(cast, opened.subject.id)
    assert cast.row(returned).subject == "[erased]"
    assert projections.differences(cast.uuid) == []


def test_mail_to_an_erased_person_is_emptied(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.reply, LATER)(text="We look.")
    introduced = next(
        event.body
        for event in store.history(cast.uuid, COMPANY_STREAM)
        if isinstance(event.body, e.PersonIntroduced)
        and event.body.person == str(cast.requester.uuid)
    )
    assert introduced.address is not None
    erase(cast, introduced.title.id, introduced.address.id)
    mail = OutgoingMail.objects.get(ticket=ticket)
    assert (bytes(mail.content), mail.envelope_to, mail.state) == (b"", [], "failed")
    assert cast.messages(ticket)[-1].text == "We look."


def test_an_erased_file_empties_the_mail_it_went_with(cast: Cast) -> None:
    ticket = cast.open()
    file = actions.keep_attachment(
        cast.uuid, ticket, name="Plan", media_type="text/plain", content=b"secret"
    )
    key = cast.does(cast.agent, ticket, actions.reply, LATER)(text="See.", attachments=[file])
    erase(cast, file.id)
    assert bytes(OutgoingMail.objects.get(message=key).content) == b""
