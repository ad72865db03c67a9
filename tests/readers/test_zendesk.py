"""Reading Zendesk's tickets with audits, and its ticket events.

The samples are made up, in the format of
https://developer.zendesk.com/api-reference/ticketing/tickets/ticket_audits/ and
https://developer.zendesk.com/api-reference/ticketing/ticket-management/incremental_exports/.
"""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.event import Certainty, Side
from commondesk.core.record.ticket import Status
from commondesk.readers import export, zendesk
from commondesk.readers.export import ExportedTicket, Support, UnusableExport
from tests.readers.exports import (
    ACME,
    SAMPLES,
    as_json,
    as_lines,
    assert_orderly,
    bent,
    bodies,
    damaged,
    folded,
    guessed,
    read,
    refusal,
    told,
    words_from,
    zipped,
)

SAMPLE = (SAMPLES / "zendesk" / "tickets.json").read_bytes()
EVENTS = (SAMPLES / "zendesk" / "ticket_events.jsonl").read_bytes()


def document() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(SAMPLE)
    return found


def sample(number: str) -> ExportedTicket:
    tickets, _ = read(zendesk, SAMPLE)
    return next(ticket for ticket in tickets if ticket.number == number)


def changed(audit: int, **values: Any) -> bytes:
    """The sample with other values in an audit."""
    found = document()
    next(each for each in found["audits"] if each["id"] == audit).update(values)
    return as_json(found)


def event_changed(audit: int, place: int, **values: Any) -> bytes:
    """The sample with other values in an event of an audit."""
    found = document()
    next(each for each in found["audits"] if each["id"] == audit)["events"][place].update(values)
    return as_json(found)


# ---- what audits mean -----------------------------------------------------------------------


def test_a_ticket_becomes_the_events_that_its_audits_mean() -> None:
    assert told(sample("101")) == [
        "03-10T09:00 requester ticket.opened",
        "03-10T09:00 requester message.received",
        "03-10T09:00 machine message.written",
        "03-10T09:00 machine message.delivered",
        "03-10T09:00 machine ticket.prioritised",
        "03-10T09:00 machine ticket.assigned",
        "03-10T09:20 provider message.written",
        "03-10T09:20 machine message.delivered",
        "03-10T09:20 provider ticket.taken",
        "03-10T09:20 provider question.asked",
        "03-10T09:20 provider wait.begun",
        "03-10T09:30 provider note.written",
        "03-10T11:00 requester message.received",
        "03-10T11:00 requester wait.ended",
        "03-10T11:10 provider ticket.assigned",
        "03-10T11:10 provider wait.begun",
        "03-11T09:00 provider message.written",
        "03-11T09:00 machine message.delivered",
        "03-11T09:00 provider wait.ended",
        "03-11T09:00 provider ticket.resolved",
        "03-12T08:00 requester message.received",
        "03-12T08:00 requester ticket.reopened",
        "03-12T10:00 provider message.written",
        "03-12T10:00 machine message.delivered",
        "03-12T10:00 provider ticket.resolved",
        "03-22T10:00 machine ticket.closed",
    ]


def test_its_events_add_up_to_the_ticket() -> None:
    ticket = folded(sample("101"))
    assert (ticket.status, ticket.reopens, ticket.team) == (Status.CLOSED, 1, "Yard team")
    assert (ticket.priority, ticket.kind) == (e.Priority.P2, e.Kind.INCIDENT)
    assert ticket.owner == export.person_id(ACME, "zendesk", "Paul Berg")
    assert ticket.requester == export.person_id(ACME, "zendesk", "Rita Lind")
    assert sample("101").subject == "Crane display stays dark"
    assert sample("101").people == {
        "Rita Lind": Side.REQUESTER,
        "Paul Berg": Side.PROVIDER,
        "Pia Holm": Side.PROVIDER,
    }


def test_events_are_orderly_and_every_record_leaves_a_trace() -> None:
    for content in (SAMPLE, EVENTS):
        tickets, quality = read(zendesk, content)
        assert_orderly(tickets, "zendesk")
        assert {draft.certainty for each in tickets for draft in each.drafts} == {
            Certainty.IMPORTED
        }
        assert quality.tickets == 2


def test_pending_waits_on_the_requester_and_hold_on_others() -> None:
    waits = [body.on for body in bodies(sample("101"), e.WaitBegun)]  # type: ignore[attr-defined]
    assert waits == [e.WaitReason.REQUESTER, e.WaitReason.VENDOR]


def test_a_reply_by_a_person_is_never_the_rules_mail_nor_the_requesters() -> None:
    ticket = sample("101")
    assert words_from(ticket, Side.MACHINE, e.MessageWritten) == ["Your request was received."]
    assert words_from(ticket, Side.PROVIDER, e.MessageWritten) == [
        "Which lamp blinks?",
        "The fuse was changed.",
        "New display fitted.",
    ]
    assert words_from(ticket, Side.PROVIDER, e.MessageReceived) == []
    assert words_from(ticket, Side.REQUESTER, e.MessageWritten) == []


def rated(**rating: Any) -> bytes:
    """The sample with a rating by the requester of a solved ticket, the next day."""
    found = document()
    last = found["audits"][-1]
    solved = next(each for each in found["tickets"] if each["status"] in ("solved", "closed"))
    event = {"id": 990, "type": "SatisfactionRating", "assignee_id": 1, **rating}
    found["audits"].append(
        {
            **{"id": 99_000_000_000, "ticket_id": solved["id"], "events": [event]},
            **{"created_at": "2030-01-01T09:00:00Z", "author_id": solved["requester_id"]},
            "via": last["via"] if last["via"].get("channel") == "web" else {"channel": "web"},
        }
    )
    return as_json(found)


def ratings(content: bytes) -> list[tuple[int, str]]:
    tickets, _ = read(zendesk, content)
    return [
        (draft.body.score, ticket.words.get(draft.body.text.id, "") if draft.body.text else "")
        for ticket in tickets
        for draft in ticket.drafts
        if isinstance(draft.body, e.TicketRated)
    ]


def test_a_rating_is_the_requesters_judgement() -> None:
    assert ratings(rated(score="good", body="Quick!")) == [(5, "Quick!")]
    assert ratings(rated(score="bad_with_comment", body="Twice")) == [(1, "Twice")]
    assert ratings(rated(score="offered")) == []


def test_a_rating_of_an_unknown_scale_is_refused() -> None:
    assert "'4' is not known; known are good, bad" in refusal(zendesk, rated(score="4"))


def test_a_rating_by_an_agent_judges_nothing() -> None:
    content = json.loads(rated(score="good"))
    agent = next(each["id"] for each in content["users"] if each["role"] == "agent")
    content["audits"][-1]["author_id"] = agent
    found, quality = read(zendesk, as_json(content))
    assert quality.count_of("ratings") == 1
    assert not any(isinstance(draft.body, e.TicketRated) for each in found for draft in each.drafts)


def test_a_private_comment_is_a_note() -> None:
    ticket = sample("101")
    assert words_from(ticket, Side.PROVIDER, e.NoteWritten) == ["Looks like the fuse."]
    private = event_changed(1021, 0, public=False)
    tickets, _ = read(zendesk, private)
    assert "Which lamp blinks?" in words_from(tickets[0], Side.PROVIDER, e.NoteWritten)
    assert "03-10T09:20 provider message.written" not in told(tickets[0])
    assert bodies(tickets[0], e.QuestionAsked) == []


def test_what_an_agent_opens_a_ticket_with_is_no_reply() -> None:
    ticket = sample("102")
    assert told(ticket)[:2] == [
        "03-11T08:00 provider ticket.opened",
        "03-11T08:00 provider note.written",
    ]
    assert bodies(ticket, e.MessageWritten) == []


def test_words_of_somebody_of_unknown_role_count_for_no_side() -> None:
    ticket = sample("102")
    assert words_from(ticket, Side.REQUESTER, e.MessageReceived) == ["I ask that, too."]
    assert words_from(ticket, Side.MACHINE, e.MessageReceived) == ["Gate 3, I think."]
    (unknown,) = [body for body in bodies(ticket, e.MessageReceived) if body.is_automatic]  # type: ignore[attr-defined]
    assert unknown.author == export.person_id(ACME, "zendesk", "Zendesk user 777")  # type: ignore[attr-defined]
    _, quality = read(zendesk, SAMPLE)
    assert quality.findings["roles"].examples == ["Zendesk user 777"]


def test_ticket_events_tell_the_same_updates() -> None:
    tickets, quality = read(zendesk, EVENTS)
    assert [ticket.number for ticket in tickets] == ["201", "202"]
    assert told(tickets[0]) == [
        "04-01T08:00 requester ticket.opened",
        "04-01T08:00 requester message.received",
        "04-01T08:00 requester ticket.prioritised",
        "04-01T08:30 provider message.written",
        "04-01T08:30 machine message.delivered",
        "04-01T08:30 provider ticket.taken",
        "04-01T09:30 provider ticket.resolved",
    ]
    assert folded(tickets[1]).kind is e.Kind.REQUEST
    assert "wordless" in quality.findings
    assert quality.carries["attainment.response"].support is Support.PROXY


def test_pages_may_come_in_any_order_and_packed() -> None:
    found = document()
    pages = {name: as_json({name: found[name]}) for name in ("users", "audits", "groups")}
    pages |= {"tickets": as_json({"tickets": found["tickets"], "next_page": None})}
    whole = [told(ticket) for ticket in read(zendesk, SAMPLE)[0]]
    for contents in ([*pages.values()], [zipped(**pages)], [gzip.compress(SAMPLE)]):
        assert sorted(map(told, read(zendesk, *contents)[0])) == sorted(whole)


def test_a_ticket_a_line_with_its_audits_inside() -> None:
    found = document()
    lines = [
        {
            **ticket,
            "audits": [each for each in found["audits"] if each["ticket_id"] == ticket["id"]],
        }
        for ticket in found["tickets"]
    ]
    tickets, _ = read(zendesk, as_lines([*lines, *found["users"], {"groups": found["groups"]}]))
    assert [told(ticket) for ticket in tickets] == [told(sample("101")), told(sample("102"))]


def test_it_recognises_its_files() -> None:
    assert guessed(SAMPLE) == guessed(EVENTS) == "zendesk"


# ---- damage that is survived ----------------------------------------------------------------


def test_records_that_stand_twice_are_dropped_once() -> None:
    found = document()
    found["audits"].append(found["audits"][3])
    tickets, quality = read(zendesk, as_json(found))
    assert told(tickets[0]) == told(sample("101"))
    assert quality.count_of("twins") == 1


def test_the_latest_version_of_a_ticket_counts() -> None:
    found = document()
    found["tickets"].insert(
        0, found["tickets"][0] | {"updated_at": "2025-03-10T09:00:00Z", "subject": "Old"}
    )
    _, quality = read(zendesk, as_json(found))
    assert quality.count_of("versions") == 1
    assert quality.count_of("status") == 0


def test_a_status_that_disagrees_with_the_history_is_counted() -> None:
    found = document()
    found["tickets"][0]["status"] = "open"
    tickets, quality = read(zendesk, as_json(found))
    assert folded(tickets[0]).status is Status.CLOSED
    assert quality.findings["status"].examples == ["101"]


def test_deleted_tickets_are_dropped() -> None:
    found = document()
    found["tickets"][1]["status"] = "deleted"
    tickets, quality = read(zendesk, as_json(found))
    assert [ticket.number for ticket in tickets] == ["101"]
    assert quality.count_of("deleted") == 1


def test_an_export_without_users_still_knows_requester_and_assignee() -> None:
    found = document()
    del found["users"], found["groups"]
    tickets, quality = read(zendesk, as_json(found))
    assert told(tickets[0])[6] == "03-10T09:20 provider message.written"
    assert tickets[0].people["Zendesk user 501"] is Side.REQUESTER
    assert quality.carries["time.response"].support is Support.PROXY


def test_an_update_timed_before_the_opening_is_moved_and_marked() -> None:
    found = document()
    found["tickets"][0]["created_at"] = "2025-03-10T09:10:00Z"
    tickets, quality = read(zendesk, as_json(found))
    assert_orderly(tickets, "zendesk")
    assert quality.count_of("moved") == 1
    certain = {draft.certainty for draft in tickets[0].drafts[2:5]}
    assert certain == {Certainty.ESTIMATED}


def test_zero_bytes_and_half_characters_are_marked() -> None:
    tickets, quality = read(zendesk, event_changed(1001, 0, plain_body="a\0b\ud800c"))
    assert words_from(tickets[0], Side.REQUESTER, e.MessageReceived)[0] == "a\ufffdb\ufffdc"
    assert quality.count_of("unsound") == 1


def test_two_people_of_one_name_stay_two() -> None:
    found = document()
    found["users"][1]["name"] = "Rita Lind"
    tickets, _ = read(zendesk, as_json(found))
    assert {"Rita Lind (501)", "Rita Lind (502)"} <= set(tickets[1].people)


def test_times_without_a_zone_are_told() -> None:
    _, quality = read(zendesk, changed(1031, created_at="2025-03-10T09:30:00"))
    assert quality.findings["zone"].sort == "doubtful"


# ---- what cannot be read --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (event_changed(1041, 1, value="limbo"), "column status: 'limbo' is not known"),
        (event_changed(1001, 5, value="extreme"), "column priority: 'extreme' is not known"),
        (event_changed(1001, 4, value="riddle"), "column type: 'riddle' is not known"),
        (event_changed(1021, 0, public=None), "column events.1.public: is missing"),
        (event_changed(1021, 0, public="yes"), 'wants true or false, not "yes"'),
        (event_changed(1021, 0, body=7, plain_body=None), "column events.1.body: wants text"),
        (event_changed(1021, 1, field_name="f" * 301), "is longer than 300 characters"),
        (changed(1021, created_at="10/03/2025 09:20"), "column created_at: '10/03/2025 09:20'"),
        (changed(1021, created_at=None), "column created_at: is missing"),
        (changed(1021, ticket_id=None), "column ticket_id: is missing"),
        (changed(1021, events={}), "column events: wants a list"),
        (changed(1021, events=[3]), "column events.1: wants named fields, not 3"),
        (changed(1021, id=1031), "audit 1031 stands twice, with different contents"),
        (changed(1021, author_id=[]), "column author_id: wants text, not a list"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_record_and_field(content: bytes, what: str) -> None:
    text = refusal(zendesk, content)
    assert text.startswith("row ")
    assert what in text


def test_an_unknown_role_is_named() -> None:
    found = document()
    found["users"][0]["role"] = "wizard"
    assert refusal(zendesk, as_json(found)).startswith("row 16, column role: 'wizard' is not known")


def test_lists_of_an_export_may_come_in_files_of_their_own() -> None:
    found = document()
    files = [as_json({name: each}) for name, each in found.items() if isinstance(each, list)]
    assert guessed(*files) == "zendesk"
    assert read(zendesk, *files)[0] == read(zendesk, SAMPLE)[0]


def test_a_ticket_without_audits_has_no_history() -> None:
    found = document()
    found["audits"] = [each for each in found["audits"] if each["ticket_id"] == 101]
    assert refusal(zendesk, as_json(found)) == (
        "row 2, column audits: ticket 102 has no audits, so no history: add them, or read it"
        " --as table with a mapping"
    )


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (SAMPLE[:30], "the file ends"),
        (gzip.compress(SAMPLE)[:-30], "the packed file is damaged or ends too early"),
        (zipped(page=SAMPLE)[:-30], "the archive is damaged"),
        (SAMPLE.replace(b"Rita", b"\xff\xfe", 1), "is not UTF-8"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"tickets": [{"id": ' + b"[" * 100_000, "nested too deeply"),
        (b'{"tickets": [{"id": 1, "id": 2}]}', "two members named 'id'"),
        (b'{"tickets": [{"id": NaN}]}', "NaN is no number"),
        (b'{"tickets": [{"id": ' + b"9" * 5000 + b"}]}", "a number that is too long"),
        (b"number,state\n1,New\n", "no JSON from here on: 'number,state"),
        (b'{"tickets": [1]}', "wants named fields, not 1"),
    ],
)
def test_damage_is_told_plainly(content: bytes, what: str) -> None:
    assert what in refusal(zendesk, content)


def test_lines_before_a_broken_line_are_read_and_the_break_is_told() -> None:
    _, quality = read(zendesk, EVENTS[:-20])
    assert quality.findings["broken_off"].examples == ["row 4"]
    assert refusal(zendesk, EVENTS.replace(b"\n{", b"\n}{", 1)).startswith("row 2: ")


def test_of_a_file_that_breaks_off_tickets_without_history_are_left_out() -> None:
    found = as_json(document())
    cut = found.index(b'"ticket_id": 102')
    tickets, quality = read(zendesk, found[:cut])
    assert [ticket.number for ticket in tickets] == ["101"]
    assert quality.findings["behind_break"].examples == ["102"]


@settings(deadline=None)
@given(damaged(SAMPLE))
def test_any_damage_ends_in_a_result_or_a_plain_refusal(content: bytes) -> None:
    _end_well(content)


@settings(deadline=None)
@given(damaged(EVENTS))
def test_so_does_damage_to_ticket_events(content: bytes) -> None:
    _end_well(content)


@settings(deadline=None)
@given(st.data())
def test_so_do_values_of_other_types(data: st.DataObject) -> None:
    _end_well(data.draw(bent(document())))


def _end_well(content: bytes) -> None:
    try:
        tickets, _ = read(zendesk, content)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert_orderly(tickets, "zendesk")
