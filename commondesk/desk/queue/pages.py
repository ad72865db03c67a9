"""The queue as one screen shows it: a page of rows, its views with counters, chips and pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from zoneinfo import ZoneInfo

from commondesk.accounts import queries as people_queries
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop
from commondesk.desk.queue.agreements import agreements_of
from commondesk.desk.queue.asked import (
    CHANNEL_TITLES,
    KIND_TITLES,
    LABELS,
    ME,
    NOBODY,
    PRIORITIES,
    STATUS_TITLES,
    Asked,
    Field,
    View,
    channel_title,
    kind_title,
    status_title,
    titled,
)
from commondesk.desk.queue.reach import People, Reach, people_named
from commondesk.desk.queue.selection import (
    BY_CHANGE,
    BY_WORDS,
    MOST_COUNTED,
    Clause,
    Key,
    Row,
    Selection,
    key_of,
    order_of,
)
from commondesk.desk.queue.words import QueueRow, RowReader
from commondesk.desk.rows import HAS_DUE, IS_PAUSED, NOBODY_HAS_IT, NOTHING_DUE
from commondesk.ledger import tables

PAGE = 50
TITLES = {
    View.MINE: pgettext_noop("view of the queue", "My work"),
    View.OFFERED: pgettext_noop("view of the queue", "Offered to me"),
    View.TEAM: pgettext_noop("view of the queue", "My team"),
    View.DUE: pgettext_noop("view of the queue", "Due next"),
    View.MISSED: pgettext_noop("view of the queue", "Missed"),
    View.UNOWNED: pgettext_noop("view of the queue", "Nobody has it"),
    View.WAITING: pgettext_noop("view of the queue", "Waiting"),
    View.VENDOR: pgettext_noop("view of the queue", "With a vendor"),
    View.SOLVED: pgettext_noop("view of the queue", "Solved in 7 days"),
    View.ALL: pgettext_noop("view of the queue", "All tickets"),
}
SHELVES = (
    (
        pgettext_noop("views of the queue", "Mine"),
        (View.MINE, View.OFFERED, View.TEAM),
    ),
    (
        pgettext_noop("views of the queue", "The desk"),
        (View.DUE, View.MISSED, View.UNOWNED, View.WAITING, View.VENDOR),
    ),
    (
        pgettext_noop("views of the queue", "Everything"),
        (View.SOLVED, View.ALL),
    ),
)
COUNTED = tuple(view for _, views in SHELVES for view in views if view is not View.ALL)
_NOBODY, _MISSED, _DUE, _PAUSED, _NOTHING = range(5)
GROUPS = {
    _NOBODY: (
        pgettext_noop("view of the queue", "Nobody has it"),
        gettext_noop("take it or give it"),
    ),
    _MISSED: (
        pgettext_noop("view of the queue", "Missed"),
        gettext_noop("still counting, still to be finished"),
    ),
    _DUE: (
        pgettext_noop("view of the queue", "Due next"),
        gettext_noop("in covered hours"),
    ),
    _PAUSED: (
        pgettext_noop("view of the queue", "Clock paused"),
        gettext_noop("it goes on by itself once the answer is there"),
    ),
    _NOTHING: (
        pgettext_noop("view of the queue", "Nothing due"),
        gettext_noop("no target is running"),
    ),
}


@dataclass(frozen=True, slots=True)
class QueueGroup:
    """Rows under one heading. count is empty where nobody counted."""

    title: str
    hint: str
    count: str
    rows: tuple[QueueRow, ...]


@dataclass(frozen=True, slots=True)
class QueueView:
    """A link to a view, with how many tickets are in it."""

    name: str
    title: str
    count: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter that is on, and the address of the same list without it."""

    label: str
    value: str
    off: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter that can be set: its choices by value, or free text where there are none."""

    name: str
    label: str
    value: str
    choices: tuple[tuple[str, str], ...]
    hint: str = ""

    @property
    def is_several(self) -> bool:
        """Whether what is set is none of the choices, but some of them together."""
        return bool(self.value) and self.value not in dict(self.choices)


@dataclass(frozen=True, slots=True)
class QueuePage:
    """The queue as one screen shows it."""

    asked: Asked
    view: View
    title: str
    text: str
    notes: tuple[str, ...]
    shelves: tuple[tuple[str, tuple[QueueView, ...]], ...]
    chips: tuple[Chip, ...]
    choices: tuple[Choice, ...]
    groups: tuple[QueueGroup, ...]
    shown: int
    order: str
    older: str
    newer: str
    first: str
    all_of_it: str
    has_any_ticket: bool
    spans_companies: bool


def queue_page(
    reaches: Sequence[Reach], asked: Asked, *, at: Instant, after: str = "", before: str = ""
) -> QueuePage:
    """One page of a list: at most PAGE rows behind a place or before it."""
    selection, notes = selected(reaches, asked, at)
    asked = selection.asked
    rows, older, newer = _page(selection, after, before)
    readers = _readers(reaches, rows, at)
    counts = selection.counts(COUNTED)
    return QueuePage(
        asked=asked,
        view=asked.view,
        title=_title(asked),
        text=asked.text,
        notes=(*asked.notes, *notes),
        shelves=_shelves(asked, counts),
        chips=_chips(asked, selection.people),
        choices=_choices(asked, reaches),
        groups=_groups(selection, rows, readers),
        shown=len(rows),
        order=_order_words(asked),
        older=asked.address(after=older) if older else "",
        newer=asked.address(before=newer) if newer else "",
        first=asked.address() if newer else "",
        all_of_it=asked.address(),
        has_any_ticket=bool(rows) or selection.has_any(),
        spans_companies=len(reaches) > 1,
    )


def selected(
    reaches: Sequence[Reach], asked: Asked, at: Instant
) -> tuple[Selection, tuple[str, ...]]:
    """The list that is meant, with the people its filters name, and what was not understood."""
    people, notes = people_named(reaches, asked)
    # Whoever is meant by nobody narrows nothing: the note has said so.
    filters = {
        field: kept
        for field, codes in asked.filters.items()
        if (kept := tuple(code for code in codes if _means_somebody(field, code, people)))
    }
    return Selection(replace(asked, filters=filters), reaches, people, at), notes


def _means_somebody(field: Field, code: str, people: Mapping[tuple[Field, str], People]) -> bool:
    found = people.get((field, code))
    return found is None or bool(found.uuids)


# ---- rows and places ----------------------------------------------------------------------


def _page(selection: Selection, after: str, before: str) -> tuple[list[Row], str, str]:
    """The rows, and the places behind the last and before the first where there is more."""
    order = order_of(selection.asked)
    length = 1 if order is BY_WORDS else len(order.columns) + 1
    behind, ahead = place_of(after, length), place_of(before, length)
    if ahead is not None:
        rows = selection.read(PAGE + 1, key=ahead, backwards=True)
        has_more, rows = len(rows) > PAGE, rows[-PAGE:]
        if len(rows) == PAGE or has_more:
            newer = key_text(key_of(rows[0], order)) if has_more else ""
            return rows, key_text(key_of(rows[-1], order)), newer
        behind = None  # fewer than a page before it: that is the first page
    rows = selection.read(PAGE + 1, key=behind)
    has_more, rows = len(rows) > PAGE, rows[:PAGE]
    older = key_text(key_of(rows[-1], order)) if has_more else ""
    newer = key_text(key_of(rows[0], order)) if behind is not None and rows else ""
    return rows, older, newer


def key_text(key: Key) -> str:
    return "-".join(str(part) for part in key)


def place_of(text: str, length: int) -> Key | None:
    """The place in an address; None for none, or for one that nobody gave out."""
    parts = text.split("-")
    if len(parts) != length:
        return None
    numbers, company = (parts, "") if length == 1 else (parts[:-1], parts[-1])
    if not all(part.isascii() and part.isdigit() and len(part) < 20 for part in numbers):
        return None
    place = tuple(int(part) for part in numbers)
    if any(part >= 1 << 63 for part in place) or (length == 1 and place[0] >= 1 << 38):
        return None
    if length == 1:
        return place
    is_company = len(company) == 32 and all(each in "0123456789abcdef" for each in company)
    return (*place, company) if is_company else None


def _readers(
    reaches: Sequence[Reach], rows: Sequence[Row], at: Instant
) -> Mapping[object, RowReader]:
    """Whoever puts the rows of each company in words, by the company as rows name it."""
    charters: dict[object, set[str]] = {}
    for row in rows:
        charters.setdefault(row.company, set()).add(row.charter)
    made = {}
    for reach in reaches:
        company = reach.company
        stored = tables.plain(company.uuid)
        if stored in charters:
            made[stored] = RowReader(
                company.prefix,
                company.title,
                ZoneInfo(company.zone),
                reach.viewer,
                at,
                agreements_of(company.uuid, charters[stored]),
            )
    return made


def _groups(
    selection: Selection, rows: Sequence[Row], readers: Mapping[object, RowReader]
) -> tuple[QueueGroup, ...]:
    asked, at = selection.asked, selection.at
    if asked.terms or asked.view in BY_CHANGE:
        made = tuple(readers[row.company].row(row) for row in rows)
        return (QueueGroup("", "", "", made),) if rows else ()
    ranked = [
        (rank, tuple(readers[row.company].row(row) for row in some))
        for rank, some in groupby(rows, key=lambda row: rank_of(row, at))
    ]
    counts = [""] * len(ranked)
    if not asked.filters and ranked:
        found = selection.group_counts([_bound(rank, at) for rank, _ in ranked])
        counts = [count_words(each) for each in found]
    return tuple(
        _group(rank, count, some) for (rank, some), count in zip(ranked, counts, strict=True)
    )


def _group(rank: int, count: str, rows: tuple[QueueRow, ...]) -> QueueGroup:
    title, hint = GROUPS[rank]
    return QueueGroup(pgettext("view of the queue", title), gettext(hint), count, rows)


def rank_of(row: Row, at: Instant) -> int:
    """Under which heading a row stands now."""
    if row.shelf == NOBODY_HAS_IT:
        return _NOBODY
    if row.shelf == HAS_DUE:
        return _MISSED if row.shelf_at < at else _DUE
    return _PAUSED if row.shelf == IS_PAUSED else _NOTHING


def _bound(rank: int, at: Instant) -> Clause:
    match rank:
        case 1:
            return Clause("t.shelf = %s AND t.shelf_at < %s", (HAS_DUE, at))
        case 2:
            return Clause("t.shelf = %s AND t.shelf_at >= %s", (HAS_DUE, at))
        case _:
            shelf = {_NOBODY: NOBODY_HAS_IT, _PAUSED: IS_PAUSED}.get(rank, NOTHING_DUE)
            return Clause("t.shelf = %s", (shelf,))


# ---- around the rows ----------------------------------------------------------------------


def count_words(count: int) -> str:
    """`17`, `999+`."""
    return f"{MOST_COUNTED - 1}+" if count >= MOST_COUNTED else str(count)


def _title(asked: Asked) -> str:
    if asked.terms and asked.view is View.ALL:
        return gettext("Search: %(text)s") % {"text": asked.text}
    return _view_title(asked.view)


def _view_title(view: View) -> str:
    return pgettext("view of the queue", TITLES[view])


def _order_words(asked: Asked) -> str:
    if asked.terms:
        return gettext("the newest ticket first")
    if asked.view in BY_CHANGE:
        return gettext("the latest change first")
    return gettext("what is due next first")


def _shelves(
    asked: Asked, counts: Mapping[View, int]
) -> tuple[tuple[str, tuple[QueueView, ...]], ...]:
    return tuple(
        (
            pgettext("views of the queue", title),
            tuple(
                QueueView(
                    name=each.value,
                    title=_view_title(each),
                    count=count_words(counts[each]) if each in counts else "",
                    is_current=each is asked.view and not asked.is_narrowed,
                )
                for each in views
            ),
        )
        for title, views in SHELVES
    )


def _chips(asked: Asked, people: Mapping[tuple[Field, str], People]) -> tuple[Chip, ...]:
    chips = [
        Chip(
            gettext(LABELS[field]),
            _value_words(field, codes, people),
            asked.without(field).address(),
        )
        for field, codes in asked.filters.items()
    ]
    if asked.view not in (View.ALL, View.DUE) and asked.is_narrowed:
        everywhere = replace(asked, view=View.ALL).address()
        chips.insert(0, Chip(gettext("View"), _view_title(asked.view), everywhere))
    if asked.terms:
        chips.insert(0, Chip(gettext("Words"), asked.text, asked.without_words().address()))
    return tuple(chips)


def _value_words(
    field: Field, codes: Sequence[str], people: Mapping[tuple[Field, str], People]
) -> str:
    either = titled(field, codes)
    if field in (Field.OWNER, Field.REQUESTER):
        either = [_person_words(each, people.get((field, each))) for each in codes]
    return gettext(" or ").join(either)


def _person_words(code: str, found: People | None) -> str:
    if found is not None:
        return found.title
    if code == ME:
        return gettext("me")
    return gettext("nobody") if code == NOBODY else code


def _choices(asked: Asked, reaches: Sequence[Reach]) -> tuple[Choice, ...]:
    """The form that narrows a list."""
    teams = {
        team.slug: team.title
        for reach in reaches
        for team in people_queries.teams(reach.company.uuid)
    }
    listed: dict[Field, tuple[tuple[str, str], ...]] = {
        Field.STATUS: tuple((each, status_title(each)) for each in STATUS_TITLES),
        Field.PRIORITY: tuple((each, each) for each in PRIORITIES),
        Field.KIND: tuple((str(each), kind_title(each)) for each in KIND_TITLES),
        Field.TEAM: tuple(teams.items()),
        Field.CHANNEL: tuple((str(each), channel_title(each)) for each in CHANNEL_TITLES),
    }
    since = gettext("7d, 24h or 2026-03-31")
    hints = {
        Field.OWNER: gettext("me, none, or a name"),
        Field.REQUESTER: gettext("name or address"),
        Field.OPENED: since,
        Field.CHANGED: since,
    }
    return tuple(
        Choice(
            field.value,
            gettext(LABELS[field]),
            ",".join(asked.filters.get(field, ())),
            listed.get(field, ()),
            hints.get(field, ""),
        )
        for field in Field
    )
