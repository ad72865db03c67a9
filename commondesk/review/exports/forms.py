"""How a table is read, as a form: what is proposed, what was said, and what a person answers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop
from commondesk.review.exports.saying import LAYOUT, LISTS, WORDS, Said

MOST_HEADINGS = 200
LONGEST = 200_000
"""Characters of a mapping that is written by hand."""
_ORDERS = ("day-first", "month-first", "swapped", "as-written")
_NEEDED = {"ticket": ("number", "opened"), "update": ("number", "updated", "state")}
_COLUMNS = {
    "number": gettext_noop("Number of the ticket"),
    "opened": gettext_noop("When it was opened"),
    "updated": gettext_noop("When the row’s update was made"),
    "updated_by": gettext_noop("Who made the row’s update"),
    "update": gettext_noop("Count of updates, by which rows are ordered"),
    "state": pgettext_noop("of a table", "State"),
    "first_response": gettext_noop("When somebody first answered"),
    "resolved": gettext_noop("When it was resolved, the last time"),
    "closed": gettext_noop("When it was closed, the last time"),
    "reopened": gettext_noop("When it was reopened, the last time"),
    "reopens": gettext_noop("How often it was reopened"),
    "reassignments": gettext_noop("How often its team changed"),
    "priority": pgettext_noop("of a table", "Priority"),
    "impact": gettext_noop("Impact, 1 (worst) to 4"),
    "urgency": gettext_noop("Urgency, 1 (worst) to 4"),
    "team": gettext_noop("The team that has it"),
    "owner": gettext_noop("The person who has it"),
    "requester": gettext_noop("Whom it is for"),
    "opener": gettext_noop("Who opened it"),
    "channel": gettext_noop("How it came in"),
    "kind": gettext_noop("Incident, request or question"),
    "category": gettext_noop("What it is about"),
    "service": gettext_noop("The service concerned"),
    "item": gettext_noop("The thing concerned"),
    "site": gettext_noop("Where"),
    "subject": pgettext_noop("of a table", "Title"),
    "sla": gettext_noop("The other desk’s own verdict: shown, never believed"),
}
_MEANINGS = {
    "states": {
        "open": gettext_noop("open"),
        "waiting requester": gettext_noop("waits on the requester"),
        "waiting vendor": gettext_noop("waits on a vendor"),
        "waiting approval": gettext_noop("waits on an approval"),
        "waiting date": gettext_noop("waits for a date"),
        "waiting": gettext_noop("waits on something else"),
        "resolved": pgettext_noop("state", "resolved"),
        "closed": pgettext_noop("state", "closed"),
        "unknown": gettext_noop("unknown: it changes nothing"),
    },
    "priorities": {each: each for each in ("P1", "P2", "P3", "P4")},
    "channels": {
        "mail": pgettext_noop("channel", "mail"),
        "phone": pgettext_noop("channel", "phone"),
        "portal": pgettext_noop("channel", "portal"),
        "chat": pgettext_noop("channel", "chat"),
        "walk_in": pgettext_noop("channel", "in person"),
        "api": pgettext_noop("channel", "a program"),
        "monitoring": pgettext_noop("channel", "monitoring"),
        "import": pgettext_noop("channel", "an import"),
    },
    "kinds": {
        "incident": pgettext_noop("kind", "incident"),
        "request": pgettext_noop("kind", "request"),
        "question": pgettext_noop("kind", "question"),
        "alert": pgettext_noop("kind", "alert"),
    },
}
_CONTEXTS = {"states": "state", "priorities": "", "channels": "channel", "kinds": "kind"}
_WORDS_TITLES = {
    "states": gettext_noop("What its states mean"),
    "priorities": gettext_noop("What its priorities mean"),
    "channels": gettext_noop("How its tickets came in"),
    "kinds": gettext_noop("What kinds of tickets it has"),
}
_ORDER_WORDS = {
    "day-first": gettext_noop("day first: 3/4 is 3 April"),
    "month-first": gettext_noop("month first: 3/4 is March 4"),
    "swapped": gettext_noop("day and month were exchanged by a spreadsheet: exchange them back"),
    "as-written": gettext_noop("as it is written"),
}


def _in_words(text: str, context: str) -> str:
    """A short word has a context where it means another thing elsewhere."""
    with_context = pgettext(context, text)
    return with_context if with_context != text else gettext(text)


@dataclass(frozen=True, slots=True)
class Column:
    """A meaning, and the column of the table that has it. times: how its times seem written."""

    name: str
    title: str
    chosen: str
    is_needed: bool
    filled: int
    samples: Sequence[str]

    @property
    def is_shown(self) -> bool:
        """Whether it is of interest at first sight."""
        return self.is_needed or bool(self.chosen)


@dataclass(frozen=True, slots=True)
class Dates:
    """How the times of a column are written. is_asked: nothing in the table shows it."""

    name: str
    title: str
    chosen: str
    found: str
    why: str
    is_asked: bool


@dataclass(frozen=True, slots=True)
class Word:
    text: str
    count: int
    chosen: str


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a column, and what each can mean. more: how many are not listed."""

    name: str
    title: str
    words: Sequence[Word]
    choices: Mapping[str, str]
    more: int

    @property
    def unsaid(self) -> int:
        return sum(not word.chosen for word in self.words)


@dataclass(frozen=True, slots=True)
class TableForm:
    """All that the page asks of a table."""

    rows: str
    columns: Sequence[Column]
    headings: Sequence[Mapping[str, Any]]
    words: Sequence[Words]
    dates: Sequence[Dates]
    lists: Mapping[str, str]
    layout: Mapping[str, str]
    orders: Mapping[str, str]
    rows_read: int
    tickets: int
    asks_zone: bool

    @property
    def unused(self) -> int:
        """How many meanings have no column."""
        return sum(not column.is_shown for column in self.columns)


def form_of(outline: Mapping[str, Any], said: Said) -> TableForm:
    """The form for a table that showed this, filled with what was said."""
    headings = {each["name"]: each for each in outline["headings"]}
    needed = _NEEDED.get(said.rows or outline["rows"], ("number",))
    return TableForm(
        rows=said.rows,
        columns=[_column(name, said.columns.get(name, ""), headings, needed) for name in _COLUMNS],
        headings=outline["headings"][:MOST_HEADINGS],
        words=[_words(name, outline, said) for name in WORDS if outline["words"].get(name)],
        dates=[
            _dates(name, each, said.dates.get(name, "")) for name, each in outline["dates"].items()
        ],
        lists={name: "\n".join(said.lists.get(name, ())) for name in LISTS},
        layout={name: said.layout.get(name, "") for name in LAYOUT},
        orders={name: gettext(_ORDER_WORDS[name]) for name in _ORDERS},
        rows_read=outline["rows_read"],
        tickets=outline["tickets"],
        asks_zone=outline["asks_zone"],
    )


def _column(
    name: str, chosen: str, headings: Mapping[str, Mapping[str, Any]], needed: Sequence[str]
) -> Column:
    heading = headings.get(chosen)
    return Column(
        name,
        _in_words(_COLUMNS[name], "of a table"),
        chosen,
        name in needed,
        round(100 * heading["filled"]) if heading else 0,
        heading["samples"] if heading else (),
    )


def _words(name: str, outline: Mapping[str, Any], said: Said) -> Words:
    meanings = said.words.get(name, {})
    listed = outline["words"][name]
    return Words(
        name,
        gettext(_WORDS_TITLES[name]),
        [
            # What was not said yet is proposed.
            Word(each["text"], each["count"], meanings.get(each["text"], each["meaning"]))
            for each in listed
        ],
        {word: _in_words(text, _CONTEXTS[name]) for word, text in _MEANINGS[name].items()},
        max(0, outline["crowded"].get(name, 0) - len(listed)),
    )


def _dates(name: str, found: Mapping[str, str], chosen: str) -> Dates:
    title = _in_words(_COLUMNS[name], "of a table")
    order = gettext(_ORDER_WORDS[found["order"]]) if found["order"] else ""
    # The select below it says what a reader without a page would write.
    why = re.split(r"[,;.]?\s+(?:and\s)?[Ss]ay (?:so )?in the mapping", found["why"])[0]
    return Dates(name, title, chosen, order, why, not found["order"])


def said_in(given: Mapping[str, str], before: Said | None) -> Said:
    """What a person answers in the form; before: words that were said and are not on the page."""
    words: dict[str, dict[str, str]] = {}
    for name in WORDS:
        kept = dict(before.words.get(name, {})) if before else {}
        place = 0
        while (word := given.get(f"word-{name}-{place}")) is not None:
            meaning = given.get(f"means-{name}-{place}", "")
            if meaning in _MEANINGS[name]:
                kept[word] = meaning
            else:
                kept.pop(word, None)
            place += 1
        words[name] = kept
    dates = {name: given.get(f"dates-{name}", "") for name in _COLUMNS}
    return Said(
        rows=given.get("rows", "") if given.get("rows") in _NEEDED else "",
        columns={name: given.get(f"column-{name}", "")[:300] for name in _COLUMNS},
        words=words,
        dates={name: order for name, order in dates.items() if order in _ORDERS},
        lists={name: _lines(given.get(name, "")) for name in LISTS},
        layout={name: given.get(name, "").strip()[:100] for name in LAYOUT},
    )


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())[:500]


@lru_cache(maxsize=1)
def zones() -> tuple[str, ...]:
    """The zones in which a clock may have stood, by name."""
    import zoneinfo

    found = zoneinfo.available_timezones()
    aside = ("Etc/", "SystemV/", "US/", "posix/", "right/")
    return ("UTC", *sorted(each for each in found if "/" in each and not each.startswith(aside)))
