"""What a ticket can be about, as the catalogue has it, and what that makes its priority."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from uuid import UUID

from commondesk.core.record.events import Priority
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import Level, impact_of, priority_of, template_matrix
from commondesk.governance import catalogue, charters
from commondesk.governance.catalogue import CatalogueService, Place, Thing
from commondesk.ledger import memory

Choices = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The services, sites and items that there are to choose from; empty where none is entered."""

    services: tuple[CatalogueService, ...] = ()
    sites: tuple[Place, ...] = ()
    items: tuple[Thing, ...] = ()

    def choices(self, kind: str) -> Choices:
        """Keys and names of `service`, `site` or `item`."""
        known: Mapping[str, Iterable[CatalogueService | Place | Thing]] = {
            "service": self.services,
            "site": self.sites,
            "item": self.items,
        }
        return tuple((each.key, each.title or each.key) for each in known[kind])

    def around(self, item: str, service: str, site: str) -> tuple[str, str]:
        """Service and site; where nothing was said of them, those that the item belongs to."""
        thing = next((each for each in self.items if each.key == item), None)
        if thing is None:
            return service, site
        return service or thing.service, site or thing.site

    def title(self, kind: str, key: str) -> str:
        """What people call it; an unknown key is its own name."""
        return dict(self.choices(kind)).get(key, key)


def catalogue_of(company: UUID, at: Instant) -> Catalogue:
    """All that tickets of this company can name at an instant."""
    with memory.remembering():
        return Catalogue(
            catalogue.services(company, at),
            catalogue.sites(company, at),
            catalogue.items(company, at),
        )


def priority_at(
    company: UUID,
    at: Instant,
    *,
    spread: Level,
    urgency: Level,
    service: str = "",
    item: str = "",
    site: str = "",
) -> Priority:
    """The priority that a ticket opened now would get by the charter's tables."""
    with memory.remembering():
        agreement = charters.agreement_for(company, at, service)
        matrix = agreement.matrix if agreement else template_matrix()
        level = catalogue.criticality_of(company, at, service, item, site)
        return priority_of(impact_of((level,), spread, matrix), urgency, matrix)
