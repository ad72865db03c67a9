"""The figures of a pack, by key: each with its support, in the order in which they are written."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING

from commondesk.core.metrics import backlog, mirage, offenders, ownerless, promise, reopens, speed
from commondesk.core.metrics.counting import AFTER_THE_FACT
from commondesk.core.metrics.facts import LIKELY, SURE
from commondesk.core.metrics.figure import Figure, Unit, count_of
from commondesk.core.metrics.mirage import Mirage
from commondesk.core.metrics.offenders import Pareto
from commondesk.core.metrics.recurring import Matter, Recurrence, recurrences
from commondesk.core.record.events import ClockName
from commondesk.core.record.instant import Instant
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.lens import Population
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import counting, in_words, signals, sources
from commondesk.review.pack.curves import Spans
from commondesk.review.pack.material import Material, listed
from commondesk.review.pack.rows import text_of
from commondesk.review.pack.sharing import beside
from commondesk.review.pack.tables import Behind, by_stream

if TYPE_CHECKING:
    import pyarrow as pa

SPEED, PROMISE, FLOW, HANDS, QUALITY, CAUSES, SIGNALS, SOURCES = (
    *("speed", "promise", "flow", "hands", "quality", "causes", "signals", "sources"),
)
ON_THE_WALL = gettext_noop("on the wall (24/7)")
LIVED_RESOLUTION = gettext_noop("Resolution, as people lived it")
KINDS = ("service", "category", "item", "site", "requester", "team")
MOST_OFFENDERS = 10
MOST_PAIRS = 12
MOST_GROUPS = 15
MANY = 20_000
"""From so many tickets with words on, another process compares them meanwhile."""
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


def title_of(key: str, title: str) -> str:
    """What a figure is called in the language that is spoken; names from the file stay."""
    return title if key.startswith(_NAMED_BY_THE_FILE) else in_words.in_words(title)


_NAMED_BY_THE_FILE = ("offender.", "recurring.")


@dataclass(frozen=True)
class Figures:
    """All figures of a pack."""

    material: Material

    @cached_property
    def entries(self) -> dict[str, Entry]:
        """Every figure by its key."""
        return self._worked_out[0]

    @property
    def recurring(self) -> tuple[Recurrence, ...]:
        """Groups of tickets that say the same, most time lost first."""
        return self._worked_out[1]

    @cached_property
    def _worked_out(self) -> tuple[dict[str, Entry], tuple[Recurrence, ...]]:
        """The figures, and what recurs: where there is much to compare, a process beside this one
        does that, and must not ask the database."""
        said = self.material.tables.arrow(_SAID)
        with ExitStack() as stack:
            grouped: Callable[[], tuple[Recurrence, ...]] = partial(_recurrences, said)
            if said.num_rows >= MANY:
                grouped = stack.enter_context(beside(grouped))
            before, after = list(self._before_recurring()), list(self._after_recurring())
            recurring = grouped()
        self._keep_members(recurring)
        entries = [*before, *self._recurring(recurring), *after]
        return {each.key: self._as_carried(each) for each in entries}, recurring

    def _keep_members(self, groups: Sequence[Recurrence]) -> None:
        members = [(rank, each) for rank, group in enumerate(groups, 1) for each in group.tickets]
        self.material.tables.keep("recurring", {"rank": "int32", "ticket": "string"}, members)

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
        found = {}
        for kind in KINDS:
            told = offenders.offenders(self.material.facts, kind, self.material.period)
            if len(told.rows) > 1 and told.unnamed < told.count / 2:
                found[kind] = told
        return found

    @cached_property
    def pairs(self) -> list[tuple[tuple[str, str], int]]:
        """The pairs of teams with ping-pong, each with the number of its tickets, most first."""
        query = (
            "SELECT least(one, other), greatest(one, other), COUNT(DISTINCT place)"
            " FROM pack.trips GROUP BY ALL"
        )
        told = [
            ((one, other), int(number)) for one, other, number in self.material.tables.rows(query)
        ]
        return sorted(told, key=lambda each: (-each[1], each[0]))

    def _before_recurring(self) -> Iterator[Entry]:
        yield from self._speed()
        yield from self._promise()
        yield from self._flow()
        yield from self._hands()
        yield from self._quality()
        yield from self._offenders()

    def _after_recurring(self) -> Iterator[Entry]:
        for key, figure, support, reason in signals.signals(self.material, self.usual):
            yield Entry(key, SIGNALS, figure, support, reason)
        for key, figure, support, reason in sources.figures(self.material):
            yield Entry(key, SOURCES, figure, support, reason)

    # speed

    def _speed(self) -> Iterator[Entry]:
        material = self.material
        yield from self._response()
        calendar = material.terms.agreement.default_calendar if material.terms.title else "24/7"
        for lens in listed((self.lived, self.usual)):
            is_lived, by_lens = lens == self.lived, in_words.RESOLUTION_BY_LENS
            figure = counting.time_to(
                material, ClockName.RESOLUTION, lens, caveats=self._timed(calendar),
                title=LIVED_RESOLUTION if is_lived else by_lens % {"lens": lens},
            )  # fmt: skip
            yield Entry(f"time.resolution.{lens}", SPEED, figure)
        yield from self._definitions()
        yield from self._slices(calendar)

    def _timed(self, calendar: str) -> tuple[str, ...]:
        told = in_words.WORKING_TIME_OF % {"calendar": calendar}
        hours = ON_THE_WALL if calendar == "24/7" else told
        return (hours, *self.material.terms.caveats)

    def _response(self) -> Iterator[Entry]:
        material = self.material
        if material.has_messages:
            facts, period = material.facts, material.period
            automatic = by_stream(
                material.tables,
                f"first_automatic IS NOT NULL AND {material.within('started_at')}",
                table="ticket_facts", verdict="'automatic'", value="first_automatic",
            )  # fmt: skip
            for figure in (
                counting.time_to(
                    material,
                    ClockName.RESPONSE,
                    self.lived,
                    title=gettext_noop("First human response"),
                ),
                counting.time_to(
                    material, ClockName.NEXT_REPLY, self.lived, title=gettext_noop("Next reply")
                ),
                replace(speed.first_automatic(facts, period), behind=automatic),
            ):
                key = f"{figure.name}.{figure.lens}" if figure.lens else figure.name
                yield Entry(key, SPEED, figure)
            return
        figure = counting.spans(
            material,
            "touched_at - opened_at",
            f"CASE WHEN touched_at IS NULL AND is_open THEN {material.at} - opened_at END",
            name="time.first_touch",
            title=gettext_noop("First sign of work, in place of a first response"),
            caveats=(
                gettext_noop("a proxy: when somebody first took it, let it wait or resolved it"),
                ON_THE_WALL,
            ),
        )  # fmt: skip
        reason = gettext_noop(
            "the file has no messages: nobody can tell when a person first answered"
        )
        yield Entry("time.first_touch", SPEED, figure, Support.PROXY, reason)

    def _definitions(self) -> Iterator[Entry]:
        """Resolution as each definition has it, all on the wall."""
        material = self.material
        none = "CAST(NULL AS BIGINT)"
        waiting = f"CASE WHEN took IS NULL AND closed_at IS NULL THEN {material.at} - opened_at END"
        for key, title, ended, still_open in (
            ("claimed", gettext_noop("Opened to resolved_at, where the file has one"),
             "pack.since(claimed_at, opened_at)", none),
            ("first", gettext_noop("Opened to the first resolve"),
             "pack.since(first_resolved_at, opened_at)", waiting),
            ("last", gettext_noop("Opened to the resolve that stands"), "took", waiting),
            ("last_row", gettext_noop("Opened to the last row that says Resolved"),
             "pack.since(last_row_at, opened_at)", none),
            ("closed", gettext_noop("Opened to closing"), "closed_at - opened_at", waiting),
        ):  # fmt: skip
            if material.tables.count(f"({ended}) IS NOT NULL"):
                figure = counting.spans(
                    material, ended, still_open, name=f"resolved.{key}", title=title,
                    caveats=(ON_THE_WALL,),
                )  # fmt: skip
                yield Entry(figure.name, SPEED, figure)

    def _slices(self, calendar: str) -> Iterator[Entry]:
        """Resolution as people lived it, by priority and by month."""
        material, clock = self.material, ClockName.RESOLUTION
        timed = material.timed(clock, self.lived)
        told = material.tables.arrow(
            "SELECT u.used, u.ended_at IS NULL AS is_open, r.priority, h.month"  # noqa: S608
            f" FROM (SELECT * FROM unit_facts WHERE {timed}) u"
            " JOIN pack.rows r ON r.stream = u.ticket"
            " JOIN pack.hours h ON h.hour = r.opened_hour"
        )
        months = "opened_hour IN (SELECT hour FROM pack.hours WHERE month = {})"
        for by, condition in ((BY_PRIORITY, "priority = {}"), (BY_MONTH, months)):
            of_each = grouped(told, by)
            for key in self._values(by):
                where = condition.format(text_of(key))
                figure = counting.time_to(
                    material, clock, self.lived, title=in_words.RESOLUTION_OF % {"slice": key},
                    caveats=self._timed(calendar), spans=of_each(key),
                    where=f"ticket IN (SELECT stream FROM pack.rows WHERE {where})",  # noqa: S608
                )  # fmt: skip
                yield Entry(f"time.resolution.{by}.{key}", SPEED, figure)

    def _values(self, by: str) -> list[str]:
        """The priorities, or the months of opening, that there are."""
        query = (
            f"SELECT DISTINCT {by} FROM pack.rows r"  # noqa: S608
            f" JOIN pack.hours h ON h.hour = r.opened_hour WHERE {by} <> '' ORDER BY 1"
        )
        return [value for (value,) in self.material.tables.rows(query)]

    # promise

    def _promise(self) -> Iterator[Entry]:
        material = self.material
        for clock in material.judged:
            for lens in material.facts.scheme.named:
                figure = self._judged(clock, lens)
                if figure.count or figure.undecided:
                    titled = replace(figure, title=f"{figure.title}, {lens}")
                    yield Entry(f"attainment.{clock.value}.{lens}", PROMISE, titled)
            for priority in self._values(BY_PRIORITY):
                for lens in listed((self.usual, self.lived)):
                    figure = self._judged(clock, lens, priority)
                    if figure.count or figure.undecided:
                        key = f"attainment.{clock.value}.{priority}.{lens}"
                        titled = replace(figure, title=f"{figure.title}, {lens}")
                        yield Entry(key, PROMISE, titled)
        for clock, told in self.mirages.items():
            for part in told.parts:
                figure = self._part(clock, part.setting)
                yield Entry(figure.name, PROMISE, figure)
        yield from self._claimed()

    def _judged(self, clock: ClockName, lens: str, priority: str = "") -> Figure:
        """The attainment of a clock, of all tickets or of those of a priority."""
        material = self.material
        figure = promise.attainment(
            material.facts, clock, lens, material.period, material.terms.caveats, priority=priority
        )
        population = material.facts.scheme.named[lens].population
        among = material.within("ended_at")
        if population is Population.DUE:
            among = f"(verdict = '{Verdict.UNDECIDED.value}' OR {material.within('due_at')})"
        where = f"clock = '{clock.value}' AND {material.told_by(lens)} AND apart = '' AND {among}"
        if priority:
            where += f" AND priority = {text_of(priority)}"
        return replace(figure, behind=by_stream(material.tables, where))

    def _part(self, clock: ClockName, setting: str) -> Figure:
        material = self.material
        found = material.counts.changed(clock)[setting]
        return count_of(
            found, name=f"part.{clock.value}.{setting}",
            title=in_words.SETTING_CHANGES % {"setting": setting},
            period=material.period, still_open=0, caveats=material.terms.caveats,
            behind=Behind(material.tables, self._verdicts(clock, setting), is_by_place=False),
        )  # fmt: skip

    def _verdicts(self, clock: ClockName, setting: str) -> str:
        """The tickets of a part, each with its verdicts under the usual and the lived lens."""
        sides = [
            f"COALESCE(string_agg(v.words, ', ' ORDER BY u.cycle, u.lenses)"
            f" FILTER (WHERE u.{self.material.told_by(lens)}), 'not counted')"
            for lens in (self.usual, self.lived)
        ]
        told = " || ' → ' || ".join(sides)
        return (
            f"SELECT c.ticket AS key, {told} AS verdict,"  # noqa: S608
            " CAST(NULL AS DOUBLE) AS value FROM pack.changed c"
            f" LEFT JOIN unit_facts u ON u.ticket = c.ticket AND u.clock = '{clock.value}'"
            " LEFT JOIN pack.verdicts v ON v.verdict = COALESCE(NULLIF(u.apart, ''), u.verdict)"
            f" WHERE c.clock = '{clock.value}' AND c.setting = '{setting}' GROUP BY c.ticket"
        )

    def _claimed(self) -> Iterator[Entry]:
        material, claims = self.material, self.material.exhibit.claims
        if not claims.flagged:
            return
        figure = counting.share(
            material, "is_missed", claims.flagged, name="claimed.missed", verdict="missed",
            title=in_words.MISSED_BY_FLAG % {"flag": claims.flag},
            caveats=(
                gettext_noop(
                    "the vendor’s own judgement: which target and which clock it used is not in"
                    " the file; one verdict a ticket, from its last row"
                ),
            ),
        )  # fmt: skip
        yield Entry("claimed.missed", PROMISE, figure)
        rows = replace(
            figure,
            name="claimed.rows",
            title=in_words.ROWS_BY_FLAG % {"flag": claims.flag},
            value=claims.rows_missed / claims.rows if claims.rows else None,
            count=claims.rows,
            still_open=0,
            interval=None,
            units=0,
            caveats=(
                gettext_noop(
                    "wrong as an answer: rows are updates, not tickets, and a ticket’s flag turns"
                    " only once its target is gone, so most rows of a missed ticket still say it"
                    " was met"
                ),
            ),
            behind=tuple,
        )
        yield Entry(
            "claimed.rows", PROMISE, rows, Support.NONE, gettext_noop("counts rows, not tickets")
        )

    # flow

    def _flow(self) -> Iterator[Entry]:
        material = self.material
        at = material.at
        yield Entry(
            "volume", FLOW,
            counting.count(
                material, "TRUE", name="volume", title=gettext_noop("Tickets in the file")
            ),
        )  # fmt: skip
        ages = " ".join(
            f"WHEN {at} - started_at < {until} THEN '{title}'"  # not for readers
            for title, until in backlog.AGES
        )
        behind = by_stream(
            material.tables, open_at(at), table="ticket_facts", verdict=f"CASE {ages} END",
            value=f"{at} - started_at",
        )  # fmt: skip
        figure = backlog.backlog(material.facts, material.period)
        yield Entry("backlog", FLOW, replace(figure, behind=behind))

    # hands

    def _hands(self) -> Iterator[Entry]:
        material = self.material
        had = material.tables.count("len(teams) > 0")
        caveats = (gettext_noop("by the teams that it was given to, one after another"),)
        for name, title, where in (
            ("bounces", gettext_noop("Came back to a team that had had it"), "returns > 0"),
            ("bounces.straight", gettext_noop("Ping-pong: to another team and straight back"),
             "place IN (SELECT place FROM pack.trips)"),
        ):  # fmt: skip
            figure = counting.share(material, where, had, name=name, title=title, caveats=caveats)
            yield Entry(name, HANDS, figure)
        for (one, other), _ in self.pairs[:MOST_PAIRS]:
            both = f"({text_of(one)}, {text_of(other)})"
            figure = counting.count(
                material,
                "place IN (SELECT place FROM pack.trips"  # noqa: S608
                f" WHERE one IN {both} AND other IN {both})",
                name=f"bounces.between.{one}.{other}",
                title=in_words.PING_PONG_BETWEEN % {"one": one, "other": other}, caveats=caveats,
            )  # fmt: skip
            yield Entry(figure.name, HANDS, figure)
        alone = ownerless.ownerless(material.facts, material.period)
        lay = by_stream(
            material.tables,
            f"ownerless_wall > 0 AND opening <> '{AFTER_THE_FACT}'"
            f" AND {material.within('started_at')}",
            table="ticket_facts", value="ownerless",
            verdict="CASE WHEN is_alone = 1 THEN 'nobody has it' ELSE 'was owned' END",
        )  # fmt: skip
        told = replace(alone.figure, caveats=self._owner_caveats(), behind=lay)
        yield Entry("ownerless", HANDS, told)
        yield Entry("ownerless.share", HANDS, self._alone(told))
        figure = counting.share(
            material, "is_told AND is_owned = 0", len(material.exhibit.tickets),
            name="ownerless.never", title=gettext_noop("Never had a named person"),
            caveats=self._owner_caveats(),
        )  # fmt: skip
        yield Entry("ownerless.never", HANDS, figure)

    def _owner_caveats(self) -> tuple[str, ...]:
        return (
            gettext_noop("until the resolve that stands; a group without a named person is nobody"),
        )

    def _alone(self, figure: Figure) -> Figure:
        """The share of all time to the resolve in which nobody had it."""
        alone, total = self.material.tables.row("SELECT SUM(alone), SUM(total) FROM pack.told")
        return replace(
            figure,
            name="ownerless.share",
            title=gettext_noop("Share of time without an assignee"),
            unit=Unit.SHARE,
            value=int(alone) / int(total) if total else None,
            caveats=(
                *self._owner_caveats(),
                gettext_noop("a share of time, not of tickets: no interval"),
            ),
        )

    # quality

    def _quality(self) -> Iterator[Entry]:
        material = self.material
        facts, period, tables = material.facts, material.period, material.tables
        figure = counting.share(
            material, "reopens > 0", tables.count("len(resolved_ats) > 0 OR closed_at IS NOT NULL"),
            name="reopens", title=gettext_noop("Reopened"),
            caveats=(gettext_noop("any return from resolved or closed"),),
        )  # fmt: skip
        yield Entry("reopens", QUALITY, figure)
        for kind in reopens.KINDS:
            by = reopens.reopened(facts, kind, period)
            back = self._back(f"by_{kind} = 1 AND {material.within('first_resolved_at')}")
            yield Entry(f"reopens.{kind}", QUALITY, replace(by, behind=back))
        for with_likely in (False, True):
            disguised = reopens.disguised(facts, period, with_likely=with_likely)
            kinds = f"('{SURE}', '{LIKELY}')" if with_likely else f"('{SURE}')"
            back = self._back(f"joined IN {kinds} AND {material.within('started_at')}")
            has_services = tables.count("service <> ''") > 0
            support = Support.EXACT if has_services else Support.NONE
            reason = "" if has_services else gettext_noop("the file names no services to compare")
            yield Entry(disguised.name, QUALITY, replace(disguised, behind=back), support, reason)
        if tables.count("missing > 0"):
            figure = counting.share(
                material, "missing > 0", len(material.exhibit.tickets), name="missing_updates",
                title=gettext_noop("Tickets with updates missing from the file"), value="missing",
                caveats=(gettext_noop("by gaps in the source’s own count of updates"),),
            )  # fmt: skip
            yield Entry("missing_updates", QUALITY, figure)

    def _back(self, where: str) -> Behind:
        verdict = f"CASE WHEN {open_at(self.material.at)} THEN 'open again' ELSE 'solved again' END"
        return by_stream(
            self.material.tables, f"opening <> '{AFTER_THE_FACT}' AND {where}",
            table="ticket_facts", verdict=verdict, value="",
        )  # fmt: skip

    # causes

    def _offenders(self) -> Iterator[Entry]:
        material = self.material
        for kind, pareto in self.paretos.items():
            for each in pareto.rows[:MOST_OFFENDERS]:
                figure = counting.count(
                    material, f"{kind} = {text_of(each.key)}", name=f"offender.{kind}.{each.key}",
                    title=each.key, caveats=(gettext_noop("time until it was solved for good"),),
                )  # fmt: skip
                yield Entry(figure.name, CAUSES, figure)

    def _recurring(self, groups: Sequence[Recurrence]) -> Iterator[Entry]:
        material = self.material
        for rank, group in enumerate(groups, 1):
            figure = counting.count(
                material, f"stream IN (SELECT ticket FROM pack.recurring WHERE rank = {rank})",  # noqa: S608
                name=f"recurring.{rank}", title=label_of(group),
                caveats=(
                    gettext_noop("found from words and facts; a guess, which nobody has confirmed"),
                ),
            )  # fmt: skip
            yield Entry(figure.name, CAUSES, figure)


def _recurrences(said: pa.Table) -> tuple[Recurrence, ...]:
    """The groups of tickets that say the same, of the columns of _SAID."""
    return recurrences(_matters(said), most=MOST_GROUPS)


def _matters(said: pa.Table) -> Iterator[Matter]:
    texts: dict[str, str] = {}
    facts: dict[tuple[str, ...], tuple[str, ...]] = {}
    for batch in said.to_batches(MANY):
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        for stream, subject, *named, opened_at, lost, is_open in rows:
            about = tuple(named)
            if about not in facts:
                kinds = zip(("service", "category", "item", "site"), named, strict=True)
                facts[about] = tuple(f"{kind}:{name}" for kind, name in kinds if name)
            yield Matter(
                ticket=stream,
                words=texts.setdefault(subject, subject),
                facts=facts[about],
                opened_at=opened_at,
                lost=lost,
                is_open=is_open,
            )


_SAID = """
SELECT stream, subject, service, category, item, site, opened_at, lost, is_unsettled
FROM pack.rows
WHERE is_told AND subject <> ''
"""


def label_of(group: Recurrence) -> str:
    """The words of the ticket most like the others, cut to a line."""
    words = " ".join(group.label.split())
    return words if len(words) <= LABEL else f"{words[: LABEL - 1]}…"


def open_at(at: Instant) -> str:
    """The condition that a ticket of `ticket_facts` was open then."""
    return f"started_at <= {at} AND (settled_at IS NULL OR settled_at > {at})"


def grouped(told: pa.Table, by: str) -> Callable[[str], Spans]:
    """The spans of units by the values of a column; of a value that none has, no spans."""
    import numpy as np

    column = told[by].combine_chunks().dictionary_encode()
    codes = column.indices.to_numpy()
    known = {value: code for code, value in enumerate(column.dictionary.to_pylist())}
    used, is_open = told["used"].to_numpy(), told["is_open"].to_numpy()
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(known) + 1))

    def spans(value: str) -> Spans:
        code = known.get(value, -1)
        mine = order[bounds[code] : bounds[code + 1]] if code >= 0 else order[:0]
        some = is_open[mine]
        return Spans(used[mine][~some], used[mine][some])

    return spans
