"""TEN-*: what belongs to another company is what does not exist, in status, body and headers."""

from uuid import uuid4

import pytest
from django.http import HttpResponse

from commondesk.accounts.models import Membership
from commondesk.desk import actions
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.ledger.now import instant_now
from tests.api.asking import NEW, TICKETS, Program, problem, token_for, told
from tests.desk.cast import Cast

PARTS = ("", "/messages", "/events")


@pytest.fixture
def outsider(cast: Cast) -> Program:
    other = Membership.objects.get(person=cast.outsider).company_id
    return Program(token_for(cast, cast.outsider, company=other))


def seen(response: HttpResponse) -> tuple[int, bytes, dict[str, str]]:
    return response.status_code, response.content, dict(response.headers)


@pytest.mark.parametrize("part", PARTS)
def test_a_foreign_ticket_is_one_that_does_not_exist(
    cast: Cast, outsider: Program, part: str
) -> None:
    row = cast.row(cast.open())
    nobodys = seen(outsider.get(f"{TICKETS}/{uuid4()}{part}"))
    assert nobodys[0] == 404
    for key in (row.uuid, row.number, f"{cast.company.prefix}-{row.number}", 99999, "x", "0"):
        assert seen(outsider.get(f"{TICKETS}/{key}{part}")) == nobodys, key


def test_nobody_writes_on_a_foreign_ticket(cast: Cast, outsider: Program) -> None:
    ticket = cast.open()
    before = MessageRow.objects.count()
    nobodys = seen(outsider.post(f"{TICKETS}/{uuid4()}/messages", {"text": "Let me in."}))
    foreign = seen(outsider.post(f"{TICKETS}/{ticket}/messages", {"text": "Let me in."}))
    tagged = outsider.post(f"{TICKETS}/{ticket}/messages", {"text": "x"}, If_Match='"1"')
    assert nobodys == foreign == seen(tagged)
    assert (nobodys[0], MessageRow.objects.count()) == (404, before)


def test_lists_show_no_foreign_ticket(cast: Cast, outsider: Program) -> None:
    cast.open()
    own = told(outsider.post(), 201)
    assert [each["uuid"] for each in told(outsider.get())["tickets"]] == [own["uuid"]]


def test_a_person_of_another_company_is_nobody(cast: Cast, outsider: Program) -> None:
    answers = [
        seen(outsider.post(body=NEW | {"requester": str(uuid)}))
        for uuid in (uuid4(), cast.requester.uuid, cast.referent.uuid, cast.agent.uuid)
    ]
    assert len({each[:2] for each in answers}) == 1
    assert answers[0][0] == 422
    assert not TicketRow.objects.exists()


def test_the_same_key_of_two_companies_is_two_keys(
    cast: Cast, agent: Program, outsider: Program
) -> None:
    key = "the-same-key"
    ours = told(agent.post(Idempotency_Key=key), 201)
    theirs = told(outsider.post(body=NEW | {"kind": "alert"}, Idempotency_Key=key), 201)
    assert ours["uuid"] != theirs["uuid"]


def test_a_token_for_one_company_opens_no_other(cast: Cast) -> None:
    """Somebody who belongs to both has two tokens, each for its own."""
    other = Membership.objects.get(person=cast.outsider).company
    Membership.objects.create(person=cast.agent, company=other, side="provider", roles=["agent"])
    here = Program(token_for(cast, cast.agent))
    there = Program(token_for(cast, cast.agent, company=other.uuid))
    ticket = cast.open()
    told(here.get(f"{TICKETS}/{ticket}"))
    problem(there.get(f"{TICKETS}/{ticket}"), 404)


def test_a_provider_among_several_sees_no_ticket_of_another(cast: Cast) -> None:
    from commondesk.accounts.models import Engagement, Provider

    mine, others = Provider.objects.create(title="Helpers"), Provider.objects.create(title="Others")
    for provider in (mine, others):
        Engagement.objects.create(company=cast.company, provider=provider, since=0)
    Membership.objects.filter(person=cast.agent).update(provider=mine)
    hidden, shown, free = cast.open(), cast.open(), cast.open()
    TicketRow.objects.filter(uuid=hidden).update(providers=f",{others.uuid},")
    TicketRow.objects.filter(uuid=shown).update(providers=f",{others.uuid},{mine.uuid},")
    program = Program(token_for(cast, cast.agent))
    listed = {each["uuid"] for each in told(program.get())["tickets"]}
    assert listed == {str(shown), str(free)}
    for part in PARTS:
        nobodys = seen(program.get(f"{TICKETS}/{uuid4()}{part}"))
        assert seen(program.get(f"{TICKETS}/{hidden}{part}")) == nobodys


def test_an_unknown_address_answers_alike_with_and_without_a_token(
    cast: Cast, agent: Program
) -> None:
    for path in ("/api/v1/", "/api/v1/people", "/api/v1/tickets/", f"{TICKETS}/1/2/3"):
        assert seen(agent.get(path)) == seen(Program().get(path))
        problem(agent.get(path), 404)
        problem(agent.post(path), 404)


def test_erased_words_are_gone_from_answers(cast: Cast, agent: Program) -> None:
    from commondesk.core.record.event import Actor, Side
    from commondesk.ledger import words

    ticket = cast.open()
    first = agent.get(f"{TICKETS}/{ticket}")
    machine = Actor("test", Side.MACHINE)
    ids = words.of_stream(cast.uuid, str(ticket))
    words.erase(cast.uuid, ids, ground="asked", actor=machine, at=instant_now())
    for part in PARTS:
        content = agent.get(f"{TICKETS}/{ticket}{part}").content
        assert b"Press 4" not in content and b"stopped at nine" not in content
    again = agent.get(f"{TICKETS}/{ticket}", headers={"If-None-Match": first["ETag"]})
    assert again.status_code == 200


def test_what_is_kept_for_a_key_holds_no_words(cast: Cast, agent: Program) -> None:
    from commondesk.api.models import IdempotentAnswer

    more = {"requester_address": "secret@acme.example", "requester_name": "Sec Ret"}
    told(agent.post(body=NEW | more, Idempotency_Key="k"), 201)
    kept = str(vars(IdempotentAnswer.objects.get()))
    assert not any(each in kept for each in (*NEW.values(), *more.values()))


def test_a_note_for_others_cannot_be_written_by_a_requester(cast: Cast) -> None:
    """Requesters hold no tokens; should a role of theirs do so one day, notes stay shut."""
    ticket = cast.open()
    with pytest.raises(actions.NotAllowed):
        actions.write_note(
            cast.uuid, ticket, at=instant_now(), actor=cast.actor(cast.requester), text="x"
        )
