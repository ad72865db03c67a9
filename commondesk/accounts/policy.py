"""Who may do what: the one place that decides, for screens, mail, jobs and commands alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from commondesk.accounts.models import Company, Membership, Person
from commondesk.core.record.event import Actor, Side

EVERYONE = "everyone"
BOTH_TEAMS = "both_teams"
OWN_TEAM = "own_team"


class Role(StrEnum):
    """What somebody does at a company. A person may hold several."""

    REQUESTER = "requester"
    AGENT = "agent"
    LEAD = "lead"
    REFERENT = "referent"
    DECISION_MAKER = "decision_maker"
    APPROVER = "approver"
    AUDITOR = "auditor"


class Right(StrEnum):
    """What somebody may be allowed to do. Reading a ticket or a note has its own question below."""

    ASK = "ask"  # open tickets for oneself, answer, reopen, rate
    READ_OWN_TICKETS = "read_own_tickets"
    READ_TICKETS = "read_tickets"
    WORK_TICKETS = "work_tickets"
    READ_NOTES = "read_notes"
    AGREE_LOWERING = "agree_lowering"
    READ_FIGURES = "read_figures"
    READ_CHARTER = "read_charter"
    EDIT_CHARTER = "edit_charter"
    SIGN_CHARTER = "sign_charter"
    ENTER_CALENDARS = "enter_calendars"
    APPROVE = "approve"
    READ_PEOPLE = "read_people"
    ADD_PEOPLE = "add_people"
    READ_RECORD = "read_record"
    VERIFY_RECORD = "verify_record"
    EXPORT_RECORD = "export_record"
    ERASE_WORDS = "erase_words"


_REQUESTS = frozenset({Right.ASK, Right.READ_OWN_TICKETS})
_READS = frozenset({Right.READ_TICKETS, Right.READ_NOTES, Right.READ_FIGURES, Right.READ_CHARTER})
_WORKS = _READS | {Right.WORK_TICKETS, Right.READ_PEOPLE}
_CHECKS = _READS | {Right.READ_PEOPLE, Right.READ_RECORD, Right.VERIFY_RECORD}
_STEERS = frozenset({Right.EDIT_CHARTER, Right.ENTER_CALENDARS, Right.ADD_PEOPLE})
_OWNS_RECORD = frozenset({Right.EXPORT_RECORD, Right.ERASE_WORDS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REQUESTER: _REQUESTS,
    Role.AGENT: _REQUESTS | _WORKS,
    Role.LEAD: _REQUESTS | _WORKS,
    Role.REFERENT: _REQUESTS | _WORKS | _CHECKS | _STEERS | _OWNS_RECORD | {Right.AGREE_LOWERING},
    Role.DECISION_MAKER: (
        _REQUESTS | _CHECKS | _STEERS | _OWNS_RECORD | {Right.AGREE_LOWERING, Right.SIGN_CHARTER}
    ),
    Role.APPROVER: _REQUESTS | {Right.APPROVE},
    Role.AUDITOR: _CHECKS,
}

_COMPANYS_OWN = _STEERS | _OWNS_RECORD | {Right.AGREE_LOWERING}
"""The company owns the record; a provider is a guest, whatever roles its people hold."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A person as one company sees them. Made anew for each request, so that rights are fresh."""

    person_uuid: UUID
    company_uuid: UUID
    side: str
    roles: frozenset[str]
    team: str
    tier: str
    title: str
    rights: frozenset[Right] = field(default=frozenset(), repr=False)

    @property
    def is_technical(self) -> bool:
        """True for the people who work tickets, on either side."""
        return Right.WORK_TICKETS in self.rights

    @property
    def acting_side(self) -> Side:
        """The side that the record names: own staff without a technical role are requesters."""
        side = Side(self.side)
        if side is Side.COMPANY and not self.rights & {Right.READ_TICKETS}:
            return Side.REQUESTER
        return side

    @property
    def actor(self) -> Actor:
        """How the record names this person."""
        return Actor(str(self.person_uuid), self.acting_side)


def viewer_of(person: object, company: Company | UUID) -> Viewer | None:
    """This person as that company sees them; None for somebody who is nothing to it."""
    if not isinstance(person, Person) or not person.is_active:
        return None
    uuid = company.uuid if isinstance(company, Company) else company
    member = (
        Membership.objects.select_related("team")
        .filter(person=person, company_id=uuid, is_active=True)
        .first()
    )
    return None if member is None else _viewer(person, member)


def _viewer(person: Person, member: Membership) -> Viewer:
    return Viewer(
        person_uuid=person.uuid,
        company_uuid=member.company_id,
        side=member.side,
        roles=frozenset(member.roles),
        team=member.team.slug if member.team else "",
        tier=member.team.tier if member.team else "",
        title=person.title,
        rights=rights_of(member.roles, member.side),
    )


def rights_of(roles: Iterable[str], side: str) -> frozenset[Right]:
    """The rights that these roles add up to on that side. A vendor has none here."""
    if side not in (Side.REQUESTER, Side.PROVIDER, Side.COMPANY):
        return frozenset()
    rights = frozenset[Right]().union(*(RIGHTS[Role(role)] for role in roles))
    if side == Side.REQUESTER:
        return rights & (_REQUESTS | {Right.APPROVE})
    return rights if side == Side.COMPANY else rights - _COMPANYS_OWN


def may(viewer: Viewer | None, right: Right) -> bool:
    """Whether this viewer has that right in the company they look at; nobody has none."""
    return viewer is not None and right in viewer.rights


def may_read_ticket(viewer: Viewer | None, company: UUID, requester: UUID) -> bool:
    """Whether the viewer may see a ticket of that company and requester."""
    if viewer is None or viewer.company_uuid != company:
        return False
    if may(viewer, Right.READ_TICKETS):
        return True
    return may(viewer, Right.READ_OWN_TICKETS) and viewer.person_uuid == requester


def may_read_note(viewer: Viewer | None, audience: str, author_side: str) -> bool:
    """Whether the viewer, who may see the ticket, may read words meant for that audience."""
    if audience == EVERYONE:
        return viewer is not None
    if viewer is None or not may(viewer, Right.READ_NOTES):
        return False
    return audience == BOTH_TEAMS or (audience == OWN_TEAM and viewer.side == author_side)


def visible_companies(person: object) -> tuple[Company, ...]:
    """The companies that exist for this person, by title."""
    if not isinstance(person, Person) or not person.is_active:
        return ()
    members = Company.objects.filter(memberships__person=person, memberships__is_active=True)
    return tuple(members.order_by("title", "prefix"))
