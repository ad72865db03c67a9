"""Charters from plain data: every problem is collected with its place and what to do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

from ..record.codec import Json
from ..record.instant import parse_instant
from ..service_level.charter_data import (
    CharterError,
    Problem,
    agreement_of,
    days_of,
    nearest,
)
from ..texts import gettext, gettext_noop
from .leaf import MOST_ENTRIES, Leaf, Told, Unfit, Wants, read
from .schema import BY_KEY, DAYS, SECTIONS, Charter, Record, Section, Table, Written, fields_of
from .writing import document_of

R = TypeVar("R", bound=Record)
_Object = dict[str, Json]
_WINDOWS = Told("Hours", "Hours", Wants.WINDOWS)
_LATER = {
    "holidays_of": gettext_noop(
        "holidays of a country are taken over on the page of calendars, not here"
    ),
    "entered": gettext_noop(
        "later versions of the holidays are entered on the page of calendars, not here"
    ),
}
_NOT_WRITTEN = {
    "signatures": gettext_noop(
        "signatures are given on the page for signing, not written into the charter"
    )
}


@dataclass(frozen=True, slots=True)
class Read:
    """What could be read, and what is wrong; values that could not be read are at their default."""

    charter: Charter
    problems: tuple[Problem, ...]


def charter_of(document: Json) -> Charter:
    """The charter of a document. Raises CharterError with every problem."""
    found = read_charter(document)
    if found.problems:
        raise CharterError(found.problems)
    return found.charter


def read_charter(document: Json) -> Read:
    """The charter of a document: an object with `charter` and `calendars`."""
    reader = _Reader()
    charter = reader.charter(document)
    problems = reader.problems
    if charter.calendars:
        problems = [*problems, *_of_the_clocks(charter, problems)]
    return Read(charter, tuple(problems))


def _of_the_clocks(charter: Charter, known: Iterable[Problem]) -> Iterator[Problem]:
    """What the clocks cannot read of it, unless that place was told of already."""
    told = [problem.place for problem in known]
    document = document_of(charter)
    try:
        agreement_of(document["charter"], document["calendars"])
    except CharterError as wrong:
        yield from (each for each in wrong.problems if not _is_told(each.place, told))


def _is_told(place: str, told: Iterable[str]) -> bool:
    """Whether something at that place, or inside of it, was told of."""
    return any(each == place or each.startswith(f"{place} ") for each in told)


class _Reader:
    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def charter(self, document: Json) -> Charter:
        whole = self._object(document, "document")
        self._strangers(whole, ("charter", "calendars"), "document")
        if "charter" not in whole:
            self._wrong(
                "charter", gettext("is missing; a document has two parts, charter and calendars")
            )
        data = self._object(whole.get("charter", {}), "charter")
        bare = [each.name for each in fields_of(BY_KEY["about"].shape)]
        keys = [each.key for each in SECTIONS if each.key not in ("about", "calendars")]
        self._strangers(data, (*bare, *keys), "charter", also=_NOT_WRITTEN)
        values: dict[str, object] = {}
        for section in SECTIONS:
            match section.key:
                case "about":
                    values["about"] = self._record(section.shape, data, "charter", "charter.")
                case "calendars":
                    values["calendars"] = tuple(self._calendars(whole.get("calendars")))
                case key if key in data:
                    values[key] = self._section(section, data[key])
        charter = cast(Charter, _made(Charter, values))
        self._check(charter)
        return charter

    def _section(self, section: Section, data: Json) -> object:
        place = f"charter.{section.key}"
        match section.written:
            case Written.TABLE:
                return self._table(data, place, getattr(Charter(), section.key))
            case Written.ROWS:
                return tuple(self._rows(section, data, place))
            case Written.NAMED:
                return tuple(self._named(section, data, place))
            case _:
                return self._record(section.shape, _spread(section, data), place, f"{place}.")

    # records

    def _record(self, shape: type[R], data: Json, place: str, before: str) -> R:
        """before stands before the name of a value in the place of its problem."""
        given = self._object(data, place)
        own = fields_of(shape)
        if place != "charter":
            self._strangers(given, [each.name for each in own], place)
        values: dict[str, Leaf] = {}
        for each in own:
            try:
                values[each.name] = read(given.get(each.name), each.told, each.default)
            except Unfit as wrong:
                self._wrong(f"{before}{each.name}", str(wrong))
                values[each.name] = each.default
        return cast(R, _made(shape, values))

    def _rows(self, section: Section, data: Json, place: str) -> Iterator[Record]:
        word = "step" if section.key == "escalation" else "row"
        for index, each in enumerate(self._list(data, place), 1):
            spot = f"{place} {word} {index}"
            row: _Object = (
                each if isinstance(each, dict) else {fields_of(section.shape)[0].name: each}
            )
            yield self._record(section.shape, row, spot, f"{spot} ")

    def _named(self, section: Section, data: Json, place: str) -> Iterator[Record]:
        if isinstance(data, list):
            yield from self._rows(section, data, place)
            return
        first, *rest = [each.name for each in fields_of(section.shape)]
        for name, each in self._object(data if data is not None else {}, place).items():
            row: _Object = each if isinstance(each, dict) else {rest[0]: each}
            spot = f"{place} {name}"
            yield self._record(section.shape, {**row, first: name}, spot, f"{spot} ")

    def _table(self, data: Json, place: str, default: Table) -> Table:
        if data is None:
            return default
        rows = [self._list(row, place) for row in self._list(data, place)]
        levels = tuple(tuple(_level_of(cell) for cell in row) for row in rows)
        if [len(row) for row in levels] != [4] * 4 or not all(map(all, levels)):
            self._wrong(place, gettext("wants four rows of four levels, each 1 to 4 (or P1 to P4)"))
            return default
        return levels

    # calendars

    def _calendars(self, data: Json) -> Iterator[Record]:
        if isinstance(data, list) and data:
            yield from self._rows(BY_KEY["calendars"], data, "calendars")
            return
        named = self._object(data or {}, "calendars")
        if not named:
            self._wrong(
                "calendars", gettext("name at least one calendar, with its zone and its week")
            )
        for name, each in named.items():
            place = f"calendars.{name}"
            entry = self._object(each, place)
            known = ("zone", "week", "holidays", "exceptional")
            self._strangers(entry, known, place, also=_LATER)
            row: _Object = {
                "name": name,
                "zone": entry.get("zone"),
                **self._week(entry.get("week"), f"{place}.week"),
                "holidays": entry.get("holidays"),
                "exceptional": self._exceptional(entry.get("exceptional"), f"{place}.exceptional"),
            }
            yield self._record(BY_KEY["calendars"].shape, row, place, f"{place} ")

    def _week(self, data: Json, place: str) -> dict[str, Json]:
        hours: dict[str, Json] = {}
        for days, text in self._object(data if data is not None else {}, place).items():
            try:
                windows = read(text, _WINDOWS, "")
                hours.update((DAYS[day], str(windows)) for day in days_of(days))
            except ValueError as wrong:
                self._wrong(f"{place} {days}", str(wrong))
        return hours

    def _exceptional(self, data: Json, place: str) -> Json:
        days = self._object(data if data is not None else {}, place)
        return [f"{day} {hours}".strip() for day, hours in days.items()]

    # what belongs together

    def _check(self, charter: Charter) -> None:
        for section in SECTIONS:
            if section.is_rows and not section.is_ordered and section.key != "boundaries":
                self._twice(section, getattr(charter, section.key))
        self._from_before_until(charter)
        self._four_words(charter)
        self._known_names(charter)

    def _twice(self, section: Section, rows: tuple[Record, ...]) -> None:
        seen: set[tuple[object, ...]] = set()
        for index, row in enumerate(rows, 1):
            key = tuple(getattr(row, name) for name in section.keys)
            if key in seen:
                said = " ".join(str(part) for part in key if part != "")
                spot = f"charter.{section.key} row {index} {section.keys[0]}"
                self._wrong(
                    spot, gettext("%(name)s stands there twice; keep one") % {"name": repr(said)}
                )
            seen.add(key)

    def _from_before_until(self, charter: Charter) -> None:
        begins, ends = charter.about.in_force_at, charter.about.until
        if begins and ends and parse_instant(ends) <= parse_instant(begins):
            self._wrong(
                "charter.until", gettext("is not after the instant from which it is in force")
            )

    def _four_words(self, charter: Charter) -> None:
        for name in ("criticality", "spread", "urgency"):
            words = getattr(charter.words, name)
            if words and (len(words) != 4 or len(set(words)) != 4):
                self._wrong(
                    f"charter.words {name}", gettext("wants four different words, worst first")
                )

    def _known_names(self, charter: Charter) -> None:
        services = {each.key for each in charter.services}
        calendars = {each.name for each in charter.calendars}
        teams = {each.key for each in charter.teams}
        sites = {each.key for each in charter.sites}
        for section, name, known in (
            ("targets", "service", services),
            ("boundaries", "service", services),
            ("items", "service", services),
            ("items", "site", sites),
            ("services", "team", teams),
            ("contacts", "team", teams),
            ("targets", "calendar", calendars),
            ("channels", "calendar", calendars),
        ):
            for index, row in enumerate(getattr(charter, section), 1):
                self._name(getattr(row, name), known, f"charter.{section} row {index} {name}")
        self._name(charter.about.calendar, calendars, "charter.calendar")

    def _name(self, name: str, known: set[str], place: str) -> None:
        # Where a list is empty, the names come from elsewhere: the catalogue, or the founding.
        if name and known and name not in known:
            self._wrong(
                place,
                gettext("%(name)s is not listed; %(known)s")
                % {"name": repr(name), "known": nearest(name, sorted(known))},
            )

    # plain data

    def _wrong(self, place: str, what: str) -> None:
        self.problems.append(Problem(place, what))

    def _object(self, data: Json, place: str) -> _Object:
        if isinstance(data, dict):
            return data
        self._wrong(
            place, gettext("wants names with values, not %(given)s") % {"given": _kind_of(data)}
        )
        return {}

    def _list(self, data: Json, place: str) -> list[Json]:
        if data is None:
            return []
        if not isinstance(data, list):
            self._wrong(place, gettext("wants a list, not %(given)s") % {"given": _kind_of(data)})
            return []
        if len(data) > MOST_ENTRIES:
            self._wrong(
                place,
                gettext("has %(count)s rows; at most %(most)s fit")
                % {"count": len(data), "most": MOST_ENTRIES},
            )
        return data[:MOST_ENTRIES]

    def _strangers(
        self,
        data: Mapping[str, Json],
        known: Iterable[str],
        place: str,
        also: Mapping[str, str] | None = None,
    ) -> None:
        listed = list(known)
        for name in [each for each in data if each not in listed]:
            told = (also or {}).get(name)
            joint = " " if " " in place else "."
            spot = name if place == "document" else f"{place}{joint}{name}"
            unknown = gettext("is not known here; %(known)s") % {"known": nearest(name, listed)}
            self._wrong(spot[:200], gettext(told) if told else unknown)


def _spread(section: Section, data: Json) -> Json:
    """One span written for the whole escalation window holds for every priority."""
    if isinstance(data, str) and section.key == "escalation_window":
        return {each.name: data for each in fields_of(section.shape)}
    return {} if data is None else data


def _level_of(cell: Json) -> int:
    if isinstance(cell, str) and cell in ("P1", "P2", "P3", "P4"):
        return int(cell[1])
    return cell if isinstance(cell, int) and not isinstance(cell, bool) and 1 <= cell <= 4 else 0


def _made(shape: type, values: Mapping[str, object]) -> object:
    return shape(**values)


def _kind_of(data: Json) -> str:
    if data is None:
        return gettext("nothing")
    kinds = {
        dict: gettext("names with values"),
        list: gettext("a list"),
        bool: gettext("yes or no"),
    }
    return kinds.get(type(data), f"{str(data)[:40]!r}")
