"""Who may do what: the one place that decides, for screens, mail, jobs and commands alike."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from commondesk.accounts.models import Company, Engagement, Membership, Person, Team
from commondesk.core.record.event import Actor, Side
from commondesk.ledger import tables

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
    CLOSE_PERIODS = "close_periods"  # settle the figures of a period that is over
    REVIEW_EXPORTS = "review_exports"  # hand over another desk's export, and read what it tells
    IMPORT_TICKETS = "import_tickets"  # put the tickets of an export into the record
    READ_CHARTER = "read_charter"
    EDIT_CHARTER = "edit_charter"
    SIGN_CHARTER = "sign_charter"
    ENTER_CALENDARS = "enter_calendars"
    APPROVE = "approve"
    READ_PEOPLE = "read_people"
    ADD_PEOPLE = "add_people"  # invite, change and let go anybody; form teams
    ADD_OWN_PEOPLE = "add_own_people"  # the same within one's own provider
    ENGAGE_PROVIDERS = "engage_providers"
    ENTER_CATALOGUE = "enter_catalogue"
    CONNECT_MAILBOXES = "connect_mailboxes"
    PLAN = "plan"  # what each model would cost and take: the company's own business
    READ_BLACK_HOLES = "read_black_holes"
    HOLD_TOKENS = "hold_tokens"
    READ_RECORD = "read_record"
    VERIFY_RECORD = "verify_record"
    EXPORT_RECORD = "export_record"
    ERASE_WORDS = "erase_words"


_REQUESTS = frozenset({Right.ASK, Right.READ_OWN_TICKETS})
_READS = frozenset({Right.READ_TICKETS, Right.READ_NOTES, Right.READ_FIGURES, Right.READ_CHARTER})
_WORKS = _READS | {Right.WORK_TICKETS, Right.READ_PEOPLE, Right.HOLD_TOKENS}
_CHECKS = _READS | {
    *(Right.READ_PEOPLE, Right.READ_RECORD, Right.VERIFY_RECORD),
    *(Right.READ_BLACK_HOLES, Right.HOLD_TOKENS),
}
_ANSWERS_FOR_A_TEAM = frozenset({Right.READ_BLACK_HOLES, Right.ADD_OWN_PEOPLE})
_STEERS = frozenset(
    {
        *(Right.EDIT_CHARTER, Right.ENTER_CALENDARS, Right.ENTER_CATALOGUE),
        *(Right.ADD_PEOPLE, Right.ENGAGE_PROVIDERS, Right.CONNECT_MAILBOXES, Right.PLAN),
        *(Right.REVIEW_EXPORTS, Right.IMPORT_TICKETS, Right.CLOSE_PERIODS),
    }
)
_OWNS_RECORD = frozenset({Right.EXPORT_RECORD, Right.ERASE_WORDS})

RIGHTS: dict[Role, frozenset[Right]] = {
    Role.REQUESTER: _REQUESTS,
    Role.AGENT: _REQUESTS | _WORKS,
    Role.LEAD: _REQUESTS | _WORKS | _ANSWERS_FOR_A_TEAM,
    Role.REFERENT: _REQUESTS | _WORKS | _CHECKS | _STEERS | _OWNS_RECORD | {Right.AGREE_LOWERING},
    Role.DECISION_MAKER: (
        _REQUESTS
        | _CHECKS
        | _STEERS
        | _OWNS_RECORD
        | {Right.AGREE_LOWERING, Right.SIGN_CHARTER, Right.ADD_OWN_PEOPLE}
    ),
    Role.APPROVER: _REQUESTS | {Right.APPROVE},
    Role.AUDITOR: _CHECKS,
}

_COMPANYS_OWN = _STEERS | _OWNS_RECORD | {Right.AGREE_LOWERING}
"""The company owns the record; a provider is a guest, whatever roles its people hold."""

_PROVIDERS_OWN = frozenset({Right.ADD_OWN_PEOPLE})
"""The company's side has no provider whose people it could add."""


_OF_ALL_TICKETS = frozenset({Right.READ_FIGURES, Right.READ_RECORD, Right.VERIFY_RECORD})
"""What tells of every ticket at once, so that one of several providers has none of it."""


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
    provider: str = ""
    """The uuid of the provider they work for here; empty for everybody else."""
    is_one_of_many: bool = False
    """Whether several providers serve the company: then they see no tickets of each other."""

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
    found = tables.select(_MEMBER, person.pk, uuid)
    return _viewer(person, uuid, *found[0]) if found else None


def viewers_of(person: object) -> tuple[tuple[Company, Viewer], ...]:
    """The companies that exist for this person, by title, and the person as each sees them."""
    if not isinstance(person, Person) or not person.is_active:
        return ()
    members = {
        tables.uuid_of(company): _viewer(person, tables.uuid_of(company), *rest)
        for company, *rest in tables.select(_MEMBER_EVERYWHERE, person.pk)
    }
    companies = visible_companies(person)
    return tuple((each, members[each.uuid]) for each in companies if each.uuid in members)


# Asked by every request. Somebody of the provider's side whose provider nobody named is a stranger
# to each that is engaged.
_MEMBER = (
    "SELECT m.side, m.roles, m.provider_id, t.slug, t.tier, EXISTS ("  # noqa: S608
    f"SELECT 1 FROM {Engagement._meta.db_table} e WHERE e.company_id = m.company_id"
    " AND e.until IS NULL AND (m.provider_id IS NULL OR e.provider_id <> m.provider_id))"
    f" FROM {Membership._meta.db_table} m LEFT JOIN {Team._meta.db_table} t ON t.id = m.team_id"
    " WHERE m.person_id = %s AND m.company_id = %s AND m.is_active"
)
_MEMBER_EVERYWHERE = _MEMBER.replace("SELECT m.side", "SELECT m.company_id, m.side", 1).replace(
    " AND m.company_id = %s", ""
)


def _viewer(
    person: Person,
    company: UUID,
    side: str,
    roles: str | list[str],
    provider: object,
    team: str | None,
    tier: str | None,
    has_others: object,
) -> Viewer:
    held = json.loads(roles) if isinstance(roles, str) else roles
    is_one_of_many = side == Side.PROVIDER and bool(has_others)
    return Viewer(
        person_uuid=person.uuid,
        company_uuid=company,
        side=side,
        roles=frozenset(held),
        team=team or "",
        tier=tier or "",
        title=person.title,
        rights=rights_of(held, side) - (_OF_ALL_TICKETS if is_one_of_many else frozenset()),
        provider=str(tables.uuid_of(provider)) if provider else "",
        is_one_of_many=is_one_of_many,
    )


def rights_of(roles: Iterable[str], side: str) -> frozenset[Right]:
    """The rights that these roles add up to on that side. A vendor has none here."""
    if side not in (Side.REQUESTER, Side.PROVIDER, Side.COMPANY):
        return frozenset()
    rights = frozenset[Right]().union(*(RIGHTS[Role(role)] for role in roles))
    if side == Side.REQUESTER:
        return rights & (_REQUESTS | {Right.APPROVE})
    return rights - (_PROVIDERS_OWN if side == Side.COMPANY else _COMPANYS_OWN)


def may(viewer: Viewer | None, right: Right) -> bool:
    """Whether this viewer has that right in the company they look at; nobody has none."""
    return viewer is not None and right in viewer.rights


ROLES_OF_SIDE: dict[str, tuple[Role, ...]] = {
    Side.REQUESTER: (Role.REQUESTER, Role.APPROVER),
    Side.COMPANY: tuple(Role),
    Side.PROVIDER: (Role.AGENT, Role.LEAD, Role.DECISION_MAKER, Role.AUDITOR),
}
"""What somebody can be asked to be on each side. A vendor only ever writes mail."""


def may_arrange(viewer: Viewer | None, side: str, provider: str) -> bool:
    """Whether the viewer may invite, change and let go people of that side and provider."""
    if may(viewer, Right.ADD_PEOPLE):
        return True
    is_own = viewer is not None and side == Side.PROVIDER and viewer.provider == provider != ""
    return is_own and may(viewer, Right.ADD_OWN_PEOPLE)


def may_make_decision_makers(viewer: Viewer | None, side: str, provider: str) -> bool:
    """Whether the viewer may make somebody sign for that party, or sign no longer.

    Nobody gives away another party's signature, nor one that they do not have themselves.
    """
    is_party = viewer is not None and (viewer.side, viewer.provider) == (side, provider)
    return is_party and may(viewer, Right.SIGN_CHARTER)


def may_read_ticket(viewer: Viewer | None, company: UUID, requester: UUID, providers: str) -> bool:
    """Whether the viewer may see a ticket of that company and requester.

    providers lists whose it is or was, as the ticket's row does (`,uuid,uuid,`).
    """
    if viewer is None or viewer.company_uuid != company:
        return False
    if may(viewer, Right.READ_TICKETS) and _is_shared_with(viewer, providers):
        return True
    return may(viewer, Right.READ_OWN_TICKETS) and viewer.person_uuid == requester


def _is_shared_with(viewer: Viewer, providers: str) -> bool:
    return not viewer.is_one_of_many or not providers or f",{viewer.provider}," in providers


def may_read_charter(viewer: Viewer | None, provider: str) -> bool:
    """Whether the viewer may read a charter that binds this provider; empty: the company alone.

    What a company agreed with one provider is no other provider's business.
    """
    if viewer is None or not may(viewer, Right.READ_CHARTER):
        return False
    return viewer.side != Side.PROVIDER or provider in ("", viewer.provider)


def only_with(viewer: Viewer) -> str:
    """What `providers` of a ticket must hold, or be empty, for a list to show it; empty: all."""
    return f",{viewer.provider}," if viewer.is_one_of_many else ""


def may_read_note(
    viewer: Viewer | None, audience: str, author_side: str, author_provider: str
) -> bool:
    """Whether the viewer, who may see the ticket, may read words meant for that audience.

    One's own team is the company's own IT, or one provider: two providers never read each other's.
    """
    if audience == EVERYONE:
        return viewer is not None
    if viewer is None or not may(viewer, Right.READ_NOTES):
        return False
    if audience == OWN_TEAM:
        return viewer.side == author_side and viewer.provider == author_provider
    return audience == BOTH_TEAMS


def visible_companies(person: object) -> tuple[Company, ...]:
    """The companies that exist for this person, by title."""
    if not isinstance(person, Person) or not person.is_active:
        return ()
    return tuple(tables.read(Company, _WHERE_MEMBER, person.pk))


_WHERE_MEMBER = (
    f"WHERE uuid IN (SELECT company_id FROM {Membership._meta.db_table}"  # noqa: S608
    " WHERE person_id = %s AND is_active) ORDER BY title, prefix"
)
