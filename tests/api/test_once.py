"""FLT-05: the same Idempotency-Key does a thing once, whoever sends it however often."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from commondesk.accounts.tokens import Scope
from commondesk.api.models import IdempotentAnswer
from commondesk.core.record.instant import DAY
from commondesk.desk import actions, projections
from commondesk.desk.models import MessageRow, TicketRow
from commondesk.ledger import verify
from commondesk.ledger.now import instant_now
from tests.api.asking import NEW, TICKETS, Program, problem, token_for, told
from tests.desk.cast import Cast, make_cast

KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"
THREADS = 50


def test_the_same_request_is_answered_as_before(cast: Cast, agent: Program) -> None:
    first = agent.post(Idempotency_Key=KEY)
    again = agent.post(Idempotency_Key=KEY)
    # The same meaning in other bytes is the same request.
    spaced = b'{\n "text": "It stopped at nine.", "subject": "Press 4 stands still"}'
    other_bytes = agent.post(raw=spaced, Idempotency_Key=KEY)
    for response in (again, other_bytes):
        assert (response.status_code, response.content) == (201, first.content)
        assert response.headers == first.headers
    assert TicketRow.objects.count() == 1


def test_the_answer_stays_the_same_when_the_ticket_moves_on(cast: Cast, agent: Program) -> None:
    first = agent.post(Idempotency_Key=KEY)
    uuid = TicketRow.objects.get().uuid
    cast.does(cast.agent, uuid, actions.take, instant_now())()
    assert agent.post(Idempotency_Key=KEY).content == first.content


def test_another_request_under_the_same_key_is_refused(cast: Cast, agent: Program) -> None:
    ticket = told(agent.post(Idempotency_Key=KEY), 201)["uuid"]
    problem(agent.post(body=NEW | {"kind": "alert"}, Idempotency_Key=KEY), 422, "Idempotency-Key")
    path = f"{TICKETS}/{ticket}/messages"
    problem(agent.post(path, {"text": "We look."}, Idempotency_Key=KEY), 422, "Idempotency-Key")
    assert (TicketRow.objects.count(), MessageRow.objects.count()) == (1, 1)


def test_a_message_is_written_once(cast: Cast, agent: Program) -> None:
    path = f"{TICKETS}/{cast.open()}/messages"
    answers = [agent.post(path, {"text": "We look."}, Idempotency_Key=KEY) for _ in range(3)]
    assert len({each.content for each in answers}) == 1
    assert MessageRow.objects.filter(kind="written").count() == 1


def test_keys_belong_to_a_person(cast: Cast, agent: Program) -> None:
    other = Program(token_for(cast, cast.referent))
    mine, theirs = agent.post(Idempotency_Key=KEY), other.post(Idempotency_Key=KEY)
    assert told(mine, 201)["uuid"] != told(theirs, 201)["uuid"]
    # Not to a token: whoever makes a new one may ask again.
    again = Program(token_for(cast, cast.agent)).post(Idempotency_Key=KEY)
    assert again.content == mine.content


def test_a_request_that_failed_left_no_answer(cast: Cast, agent: Program) -> None:
    problem(agent.post(body={"subject": "x"}, Idempotency_Key=KEY), 422)
    unknown = NEW | {"requester": "11111111-2222-4333-8444-555555555555"}
    problem(agent.post(body=unknown, Idempotency_Key=KEY), 422)
    assert not IdempotentAnswer.objects.exists()
    told(agent.post(Idempotency_Key=KEY), 201)


def test_a_crash_between_ticket_and_answer_leaves_neither(
    cast: Cast, agent: Program, monkeypatch: Any
) -> None:
    from commondesk.ledger import tables

    insert = tables.insert

    def torn(model: Any, rows: Any) -> None:
        if model is IdempotentAnswer:
            raise OSError("the machine stops here")
        insert(model, rows)

    monkeypatch.setattr(tables, "insert", torn)
    assert agent.post(Idempotency_Key=KEY).status_code == 500
    assert not TicketRow.objects.exists() and verify.verify(cast.uuid).is_sound
    monkeypatch.undo()
    told(agent.post(Idempotency_Key=KEY), 201)
    assert TicketRow.objects.count() == 1


def test_after_a_day_a_key_is_new_and_old_answers_are_gone(cast: Cast, agent: Program) -> None:
    told(agent.post(Idempotency_Key=KEY), 201)
    row = IdempotentAnswer.objects.get()
    assert abs(row.expires_at - instant_now() - DAY) < DAY / 100
    IdempotentAnswer.objects.update(expires_at=instant_now())
    told(agent.post(body=NEW | {"kind": "alert"}, Idempotency_Key=KEY), 201)
    assert (TicketRow.objects.count(), IdempotentAnswer.objects.count()) == (2, 1)


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once_open_one_ticket() -> None:
    cast = make_cast()
    secret = token_for(cast, cast.agent, [Scope.TICKETS_WRITE])
    answers = at_once(lambda _: Program(secret).post(Idempotency_Key=KEY))
    assert {each.status_code for each in answers} == {201}
    assert len({each.content for each in answers}) == 1
    assert TicketRow.objects.count() == 1
    assert verify.verify(cast.uuid).is_sound
    assert projections.differences(cast.uuid) == []


@pytest.mark.django_db(transaction=True)
def test_fifty_keys_at_once_open_fifty_tickets() -> None:
    cast = make_cast()
    secret = token_for(cast, cast.agent, [Scope.TICKETS_WRITE])
    answers = at_once(lambda number: Program(secret).post(Idempotency_Key=f"{KEY}-{number}"))
    assert {each.status_code for each in answers} == {201}
    assert TicketRow.objects.values("number").distinct().count() == THREADS
    assert verify.verify(cast.uuid).is_sound


def at_once(ask: Callable[[int], Any]) -> list[Any]:
    """Fifty threads that begin together, each with a connection of its own."""
    barrier = threading.Barrier(THREADS)
    answers: list[Any] = []

    def run(number: int) -> None:
        try:
            barrier.wait()
            answers.append(ask(number))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[number]) for number in range(THREADS)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(answers) == THREADS
    return answers
