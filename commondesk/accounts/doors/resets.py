"""Letting somebody choose a password: they get a link, and nobody else chooses it for them."""

from __future__ import annotations

from uuid import UUID

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str

from commondesk.accounts import letters, policy
from commondesk.accounts.doors.adapter import post_reset, reset_link
from commondesk.accounts.doors.backend import may_enter
from commondesk.accounts.models import Person
from commondesk.accounts.policy import Viewer
from commondesk.core.texts import gettext


class CannotBeOffered(ValueError):
    """Nobody may be let in so. The text says why, in a sentence for people."""


def offer(person: Person, company: UUID, *, by: Viewer) -> str | None:
    """Post somebody the link to choose a password; the link itself where no mail goes out.

    For whoever may arrange that person in the company: the caller makes sure of it. Nobody sees
    the link of somebody who may do more than they. The link works
    once, for as long as PASSWORD_RESET_TIMEOUT says, and leaves second factors as they are.
    Raises CannotBeOffered.
    """
    link = link_for(person)
    if letters.is_sendable():
        post_reset(person, link)
        return None
    if person.memberships.filter(is_active=True).exclude(company_id=company).exists():
        # Else whoever invites here could enter another company as somebody both know.
        raise CannotBeOffered(
            gettext("They belong to another company too, so only a mail can bring them the link.")
        )
    known = policy.viewer_of(person, company)
    if known is not None and known.rights - by.rights:
        raise CannotBeOffered(
            gettext("They may do more here than you, so only a mail can bring the link.")
        )
    return link


def link_for(person: Person) -> str:
    """A link for that person's own eyes. Raises CannotBeOffered."""
    if not may_enter(person) or not person.address:
        raise CannotBeOffered(
            gettext("They belong to no desk here, so there is nothing to sign in to.")
        )
    return reset_link(f"{user_pk_to_url_str(person)}-{default_token_generator.make_token(person)}")
