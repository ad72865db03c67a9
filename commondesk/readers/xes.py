"""XES (IEEE 1849): event logs as XML, plain or packed by gzip, with a mapping of their activities.

https://www.xes-standard.org/ and https://doi.org/10.1109/IEEESTD.2023.10267858 describe the format,
https://www.xes-standard.org/xesstandardextensions its extensions; docs/readers.md tells how each
attribute is read, and what a mapping says.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import Instant
from commondesk.core.texts import gettext_noop
from commondesk.readers import vocabulary
from commondesk.readers.export import (
    Asked,
    ExportedTicket,
    Fit,
    Head,
    Problem,
    Quality,
    Sort,
    Source,
    Support,
    Truncated,
    UnusableExport,
)
from commondesk.readers.mapping import UNKNOWN
from commondesk.readers.own_words import parsed
from commondesk.readers.records import Item, Reading, Unfit, broken, digest_of
from commondesk.readers.signs import looks_like_machine
from commondesk.readers.tables import broke_off
from commondesk.readers.telling import MEANINGS, Change, Story, Trace

NAME = "xes"
TITLE = gettext_noop("XES event log (IEEE 1849)")
SOURCE = "xes"

DEEPEST = 100
"""How deeply elements may be nested."""
MOST_EVENTS = 100_000
"""How many events a trace may have."""
NO_REQUESTER = "Unknown requester"
NOTHING, TAKEN, ASKED, REPLY, NOTE = "nothing", "taken", "received", "reply", "note"
ACTIVITIES = (*MEANINGS, TAKEN, ASKED, REPLY, NOTE, NOTHING)
"""What an activity can mean, as a mapping says it."""
UNSAID = "?"
"""What a proposal says where nothing shows what an activity means."""

_TRANSITIONS = frozenset(
    {
        "schedule",
        "assign",
        "withdraw",
        "reassign",
        "start",
        "suspend",
        "resume",
        "pi_abort",
        "ate_abort",
        "complete",
        "autoskip",
        "manualskip",
    }
)
"""The steps of an activity in the lifecycle extension's standard model."""
_HEARD = "complete"
_ATTRIBUTES = frozenset({"string", "date", "int", "float", "boolean", "id"})
_FIELDS = ("activities", "requester", "machines")


# ---- the file -------------------------------------------------------------------------------


def fits(head: Head) -> Fit | None:
    """Whether a file is such a log, by its first element."""
    text = head.text.lstrip()
    if text.startswith("<") and "<log" in text and ("xes" in text.lower() or "<trace" in text):
        return Fit(1.0, "it is XML whose first element is an XES log")
    return None


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The traces as tickets. Raises UnusableExport where reading cannot go on.

    Without a mapping it raises, too: what activities mean is nowhere documented.
    """
    if not asked.mapping.strip():
        text = "what its activities mean must be said in a mapping: have one proposed first, then"
        raise broken(0, f"{text} correct it")
    mapping = _mapping_of(asked.mapping)
    reading = Reading(quality, asked.zone)
    _carry(quality, mapping)
    seen: set[str] = set()
    for source in sources:
        for trace in _traces(source, quality):
            quality.rows += len(trace.events)
            try:
                told = _Teller(asked, trace, mapping, reading).ticket(seen)
            except Unfit as wrong:
                quality.refuse(Problem(trace.row, wrong.column, str(wrong)))
                continue
            if told is not None:
                yield told


def proposed(source: Source) -> str:
    """A mapping of all activities of a log, as YAML, for a person to correct.

    Raises UnusableExport for a damaged file.
    """
    counts: Counter[str] = Counter()
    resources: Counter[str] = Counter()
    names: dict[str, None] = {}
    for trace in _traces(source, Quality()):
        names |= dict.fromkeys(trace.values)
        for event in trace.events:
            key = _key_of(event.values)
            counts[key] += bool(key)
            resources[str(event.values.get("org:resource") or "")] += 1
    lines = [
        "# What each activity means. Correct every line; none is sure. One of:",
        f"# {', '.join(ACTIVITIES)}",
        "activities:",
    ]
    for key, count in counts.most_common():
        guess = _guess(key)
        lines.append(f"  {json.dumps(key)}: {json.dumps(guess)}  # {count:,} events")
    lines += [
        "# The attribute of a trace that names whom it is for, if there is one.",
        f"requester: {json.dumps(_requester_in(names))}",
        "# Resources that are programs, not people.",
        f"machines: {json.dumps([*filter(looks_like_machine, resources)])}",
    ]
    return "\n".join(lines) + "\n"


def _requester_in(names: Iterable[str]) -> str:
    """The attribute of traces that is called as whoever a ticket is for; empty if none is."""
    ranks = ((vocabulary.meanings_of(name).get("requester"), name) for name in names)
    return min(((rank, name) for rank, name in ranks if rank is not None), default=(0, ""))[1]


def _guess(key: str) -> str:
    """What an activity seems to mean: its finer step first, as `Accepted+Wait - User` has one."""
    name, _, step = key.partition("+")
    signs = vocabulary.STATES if step else vocabulary.STEPS
    shown = (vocabulary.meaning_of(each, signs) for each in (step, name) if each)
    meaning = next((each for each in shown if each not in ("", UNKNOWN)), "")
    if meaning:
        return meaning
    is_nothing = vocabulary.meaning_of(step or name, signs) == UNKNOWN
    return NOTHING if is_nothing else UNSAID


# ---- a mapping ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Mapping:
    """What activities mean, which attribute names the requester, which resources are programs."""

    activities: Mapping[str, str]
    requester: str
    machines: frozenset[str]


def _mapping_of(text: str) -> _Mapping:
    """The mapping that a YAML text says. Raises UnusableExport with every problem."""
    data = parsed(text)
    problems = [*_wrongs(data)]
    if problems:
        raise UnusableExport(problems)
    assert isinstance(data, dict)
    machines = data.get("machines") or []
    return _Mapping(data["activities"], data.get("requester") or "", frozenset(machines))


def _wrongs(data: object) -> Iterator[Problem]:
    if not isinstance(data, dict) or not isinstance(data.get("activities"), dict):
        yield Problem(0, "activities", "the mapping must say what activities mean")
        return
    for name in data:
        if name not in _FIELDS:
            yield Problem(0, str(name), f"the mapping has no such field; it has {_list(_FIELDS)}")
    for name, meaning in data["activities"].items():
        if not isinstance(meaning, str) or meaning not in ACTIVITIES:
            nearest = get_close_matches(str(meaning), ACTIVITIES, 1)
            hint = f" Did you mean {nearest[0]!r}?" if nearest else ""
            text = f"{meaning!r} means nothing; it is one of {_list(ACTIVITIES)}.{hint}"
            yield Problem(0, f"activities.{name}", text)
    if not isinstance(data.get("requester", ""), str):
        yield Problem(0, "requester", "wants the name of an attribute")
    machines = data.get("machines") or []
    if not isinstance(machines, list) or not all(isinstance(each, str) for each in machines):
        yield Problem(0, "machines", "wants a list of names")


def _list(names: Sequence[str]) -> str:
    return ", ".join(names)


def _carry(quality: Quality, mapping: _Mapping) -> None:
    """Say how far a log with such a mapping carries the figures."""
    meant = set(mapping.activities.values())
    said = gettext_noop("as the mapping says")
    for figure in ("attainment.resolution", "time.resolution", "reopens"):
        found = meant & {"resolved", "closed"}
        quality.carry(
            figure,
            Support.PROXY if found else Support.NONE,
            said if found else gettext_noop("no activity means resolved or closed"),
        )
    for clock in ("response", "next_reply"):
        for figure in (f"attainment.{clock}", f"time.{clock}"):
            if REPLY in meant:
                quality.carry(figure, Support.PROXY, said)
            else:
                quality.carry(figure, Support.NONE, gettext_noop("no activity means a reply"))
    if TAKEN not in meant:
        quality.carry(
            "ownerless", Support.NONE, gettext_noop("no activity means that somebody took it")
        )
    for figure in ("attainment.restore", "time.restore", "escalations", "bucket.templated"):
        quality.carry(figure, Support.NONE, gettext_noop("no activity can mean that"))


# ---- traces ---------------------------------------------------------------------------------


Values = dict[str, Json]


class _Event(NamedTuple):
    """An event of a trace, counted from 1 over the whole file."""

    row: int
    values: Values


class _Trace(NamedTuple):
    """A trace: the row of its first event, its own attributes and its events."""

    row: int
    values: Values
    events: list[_Event]


def _traces(source: Source, quality: Quality) -> Iterator[_Trace]:
    """The traces of a log, one in memory at a time; of one that breaks off those before.

    Raises UnusableExport.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import iterparse

    walk = _Walk()
    is_any = False
    with source.opened() as file:
        steps = iterparse(_Eager(file), events=("start", "end"), forbid_dtd=True)
        while True:
            try:
                step = next(steps, None)
            except Truncated:
                if not is_any:
                    raise
                broke_off(quality, walk.row)
                break
            except UnusableExport:
                raise
            except DefusedXmlException:
                text = "declares entities or a document type, which no event log needs"
                raise broken(walk.row + 1, text) from None
            except ParseError as wrong:
                if is_any and wrong.code in _CUT:
                    broke_off(quality, walk.row)
                    break
                text = f"no XML from here on (line {wrong.position[0]})"
                raise broken(walk.row + 1, text) from None
            except (ValueError, LookupError):
                raise broken(walk.row + 1, "is in an unknown encoding") from None
            if step is None:
                break
            if (trace := walk.took(*step)) is not None:
                is_any = True
                yield trace


class _Eager:
    """A file that gives what is at hand: all that stands before a packed one breaks off."""

    def __init__(self, file: io.BufferedReader) -> None:
        self.read = file.read1


_CUT = frozenset({3, 5, 6})
"""Errors of expat that the end of a file makes: no element, an open token, half a character."""
_IN_LOG = ["log"]
_IN_TRACE = ["log", "trace"]
_IN_EVENT = ["log", "trace", "event"]


class _Walk:
    """Takes the elements of a log as they begin and end, and lets go of each."""

    def __init__(self) -> None:
        self.row = 0
        self._names: list[str] = []
        self._open: list[Element] = []
        self._trace: Values = {}
        self._events: list[_Event] = []
        self._event: Values = {}

    def took(self, what: str, element: Element) -> _Trace | None:
        """Take the beginning or end of an element; the trace that is whole with it, if any."""
        if what == "start":
            self._begin(element)
            return None
        self._open.pop()
        name = self._names.pop()
        found = self._end(name, element)
        element.clear()
        if self._open:
            self._open[-1].remove(element)
        return found

    def _begin(self, element: Element) -> None:
        name = element.tag.rpartition("}")[2]
        if len(self._names) >= DEEPEST:
            raise broken(self.row + 1, "is nested too deeply")
        if not self._names and name != "log":
            raise broken(0, f"the first element is <{name[:40]}>, not <log>")
        if name == "trace" and self._names == _IN_LOG:
            self._trace, self._events = {}, []
        elif name == "event" and self._names == _IN_TRACE:
            self.row += 1
            self._event = {}
        self._names.append(name)
        self._open.append(element)

    def _end(self, name: str, element: Element) -> _Trace | None:
        place = self._names
        if name in _ATTRIBUTES and place == _IN_EVENT:
            self._keep(self._event, element)
        elif name in _ATTRIBUTES and place == _IN_TRACE:
            self._keep(self._trace, element)
        elif name == "event" and place == _IN_TRACE:
            if len(self._events) >= MOST_EVENTS:
                raise broken(self.row, f"a trace has more than {MOST_EVENTS:,} events")
            self._events.append(_Event(self.row, self._event))
        elif name == "trace" and place == _IN_LOG:
            first = self._events[0].row if self._events else self.row
            return _Trace(first, self._trace, self._events)
        return None

    def _keep(self, values: Values, element: Element) -> None:
        key = element.get("key", "")
        if key in values:
            raise broken(self.row, f"has the attribute {key[:60]!r} twice")
        values[key] = element.get("value")


def _key_of(values: Mapping[str, Json]) -> str:
    """The activity of an event as a mapping names it, such as `Completed+Closed`."""
    name, step = values.get("concept:name"), values.get("lifecycle:transition")
    if not isinstance(name, str):
        return ""
    is_standard = not isinstance(step, str) or step.lower() in _TRANSITIONS
    return name.strip() if is_standard else f"{name.strip()}+{str(step).strip()}"


# ---- a trace --------------------------------------------------------------------------------


class _Teller:
    """Tells the events of one trace."""

    def __init__(self, asked: Asked, trace: _Trace, mapping: _Mapping, reading: Reading) -> None:
        self._asked, self._trace, self._mapping = asked, trace, mapping
        self._reading, self._quality = reading, reading.quality
        self._own = reading.item(trace.values, "trace")

    def _note(self, code: str, sort: Sort, text: str, example: str = "") -> None:
        self._quality.note(code, sort, text, example=example or self._story.number)

    def ticket(self, seen: set[str]) -> ExportedTicket | None:
        """The whole ticket; None for a trace without events. Raises Unfit."""
        number = self._own.needed("concept:name")
        if number in seen:
            raise Unfit("concept:name", f"the trace {number!r} stands twice")
        seen.add(number)
        self._story = Story(self._asked.company, SOURCE, number, self._trace.row, self._quality)
        if not self._trace.events:
            self._note("empty", Sort.DROPPED, gettext_noop("traces without events"))
            return None
        events = self._sorted()
        self._open(events[0][0])
        for update, (at, event) in enumerate(events):
            item = self._reading.item(event.values, "event")
            key = self._reading.sound(_key_of(event.values))
            changes = list(self._changes(item, key, update))
            digest = digest_of(event.values, event.row)
            self._story.hear(Trace(event.row, update, digest, key), at, changes)
        return self._story.ticket()

    def _sorted(self) -> list[tuple[Instant, _Event]]:
        """The events by time; the standard says that they stand so, and not all logs do."""
        found = [
            (self._reading.item(event.values, "event").at("time:timestamp"), event)
            for event in self._trace.events
        ]
        ordered = sorted(found, key=lambda each: each[0])
        if ordered != found:
            self._note(
                "order", Sort.REPAIRED, gettext_noop("traces whose events did not stand by time")
            )
        return ordered

    def _open(self, at: Instant) -> None:
        requester = self._own.label(self._mapping.requester) if self._mapping.requester else ""
        if not requester:
            self._note(
                "no_requester",
                Sort.DOUBTFUL,
                gettext_noop("traces that do not tell whom they are for"),
            )
        self._requester = requester or NO_REQUESTER
        actor = self._story.person(self._requester, Side.REQUESTER)
        self._story.open(
            at,
            actor,
            requester=self._requester,
            channel=e.Channel.IMPORT,
            kind=e.Kind.INCIDENT,
            subject="",
        )

    def _actor(self, item: Item) -> Actor:
        """Who did it: a person by the organisational extension, or a program."""
        name = item.label("org:resource")
        if not name or name in self._mapping.machines:
            return self._story.machine
        return self._story.person(name, Side.PROVIDER)

    def _changes(self, item: Item, key: str, update: int) -> Iterator[Change]:
        """What an event means by the mapping, and the team that it names."""
        name = item.needed("concept:name")
        meaning = self._mapping.activities.get(key) or self._mapping.activities.get(name)
        if meaning is None:
            text = f"the mapping does not say what {key!r} means"
            raise Unfit("concept:name", text)
        step = item.label("lifecycle:transition").lower()
        if step in _TRANSITIONS and step != _HEARD:
            text = gettext_noop(
                "events that are no completion of an activity: only its completion counts"
            )
            self._note("steps", Sort.DROPPED, text, step)
            return
        actor = self._actor(item)
        new = MEANINGS.get(meaning, self._story.meaning)
        yield from self._story.left(actor, new)
        yield from self._story.assigned(actor, item.label("org:group"))
        yield from self._meant(meaning, actor, item, update)
        yield from self._story.entered(actor, new, str(update))

    def _meant(self, meaning: str, actor: Actor, item: Item, update: int) -> Iterator[Change]:
        story, key, channel = self._story, f"event:{update}", e.Channel.IMPORT
        if meaning == TAKEN:
            yield from story.owned(actor, actor.id if actor.is_person else "")
        elif meaning == ASKED:
            author = story.person(self._requester, Side.REQUESTER)
            yield from story.received(author, key, channel, "")
        elif meaning == REPLY:
            to = story.id_of(self._requester)
            yield from story.written(actor, key, channel, "", to=to)
        elif meaning == NOTE:
            yield from story.noted(actor, key, "")
