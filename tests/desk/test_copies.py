"""People on copy: an agent puts them there, and an answer to everyone reaches them."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from commondesk.accounts.models import Company, Membership, Person
from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM, WordsRef
from commondesk.desk import actions, notify
from commondesk.desk.actions import IllegalStep, NotAllowed, StaleWrite
from commondesk.ledger import store
from tests.desk.cast import MONDAY, Cast, on

LATER = on(10, "09:10")


def add(cast: Cast, ticket: UUID, **who: object) -> UUID:
    found = cast.does(cast.agent, ticket, actions.add_copy, LATER)(**who)
    assert isinstance(found, UUID)
    return found


def written(cast: Cast, ticket: UUID) -> e.MessageWritten:
    bodies = [event.body for event in cast.history(ticket)]
    return [body for body in bodies if isinstance(body, e.MessageWritten)][-1]


def test_somebody_known_is_put_on_copy_and_gets_what_goes_to_everyone(cast: Cast) -> None:
    ticket = cast.open()
    assert add(cast, ticket, person=cast.colleague.uuid) == cast.colleague.uuid
    assert cast.row(ticket).copies == [str(cast.colleague.uuid)]
    cast.replies(ticket, LATER)
    body = written(cast, ticket)
    assert body.to == (str(cast.requester.uuid),)
    assert body.copies == (str(cast.colleague.uuid),)
    assert cast.messages(ticket)[-1].copies == [str(cast.colleague.uuid)]


def test_an_unknown_address_becomes_a_requester_of_the_company(cast: Cast) -> None:
    ticket = cast.open()
    found = add(cast, ticket, address=" Nils@Acme.example ", name="Nils New")
    person = Person.objects.get(uuid=found)
    assert (person.address, person.title) == ("nils@acme.example", "Nils New")
    member = Membership.objects.get(person=person)
    assert (member.company_id, member.side, member.roles) == (
        cast.uuid,
        "requester",
        ["requester"],
    )
    introduced = store.history(cast.uuid, COMPANY_STREAM)[-1]
    assert introduced.name == "person.introduced"
    assert introduced.actor.id == str(cast.agent.uuid)
    assert cast.ticket(ticket).copies == (str(found),)


def test_a_known_address_is_the_person_who_has_it(cast: Cast) -> None:
    ticket = cast.open()
    assert add(cast, ticket, address="CARLA@acme.example") == cast.colleague.uuid


def test_an_answer_can_leave_everybody_else_out(cast: Cast) -> None:
    ticket = cast.open()
    add(cast, ticket, person=cast.colleague.uuid)
    cast.replies(ticket, LATER, is_to_requester_only=True)
    body = written(cast, ticket)
    assert (body.to, body.copies) == ((str(cast.requester.uuid),), ())


def test_whoever_names_the_people_names_them_all(cast: Cast) -> None:
    ticket = cast.open()
    add(cast, ticket, person=cast.colleague.uuid)
    cast.replies(ticket, LATER, to=[cast.requester.uuid])
    assert written(cast, ticket).copies == ()
    copies = [cast.expert.uuid, cast.requester.uuid, cast.expert.uuid]
    cast.replies(ticket, LATER, copies=copies)
    assert written(cast, ticket).copies == (str(cast.expert.uuid),)
    with pytest.raises(IllegalStep, match="Either the requester only"):
        cast.replies(ticket, LATER, to=[cast.requester.uuid], is_to_requester_only=True)


def test_the_writer_on_copy_gets_no_mail_from_themselves(cast: Cast) -> None:
    ticket = cast.open()
    add(cast, ticket, person=cast.agent.uuid)
    cast.replies(ticket, LATER)
    assert written(cast, ticket).copies == ()


def test_a_question_and_a_solution_go_to_everyone_too(cast: Cast) -> None:
    ticket = cast.open()
    add(cast, ticket, person=cast.colleague.uuid)
    cast.does(cast.agent, ticket, actions.ask, LATER)(text="Which belt?")
    assert written(cast, ticket).copies == (str(cast.colleague.uuid),)
    cast.does(cast.agent, ticket, actions.resolve, LATER)(text="It runs.")
    assert written(cast, ticket).copies == (str(cast.colleague.uuid),)


def test_a_merged_ticket_brings_its_people_along(cast: Cast) -> None:
    ticket, other = (
        cast.open(),
        cast.open(requester=cast.colleague.uuid, actor=cast.actor(cast.colleague)),
    )
    for person in (cast.expert, cast.requester):
        add(cast, other, person=person.uuid)
    cast.does(cast.agent, other, actions.merge, LATER)(into=ticket)
    cast.replies(ticket, LATER)
    body = written(cast, ticket)
    assert body.to == (str(cast.requester.uuid), str(cast.colleague.uuid))
    assert body.copies == (str(cast.expert.uuid),)
    with pytest.raises(IllegalStep, match="came along with a ticket"):
        cast.does(cast.agent, ticket, actions.remove_copy, LATER)(person=cast.expert.uuid)


def test_taken_off_copy_one_gets_nothing_more(cast: Cast) -> None:
    ticket = cast.open()
    add(cast, ticket, person=cast.colleague.uuid)
    cast.does(cast.agent, ticket, actions.remove_copy, LATER)(person=cast.colleague.uuid)
    assert cast.row(ticket).copies == []
    cast.replies(ticket, LATER)
    assert written(cast, ticket).copies == ()
    with pytest.raises(IllegalStep, match="not on copy"):
        cast.does(cast.agent, ticket, actions.remove_copy, LATER)(person=cast.colleague.uuid)


def test_nobody_is_put_on_copy_twice_nor_the_one_who_asked(cast: Cast) -> None:
    ticket = cast.open()
    add(cast, ticket, person=cast.colleague.uuid)
    with pytest.raises(IllegalStep, match="on copy already"):
        add(cast, ticket, address="carla@acme.example")
    with pytest.raises(IllegalStep, match="asked"):
        add(cast, ticket, person=cast.requester.uuid)


def test_only_members_of_the_company_and_plain_addresses(cast: Cast) -> None:
    ticket = cast.open()
    for person in (cast.outsider.uuid, uuid4()):
        with pytest.raises(IllegalStep, match="no such person"):
            add(cast, ticket, person=person)
    people = Person.objects.count()
    odd = ("", "carla", "a b@acme.example", "x@y@z.example", "a@acme.example\r\nBcc: b@b.example")
    for address in odd:
        with pytest.raises(IllegalStep, match="Give a mail address"):
            add(cast, ticket, address=address)
    assert Person.objects.count() == people
    assert "copy.added" not in cast.names(ticket)


def test_the_desk_is_never_put_on_copy_of_its_own_mail(cast: Cast) -> None:
    ticket = cast.open()
    home = Company.objects.get(uuid=cast.uuid)
    reply_to = notify.reply_address(home, cast.row(ticket))
    for address in (notify.desk_address(home).upper(), reply_to):
        with pytest.raises(IllegalStep, match="desk itself"):
            add(cast, ticket, address=address)


def test_a_requester_puts_nobody_on_copy(cast: Cast) -> None:
    ticket = cast.open()
    for step in (actions.add_copy, actions.remove_copy):
        with pytest.raises(NotAllowed):
            cast.does(cast.requester, ticket, step, LATER)(person=cast.colleague.uuid)


def test_a_page_out_of_date_is_refused(cast: Cast) -> None:
    ticket = cast.open()
    seen = cast.row(ticket).position
    cast.replies(ticket, MONDAY)
    with pytest.raises(StaleWrite):
        add(cast, ticket, person=cast.colleague.uuid, expected=seen)


def test_an_answer_written_by_mail_keeps_that_mail(cast: Cast) -> None:
    ticket = cast.open()
    cast.replies(ticket, LATER, raw=WordsRef("mail-1", "0" * 64))
    assert written(cast, ticket).raw == WordsRef("mail-1", "0" * 64)
