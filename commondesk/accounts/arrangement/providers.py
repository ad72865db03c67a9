"""Providers begin to serve a company."""

from __future__ import annotations

from uuid import UUID

from commondesk.accounts.arrangement.arranging import Act, UnfitArrangement, arranging
from commondesk.accounts.models import Engagement, Provider
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import ProviderEngaged
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext
from commondesk.ledger import chance, memory

LONGEST_TITLE = 200


def engage_provider(company: UUID, *, at: Instant, actor: Actor, title: str) -> Provider:
    """Let a provider serve the company: the one of that name, else a new one.

    Raises NotAllowed and UnfitArrangement.
    """
    with arranging(company, at=at, actor=actor, rights=(Right.ENGAGE_PROVIDERS,)) as act:
        return engage(act, title)


def engage(act: Act, title: str) -> Provider:
    """The same as part of another act. Raises UnfitArrangement."""
    provider = _named(title)
    if _serves(act, provider):
        raise UnfitArrangement(serves_already(provider.title), "provider_title")
    _begin(act, provider)
    return provider


def serves_already(title: str) -> str:
    """Why a provider of that name cannot be asked to serve the company."""
    return gettext("%(provider)s serves the company already.") % {"provider": title}


def engaged(act: Act, title: str) -> Provider:
    """The provider of that name, which serves the company from now on if it did not yet."""
    provider = _named(title)
    if not _serves(act, provider):
        _begin(act, provider)
    return provider


def _named(title: str) -> Provider:
    title = one_title(title, "provider_title")
    known = Provider.objects.filter(title__iexact=title).first()
    return known or Provider.objects.create(uuid=chance.uuid(), title=title)


def _serves(act: Act, provider: Provider) -> bool:
    served = Engagement.objects.filter(company_id=act.company, provider=provider)
    return served.filter(until__isnull=True).exists()


def _begin(act: Act, provider: Provider) -> None:
    Engagement.objects.update_or_create(
        company_id=act.company, provider=provider, defaults={"since": act.at, "until": None}
    )
    memory.drop(("providers", act.company))
    act.record(ProviderEngaged(str(provider.uuid), provider.title))


def one_title(text: str, field: str) -> str:
    """A name on one line. Raises UnfitArrangement."""
    title = " ".join(text.replace("\0", "").split())
    if not title:
        raise UnfitArrangement(gettext("Give a name."), field)
    if len(title) > LONGEST_TITLE:
        raise UnfitArrangement(
            gettext("Keep the name below %(count)s characters.") % {"count": LONGEST_TITLE}, field
        )
    return title
