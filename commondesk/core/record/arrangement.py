"""Events of the company's own stream about its people, its providers and what they look after."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from .event import Body, WordsRef
from .events import Tier
from .instant import Instant


class CatalogueKind(StrEnum):
    """What a company enters beside the services of its charters."""

    SITE = "site"
    ITEM = "item"


# ---- the company itself -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CompanyChanged(Body):
    """The company calls itself so from now on, and writes its mails in that language."""

    NAME: ClassVar[str] = "company.changed"
    title: WordsRef
    language: str


# ---- providers and teams ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ProviderEngaged(Body):
    """A provider serves the company from now on. title is what it calls itself."""

    NAME: ClassVar[str] = "provider.engaged"
    provider: str
    title: str


@dataclass(frozen=True, slots=True)
class ProviderDismissed(Body):
    """A provider serves the company no longer; its people see nothing of it from now on."""

    NAME: ClassVar[str] = "provider.dismissed"
    provider: str


@dataclass(frozen=True, slots=True)
class TeamFormed(Body):
    """A team was formed. provider is empty for the company's own; it never changes."""

    NAME: ClassVar[str] = "team.formed"
    team: str
    title: str
    tier: Tier
    side: str
    provider: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class TeamChanged(Body):
    """A team's name, tier or escalation contact became another one."""

    NAME: ClassVar[str] = "team.changed"
    team: str
    title: str
    tier: Tier
    contact: str = ""


# ---- people -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InvitationSent(Body):
    """Somebody was asked by mail to join with a side, roles and a team."""

    NAME: ClassVar[str] = "invitation.sent"
    invitation: str
    address: WordsRef
    side: str
    roles: tuple[str, ...] = ()
    team: str = ""
    provider: str = ""


@dataclass(frozen=True, slots=True)
class InvitationAccepted(Body):
    """Whoever was invited is that person now."""

    NAME: ClassVar[str] = "invitation.accepted"
    invitation: str
    person: str


@dataclass(frozen=True, slots=True)
class InvitationWithdrawn(Body):
    """An invitation that nobody had accepted is void."""

    NAME: ClassVar[str] = "invitation.withdrawn"
    invitation: str


@dataclass(frozen=True, slots=True)
class PersonChanged(Body):
    """What somebody is to the company became something else: side, roles, team or provider."""

    NAME: ClassVar[str] = "person.changed"
    person: str
    side: str
    roles: tuple[str, ...] = ()
    team: str = ""
    tier: Tier | None = None
    provider: str = ""


@dataclass(frozen=True, slots=True)
class PersonLeft(Body):
    """Somebody is nothing to the company any more. What they owned was given away before."""

    NAME: ClassVar[str] = "person.left"
    person: str


@dataclass(frozen=True, slots=True)
class ManagerNamed(Body):
    """Whom somebody answers to in the company; empty: nobody any more."""

    NAME: ClassVar[str] = "manager.named"
    person: str
    manager: str = ""


@dataclass(frozen=True, slots=True)
class AbsenceEntered(Body):
    """Somebody is away from an instant until another; deputy stands in for them."""

    NAME: ClassVar[str] = "absence.entered"
    absence: str
    person: str
    from_at: Instant
    until_at: Instant
    deputy: str


@dataclass(frozen=True, slots=True)
class AbsenceRemoved(Body):
    """An absence does not take place, or is over early."""

    NAME: ClassVar[str] = "absence.removed"
    absence: str


@dataclass(frozen=True, slots=True)
class TokenIssued(Body):
    """A token for programs was given to a person, with scopes and an end."""

    NAME: ClassVar[str] = "token.issued"
    token: str
    person: str
    title: str
    scopes: tuple[str, ...]
    expires_at: Instant


@dataclass(frozen=True, slots=True)
class TokenRevoked(Body):
    """A token for programs opens nothing any more."""

    NAME: ClassVar[str] = "token.revoked"
    token: str


# ---- what is looked after -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CatalogueEntered(Body):
    """A site or configuration item of the company, as it is from now on.

    key names it on tickets. criticality goes from 1 (critical) to 4, 0 is unknown. is_retired: it
    is offered no more.
    """

    NAME: ClassVar[str] = "catalogue.entered"
    kind: CatalogueKind
    key: str
    title: str
    criticality: int = 0
    site: str = ""
    service: str = ""
    is_retired: bool = False


@dataclass(frozen=True, slots=True)
class CannedReplyWritten(Body):
    """A reply that agents use again and again. No text: it is gone. provider: whose it is."""

    NAME: ClassVar[str] = "canned_reply.written"
    reply: str
    title: str
    text: WordsRef | None
    provider: str = ""


# ---- reviews ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PeriodClosed(Body):
    """The figures of a period are settled: what is learnt of it later counts as a correction.

    first and last: its days, both included, as `2025-03-01`, in zone. figures is what they were, as
    canonical JSON: by key, the value and of how many.
    """

    NAME: ClassVar[str] = "period.closed"
    first: str
    last: str
    zone: str
    figures: str


# ---- planning -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PlanKept(Body):
    """The company keeps a case as its plan, to compare with later. The newest one counts.

    figures is what is compared with, as canonical JSON; option is empty where none was chosen.
    """

    NAME: ClassVar[str] = "plan.kept"
    plan: str
    number: int
    title: WordsRef
    case: WordsRef
    option: str
    figures: str
