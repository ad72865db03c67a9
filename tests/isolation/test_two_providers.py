"""Two providers in one company: each sees what is theirs, neither reads the other's notes."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from commondesk.accounts.arrangement import members, providers, teams
from commondesk.accounts.models import Person
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.desk import actions
from commondesk.desk.models import TicketRow
from commondesk.desk.writing import NotAllowed
from tests.desk.cast import FOUNDED, MONDAY, on

from .test_routes import answer, entered
from .world import TEST, House, unknown


@dataclass
class Guests:
    """A provider with its team and one agent in it."""

    provider: UUID
    team: str
    agent: Person


def guests(house: House, title: str, persona: str, tier: str) -> Guests:
    provider = providers.engage_provider(house.company.uuid, at=FOUNDED, actor=TEST, title=title)
    team = teams.form_team(
        house.company.uuid,
        at=FOUNDED,
        actor=TEST,
        title=f"{title} desk",
        tier=tier,
        provider=provider.uuid,
    )
    agent = house.people[persona]
    members.change_member(
        house.company.uuid,
        agent.uuid,
        at=FOUNDED,
        actor=TEST,
        side="provider",
        roles=["agent"],
        team=team.slug,
        provider=provider.uuid,
    )
    return Guests(provider.uuid, team.slug, agent)


@pytest.fixture
def first(acme: House) -> Guests:
    return guests(acme, "First Help", "provider's agent", "L1")


@pytest.fixture
def second(acme: House, first: Guests) -> Guests:
    return guests(acme, "Second Help", "provider's lead", "L2")


def given(house: House, ticket: UUID, to: Guests) -> TicketRow:
    """The ticket, routed to that provider's team."""
    founder = Actor(str(house.founder.uuid), Side.COMPANY)
    actions.assign(house.company.uuid, ticket, at=MONDAY, actor=founder, team=to.team)
    return TicketRow.objects.get(uuid=ticket)


def test_a_ticket_of_the_one_is_none_to_the_other(
    acme: House, first: Guests, second: Guests
) -> None:
    row = given(acme, acme.tickets[0], first)
    assert entered(first.agent).get(path_of(acme, row)).status_code == 200
    client = entered(second.agent)
    parts = {"prefix": acme.prefix, "number": str(row.number)}
    nowhere = parts | {"number": unknown("number")}
    for name in ("desk:ticket", "desk:clocks"):
        seen = answer(client, "get", name, parts, {})
        assert seen == answer(client, "get", name, nowhere, {})
        assert seen.startswith("404")
    for verb in ("take", "write", "resolve", "merge"):
        step = {"verb": verb}
        seen = answer(client, "post", "desk:step", parts | step, {"position": "1"})
        assert seen == answer(client, "post", "desk:step", nowhere | step, {"position": "1"})
        assert seen.startswith("404")
    assert row.subject not in queue_of(acme, client)
    assert row.subject in queue_of(acme, entered(first.agent))


def test_whom_it_was_given_to_sees_it_from_then_on(
    acme: House, first: Guests, second: Guests
) -> None:
    row = given(acme, acme.tickets[0], first)
    row = given(acme, row.uuid, second)
    for agent in (first.agent, second.agent):
        assert entered(agent).get(path_of(acme, row)).status_code == 200


def test_figures_that_count_all_tickets_are_not_shown(
    acme: House, first: Guests, second: Guests
) -> None:
    for agent in (first.agent, second.agent):
        client = entered(agent)
        assert client.get(reverse("review:review", args=[acme.prefix])).status_code == 404
        assert reverse("review:review", args=[acme.prefix]) not in queue_of(acme, client)
    founder = entered(acme.founder)
    assert founder.get(reverse("review:review", args=[acme.prefix])).status_code == 200


def test_what_nobody_has_yet_is_seen_by_both(acme: House, first: Guests, second: Guests) -> None:
    row = TicketRow.objects.get(uuid=acme.tickets[0])
    if row.providers:
        pytest.fail(f"it was given to {row.providers} at opening")
    for agent in (first.agent, second.agent):
        assert entered(agent).get(path_of(acme, row)).status_code == 200


def test_no_step_is_taken_behind_the_pages(acme: House, first: Guests, second: Guests) -> None:
    row = given(acme, acme.tickets[0], first)
    stranger = Actor(str(second.agent.uuid), Side.PROVIDER)
    with pytest.raises(NotAllowed):
        actions.take(acme.company.uuid, row.uuid, at=on(10, "11:00"), actor=stranger)
    assert TicketRow.objects.get(uuid=row.uuid).owner is None


def test_notes_of_the_own_team_stay_there(acme: House, first: Guests, second: Guests) -> None:
    row = given(acme, acme.tickets[0], first)
    row = given(acme, row.uuid, second)
    writer = Actor(str(first.agent.uuid), Side.PROVIDER)
    for audience, text in (
        (e.Audience.OWN_TEAM, "Among ourselves."),
        (e.Audience.BOTH_TEAMS, "Among all who work on it."),
    ):
        actions.write_note(
            acme.company.uuid,
            row.uuid,
            at=on(10, "11:00"),
            actor=writer,
            text=text,
            audience=audience,
        )
    seen = {
        name: entered(person).get(path_of(acme, row)).content.decode()
        for name, person in {
            "first": first.agent,
            "second": second.agent,
            "own": acme.people["referent"],
            "requester": acme.people["requester"],
        }.items()
    }
    assert [name for name, page in seen.items() if "Among ourselves." in page] == ["first"]
    readers = [name for name, page in seen.items() if "Among all who work on it." in page]
    assert readers == ["first", "second", "own"]


def path_of(house: House, row: TicketRow) -> str:
    return reverse("desk:ticket", args=[house.prefix, row.number])


def queue_of(house: House, client: Client) -> str:
    response = client.get(reverse("desk:queue", args=[house.prefix]), {"view": "all"})
    assert response.status_code == 200
    return response.content.decode()
