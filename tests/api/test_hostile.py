"""Hostile JSON and fields that nobody may set: refused in words, never a failure of ours."""

import json

import pytest

from commondesk.desk.models import MessageRow, TicketRow
from tests.api.asking import NEW, TICKETS, Program, problem, told
from tests.desk.cast import Cast

NOBODY_SETS = (
    *("is_staff", "is_superuser", "role", "roles", "tenant", "tenant_id", "company", "company_id"),
    *("approved_by", "approved_at", "sla_due", "due_at", "created_at", "opened_at", "id", "uuid"),
    *("number", "price", "risk_tier", "is_internal", "owner", "permissions", "mfa_enabled"),
    *("status", "priority", "team", "tier", "channel", "position", "actor", "happened_at"),
    *("charter", "providers", "accountable", "merged_into", "author", "side", "to", "raw"),
)


@pytest.mark.parametrize("name", NOBODY_SETS)
def test_a_field_that_nobody_may_set_is_refused_by_name(
    cast: Cast, agent: Program, name: str
) -> None:
    ticket = cast.open()
    before = cast.names(ticket)
    for value in ("1", True, [1], {"id": 1}):
        problem(agent.post(body=NEW | {name: value}), 422, name)
        problem(agent.post(f"{TICKETS}/{ticket}/messages", {"text": "x", name: value}), 422, name)
    assert (TicketRow.objects.count(), cast.names(ticket)) == (1, before)


def test_a_field_behind_the_question_mark_sets_nothing(cast: Cast, agent: Program) -> None:
    ticket = cast.open()
    problem(agent.post(f"{TICKETS}?kind=alert"), 422, "kind")
    problem(agent.post(f"{TICKETS}/{ticket}/messages?kind=note", {"text": "x"}), 422, "kind")
    problem(agent.get(f"{TICKETS}/{ticket}?company=1"), 422, "company")
    problem(agent.get(f"{TICKETS}/{ticket}/events?audience=everyone"), 422, "audience")
    problem(agent.get(f"{TICKETS}/{ticket}/messages?limit=1&limit=2"), 422, "limit")
    assert (TicketRow.objects.count(), len(cast.messages(ticket))) == (1, 1)


def test_a_form_or_a_list_of_tickets_is_refused(cast: Cast, agent: Program) -> None:
    form = b"subject=a&text=b"
    for media_type in ("application/x-www-form-urlencoded", "multipart/form-data", "text/plain"):
        problem(agent.post(raw=form, Content_Type=media_type), 415)
    problem(agent.post(raw=json.dumps(NEW).encode(), Content_Type="text/json"), 415)
    problem(agent.post(body=[NEW, NEW]), 422)
    assert not TicketRow.objects.exists()


DEEP = 100_000
NEVER_READ = {
    "a space": b" ",
    "no JSON": b"{",
    "two values": b"{} {}",
    "not UTF-8": b'{"subject": "\xff\xfe"}',
    "UTF-16": json.dumps(NEW).encode("utf-16"),
    "not a number": b'{"subject": NaN, "text": "x"}',
    "infinite": b'{"subject": -Infinity, "text": "x"}',
    "a very long number": b'{"subject": ' + b"9" * 100_000 + b"}",
    "the same name twice": b'{"subject": "a", "text": "b", "subject": "c"}',
    "twice within": b'{"subject": "a", "text": {"x": 1, "x": 2}}',
    "deep lists": b"[" * DEEP,
    "deep lists, closed": b"[" * DEEP + b"]" * DEEP,
    "deep objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
}


@pytest.mark.parametrize("name", NEVER_READ)
def test_what_cannot_be_read_is_refused(cast: Cast, agent: Program, name: str) -> None:
    response = agent.post(raw=NEVER_READ[name])
    assert response.status_code in (400, 422), response.content
    problem(response, response.status_code)
    assert not TicketRow.objects.exists()


UNFIT = {
    "half a character": b'{"subject": "a\\ud800", "text": "x"}',
    "half a character in a name": b'{"\\udfff": 1, "subject": "a", "text": "x"}',
    "a huge number": b'{"subject": 1e400, "text": "x"}',
    "a list": b'{"subject": ["a"], "text": "x"}',
    "an object": b'{"subject": {"$ne": ""}, "text": "x"}',
    "a word": b'"subject"',
    "nothing": b"null",
    "truth": b"true",
    "a number": b"7",
    "an empty list": b"[]",
}


@pytest.mark.parametrize("name", UNFIT)
def test_what_does_not_fit_is_refused(cast: Cast, agent: Program, name: str) -> None:
    problem(agent.post(raw=UNFIT[name]), 422)
    assert not TicketRow.objects.exists()


def test_a_body_that_is_too_large_is_refused(cast: Cast, agent: Program) -> None:
    problem(agent.post(raw=b'{"text": "' + b"x" * 3_000_000 + b'"}'), 413)


def test_brackets_within_a_text_are_no_depth(cast: Cast, agent: Program) -> None:
    text = '"\\' + "[{" * 200 + '"'
    opened = told(agent.post(body=NEW | {"text": text}), 201)
    assert MessageRow.objects.get(ticket_id=opened["uuid"]).text == text


def test_what_no_database_holds_is_kept_as_far_as_it_goes(cast: Cast, agent: Program) -> None:
    body = {"subject": "a\u0000b\r\nBcc: x\u202e", "text": "c\u0000d \U0001f600"}
    opened = told(agent.post(body=body), 201)
    row = TicketRow.objects.get(uuid=opened["uuid"])
    assert row.subject == "a b Bcc: x"
    assert MessageRow.objects.get(ticket=row).text == "c\ufffdd \U0001f600"


@pytest.mark.parametrize(
    "key",
    [
        "%00",
        "..%2f..%2fetc",
        "1'%20OR%201=1",
        "9" * 400,
        "-1",
        "1e3",
        "%F0%9F%98%80",
        "\u0661",
        "11111111-2222-4333-8444-55555555555g",
        "{11111111-2222-4333-8444-555555555555}",
        "11111111222243338444555555555555",
    ],
)
def test_a_hostile_address_is_one_that_does_not_exist(cast: Cast, agent: Program, key: str) -> None:
    for part in ("", "/messages", "/events"):
        problem(agent.get(f"{TICKETS}/{key}{part}"), 404)
    problem(agent.post(f"{TICKETS}/{key}/messages", {"text": "x"}), 404)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("cursor", "\x00"),
        ("cursor", "w" * 101),
        ("cursor", "OTk5OTk5OTk5OTk5OTk5OTk5OTk5OS4x"),
        ("limit", "1e9"),
        ("limit", "-1"),
        ("limit", "9" * 400),
        ("updated_since", "0000-01-01T00:00:00Z"),
        ("updated_since", "2025-02-30T00:00:00Z"),
        ("updated_since", "2025-03-10T09:00:00"),
        ("updated_since", "9" * 400),
        ("updated_since", "\x00"),
    ],
)
def test_a_hostile_question_is_named(cast: Cast, agent: Program, name: str, value: str) -> None:
    problem(agent.get(**{name: value}), 422, name)


def test_the_ends_of_time_are_taken(cast: Cast, agent: Program) -> None:
    cast.open()
    assert told(agent.get(updated_since="0001-01-01T00:00:00Z"))["tickets"]
    assert not told(agent.get(updated_since="9999-12-31T23:59:59.999999Z"))["tickets"]


@pytest.mark.parametrize("key", ["", " ", "a b", "\u00e9", "x" * 201, "\x7f"])
def test_a_hostile_key_is_named(cast: Cast, agent: Program, key: str) -> None:
    problem(agent.post(Idempotency_Key=key), 422, "Idempotency-Key")
    assert not TicketRow.objects.exists()


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "TRACE"])
def test_other_methods_are_refused(cast: Cast, agent: Program, method: str) -> None:
    response = agent.client.generic(method, TICKETS, headers=agent.headers)
    assert response.status_code == 405
    assert response["Allow"] == "GET, POST"
