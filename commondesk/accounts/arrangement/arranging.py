"""One act on a company's people: rights, events and tables in one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from uuid import UUID

from commondesk.accounts import directory, policy, queries
from commondesk.accounts.models import Membership, Person
from commondesk.accounts.policy import Right, Viewer
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import COMPANY_STREAM, Actor, Body
from commondesk.core.record.instant import Instant
from commondesk.ledger import memory, store


class NotAllowed(PermissionError):
    """The person lacks the right at the moment of the act. Callers answer as for no such thing."""


class NotThere(LookupError):
    """The company has no such person, team, provider, absence or invitation."""


class UnfitArrangement(ValueError):
    """Something cannot be arranged as asked: a sentence for people, and the field it is about."""

    def __init__(self, sentence: str, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field


@dataclass
class Act:
    """An act that is under way: who does it, and what is going to be recorded."""

    company: UUID
    at: Instant
    actor: Actor
    viewer: Viewer | None
    drafts: list[Draft] = field(default_factory=list)

    def record(self, body: Body) -> None:
        """Put a fact on the company's record once the act is through."""
        self.drafts.append(Draft(COMPANY_STREAM, self.at, self.actor, body))

    def may_arrange(self, side: str, provider: UUID | None) -> bool:
        """Whether whoever acts arranges people of that side and provider; machines may."""
        if not self.actor.is_person:
            return True
        return policy.may_arrange(self.viewer, side, str(provider or ""))

    def require(self, side: str, provider: UUID | None) -> None:
        """Raises NotAllowed."""
        if not self.may_arrange(side, provider):
            raise NotAllowed(f"{self.actor.id} may not arrange people of {side} here")

    def member(self, person: UUID) -> Membership:
        """An active member whom whoever acts may arrange. Raises NotThere, NotAllowed."""
        found = queries.membership_of(self.company, person)
        if found is None:
            raise NotThere(f"{person} is nothing to this company")
        self.require(found.side, found.provider_id)
        return found

    def finish(self) -> None:
        """Write the record. Whoever shares the transaction reads people anew."""
        if self.drafts:
            store.append(self.company, self.drafts, learnt_at=self.at)
        memory.forget()


@contextmanager
def arranging(
    company: UUID, *, at: Instant, actor: Actor, rights: tuple[Right, ...]
) -> Iterator[Act]:
    """A transaction for one act. Rights are read inside it: one of these is needed, machines aside.

    Raises NotAllowed.
    """
    with memory.atomic(), memory.remembering():
        directory.hold_record(company)
        viewer = viewer_of(company, actor)
        if actor.is_person and not any(policy.may(viewer, right) for right in rights):
            raise NotAllowed(f"{actor.id} may not arrange this")
        act = Act(company, at, actor, viewer)
        yield act
        act.finish()


def viewer_of(company: UUID, actor: Actor) -> Viewer | None:
    """The member that acts, as the directory knows them at this moment."""
    uuid = queries.uuid_of(actor.id) if actor.is_person else None
    person = Person.objects.filter(uuid=uuid).first() if uuid else None
    return policy.viewer_of(person, company)


PEOPLE = (Right.ADD_PEOPLE, Right.ADD_OWN_PEOPLE)
"""Whoever arranges people holds one of these."""
