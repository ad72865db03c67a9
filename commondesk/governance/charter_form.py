"""The charter as one long form: each value of the schema has its field and keeps what was typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast
from zoneinfo import ZoneInfo

from django.http import QueryDict

from commondesk.core.charter import reading, writing
from commondesk.core.charter.choices import plainly
from commondesk.core.charter.leaf import MOST_ENTRIES, ROLES, Wants
from commondesk.core.charter.schema import (
    BY_KEY,
    SECTIONS,
    FieldOf,
    Section,
    Written,
    fields_of,
)
from commondesk.core.record.codec import Json
from commondesk.core.record.instant import datetime_of, instant_of, iso_of, parse_instant
from commondesk.core.record.priority import CRITICALITY_WORDS
from commondesk.core.service_level.charter_data import Problem
from commondesk.core.texts import gettext, pgettext

Plain = dict[str, Json]
LEFT_OUT = ("parties",)
"""Whom it binds is chosen above the form; who signs follows from that."""
_LINES = (Wants.TEXTS, Wants.DATES, Wants.DAYS_WITH_HOURS)
_LONG = (Wants.LONG, *_LINES)
_NUMBERS = (Wants.LEVEL, Wants.NUMBER, Wants.AMOUNT)


@dataclass(frozen=True, slots=True)
class Names:
    """What fields can be chosen from: people by id, and suggestions by the name of a field."""

    people: tuple[tuple[str, str], ...]
    suggestions: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Box:
    """One field: how it is shown, what it holds, and what is wrong with it."""

    name: str
    label: str
    hint: str
    shown: str  # text, long, select, checks, tick, instant
    value: str
    chosen: tuple[str, ...]
    choices: tuple[tuple[str, str], ...]
    errors: tuple[str, ...]
    suggests: str = ""
    is_needed: bool = False

    @property
    def id(self) -> str:
        return f"f-{self.name.replace('.', '-')}"

    def described(self, bare: bool) -> str:
        """The ids of what is told of it, for its control; a bare one shows no hint."""
        ids = [f"{self.id}-error"] if self.errors else []
        return " ".join(ids if bare else [*ids, f"{self.id}-hint"])

    @property
    def is_wide(self) -> bool:
        return self.shown in ("long", "checks")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a section."""

    index: int
    title: str
    boxes: tuple[Box, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A section of the form."""

    key: str
    title: str
    says: str
    enforced: str
    boxes: tuple[Box, ...]
    rows: tuple[Row, ...]
    table: tuple[tuple[Box, ...], ...]
    errors: tuple[str, ...]
    is_rows: bool
    wrong: int


# ---- showing ------------------------------------------------------------------------------


def parts_of(
    document: Plain, problems: Iterable[Problem], names: Names, zone: ZoneInfo, *, blank: str = ""
) -> tuple[Part, ...]:
    """The form of a document; blank names a section that gets one more, empty row."""
    form = _Form(document, problems, names, zone, blank)
    return tuple(form.part(each) for each in SECTIONS if each.key not in LEFT_OUT)


def unplaced(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems of the whole, which no section shows."""
    return tuple(each for each in problems if _section_of(each.place) is None)


def _section_of(place: str) -> str | None:
    if place.startswith("calendars"):
        return "calendars"
    name = re.split(r"[. ]", place.removeprefix("charter."), maxsplit=1)[0]
    if name in BY_KEY:
        return name
    bare = {each.name for each in fields_of(BY_KEY["about"].shape)}
    return "about" if name in bare else None


class _Form:
    def __init__(
        self,
        document: Plain,
        problems: Iterable[Problem],
        names: Names,
        zone: ZoneInfo,
        blank: str,
    ) -> None:
        self._charter = cast(Plain, document.get("charter") or {})
        self._calendars = document.get("calendars")
        self._names, self._zone, self._blank = names, zone, blank
        self._wrong: dict[str, list[str]] = {}
        for each in problems:
            self._wrong.setdefault(each.place, []).append(each.what)

    def part(self, section: Section) -> Part:
        boxes: tuple[Box, ...] = ()
        rows: tuple[Row, ...] = ()
        table: tuple[tuple[Box, ...], ...] = ()
        placed: set[str] = set()
        if section.written is Written.TABLE:
            table = self._table(section)
        elif section.is_rows:
            rows = tuple(self._rows(section, placed))
        else:
            boxes = tuple(self._record(section, placed))
        own = self._left(section, placed)
        shown = [error for each in boxes for error in each.errors]
        shown += [error for row in rows for each in row.boxes for error in each.errors]
        shown += [error for row in rows for error in row.errors]
        return Part(
            key=section.key,
            title=section.title,
            says=section.says,
            enforced=section.enforced.words,
            boxes=boxes,
            rows=rows,
            table=table,
            errors=own,
            is_rows=section.is_rows,
            wrong=len(shown) + len(own),
        )

    def _left(self, section: Section, placed: set[str]) -> tuple[str, ...]:
        """What is wrong in this section and stands at none of its fields."""
        return tuple(
            error
            if place in ("calendars", f"charter.{section.key}")
            else gettext("%(place)s: %(wrong)s") % {"place": place, "wrong": error}
            for place, errors in self._wrong.items()
            if _section_of(place) == section.key and place not in placed
            for error in errors
        )

    def _record(self, section: Section, placed: set[str]) -> Iterator[Box]:
        is_bare = section.written is Written.BARE
        given = self._charter if is_bare else self._charter.get(section.key)
        values = given if isinstance(given, dict) else {}
        before = "charter." if is_bare else f"charter.{section.key}."
        for each in fields_of(section.shape):
            place = f"{before}{each.name}"
            placed.add(place)
            yield self._box(f"{section.key}.{each.name}", each, values.get(each.name), place)

    def _rows(self, section: Section, placed: set[str]) -> Iterator[Row]:
        word = "step" if section.key == "escalation" else "row"
        start = "calendars" if section.key == "calendars" else f"charter.{section.key}"
        for index, values in enumerate(self._listed(section), 1):
            spot = f"{start} {word} {index}"
            boxes = []
            for each in fields_of(section.shape):
                place = f"{spot} {each.name}"
                placed.add(place)
                name = f"{section.key}.{index}.{each.name}"
                boxes.append(self._box(name, each, values.get(each.name), place))
            placed.add(spot)
            yield Row(index, f"{index}", tuple(boxes), tuple(self._wrong.get(spot, ())))

    def _listed(self, section: Section) -> Iterator[Plain]:
        given = self._calendars if section.key == "calendars" else self._charter.get(section.key)
        yield from rows_of(section, given)
        if self._blank == section.key:
            yield {}

    def _table(self, section: Section) -> tuple[tuple[Box, ...], ...]:
        given = self._charter.get(section.key)
        rows = given if isinstance(given, list) and len(given) == 4 else [[]] * 4
        letter = "P" if section.key == "matrix" else ""
        choices = tuple((f"{letter}{level}", f"{letter}{level}") for level in range(1, 5))
        return tuple(
            tuple(
                self._cell(section, row, column, rows[row - 1], choices) for column in range(1, 5)
            )
            for row in range(1, 5)
        )

    def _cell(
        self,
        section: Section,
        row: int,
        column: int,
        given: Json,
        choices: tuple[tuple[str, str], ...],
    ) -> Box:
        value = given[column - 1] if isinstance(given, list) and len(given) >= column else ""
        label = gettext("%(title)s, row %(row)s, column %(column)s") % {
            "title": section.title,
            "row": row,
            "column": column,
        }
        name = f"{section.key}.{row}.{column}"
        return Box(name, label, "", "select", str(value), (), choices, ())

    def _box(self, name: str, about: FieldOf, given: Json, place: str) -> Box:
        told = about.told
        value = about.default if given is None else given
        errors = tuple(self._wrong.get(place, ()))
        shown, choices = self._kind(about)
        has_example = told.example and shown in ("text", "long")
        hint = told.meaning
        if has_example:
            such = gettext("%(meaning)s, such as %(example)s")
            hint = such % {"meaning": told.meaning, "example": told.example}
        text = "\n".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
        if shown == "instant":
            text = self._local(text)
        chosen: tuple[str, ...] = ()
        if shown == "checks":
            chosen = tuple(map(str, value)) if isinstance(value, list | tuple) else ()
            chosen = told.choices if value == "all" else chosen
        if shown == "tick":
            text = "on" if value in (True, "true", "on", "yes") else ""
        if told.wants is Wants.AMOUNT and text == "0":
            text = ""
        return Box(
            name,
            told.label,
            hint,
            shown,
            text,
            chosen,
            choices,
            errors,
            about.name if about.name in self._names.suggestions else "",
            told.is_needed,
        )

    def _kind(self, about: FieldOf) -> tuple[str, tuple[tuple[str, str], ...]]:
        told, people = about.told, self._names.people
        empty = () if told.is_needed else (("", "–"),)
        match told.wants:
            case Wants.LEVEL:
                return "select", _levels()
            case Wants.CHOICE:
                none = empty if about.default == "" else ()
                return "select", (*none, *((each, plainly(each)) for each in told.choices))
            case Wants.CHOICES:
                return "checks", tuple((each, plainly(each)) for each in told.choices)
            case Wants.YES:
                return "tick", ()
            case Wants.PERSON:
                return "select", (("", "–"), *people)
            case Wants.DECIDER:
                roles = ((each, plainly(each)) for each in ROLES)
                named = ((f"person {each}", title) for each, title in people)
                return "select", (("", "–"), *roles, *named)
            case Wants.INSTANT:
                return "instant", ()
        return ("long" if told.wants in _LONG else "text"), ()

    def _local(self, text: str) -> str:
        try:
            moment = datetime_of(parse_instant(text)).astimezone(self._zone)
        except (ValueError, OverflowError):
            return text
        return moment.replace(tzinfo=None).isoformat(timespec="minutes")


def rows_of(section: Section, given: Json) -> Iterator[Plain]:
    """The rows of a section, whichever way they are written."""
    first = fields_of(section.shape)[0].name
    if section.key == "calendars" and isinstance(given, dict):
        yield from _calendar_rows(given)
    elif isinstance(given, list):
        for each in given[:MOST_ENTRIES]:
            yield each if isinstance(each, dict) else {first: each}
    elif isinstance(given, dict):
        rest = [each.name for each in fields_of(section.shape)[1:]]
        for name, value in given.items():
            yield {**(value if isinstance(value, dict) else {rest[0]: value}), first: name}


def _calendar_rows(given: Plain) -> Iterator[Plain]:
    """Calendars with their week day by day."""
    read = reading.read_charter({"charter": {}, "calendars": given}).charter
    for hours in read.calendars:
        yield {
            each.name: writing.plain_of(getattr(hours, each.name))
            for each in fields_of(type(hours))
        }


def _levels() -> tuple[tuple[str, str], ...]:
    words = {0: pgettext("how critical", "unknown")}
    words |= {level: gettext(word) for level, word in CRITICALITY_WORDS.items()}
    numbered = gettext("%(number)s: %(word)s")
    return tuple(
        (str(level), numbered % {"number": level, "word": word}) for level, word in words.items()
    )


# ---- what was typed -----------------------------------------------------------------------


def document_from(post: QueryDict, zone: ZoneInfo) -> Plain:
    """The plain document that a form holds. Rows that are quite empty are left out."""
    charter: Plain = {}
    calendars: Json = []
    for section in SECTIONS:
        if section.key in LEFT_OUT:
            continue
        if section.key == "calendars":
            calendars = cast(list[Json], _typed_rows(section, post, zone))
        elif section.written is Written.BARE:
            charter |= _typed_record(section, f"{section.key}.", post, zone)
        elif section.written is Written.TABLE:
            charter[section.key] = _typed_table(section, post)
        elif section.is_rows:
            charter[section.key] = cast(list[Json], _typed_rows(section, post, zone))
        else:
            charter[section.key] = _typed_record(section, f"{section.key}.", post, zone)
    return {"charter": charter, "calendars": calendars}


def _typed_rows(section: Section, post: QueryDict, zone: ZoneInfo) -> list[Plain]:
    pattern = re.compile(rf"{section.key}\.([0-9]{{1,4}})\.")
    found = {int(hit[1]) for name in post if (hit := pattern.match(name))}
    gone = post.get("remove", "")
    rows = [
        _typed_record(section, f"{section.key}.{index}.", post, zone)
        for index in sorted(found)
        if f"{section.key}.{index}" != gone
    ]
    return [row for row in rows if not _is_blank(section, row)]


def _is_blank(section: Section, row: Plain) -> bool:
    """Nothing typed: what a new row shows by itself counts as nothing."""
    for each in fields_of(section.shape):
        value = row.get(each.name)
        is_default = value in (None, "", [], each.default) or value == str(each.default)
        if not is_default and each.told.wants is not Wants.YES:
            return False
    return True


def _typed_record(section: Section, before: str, post: QueryDict, zone: ZoneInfo) -> Plain:
    return {
        each.name: value
        for each in fields_of(section.shape)
        if (value := _typed(each, f"{before}{each.name}", post, zone)) is not None
    }


def _typed(about: FieldOf, name: str, post: QueryDict, zone: ZoneInfo) -> Json:
    wants = about.told.wants
    if wants is Wants.CHOICES:
        return cast(list[Json], post.getlist(name))
    if wants is Wants.YES:
        return bool(post.get(name))
    text = post.get(name, "").strip()
    if not text:
        return None
    if wants in _LINES:
        return [line.strip() for line in text.splitlines() if line.strip()]
    if wants in _NUMBERS:
        return _number(text)
    return _instant(text, zone) if wants is Wants.INSTANT else text


def _number(text: str) -> Json:
    if re.fullmatch("[0-9]{1,12}", text):
        return int(text)
    return float(text) if re.fullmatch(r"[0-9]{1,12}\.[0-9]{1,6}", text) else text


def _instant(text: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
        return iso_of(instant_of(moment.replace(tzinfo=moment.tzinfo or zone)))
    except (ValueError, OverflowError):
        return text


def _typed_table(section: Section, post: QueryDict) -> Json:
    rows: list[Json] = []
    for row in range(1, 5):
        cells = [post.get(f"{section.key}.{row}.{column}", "") for column in range(1, 5)]
        rows.append([int(cell) if cell.isdecimal() and cell.isascii() else cell for cell in cells])
    return rows


def suggestions(document: Plain, teams: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Names that fields of other sections can take, by the name of the field."""
    charter = cast(Plain, document.get("charter") or {})

    def keys(section: str, given: Json) -> tuple[str, ...]:
        first = fields_of(BY_KEY[section].shape)[0].name
        named = (str(row.get(first) or "") for row in rows_of(BY_KEY[section], given))
        return tuple(dict.fromkeys(name for name in named if name))

    own_teams = keys("teams", charter.get("teams"))
    return {
        "service": keys("services", charter.get("services")),
        "site": keys("sites", charter.get("sites")),
        "calendar": keys("calendars", document.get("calendars")),
        "team": tuple(dict.fromkeys((*own_teams, *teams))),
        "regime": ("GDPR", "HIPAA", "GLBA", "NIST SP 800-171", "ISO/IEC 27001", "PCI DSS", "NIS2"),
        "currency": ("EUR", "USD", "GBP", "CHF"),
    }
