"""Which companies a list spans, as whom it is read, and whom the filters name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from commondesk.accounts.models import Company, Membership, Person
from commondesk.accounts.policy import Viewer
from commondesk.accounts.queries import uuid_of
from commondesk.core.texts import gettext
from commondesk.desk.queue.asked import LABELS, ME, NOBODY, Asked, Field
from commondesk.ledger import tables

MOST_PEOPLE = 50
_PEOPLE = (
    f"SELECT DISTINCT p.uuid, p.title FROM {Membership._meta.db_table} m"  # noqa: S608
    f" JOIN {Person._meta.db_table} p ON p.id = m.person_id"
    " WHERE m.company_id IN ({companies}) AND {which} ORDER BY p.title LIMIT 51"
)


@dataclass(frozen=True, slots=True)
class Reach:
    """A company, and the viewer as that company sees them."""

    company: Company
    viewer: Viewer


@dataclass(frozen=True, slots=True)
class People:
    """Whom a filter names. title is empty for words that stand for somebody: me, nobody."""

    uuids: tuple[UUID, ...]
    title: str


def people_named(
    reaches: Sequence[Reach], asked: Asked
) -> tuple[dict[tuple[Field, str], People], tuple[str, ...]]:
    """The people whom the filters name, by field and code; and what was not understood."""
    found: dict[tuple[Field, str], People] = {}
    notes = []
    for field in (Field.OWNER, Field.REQUESTER):
        for code in asked.filters.get(field, ()):
            if code in (ME, NOBODY):
                continue
            people, label = _people(reaches, code), gettext(LABELS[field])
            if people is None:
                told = gettext(
                    "%(label)s “%(name)s”: more than %(most)s people are called so. "
                    "Give more of the name; it was left out."
                )
                notes.append(told % {"label": label, "name": code, "most": MOST_PEOPLE})
            elif not people.uuids:
                told = gettext("%(label)s “%(name)s” is nobody known here.")
                notes.append(told % {"label": label, "name": code})
            found[field, code] = people or People((), code)
    return found, tuple(notes)


def _people(reaches: Sequence[Reach], code: str) -> People | None:
    """None where too many are called so."""
    companies = [each.company.uuid for each in reaches]
    uuid = uuid_of(code)
    values: list[object]
    if uuid is not None:
        which, values = "p.uuid = %s", [uuid]
    else:
        like = f"%{_escaped(code)}%"
        which = (
            r"(p.address = %s OR LOWER(p.title) LIKE %s ESCAPE '\'"
            r" OR p.title LIKE %s ESCAPE '\' OR p.address LIKE %s ESCAPE '\')"
        )
        low = code.lower()
        values = [low, like.lower(), like, f"{_escaped(low)}%"]
    sql = _PEOPLE.format(companies=tables.marks(len(companies)), which=which)
    rows = tables.select(sql, *companies, *values)
    if len(rows) > MOST_PEOPLE:
        return None
    title = rows[0][1] if len(rows) == 1 else code
    return People(tuple(tables.uuid_of(uuid) for uuid, _ in rows), title)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")
