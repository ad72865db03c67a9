"""What is looked after: services of the charters in force, sites and items, and how critical."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from commondesk.core.charter.schema import Charter, Item, Service, Site
from commondesk.core.record.instant import Instant
from commondesk.governance import charters
from commondesk.governance.models import CatalogueEntry, CharterVersion
from commondesk.ledger import memory, tables


@dataclass(frozen=True, slots=True)
class CatalogueService:
    """A service that somebody's charter covers. provider is empty for the company's own."""

    key: str
    title: str
    criticality: int
    provider: str
    charter: str
    team: str
    provider_contact: str


@dataclass(frozen=True, slots=True)
class Place:
    """A site."""

    key: str
    title: str
    criticality: int


@dataclass(frozen=True, slots=True)
class Thing:
    """A configuration item, and which service and site it belongs to."""

    key: str
    title: str
    criticality: int
    service: str
    site: str


def services(company: UUID, at: Instant) -> tuple[CatalogueService, ...]:
    """The services that charters in force cover, by name; each under the charter that rules it."""
    return memory.recalled(("services", company, at), lambda: _services(company, at))


def _services(company: UUID, at: Instant) -> tuple[CatalogueService, ...]:
    keys = {
        key
        for version in charters.ruling_versions(company, at)
        for key in charters.covered_services(version)
    }
    found = (_service(charters.charter_for(company, at, key), key) for key in keys)
    return tuple(sorted(found, key=lambda each: (each.title.lower(), each.key)))


def _service(version: CharterVersion | None, key: str) -> CatalogueService:
    assert version is not None
    listed = charters.whole(version).services
    service = next(each for each in listed if each.key == key and each.in_scope)
    return CatalogueService(
        key=key,
        title=service.title or key,
        criticality=service.criticality,
        provider=version.provider,
        charter=version.uuid,
        team=service.team,
        provider_contact=service.provider_contact,
    )


def sites(company: UUID, at: Instant) -> tuple[Place, ...]:
    """The sites that tickets can name, by name: those entered, and those of charters in force."""
    listed: dict[str, Place] = {
        site.key: Place(site.key, site.title or site.key, site.criticality)
        for charter in _in_force(company, at)
        for site in charter.sites
    }
    for entry in entries(company):
        if entry.kind == "site":
            listed.pop(entry.key, None)
            if not entry.is_retired:
                listed[entry.key] = Place(entry.key, entry.title, entry.criticality)
    return tuple(sorted(listed.values(), key=lambda each: (each.title.lower(), each.key)))


def items(company: UUID, at: Instant) -> tuple[Thing, ...]:
    """The items that tickets can name, by name: those entered, and those of charters in force."""
    listed: dict[str, Thing] = {
        item.key: Thing(item.key, item.title or item.key, item.criticality, item.service, item.site)
        for charter in _in_force(company, at)
        for item in charter.items
    }
    for entry in entries(company):
        if entry.kind == "item":
            listed.pop(entry.key, None)
            if not entry.is_retired:
                listed[entry.key] = Thing(
                    entry.key, entry.title, entry.criticality, entry.service, entry.site
                )
    return tuple(sorted(listed.values(), key=lambda each: (each.title.lower(), each.key)))


def _in_force(company: UUID, at: Instant) -> Iterator[Charter]:
    for version in charters.ruling_versions(company, at):
        yield charters.whole(version)


def entries(company: UUID) -> tuple[CatalogueEntry, ...]:
    """What the company entered beside its charters."""
    return memory.recalled(("catalogue", company), lambda: tuple(_entries(company)))


def _entries(company: UUID) -> list[CatalogueEntry]:
    return tables.read(CatalogueEntry, 'WHERE company = %s ORDER BY title, "key"', company)


# ---- how critical -------------------------------------------------------------------------


def criticality_of(
    company: UUID,
    at: Instant,
    service: str = "",
    item: str = "",
    site: str = "",
    *,
    charter: str = "",
) -> int:
    """How critical what is affected is: the worst of service, site and item; 0 if none is known.

    An item that nobody knows counts as its service. charter is the version that the ticket keeps;
    without one, the version in force for the service is asked.
    """
    version = _named(company, charter) or charters.charter_for(company, at, service)
    written = charters.whole(version) if version else Charter()
    others = {each.name: each.level for each in written.criticality}
    entered = _entered(company, item, site)
    levels = (
        others.get(service) or _level(written.services, service),
        entered.get(("item", item), 0) or others.get(item) or _level(written.items, item),
        entered.get(("site", site), 0) or others.get(site) or _level(written.sites, site),
    )
    return min((level for level in levels if level), default=0)


def _entered(company: UUID, *keys: str) -> dict[tuple[str, str], int]:
    """The criticality of entries by kind and key; no question is asked where no key is given."""
    wanted = [key for key in keys if key]
    if not wanted:
        return {}
    found = CatalogueEntry.objects.filter(company=company, key__in=wanted)
    return {
        (kind, key): level for kind, key, level in found.values_list("kind", "key", "criticality")
    }


def _named(company: UUID, charter: str) -> CharterVersion | None:
    found = (each for each in charters.versions_of(company) if each.uuid == charter)
    return next(found, None)


def _level(listed: Iterable[Service | Site | Item], key: str) -> int:
    return next((each.criticality for each in listed if key and each.key == key), 0)
