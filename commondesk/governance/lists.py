"""The lists that people bring along: each read, looked at, imported and exported in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from commondesk.accounts.doorway import Visit
from commondesk.accounts.importing import people, people_export, people_writing
from commondesk.accounts.importing.people import Wanted
from commondesk.accounts.importing.people_columns import role_words
from commondesk.accounts.importing.plan import Checked, Done, Plan
from commondesk.accounts.policy import Right
from commondesk.accounts.works.kinds import Tell, quiet
from commondesk.core.record.arrangement import CatalogueEntered, CatalogueKind
from commondesk.core.record.event import Actor
from commondesk.core.record.instant import Instant
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.texts import gettext, gettext_noop, ngettext, number, pgettext
from commondesk.governance import catalogue_importing
from commondesk.readers.table_file import Table


@dataclass(frozen=True, slots=True)
class Errand:
    """A list that is to be carried out: for whom, by whom, when, and as it was looked at."""

    company: UUID
    actor: Actor
    at: Instant
    seen: str
    leave_out: bool
    tell: Tell = quiet


@dataclass(frozen=True, slots=True)
class BroughtList:
    """A kind of list. tell says what becomes of a new row, in words.

    What is noted is English; what is asked for is in the language that is spoken.
    """

    name: str
    title_noted: str
    heading_noted: str
    all_here_noted: str
    key_noted: str
    counted: Callable[[int], str]
    imported: Callable[[str], str]
    right: Right
    columns: tuple[tuple[str, str], ...]
    read: Callable[[bytes], Table]
    look: Callable[[Visit, Table], Plan[Any]]
    carry_out: Callable[[Errand, Table], Done]
    sample: Callable[[], Iterator[str]]
    export: Callable[[Visit], Iterator[str]]
    tell: Callable[[Checked[Any]], str]

    @property
    def title(self) -> str:
        return gettext(self.title_noted)

    @property
    def heading(self) -> str:
        return gettext(self.heading_noted)

    @property
    def all_here(self) -> str:
        return gettext(self.all_here_noted)

    @property
    def key(self) -> str:
        return gettext(self.key_noted)

    def told_columns(self) -> Iterator[tuple[str, str]]:
        """Each column, and what stands in it."""
        levels = catalogue_importing.level_words()
        for name, what in self.columns:
            yield name, gettext(what) % {"levels": levels}


# ---- people -------------------------------------------------------------------------------


def _look_at_people(visit: Visit, table: Table) -> Plan[Any]:
    return people_writing.look(visit.company.uuid, table, at=visit.at, actor=visit.viewer.actor)


def _import_people(errand: Errand, table: Table) -> Done:
    return people_writing.import_people(
        errand.company,
        table,
        at=errand.at,
        actor=errand.actor,
        seen=errand.seen,
        leave_out=errand.leave_out,
        tell=errand.tell,
    )


def _tell_person(row: Checked[Wanted]) -> str:
    wanted = row.wanted
    if wanted is None or wanted.place is None:
        return ""
    parts = [role_words(wanted.place.roles)]
    if wanted.place.team:
        parts.append(gettext("team %(team)s") % {"team": wanted.place.team.title})
    if wanted.manager:
        parts.append(gettext("answers to %(manager)s") % {"manager": wanted.manager})
    return ", ".join(parts)


def _counted_people(count: int) -> str:
    return ngettext("%(count)s person", "%(count)s people", count) % {"count": number(count)}


def _people_imported(what: str) -> str:
    return gettext("People imported: %(what)s.") % {"what": what}


PEOPLE = BroughtList(
    name="people",
    title_noted=gettext_noop("People"),
    heading_noted=gettext_noop("Import people from a file"),
    all_here_noted=gettext_noop("All people that are here"),
    key_noted=gettext_noop("Mail address"),
    counted=_counted_people,
    imported=_people_imported,
    right=Right.ADD_PEOPLE,
    columns=(
        ("email", gettext_noop("Needed. We know people by it.")),
        ("name", gettext_noop("In one column, or as first name and last name in two.")),
        (
            "role",
            gettext_noop(
                "Requester where nothing stands. Several with commas between: agent, lead."
            ),
        ),
        ("team", gettext_noop("For whoever works tickets: a team of the company’s own.")),
        ("manager", gettext_noop("The mail address, or the name, of who they answer to.")),
    ),
    read=people.read,
    look=_look_at_people,
    carry_out=_import_people,
    sample=people_export.sample,
    export=lambda visit: people_export.exported(visit.company.uuid),
    tell=_tell_person,
)


# ---- sites and items ----------------------------------------------------------------------


NOT_SAID = gettext_noop("not said how critical")


def _counted_sites(count: int) -> str:
    return ngettext("%(count)s site", "%(count)s sites", count) % {"count": number(count)}


def _sites_imported(what: str) -> str:
    return gettext("Sites imported: %(what)s.") % {"what": what}


def _counted_items(count: int) -> str:
    return ngettext("%(count)s item", "%(count)s items", count) % {"count": number(count)}


def _items_imported(what: str) -> str:
    return gettext("Items imported: %(what)s.") % {"what": what}


def _tell_entry(row: Checked[CatalogueEntered]) -> str:
    if row.wanted is None:
        return ""
    parts = [
        gettext(CRITICALITY_WORDS.get(row.wanted.criticality, NOT_SAID)),
        row.wanted.site and gettext("at %(site)s") % {"site": row.wanted.site},
        row.wanted.service and gettext("for %(service)s") % {"service": row.wanted.service},
        pgettext("an item or site", "retired") if row.wanted.is_retired else "",
    ]
    return ", ".join(filter(None, parts))


def _of_catalogue(kind: CatalogueKind, columns: tuple[tuple[str, str], ...]) -> BroughtList:
    def look(visit: Visit, table: Table) -> Plan[Any]:
        return catalogue_importing.look(visit.company.uuid, kind, table, at=visit.at)

    def carry_out(errand: Errand, table: Table) -> Done:
        return catalogue_importing.import_entries(
            errand.company,
            kind,
            table,
            at=errand.at,
            actor=errand.actor,
            seen=errand.seen,
            leave_out=errand.leave_out,
            tell=errand.tell,
        )

    is_site = kind is CatalogueKind.SITE
    return BroughtList(
        name="sites" if is_site else "items",
        title_noted=gettext_noop("Sites") if is_site else gettext_noop("Items"),
        heading_noted=gettext_noop("Import sites from a file")
        if is_site
        else gettext_noop("Import items from a file"),
        all_here_noted=gettext_noop("All sites that are here")
        if is_site
        else gettext_noop("All items that are here"),
        key_noted=gettext_noop("Key"),
        counted=_counted_sites if is_site else _counted_items,
        imported=_sites_imported if is_site else _items_imported,
        right=Right.ENTER_CATALOGUE,
        columns=columns,
        read=lambda content: catalogue_importing.read(kind, content),
        look=look,
        carry_out=carry_out,
        sample=lambda: catalogue_importing.sample(kind),
        export=lambda visit: catalogue_importing.exported(
            visit.company.uuid, visit.viewer, kind, visit.at
        ),
        tell=_tell_entry,
    )


SITES = _of_catalogue(
    CatalogueKind.SITE,
    (
        ("key", gettext_noop("Needed. What tickets call it; it never changes.")),
        ("name", gettext_noop("Needed for a new one. What people know it by.")),
        ("criticality", gettext_noop("%(levels)s, or nothing.")),
        ("retired", gettext_noop("Yes or no.")),
    ),
)
ITEMS = _of_catalogue(
    CatalogueKind.ITEM,
    (
        *SITES.columns[:3],
        ("site", gettext_noop("Key or name of a site that is here already.")),
        ("service", gettext_noop("Key or name of a service in a charter in force.")),
        SITES.columns[3],
    ),
)
LISTS = {each.name: each for each in (PEOPLE, SITES, ITEMS)}
