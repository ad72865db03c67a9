"""What changed between two charters, value by value, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import cast

from ..texts import gettext, pgettext, pgettext_noop
from .choices import plainly
from .leaf import Leaf, Wants
from .schema import SECTIONS, Charter, FieldOf, Record, Section, Table, Written, fields_of

_Key = tuple[tuple[Leaf, ...], int]


class How(StrEnum):
    """What happened to a row or value."""

    ADDED = pgettext_noop("what happened to a value", "added")
    REMOVED = pgettext_noop("what happened to a value", "removed")
    CHANGED = pgettext_noop("what happened to a value", "changed")
    MOVED = pgettext_noop("what happened to a value", "moved")

    @property
    def words(self) -> str:
        """The same in the language that is spoken."""
        return pgettext("what happened to a value", self.value)


@dataclass(frozen=True, slots=True)
class Change:
    """One change: where, and what it was before and is after. row is empty outside of rows.

    wants is what the field asks for, where the change is about a single value.
    """

    section: str
    row: str
    field: str
    how: How
    before: str
    after: str
    wants: Wants | None = None

    def __str__(self) -> str:
        where = ", ".join(part for part in (self.row, self.field) if part)
        spot = f"{self.section}: {where}" if where else self.section
        if self.how is How.CHANGED:
            return f"{spot}: {self.before or 'nothing'} became {self.after or 'nothing'}"
        said = self.after or self.before
        return f"{spot} {self.how}{f': {said}' if said else ''}"


def compare(old: Charter, new: Charter) -> tuple[Change, ...]:
    """Every change from one to the other, in the order of the sections; none where they are equal.

    Rows are matched by what tells them apart, such as service, kind and priority of a target.
    """
    return tuple(
        change
        for section in SECTIONS
        for change in _changes(section, getattr(old, section.key), getattr(new, section.key))
    )


def _changes(section: Section, old: object, new: object) -> Iterator[Change]:
    if old == new:
        return
    if section.written is Written.TABLE:
        yield from _of_tables(section, cast(Table, old), cast(Table, new))
    elif section.is_rows:
        rows = cast(tuple[Record, ...], old), cast(tuple[Record, ...], new)
        yield from _of_rows(section, *rows)
    else:
        yield from _of_records(section, "", cast(Record, old), cast(Record, new))


def _of_records(section: Section, row: str, old: Record, new: Record) -> Iterator[Change]:
    for each in fields_of(section.shape):
        before, after = getattr(old, each.name), getattr(new, each.name)
        if before != after:
            yield Change(
                section.title,
                row,
                each.told.label,
                How.CHANGED,
                words_of(each, before),
                words_of(each, after),
                each.told.wants,
            )


def _of_tables(section: Section, old: Table, new: Table) -> Iterator[Change]:
    for row, (before, after) in enumerate(zip(old, new, strict=True), 1):
        for column, (was, becomes) in enumerate(zip(before, after, strict=True), 1):
            if was != becomes:
                where = gettext("row %(row)s, column %(column)s") % {"row": row, "column": column}
                yield Change(section.title, where, "", How.CHANGED, str(was), str(becomes))


def _of_rows(
    section: Section, old: tuple[Record, ...], new: tuple[Record, ...]
) -> Iterator[Change]:
    before, after = _keyed(section, old), _keyed(section, new)
    for key, row in before.items():
        name = _name_of(section, key)
        if key not in after:
            yield Change(section.title, name, "", How.REMOVED, _said(section, row), "")
        else:
            yield from _of_records(section, name, row, after[key])
    for key, row in after.items():
        if key not in before:
            name = _name_of(section, key)
            yield Change(section.title, name, "", How.ADDED, "", _said(section, row))
    kept_before = [key for key in before if key in after]
    kept_after = [key for key in after if key in before]
    if kept_before != kept_after:
        yield Change(
            section.title,
            "",
            gettext("Order of rows"),
            How.MOVED,
            "; ".join(_name_of(section, key) for key in kept_before),
            "; ".join(_name_of(section, key) for key in kept_after),
        )


def _keyed(section: Section, rows: tuple[Record, ...]) -> dict[_Key, Record]:
    """Rows by what tells them apart; of those alike the first is first."""
    seen: Counter[tuple[Leaf, ...]] = Counter()
    keyed: dict[_Key, Record] = {}
    for row in rows:
        key = tuple(getattr(row, name) for name in section.keys)
        keyed[key, seen[key]] = row
        seen[key] += 1
    return keyed


def _name_of(section: Section, key: _Key) -> str:
    values, count = key
    fields = {each.name: each for each in fields_of(section.shape)}
    named = zip(section.keys, values, strict=True)
    said = ", ".join(words_of(fields[name], value) for name, value in named if value != "")
    said = said or pgettext("tickets, services", "all")
    return f"{said} ({count + 1})" if count else said


def _said(section: Section, row: Record) -> str:
    """What a whole row says, without what names it."""
    return "; ".join(
        f"{each.told.label} {words_of(each, value)}"
        for each in fields_of(section.shape)
        if each.name not in section.keys
        and not _goes_without_saying(each, value := getattr(row, each.name))
    )


def _goes_without_saying(about: FieldOf, value: Leaf) -> bool:
    if isinstance(value, bool):
        return value == about.default
    return value in ("", (), 0)


def words_of(about: FieldOf, value: Leaf) -> str:
    """A value as people read it."""
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    is_chosen = about.told.wants in (Wants.CHOICE, Wants.CHOICES)
    if isinstance(value, tuple):
        return ", ".join(map(plainly, value) if is_chosen else value)
    return plainly(str(value)) if is_chosen else str(value)
