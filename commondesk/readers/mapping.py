"""What the columns of a table mean: a mapping, written as YAML, read with errors that teach.

docs/readers.md describes each field. `proposing.py` proposes one from the data.
"""

from __future__ import annotations

import re
import zoneinfo
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache
from typing import TypeVar
from zoneinfo import ZoneInfo

import yaml

from commondesk.core.record import events as e
from commondesk.readers.export import Problem, UnusableExport
from commondesk.readers.tables import Layout
from commondesk.readers.telling import MEANINGS, Meaning
from commondesk.readers.times import Order

LONGEST_MAPPING = 1_000_000
"""Characters of a mapping file."""
DEEPEST = 12
"""Levels of what is read at all; a mapping has two."""
TIMES = ("opened", "updated", "first_response", "resolved", "closed", "reopened")
COLUMNS = {
    "number": "which ticket",
    "opened": "when it was opened",
    "updated": "when the row's update was made, or the last one",
    "updated_by": "who made the row's update",
    "update": "the source's own count of updates, by which rows are ordered",
    "state": "its state, by the words under `states`",
    "first_response": "when somebody first answered",
    "resolved": "when it was resolved (the last time)",
    "closed": "when it was closed (the last time)",
    "reopened": "when it was reopened (the last time)",
    "reopens": "how often it was reopened",
    "reassignments": "how often its team changed",
    "priority": "its priority, by the words under `priorities`",
    "impact": "1 (worst) to 4",
    "urgency": "1 (worst) to 4",
    "team": "the team that has it",
    "owner": "the person who has it",
    "requester": "whom it is for",
    "opener": "who opened it",
    "channel": "how it came in, by the words under `channels`",
    "kind": "what it is, by the words under `kinds`",
    "category": "what it is about",
    "service": "the service concerned",
    "item": "the thing concerned",
    "site": "where",
    "subject": "its title",
    "sla": "the other desk's own verdict, reported and never believed",
}
"""What a column can mean."""

MISSING = frozenset(
    {
        "", "?", "-", "--", "#N/B", "#N/A", "#NV", "#MULTIVALUE", "#REF!", "#VALUE!", "#NAME?",
        "#NUM!", "#NULL!", "#DIV/0!", "#WERT!", "#BEZUG!", "#VALEUR!", "N/A", "n/a", "NULL", "null",
        "(null)", "NaN", "nan", "NaT", "<NA>", "\\N",
    }
)  # fmt: skip
"""What stands for "missing" in any table."""
_NEVER = re.compile(
    r"0|-1|(0000|0001|1899|1900|9999)[-/.]\d\d?[-/.]\d\d?([T ].*)?"
    r"|\d\d?[-/.]\d\d?[-/.](0000|0001|1899|1900|9999)( .*)?"
    r"|1970[-/.]01[-/.]01([T ]00:00.*)?|0?1[-/.]0?1[-/.]1970( 0?0:00.*)?",
    re.ASCII,
)


@lru_cache(maxsize=65536)
def is_never(value: str) -> bool:
    """Whether a value in a column of times says "never": a zero, or a day that stands for it."""
    return _NEVER.fullmatch(value) is not None


UNANSWERED = "???"
"""What stands in a proposed mapping where nothing shows the answer."""
UNKNOWN = "unknown"
STATE_WORDS = (*MEANINGS, UNKNOWN)
"""What a state can mean: `unknown` changes nothing, and is counted."""


class Rows(StrEnum):
    """What a row of the table is."""

    TICKET = "ticket"
    UPDATE = "update"


@dataclass(frozen=True, slots=True)
class Meanings:
    """What a table's columns and words mean. columns: our name to the table's.

    A state whose meaning is None is unknown: it changes nothing.
    """

    rows: Rows
    columns: Mapping[str, str]
    states: Mapping[str, Meaning | None]
    priorities: Mapping[str, e.Priority]
    channels: Mapping[str, e.Channel]
    kinds: Mapping[str, e.Kind]
    missing: frozenset[str]
    orders: Mapping[str, Order]
    zone: ZoneInfo | None
    machines: frozenset[str]
    sla_met: frozenset[str]
    layout: Layout


FIELDS = (
    "rows",
    "columns",
    "states",
    "priorities",
    "channels",
    "kinds",
    "missing",
    "dates",
    "zone",
    "machines",
    "sla_met",
    "encoding",
    "separator",
    "sheet",
)


def mapping_of(text: str) -> Meanings:
    """The mapping that a YAML text says. Raises UnusableExport: row is the line, column the field.

    Words are taken as they are written: `yes`, `1` and `null` are texts.
    """
    form = _Form(_top(text))
    form.refuse_others(FIELDS)
    rows = form.choice("rows", {each.value: each for each in Rows}, Rows.TICKET)
    columns = form.pairs("columns", COLUMNS)
    meanings = Meanings(
        rows=rows,
        columns=columns,
        states=form.words("states", {**MEANINGS, UNKNOWN: None}),
        priorities=form.words("priorities", {each.value: each for each in e.Priority}),
        channels=form.words("channels", {each.value: each for each in e.Channel}),
        kinds=form.words("kinds", {each.value: each for each in e.Kind}),
        missing=frozenset(form.texts("missing")),
        orders=form.orders(),
        zone=form.zone(),
        machines=frozenset(form.texts("machines")),
        sla_met=frozenset(form.texts("sla_met")),
        layout=Layout(form.text("encoding"), form.text("separator"), form.text("sheet")),
    )
    if not form.problems:
        form.problems += _lacking(rows, columns, form.line("columns"))
    if form.problems:
        raise UnusableExport(form.problems)
    return meanings


def plain_fields(text: str) -> dict[str, str | list[str] | dict[str, str]]:
    """What stands in a mapping's YAML, as plain texts, whatever it means. Raises UnusableExport."""
    found: dict[str, str | list[str] | dict[str, str]] = {}
    for name, each in _top(text).items():
        value = each.value
        if isinstance(value, dict):
            found[str(name)] = {str(key): str(said) for key, said in value.items()}
        else:
            found[str(name)] = [*map(str, value)] if isinstance(value, list) else str(value)
    return found


def _lacking(rows: Rows, columns: Mapping[str, str], line: int) -> Iterator[Problem]:
    needed = ("number", "opened") if rows is Rows.TICKET else ("number", "updated", "state")
    for name in needed:
        if name not in columns:
            text = f"which column tells {COLUMNS[name]}? Add `{name}: its heading`"
            yield Problem(line, f"columns.{name}", text)
    headings = Counter(columns.values())
    for heading, count in headings.items():
        if count > 1:
            names = ", ".join(name for name, other in columns.items() if other == heading)
            text = f"{heading!r} cannot be {names} at once; leave it to one of them"
            yield Problem(line, "columns", text)


# ---- the text -------------------------------------------------------------------------------


class _Text(str):
    """A text of the file that remembers its line."""

    line: int

    def __new__(cls, text: str, line: int) -> _Text:
        made = super().__new__(cls, text)
        made.line = line
        return made


@dataclass(frozen=True, slots=True)
class _Value:
    """What stands behind a name, with its line."""

    line: int
    value: _Text | list[_Text] | dict[_Text, _Text]


def _top(text: str) -> dict[_Text, _Value]:
    if len(text) > LONGEST_MAPPING:
        raise _wrong(0, f"the mapping has more than {LONGEST_MAPPING:,} characters")
    try:
        _refuse_tricks(text)
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else 0
        raise _wrong(line, f"no YAML: {problem.problem or problem.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as problem:
        raise _wrong(0, f"no YAML: {' '.join(str(problem).split())[:200]}") from None
    if not isinstance(node, yaml.MappingNode):
        raise _wrong(1, "a mapping has lines such as `rows: ticket` and `columns:`")
    return {name: _value(value) for name, value in _pairs(node)}


def _refuse_tricks(text: str) -> None:
    """Neither references nor many levels: reading those takes ever longer."""
    depth = 0
    for event in yaml.parse(text, yaml.SafeLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _wrong(0, "a mapping has no references (`*name`); write it out")
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > DEEPEST:
            mark = event.start_mark
            raise _wrong(
                mark.line + 1 if mark else 0, f"no YAML of a mapping: more than {DEEPEST} levels"
            )


def _pairs(node: yaml.MappingNode) -> Iterator[tuple[_Text, yaml.Node]]:
    seen: set[str] = set()
    for key, value in node.value:
        name = _scalar(key)
        if name in seen:
            raise _wrong(name.line, f"{name!r} stands here a second time; leave one of them")
        seen.add(name)
        yield name, value


def _value(node: yaml.Node) -> _Value:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return _Value(line, {name: _scalar(value) for name, value in _pairs(node)})
    if isinstance(node, yaml.SequenceNode):
        return _Value(line, [_scalar(each) for each in node.value])
    return _Value(line, _scalar(node))


def _scalar(node: yaml.Node) -> _Text:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.ScalarNode):
        raise _wrong(line, "a single word or text stands here, no list and no further level")
    return _Text(str(node.value).strip(), line)


def _wrong(line: int, text: str) -> UnusableExport:
    return UnusableExport([Problem(line, "", f"mapping: {text}")])


# ---- its fields -----------------------------------------------------------------------------

T = TypeVar("T")


class _Form:
    """Reads the fields of a mapping; problems gather, so that all are told at once."""

    def __init__(self, top: Mapping[_Text, _Value]) -> None:
        self.problems: list[Problem] = []
        self._top = {str(name): value for name, value in top.items()}
        self._lines = {str(name): name.line for name in top}

    def line(self, name: str) -> int:
        """Where a field stands; 0 if it is not there."""
        return self._lines.get(name, 0)

    def refuse_others(self, names: Sequence[str]) -> None:
        """Every other field is a problem."""
        for name, line in self._lines.items():
            if name not in names:
                self._refuse(line, name, f"there is no such field{_nearest(name, names)}")

    def text(self, name: str, otherwise: str = "") -> str:
        """A field that is a text."""
        value = self._top.get(name)
        if value is None:
            return otherwise
        if not isinstance(value.value, _Text):
            self._refuse(value.line, name, f"one text stands here, as in `{name}: ...`")
            return otherwise
        return str(value.value) or otherwise

    def texts(self, name: str) -> list[str]:
        """A field that is a list of texts; one text is a list of one."""
        value = self._top.get(name)
        if value is None or value.value == "":
            return []
        if isinstance(value.value, dict):
            self._refuse(value.line, name, f"a list stands here, as in `{name}: [one, other]`")
            return []
        return [str(value.value)] if isinstance(value.value, _Text) else [*map(str, value.value)]

    def choice(self, name: str, choices: Mapping[str, T], otherwise: T) -> T:
        """A field that is one of some words."""
        said = self.text(name)
        if not said:
            return otherwise
        if said not in choices:
            self._refuse(self.line(name), name, _unknown(said, choices))
            return otherwise
        return choices[said]

    def pairs(self, name: str, allowed: Mapping[str, str]) -> dict[str, str]:
        """A field of names and texts; names are among the allowed ones, without text they fall."""
        found = {}
        for key, text in self._entries(name):
            if key not in allowed:
                told = f"there is no such meaning of a column{_nearest(key, list(allowed))}"
                self._refuse(key.line, f"{name}.{key}", told)
            elif text == UNANSWERED:
                told = f"{str(text)!r} asks which column tells {allowed[key]}: put its heading"
                self._refuse(text.line, f"{name}.{key}", told)
            elif text:
                found[str(key)] = str(text)
        return found

    def words(self, name: str, choices: Mapping[str, T]) -> dict[str, T]:
        """A field of the table's words and what each means here."""
        found = {}
        for key, text in self._entries(name):
            if text in choices:
                found[str(key)] = choices[str(text)]
            else:
                self._refuse(text.line, f"{name}.{key}", _unknown(text, choices))
        return found

    def orders(self) -> dict[str, Order]:
        """How dates are written: one word for all columns, or one a column."""
        choices = {each.value: each for each in Order}
        value = self._top.get("dates")
        if value is not None and isinstance(value.value, dict):
            for key in value.value:
                if key not in TIMES:
                    told = f"no column of times has this meaning{_nearest(key, TIMES)}"
                    self._refuse(key.line, f"dates.{key}", told)
            return self.words("dates", choices)
        said = self.text("dates")
        if not said:
            return {}
        if said not in choices:
            self._refuse(self.line("dates"), "dates", _unknown(said, choices))
            return {}
        return dict.fromkeys(TIMES, choices[said])

    def zone(self) -> ZoneInfo | None:
        """The zone of times that name none."""
        said = self.text("zone")
        if not said:
            return None
        try:
            return ZoneInfo(said)
        except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
            told = f"there is no zone {said!r}; one is Europe/London"
            if said == UNANSWERED:
                told = f"{said!r} asks where the clock stood; say one such as Europe/London"
            self._refuse(self.line("zone"), "zone", told)
            return None

    def _entries(self, name: str) -> list[tuple[_Text, _Text]]:
        value = self._top.get(name)
        if value is None or value.value == "":
            return []
        if not isinstance(value.value, dict):
            told = f"lines such as `  word: meaning` stand below `{name}:`"
            self._refuse(value.line, name, told)
            return []
        return list(value.value.items())

    def _refuse(self, line: int, name: str, text: str) -> None:
        self.problems.append(Problem(line, name, f"mapping: {text}"))


def _unknown(said: str, choices: Mapping[str, T]) -> str:
    told = f"{said!r} is not known here" if said else "nothing is said here"
    if said == UNANSWERED:
        return f"{str(said)!r} asks what this means; say one of {', '.join(choices)}"
    return f"{told}{_nearest(said, list(choices))}; say one of {', '.join(choices)}"


def _nearest(said: str, names: Sequence[str]) -> str:
    near = get_close_matches(said, names, 1)
    return f"; did you mean `{near[0]}`?" if near else ""
