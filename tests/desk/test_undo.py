"""The way back from a step: offered where things can be as they were, and refused once too late."""

from __future__ import annotations

import re
from html import unescape
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from commondesk.core.record.events import WaitReason
from commondesk.desk import actions
from commondesk.desk.models import CannedReply
from commondesk.ledger.now import instant_now
from tests.desk.cast import Cast
from tests.desk.pages import address, signed_in


def given(cast: Cast, ticket: UUID, **more: str) -> dict[str, str]:
    return {"position": str(cast.row(ticket).position), **more}


def offered(client: Client, path: str) -> tuple[str, dict[str, str]]:
    """The button beside what was said: where it goes and what it sends; nothing without one."""
    page = client.get(path).content.decode()
    toasts = page.partition('class="toasts"')[2].partition("<dialog")[0]
    form = re.search(r'<form method="post" action="([^"]+)">(.*?)</form>', toasts, re.DOTALL)
    if form is None:
        return "", {}
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2])
    return form[1], {name: unescape(value) for name, value in fields}


def take_step(client: Client, cast: Cast, ticket: UUID, verb: str, **more: str) -> None:
    answer = client.post(address(cast, ticket, f"steps/{verb}/"), given(cast, ticket, **more))
    assert answer.status_code == 302, answer.content


def go_back(client: Client, cast: Cast, ticket: UUID) -> HttpResponse:
    path, fields = offered(client, address(cast, ticket))
    assert path, "no way back is offered"
    answer = client.post(path, fields)
    assert isinstance(answer, HttpResponse)
    return answer


def test_what_was_taken_is_given_back(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "take")
    assert cast.row(ticket).owner == cast.agent.uuid
    assert go_back(client, cast, ticket).status_code == 302
    assert cast.row(ticket).owner is None
    assert cast.names(ticket)[-2:] == ["ticket.taken", "ticket.released"]


def test_what_was_given_up_is_taken_again(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    cast.does(cast.agent, ticket, actions.take, instant_now())()
    take_step(client, cast, ticket, "release")
    go_back(client, cast, ticket)
    assert cast.row(ticket).owner == cast.agent.uuid


def test_nothing_is_offered_where_somebody_else_had_it(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    cast.does(cast.expert, ticket, actions.take, instant_now())()
    take_step(client, cast, ticket, "take")
    assert offered(client, address(cast, ticket)) == ("", {})


def test_a_wait_goes_on_again(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "wait", on=str(WaitReason.APPROVAL))
    assert cast.ticket(ticket).waits
    go_back(client, cast, ticket)
    assert not cast.ticket(ticket).waits


@pytest.mark.parametrize("text", ["", "It runs."])
def test_what_was_resolved_is_reopened_by_an_event(cast: Cast, text: str) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "resolve", text=text)
    go_back(client, cast, ticket)
    assert cast.row(ticket).status == "open"
    assert cast.names(ticket)[-1] == "ticket.reopened"


def test_an_offer_is_taken_back(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "take")
    offered(client, address(cast, ticket))
    take_step(client, cast, ticket, "offer", to="team:L2", reason="It is late.")
    assert cast.ticket(ticket).offer is not None
    go_back(client, cast, ticket)
    assert cast.ticket(ticket).offer is None


def test_a_copy_and_a_link_are_taken_off(cast: Cast) -> None:
    ticket, other, client = cast.open(), cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "add-copy", address="wide@acme.example")
    go_back(client, cast, ticket)
    assert not cast.ticket(ticket).copies
    number = str(cast.row(other).number)
    take_step(client, cast, ticket, "link", number=number, relation="duplicate")
    go_back(client, cast, ticket)
    assert not cast.ticket(ticket).links


def test_a_merge_comes_apart(cast: Cast) -> None:
    ticket, other, client = cast.open(), cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "merge", number=str(cast.row(other).number))
    go_back(client, cast, ticket)
    assert cast.row(ticket).status == "open"


def test_it_is_too_late_once_somebody_went_on(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "take")
    path, fields = offered(client, address(cast, ticket))
    cast.does(cast.expert, ticket, actions.take, instant_now())()
    answer = client.post(path, fields)
    assert answer.status_code == 409
    assert cast.row(ticket).owner == cast.expert.uuid


def test_from_the_queue_one_stays_in_the_queue(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    queue = reverse("desk:queue", args=[cast.company.prefix])
    take_step(client, cast, ticket, "take", back="queue")
    path, fields = offered(client, queue)
    assert fields["back"] == "queue"
    assert client.post(path, fields).headers["Location"] == queue


def test_it_is_said_once(cast: Cast) -> None:
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "take")
    assert offered(client, address(cast, ticket))[0]
    assert not offered(client, address(cast, ticket))[0]


def test_who_may_not_go_back_is_told_nothing(cast: Cast) -> None:
    """The way back is a step like any other: whoever sends it needs the right to it."""
    ticket, client = cast.open(), signed_in(cast.agent)
    take_step(client, cast, ticket, "take")
    path, fields = offered(client, address(cast, ticket))
    assert signed_in(cast.requester).post(path, fields).status_code == 404
    assert signed_in(cast.outsider).post(path, fields).status_code == 404
    assert cast.row(ticket).owner == cast.agent.uuid


def test_a_reply_that_was_removed_is_kept_after_all(cast: Cast) -> None:
    client, home = signed_in(cast.agent), reverse("desk:replies", args=[cast.company.prefix])
    text = "Thank you, {{name}}.\n\n“We” look <soon> & well."
    client.post(home, {"title": "Thanks", "text": text})
    client.get(home)
    kept = CannedReply.objects.get()
    client.post(reverse("desk:reply-remove", args=[cast.company.prefix, kept.uuid]))
    assert not CannedReply.objects.exists()
    path, fields = offered(client, home)
    client.post(path, fields)
    again = CannedReply.objects.get()
    assert (again.title, again.text) == ("Thanks", text)
