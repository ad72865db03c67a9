"""Handing over: who may do what, what runs out, who stands in, and that somebody always answers."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

import pytest

from commondesk.accounts import directory, queries
from commondesk.accounts.models import Absence, Engagement, Membership, Person, Provider, Team
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.core.record.ticket import ticket_of
from commondesk.desk import actions, dues, projections
from commondesk.desk.models import OutgoingMail
from commondesk.desk.sweep import sweep
from commondesk.governance import actions as governance
from commondesk.governance import charters
from commondesk.governance.models import CharterVersion
from tests.desk.cast import FOUNDED, MONDAY, Cast, on

MACHINE = Actor("test", Side.MACHINE)


def add(cast: Cast, title: str, **more: Any) -> Person:
    wanted: dict[str, Any] = {
        "address": f"{title.split()[0].lower()}@helpers.example",
        "side": "provider",
        "roles": ["agent"],
        "team": "L2",
    }
    return directory.add_person(
        cast.uuid, at=FOUNDED, actor=MACHINE, title=title, **(wanted | more)
    )


def owned(cast: Cast, at: Instant = MONDAY) -> UUID:
    ticket = cast.open(at=at)
    cast.does(cast.agent, ticket, actions.take, at)()
    return ticket


def offered(cast: Cast, at: Instant = MONDAY, **more: Any) -> UUID:
    ticket = owned(cast, at)
    cast.does(cast.agent, ticket, actions.offer_handover, at)(**(more or {"team": "L2"}))
    return ticket


def absent(cast: Cast, person: Person, deputy: Person, since: Instant = FOUNDED) -> None:
    Absence.objects.create(
        uuid=uuid4(),
        company=cast.company,
        person=person,
        deputy=deputy,
        from_at=since,
        until_at=since + 60 * DAY,
    )


# ---- who may ------------------------------------------------------------------------------


def test_only_receivers_accept_and_decline(cast: Cast) -> None:
    other = add(cast, "Una Other", team="L1")
    member = add(cast, "Mia Member")
    ticket = offered(cast)
    for person in (other, cast.agent):
        with pytest.raises(actions.IllegalStep, match="not offered to you"):
            cast.does(person, ticket, actions.accept_handover, MONDAY)()
        with pytest.raises(actions.IllegalStep, match="not offered to you"):
            cast.does(person, ticket, actions.decline_handover, MONDAY)(reason="No.")
    with pytest.raises(actions.NotAllowed):
        cast.does(cast.requester, ticket, actions.accept_handover, MONDAY)()
    cast.does(member, ticket, actions.accept_handover, MONDAY)()
    assert cast.row(ticket).owner == member.uuid


def test_what_is_offered_to_one_person_is_theirs_to_accept(cast: Cast) -> None:
    member = add(cast, "Mia Member")
    ticket = offered(cast, person=member.uuid)
    with pytest.raises(actions.IllegalStep, match="offered to another person"):
        cast.does(cast.expert, ticket, actions.accept_handover, MONDAY)()
    cast.does(cast.expert, ticket, actions.decline_handover, MONDAY)(reason="She is on leave.")
    assert cast.row(ticket).offered_to == ""
    again = offered(cast, person=member.uuid)
    cast.does(member, again, actions.accept_handover, MONDAY)()
    assert cast.row(again).owner == member.uuid


def test_only_the_giver_or_their_lead_takes_it_back(cast: Cast) -> None:
    other = add(cast, "Una Other", team="L1")
    receiver = add(cast, "Mia Member")
    lead = add(cast, "Lee Lead", team="L1", roles=["agent", "lead"])
    ticket = offered(cast)
    for person in (other, receiver):
        with pytest.raises(actions.IllegalStep, match="Only whoever offered it"):
            cast.does(person, ticket, actions.take_back_handover, MONDAY)()
    cast.does(lead, ticket, actions.take_back_handover, MONDAY)()
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="L2")
    cast.does(cast.agent, ticket, actions.take_back_handover, MONDAY)()
    assert cast.row(ticket).offered_to == ""
    with pytest.raises(actions.IllegalStep, match="no offer any more"):
        cast.does(cast.agent, ticket, actions.take_back_handover, MONDAY)()


def test_more_skill_is_called_of_a_higher_tier_and_with_a_reason(cast: Cast) -> None:
    ticket = owned(cast)
    call = cast.does(cast.agent, ticket, actions.escalate_functionally, MONDAY)
    with pytest.raises(actions.IllegalStep, match="what skill"):
        call(team="L2", reason=" ")
    with pytest.raises(actions.IllegalStep, match="no higher tier"):
        call(team="L1", reason="Deeper.")
    call(team="L2", reason="It is the database.")
    assert cast.names(ticket)[-2:] == ["escalation.functional", "handover.offered"]
    assert cast.row(ticket).owner == cast.agent.uuid


def test_only_people_who_read_tickets_are_called_on(cast: Cast) -> None:
    ticket = owned(cast)
    call = cast.does(cast.agent, ticket, actions.escalate_hierarchically, MONDAY)
    for person in (cast.requester, cast.outsider):
        with pytest.raises(actions.IllegalStep, match="Name a person"):
            call(contact=person.uuid, reason="Help.")
    call(contact=cast.referent.uuid, reason="Help.")


# ---- what runs out ------------------------------------------------------------------------


def test_after_it_lapsed_the_contact_accepts_passes_on_or_gives_back(cast: Cast) -> None:
    steps: tuple[tuple[Callable[..., Any], dict[str, Any]], ...] = (
        (actions.accept_handover, {}),
        (actions.pass_on_handover, {"person": cast.expert.uuid, "reason": "Ed knows it."}),
        (actions.decline_handover, {"reason": "Not for us."}),
    )
    for step, given in steps:
        ticket = offered(cast)
        sweep(on(10, "09:30"))
        assert cast.row(ticket).accountable == cast.referent.uuid
        cast.does(cast.referent, ticket, step, on(10, "09:40"))(**given)
        row = cast.row(ticket)
        assert not row.is_offer_lapsed
        if step is actions.accept_handover:
            assert row.owner == row.accountable == cast.referent.uuid
        else:
            assert row.owner == row.accountable == cast.agent.uuid
            wanted = str(cast.expert.uuid) if step is actions.pass_on_handover else ""
            assert row.offered_to == wanted


def test_a_persons_lapsed_offer_is_free_for_the_contact(cast: Cast) -> None:
    ticket = offered(cast, person=cast.expert.uuid)
    with pytest.raises(actions.IllegalStep, match="another person"):
        cast.does(cast.referent, ticket, actions.accept_handover, MONDAY)()
    sweep(on(10, "09:30"))
    cast.does(cast.referent, ticket, actions.accept_handover, on(10, "09:31"))()
    assert cast.row(ticket).owner == cast.referent.uuid


def test_it_goes_to_whoever_stands_in_for_an_absent_contact(cast: Cast) -> None:
    absent(cast, cast.referent, cast.expert)
    ticket, unowned = offered(cast), cast.open()
    sweep(on(10, "09:30"))
    lapsed, called = cast.history(ticket)[-1], cast.history(unowned)[-1]
    assert isinstance(lapsed.body, e.HandoverLapsed)
    assert isinstance(called.body, e.EscalatedHierarchically)
    assert lapsed.body.contact == called.body.contact == str(cast.expert.uuid)
    assert cast.row(ticket).accountable == cast.expert.uuid
    assert projections.differences(cast.uuid) == []


def test_a_deputy_gets_the_mail_and_is_told_for_whom(cast: Cast) -> None:
    member = add(cast, "Mia Member")
    absent(cast, member, cast.expert)
    ticket = owned(cast)
    cast.does(cast.agent, ticket, actions.assign, MONDAY)(team="L2", person=member.uuid)
    mail = OutgoingMail.objects.filter(kind="notice").latest("id")
    assert mail.envelope_to == ["ed@helpers.example"]
    assert b"You get this for Mia Member, who is away." in bytes(mail.content).replace(
        b"=\r\n", b""
    )


def test_nobody_takes_it_once_per_stretch(cast: Cast) -> None:
    ticket = cast.open()
    sweep(on(10, "09:31"))
    sweep(on(10, "12:00"))
    assert cast.names(ticket).count("escalation.hierarchical") == 1
    cast.does(cast.agent, ticket, actions.take, on(10, "12:00"))()
    cast.does(cast.agent, ticket, actions.release, on(10, "12:30"))()
    sweep(on(10, "12:59"))
    assert cast.names(ticket).count("escalation.hierarchical") == 1
    sweep(on(10, "13:00"))
    assert cast.names(ticket).count("escalation.hierarchical") == 2
    told = [x for x in cast.history(ticket) if isinstance(x.body, e.EscalatedHierarchically)]
    assert told[-1].happened_at == on(10, "13:00")


def test_an_offer_of_an_unowned_ticket_runs_its_own_window_first(cast: Cast) -> None:
    ticket = cast.open()
    cast.does(cast.agent, ticket, actions.offer_handover, on(10, "09:10"))(team="L2")
    sweep(on(10, "09:35"))
    assert "escalation.hierarchical" not in cast.names(ticket)
    cast.does(cast.expert, ticket, actions.decline_handover, on(10, "09:36"))(reason="No.")
    sweep(on(10, "09:37"))
    last = cast.history(ticket)[-1]
    assert (last.name, last.happened_at) == ("escalation.hierarchical", on(10, "09:36"))


@pytest.mark.parametrize(
    ("contact", "who"),
    [
        ("UUID", "expert"),
        ("ed@helpers.example", "expert"),
        ("Ed Xpert", "expert"),
        ("team:L2", "expert"),
        ("Second line", "expert"),
        ("referent", "referent"),
        ("role:decision maker", "referent"),
    ],
)
def test_a_charter_names_whom_it_calls_in_many_ways(cast: Cast, contact: str, who: str) -> None:
    Team.objects.filter(company=cast.company, slug="L2").update(contact=cast.expert)
    document = charters.template("help-desk-8x5")
    named = str(cast.expert.uuid) if contact == "UUID" else contact
    charters.charter_part(document)["escalation"] = [
        {"clock": "response", "percent": 50, "contact": named}
    ]
    governance.draft_charter(
        cast.uuid, at=on(7, "09:00"), actor=cast.actor(cast.referent), document=document
    )
    ticket = owned(cast)
    sweep(on(10, "11:00"))
    called = [x.body for x in cast.history(ticket) if isinstance(x.body, e.EscalatedHierarchically)]
    assert [(body.contact, body.step) for body in called] == [(str(getattr(cast, who).uuid), 1)]


# ---- who is told --------------------------------------------------------------------------


def notices(cast: Cast, since: int = 0) -> list[tuple[list[str], str]]:
    found = OutgoingMail.objects.filter(kind="notice", pk__gt=since).order_by("id")
    return [(mail.envelope_to, bytes(mail.content).decode()) for mail in found]


def test_the_giver_is_told_what_became_of_the_offer(cast: Cast) -> None:
    ticket = offered(cast)
    seen = OutgoingMail.objects.latest("id").pk
    cast.does(cast.expert, ticket, actions.decline_handover, MONDAY)(reason="Wrong team.")
    ((to, content),) = notices(cast, seen)
    assert to == ["ada@helpers.example"]
    assert "Handover declined" in content
    assert "Wrong team." in content
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="L2")
    seen = OutgoingMail.objects.latest("id").pk
    cast.does(cast.expert, ticket, actions.accept_handover, MONDAY)()
    ((to, content),) = notices(cast, seen)
    assert to == ["ada@helpers.example"]
    assert "Handover accepted" in content


# ---- several providers --------------------------------------------------------------------


class TwoProviders:
    """Helpers have the first lines; Netters have the network, and a charter of their own."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.ours, self.theirs = (
            Provider.objects.create(title=title) for title in ("Helpers", "Netters")
        )
        for provider in (self.ours, self.theirs):
            Engagement.objects.create(company=cast.company, provider=provider, since=FOUNDED)
        Team.objects.create(
            company=cast.company,
            slug="NET",
            title="Network",
            tier="L2",
            side="provider",
            provider=self.theirs,
        )
        Team.objects.filter(company=cast.company, slug__in=("L1", "L2")).update(
            provider=self.ours, side="provider"
        )
        self.netter = add(cast, "Nat Netter", team="NET", provider=self.theirs.uuid)
        for person in (cast.agent, cast.expert):
            Membership.objects.filter(person=person).update(provider=self.ours)
        self.home = self.charter(self.ours, 11, "aaaaaaaa-0000-4000-8000-000000000001")
        self.nets = self.charter(self.theirs, 12, "aaaaaaaa-0000-4000-8000-000000000002")

    def charter(self, provider: Provider, version: int, uuid: str) -> str:
        document = charters.template("help-desk-8x5")
        charters.charter_part(document)["parties"] = [{"party": "company", "title": "Acme"}]
        CharterVersion.objects.create(
            company=self.cast.uuid,
            uuid=uuid,
            version=version,
            provider=str(provider.uuid),
            document=charters.text_of(document),
            in_force_at=FOUNDED,
            signatures=[{"party": "company", "at": FOUNDED, "person": ""}],
        )
        return uuid

    def opened(self) -> UUID:
        """A ticket under the charter of Helpers, in the hands of their agent."""
        ticket = owned(self.cast)
        charter = self.cast.row(ticket).charter
        whose = charters.provider_by_charter(self.cast.uuid)
        assert whose.get(charter) in (str(self.ours.uuid), str(self.theirs.uuid))
        CharterVersion.objects.filter(uuid=charter).update(provider=str(self.ours.uuid))
        other = self.nets if charter == self.home else self.home
        CharterVersion.objects.filter(uuid=other).update(provider=str(self.theirs.uuid))
        self.nets = other
        return ticket


def test_a_leg_with_another_provider_runs_under_its_charter(cast: Cast) -> None:
    two = TwoProviders(cast)
    ticket = two.opened()
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="NET", reason="A switch.")
    cast.does(two.netter, ticket, actions.accept_handover, MONDAY)()
    row = cast.row(ticket)
    assert (row.owner, row.team, row.leg_charter) == (two.netter.uuid, "NET", two.nets)
    cast.does(two.netter, ticket, actions.offer_handover, MONDAY)(team="L1")
    cast.does(cast.agent, ticket, actions.accept_handover, MONDAY)()
    assert cast.row(ticket).leg_charter == ""


def test_nobody_slips_past_the_handover_to_another_provider(cast: Cast) -> None:
    two = TwoProviders(cast)
    ticket = two.opened()
    with pytest.raises(actions.IllegalStep, match="Offer it"):
        cast.does(cast.agent, ticket, actions.assign, MONDAY)(team="NET")
    with pytest.raises(actions.IllegalStep, match="Offer it"):
        cast.does(cast.referent, ticket, actions.assign, MONDAY)(team="NET")
    with pytest.raises(actions.IllegalStep, match="does not work tickets here"):
        cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(person=two.netter.uuid)
    with pytest.raises(actions.NotAllowed):
        cast.does(two.netter, ticket, actions.take, MONDAY)()
    cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="NET")
    cast.does(two.netter, ticket, actions.take, MONDAY)()
    assert cast.names(ticket)[-1] == "handover.accepted", "taking what is offered accepts it"
    with pytest.raises(actions.IllegalStep, match="charter of another provider"):
        cast.does(cast.agent, ticket, actions.take, MONDAY)()


def test_a_provider_that_left_is_offered_nothing(cast: Cast) -> None:
    two = TwoProviders(cast)
    ticket = two.opened()
    Engagement.objects.filter(provider=two.theirs).update(until=MONDAY)
    with pytest.raises(actions.IllegalStep, match="no such team"):
        cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="NET")
    with pytest.raises(actions.IllegalStep, match="no such team"):
        cast.does(cast.agent, ticket, actions.offer_handover, MONDAY)(team="elsewhere")


# ---- at every instant one person ----------------------------------------------------------


@pytest.mark.parametrize("seed", range(6))
def test_at_every_instant_exactly_one_person_is_accountable(cast: Cast, seed: int) -> None:
    dice, at = random.Random(seed), MONDAY
    helpers = (cast.agent, cast.expert, cast.referent)
    ticket = cast.open()
    steps: tuple[Callable[[Person], object], ...] = (
        lambda who: cast.does(who, ticket, actions.take, at)(),
        lambda who: cast.does(who, ticket, actions.release, at)(),
        lambda who: cast.does(who, ticket, actions.offer_handover, at)(
            team=dice.choice(("L1", "L2"))
        ),
        lambda who: cast.does(who, ticket, actions.offer_handover, at)(
            person=dice.choice(helpers).uuid
        ),
        lambda who: cast.does(who, ticket, actions.accept_handover, at)(),
        lambda who: cast.does(who, ticket, actions.decline_handover, at)(reason="No."),
        lambda who: cast.does(who, ticket, actions.take_back_handover, at)(),
        lambda who: cast.does(who, ticket, actions.pass_on_handover, at)(team="L1", reason="On."),
        lambda who: cast.does(who, ticket, actions.assign, at)(team=dice.choice(("L1", "L2"))),
        lambda who: cast.does(who, ticket, actions.escalate_functionally, at)(
            team="L2", reason="Deeper."
        ),
        lambda who: cast.does(who, ticket, actions.begin_vendor_leg, at)(vendor="PrintCo"),
        lambda who: cast.does(who, ticket, actions.end_vendor_leg, at)(),
        lambda who: cast.does(who, ticket, actions.resolve, at)(),
        lambda who: cast.does(who, ticket, actions.reopen, at)(),
    )
    for _ in range(40):
        at += dice.choice((MINUTE, 20 * MINUTE, HOUR, 5 * HOUR))
        with suppress(actions.IllegalStep, actions.NotAllowed):
            dice.choice(steps)(dice.choice(helpers))
        if dice.random() < 0.4:
            sweep(at)
        assert cast.row(ticket).accountable is not None
    history, contacts = cast.history(ticket), queries.contacts(cast.uuid)
    people = {str(each.uuid) for each in helpers}
    for count in range(1, len(history) + 1):
        then = ticket_of(history[:count])
        assert then is not None
        answers = dues.accountable(then, contacts)
        assert answers in people, history[count - 1]
        if then.owner and not (then.offer and then.offer.is_lapsed):
            assert answers == then.owner, "an owner answers, unless a handover lapsed"
    assert str(cast.row(ticket).accountable) == answers
    assert projections.differences(cast.uuid) == []
