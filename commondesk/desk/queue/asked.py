"""What somebody asks of the queue: a view, filters and words, out of an address or a search box.

Addresses are written by anybody. What is not understood is left out, and a note says so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from commondesk.core.record.events import Channel, Kind, Priority
from commondesk.core.record.instant import DAY, HOUR, Instant, datetime_of, instant_of
from commondesk.core.texts import gettext, gettext_noop, ngettext, number, pgettext, pgettext_noop
from commondesk.desk import wording

LONGEST_TEXT = 200
MOST_WORDS = 8


class View(StrEnum):
    """The ready-made views of the queue."""

    MINE = "mine"
    OFFERED = "offered"
    TEAM = "team"
    DUE = "due"
    MISSED = "missed"
    UNOWNED = "unowned"
    WAITING = "waiting"
    VENDOR = "vendor"
    SOLVED = "solved"
    ALL = "all"


class Field(StrEnum):
    """What a list can be narrowed by, as addresses and search operators name it."""

    STATUS = "status"
    PRIORITY = "priority"
    KIND = "kind"
    TEAM = "team"
    OWNER = "owner"
    REQUESTER = "requester"
    SERVICE = "service"
    SITE = "site"
    ITEM = "item"
    CHANNEL = "channel"
    OPENED = "opened"
    CHANGED = "changed"


LABELS = {
    Field.STATUS: gettext_noop("Status"),
    Field.PRIORITY: gettext_noop("Priority"),
    Field.KIND: gettext_noop("Kind"),
    Field.TEAM: gettext_noop("Team"),
    Field.OWNER: gettext_noop("Owner"),
    Field.REQUESTER: gettext_noop("Requester"),
    Field.SERVICE: gettext_noop("Service"),
    Field.SITE: gettext_noop("Site"),
    Field.ITEM: gettext_noop("Item"),
    Field.CHANNEL: gettext_noop("Came by"),
    Field.OPENED: gettext_noop("Opened since"),
    Field.CHANGED: gettext_noop("Changed since"),
}
STATUSES = {
    "open": ("open", "waiting"),
    "waiting": ("waiting",),
    "solved": ("resolved",),
    "closed": ("closed",),
    "merged": ("merged",),
}
STATUS_TITLES = {
    "open": pgettext_noop("state of a ticket", "open"),
    "waiting": pgettext_noop("state of a ticket", "waiting"),
    "solved": pgettext_noop("state of a ticket", "solved"),
    "closed": pgettext_noop("state of a ticket", "closed"),
    "merged": pgettext_noop("state of a ticket", "merged"),
}
OTHER_NAMES = {"resolved": "solved", "walk-in": "walk_in", "unresolved": "open"}
KIND_TITLES: dict[str, str] = {
    Kind.INCIDENT: pgettext_noop("kind of a ticket", "incident"),
    Kind.REQUEST: pgettext_noop("kind of a ticket", "request"),
    Kind.QUESTION: pgettext_noop("kind of a ticket", "question"),
    Kind.ALERT: pgettext_noop("kind of a ticket", "alert"),
}
CHANNEL_TITLES: dict[str, str] = {
    Channel.MAIL: pgettext_noop("how a ticket came", "mail"),
    Channel.PORTAL: pgettext_noop("how a ticket came", "portal"),
    Channel.PHONE: pgettext_noop("how a ticket came", "phone"),
    Channel.WALK_IN: pgettext_noop("how a ticket came", "walk in"),
    Channel.CHAT: pgettext_noop("how a ticket came", "chat"),
    Channel.MONITORING: pgettext_noop("how a ticket came", "monitoring"),
    Channel.API: pgettext_noop("how a ticket came", "api"),
    Channel.IMPORT: pgettext_noop("how a ticket came", "import"),
}
PRIORITIES = tuple(str(each) for each in Priority)
ME, NOBODY = "me", "none"


@dataclass(frozen=True, slots=True)
class Term:
    """Something to find in the words of a ticket. is_open: the last word, perhaps half typed."""

    text: str
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """What is wanted, as it was understood. filters: codes by field, several mean any of them."""

    view: View
    terms: tuple[Term, ...] = ()
    filters: Mapping[Field, tuple[str, ...]] = ()  # type: ignore[assignment]
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The words as the search box shows them."""
        return " ".join(
            f'"{each.text}"' if _needs_quotes(each) else each.text for each in self.terms
        )

    @property
    def is_narrowed(self) -> bool:
        return bool(self.terms or self.filters)

    def address(self, **more: str) -> str:
        """The query that asks for the same again, and for more."""
        given = {"view": self.view.value}
        if self.terms:
            given["q"] = self.text
        given |= {field.value: ",".join(values) for field, values in self.filters.items()}
        return "?" + urlencode(given | more)

    def without(self, field: Field) -> Asked:
        rest = {each: values for each, values in self.filters.items() if each is not field}
        return replace(self, filters=rest)

    def without_words(self) -> Asked:
        return replace(self, terms=())


def _needs_quotes(term: Term) -> bool:
    return not term.is_open and (" " in term.text or ":" in term.text)


def asked(given: Mapping[str, str]) -> Asked:
    """What an address asks for."""
    notes: list[str] = []
    wanted: list[tuple[Field, str]] = [
        (field, text) for field in Field if (text := given.get(field.value, "").strip())
    ]
    terms, operators = parted(given.get("q", ""))
    if len(terms) > MOST_WORDS:
        told = gettext("Only the first %(most)s words were looked for.")
        notes.append(told % {"most": MOST_WORDS})
    filters: dict[Field, tuple[str, ...]] = {}
    for field, text in [*wanted, *operators]:
        codes = tuple(dict.fromkeys(_codes(field, text, notes)))
        if codes:
            filters[field] = codes
    terms = terms[:MOST_WORDS]
    filters = {field: filters[field] for field in Field if field in filters}
    view = _view(given.get("view", ""), notes, is_narrowed=bool(terms or filters))
    return Asked(view, terms, filters, tuple(dict.fromkeys(notes)))


def _view(name: str, notes: list[str], *, is_narrowed: bool) -> View:
    if name in list(View):
        return View(name)
    if name:
        notes.append(gettext("There is no view of that name; this is another one."))
    return View.ALL if is_narrowed else View.DUE


_PIECE = re.compile(r'(?:(?P<name>[A-Za-z]+):)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))')
_LETTER = re.compile(r"[^\W_]")


def parted(text: str) -> tuple[tuple[Term, ...], list[tuple[Field, str]]]:
    """The words and the operators of a search: `status:open owner:me priority:1 "vpn"`."""
    text = "".join(each if each.isprintable() else " " for each in text[:LONGEST_TEXT])
    terms: list[Term] = []
    operators: list[tuple[Field, str]] = []
    for piece in _PIECE.finditer(text):
        name, quoted, plain = piece["name"], piece["quoted"], piece["plain"]
        value = (plain if quoted is None else quoted).strip()
        if name and name.lower() in list(Field):
            operators.append((Field(name.lower()), value))
            continue
        whole = f"{name}:{value}" if name else value
        # Marks alone are no words: nothing is stored under them.
        if _LETTER.search(whole):
            is_last = quoted is None and piece.end() == len(text.rstrip())
            terms.append(Term(whole, is_open=is_last))
    return tuple(terms), operators


# ---- values -------------------------------------------------------------------------------


def _codes(field: Field, text: str, notes: list[str]) -> Iterator[str]:
    """The values that a text names, each in its one form; notes tell of those that mean nothing."""
    for part in text[:LONGEST_TEXT].split(",")[:20]:
        value = part.strip().strip('"')
        if not value:
            continue
        code = _code(field, value)
        if code is None:
            told = gettext("%(label)s “%(value)s” means nothing here and was left out.")
            label = gettext(LABELS[field])
            notes.append(f"{told % {'label': label, 'value': value}} {_hint(field)}".rstrip())
        else:
            yield code


def _hint(field: Field) -> str:
    """What can be written there; these words are the same in every language."""
    match field:
        case Field.STATUS:
            return gettext("It is open, waiting, solved, closed or merged.")
        case Field.PRIORITY:
            return gettext("It is 1, 2, 3 or 4.")
        case Field.KIND:
            return gettext("It is incident, request, question or alert.")
        case Field.CHANNEL:
            codes = ", ".join(CHANNEL_TITLES.values())
            return gettext("It is one of %(codes)s.") % {"codes": codes}
        case Field.OPENED | Field.CHANGED:
            return gettext("Give a day such as 2026-03-31, or a span such as 7d, 24h or 2w.")
        case _:
            return ""


def _code(field: Field, value: str) -> str | None:
    plain = OTHER_NAMES.get(value.casefold(), value.casefold())
    match field:
        case Field.STATUS:
            return plain if plain in STATUSES else None
        case Field.PRIORITY:
            code = f"P{plain.removeprefix('p')}"
            return code if code in PRIORITIES else None
        case Field.KIND:
            return plain if plain in KIND_TITLES else None
        case Field.CHANNEL:
            return plain if plain in CHANNEL_TITLES else None
        case Field.OPENED | Field.CHANGED:
            return plain if is_since(plain) else None
        case Field.OWNER | Field.REQUESTER:
            return plain if plain in (ME, NOBODY) else value
        case _:
            return value


_SPAN = re.compile(r"([1-9][0-9]{0,3})([hdw])", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_SPANS = {"h": HOUR, "d": DAY, "w": 7 * DAY}


def is_since(text: str) -> bool:
    """Whether a text says since when: a day, or a span until now."""
    if text in ("today", "yesterday") or _SPAN.fullmatch(text):
        return True
    return _DATE.fullmatch(text) is not None and _date_of(text) is not None


def since(text: str, zone: ZoneInfo, at: Instant) -> Instant:
    """The instant from which on. The text is one that `is_since` says yes to."""
    if span := _SPAN.fullmatch(text):
        return at - int(span[1]) * _SPANS[span[2]]
    today = datetime_of(at).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    if text == "yesterday":
        today -= timedelta(days=1)
    found = None if text in ("today", "yesterday") else _date_of(text)
    return instant_of(today if found is None else found.replace(tzinfo=zone))


def _date_of(text: str) -> datetime | None:
    try:
        found = datetime.strptime(text, "%Y-%m-%d")  # noqa: DTZ007 - a day, wherever it is
    except ValueError:
        return None
    return found if 1971 <= found.year <= 2200 else None


def since_words(text: str) -> str:
    """`7 days`, `11 Mar 2025`, `yesterday`."""
    if span := _SPAN.fullmatch(text):
        return _span_words(int(span[1]), span[2])
    if text in ("today", "yesterday"):
        return gettext("today") if text == "today" else gettext("yesterday")
    found = _date_of(text) if _DATE.fullmatch(text) else None
    return text if found is None else wording.calendar_words(found.date())


def _span_words(count: int, unit: str) -> str:
    match unit:
        case "h":
            told = ngettext("%(count)s hour", "%(count)s hours", count)
        case "d":
            told = ngettext("%(count)s day", "%(count)s days", count)
        case _:
            told = ngettext("%(count)s week", "%(count)s weeks", count)
    return told % {"count": number(count)}


def titled(field: Field, codes: Sequence[str]) -> list[str]:
    """Codes in words, where they need nobody to be asked."""
    match field:
        case Field.OPENED | Field.CHANGED:
            return [since_words(each) for each in codes]
        case Field.STATUS:
            return [status_title(each) for each in codes]
        case Field.KIND:
            return [kind_title(each) for each in codes]
        case Field.CHANNEL:
            return [channel_title(each) for each in codes]
        case _:
            return list(codes)


def status_title(code: str) -> str:
    return pgettext("state of a ticket", STATUS_TITLES[code])


def kind_title(code: str) -> str:
    return pgettext("kind of a ticket", KIND_TITLES[code])


def channel_title(code: str) -> str:
    return pgettext("how a ticket came", CHANNEL_TITLES[code])
