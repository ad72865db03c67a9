"""Reading ServiceNow's incidents with sys_audit.

The samples are made up, in the format of
https://www.servicenow.com/docs/r/washingtondc/platform-security/c_UnderstandingTheSysAuditTable.html.
"""

import csv
import io
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Side
from commondesk.core.record.ticket import Status
from commondesk.readers import export, servicenow_audit
from commondesk.readers.export import ExportedTicket, Quality, UnusableExport
from tests.readers.exports import (
    ACME,
    SAMPLES,
    as_json,
    assert_orderly,
    bent,
    bodies,
    damaged,
    folded,
    guessed,
    refusal,
    told,
    words_from,
    zipped,
)
from tests.readers.exports import read as read_with

FOLDER = SAMPLES / "servicenow_audit"
INCIDENTS = (FOLDER / "incident.json").read_bytes()
USERS = (FOLDER / "sys_user.json").read_bytes()
AUDITS = (FOLDER / "sys_audit.csv").read_bytes()
Row = dict[str, str]


def read(*contents: bytes) -> tuple[list[ExportedTicket], Quality]:
    return read_with(servicenow_audit, *contents)


def audits() -> list[Row]:
    return list(csv.DictReader(io.StringIO(AUDITS.decode())))


def document() -> dict[str, Any]:
    """All records as one answer."""
    records: list[Any] = [*json.loads(INCIDENTS)["result"], *audits()]
    return {"result": [*records, *json.loads(USERS)["result"]]}


def audit_changed(place: int, **values: Any) -> bytes:
    found = document()
    found["result"][2 + place].update(values)
    return as_json(found)


def incident_changed(**values: Any) -> bytes:
    found = document()
    found["result"][0].update(values)
    return as_json(found)


def sample(place: int = 0) -> ExportedTicket:
    return read(INCIDENTS, USERS, AUDITS)[0][place]


# ---- what audits mean -----------------------------------------------------------------------


def test_an_incident_becomes_the_events_that_its_audits_mean() -> None:
    assert told(sample()) == [
        "03-10T09:00 requester ticket.opened",
        "03-10T09:00 requester message.received",
        "03-10T09:00 requester ticket.classified",
        "03-10T09:00 requester ticket.prioritised",
        "03-10T09:00 requester ticket.assigned",
        "03-10T09:00 machine ticket.prioritised",
        "03-10T09:10 machine message.written",
        "03-10T09:10 machine message.delivered",
        "03-10T09:19 provider ticket.taken",
        "03-10T09:20 provider message.written",
        "03-10T09:20 machine message.delivered",
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
        "03-12T10:00 provider ticket.resolved",
        "03-22T10:00 machine ticket.closed",
    ]


def test_its_events_add_up_to_the_incident() -> None:
    ticket = folded(sample())
    assert (ticket.status, ticket.reopens, ticket.team) == (Status.CLOSED, 1, "Yard team")
    assert (ticket.priority, ticket.impact, ticket.urgency) == (e.Priority.P2, 2, 1)
    assert ticket.owner == export.person_id(ACME, "servicenow", "Paul Berg")
    assert ticket.requester == export.person_id(ACME, "servicenow", "Rita Lind")
    assert (ticket.channel, sample().subject) == (e.Channel.PORTAL, "Crane display stays dark")


def test_a_reopening_names_the_comment_that_it_came_with() -> None:
    (reopened,) = bodies(sample(), e.TicketReopened)
    received = bodies(sample(), e.MessageReceived)[-1]
    assert reopened.message == received.message  # type: ignore[attr-defined]


def test_a_hold_waits_for_what_its_reason_names() -> None:
    waits = [body.on for body in bodies(sample(), e.WaitBegun)]  # type: ignore[attr-defined]
    assert waits == [e.WaitReason.REQUESTER, e.WaitReason.VENDOR]


def test_events_are_orderly_and_every_record_leaves_a_trace() -> None:
    tickets, quality = read(INCIDENTS, USERS, AUDITS)
    assert_orderly(tickets, "servicenow")
    assert quality.findings["tables"].examples == ["problem"]
    assert quality.count_of("strays") == 1
    assert quality.findings["fields"].examples == ["close_notes"]


def test_comments_go_to_the_caller_and_work_notes_do_not() -> None:
    ticket = sample()
    assert words_from(ticket, Side.MACHINE, e.MessageWritten) == ["Your request was received."]
    assert words_from(ticket, Side.PROVIDER, e.MessageWritten) == [
        "Which lamp blinks?",
        "The fuse was changed.",
    ]
    assert words_from(ticket, Side.PROVIDER, e.NoteWritten) == ["Looks like the fuse."]
    assert words_from(ticket, Side.REQUESTER, e.MessageReceived)[1:] == [
        "The red one.",
        "Dark again.",
    ]


def test_somebody_of_whom_nothing_tells_that_they_work_incidents_counts_for_no_side() -> None:
    assert words_from(sample(1), Side.MACHINE, e.MessageReceived) == ["I ask that, too."]
    _, quality = read(INCIDENTS, USERS, AUDITS)
    assert quality.findings["roles"].examples == ["carl.odde"]


def test_without_users_the_callers_comments_are_nobodys() -> None:
    tickets, _ = read(INCIDENTS, AUDITS)
    assert words_from(tickets[0], Side.MACHINE, e.MessageReceived) == [
        "The red one.",
        "Dark again.",
    ]
    assert len(words_from(tickets[0], Side.PROVIDER, e.MessageWritten)) == 2


def test_what_somebody_else_opened_is_no_word_of_the_caller() -> None:
    assert told(sample(1))[:2] == [
        "03-11T08:00 provider ticket.opened",
        "03-11T08:00 provider note.written",
    ]
    assert folded(sample(1)).waits[0].on is e.WaitReason.VENDOR
    assert folded(sample(1)).category == "hardware"
    assert bodies(sample(1), e.TicketPrioritised) == [e.TicketPrioritised(e.Priority.P4, 3, 3)]


def test_one_answer_and_archives_are_read_alike() -> None:
    whole = [told(ticket) for ticket in read(INCIDENTS, USERS, AUDITS)[0]]
    for content in (as_json(document()), zipped(incident=INCIDENTS, rest=as_json(document()))):
        assert [told(ticket) for ticket in read(content)[0]] == whole


def test_choices_of_ones_own_are_read_by_sys_choice() -> None:
    wrong = audit_changed(16, newvalue="42")
    assert "column state: '42' is not known" in refusal(servicenow_audit, wrong)
    choice: Json = {"name": "incident", "element": "state", "value": "42", "label": "Resolved"}
    tickets, _ = read(wrong, as_json({"result": [choice]}))
    assert told(tickets[0]) == told(sample())


def test_it_recognises_its_files() -> None:
    assert guessed(INCIDENTS, USERS, AUDITS) == guessed(AUDITS) == "servicenow-audit"


# ---- damage ---------------------------------------------------------------------------------


def test_records_that_stand_twice_are_dropped_once() -> None:
    _, quality = read(INCIDENTS, USERS, AUDITS, AUDITS)
    assert quality.count_of("twins") == len(audits()) - 1


def test_an_incident_without_audits_is_open_and_told() -> None:
    others = [each for each in audits() if each["documentkey"] != audits()[0]["documentkey"]]
    records: list[Json] = [{**each} for each in others]
    tickets, quality = read(INCIDENTS, as_json({"result": records}))
    assert quality.findings["no_audit"].examples == ["INC0900101"]
    assert quality.findings["unaudited_state"].examples == ["INC0900101"]
    assert folded(tickets[0]).status is Status.OPEN


def test_without_any_audit_there_is_no_history_and_the_remedy_is_told() -> None:
    assert "add sys_audit, or read incidents alone --as table" in refusal(
        servicenow_audit, INCIDENTS
    )


def test_audits_may_come_as_value_and_shown_value_both() -> None:
    both: list[Json] = [
        {name: {"value": at, "display_value": at} for name, at in each.items()} for each in audits()
    ]
    found, _ = read(INCIDENTS, USERS, as_json({"result": both}))
    assert [told(ticket) for ticket in found] == [told(sample(0)), told(sample(1))]


def test_a_caller_that_is_referred_to_is_known() -> None:
    found = json.loads(INCIDENTS)
    caller = found["result"][0]["caller_id"]
    value = caller["value"] if isinstance(caller, dict) else caller
    found["result"][0]["caller_id"] = {"link": "https://acme.example/user", "value": value}
    tickets, quality = read(as_json(found), USERS, AUDITS)
    assert quality.count_of("no_caller") == read(INCIDENTS, USERS, AUDITS)[1].count_of("no_caller")
    assert told(tickets[0]) == told(sample())


def test_times_turned_round_are_refused_with_the_remedy() -> None:
    assert "export once more with dates that begin with the year" in refusal(
        servicenow_audit, INCIDENTS, AUDITS.replace(b"2025-03-10", b"10-03-2025", 1)
    )


def test_days_before_months_are_read_where_the_column_shows_it() -> None:
    turned = re.sub(rb"2025-(\d\d)-(\d\d)", rb"\2/\1/2025", AUDITS)
    found, _ = read(INCIDENTS, USERS, turned)
    assert [*map(told, found)] == [*map(told, read(INCIDENTS, USERS, AUDITS)[0])]
    asked = refusal(servicenow_audit, INCIDENTS, USERS, re.sub(rb"\d\d/03/", b"12/03/", turned))
    assert "export once more with dates that begin with the year" in asked


def test_a_state_that_disagrees_is_counted() -> None:
    _, quality = read(incident_changed(state="2"))
    assert quality.findings["state"].examples == ["INC0900101"]


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (audit_changed(5, newvalue="limbo"), "column state: 'limbo' is not known"),
        (audit_changed(7, newvalue="77"), "column hold_reason: '77' is not known"),
        (audit_changed(0, newvalue="high"), "column priority: 'high' does not begin with a level"),
        (audit_changed(0, sys_created_on="10/03/2025 10:00"), "is no time such as"),
        (audit_changed(0, sys_created_on=None), "column sys_created_on: is missing"),
        (audit_changed(0, tablename=""), "column tablename: is missing"),
        (audit_changed(0, newvalue=[]), "column newvalue: wants text, not a list"),
        (audit_changed(3, newvalue="x" * 301), "column newvalue: is longer than 300"),
        (incident_changed(number={"value": ""}), "column number"),
        (incident_changed(opened_at=""), "column opened_at: is missing"),
        (incident_changed(state=None, hold_reason=7), ""),
        (incident_changed(sys_id=None), "column sys_id: is missing"),
        (as_json({"result": [{"surprise": 1}]}), "row 1: is neither an incident, an audit"),
    ],
)
def test_a_value_that_does_not_fit_is_named_by_record_and_field(content: bytes, what: str) -> None:
    if what:
        assert what in refusal(servicenow_audit, content)
    else:
        assert len(read(content)[0]) == 2


@pytest.mark.parametrize(
    ("damage", "what"),
    [
        (lambda content: content.replace(b'"', b'"x" y', 1), "a closing quote"),
        (lambda content: content + b'"open' + b"\n" * 99, "a quote is opened here"),
    ],
)
def test_damage_to_a_table_is_told_plainly(damage: Callable[[bytes], bytes], what: str) -> None:
    assert what in refusal(servicenow_audit, INCIDENTS, damage(AUDITS))


def test_what_a_table_that_breaks_off_says_before_is_read() -> None:
    whole, _ = read(INCIDENTS, AUDITS)
    cut, quality = read(INCIDENTS, AUDITS[:-9])
    assert [ticket.number for ticket in cut] == [ticket.number for ticket in whole]
    assert quality.count_of("broken_off") == 1


def test_a_table_is_known_however_it_was_saved() -> None:
    header, _, rest = AUDITS.decode().partition("\n")
    assert guessed(f"\ufeffAudits\n\n{header}\n{rest}".encode()) == "servicenow-audit"


@settings(deadline=None)
@given(damaged(AUDITS))
def test_any_damage_ends_in_a_result_or_a_plain_refusal(content: bytes) -> None:
    _end_well(INCIDENTS, content)


@settings(deadline=None)
@given(damaged(INCIDENTS))
def test_so_does_damage_to_documents(content: bytes) -> None:
    _end_well(content, AUDITS)


@settings(deadline=None)
@given(st.data())
def test_so_do_values_of_other_types(data: st.DataObject) -> None:
    _end_well(data.draw(bent(document())))


def _end_well(*contents: bytes) -> None:
    try:
        tickets, _ = read(*contents)
    except UnusableExport as refused:
        assert str(refused)
    else:
        assert_orderly(tickets, "servicenow")
