"""Teams of a company and of those who serve it: forming and changing them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from uuid import UUID

from django.db import models

from commondesk.accounts import queries
from commondesk.accounts.arrangement.arranging import (
    PEOPLE,
    Act,
    NotThere,
    UnfitArrangement,
    arranging,
)
from commondesk.accounts.arrangement.providers import one_title
from commondesk.accounts.models import Membership, Person, Provider, Team
from commondesk.core.record.arrangement import TeamChanged, TeamFormed
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.events import Tier
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import memory

CONTACT_FOLLOWERS: list[Callable[[UUID, str], None]] = []
"""What other rooms do when a team's contact became another one: they get company and team."""
TEAM_TIERS = (Tier.L1, Tier.L2, Tier.L3)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,29}")


def form_team(
    company: UUID,
    *,
    at: Instant,
    actor: Actor,
    title: str,
    tier: str,
    provider: UUID | None = None,
    slug: str = "",
    contact: UUID | None = None,
) -> Team:
    """Form a team of the company's own IT, or of a provider that serves it.

    slug is its short name on tickets, made of the title where none is given. Raises NotAllowed and
    UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
        return form(act, title=title, tier=tier, provider=provider, slug=slug, contact=contact)


def form(
    act: Act,
    *,
    title: str,
    tier: str,
    provider: UUID | None,
    slug: str = "",
    contact: UUID | None = None,
) -> Team:
    """The same as part of another act. Raises NotAllowed and UnfitArrangement."""
    act.require(Side.PROVIDER if provider else Side.COMPANY, provider)
    if provider is not None and provider not in queries.providers(act.company):
        raise UnfitArrangement(gettext("This provider does not serve the company."), "provider")
    return _form(act, title, tier, provider, slug, contact)


def first_of(act: Act, provider: Provider) -> Team:
    """The team that a provider begins with here, formed as part of its engagement."""
    there = Team.objects.filter(company_id=act.company, provider=provider).order_by("id").first()
    return there or _form(act, provider.title, Tier.L1, provider.uuid, "", None)


def _form(
    act: Act, title: str, tier: str, provider: UUID | None, slug: str, contact: UUID | None
) -> Team:
    side = Side.PROVIDER if provider else Side.COMPANY
    title = one_title(title, "title")
    team = Team(
        company_id=act.company,
        slug=_free_slug(act.company, slug, title),
        title=title,
        tier=_fit_tier(tier),
        side=side,
        provider_id=provider,
    )
    team.contact = _fit_contact(team, contact)
    team.save(force_insert=True)
    named = str(team.contact.uuid) if team.contact else ""
    act.record(TeamFormed(team.slug, title, Tier(team.tier), side, str(provider or ""), named))
    _follow(act, team)
    return team


def change_team(
    company: UUID,
    team: str,
    *,
    at: Instant,
    actor: Actor,
    title: str,
    tier: str,
    contact: UUID | None,
) -> Team:
    """Give a team another name, tier or escalation contact.

    Raises NotAllowed, NotThere and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=PEOPLE) as act:
        found = team_of(act, team)
        wanted = one_title(title, "title"), _fit_tier(tier), _fit_contact(found, contact)
        if wanted != (found.title, found.tier, found.contact):
            if found.contact and wanted[2] is None:
                raise UnfitArrangement(
                    gettext("Name a contact: somebody must answer for it."), "contact"
                )
            found.title, found.tier, found.contact = wanted
            keep(act, found)
        return found


def team_of(act: Act, slug: str) -> Team:
    """A team that whoever acts may arrange. Raises NotThere and NotAllowed."""
    found = Team.objects.select_related("contact").filter(company_id=act.company, slug=slug).first()
    if found is None:
        raise NotThere(f"there is no team {slug} here")
    act.require(found.side, found.provider_id)
    return found


def keep(act: Act, team: Team) -> None:
    """Store a team that was changed, and say so on the record."""
    team.save(update_fields=["title", "tier", "contact"])
    named = str(team.contact.uuid) if team.contact else ""
    act.record(TeamChanged(team.slug, team.title, Tier(team.tier), named))
    _follow(act, team)


def _follow(act: Act, team: Team) -> None:
    memory.drop(("teams", act.company))
    memory.drop(("contacts", act.company))
    for follow in CONTACT_FOLLOWERS:
        follow(act.company, team.slug)


def _fit_tier(tier: str) -> str:
    if tier not in TEAM_TIERS:
        raise UnfitArrangement(
            gettext("A tier is one of %(tiers)s.") % {"tiers": ", ".join(TEAM_TIERS)}, "tier"
        )
    return str(tier)


def _fit_contact(team: Team, contact: UUID | None) -> Person | None:
    if contact is None:
        return None
    if team.contact and team.contact.uuid == contact:
        return team.contact
    person = able_contacts(team).filter(person__uuid=contact).first()
    if person is None:
        raise UnfitArrangement(
            gettext("The contact of a team is somebody of the same side who sees its tickets."),
            "contact",
        )
    return person.person


def able_contacts(team: Team) -> models.QuerySet[Membership]:
    """The members who can answer for a team: people of its side, and of its provider."""
    return (
        Membership.objects.filter(
            models.Q(provider_id=team.provider_id),
            company_id=team.company_id,
            side=team.side,
            is_active=True,
            person__is_active=True,
        )
        .select_related("person")
        .order_by("person__title", "person__uuid")
    )


def _free_slug(company: UUID, slug: str, title: str) -> str:
    taken = {each.lower() for each in _slugs(company)}
    if slug:
        if not _SLUG.fullmatch(slug):
            raise UnfitArrangement(
                gettext("A short name is letters, digits and hyphens, 30 at most."), "slug"
            )
        if slug.lower() in taken:
            raise UnfitArrangement(
                gettext("There is a team %(team)s already.") % {"team": slug}, "slug"
            )
        return slug
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode()
    stem = re.sub("[^a-z0-9]+", "-", plain.lower()).strip("-")[:24].strip("-") or "team"
    tries = (stem, *(f"{stem}-{count}" for count in range(2, len(taken) + 3)))
    return next(each for each in tries if each not in taken)


def _slugs(company: UUID) -> list[str]:
    return list(Team.objects.filter(company_id=company).values_list("slug", flat=True))
