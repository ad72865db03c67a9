"""The lists that people bring along: each read, looked at, imported and exported in one way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from commondesk.accounts.doorway import Visit
from commondesk.accounts.importing import people, people_export, people_writing
from commondesk.accounts.importing.people import Wanted
from commondesk.accounts.importing.people_columns import role_words
from commondesk.accounts.importing.plan import Checked, Done, Plan
from commondesk.accounts.policy import Right
from commondesk.core.record.arrangement import CatalogueEntered, CatalogueKind
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.governance import catalogue_importing
from commondesk.readers.table_file import Table


@dataclass(frozen=True, slots=True)
class BroughtList:
    """A kind of list. tell says what becomes of a new row, in words."""

    name: str
    title: str
    one: str
    many: str
    key: str
    right: Right
    columns: tuple[tuple[str, str], ...]
    read: Callable[[bytes], Table]
    look: Callable[[Visit, Table], Plan[Any]]
    carry_out: Callable[[Visit, Table, str, bool], Done]
    sample: Callable[[], Iterator[str]]
    export: Callable[[Visit], Iterator[str]]
    tell: Callable[[Checked[Any]], str]


# ---- people -------------------------------------------------------------------------------


def _look_at_people(visit: Visit, table: Table) -> Plan[Any]:
    return people_writing.look(visit.company.uuid, table, at=visit.at, actor=visit.viewer.actor)


def _import_people(visit: Visit, table: Table, seen: str, leave_out: bool) -> Done:
    return people_writing.import_people(
        visit.company.uuid,
        table,
        at=visit.at,
        actor=visit.viewer.actor,
        seen=seen,
        leave_out=leave_out,
    )


def _tell_person(row: Checked[Wanted]) -> str:
    wanted = row.wanted
    if wanted is None or wanted.place is None:
        return ""
    parts = [role_words(wanted.place.roles)]
    if wanted.place.team:
        parts.append(f"team {wanted.place.team.title}")
    if wanted.manager:
        parts.append(f"answers to {wanted.manager}")
    return ", ".join(parts)


PEOPLE = BroughtList(
    name="people",
    title="People",
    one="person",
    many="people",
    key="Mail address",
    right=Right.ADD_PEOPLE,
    columns=(
        ("email", "Needed. We know people by it."),
        ("name", "In one column, or as first name and last name in two."),
        ("role", "Requester where nothing stands. Several with commas between: agent, lead."),
        ("team", "For whoever works tickets: a team of the company’s own."),
        ("manager", "The mail address, or the name, of who they answer to."),
    ),
    read=people.read,
    look=_look_at_people,
    carry_out=_import_people,
    sample=people_export.sample,
    export=lambda visit: people_export.exported(visit.company.uuid),
    tell=_tell_person,
)


# ---- sites and items ----------------------------------------------------------------------


def _tell_entry(row: Checked[CatalogueEntered]) -> str:
    if row.wanted is None:
        return ""
    parts = [
        CRITICALITY_WORDS.get(row.wanted.criticality, "not said how critical"),
        row.wanted.site and f"at {row.wanted.site}",
        row.wanted.service and f"for {row.wanted.service}",
        "retired" if row.wanted.is_retired else "",
    ]
    return ", ".join(filter(None, parts))


def _of_catalogue(
    kind: CatalogueKind, name: str, one: str, columns: tuple[tuple[str, str], ...]
) -> BroughtList:
    def look(visit: Visit, table: Table) -> Plan[Any]:
        return catalogue_importing.look(visit.company.uuid, kind, table, at=visit.at)

    def carry_out(visit: Visit, table: Table, seen: str, leave_out: bool) -> Done:
        return catalogue_importing.import_entries(
            visit.company.uuid,
            kind,
            table,
            at=visit.at,
            actor=visit.viewer.actor,
            seen=seen,
            leave_out=leave_out,
        )

    return BroughtList(
        name=name,
        title=name.capitalize(),
        one=one,
        many=name,
        key="Key",
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


_LEVELS = ", ".join(f"{word} ({level})" for level, word in CRITICALITY_WORDS.items())
SITES = _of_catalogue(
    CatalogueKind.SITE,
    "sites",
    "site",
    (
        ("key", "Needed. What tickets call it; it never changes."),
        ("name", "Needed for a new one. What people know it by."),
        ("criticality", f"{_LEVELS}, or nothing."),
        ("retired", "Yes or no."),
    ),
)
ITEMS = _of_catalogue(
    CatalogueKind.ITEM,
    "items",
    "item",
    (
        *SITES.columns[:3],
        ("site", "Key or name of a site that is here already."),
        ("service", "Key or name of a service in a charter in force."),
        SITES.columns[3],
    ),
)
LISTS = {each.name: each for each in (PEOPLE, SITES, ITEMS)}
