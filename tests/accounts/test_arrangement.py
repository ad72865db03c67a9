"""Providers, teams and members: who arranges what, and that the record holds all of it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from commondesk.accounts import directory, policy, queries
from commondesk.accounts.arrangement import members, providers, teams
from commondesk.accounts.arrangement.arranging import NotAllowed, NotThere, UnfitArrangement
from commondesk.accounts.models import Engagement, Membership, Person, Provider, Team
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.ledger import store
from tests.accounts.sides import MACHINE, Sides
from tests.desk.cast import MONDAY, Cast, found


def names(cast: Cast) -> list[str]:
    return [event.name for event in store.history(cast.uuid, COMPANY_STREAM)]


# ---- providers ----------------------------------------------------------------------------


def test_a_provider_is_engaged_once(cast: Cast) -> None:
    by: dict[str, Any] = {
        "at": MONDAY,
        "actor": cast.actor(cast.referent),
        "title": "  Helpers \n Ltd ",
    }
    provider = providers.engage_provider(cast.uuid, **by)
    assert provider.title == "Helpers Ltd"
    assert queries.providers(cast.uuid) == {provider.uuid: "Helpers Ltd"}
    with pytest.raises(UnfitArrangement, match="already"):
        providers.engage_provider(cast.uuid, **by)
    assert names(cast).count("provider.engaged") == 1


def test_one_provider_serves_several_companies(sides: Sides) -> None:
    other, owner = found("Third Works", "Thea Ird", "thea@third.example")
    actor = sides.cast.actor(sides.cast.referent)
    with pytest.raises(NotAllowed):
        providers.engage_provider(other.uuid, at=MONDAY, actor=actor, title="helpers")
    owner_there = policy.viewer_of(owner, other)
    assert owner_there
    same = providers.engage_provider(
        other.uuid, at=MONDAY, actor=owner_there.actor, title="HELPERS"
    )
    assert same == sides.helpers


@pytest.mark.parametrize("title", ["", "  ", "x" * 201])
def test_a_provider_has_a_name(cast: Cast, title: str) -> None:
    before = Provider.objects.count()
    with pytest.raises(UnfitArrangement):
        providers.engage_provider(cast.uuid, at=MONDAY, actor=MACHINE, title=title)
    assert Provider.objects.count() == before


@pytest.mark.parametrize("who", ["agent", "expert", "requester", "outsider"])
def test_only_the_companys_side_engages_providers(cast: Cast, who: str) -> None:
    person = getattr(cast, who)
    home = person.memberships.first()
    viewer = policy.viewer_of(person, home.company)
    assert viewer
    with pytest.raises(NotAllowed):
        providers.engage_provider(cast.uuid, at=MONDAY, actor=viewer.actor, title="Ours")
    assert not Engagement.objects.exists()


def test_other_providers_make_somebody_one_of_many(sides: Sides) -> None:
    seen = policy.viewer_of(sides.agent, sides.cast.company)
    assert seen
    assert (seen.provider, seen.is_one_of_many) == (str(sides.helpers.uuid), True)
    nobodys = policy.viewer_of(sides.cast.agent, sides.cast.company)
    assert nobodys and nobodys.is_one_of_many
    own = policy.viewer_of(sides.cast.referent, sides.cast.company)
    assert own and not own.is_one_of_many
    Engagement.objects.filter(provider=sides.others).update(until=MONDAY)
    alone = policy.viewer_of(sides.agent, sides.cast.company)
    assert alone and not alone.is_one_of_many


# ---- teams --------------------------------------------------------------------------------


def test_a_team_is_formed_and_changed(sides: Sides) -> None:
    lead = sides.actor(sides.lead)
    team = teams.form_team(
        sides.cast.uuid,
        at=MONDAY,
        actor=lead,
        title="Núcleo de Redes",
        tier="L2",
        provider=sides.helpers.uuid,
        contact=sides.lead.uuid,
    )
    assert (team.slug, team.side, team.contact) == ("nucleo-de-redes", "provider", sides.lead)
    teams.change_team(
        sides.cast.uuid,
        team.slug,
        at=MONDAY,
        actor=lead,
        title="Networks",
        tier="L3",
        contact=sides.agent.uuid,
    )
    assert queries.contacts(sides.cast.uuid)[team.slug] == str(sides.agent.uuid)
    assert names(sides.cast)[-2:] == ["team.formed", "team.changed"]


def test_nothing_is_recorded_where_nothing_changes(sides: Sides) -> None:
    before = names(sides.cast)
    teams.change_team(
        sides.cast.uuid,
        "helpers",
        at=MONDAY,
        actor=MACHINE,
        title="Helpers",
        tier="L1",
        contact=sides.lead.uuid,
    )
    assert names(sides.cast) == before


def test_a_lead_forms_teams_of_their_provider_alone(sides: Sides) -> None:
    for provider in (None, sides.others.uuid):
        with pytest.raises(NotAllowed):
            teams.form_team(
                sides.cast.uuid,
                at=MONDAY,
                actor=sides.actor(sides.lead),
                title="Mine",
                tier="L1",
                provider=provider,
            )
    for slug in ("L1", "others"):
        with pytest.raises(NotAllowed):
            teams.change_team(
                sides.cast.uuid,
                slug,
                at=MONDAY,
                actor=sides.actor(sides.lead),
                title="Mine",
                tier="L1",
                contact=None,
            )
    assert not Team.objects.filter(title="Mine").exists()


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"title": " "}, "title"),
        ({"tier": "L9"}, "tier"),
        ({"slug": "a b"}, "slug"),
        ({"slug": "HELPERS"}, "slug"),
        ({"provider": uuid4()}, "provider"),
        ({"contact": uuid4()}, "contact"),
    ],
)
def test_a_team_that_does_not_fit(sides: Sides, more: dict[str, Any], field: str) -> None:
    before = Team.objects.count()
    wanted: dict[str, Any] = {
        "title": "New",
        "tier": "L1",
        "provider": None,
        "at": MONDAY,
        "actor": MACHINE,
    }
    with pytest.raises(UnfitArrangement) as refused:
        teams.form_team(sides.cast.uuid, **(wanted | more))
    assert refused.value.field == field
    assert Team.objects.count() == before


def test_whoever_answers_for_a_team_is_of_its_side(sides: Sides) -> None:
    for contact in (sides.stranger, sides.cast.referent, sides.cast.outsider):
        with pytest.raises(UnfitArrangement):
            teams.change_team(
                sides.cast.uuid,
                "helpers",
                at=MONDAY,
                actor=MACHINE,
                title="Helpers",
                tier="L1",
                contact=contact.uuid,
            )


def test_the_rows_follow_a_teams_new_contact(sides: Sides) -> None:
    ticket = sides.cast.open()
    assert sides.cast.row(ticket).accountable == sides.cast.referent.uuid
    boss = directory.add_person(
        sides.cast.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Bo Ss",
        address="bo@acme.example",
        side="company",
        roles=["agent", "lead"],
        team="L1",
    )
    teams.change_team(
        sides.cast.uuid,
        "L1",
        at=MONDAY,
        actor=sides.actor(sides.cast.referent),
        title="First line",
        tier="L1",
        contact=boss.uuid,
    )
    assert sides.cast.row(ticket).accountable == boss.uuid


# ---- members ------------------------------------------------------------------------------


def change(sides: Sides, person: Person, by: Person, **more: Any) -> None:
    wanted: dict[str, Any] = {
        "side": "provider",
        "roles": ["agent"],
        "team": "helpers",
        "provider": sides.helpers.uuid,
    }
    members.change_member(
        sides.cast.uuid, person.uuid, at=MONDAY, actor=sides.actor(by), **(wanted | more)
    )


def test_a_lead_changes_own_people(sides: Sides) -> None:
    change(sides, sides.agent, sides.lead, roles=["agent", "lead"])
    seen = policy.viewer_of(sides.agent, sides.cast.company)
    assert seen and seen.roles == {"agent", "lead"}
    assert names(sides.cast)[-1] == "person.changed"


@pytest.mark.parametrize("whose", ["stranger", "referent", "requester", "agent"])
def test_a_lead_touches_nobody_else(sides: Sides, whose: str) -> None:
    person = sides.stranger if whose == "stranger" else getattr(sides.cast, whose)
    before = list(Membership.objects.order_by("id").values())
    with pytest.raises(NotAllowed):
        change(sides, person, sides.lead)
    assert list(Membership.objects.order_by("id").values()) == before


def test_whom_the_company_does_not_know_is_not_there(sides: Sides) -> None:
    for by in (sides.lead, sides.cast.referent):
        with pytest.raises(NotThere):
            change(sides, sides.cast.outsider, by)


@pytest.mark.parametrize(
    ("more", "problem"),
    [
        ({"side": "company", "provider": None, "team": "L1"}, NotAllowed),
        ({"provider": "others", "team": "others"}, NotAllowed),
        ({"roles": ["referent"]}, UnfitArrangement),
        ({"roles": ["boss"]}, UnfitArrangement),
        ({"roles": []}, UnfitArrangement),
        ({"team": "others"}, UnfitArrangement),
        ({"team": "L1"}, UnfitArrangement),
        ({"team": ""}, UnfitArrangement),
        ({"side": "vendor"}, UnfitArrangement),
        ({"side": "machine"}, UnfitArrangement),
    ],
)
def test_what_a_lead_cannot_make_of_their_people(
    sides: Sides, more: dict[str, Any], problem: type[Exception]
) -> None:
    if more.get("provider") == "others":
        more = more | {"provider": sides.others.uuid}
    with pytest.raises(problem):
        change(sides, sides.agent, sides.lead, **more)
    assert "person.changed" not in names(sides.cast)


def test_nobody_gives_a_signature_that_is_not_theirs_to_give(sides: Sides) -> None:
    roles = ["agent", "decision_maker"]
    with pytest.raises(UnfitArrangement, match="decision maker"):
        change(sides, sides.agent, sides.cast.referent, roles=roles)
    change(sides, sides.agent, sides.lead, roles=roles)
    with pytest.raises(UnfitArrangement, match="decision maker"):
        change(sides, sides.agent, sides.cast.referent, roles=["agent"])
    with pytest.raises(UnfitArrangement):
        change(
            sides,
            sides.stranger,
            sides.stranger,
            roles=["agent", "lead", "decision_maker"],
            team="others",
            provider=sides.others.uuid,
        )


def test_the_company_names_the_first_who_signs_for_a_provider(sides: Sides) -> None:
    change(
        sides,
        sides.stranger,
        sides.cast.referent,
        roles=["agent", "lead", "decision_maker"],
        team="others",
        provider=sides.others.uuid,
    )
    seen = policy.viewer_of(sides.stranger, sides.cast.company)
    assert seen and policy.may(seen, policy.Right.SIGN_CHARTER)


def test_somebody_stays_who_can_add_people(sides: Sides) -> None:
    with pytest.raises(UnfitArrangement, match="Nobody could add people"):
        change(
            sides,
            sides.cast.referent,
            sides.cast.referent,
            side="company",
            roles=["agent"],
            team="L1",
            provider=None,
        )


def test_who_changes_sides_hands_on_first(sides: Sides) -> None:
    ticket = sides.cast.open()
    from commondesk.desk import actions

    sides.cast.does(sides.agent, ticket, actions.take, MONDAY)()
    elsewhere = {"team": "others", "provider": sides.others.uuid}
    with pytest.raises(UnfitArrangement, match="ACMEPR-1001"):
        change(sides, sides.agent, sides.cast.referent, **elsewhere)
    sides.cast.does(sides.agent, ticket, actions.release, MONDAY)()
    change(sides, sides.agent, sides.cast.referent, **elsewhere)
    seen = policy.viewer_of(sides.agent, sides.cast.company)
    assert seen and seen.team == "others"


# ---- taken along --------------------------------------------------------------------------


def other_company(sides: Sides) -> tuple[Any, Person]:
    other, owner = found("Third Works", "Thea Ird", "thea@third.example")
    providers.engage_provider(other.uuid, at=MONDAY, actor=MACHINE, title="Helpers")
    teams.form_team(
        other.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Helpers",
        tier="L1",
        provider=sides.helpers.uuid,
    )
    return other, owner


def copy(sides: Sides, other: Any, person: Person, by: Person) -> None:
    members.copy_member(
        person.uuid,
        source=sides.cast.uuid,
        target=other.uuid,
        at=MONDAY,
        actor=sides.actor(by),
        team="helpers",
    )


def test_a_lead_of_both_takes_people_along(sides: Sides) -> None:
    other, _ = other_company(sides)
    with pytest.raises(NotAllowed):
        copy(sides, other, sides.agent, sides.lead)
    directory.add_person(
        other.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Lea Der",
        address="lea@helpers.example",
        side="provider",
        roles=["agent", "lead"],
        team="helpers",
        provider=sides.helpers.uuid,
    )
    copy(sides, other, sides.agent, sides.lead)
    seen = policy.viewer_of(sides.agent, other)
    assert seen
    assert (seen.team, set(seen.roles), seen.provider) == (
        "helpers",
        {"agent"},
        str(sides.helpers.uuid),
    )
    with pytest.raises(UnfitArrangement, match="already"):
        copy(sides, other, sides.agent, sides.lead)
    with pytest.raises(NotAllowed):
        copy(sides, other, sides.stranger, sides.lead)
    with pytest.raises(NotAllowed):
        copy(sides, other, sides.agent, sides.cast.referent)
