"""Opening, reading and answering tickets by the API."""

from typing import Any
from uuid import uuid4

import pytest

from commondesk.accounts.models import Person
from commondesk.accounts.tokens import Scope
from commondesk.core.record import events as e
from commondesk.desk import actions, projections
from commondesk.desk.models import TicketRow
from commondesk.ledger import verify
from commondesk.ledger.now import instant_now
from tests.api.asking import NEW, TICKETS, Program, problem, token_for, told
from tests.desk.cast import Cast


def test_a_ticket_is_opened_for_oneself(cast: Cast, agent: Program) -> None:
    response = agent.post(TICKETS, NEW | {"kind": "request", "service": "presses"})
    opened = told(response, 201)
    row = TicketRow.objects.get(uuid=opened["uuid"])
    assert (row.subject, row.kind, row.service) == (NEW["subject"], "request", "presses")
    assert (row.channel, row.requester) == ("api", cast.agent.uuid)
    assert opened["code"] == f"{cast.company.prefix}-{row.number}"
    assert response["Location"] == opened["url"] == f"{TICKETS}/{row.uuid}"
    assert response["ETag"] == f'"{row.position}"'
    assert verify.verify(cast.uuid).is_sound
    assert projections.differences(cast.uuid) == []


def test_a_ticket_is_opened_for_somebody_by_uuid_and_by_address(cast: Cast, agent: Program) -> None:
    by_uuid = told(agent.post(body=NEW | {"requester": str(cast.requester.uuid)}), 201)
    by_address = told(agent.post(body=NEW | {"requester_address": "PAUL@acme.example"}), 201)
    for opened in (by_uuid, by_address):
        row = TicketRow.objects.get(uuid=opened["uuid"])
        assert row.requester == cast.requester.uuid
        actor = cast.history(row.uuid)[0].actor
        assert (actor.id, actor.on_behalf_of) == (str(cast.agent.uuid), str(row.requester))


def test_somebody_new_becomes_a_requester(cast: Cast, agent: Program) -> None:
    more = {"requester_address": "new@acme.example", "requester_name": "Nora New"}
    opened = told(agent.post(body=NEW | more), 201)
    assert TicketRow.objects.get(uuid=opened["uuid"]).requester_title == "Nora New"


def test_who_does_not_work_on_tickets_opens_them_for_themselves_alone(cast: Cast) -> None:
    person = cast.referent
    member = person.memberships.get(company=cast.company)
    member.roles = ["decision_maker"]
    member.save()
    program = Program(token_for(cast, person))
    told(program.post(), 201)
    told(program.post(body=NEW | {"requester": str(person.uuid)}), 201)
    problem(program.post(body=NEW | {"requester": str(cast.requester.uuid)}), 403)
    problem(program.post(body=NEW | {"requester_address": "x@acme.example"}), 403)
    problem(program.post(body=NEW | {"opening": "live"}), 403)
    assert not Person.objects.filter(address="x@acme.example").exists()


def test_an_auditor_opens_none(cast: Cast) -> None:
    member = cast.referent.memberships.get(company=cast.company)
    member.roles = ["auditor"]
    member.save()
    program = Program(token_for(cast, cast.referent))
    problem(program.post(), 403)
    assert TicketRow.objects.count() == 0


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"subject": ""}, "subject"),
        ({"subject": " \n\x1f"}, "subject"),
        ({"subject": None}, "subject"),
        ({"subject": "x" * 501}, "subject"),
        ({"text": "x" * 200_001}, "text"),
        ({"text": 7}, "text"),
        ({"kind": "disaster"}, "kind"),
        ({"opening": "secret"}, "opening"),
        ({"requester": "nobody"}, "requester"),
        ({"requester": 10**30}, "requester"),
        ({"requester_address": "no address"}, "requester_address"),
        ({"requester_address": f"{'x' * 260}@acme.example"}, "requester_address"),
        ({"requester": str(uuid4()), "requester_address": "a@b.example"}, "requester_address"),
        ({"service": "x" * 101}, "service"),
        ({"site": "a\nb"}, "site"),
        ({"item": "a\u0000b"}, "item"),
    ],
)
def test_an_unfit_field_is_named(
    cast: Cast, agent: Program, more: dict[str, object], field: str
) -> None:
    found = problem(agent.post(body=NEW | more), 422, field)
    assert all(len(each["problem"]) > 5 for each in found["errors"])
    assert TicketRow.objects.count() == 0


def test_a_missing_field_is_named(cast: Cast, agent: Program) -> None:
    found = problem(agent.post(body={}), 422, "subject")
    assert {each["field"] for each in found["errors"]} == {"subject", "text"}
    assert found["errors"][0]["problem"] == "Give it."


def test_a_ticket_is_read_by_number_code_and_uuid(cast: Cast, agent: Program) -> None:
    row = cast.row(cast.open())
    keys = (str(row.number), f"{cast.company.prefix}-{row.number}", str(row.uuid))
    answers = [told(agent.get(f"{TICKETS}/{key}")) for key in keys]
    assert answers[0] == answers[1] == answers[2]
    assert answers[0]["requester"] == {"uuid": str(cast.requester.uuid), "title": "Paul Press"}
    assert answers[0]["opened_at"] == "2025-03-10T09:00:00Z"


def test_an_unchanged_ticket_is_not_sent_again(cast: Cast, agent: Program) -> None:
    ticket = cast.open()
    first = agent.get(f"{TICKETS}/{ticket}")
    again = agent.get(f"{TICKETS}/{ticket}", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    cast.writes(ticket, instant_now())
    later = agent.get(f"{TICKETS}/{ticket}", headers={"If-None-Match": first["ETag"]})
    assert told(later)["position"] > told(first)["position"]


def test_pages_of_tickets_hold_each_once(cast: Cast, agent: Program) -> None:
    tickets = {str(cast.open()) for _ in range(7)}
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        page = told(agent.get(limit=3, cursor=cursor))
        seen += [each["uuid"] for each in page["tickets"]]
        cursor = page["next"]
    assert sorted(seen) == sorted(tickets)
    assert problem(agent.get(cursor="tomorrow"), 422, "cursor")


def test_tickets_are_chosen_by_status_and_change(cast: Cast, agent: Program) -> None:
    first, second = cast.open(), cast.open()
    cast.does(cast.agent, second, actions.take, instant_now())()
    cast.does(cast.agent, second, actions.resolve, instant_now())()

    def named(**asked: Any) -> list[str]:
        return [each["uuid"] for each in told(agent.get(**asked))["tickets"]]

    assert named(status="resolved") == [str(second)]
    assert named(status=["open", "resolved"]) == [str(first), str(second)]
    assert named(updated_since="2025-03-11T00:00:00Z") == [str(second)]
    assert named(updated_since="2025-03-10T09:00:00+00:00") == [str(first), str(second)]
    problem(agent.get(updated_since="yesterday"), 422, "updated_since")
    problem(agent.get(limit=201), 422, "limit")
    problem(agent.get(status="done"), 422, "status.0")
    problem(agent.get(owner="me"), 422, "owner")


def test_a_reply_and_a_note_are_written(cast: Cast, agent: Program) -> None:
    ticket = cast.open()
    path = f"{TICKETS}/{ticket}/messages"
    reply = told(agent.post(path, {"text": "We look."}), 201)
    note = {"kind": "note", "text": "It is the valve.", "audience": "both_teams"}
    written = told(agent.post(path, note), 201)
    assert {each.id: (each.kind, each.audience) for each in cast.messages(ticket)[1:]} == {
        reply["id"]: ("written", "everyone"),
        written["id"]: ("note", "both_teams"),
    }
    page = told(agent.get(path))
    assert [each["text"] for each in page["messages"]] == [
        "It stopped at nine.",
        "We look.",
        "It is the valve.",
    ]
    part = told(agent.get(path, limit=1))
    assert told(agent.get(path, after=part["next"]))["messages"] == page["messages"][1:]
    problem(agent.post(path, {"text": "x", "audience": "own_team"}), 422, "audience")


def test_a_reply_to_what_has_moved_on_is_refused(cast: Cast, agent: Program) -> None:
    ticket = cast.open()
    path = f"{TICKETS}/{ticket}/messages"
    seen = agent.get(f"{TICKETS}/{ticket}")["ETag"]
    cast.writes(ticket, instant_now())
    response = agent.post(path, {"text": "We look."}, If_Match=seen)
    problem(response, 412)
    problem(agent.post(path, {"text": "We look."}, If_Match='"nothing of ours"'), 412)
    assert len(cast.messages(ticket)) == 2
    now = agent.get(f"{TICKETS}/{ticket}")["ETag"]
    answer = agent.post(path, {"text": "We look."}, If_Match=now)
    told(answer, 201)
    told(agent.post(path, {"text": "Again."}, If_Match=answer["ETag"]), 201)
    told(agent.post(path, {"text": "Whatever."}, If_Match="*"), 201)


def test_a_step_that_is_not_legal_is_told(cast: Cast, agent: Program) -> None:
    one, other = cast.open(), cast.open()
    cast.does(cast.agent, one, actions.merge, instant_now())(into=other)
    found = problem(agent.post(f"{TICKETS}/{one}/messages", {"text": "We look."}), 409)
    assert "merged" in found["detail"]


def test_notes_stay_with_those_who_may_read_them(cast: Cast) -> None:
    ticket = cast.open()
    note = cast.does(cast.agent, ticket, actions.write_note, instant_now())
    own = note(text="own words", audience=e.Audience.OWN_TEAM)
    both = note(text="both words", audience=e.Audience.BOTH_TEAMS)

    def seen(program: Program) -> set[str]:
        messages = program.get(f"{TICKETS}/{ticket}/messages")
        events = program.get(f"{TICKETS}/{ticket}/events")
        found = {
            each["body"]["note"]
            for each in told(events)["events"]
            if each["name"] == "note.written"
        }
        assert found == {
            each["id"] for each in told(messages)["messages"] if each["kind"] == "note"
        }
        for key, text in ((own, b"own words"), (both, b"both words")):
            assert (text in messages.content) == (text in events.content) == (key in found)
        return found

    assert seen(Program(token_for(cast, cast.agent))) == {own, both}
    assert seen(Program(token_for(cast, cast.referent))) == {both}
    without = token_for(cast, cast.agent, [Scope.TICKETS_READ])
    assert seen(Program(without)) == set()


def test_the_record_of_a_ticket_is_told_with_its_words(cast: Cast, agent: Program) -> None:
    ticket = cast.open()
    cast.replies(ticket, instant_now())
    told_events = told(agent.get(f"{TICKETS}/{ticket}/events"))["events"]
    assert [each["name"] for each in told_events] == cast.names(ticket)
    assert [each["position"] for each in told_events] == list(range(1, len(told_events) + 1))
    opened = told_events[0]
    assert opened["words"][opened["body"]["subject"]["id"]] == "Press 4 stands still"
    part = told(agent.get(f"{TICKETS}/{ticket}/events", limit=2))
    rest = told(agent.get(f"{TICKETS}/{ticket}/events", after=part["next"]))
    assert part["events"] + rest["events"] == told_events
