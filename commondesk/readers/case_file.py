"""Case files: a calendar, a charter and the events of tickets in YAML (docs/clocks.md)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TypeVar

import holidays
import yaml

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Body, Certainty, Event, Side, WordsRef
from commondesk.core.record.instant import MINUTE, Instant, parse_instant
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import CalendarError
from commondesk.core.service_level.charter_data import (
    CharterError,
    Problem,
    agreement_of,
    lens_of,
)
from commondesk.core.service_level.lens import PRESETS, Lens

HOLIDAY_YEARS = range(1990, 2061)
_NO_WORDS = WordsRef("", "")
_T = TypeVar("_T")
_Object = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Period:
    """A period of a case: from its start up to, without, its end."""

    start: Instant
    end: Instant


@dataclass(frozen=True)
class Case:
    """What a case file holds, ready for a clock. charters are (in force at, until, agreement)."""

    title: str
    now: Instant
    period: Period | None
    charters: tuple[tuple[Instant, Instant | None, Agreement], ...]
    lenses: Mapping[str, Lens]
    histories: Mapping[str, tuple[Event, ...]]
    expected: tuple[_Object, ...]

    def agreement(self, charter: str) -> Agreement | None:
        """The agreement of a charter id, as it stands on the tickets' openings."""
        return next((each for _, _, each in self.charters if each.id == charter), None)

    @property
    def contract(self) -> Lens:
        """The contract lens of the newest charter."""
        return self.charters[-1][2].lens


class CaseError(ValueError):
    """A case file that cannot be read. problems lists every reason with its place."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def read_case(path: Path) -> Case:
    """The case of a YAML file. Raises CaseError with every problem, OSError."""
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as wrong:
        raise CaseError([Problem(str(path), f"is no YAML: {wrong}")]) from None
    return case_of(data)


def case_of(data: object) -> Case:
    """The case of parsed data. Raises CaseError with every problem."""
    return _Reader(_plain(data)).case()


def public_holidays(country: str, subdivision: str = "") -> frozenset[date]:
    """The public holidays of a country or part of it. Raises ValueError that names the place."""
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=HOLIDAY_YEARS)
    except NotImplementedError:
        place = f"{country} {subdivision}".strip()
        raise ValueError(f"no public holidays are known for {place!r}") from None
    return frozenset(found)


def _plain(value: object) -> Json:
    """Parsed YAML as plain data: dates and times become text, keys too."""
    if isinstance(value, dict):
        return {_key(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    return str(value)


def _key(key: object) -> str:
    """A key as text. YAML 1.1 reads a bare `on` as true: here it is always the word."""
    if isinstance(key, bool):
        return "on" if key else "off"
    return key.isoformat() if isinstance(key, date) else str(key)


# ---- reading --------------------------------------------------------------------------------


class _Reader:
    """Reads a case and collects problems instead of stopping at the first."""

    def __init__(self, data: Json):
        self._data = data if isinstance(data, dict) else {}
        self._problems: list[Problem] = []
        if not isinstance(data, dict):
            self._wrong("case", "wants names with values: now, calendars, charter, tickets")

    def case(self) -> Case:
        charters = tuple(self._charters())
        lenses = self._lenses(charters)
        now = self._instant(self._data.get("now"), "now") or 0
        tickets = self._object(self._data.get("tickets"), "tickets")
        histories = {
            name: tuple(self._history(name, each, charters)) for name, each in tickets.items()
        }
        self._add_merged_sources(histories)
        period = self._period(self._data.get("period"))
        if self._problems:
            raise CaseError(self._problems)
        expected = self._data.get("expect", [])
        return Case(
            title=str(self._data.get("title", "")),
            now=now,
            period=period,
            charters=charters,
            lenses=lenses,
            histories=histories,
            expected=tuple(each for each in _listed(expected) if isinstance(each, dict)),
        )

    def _charters(self) -> Iterator[tuple[Instant, Instant | None, Agreement]]:
        given = self._data.get("charters")
        entries = _listed(given) if given is not None else [self._data.get("charter", {})]
        for index, entry in enumerate(entries, 1):
            charter = self._object(entry, f"charter {index}")
            since = charter.get("in_force_at")
            until = charter.get("until")
            try:
                agreement = agreement_of(
                    charter,
                    self._data.get("calendars", {}),
                    identity=f"charter-{index}",
                    holidays_of=public_holidays,
                )
            except (CharterError, CalendarError) as wrong:
                self._problems += getattr(wrong, "problems", [Problem("calendars", str(wrong))])
                continue
            yield (
                -(1 << 62) if since is None else self._instant(since, "in_force_at") or 0,
                None if until is None else self._instant(until, "until"),
                agreement,
            )

    def _lenses(
        self, charters: tuple[tuple[Instant, Instant | None, Agreement], ...]
    ) -> dict[str, Lens]:
        lenses = dict(PRESETS)
        if charters:
            lenses["contract"] = charters[-1][2].lens
        own = self._data.get("lenses")
        for name, settings in self._object({} if own is None else own, "lenses").items():
            try:
                lenses[name] = lens_of(settings, place=f"lenses.{name}")
            except CharterError as wrong:
                self._problems += wrong.problems
        return lenses

    def _period(self, data: Json) -> Period | None:
        if data is None:
            return None
        period = self._object(data, "period")
        start = self._instant(period.get("from"), "period from")
        end = self._instant(period.get("until"), "period until")
        return Period(start or 0, end or 0)

    # events

    def _history(
        self,
        name: str,
        data: Json,
        charters: tuple[tuple[Instant, Instant | None, Agreement], ...],
    ) -> Iterator[Event]:
        place = f"tickets.{name}"
        ticket = self._object(data, place)
        requester = str(ticket.get("requester", "requester"))
        steps = list(enumerate(_listed(ticket.get("events")), 1))
        ranked = sorted(steps, key=lambda step: (_rank(step[1], step[0]), step[0]))
        position = 0
        for index, each in ranked:
            spot = f"{place} event {index}"
            step = self._object(each, spot)
            at = self._instant(step.get("at"), f"{spot} at")
            if at is None:
                continue
            telling = _Telling(self, name, requester, step, spot, at, index, charters)
            for body, actor, happened_at in telling.bodies():
                position += 1
                learnt = step.get("learnt_at")
                learnt_at = self._instant(learnt, f"{spot} learnt_at") if learnt else happened_at
                yield Event(
                    name, position, happened_at, learnt_at or at, Certainty.OBSERVED, actor, body
                )

    def _add_merged_sources(self, histories: dict[str, tuple[Event, ...]]) -> None:
        """Merging stands on the survivor alone in a case file: tell the source too."""
        for survivor, history in list(histories.items()):
            for event in history:
                body: Body
                match event.body:
                    case e.TicketAbsorbed(source):
                        body, other = e.TicketMerged(survivor), source
                    case e.MergeUndone(other):
                        body = e.MergeUndone(survivor)
                    case _:
                        continue
                if other not in histories:
                    self._wrong(f"tickets.{survivor}", f"ticket {other!r} is not in the case")
                    continue
                last = len(histories[other]) + 1
                told = Event(
                    other,
                    last,
                    event.happened_at,
                    event.learnt_at,
                    event.certainty,
                    event.actor,
                    body,
                )
                histories[other] = (*histories[other], told)

    # values

    def _wrong(self, place: str, what: str) -> None:
        self._problems.append(Problem(place, what))

    def _object(self, data: Json, place: str) -> _Object:
        if isinstance(data, dict):
            return data
        self._wrong(place, f"wants names with values, not {data!r}")
        return {}

    def _instant(self, data: Json, place: str) -> Instant | None:
        try:
            return parse_instant(str(data))
        except ValueError as wrong:
            self._wrong(place, str(wrong))
            return None


def _listed(data: Json) -> list[Json]:
    return data if isinstance(data, list) else []


def _rank(step: Json, index: int) -> int:
    """Where an event stands: its position if given, else its place in the file."""
    given = step.get("position") if isinstance(step, dict) else None
    return given if isinstance(given, int) else index


_Told = tuple[Body, Actor, Instant]


class _Telling:
    """One step of a case file as events."""

    def __init__(
        self,
        reader: _Reader,
        ticket: str,
        requester: str,
        step: _Object,
        place: str,
        at: Instant,
        index: int,
        charters: tuple[tuple[Instant, Instant | None, Agreement], ...],
    ):
        self._reader = reader
        self._ticket = ticket
        self._requester = requester
        self._step = step
        self._place = place
        self._at = at
        self._index = index
        self._charters = charters

    def bodies(self) -> Iterator[_Told]:
        did = str(self._step.get("did", ""))
        teller = _TELLERS.get(did)
        if teller is None:
            known = ", ".join(sorted(_TELLERS))
            self._reader._wrong(self._place, f"did {did!r} is not known; known: {known}")
            return
        for body in teller(self):
            yield body, self._actor(did), self._at
        yield from self._delivery(did)

    def _actor(self, did: str) -> Actor:
        by = str(self._step.get("by", _USUAL_ACTOR.get(did, "agent")))
        side = _SIDES.get(by)
        if side is None:
            self._reader._wrong(self._place, f"by {by!r} is none of {', '.join(_SIDES)}")
            side = Side.MACHINE
        return Actor(self._requester if side is Side.REQUESTER else by, side)

    def _delivery(self, did: str) -> Iterator[_Told]:
        if did != "replied":
            return
        given = self._step.get("delivered")
        if given == "never":
            return
        at = self._at if given is None else self._reader._instant(given, f"{self._place} delivered")
        if at is not None:
            carrier = Actor("smtp", Side.MACHINE)
            yield e.MessageDelivered(self._message, e.Channel.MAIL), carrier, at

    @property
    def _message(self) -> str:
        return f"{self._ticket}-{self._index}"

    def text(self, name: str, default: str = "") -> str:
        value = self._step.get(name)
        return default if value is None else str(value)

    def flag(self, name: str) -> bool:
        value = self._step.get(name, False)
        if not isinstance(value, bool):
            self._reader._wrong(self._place, f"{name} wants true or false, not {value!r}")
        return value is True

    def choice(self, name: str, kind: Callable[[str], _T], default: _T) -> _T:
        value = self._step.get(name)
        if value is None:
            return default
        try:
            return kind(str(value))
        except ValueError:
            self._reader._wrong(self._place, f"{name} {value!r} is not known")
            return default

    def number(self, name: str) -> float:
        value = self._step.get(name, 0)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            self._reader._wrong(self._place, f"{name} wants a number, not {value!r}")
            return 0
        return value

    def instant(self, name: str) -> Instant | None:
        value = self._step.get(name)
        if value is None:
            return None
        return self._reader._instant(value, f"{self._place} {name}")

    # the steps

    def opened(self) -> Iterator[Body]:
        yield e.TicketOpened(
            number=1,
            requester=self._requester,
            channel=self.choice("channel", e.Channel, e.Channel.MAIL),
            kind=self.choice("kind", e.Kind, e.Kind.INCIDENT),
            subject=_NO_WORDS,
            opening=self.choice("opening", e.Opening, e.Opening.NORMAL),
            service=self.text("service"),
            item=self.text("item"),
            site=self.text("site"),
            charter=self._charter(),
            returned_from=self.text("returned_from"),
            split_from=self.text("split_from"),
        )

    def _charter(self) -> str:
        for since, until, agreement in reversed(self._charters):
            if since <= self._at and (until is None or self._at < until):
                return agreement.id
        return ""

    def classified(self) -> Iterator[Body]:
        kind = self.choice("kind", e.Kind, e.Kind.INCIDENT)
        names = (self.text(name) for name in ("service", "item", "site", "category"))
        yield e.TicketClassified(kind, *names)

    def prioritised(self) -> Iterator[Body]:
        yield e.TicketPrioritised(self.choice("priority", e.Priority, e.Priority.P3))

    def confirmed(self) -> Iterator[Body]:
        yield e.PriorityConfirmed()

    def lowering_agreed(self) -> Iterator[Body]:
        yield e.LoweringAgreed(self.choice("priority", e.Priority, e.Priority.P3))

    def assigned(self) -> Iterator[Body]:
        yield e.TicketAssigned("team", self._tier())

    def taken(self) -> Iterator[Body]:
        yield e.TicketTaken(self.text("owner", "agent"), "team", self._tier())

    def released(self) -> Iterator[Body]:
        yield e.TicketReleased(self.text("owner", "agent"))

    def offered(self) -> Iterator[Body]:
        yield e.HandoverOffered("team", self._tier())

    def accepted(self) -> Iterator[Body]:
        yield e.HandoverAccepted(self.text("owner", "agent"), "team", self._tier())

    def declined(self) -> Iterator[Body]:
        yield e.HandoverDeclined(_NO_WORDS)

    def taken_back(self) -> Iterator[Body]:
        yield e.HandoverTakenBack()

    def lapsed(self) -> Iterator[Body]:
        yield e.HandoverLapsed("contact")

    def escalated(self) -> Iterator[Body]:
        if self.text("how", "functional") == "hierarchical":
            yield e.EscalatedHierarchically("contact")
        else:
            yield e.EscalatedFunctionally("team", self._tier())

    def received(self) -> Iterator[Body]:
        yield e.MessageReceived(
            self._message,
            self._requester,
            e.Channel.MAIL,
            _NO_WORDS,
            is_automatic=self.flag("automatic"),
        )

    def replied(self) -> Iterator[Body]:
        to = tuple(str(each) for each in _listed(self._step.get("to", [])))
        yield e.MessageWritten(self._message, to, _NO_WORDS, is_templated=self.flag("templated"))
        if self.flag("asks"):
            yield e.QuestionAsked(self._message)

    def noted(self) -> Iterator[Body]:
        audience = self.choice("audience", e.Audience, e.Audience.OWN_TEAM)
        yield e.NoteWritten(self._message, audience, _NO_WORDS)

    def question(self) -> Iterator[Body]:
        yield e.QuestionAsked()

    def wait(self) -> Iterator[Body]:
        on = self.choice("on", e.WaitReason, e.WaitReason.REQUESTER)
        yield e.WaitBegun(
            f"wait-{on.value}", on, self.instant("until"), self.flag("requesters_date")
        )

    def resume(self) -> Iterator[Body]:
        on = self.choice("on", e.WaitReason, e.WaitReason.REQUESTER)
        yield e.WaitEnded(f"wait-{on.value}")

    def vendor(self) -> Iterator[Body]:
        name = self.text("vendor", "vendor")
        yield e.VendorLegBegun(f"leg-{name}", name, self.text("reference"))

    def vendor_done(self) -> Iterator[Body]:
        yield e.VendorLegEnded(f"leg-{self.text('vendor', 'vendor')}")

    def restored(self) -> Iterator[Body]:
        yield e.TicketRestored()

    def resolved(self) -> Iterator[Body]:
        yield e.TicketResolved()

    def reopened(self) -> Iterator[Body]:
        yield e.TicketReopened()

    def voided(self) -> Iterator[Body]:
        yield e.ReopenVoided()

    def void_lifted(self) -> Iterator[Body]:
        yield e.VoidLifted()

    def closed(self) -> Iterator[Body]:
        yield e.TicketClosed()

    def absorbed(self) -> Iterator[Body]:
        yield e.TicketAbsorbed(self.text("ticket"))

    def unmerged(self) -> Iterator[Body]:
        yield e.MergeUndone(self.text("ticket"))

    def linked(self) -> Iterator[Body]:
        yield e.TicketLinked(self.text("ticket"), self._relation())

    def unlinked(self) -> Iterator[Body]:
        yield e.LinkRemoved(self.text("ticket"), self._relation())

    def scored(self) -> Iterator[Body]:
        score, threshold = float(self.number("score")), float(self.number("threshold"))
        yield e.MatterScored(self.text("ticket"), score, threshold)

    def matter_confirmed(self) -> Iterator[Body]:
        yield e.MatterConfirmed(self.text("ticket"))

    def matter_denied(self) -> Iterator[Body]:
        yield e.MatterDenied(self.text("ticket"))

    def logged(self) -> Iterator[Body]:
        yield e.TimeLogged("agent", int(self.number("minutes") * MINUTE))

    def _tier(self) -> e.Tier:
        return self.choice("tier", e.Tier, e.Tier.L1)

    def _relation(self) -> e.Relation:
        return self.choice("relation", e.Relation, e.Relation.RELATED)


_TELLERS: dict[str, Callable[[_Telling], Iterator[Body]]] = {
    "opened": _Telling.opened,
    "classified": _Telling.classified,
    "prioritised": _Telling.prioritised,
    "confirmed": _Telling.confirmed,
    "lowering_agreed": _Telling.lowering_agreed,
    "assigned": _Telling.assigned,
    "taken": _Telling.taken,
    "released": _Telling.released,
    "offered": _Telling.offered,
    "accepted": _Telling.accepted,
    "declined": _Telling.declined,
    "taken_back": _Telling.taken_back,
    "lapsed": _Telling.lapsed,
    "escalated": _Telling.escalated,
    "received": _Telling.received,
    "replied": _Telling.replied,
    "noted": _Telling.noted,
    "question": _Telling.question,
    "wait": _Telling.wait,
    "resume": _Telling.resume,
    "vendor": _Telling.vendor,
    "vendor_done": _Telling.vendor_done,
    "restored": _Telling.restored,
    "resolved": _Telling.resolved,
    "reopened": _Telling.reopened,
    "voided": _Telling.voided,
    "void_lifted": _Telling.void_lifted,
    "closed": _Telling.closed,
    "absorbed": _Telling.absorbed,
    "unmerged": _Telling.unmerged,
    "linked": _Telling.linked,
    "unlinked": _Telling.unlinked,
    "scored": _Telling.scored,
    "matter_confirmed": _Telling.matter_confirmed,
    "matter_denied": _Telling.matter_denied,
    "logged": _Telling.logged,
}
_USUAL_ACTOR = {
    "opened": "requester",
    "received": "requester",
    "lowering_agreed": "requester",
    "scored": "machine",
    "lapsed": "machine",
}
_SIDES = {
    "requester": Side.REQUESTER,
    "agent": Side.PROVIDER,
    "machine": Side.MACHINE,
    "company": Side.COMPANY,
    "vendor": Side.VENDOR,
}
