"""The figures of a pack, by key: each with its support, in the order in which they are written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from commondesk.core.metrics import backlog, mirage, offenders, ownerless, promise, reopens, speed
from commondesk.core.metrics.figure import Figure, Unit
from commondesk.core.metrics.mirage import Mirage
from commondesk.core.metrics.offenders import Pareto
from commondesk.core.metrics.recurring import Matter, Recurrence, recurrences
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import Span
from commondesk.core.service_level.hands import NOBODY
from commondesk.readers.export import Support
from commondesk.review.pack import counting, signals
from commondesk.review.pack.material import Material, listed
from commondesk.review.pack.rows import resolve_span

SPEED, PROMISE, FLOW, HANDS, QUALITY, CAUSES, SIGNALS = (
    *("speed", "promise", "flow", "hands", "quality", "causes", "signals"),
)
ON_THE_WALL = "on the wall (24/7)"
KINDS = ("service", "category", "item", "site", "requester", "team")
MOST_OFFENDERS = 10
MOST_PAIRS = 12
MOST_GROUPS = 15
LABEL = 90
"""Characters of a label."""
BY_PRIORITY, BY_MONTH = "priority", "month"


@dataclass(frozen=True, slots=True)
class Entry:
    """A figure of the pack: its key in addresses and files, and how far the export carries it."""

    key: str
    group: str
    figure: Figure
    support: Support = Support.EXACT
    reason: str = ""


@dataclass(frozen=True)
class Figures:
    """All figures of a pack."""

    material: Material

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every figure by its key."""
        return {each.key: self._as_carried(each) for each in self._all()}

    def _as_carried(self, entry: Entry) -> Entry:
        """The figure with what its reader said of how far the file carries it."""
        said = self.material.exhibit.quality.carries
        name = entry.key
        while name and name not in said:
            name = name.rpartition(".")[0]
        if not name or entry.support is not Support.EXACT:
            return entry
        return replace(entry, support=said[name].support, reason=said[name].reason)

    def __getitem__(self, key: str) -> Figure:
        return self.entries[key].figure

    def __contains__(self, key: str) -> bool:
        return key in self.entries

    @property
    def usual(self) -> str:
        """The lens of the usual count."""
        return self.material.facts.scheme.usual

    @property
    def lived(self) -> str:
        """The lens of what people lived."""
        return self.material.facts.scheme.lived

    @cached_property
    def mirages(self) -> dict[ClockName, Mirage]:
        """The gap of each clock that can be judged, where both lenses have data."""
        material = self.material
        told = {
            clock: mirage.mirage(material.facts, clock, material.period, material.terms.caveats)
            for clock in material.judged
        }
        return {clock: each for clock, each in told.items() if each.gap is not None}

    @cached_property
    def paretos(self) -> dict[str, Pareto]:
        """Repeat offenders by kind, where the export names any."""
        material = self.material
        named = {row.stream: row for row in material.rows}
        found = {}
        for kind in KINDS:
            facts = material.facts
            if kind in ("category", "team"):
                tickets = [
                    each._replace(service=getattr(named[each.ticket], kind))
                    for each in facts.tickets
                ]
                facts = replace(facts, tickets=tickets)
            elif kind == "requester":
                tickets = [
                    each._replace(requester=named[each.ticket].requester) for each in facts.tickets
                ]
                facts = replace(facts, tickets=tickets)
            told = offenders.offenders(
                facts, kind if kind not in ("category", "team") else "service", material.period
            )
            if len(told.rows) > 1 and told.unnamed < told.count / 2:
                found[kind] = replace(told, kind=kind)
        return found

    @cached_property
    def recurring(self) -> tuple[Recurrence, ...]:
        """Groups of tickets that say the same, most time lost first."""
        return recurrences(self._matters())[:MOST_GROUPS]

    def _matters(self) -> Iterator[Matter]:
        material = self.material
        for row in material.rows:
            told = material.told.get(row.stream)
            if told is not None and row.subject:
                yield Matter(
                    ticket=row.stream,
                    words=row.subject,
                    facts=tuple(
                        f"{kind}:{getattr(row, kind)}"
                        for kind in ("service", "category", "item", "site")
                        if getattr(row, kind)
                    ),
                    opened_at=row.opened_at,
                    lost=told.lost_at(material.facts.counts),
                    is_open=told.is_open_at(material.at),
                )

    @cached_property
    def pairs(self) -> list[tuple[tuple[str, str], list[int]]]:
        """The pairs of teams with ping-pong, each with its tickets, most first."""
        found: dict[tuple[str, str], list[int]] = {}
        for place, row in enumerate(self.material.rows):
            for pair in dict.fromkeys(row.straight_back):
                found.setdefault(pair, []).append(place)
        return sorted(found.items(), key=lambda each: (-len(each[1]), each[0]))

    def _all(self) -> Iterator[Entry]:
        yield from self._speed()
        yield from self._promise()
        yield from self._flow()
        yield from self._hands()
        yield from self._quality()
        yield from self._causes()
        for key, figure, support, reason in signals.signals(self.material, self.usual):
            yield Entry(key, SIGNALS, figure, support, reason)

    # speed

    def _speed(self) -> Iterator[Entry]:
        material = self.material
        yield from self._response()
        calendar = material.terms.agreement.default_calendar if material.terms.title else "24/7"
        for lens in listed((self.lived, self.usual)):
            figure = speed.time_to(
                material.facts, ClockName.RESOLUTION, lens, material.period, self._timed(calendar)
            )
            by = "as people lived it" if lens == self.lived else f"by {lens}"
            titled = replace(figure, title=f"Resolution, {by}")
            yield Entry(f"time.resolution.{lens}", SPEED, titled)
        yield from self._definitions()
        held = [row.priority for row in material.rows]
        for by, values in ((BY_PRIORITY, held), (BY_MONTH, material.months)):
            for key, places in _grouped(values).items():
                yield self._sliced(by, key, places, calendar)

    def _timed(self, calendar: str) -> tuple[str, ...]:
        hours = ON_THE_WALL if calendar == "24/7" else f"working time of {calendar}"
        return (hours, *self.material.terms.caveats)

    def _response(self) -> Iterator[Entry]:
        material = self.material
        if material.has_messages:
            facts, period = material.facts, material.period
            for figure in (
                speed.time_to(facts, ClockName.RESPONSE, self.lived, period),
                speed.time_to(facts, ClockName.NEXT_REPLY, self.lived, period),
                speed.first_automatic(facts, period),
            ):
                key = f"{figure.name}.{figure.lens}" if figure.lens else figure.name
                yield Entry(key, SPEED, figure)
        touched, untouched = {}, {}
        for place, row in enumerate(material.rows):
            if row.touched_at is not None:
                touched[place] = row.touched_at - row.opened_at
            elif row.state in ("open", "waiting"):
                untouched[place] = material.at - row.opened_at
        figure = counting.spans(
            material, touched, untouched,
            name="time.first_touch", title="First sign of work, in place of a first response",
            caveats=(
                "a proxy: when somebody first took it, let it wait or resolved it",
                ON_THE_WALL,
            ),
        )  # fmt: skip
        reason = "the file has no messages: nobody can tell when a person first answered"
        if not material.has_messages:
            yield Entry("time.first_touch", SPEED, figure, Support.PROXY, reason)

    def _definitions(self) -> Iterator[Entry]:
        """Resolution as each definition has it, all on the wall."""
        material, claims = self.material, self.material.exhibit.claims
        first, last, closed, open_ones = {}, {}, {}, {}
        for place, row in enumerate(material.rows):
            if row.resolves:
                first[place] = max(0, row.resolves[0][0] - row.opened_at)
            if (span := resolve_span(row)) is not None:
                last[place] = span
            elif row.closed_at is None:
                open_ones[place] = material.at - row.opened_at
            if row.closed_at is not None:
                closed[place] = row.closed_at - row.opened_at
        rows_at = {
            place: max(0, row.last_resolved_row_at - row.opened_at)
            for place, row in enumerate(material.rows)
            if row.last_resolved_row_at is not None
        }
        defined: list[tuple[str, str, dict[int, Span], dict[int, Span]]] = [
            ("first", "Opened to the first resolve", first, open_ones),
            ("last", "Opened to the resolve that stands", last, open_ones),
            ("last_row", "Opened to the last row that says Resolved", rows_at, {}),
            ("closed", "Opened to closing", closed, open_ones),
        ]
        if claims.resolved_at:
            said = {
                place: max(0, claims.resolved_at[row.number] - row.opened_at)
                for place, row in enumerate(material.rows)
                if row.number in claims.resolved_at
            }
            title = "Opened to resolved_at, where the file has one"
            defined.insert(0, ("claimed", title, said, {}))
        for key, title, ended, waiting in defined:
            if ended:
                figure = counting.spans(
                    material, ended, waiting, name=f"resolved.{key}", title=title,
                    caveats=(ON_THE_WALL,),
                )  # fmt: skip
                yield Entry(figure.name, SPEED, figure)

    def _sliced(self, by: str, key: str, places: Sequence[int], calendar: str) -> Entry:
        material = self.material
        figure = speed.time_to(
            material.only(places), ClockName.RESOLUTION, self.lived, material.period,
            self._timed(calendar),
        )  # fmt: skip
        return Entry(
            f"time.resolution.{by}.{key}", SPEED, replace(figure, title=f"Resolution, {key}")
        )

    # promise

    def _promise(self) -> Iterator[Entry]:
        material = self.material
        facts, period, caveats = material.facts, material.period, material.terms.caveats
        for clock in material.judged:
            for lens in facts.scheme.named:
                figure = promise.attainment(facts, clock, lens, period, caveats)
                if figure.count or figure.undecided:
                    titled = replace(figure, title=f"{figure.title}, {lens}")
                    yield Entry(f"attainment.{clock.value}.{lens}", PROMISE, titled)
            for priority in sorted({row.priority for row in material.rows if row.priority}):
                for lens in listed((self.usual, self.lived)):
                    figure = promise.attainment(
                        facts, clock, lens, period, caveats, priority=priority
                    )
                    if figure.count or figure.undecided:
                        key = f"attainment.{clock.value}.{priority}.{lens}"
                        titled = replace(figure, title=f"{figure.title}, {lens}")
                        yield Entry(key, PROMISE, titled)
        for clock, told in self.mirages.items():
            for part in told.parts:
                figure = self._part(clock, part.setting)
                yield Entry(figure.name, PROMISE, figure)
        yield from self._claimed()

    def _part(self, clock: ClockName, setting: str) -> Figure:
        from commondesk.core.metrics.changed import changed_tickets
        from commondesk.core.metrics.figure import count_of

        facts, period = self.material.facts, self.material.period
        tickets = changed_tickets(facts, clock, period)[setting]
        return count_of(
            len(tickets), name=f"part.{clock.value}.{setting}",
            title=f"Verdict changes when this setting alone is switched: {setting}",
            period=period, still_open=0, caveats=self.material.terms.caveats,
            behind=lambda: mirage.backing_of(tickets, facts, clock),
        )  # fmt: skip

    def _claimed(self) -> Iterator[Entry]:
        material, claims = self.material, self.material.exhibit.claims
        if not claims.missed:
            return
        missed = [place for place, row in enumerate(material.rows) if claims.missed.get(row.number)]
        cohort = sum(row.number in claims.missed for row in material.rows)
        figure = counting.share(
            material, missed, cohort, name="claimed.missed", verdict="missed",
            title=f"Missed by the vendor’s own flag ({claims.flag})",
            caveats=(
                "the vendor’s own judgement: which target and which clock it used is not in the"
                " file; one verdict a ticket, from its last row",
            ),
        )  # fmt: skip
        yield Entry("claimed.missed", PROMISE, figure)
        rows = replace(
            figure,
            name="claimed.rows",
            title=f"Rows that say so ({claims.flag}): the classic wrong number",
            value=claims.rows_missed / claims.rows if claims.rows else None,
            count=claims.rows,
            still_open=0,
            interval=None,
            units=0,
            caveats=(
                "wrong as an answer: rows are updates, not tickets, and a ticket’s flag turns only"
                " once its target is gone, so most rows of a missed ticket still say it was met",
            ),
            behind=tuple,
        )
        yield Entry("claimed.rows", PROMISE, rows, Support.NONE, "counts rows, not tickets")

    # flow

    def _flow(self) -> Iterator[Entry]:
        material = self.material
        everything = range(len(material.rows))
        yield Entry(
            "volume", FLOW,
            counting.count(material, everything, name="volume", title="Tickets in the file"),
        )  # fmt: skip
        yield Entry("backlog", FLOW, backlog.backlog(material.facts, material.period))

    # hands

    def _hands(self) -> Iterator[Entry]:
        material = self.material
        had = sum(bool(row.teams) for row in material.rows)
        returned = [place for place, row in enumerate(material.rows) if row.returns]
        back = [place for place, row in enumerate(material.rows) if row.straight_back]
        caveats = ("by the teams that it was given to, one after another",)
        for name, title, places in (
            ("bounces", "Came back to a team that had had it", returned),
            ("bounces.straight", "Ping-pong: to another team and straight back", back),
        ):
            figure = counting.share(material, places, had, name=name, title=title, caveats=caveats)
            yield Entry(name, HANDS, figure)
        for (one, other), places in self.pairs[:MOST_PAIRS]:
            figure = counting.count(
                material, places, name=f"bounces.between.{one}.{other}",
                title=f"Ping-pong between {one} and {other}", caveats=caveats,
            )  # fmt: skip
            yield Entry(figure.name, HANDS, figure)
        alone = ownerless.ownerless(material.facts, material.period)
        yield Entry("ownerless", HANDS, replace(alone.figure, caveats=self._owner_caveats()))
        yield Entry("ownerless.share", HANDS, self._alone(alone.figure))
        never = [
            place
            for place, row in enumerate(material.rows)
            if row.stream in material.told and not material.told[row.stream].owners
        ]
        figure = counting.share(
            material, never, len(material.rows), name="ownerless.never",
            title="Never had a named person", caveats=self._owner_caveats(),
        )  # fmt: skip
        yield Entry("ownerless.never", HANDS, figure)

    def _owner_caveats(self) -> tuple[str, ...]:
        return ("until the resolve that stands; a group without a named person is nobody",)

    def _alone(self, figure: Figure) -> Figure:
        """The share of all time to the resolve in which nobody had it."""
        total = nobodys = 0
        for each in self.material.facts.tickets:
            for part in each.hands.split():
                name, _, span = part.partition("=")
                total += int(span)
                nobodys += int(span) if name == NOBODY else 0
        return replace(
            figure,
            name="ownerless.share",
            title="Share of time without an assignee",
            unit=Unit.SHARE,
            value=nobodys / total if total else None,
            caveats=(*self._owner_caveats(), "a share of time, not of tickets: no interval"),
        )

    # quality

    def _quality(self) -> Iterator[Entry]:
        material = self.material
        facts, period = material.facts, material.period
        places = [place for place, row in enumerate(material.rows) if row.reopens]
        solved = sum(bool(row.resolves or row.closed_at) for row in material.rows)
        figure = counting.share(
            material, places, solved, name="reopens", title="Reopened",
            caveats=("any return from resolved or closed",),
        )  # fmt: skip
        yield Entry("reopens", QUALITY, figure)
        for kind in reopens.KINDS:
            by = reopens.reopened(facts, kind, period)
            yield Entry(f"reopens.{kind}", QUALITY, by)
        for with_likely in (False, True):
            disguised = reopens.disguised(facts, period, with_likely=with_likely)
            has_services = any(row.service for row in material.rows)
            support = Support.EXACT if has_services else Support.NONE
            reason = "" if has_services else "the file names no services to compare"
            yield Entry(disguised.name, QUALITY, disguised, support, reason)
        lacking = [place for place, row in enumerate(material.rows) if row.missing]
        if any(row.missing for row in material.rows):
            figure = counting.share(
                material, lacking, len(material.rows), name="missing_updates",
                title="Tickets with updates missing from the file",
                values={place: float(material.rows[place].missing) for place in lacking},
                caveats=("by gaps in the source’s own count of updates",),
            )  # fmt: skip
            yield Entry("missing_updates", QUALITY, figure)

    # causes

    def _causes(self) -> Iterator[Entry]:
        material = self.material
        for kind, pareto in self.paretos.items():
            by_key = _grouped([getattr(row, kind) for row in material.rows])
            for each in pareto.rows[:MOST_OFFENDERS]:
                figure = counting.count(
                    material, by_key[each.key], name=f"offender.{kind}.{each.key}", title=each.key,
                    caveats=("time until it was solved for good",),
                )  # fmt: skip
                yield Entry(figure.name, CAUSES, figure)
        for rank, group in enumerate(self.recurring, 1):
            places = [material.places[ticket] for ticket in group.tickets]
            figure = counting.count(
                material, places, name=f"recurring.{rank}", title=label_of(group),
                caveats=("found from words and facts; a guess, which nobody has confirmed",),
            )  # fmt: skip
            yield Entry(figure.name, CAUSES, figure)


def label_of(group: Recurrence) -> str:
    """The words of the ticket most like the others, cut to a line."""
    words = " ".join(group.label.split())
    return words if len(words) <= LABEL else f"{words[: LABEL - 1]}…"


def _grouped(values: Sequence[str]) -> dict[str, list[int]]:
    """The places of each value, in order of the values; what is empty is left out."""
    found: dict[str, list[int]] = {}
    for place, value in enumerate(values):
        if value:
            found.setdefault(value, []).append(place)
    return dict(sorted(found.items()))
