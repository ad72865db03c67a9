"""The catalogue as a page shows it: services to read, sites and items to search and page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.functions import Collate

from commondesk.accounts import policy
from commondesk.accounts.policy import Viewer
from commondesk.core.record.arrangement import CatalogueEntered, CatalogueKind
from commondesk.core.record.event import Side
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.texts import gettext
from commondesk.governance import catalogue, charters
from commondesk.governance.catalogue import CatalogueService
from commondesk.governance.models import CatalogueEntry

ON_A_PAGE = 50
MOST_COUNTED = 100_000


@dataclass(frozen=True, slots=True)
class Entry:
    """A site or item. is_of_charter: nobody entered it, a charter in force names it."""

    kind: CatalogueKind
    key: str
    title: str
    criticality: int
    site: str = ""
    service: str = ""
    is_retired: bool = False
    is_of_charter: bool = False

    @property
    def level(self) -> str:
        """How critical it is, in the word of lists; empty where nobody has said."""
        return CRITICALITY_WORDS.get(self.criticality, "")

    @property
    def shown_level(self) -> str:
        """The same in the language that is spoken."""
        return gettext(self.level) if self.level else ""

    def is_as(self, body: CatalogueEntered) -> bool:
        """Whether an event would change nothing."""
        return self.body(is_retired=self.is_retired) == body

    def body(self, *, is_retired: bool) -> CatalogueEntered:
        """The event that says it as it is."""
        return CatalogueEntered(
            kind=self.kind,
            key=self.key,
            title=self.title,
            criticality=self.criticality,
            site=self.site,
            service=self.service,
            is_retired=is_retired,
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What part of the sites or items somebody wants to see. after is the key of the last seen."""

    kind: CatalogueKind
    words: str = ""
    site: str = ""
    service: str = ""
    is_retired: bool = False
    after: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether it is less than everything."""
        return bool(self.words or self.site or self.service or self.is_retired)


@dataclass(frozen=True, slots=True)
class Page:
    """Some entries by key, how many fit in all, and the key to go on after; empty at the end."""

    entries: tuple[Entry, ...]
    count: int
    next: str


# ---- services -----------------------------------------------------------------------------


def services_for(viewer: Viewer, at: Instant) -> tuple[CatalogueService, ...]:
    """The services of the charters that the viewer lives by."""
    return tuple(
        each
        for each in catalogue.services(viewer.company_uuid, at)
        if each.key not in hidden_services(viewer, at)
    )


def hidden_services(viewer: Viewer | None, at: Instant) -> frozenset[str]:
    """The services that only concern another provider than the viewer's."""
    if viewer is None or viewer.side != Side.PROVIDER:
        return frozenset()
    return frozenset(
        each.key
        for each in catalogue.services(viewer.company_uuid, at)
        if not policy.may_read_charter(viewer, each.provider)
    )


def listed_services(company: UUID, at: Instant) -> dict[str, str]:
    """Every service that a charter in force lists, in its scope or not: names by key."""
    found = {
        each.key: each.title or each.key
        for version in charters.ruling_versions(company, at)
        for each in charters.whole(version).services
    }
    return dict(sorted(found.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


def offered_sites(company: UUID, at: Instant) -> dict[str, str]:
    """Every site that something can be at: names by key, by name."""
    known = everything(company, None, CatalogueKind.SITE, at)
    found = {each.key: each.title for each in known if not each.is_retired}
    return dict(sorted(found.items(), key=lambda pair: (pair[1].casefold(), pair[0])))


# ---- sites and items ----------------------------------------------------------------------


def page(company: UUID, viewer: Viewer | None, asked: Asked, at: Instant) -> Page:
    """One page of the sites or items that the viewer may see, by key."""
    hidden = hidden_services(viewer, at)
    entered = _entered(company, asked, hidden)
    named = [each for each in _of_charters(company, asked.kind, at) if _fits(each, asked, hidden)]
    some = entered.order_by(_plain("key"))
    if asked.after:
        some = some.annotate(place=_plain("key")).filter(place__gt=asked.after)
    here = [_entry(each) for each in some[: ON_A_PAGE + 1]]
    here += [each for each in named if each.key > asked.after]
    here.sort(key=lambda each: each.key)
    count = entered[:MOST_COUNTED].count() + len(named)
    shown = tuple(here[:ON_A_PAGE])
    return Page(shown, count, shown[-1].key if len(here) > ON_A_PAGE else "")


def everything(
    company: UUID, viewer: Viewer | None, kind: CatalogueKind, at: Instant
) -> list[Entry]:
    """All that the viewer may see of a kind, retired ones too, by key."""
    hidden = hidden_services(viewer, at)
    entered = CatalogueEntry.objects.filter(company=company, kind=kind.value)
    found = [_entry(each) for each in entered.exclude(service__in=hidden)]
    found += [each for each in _of_charters(company, kind, at) if each.service not in hidden]
    return sorted(found, key=lambda each: each.key)


def find(
    company: UUID, kind: CatalogueKind, key: str, at: Instant, viewer: Viewer | None = None
) -> Entry | None:
    """The site or item of that key, in whatever case it is written."""
    hidden = hidden_services(viewer, at)
    entered = CatalogueEntry.objects.filter(company=company, kind=kind.value, key__iexact=key)
    of_charters = (each for each in _of_charters(company, kind, at))
    found = [*map(_entry, entered), *(e for e in of_charters if e.key.lower() == key.lower())]
    seen = [each for each in found if each.service not in hidden]
    return next((each for each in seen if each.key == key), seen[0] if seen else None)


def count_at(company: UUID, site: str) -> int:
    """How many items that are offered are at a site."""
    return CatalogueEntry.objects.filter(
        company=company, kind="item", site=site, is_retired=False
    ).count()


def _entered(company: UUID, asked: Asked, hidden: Iterable[str]) -> QuerySet[CatalogueEntry]:
    found = CatalogueEntry.objects.filter(
        company=company, kind=asked.kind.value, is_retired=asked.is_retired
    )
    for word in asked.words.split()[:8]:
        found = found.filter(Q(key__icontains=word) | Q(title__icontains=word))
    if asked.site:
        found = found.filter(site=asked.site)
    if asked.service:
        found = found.filter(service=asked.service)
    return found.exclude(service__in=list(hidden))


def _of_charters(company: UUID, kind: CatalogueKind, at: Instant) -> Iterator[Entry]:
    """What charters in force name and nobody entered, each key once."""
    listed: dict[str, Entry] = {}
    for version in charters.ruling_versions(company, at):
        charter = charters.whole(version)
        if kind is CatalogueKind.SITE:
            rows = (Entry(kind, s.key, s.title or s.key, s.criticality) for s in charter.sites)
        else:
            rows = (
                Entry(kind, i.key, i.title or i.key, i.criticality, i.site, i.service)
                for i in charter.items
            )
        for each in rows:
            listed.setdefault(each.key, each)
    if not listed:
        return
    entered = CatalogueEntry.objects.filter(company=company, kind=kind.value, key__in=listed)
    known = set(entered.values_list("key", flat=True))
    for key, each in listed.items():
        if key not in known:
            yield _named(each)


def _named(entry: Entry) -> Entry:
    return Entry(
        entry.kind,
        entry.key,
        entry.title,
        entry.criticality,
        entry.site,
        entry.service,
        is_of_charter=True,
    )


def _fits(entry: Entry, asked: Asked, hidden: Iterable[str]) -> bool:
    text = f"{entry.key}\n{entry.title}".lower()
    return (
        not asked.is_retired
        and all(word.lower() in text for word in asked.words.split()[:8])
        and asked.site in ("", entry.site)
        and asked.service in ("", entry.service)
        and entry.service not in hidden
    )


def _entry(row: CatalogueEntry) -> Entry:
    return Entry(
        kind=CatalogueKind(row.kind),
        key=row.key,
        title=row.title,
        criticality=row.criticality,
        site=row.site,
        service=row.service,
        is_retired=row.is_retired,
    )


def _plain(name: str) -> Collate:
    # By code points, as Python sorts: a page goes on after a key whatever the database speaks.
    return Collate(name, "C" if connection.vendor == "postgresql" else "BINARY")
