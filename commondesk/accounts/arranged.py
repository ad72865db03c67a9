"""What the record of a company says about its people, teams and providers, event by event."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from commondesk.core.record import arrangement as a
from commondesk.core.record.event import Body, Event, Side, WordsRef
from commondesk.core.record.events import CompanyFounded, PersonIntroduced, PersonProven, Tier
from commondesk.core.record.instant import Instant

__all__ = ["Arranged", "arranged_of"]


@dataclass(frozen=True, slots=True)
class EngagementState:
    """A provider, and since when until when it serves."""

    provider: str
    title: str
    since: Instant
    until: Instant | None = None


@dataclass(frozen=True, slots=True)
class TeamState:
    """A team. is_formed: an event says all of it; else it is only known by its members."""

    slug: str
    title: str
    tier: Tier
    side: str
    provider: str = ""
    contact: str = ""
    is_formed: bool = True


@dataclass(frozen=True, slots=True)
class MemberState:
    """What somebody is to the company."""

    person: str
    side: str
    roles: tuple[str, ...]
    team: str
    provider: str
    is_active: bool = True
    proven_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class InvitationState:
    """Who was asked to join as what, and what came of it."""

    invitation: str
    address: WordsRef
    side: str
    roles: tuple[str, ...]
    team: str
    provider: str
    invited_by: str
    sent_at: Instant
    accepted_at: Instant | None = None
    withdrawn_at: Instant | None = None


@dataclass
class Arranged:
    """All of it, as it stands after the last event. Keys are what events name things by."""

    founded: CompanyFounded | None = None
    changed: a.CompanyChanged | None = None
    engagements: dict[str, EngagementState] = field(default_factory=dict)
    teams: dict[str, TeamState] = field(default_factory=dict)
    introduced: dict[str, PersonIntroduced] = field(default_factory=dict)
    members: dict[str, MemberState] = field(default_factory=dict)
    absences: dict[str, a.AbsenceEntered] = field(default_factory=dict)
    invitations: dict[str, InvitationState] = field(default_factory=dict)

    @property
    def words(self) -> list[str]:
        """The ids of all words that this needs."""
        titles = [body.title.id for body in (self.founded, self.changed) if body]
        for body in self.introduced.values():
            titles += [body.title.id, *([body.address.id] if body.address else [])]
        return titles + [each.address.id for each in self.invitations.values()]


def arranged_of(history: Iterable[Event]) -> Arranged:
    """What the events of the company's own stream add up to."""
    known = Arranged()
    for event in history:
        follow = _FOLLOWING.get(type(event.body))
        if follow is not None:
            follow(known, event.body, event)
    return known


def _founded(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, CompanyFounded)
    known.founded = body


def _company_changed(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.CompanyChanged)
    known.changed = body


def _engaged(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.ProviderEngaged)
    state = EngagementState(body.provider, body.title, event.happened_at)
    known.engagements[body.provider] = state


def _dismissed(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.ProviderDismissed)
    if state := known.engagements.get(body.provider):
        known.engagements[body.provider] = replace(state, until=event.happened_at)


def _formed(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.TeamFormed)
    known.teams[body.team] = TeamState(
        body.team, body.title, body.tier, body.side, body.provider, body.contact
    )


def _team_changed(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.TeamChanged)
    before = known.teams.get(body.team) or _implied(body.team, body.tier, Side.COMPANY)
    known.teams[body.team] = replace(
        before, title=body.title, tier=body.tier, contact=body.contact, is_formed=True
    )


def _introduced(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, PersonIntroduced)
    # Who is made known again is somebody else to the company, with the name they had.
    known.introduced.setdefault(body.person, body)
    _place(known, body, body.tier)


def _person_changed(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.PersonChanged)
    _place(known, body, body.tier)


def _place(known: Arranged, body: PersonIntroduced | a.PersonChanged, tier: Tier | None) -> None:
    before = known.members.get(body.person)
    known.members[body.person] = MemberState(
        person=body.person,
        side=body.side,
        roles=body.roles,
        team=body.team,
        provider=body.provider,
        proven_at=before.proven_at if before else None,
    )
    if body.team:
        team = known.teams.get(body.team) or _implied(body.team, tier or Tier.L1, body.side)
        # The first of a team that has no contact becomes it.
        known.teams[body.team] = replace(team, contact=team.contact or body.person)


def _implied(slug: str, tier: Tier, side: str) -> TeamState:
    return TeamState(slug, f"Team {slug}", tier, side, is_formed=False)  # not for readers


def _left(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.PersonLeft)
    if member := known.members.get(body.person):
        known.members[body.person] = replace(member, is_active=False)


def _proven(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, PersonProven)
    member = known.members.get(body.person)
    if member and member.proven_at is None:
        known.members[body.person] = replace(member, proven_at=event.happened_at)


def _absent(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.AbsenceEntered)
    known.absences[body.absence] = body


def _back(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.AbsenceRemoved)
    known.absences.pop(body.absence, None)


def _invited(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.InvitationSent)
    known.invitations[body.invitation] = InvitationState(
        invitation=body.invitation,
        address=body.address,
        side=body.side,
        roles=body.roles,
        team=body.team,
        provider=body.provider,
        invited_by=event.actor.id,
        sent_at=event.happened_at,
    )


def _accepted(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.InvitationAccepted)
    if asked := known.invitations.get(body.invitation):
        known.invitations[body.invitation] = replace(asked, accepted_at=event.happened_at)


def _withdrawn(known: Arranged, body: Body, event: Event) -> None:
    assert isinstance(body, a.InvitationWithdrawn)
    if asked := known.invitations.get(body.invitation):
        known.invitations[body.invitation] = replace(asked, withdrawn_at=event.happened_at)


_FOLLOWING: dict[type[Body], Callable[[Arranged, Body, Event], None]] = {
    CompanyFounded: _founded,
    a.CompanyChanged: _company_changed,
    a.ProviderEngaged: _engaged,
    a.ProviderDismissed: _dismissed,
    a.TeamFormed: _formed,
    a.TeamChanged: _team_changed,
    PersonIntroduced: _introduced,
    a.PersonChanged: _person_changed,
    a.PersonLeft: _left,
    PersonProven: _proven,
    a.AbsenceEntered: _absent,
    a.AbsenceRemoved: _back,
    a.InvitationSent: _invited,
    a.InvitationAccepted: _accepted,
    a.InvitationWithdrawn: _withdrawn,
}
