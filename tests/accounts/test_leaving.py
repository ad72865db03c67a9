"""Nobody goes before all that is theirs has somebody else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from commondesk.accounts import directory, policy, queries
from commondesk.accounts.arrangement import absences, leaving
from commondesk.accounts.arrangement.arranging import NotAllowed, NotThere, UnfitArrangement
from commondesk.accounts.arrangement.leaving import Successor
from commondesk.accounts.models import Absence, ApiToken, Engagement, Membership, Team
from commondesk.core.record import events as e
from commondesk.core.record.event import COMPANY_STREAM
from commondesk.core.record.instant import DAY
from commondesk.desk import actions, projections
from commondesk.desk.writing import step
from commondesk.ledger import store
from tests.accounts.sides import MACHINE, Sides, make_sides
from tests.desk.cast import MONDAY

LATER = MONDAY + DAY


def let_go(sides: Sides, person: object, by: object, **more: object) -> None:
    leaving.let_go(
        sides.cast.uuid,
        person.uuid,  # type: ignore[attr-defined]
        at=LATER,
        actor=sides.actor(by),  # type: ignore[arg-type]
        **more,  # type: ignore[arg-type]
    )


def names(sides: Sides) -> list[str]:
    return [event.name for event in store.history(sides.cast.uuid, COMPANY_STREAM)]


def test_who_carries_nothing_goes_at_once(sides: Sides) -> None:
    let_go(sides, sides.agent, sides.lead)
    assert policy.viewer_of(sides.agent, sides.cast.company) is None
    assert names(sides)[-1] == "person.left"
    with pytest.raises(NotThere):
        let_go(sides, sides.agent, sides.lead)


def test_every_ticket_needs_a_successor(sides: Sides) -> None:
    cast = sides.cast
    owned, offered, left = cast.open(), cast.open(), cast.open()
    cast.does(sides.agent, owned, actions.take, MONDAY)()
    cast.does(sides.lead, offered, actions.take, MONDAY)()
    offer = cast.does(sides.lead, offered, actions.offer_handover, MONDAY)
    offer(person=sides.agent.uuid)
    with pytest.raises(leaving.StillNeeded) as refused:
        let_go(sides, sides.agent, sides.lead)
    assert {each.key for each in refused.value.burdens} == {str(owned), str(offered)}
    assert policy.viewer_of(sides.agent, cast.company)
    chosen: dict[str, Any] = {f"ticket-{offered}": Successor("L2", cast.expert.uuid)}
    let_go(sides, sides.agent, sides.lead, successors=chosen, for_all=Successor("L2"))
    row = cast.row(owned)
    assert (row.owner, row.team) == (None, "L2")
    row = cast.row(offered)
    assert (row.owner, row.offered_to) == (sides.lead.uuid, str(cast.expert.uuid))
    assert cast.row(left).team == "" or cast.row(left).owner is None
    assert projections.differences(cast.uuid) == []


def test_whoever_a_handover_fell_to_hands_it_on(sides: Sides) -> None:
    cast = sides.cast
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.take, MONDAY)()
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="helpers")
    with step(cast.uuid, at=MONDAY, actor=MACHINE) as work:
        work.take(ticket, e.HandoverLapsed(str(sides.lead.uuid)))
    assert cast.row(ticket).accountable == sides.lead.uuid
    with pytest.raises(leaving.StillNeeded) as refused:
        let_go(sides, sides.lead, cast.referent)
    assert {each.name for each in refused.value.burdens} == {
        f"ticket-{ticket}",
        "contact-helpers",
    }
    let_go(
        sides,
        sides.lead,
        cast.referent,
        for_all=Successor("", cast.referent.uuid),
        successors={"contact-helpers": Successor("", sides.agent.uuid)},
    )
    row = cast.row(ticket)
    assert (row.owner, row.accountable) == (cast.agent.uuid, cast.agent.uuid)
    assert row.offered_to == str(cast.referent.uuid)
    assert queries.contacts(cast.uuid)["helpers"] == str(sides.agent.uuid)
    assert projections.differences(cast.uuid) == []


def test_whoever_is_somebodys_deputy_names_another(sides: Sides) -> None:
    add: dict[str, Any] = {
        "at": MONDAY,
        "actor": MACHINE,
        "from_at": LATER,
        "until_at": LATER + 9 * DAY,
    }
    absences.enter_absence(sides.cast.uuid, sides.lead.uuid, deputy=sides.agent.uuid, **add)
    with pytest.raises(leaving.StillNeeded, match="deputy of Lea Der"):
        let_go(sides, sides.agent, sides.cast.referent)
    absence = Absence.objects.get()
    burden = f"deputy-{absence.uuid}"
    for unfit in (sides.stranger, sides.lead, sides.agent, sides.cast.agent):
        with pytest.raises(UnfitArrangement):
            let_go(
                sides,
                sides.agent,
                sides.cast.referent,
                successors={burden: Successor("", unfit.uuid)},
            )
    assert Absence.objects.get() == absence


@pytest.mark.parametrize("whose", ["stranger", "referent", "expert", "requester"])
def test_a_lead_lets_go_nobody_elses_people(sides: Sides, whose: str) -> None:
    person = sides.stranger if whose == "stranger" else getattr(sides.cast, whose)
    with pytest.raises(NotAllowed):
        let_go(sides, person, sides.lead)
    assert policy.viewer_of(person, sides.cast.company)


def test_nobody_lets_themselves_go_nor_the_last_who_steers(sides: Sides) -> None:
    for person in (sides.lead, sides.cast.referent):
        with pytest.raises(UnfitArrangement):
            let_go(sides, person, person)
    with pytest.raises(UnfitArrangement, match="Nobody could add people"):
        leaving.let_go(sides.cast.uuid, sides.cast.referent.uuid, at=LATER, actor=MACHINE)


def test_a_ticket_goes_to_nobody_outside(sides: Sides) -> None:
    ticket = sides.cast.open()
    sides.cast.does(sides.agent, ticket, actions.take, MONDAY)()
    wrong = [
        Successor("L9"),
        Successor("", sides.cast.outsider.uuid),
        Successor("", sides.cast.requester.uuid),
        Successor("", sides.agent.uuid),
    ]
    for successor in wrong:
        with pytest.raises(UnfitArrangement):
            let_go(sides, sides.agent, sides.lead, for_all=successor)
    assert sides.cast.row(ticket).owner == sides.agent.uuid


def test_their_keys_for_programs_open_nothing(sides: Sides) -> None:
    ApiToken.objects.create(
        company=sides.cast.company,
        person=sides.agent,
        title="Mine",
        digest="0" * 64,
        created_at=MONDAY,
        expires_at=LATER + DAY,
    )
    let_go(sides, sides.agent, sides.lead)
    assert ApiToken.objects.get().revoked_at == LATER
    assert "token.revoked" in names(sides)


# ---- a whole provider ---------------------------------------------------------------------


def test_a_provider_goes_with_people_teams_and_tickets(sides: Sides) -> None:
    cast = sides.cast
    owned, routed = cast.open(), cast.open()
    cast.does(sides.agent, owned, actions.take, MONDAY)()
    cast.does(cast.referent, routed, actions.assign, MONDAY)(team="helpers")
    dismiss: dict[str, Any] = {"at": LATER, "actor": cast.actor(cast.referent)}
    with pytest.raises(leaving.StillNeeded) as refused:
        leaving.dismiss_provider(cast.uuid, sides.helpers.uuid, **dismiss)
    assert {each.key for each in refused.value.burdens} == {str(owned), str(routed)}
    for_all = Successor("helpers")
    with pytest.raises(UnfitArrangement):
        leaving.dismiss_provider(cast.uuid, sides.helpers.uuid, **dismiss, for_all=for_all)
    for_all = Successor("others")
    leaving.dismiss_provider(cast.uuid, sides.helpers.uuid, **dismiss, for_all=for_all)
    assert {cast.row(ticket).team for ticket in (owned, routed)} == {"others"}
    assert policy.viewer_of(sides.lead, cast.company) is None
    assert policy.viewer_of(sides.agent, cast.company) is None
    assert "helpers" not in {team.slug for team in queries.serving_teams(cast.uuid)}
    assert Engagement.objects.get(provider=sides.helpers).until == LATER
    assert names(sides)[-1] == "provider.dismissed"
    assert projections.differences(cast.uuid) == []
    with pytest.raises(NotThere):
        leaving.dismiss_provider(cast.uuid, sides.helpers.uuid, **dismiss)
    with pytest.raises(NotAllowed):
        leaving.dismiss_provider(
            cast.uuid, sides.others.uuid, at=LATER, actor=sides.actor(sides.stranger)
        )


def test_a_company_team_that_a_dismissed_lead_answers_for_needs_another(sides: Sides) -> None:
    Team.objects.filter(slug="L2").update(contact=sides.lead)
    with pytest.raises(leaving.StillNeeded, match="Second line"):
        leaving.dismiss_provider(
            sides.cast.uuid, sides.helpers.uuid, at=LATER, actor=sides.actor(sides.cast.referent)
        )


# ---- two at once --------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_let_the_same_person_go_at_once() -> None:
    sides = make_sides()
    told = at_once(
        lambda: let_go(sides, sides.agent, sides.lead),
        lambda: let_go(sides, sides.agent, sides.cast.referent),
    )
    assert sorted(told) == ["NotThere", "done"]
    assert names(sides).count("person.left") == 1
    assert not Membership.objects.get(person=sides.agent).is_active


@pytest.mark.django_db(transaction=True)
def test_the_last_two_who_steer_do_not_let_each_other_go() -> None:
    sides = make_sides()
    second = directory.add_person(
        sides.cast.uuid,
        at=MONDAY,
        actor=MACHINE,
        title="Sue Cond",
        address="sue@acme.example",
        side="company",
        roles=["referent"],
        team="L1",
    )
    heirs = {f"contact-{slug}": Successor("", second.uuid) for slug in ("L1", "L2")}
    told = at_once(
        lambda: let_go(sides, sides.cast.referent, second, successors=heirs),
        lambda: let_go(sides, second, sides.cast.referent),
    )
    assert told.count("done") == 1
    assert (
        Membership.objects.filter(company=sides.cast.uuid, side="company", is_active=True).count()
        == 1
    )


def at_once(*acts: Callable[[], None]) -> list[str]:
    """What came of acts that all begin at the same moment."""
    told: list[str] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], None]) -> None:
        start.wait()
        try:
            act()
            told.append("done")
        except Exception as problem:
            told.append(type(problem).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told
