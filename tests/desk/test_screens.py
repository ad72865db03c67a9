"""The desk's screens: who gets in, what they show, what each step does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.views.defaults import server_error

from commondesk.accounts import setup
from commondesk.accounts.models import Company, Person
from commondesk.core.record import events as e
from commondesk.core.record.instant import DAY, HOUR, MINUTE
from commondesk.desk import actions, queries, ticket_queries
from commondesk.desk.models import OutgoingMail, TicketRow
from commondesk.desk.steps import STEPS
from commondesk.ledger.now import instant_now
from commondesk.review import refresh, shelf
from commondesk.review.models import PartMade
from tests.desk.cast import MONDAY, PASSWORD, Cast, on

TEMPLATES = sorted(Path(queries.__file__).parents[1].glob("*/jinja2/**/*.html"))


def signed_in(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


def url(cast: Cast, name: str, *args: object) -> str:
    return reverse(name, args=[cast.company.prefix, *args])


def ticket_url(cast: Cast, ticket: UUID) -> str:
    return url(cast, "desk:ticket", cast.row(ticket).number)


def press(cast: Cast, person: Person, ticket: UUID, verb: str, /, **given: object) -> Any:
    row = cast.row(ticket)
    address = url(cast, "desk:step", row.number, verb)
    data = {"position": row.position} | given
    return signed_in(person).post(address, data)


def page_of(cast: Cast, person: Person, ticket: UUID) -> str:
    return signed_in(person).get(ticket_url(cast, ticket)).content.decode()


@pytest.fixture
def soon(cast: Cast) -> Callable[..., UUID]:
    """Opens tickets a short while ago, so that the pages show them as of today."""
    return partial(cast.open, instant_now() - 5 * MINUTE)


# ---- who gets in --------------------------------------------------------------------------


def pages(cast: Cast, ticket: UUID) -> list[str]:
    number = cast.row(ticket).number
    return [
        url(cast, "desk:queue"),
        url(cast, "desk:ticket", number),
        url(cast, "desk:clocks", number),
        url(cast, "desk:new-ticket"),
        url(cast, "desk:file", number, uuid4()),
        url(cast, "governance:charter"),
        url(cast, "review:review"),
        url(cast, "review:behind", "attainment.response.contract"),
    ]


def test_whoever_is_not_signed_in_is_asked_to(cast: Cast) -> None:
    for address in pages(cast, cast.open()):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer["Location"] == f"/sign-in/?next={address}"


def test_an_outsider_cannot_tell_a_company_from_none(cast: Cast) -> None:
    client = signed_in(cast.outsider)
    for address in pages(cast, cast.open()):
        nowhere = address.replace(f"/c/{cast.company.prefix}/", "/c/NOWAY/")
        there, none = client.get(address), client.get(nowhere)
        assert (there.status_code, none.status_code) == (404, 404)
        assert there.content == none.content


def test_an_outsider_can_do_nothing(cast: Cast) -> None:
    ticket = cast.open()
    before = cast.names(ticket)
    for verb in STEPS:
        assert press(cast, cast.outsider, ticket, verb, text="hello").status_code == 404
    assert cast.names(ticket) == before


def test_a_requester_sees_the_own_tickets_alone(cast: Cast) -> None:
    own, other = cast.open(), cast.open(requester=cast.colleague.uuid)
    client = signed_in(cast.requester)
    listed = client.get(url(cast, "desk:queue")).content.decode()
    assert f"{cast.company.prefix}-{cast.row(own).number}" in listed
    assert f"{cast.company.prefix}-{cast.row(other).number}" not in listed
    assert client.get(ticket_url(cast, own)).status_code == 200
    assert client.get(ticket_url(cast, other)).status_code == 404
    refused = [each for each in pages(cast, own) if client.get(each).status_code == 404]
    assert len(refused) == 5  # a requester opens tickets, for themselves


def test_a_requester_reads_no_note_and_nothing_between_the_teams(cast: Cast) -> None:
    ticket = cast.open()
    for audience in e.Audience:
        write = cast.does(cast.agent, ticket, actions.write_note, MONDAY + MINUTE)
        write(text=f"canary {audience}", audience=audience)
    note = cast.does(cast.agent, ticket, actions.log_time, MONDAY + MINUTE)
    note(span=HOUR, note="canary time")
    offer = cast.does(cast.agent, ticket, actions.offer_handover, MONDAY + MINUTE)
    offer(team="L2", reason="canary handover")
    cast.replies(ticket, MONDAY + 2 * MINUTE, "Public words.")
    shown = page_of(cast, cast.requester, ticket)
    assert "Public words." in shown
    assert "canary" not in shown


def test_a_note_for_the_own_team_stays_on_its_side(cast: Cast) -> None:
    ticket = cast.open()
    write = cast.does(cast.agent, ticket, actions.write_note, MONDAY + MINUTE)
    write(text="canary own", audience=e.Audience.OWN_TEAM)
    write(text="canary both", audience=e.Audience.BOTH_TEAMS)
    assert "canary own" in page_of(cast, cast.expert, ticket)
    theirs = page_of(cast, cast.referent, ticket)
    assert "canary own" not in theirs
    assert "canary both" in theirs


def test_requesters_take_no_step_of_the_desk(cast: Cast) -> None:
    ticket = cast.open()
    before = cast.names(ticket)
    for verb in set(STEPS) - {"answer", "rate", "reopen", "close", "agree-lowering"}:
        assert press(cast, cast.requester, ticket, verb, text="x").status_code == 404, verb
    assert cast.names(ticket) == before


def test_a_step_is_a_post_with_a_token(cast: Cast) -> None:
    ticket = cast.open()
    address = url(cast, "desk:step", cast.row(ticket).number, "take")
    assert signed_in(cast.agent).get(address).status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.agent)
    assert strict.post(address).status_code == 403
    assert cast.ticket(ticket).owner == ""


# ---- signing in, setting up ---------------------------------------------------------------


def test_an_unknown_address_and_a_wrong_password_get_one_answer(cast: Cast) -> None:
    answers = [
        Client().post("/sign-in/", {"address": address, "password": "wrong words here"})
        for address in ("ada@helpers.example", "nobody@helpers.example")
    ]
    assert [each.status_code for each in answers] == [422, 422]
    first, second = (each.content.decode() for each in answers)
    assert "do not belong together" in first
    assert first.replace("ada@", "").count("<p") == second.replace("nobody@", "").count("<p")


@pytest.mark.parametrize(
    ("wanted", "onward"),
    [
        ("", "/"),
        ("/c/X/queue/", "/c/X/queue/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("/\\evil.example", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_leads_to_our_own_pages_only(cast: Cast, wanted: str, onward: str) -> None:
    given = {"address": "Ada@Helpers.example ", "password": PASSWORD, "next": wanted}
    answer = Client().post("/sign-in/", given)
    assert (answer.status_code, answer["Location"]) == (302, onward)


def test_signing_out_needs_a_post(cast: Cast) -> None:
    client = signed_in(cast.agent)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/").status_code == 302
    assert client.get(url(cast, "desk:queue")).status_code == 302


FIVE = {
    "company": "Möbelwerke",
    "name": "Ana Ruiz",
    "address": "ana@works.example",
    "password": "a long and quiet sentence",
    "zone": "Europe/Paris",
}


@pytest.mark.django_db
def test_five_fields_make_a_company_once() -> None:
    link = setup.setup_link()
    assert link is not None
    client = Client()
    assert "not set up yet" in client.get("/").content.decode()
    assert client.get(link).status_code == 200
    answer = client.post(link, FIVE, follow=True)
    company = Company.objects.get()
    assert answer.redirect_chain == [(f"/c/{company.prefix}/queue/", 302)]
    shown = answer.content.decode()
    assert "No ticket has come in yet" in shown
    assert "127.0.0.1:2525" in shown
    for method in (client.get, client.post):
        again = method(link)
        assert again.status_code == 410
        assert "opens nothing any more" in again.content.decode()


@pytest.mark.django_db
def test_what_is_wrong_stands_at_its_field_and_the_link_stays_good() -> None:
    link = setup.setup_link()
    assert link is not None
    answer = Client().post(link, FIVE | {"password": "short", "address": "no address"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Enter a valid email address" in shown
    answer = Client().post(link, FIVE | {"password": "short"})
    assert "too short" in answer.content.decode()
    assert not Company.objects.exists()
    assert Client().get(link).status_code == 200


@pytest.mark.django_db
def test_an_unknown_link_is_answered_kindly() -> None:
    answer = Client().get("/setup/guess/")
    assert answer.status_code == 410
    assert "prints a fresh link" in answer.content.decode()


# ---- the queue ----------------------------------------------------------------------------


def test_lists_ask_the_database_as_often_for_four_rows_as_for_two(
    cast: Cast, soon: Callable[..., UUID]
) -> None:
    def asked(client: Client, address: str) -> int:
        # What is new is taken into the figures once, and what is made of them is kept until then.
        refresh.catch_up(instant_now())
        shelf.clear()
        PartMade.objects.all().delete()
        with CaptureQueriesContext(
            connection,
        ) as context:
            assert client.get(address).status_code == 200
        return len(context)

    # Whoever asks twice is in the figures as somebody who comes back: one question more.
    soon()
    soon()
    agent, requester = signed_in(cast.agent), signed_in(cast.requester)
    lists = [(agent, f"{url(cast, 'desk:queue')}?view={view}") for view in ("due", "all")]
    lists.append((requester, url(cast, "desk:queue")))
    lists.append((agent, url(cast, "review:review")))
    for client, address in lists:
        asked(client, address)
    before = [asked(*each) for each in lists]
    for _ in range(2):
        soon()
    assert [asked(*each) for each in lists] == before
    assert max(before[:3]) < 15


def test_words_in_the_queue_are_never_markup(cast: Cast, soon: Callable[..., UUID]) -> None:
    hostile = "<script>alert(1)</script>"
    ticket = soon(subject=hostile, text=hostile)
    cast.does(cast.agent, ticket, actions.classify, instant_now())(
        kind=e.Kind.INCIDENT, service=hostile, site='" onmouseover="x'
    )
    client = signed_in(cast.agent)
    for address in (url(cast, "desk:queue"), ticket_url(cast, ticket)):
        shown = client.get(address).content.decode()
        assert "&lt;script&gt;alert(1)" in shown
        assert hostile not in shown
        assert '" onmouseover="x' not in shown


def test_a_ticket_without_a_subject_can_be_opened(cast: Cast, soon: Callable[..., UUID]) -> None:
    soon(subject="")
    assert "(no subject)" in signed_in(cast.agent).get(url(cast, "desk:queue")).content.decode()


def test_only_the_rows_come_for_a_refresh(cast: Cast, soon: Callable[..., UUID]) -> None:
    soon()
    part = signed_in(cast.agent).get(url(cast, "desk:queue"), headers={"HX-Request": "true"})
    assert part.content.decode().lstrip().startswith('<div id="rows"')


# ---- the ticket ---------------------------------------------------------------------------


def test_a_reply_is_mailed_and_a_note_is_not(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    for to, text in (("own", "among us"), ("both", "among both")):
        answer = press(cast, cast.agent, ticket, "write", to=to, written_for=to, text=text)
        assert answer.status_code == 302
    assert not OutgoingMail.objects.filter(ticket=ticket, message__gt="").exists()
    given = {"to": "everyone", "written_for": "everyone", "text": "We look.", "then": "send"}
    assert press(cast, cast.agent, ticket, "write", **given).status_code == 302
    assert OutgoingMail.objects.filter(ticket=ticket, message__gt="").count() == 1
    audiences = [message.audience for message in cast.messages(ticket)]
    assert audiences == ["everyone", "own_team", "both_teams", "everyone"]


def test_a_note_goes_to_everyone_only_once_that_is_said_twice(
    cast: Cast, soon: Callable[..., UUID]
) -> None:
    ticket = soon()
    given = {"to": "everyone", "written_for": "own", "text": "They never listen."}
    asked = press(cast, cast.agent, ticket, "write", **given)
    shown = asked.content.decode()
    assert asked.status_code == 422
    assert "You wrote this as a note" in shown
    assert "They never listen." in shown
    assert len(cast.messages(ticket)) == 1
    said = press(cast, cast.agent, ticket, "write", **given, confirmed="yes")
    assert said.status_code == 302
    assert cast.messages(ticket)[-1].audience == "everyone"


def test_without_a_choice_words_stay_in_the_own_team(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    assert press(cast, cast.agent, ticket, "write", text="hm").status_code == 422
    assert press(cast, cast.agent, ticket, "write", to="all", text="hm").status_code == 422
    assert len(cast.messages(ticket)) == 1


def test_a_stale_save_is_refused_and_keeps_what_was_typed(
    cast: Cast, soon: Callable[..., UUID]
) -> None:
    ticket = soon()
    seen = cast.row(ticket).position
    cast.does(cast.expert, ticket, actions.take, instant_now())()
    given = {"to": "own", "text": "typed at length", "position": seen}
    answer = press(cast, cast.agent, ticket, "write", **given)
    shown = answer.content.decode()
    assert answer.status_code == 409
    assert "changed while you wrote" in shown
    assert ">typed at length</textarea>" in shown
    assert f'name="position" value="{cast.row(ticket).position}"' in shown
    assert len(cast.messages(ticket)) == 1


def test_what_machines_add_makes_nothing_stale(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    at = instant_now()
    key = cast.does(cast.agent, ticket, actions.reply, at)(text="We look.")
    seen = cast.row(ticket).position
    actions.mark_delivered(cast.uuid, ticket, at=at, actor=cast.actor(cast.agent), message=key)
    answer = press(cast, cast.agent, ticket, "resolve", position=seen, text="")
    assert answer.status_code == 302


def test_an_illegal_step_says_why_and_does_nothing(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    press(cast, cast.agent, ticket, "take")
    answer = press(cast, cast.agent, ticket, "take")
    assert answer.status_code == 422
    assert "This person owns the ticket already." in answer.content.decode()


def test_a_ticket_is_worked_from_arrival_to_the_end(cast: Cast, soon: Callable[..., UUID]) -> None:
    """Each verb once, by its button."""
    ticket, other = soon(), soon()
    number = cast.row(other).number
    agent, expert = cast.agent, cast.expert
    steps: list[tuple[Person, str, dict[str, object]]] = [
        (agent, "take", {}),
        (agent, "prioritise", {"spread": 2, "urgency": 1}),
        (agent, "classify", {"kind": "incident", "service": "press line"}),
        (agent, "log-time", {"minutes": 20, "note": "looked"}),
        (agent, "write", {"to": "everyone", "written_for": "everyone", "text": "?", "then": "ask"}),
        (cast.requester, "answer", {"text": "Hall 1"}),
        (agent, "add-copy", {"address": cast.colleague.address}),
        (agent, "remove-copy", {"person": cast.colleague.uuid}),
        (agent, "wait", {"on": "approval"}),
        (agent, "resume", {"wait": "the first"}),
        (agent, "vendor", {"vendor": "Press makers", "reference": "V-1"}),
        (agent, "end-vendor", {"leg": "the first"}),
        (agent, "call-on", {"to": f"person:{cast.referent.uuid}", "reason": "needs a word"}),
        (agent, "offer", {"to": "team:L2"}),
        (expert, "decline", {"reason": "not ours"}),
        (agent, "offer", {"to": f"person:{expert.uuid}", "reason": "please"}),
        (agent, "take-back", {}),
        (agent, "offer", {"to": "team:L2"}),
        (expert, "accept", {}),
        (expert, "restore", {"is_workaround": "on"}),
        (expert, "link", {"number": f"{cast.company.prefix}-{number}", "relation": "related"}),
        (expert, "unlink", {"other": other, "relation": "related"}),
        (expert, "resolve", {"text": "It runs."}),
        (cast.requester, "answer", {"text": "Thanks!"}),
        (expert, "void-reopen", {}),
        (expert, "reopen", {}),
        (expert, "release", {}),
        (expert, "route", {"to": "team:L1"}),
        (agent, "take", {}),
        (agent, "merge", {"number": str(number)}),
        (agent, "undo-merge", {"other": other}),
        (agent, "resolve", {}),
        (cast.requester, "rate", {"score": 5}),
        (agent, "close", {}),
    ]
    for person, verb, given in steps:
        state = cast.ticket(ticket)
        if verb == "resume":
            given = {"wait": state.waits[0].id}
        if verb == "end-vendor":
            given = {"leg": state.vendor_legs[0].id}
        answer = press(cast, person, ticket, verb, **given)
        assert answer.status_code == 302, (verb, answer.content.decode()[:9000])
        if verb in ("offer", "vendor", "restore", "merge", "resolve", "close"):
            assert signed_in(agent).get(ticket_url(cast, ticket)).status_code == 200, verb
    assert cast.ticket(ticket).is_closed
    done = {verb for _, verb, _ in steps}
    assert set(STEPS) - done == {
        *("split", "confirm-priority", "agree-lowering"),
        *("pass-on", "escalate", "vendor-change", "vendor-write"),
    }
    told = page_of(cast, agent, ticket)
    for words in ("You took it.", "offered it to Second line", "declined: “not ours”", "20 min"):
        assert words in told


def test_a_message_is_split_off(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    message = cast.messages(ticket)[0].id
    assert press(cast, cast.agent, ticket, "split", message=message).status_code == 302
    assert TicketRow.objects.count() == 2


def test_a_lowering_waits_for_the_requesters_side(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    press(cast, cast.agent, ticket, "prioritise", spread=1, urgency=1)
    press(cast, cast.agent, ticket, "prioritise", spread=4, urgency=4)
    assert "It counts once somebody" in page_of(cast, cast.referent, ticket)
    assert press(cast, cast.agent, ticket, "agree-lowering").status_code == 404
    assert press(cast, cast.referent, ticket, "agree-lowering").status_code == 302
    assert "It counts once somebody" not in page_of(cast, cast.referent, ticket)


def test_the_clocks_say_what_they_count(cast: Cast) -> None:
    from commondesk.accounts import policy

    ticket = cast.open(on(10, "09:00"))
    cast.replies(ticket, on(10, "09:20"))
    cast.writes(ticket, on(10, "10:00"))
    cast.does(cast.agent, ticket, actions.ask, on(10, "11:00"))(text="Which press?")
    viewer = policy.viewer_of(cast.agent, cast.company)
    assert viewer is not None
    page = ticket_queries.ticket_page(cast.company, viewer, cast.row(ticket), on(11, "09:00"))
    told = {one.title: one for one in page.clocks}
    assert told["First response"].text == "met in 20 min"
    assert (
        told["First response"].lines[1]
        == "20 min of 4 h used in covered hours; on the wall 20 min."
    )
    resolution = told["Resolution"]
    assert resolution.text == "paused, 22 h left"
    assert resolution.lines[0] == (
        "Waiting for the requester’s answer since Mon 11:00. If it went on now: due Thu 15:00."
    )
    assert resolution.lines[1] == "2 h of 24 h used in covered hours; on the wall 24 h."
    assert page.terms == ("Under the charter, version 1, unsigned draft.",)
    assert page.legs is not None
    assert [(one.hands, one.work) for one in page.legs.sums] == [
        ("Requester", 6 * HOUR),
        ("L1", HOUR + 40 * MINUTE),
        ("Nobody", 20 * MINUTE),
    ]
    first = next(entry.message for entry in page.entries if entry.message and entry.message.tags)
    assert first.tags == (("met", "first human response, 20 min on the wall"),)


def test_the_open_page_learns_of_news(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    number, seen = cast.row(ticket).number, cast.row(ticket).position
    client = signed_in(cast.agent)
    address = f"{url(cast, 'desk:clocks', number)}?seen={seen}"
    assert "Something new happened" not in client.get(address).content.decode()
    cast.writes(ticket, instant_now())
    assert "Something new happened" in client.get(address).content.decode()


def test_a_requester_answers_and_opens_again(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    cast.does(cast.agent, ticket, actions.resolve, instant_now())()
    assert "Not solved: send and open it again" in page_of(cast, cast.requester, ticket)
    answer = press(cast, cast.requester, ticket, "answer", text="Still dead.")
    assert answer.status_code == 302
    assert cast.row(ticket).status == "open"
    assert cast.row(ticket).reopens == 1


# ---- a new ticket -------------------------------------------------------------------------

CALL = {
    "requester_name": "Nia New",
    "requester_address": "nia@acme.example",
    "channel": "phone",
    "opening": "live",
    "kind": "incident",
    "subject": "Scanner dead",
    "text": "It does not start.",
    "spread": "3",
    "urgency": "1",
    "take": "on",
}


def test_a_ticket_is_opened_for_a_caller(cast: Cast) -> None:
    answer = signed_in(cast.agent).post(url(cast, "desk:new-ticket"), CALL)
    assert answer.status_code == 302
    row = TicketRow.objects.get()
    assert (row.requester_title, row.channel, row.opening) == ("Nia New", "phone", "live")
    assert (row.priority, row.owner) == ("P2", cast.agent.uuid)


def test_what_was_over_before_is_written_down_with_its_times(cast: Cast) -> None:
    given = CALL | {
        "opening": "after_the_fact",
        "opened_at": "2025-03-10T09:00",
        "resolved_at": "2025-03-10T09:40",
    }
    answer = signed_in(cast.agent).post(url(cast, "desk:new-ticket"), given)
    assert answer.status_code == 302
    row = TicketRow.objects.get()
    assert (row.opened_at, row.resolved_at, row.status) == (
        MONDAY,
        MONDAY + 40 * MINUTE,
        "resolved",
    )


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"opening": "after_the_fact"}, "Say when they asked."),
        ({"subject": ""}, "Fill this in."),
        ({"urgency": ""}, "Give both, or neither."),
        ({"opened_at": "soon"}, "Write a date and a time"),
        (
            {"opened_at": "2025-03-10T09:00", "resolved_at": "2025-03-09T09:00"},
            "This lies before they asked.",
        ),
        ({"opened_at": "2299-03-10T09:00"}, "A time that you gave lies ahead."),
    ],
)
def test_what_does_not_fit_is_said_and_kept(cast: Cast, more: dict[str, str], said: str) -> None:
    answer = signed_in(cast.agent).post(url(cast, "desk:new-ticket"), CALL | more)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert said in shown
    assert "It does not start." in shown
    assert not TicketRow.objects.exists()


# ---- files --------------------------------------------------------------------------------


def with_file(cast: Cast, name: str) -> tuple[UUID, str]:
    ticket = uuid4()
    kept = actions.keep_attachment(
        cast.uuid, ticket, name=name, media_type="text/html", content=b"<script>alert(1)</script>"
    )
    cast.open(instant_now() - DAY, ticket=ticket, attachments=[kept])
    return ticket, kept.id


def test_a_file_is_saved_and_never_shown(cast: Cast) -> None:
    ticket, identity = with_file(cast, 'a"b\r\nSet-Cookie: x.html')
    address = url(cast, "desk:file", cast.row(ticket).number, identity)
    answer = signed_in(cast.requester).get(address)
    assert b"".join(answer.streaming_content) == b"<script>alert(1)</script>"  # type: ignore[attr-defined]
    assert answer["Content-Disposition"] == 'attachment; filename="abSet-Cookie x.html"'
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "Set-Cookie" not in answer.headers
    answer.close()


def test_a_file_belongs_to_its_ticket(cast: Cast) -> None:
    ticket, identity = with_file(cast, "plan.pdf")
    other = cast.open(requester=cast.colleague.uuid)
    through_other = url(cast, "desk:file", cast.row(other).number, identity)
    direct = url(cast, "desk:file", cast.row(ticket).number, identity)
    assert signed_in(cast.colleague).get(direct).status_code == 404
    assert signed_in(cast.colleague).get(through_other).status_code == 404
    assert signed_in(cast.agent).get(through_other).status_code == 404
    assert signed_in(cast.outsider).get(direct).status_code == 404
    answer = signed_in(cast.agent).get(direct)
    assert answer.status_code == 200
    answer.close()


# ---- what every page keeps ----------------------------------------------------------------


def test_no_template_holds_a_script_or_a_style_of_its_own() -> None:
    assert len(TEMPLATES) > 15
    for template in TEMPLATES:
        text = template.read_text()
        assert " style=" not in text, template
        assert "<style" not in text, template
        assert text.count("<script") == text.count("<script src="), template
        assert " onclick" not in text and " onsubmit" not in text, template
        assert "|safe" not in text.replace(" ", ""), template


def test_the_page_for_what_broke_is_a_page_itself(cast: Cast) -> None:
    """It is made without anything of the request, which may be what broke."""
    answer = server_error(RequestFactory().get("/"))
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


def test_every_page_carries_its_protection(cast: Cast, soon: Callable[..., UUID]) -> None:
    ticket = soon()
    client = signed_in(cast.agent)
    for address in [*pages(cast, ticket), "/sign-in/", "/nowhere/"]:
        answer = client.get(address)
        policy = answer["Content-Security-Policy"]
        assert "default-src 'self'" in policy and "unsafe" not in policy, address
        assert answer["X-Frame-Options"] == "DENY"
        assert answer["Cache-Control"] == "no-store"


@pytest.mark.django_db
def test_a_page_that_is_not_there_says_so_in_our_look() -> None:
    answer = Client().get("/nowhere/")
    assert answer.status_code == 404
    assert "Nothing here" in answer.content.decode()


@pytest.mark.django_db
def test_health_is_told() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")
