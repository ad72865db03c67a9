"""Any table of tickets, with a mapping that says what its columns mean, to events.

docs/readers.md tells how a mapping is written and what each column becomes.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from itertools import groupby, pairwise
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Certainty, Side
from commondesk.core.record.instant import DAY, Instant
from commondesk.core.texts import gettext_noop
from commondesk.readers import proposing, tables, wordings
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
    UnusableExport,
)
from commondesk.readers.mapping import MISSING, TIMES, Meanings, Rows, is_never, mapping_of
from commondesk.readers.signs import Verdicts, closing_is_judged
from commondesk.readers.telling import (
    ACTIVE,
    CLOSED,
    RESOLVED,
    Change,
    Meaning,
    Story,
    Timed,
    Trace,
)
from commondesk.readers.times import (
    AmbiguousTimes,
    Clock,
    Evidence,
    Form,
    NoTime,
    Order,
    reading_of,
)

NAME = "table"
TITLE = gettext_noop("any table (CSV, XLSX, JSON Lines, Parquet) with a mapping")
SOURCE = "table"
NO_REQUESTER = "Unknown requester"
NO_AGENT = "Unknown agent"
LONGEST_NAME = 300
"""Characters of a name, a state or a number; more is a sign of shifted cells."""
MET = frozenset({"true", "yes", "1", "met", "within", "achieved", "oui", "ja"})
SAMPLE = 5_000


def fits(head: Head) -> Fit | None:
    """Whether a file is a table at all; what its columns mean is for a mapping to say."""
    format_ = tables.format_of(head)
    if format_ is None:
        return None
    return Fit(0.2, f"it is {format_}; a mapping says what its columns mean")


def proposed(source: Source) -> str:
    """A mapping for a table as text, with reasons and questions. Raises UnusableExport."""
    return proposing.proposed(source)


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The tickets of a table; several files of the same columns are read one after another."""
    if not asked.mapping.strip():
        text = "a table needs a mapping, which says what its columns mean: have one proposed first"
        raise UnusableExport([Problem(0, "", text)])
    meanings = mapping_of(asked.mapping)
    table = _Table(meanings, asked.zone or meanings.zone, quality)
    # Sorting reads all rows: only then is it known how times are written.
    rows = tables.grouped(table.taken(sources))
    first = next(rows, None)
    if first is None and not quality.problems:
        quality.refuse(Problem(0, "", "there is no ticket below the header"))
    clocks = table.settled()
    quality.require_sound()
    assert first is not None
    tell = _OneRow if meanings.rows is Rows.TICKET else _ManyRows
    teller = tell(asked, meanings, clocks, quality)
    before = quality.tickets
    for number, some in groupby(_again(first, rows), key=lambda row: row[0]):
        ticket = teller.ticket(
            number, [_Cells(row, values, table.places) for _, row, values in some]
        )
        if ticket is not None:
            yield ticket
    if quality.tickets == before and not quality.problems:
        quality.refuse(Problem(0, "", "no ticket is left: every row had to be left out"))
    teller.end()


def _again(first: tables.Sorted, rows: Iterator[tables.Sorted]) -> Iterator[tables.Sorted]:
    yield first
    yield from rows


# ---- the rows -------------------------------------------------------------------------------


class _Cells:
    """The mapped cells of a row, by our names. What is missing is empty."""

    __slots__ = ("_places", "_values", "row", "times")

    def __init__(self, row: int, values: Sequence[str], places: Mapping[str, int]) -> None:
        self.row = row
        self.times: dict[str, Instant] = {}
        """Those that were read already."""
        self._values = values
        self._places = places

    def __getitem__(self, name: str) -> str:
        place = self._places.get(name)
        return self._values[place] if place else ""

    @property
    def sha256(self) -> str:
        """The SHA-256 of the whole row."""
        return self._values[0]

    @property
    def all(self) -> Sequence[str]:
        """Every cell."""
        return self._values[1:]


_ONE = frozenset({"team", "owner", "requester", "opener", "updated_by"})
_SEVERAL = re.compile(r"<br */?>|[\r\n]+")
"""What stands between several names in one cell, as GLPI writes it."""
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def sha256_of(values: Mapping[str, str]) -> str:
    """The SHA-256 of a row: of the JSON list of its values, columns in alphabetical order."""
    listed = [values[name] for name in sorted(values)]
    return hashlib.sha256(_encode(listed).encode()).hexdigest()


class _Table:
    """Takes the rows of a table in, and learns from all of them how times are written."""

    def __init__(self, meanings: Meanings, zone: ZoneInfo | None, quality: Quality) -> None:
        self._meanings = meanings
        self._zone = zone
        self._quality = quality
        self._evidence = {
            name: Evidence(heading) for name, heading in meanings.columns.items() if name in TIMES
        }
        missing = MISSING | meanings.missing
        self._columns = [
            (name, heading, self._evidence.get(name), missing)
            for name, heading in meanings.columns.items()
        ]
        self.places = {name: place for place, name in enumerate(meanings.columns, 1)}
        """Where each cell stands, behind the SHA-256."""
        self._marks: Counter[tuple[str, str]] = Counter()
        self._unseen = set(meanings.columns.values())
        self._seen: dict[str, None] = {}

    def taken(self, sources: Sequence[Source]) -> Iterator[tables.Sorted]:
        """Each row by its ticket: the SHA-256 of all of it, and the mapped cells."""
        above = 0
        for source in sources:
            last = 0
            unseen = set(self._meanings.columns.values())
            for row, values in tables.rows_of(source, self._quality, self._meanings.layout):
                last = row
                if unseen:
                    unseen = {each for each in unseen if not tables.has(values, each)}
                    self._learn(values)
                cells = self._cells(values, above + row)
                if number := cells[self.places["number"] - 1]:
                    yield number, above + row, [sha256_of(values), *cells]
                else:
                    text = gettext_noop(
                        "rows without a number of a ticket, such as sums; they were left out"
                    )
                    example = f"row {above + row}"
                    self._quality.note("numberless", Sort.DROPPED, text, example=example)
            above += last
            if len(sources) > 1:
                self._tell_unseen(source.name, unseen, is_empty=not last)

    def _tell_unseen(self, name: str, unseen: set[str], *, is_empty: bool) -> None:
        """Say which columns one of several files lacks."""
        if is_empty or len(unseen) == len(self._meanings.columns):
            text = gettext_noop(
                "files without any row or column of the mapping; nothing was read from them"
            )
            self._quality.note("strange_files", Sort.DROPPED, text, example=name)
            return
        for heading in sorted(unseen):
            text = gettext_noop("columns that one of the files does not have; missing there")
            example = f"{heading} in {name}"
            self._quality.note("lacking_columns", Sort.ABSENT, text, example=example)

    def _learn(self, values: tables.Row) -> None:
        if self._unseen:
            self._unseen = {each for each in self._unseen if not tables.has(values, each)}
            self._seen |= dict.fromkeys(values)

    def _cells(self, values: tables.Row, row: int) -> list[str]:
        cells = []
        for name, heading, evidence, missing in self._columns:
            value = tables.cell(values, heading)
            if value in missing or (evidence is not None and is_never(value)):
                if value:
                    self._marks[heading, value] += 1
                    value = ""
            elif evidence is not None:
                evidence.hear(value, row)
            elif name in _ONE and _SEVERAL.search(value):
                value = self._first(value, heading, row)
            elif len(value) > LONGEST_NAME and name != "subject":
                text = f"has {len(value):,} characters: that is no {name}"
                self._quality.refuse(Problem(row, heading, text))
            cells.append(value)
        return cells

    def _first(self, value: str, heading: str, row: int) -> str:
        """The first of several names in a cell; which of them came last is not told."""
        text = gettext_noop("cells that name several teams or people; the first of each was taken")
        example = f"{heading} in row {row}"
        self._quality.note("several_names", Sort.DOUBTFUL, text, example=example)
        return next((each.strip() for each in _SEVERAL.split(value) if each.strip()), "")

    def settled(self) -> dict[str, Clock]:
        """How each column of times is read; what nobody can tell becomes a problem."""
        for heading in sorted(self._unseen):
            near = get_close_matches(heading, self._seen, 1)
            listed = ", ".join(list(self._seen)[:30])
            told = f"did you mean {near[0]!r}?" if near else f"the table has {listed}"
            problem = Problem(0, heading, f"the table has no such column; {told}")
            self._quality.refuse(problem)
        for (heading, mark), count in self._marks.items():
            text = gettext_noop("cells that stand for missing")
            example = f"{mark} in {heading} ({count:,})"
            self._quality.note("missing_marks", Sort.READ, text, example=example, count=count)
        clocks = {name: self._clock(name) for name in self._evidence}
        self._tell_zone()
        return clocks

    def _clock(self, name: str) -> Clock:
        evidence = self._evidence[name]
        order = Order.AS_WRITTEN
        others = {other: each for other, each in self._evidence.items() if other != name}
        try:
            reading = reading_of(evidence, self._meanings.orders.get(name), others)
        except AmbiguousTimes as question:
            text = gettext_noop("columns in which nothing shows how times are written")
            self._quality.note("asked_dates", Sort.DOUBTFUL, text, example=evidence.column)
            self._quality.refuse(Problem(0, evidence.column, str(question)))
        else:
            order = reading.order
            text = gettext_noop("columns of times, and how they are read")
            example = f"{evidence.column}: {order}, since {reading.why}"
            self._quality.note("dates", Sort.READ, text, example=example)
        zone = None if evidence.is_utc else self._zone
        return Clock(order, zone or ZoneInfo("UTC"))

    def _tell_zone(self) -> None:
        """Say what the offsets show, and how fine the times are."""
        offsets: Counter[object] = Counter()
        precisions: Counter[str] = Counter()
        months: set[int] = set()
        for each in self._evidence.values():
            offsets.update(each.offsets)
            precisions.update(each.precisions)
            months |= each.months
        without = offsets.pop(None, 0)
        if without and self._zone is None:
            text = gettext_noop(
                "times that name no zone, and none was given: they were taken for UTC"
            )
            self._quality.note("zoneless", Sort.DOUBTFUL, text, count=without)
            reason = gettext_noop("without the zone nobody knows what was within working hours")
            self._quality.carry("attainment", Support.PROXY, reason)
        if without and offsets:
            text = gettext_noop("times that name no zone, beside others that do")
            self._quality.note("mixed_zones", Sort.DOUBTFUL, text, count=without)
        is_all_year = bool(months & {12, 1, 2}) and bool(months & {6, 7, 8})
        if len(offsets) == 1 and is_all_year and not without and self._has_offset(offsets):
            text = gettext_noop(
                "times with the same offset in winter and in summer: where clocks are changed, half"
                " of them are an hour off"
            )
            self._quality.note("one_offset", Sort.DOUBTFUL, text, count=sum(offsets.values()))
        self._tell_precisions()
        if precisions and set(precisions) == {"day"}:
            reason = gettext_noop("times are whole days")
            for figure in ("time", "attainment"):
                self._quality.carry(figure, Support.PROXY, reason)

    def _tell_precisions(self) -> None:
        """Say which columns have whole days where others tell the time of day."""
        filled = [each for each in self._evidence.values() if each.precisions]
        coarse = [each.column for each in filled if set(each.precisions) == {"day"}]
        if not coarse or len(coarse) == len(filled):
            return
        text = gettext_noop(
            "columns that hold whole days, beside others with the time of day: those days begin at"
            " midnight here, so a span from or to one is up to a day off"
        )
        for heading in coarse:
            self._quality.note("coarse_times", Sort.DOUBTFUL, text, example=heading)
        reason = gettext_noop("some times are whole days")
        for figure in ("time", "attainment"):
            self._quality.carry(figure, Support.PROXY, reason)

    def _has_offset(self, offsets: Counter[object]) -> bool:
        """Whether they are the offsets of a zone; UTC and counts of seconds are the same always."""
        return any(offsets) and not any(each.forms[Form.EPOCH] for each in self._evidence.values())


# ---- what both kinds of rows have in common ---------------------------------------------------


MOST_TIMELESS = 20
SHARE_OF_TIMELESS = 0.01
"""So many rows without their time, or this share of all, are left out; more is an error."""


class _Unfit(ValueError):
    """A value that does not fit its column."""

    def __init__(self, row: int, name: str, text: str) -> None:
        super().__init__(text)
        self.row = row
        self.name = name


class _Timeless(_Unfit):
    """A row without the time that it cannot do without."""


_OF_SEVERAL = frozenset({"category", "service", "item", "site"})
"""What a ticket may have several of: then a join makes a row of each."""
Judgement = tuple[e.Priority, int, int]
"""Priority, impact and urgency."""


class _Teller:
    """Tells tickets of the groups of their rows."""

    def __init__(
        self, asked: Asked, meanings: Meanings, clocks: Mapping[str, Clock], quality: Quality
    ) -> None:
        self.asked = asked
        self.meanings = meanings
        self.clocks = clocks
        self.quality = quality
        self.verdicts = Verdicts()
        self._met = frozenset(word.casefold() for word in meanings.sla_met) or MET
        self._spans: list[tuple[bool, int, int]] = []

    def ticket(self, number: str, group: Sequence[_Cells]) -> ExportedTicket | None:
        """One ticket; None if it cannot be read, which is then noted as a problem."""
        try:
            self._hear_verdicts(group if self.meanings.rows is Rows.UPDATE else group[:1])
            return self._told(number, group)
        except _Unfit as unfit:
            if tables.is_cut_off(self.quality, unfit.row):
                return None
            if isinstance(unfit, _Timeless) and self.leaves_out(unfit, group):
                return None
            heading = self.meanings.columns.get(unfit.name, unfit.name)
            self.quality.refuse(Problem(unfit.row, heading, str(unfit)))
        return None

    def _told(self, number: str, group: Sequence[_Cells]) -> ExportedTicket:
        raise NotImplementedError

    def leaves_out(self, unfit: _Timeless, group: Sequence[_Cells]) -> bool:
        """Whether a row without its time is left out, and counted: a few are, many are an error."""
        cells = next(each for each in group if each.row == unfit.row)
        if not any(cells[name] for name in ("state", *TIMES)):
            text = gettext_noop("rows without a time and a state, such as sums; they were left out")
            self.quality.note("numberless", Sort.DROPPED, text, example=f"row {unfit.row}")
            return True
        heading = self.meanings.columns[unfit.name]
        text = wordings.TIMELESS % {"column": heading}
        self.quality.note("timeless", Sort.DROPPED, text, example=f"row {unfit.row}")
        most = max(MOST_TIMELESS, SHARE_OF_TIMELESS * self.quality.rows)
        return self.quality.count_of("timeless") <= most

    def end(self) -> None:
        """All tickets were told: say what they show together."""
        for name, clock in self.clocks.items():
            heading = self.meanings.columns[name]
            if clock.against:
                text = gettext_noop(
                    "times that can only be read against the order of their column, and were"
                )
                self.quality.note(
                    "against_order", Sort.REPAIRED, text, example=heading, count=clock.against
                )
            if clock.doubtful:
                text = gettext_noop("times in an hour that the zone skips or has twice")
                self.quality.note(
                    "doubtful_times", Sort.DOUBTFUL, text, example=heading, count=clock.doubtful
                )
        self.verdicts.tell(self.quality, judges_closing=closing_is_judged(self._spans))
        for figure in ("escalations", "bucket", "time.next_reply", "attainment.next_reply"):
            self.quality.carry(
                figure, Support.NONE, gettext_noop("the table has no messages and no tiers")
            )
        if "requester" not in self.meanings.columns:
            self.quality.carry(
                "offender.requester", Support.NONE, gettext_noop("no column names the requester")
            )

    # cells

    def time(self, cells: _Cells, name: str) -> Instant | None:
        """The time in a cell; None if it is missing. Raises _Unfit."""
        text = cells[name]
        if not text:
            return None
        try:
            if name not in cells.times:
                cells.times[name] = self.clocks[name].instant(text)
            return cells.times[name]
        except NoTime as problem:
            advice = "if it stands for none, add it to `missing` in the mapping"
            raise _Unfit(cells.row, name, f"{problem}; {advice}") from None

    def needed_time(self, cells: _Cells, name: str) -> Instant:
        """The time in a cell that must be there. Raises _Unfit."""
        at = self.time(cells, name)
        if at is None:
            raise _Timeless(cells.row, name, f"is missing: nothing else tells when it was {name}")
        return at

    def meaning(self, cells: _Cells) -> Meaning | None:
        """What its state means; None for one that says nothing, which is counted. Raises _Unfit."""
        state = cells["state"]
        meaning = self.meanings.states.get(state) if state else None
        if state and state not in self.meanings.states:
            raise _Unfit(cells.row, "state", self._not_said("states", state))
        if meaning is None and "state" in self.meanings.columns:
            text = gettext_noop("rows with an unknown state; it changes nothing")
            self.quality.note("unknown_states", Sort.DOUBTFUL, text, example=state or "none")
        return meaning

    def judgement(self, cells: _Cells) -> Judgement | None:
        """Its priority, impact and urgency. Raises _Unfit."""
        word = cells["priority"]
        if not word:
            return None
        if word not in self.meanings.priorities:
            raise _Unfit(cells.row, "priority", self._not_said("priorities", word))
        levels = (_level(cells["impact"]), _level(cells["urgency"]))
        return self.meanings.priorities[word], *levels

    def kind(self, cells: _Cells) -> e.Kind:
        """What it is; an incident where nothing says so. Raises _Unfit."""
        word = cells["kind"]
        if word and word not in self.meanings.kinds:
            raise _Unfit(cells.row, "kind", self._not_said("kinds", word))
        return self.meanings.kinds.get(word, e.Kind.INCIDENT)

    def channel(self, cells: _Cells) -> e.Channel:
        """How it came in; a word that the mapping does not have is the import itself."""
        word = cells["channel"]
        if word and word not in self.meanings.channels:
            text = gettext_noop("tickets of a channel that the mapping does not have")
            self.quality.note("unknown_channels", Sort.DOUBTFUL, text, example=word)
        return self.meanings.channels.get(word, e.Channel.IMPORT)

    def _not_said(self, field_: str, word: str) -> str:
        return f"{word!r} does not stand under `{field_}` in the mapping; say there what it means"

    def counter(self, cells: _Cells, name: str) -> int | None:
        """A count; None if it is missing. Raises _Unfit."""
        text = cells[name]
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,9})(?:[.,]0+)?", text, re.ASCII)
        if found is None:
            raise _Unfit(cells.row, name, f"{text[:60]!r} is no whole number")
        return int(found[1])

    # who

    def actor(self, story: Story, name: str) -> Actor:
        """Who did something: the requester, a machine, or somebody taken for the provider's."""
        if not name or self.is_machine(name):
            return story.machine
        return story.person(name, Side.PROVIDER)

    def is_machine(self, name: str) -> bool:
        """Whether the mapping says that a name is a program's."""
        return name in self.meanings.machines

    def owner(self, story: Story, name: str) -> str:
        """The id of whoever has it; a program has nothing."""
        if name and self.is_machine(name):
            text = gettext_noop("rows in which a program has the ticket; nobody has it then")
            self.quality.note("machine_owners", Sort.REPAIRED, text, example=name)
            return ""
        return story.person(name, Side.PROVIDER).id if name else ""

    def opened(self, story: Story, cells: _Cells, at: Instant) -> None:
        """The ticket began."""
        requester = cells["requester"] or NO_REQUESTER
        if not cells["requester"] and "requester" in self.meanings.columns:
            text = wordings.NOBODY_ASKED % {"name": NO_REQUESTER}
            self.quality.note("unknown_requesters", Sort.ABSENT, text, example=story.number)
        person = story.person(requester, Side.REQUESTER)
        opener = cells["opener"]
        story.open(
            at,
            self.actor(story, opener) if opener else person,
            requester=requester,
            channel=self.channel(cells),
            kind=self.kind(cells),
            subject=cells["subject"],
        )

    # the other desk's verdict

    def _hear_verdicts(self, group: Sequence[_Cells]) -> None:
        words = self._met
        met = [cells["sla"].casefold() in words for cells in group if cells["sla"]]
        self.verdicts.hear(met)
        last = group[-1]
        if met and len(self._spans) < SAMPLE:
            names = ("opened", "resolved", "closed")
            opened, resolved, closed = (self.time(last, name) for name in names)
            if opened is not None and resolved is not None and closed is not None:
                self._spans.append((met[-1], resolved - opened, closed - opened))


@lru_cache(maxsize=1024)
def _level(text: str) -> int:
    """The digit with which a label such as `3 - Moderate` begins; 0 if it has none."""
    found = re.match(r"([1-4])(?!\d)", text)
    return int(found[1]) if found else 0


# ---- one row a ticket -----------------------------------------------------------------------


class _OneRow(_Teller):
    """A row is a ticket as it was when the export was made: a few times, and last values."""

    def __init__(
        self, asked: Asked, meanings: Meanings, clocks: Mapping[str, Clock], quality: Quality
    ) -> None:
        super().__init__(asked, meanings, clocks, quality)
        self._reopened = 0

    def _told(self, number: str, group: Sequence[_Cells]) -> ExportedTicket:
        cells = group[0]
        self._settle_twins(number, group)
        opened_at = self.needed_time(cells, "opened")
        story = Story(self.asked.company, SOURCE, number, cells.row, self.quality)
        self.opened(story, cells, opened_at)
        trace = Trace(cells.row, 0, cells.sha256, cells["state"])
        story.hear_of_times(trace, opened_at, self._changes(story, cells, opened_at))
        for twin in group[1:]:
            story.hear_of_times(Trace(twin.row, 0, twin.sha256, twin["state"]), opened_at, ())
        return story.ticket()

    def _settle_twins(self, number: str, group: Sequence[_Cells]) -> None:
        """Rows that say the same are a join's; rows that differ cannot both be the ticket."""
        first = group[0]
        for twin in group[1:]:
            names = [name for name in self.meanings.columns if first[name] != twin[name]]
            if names and set(names) <= _OF_SEVERAL:
                text = gettext_noop(
                    "rows that repeat a ticket with another category, service or thing, as joins"
                    " make them; each ticket counts once, with those of its first row"
                )
                self.quality.note("several_labels", Sort.DOUBTFUL, text, example=f"row {twin.row}")
                continue
            if names:
                differing = ", ".join(self.meanings.columns[name] for name in names)
                text = (
                    f"{number} stands in row {first.row} already, with another {differing}. If a"
                    " row is an update, say `rows: update`; if it is a message or a task of its"
                    " ticket, leave such columns out of the mapping"
                )
                raise _Unfit(twin.row, "number", text)
            text = gettext_noop(
                "rows that repeat a ticket, as joins make them; each ticket counts once"
            )
            self.quality.note("repeated_rows", Sort.DROPPED, text, example=f"row {twin.row}")

    def _changes(self, story: Story, cells: _Cells, opened_at: Instant) -> list[Timed]:
        """What the row tells, in the order of time. Last values are estimates of earlier ones."""
        guessed, known = Certainty.ESTIMATED, Certainty.IMPORTED
        times = {name: self.time(cells, name) for name in TIMES}
        self._check(cells, opened_at, times)
        changes: list[Timed] = [(opened_at, guessed, each) for each in self._labels(story, cells)]
        owner = self.owner(story, cells["owner"])
        worker = Actor(owner, Side.PROVIDER) if owner else story.machine
        response_at = times["first_response"]
        if response_at is not None:
            agent = worker if owner else story.person(NO_AGENT, Side.PROVIDER)
            words = "The first response; the table has no words of it."
            to = story.id_of(cells["requester"] or NO_REQUESTER)
            written = story.written(agent, "message:first", e.Channel.IMPORT, words, to=to)
            changes += [(response_at, known, each) for each in written]
        ends = self._ends(story, worker, cells, times)
        first_end = ends[0][0] if ends else None
        taken_at = response_at or first_end
        if owner and taken_at is not None:
            changes += [(taken_at, guessed, each) for each in story.owned(worker, owner)]
        elif owner:
            # Since when is not told; a taking at the opening would count as work done at once.
            named = e.TicketAssigned(story.team, e.Tier.L1, owner)
            changes.append((opened_at, guessed, (story.machine, named)))
        # Nothing happens before the opening; equal times keep the order in which they were told.
        moved = [
            (at, certainty, change) if at >= opened_at else (opened_at, guessed, change)
            for at, certainty, change in [*changes, *ends]
        ]
        return sorted(moved, key=lambda change: change[0])

    def _labels(self, story: Story, cells: _Cells) -> Iterator[Change]:
        item, site, category = cells["item"], cells["site"], cells["category"]
        service = cells["service"]
        if item or site or category or service:
            kind = self.kind(cells)
            body = e.TicketClassified(
                kind, service=service, item=item, site=site, category=category
            )
            yield story.machine, body
        judgement = self.judgement(cells)
        if judgement is not None:
            yield story.machine, e.TicketPrioritised(*judgement)
        yield from story.assigned(story.machine, cells["team"])

    def _ends(
        self, story: Story, worker: Actor, cells: _Cells, times: Mapping[str, Instant | None]
    ) -> list[Timed]:
        known = Certainty.IMPORTED
        machine = story.machine
        found: list[tuple[Instant, int, Meaning, Actor]] = []
        meaning = self.meaning(cells)
        resolved_at, closed_at, reopened_at = (
            times["resolved"],
            times["closed"],
            times["reopened"],
        )
        if resolved_at is not None:
            found.append((resolved_at, 0, RESOLVED, worker))
        if reopened_at is not None and resolved_at is not None and reopened_at >= resolved_at:
            found.append((reopened_at, 1, ACTIVE, machine))
        elif meaning is not None and meaning not in (RESOLVED, CLOSED) and found:
            text = gettext_noop(
                "tickets with a time of solution that are open by their state: left open"
            )
            self.quality.note("open_again", Sort.DISAGREES, text, example=story.number)
            found.clear()
        if closed_at is not None and (resolved_at is None or closed_at >= resolved_at):
            found.append((closed_at, 2, CLOSED, machine))
        elif closed_at is not None and resolved_at is not None:
            found.append((resolved_at, 2, CLOSED, machine))
        is_told, updated_at = bool(found), times["updated"]
        if meaning in (RESOLVED, CLOSED) and not is_told and updated_at is not None:
            known = Certainty.ESTIMATED
            found.append((updated_at, 0, meaning, worker))
        changes: list[Timed] = []
        for at, _, new, actor in sorted(found, key=lambda each: each[:2]):
            listed = [*story.left(actor, new), *story.entered(actor, new, f"{at}")]
            changes += [(at, known, change) for change in listed]
        self._count_ends(story, cells, meaning, is_told=is_told, is_guessed=bool(found))
        return changes

    def _count_ends(
        self,
        story: Story,
        cells: _Cells,
        meaning: Meaning | None,
        *,
        is_told: bool,
        is_guessed: bool,
    ) -> None:
        if meaning in (RESOLVED, CLOSED) and not is_told and is_guessed:
            text = gettext_noop(
                "tickets that are done by their state, without a time of it: taken for done at"
                " their last update, which is the latest that it can have been"
            )
            self.quality.note("ended_by_update", Sort.DOUBTFUL, text, example=story.number)
        elif meaning in (RESOLVED, CLOSED) and not is_told:
            text = gettext_noop(
                "tickets that are done by their state, without a time of it: they stay open here"
            )
            self.quality.note("endless", Sort.ABSENT, text, example=story.number)
        counted = self.counter(cells, "reopens")
        if counted or cells["reopened"]:
            self._reopened += 1
            text = gettext_noop("tickets that were reopened; only the last solution has a time")
            self.quality.note("reopened", Sort.ABSENT, text, example=story.number)

    def _check(
        self, cells: _Cells, opened_at: Instant, times: Mapping[str, Instant | None]
    ) -> None:
        """Count times that contradict one another."""
        for name in ("first_response", "resolved", "closed"):
            at = times[name]
            if at is not None and at < opened_at:
                heading = self.meanings.columns[name]
                text = wordings.BEFORE_OPENING % {"column": heading}
                example = cells["number"]
                self.quality.note(f"before_opening:{name}", Sort.DISAGREES, text, example=example)
        closed_at, updated_at = times["closed"], times["updated"]
        if closed_at is not None and updated_at is not None and updated_at > closed_at + DAY:
            text = gettext_noop("tickets that were changed more than a day after they were closed")
            self.quality.note("changed_after_close", Sort.DOUBTFUL, text, example=cells["number"])
        resolved_at = times["resolved"]
        if closed_at is not None and resolved_at is not None and closed_at < resolved_at:
            text = gettext_noop(
                "tickets closed before they were solved; closed at the solution instead"
            )
            self.quality.note("closed_first", Sort.REPAIRED, text, example=cells["number"])

    def end(self) -> None:
        """Say which figures one row a ticket carries."""
        super().end()
        has = self.meanings.columns.keys()
        carry = self.quality.carry
        alone = gettext_noop("one row a ticket has no history")
        for figure in ("ownerless", "bounces"):
            carry(figure, Support.NONE, alone)
        for name in ("time.response", "attainment.response"):
            if "first_response" in has:
                carry(
                    name,
                    Support.PROXY,
                    gettext_noop("by the other desk's time; by whom is not told"),
                )
            else:
                carry(
                    name, Support.NONE, gettext_noop("no column tells when somebody first answered")
                )
        told = gettext_noop(
            "waiting for the requester or others cannot be taken off: one row a ticket has no"
            " history"
        )
        if "resolved" not in has:
            told = gettext_noop("no column tells when it was solved; the closing stands for it")
        is_ended = "resolved" in has or "closed" in has
        for name in ("time.resolution", "attainment.resolution"):
            carry(name, Support.PROXY if is_ended else Support.NONE, told)
        if self.quality.count_of("ended_by_update") and is_ended:
            told = gettext_noop("some tickets are done without a time of it, at their last update")
            for name in ("time.resolution", "attainment.resolution"):
                carry(name, Support.PROXY, told)
        if self.quality.count_of("endless"):
            told = gettext_noop("some tickets are done without a time of it, and stay open here")
            carry("backlog", Support.PROXY if is_ended else Support.NONE, told)
        pauses = gettext_noop(
            "pauses and reopenings have no times: one row a ticket has no history"
        )
        carry("part", Support.NONE, pauses)
        told = (
            gettext_noop("counts only, without times") if {"reopens", "reopened"} & has else alone
        )
        carry("reopens", Support.NONE, told)
        if "priority" in has:
            told = gettext_noop("the last priority stands for all of the ticket's life")
            carry("by priority", Support.PROXY, told)


# ---- one row an update ----------------------------------------------------------------------


@dataclass(slots=True)
class _Now:
    """What the rows so far have said of a ticket."""

    judgement: Judgement | None = None
    matter: tuple[str, str, str, str] = ("", "", "", "")
    reassignments: int = 0
    others: set[str] = field(default_factory=set)


class _ManyRows(_Teller):
    """A row is an update of a ticket: what changed is between the rows."""

    def _told(self, number: str, group: Sequence[_Cells]) -> ExportedTicket:
        timed = [*self._timed(group)]
        if not timed:
            self.needed_time(group[0], "updated")
        rows = self._in_order(timed)
        first_at, first = rows[0]
        opened_at = self.time(first, "opened")
        story = Story(self.asked.company, SOURCE, number, group[0].row, self.quality)
        self.opened(story, first, first_at if opened_at is None else opened_at)
        now = _Now()
        for place, (at, cells) in enumerate(rows):
            count = self.counter(cells, "update")
            update = place if count is None else count
            trace = Trace(cells.row, update, cells.sha256, cells["state"])
            story.hear(trace, at, self._changes(story, cells, now, update))
        self._check(story, rows, now)
        return story.ticket()

    def _timed(self, group: Sequence[_Cells]) -> Iterator[tuple[Instant, _Cells]]:
        """The rows with their times; a few that have none are left out. Raises _Unfit."""
        for cells in group:
            try:
                yield self.needed_time(cells, "updated"), cells
            except _Timeless as unfit:
                if len(group) == 1 or not self.leaves_out(unfit, group):
                    raise

    def _in_order(self, timed: list[tuple[Instant, _Cells]]) -> list[tuple[Instant, _Cells]]:
        """The rows by the source's own count, or else by time; equal ones as in the file."""
        if "update" not in self.meanings.columns:
            return sorted(timed, key=lambda each: each[0])
        counted = [(self.counter(cells, "update") or 0, at, cells) for at, cells in timed]
        counted.sort(key=lambda each: each[0])
        steps = [after[0] - before[0] for before, after in pairwise(counted)]
        missing = sum(step - 1 for step in steps if step > 1)
        if missing:
            text = gettext_noop(
                "updates that are missing, by gaps in their count: a wait may hide there"
            )
            example = timed[0][1]["number"]
            self.quality.note("missing_updates", Sort.ABSENT, text, example=example, count=missing)
        return [(at, cells) for _, at, cells in counted]

    def _changes(self, story: Story, cells: _Cells, now: _Now, update: int) -> Iterator[Change]:
        """What this row changed: what ends first, what begins last."""
        actor = self.actor(story, cells["updated_by"])
        meaning = self.meaning(cells) or story.meaning
        for each, body in story.left(actor, meaning):
            by = story.machine if isinstance(body, e.TicketReopened) else each
            yield by, body
        yield from self._classified(actor, cells, now)
        judgement = self.judgement(cells)
        if judgement is not None and judgement != now.judgement:
            now.judgement = judgement
            yield actor, e.TicketPrioritised(*judgement)
        now.reassignments += bool(story.team and cells["team"] not in ("", story.team))
        yield from story.assigned(actor, cells["team"])
        if "owner" in self.meanings.columns:
            yield from story.owned(actor, self.owner(story, cells["owner"]))
        yield from story.entered(actor, meaning, f"{update}:{cells.row}:{cells.sha256}")

    def _classified(self, actor: Actor, cells: _Cells, now: _Now) -> Iterator[Change]:
        names = ("service", "item", "site", "category")
        told = [cells[name] or before for name, before in zip(names, now.matter, strict=True)]
        matter = (told[0], told[1], told[2], told[3])
        if matter != now.matter:
            now.matter = matter
            service, item, site, category = matter
            kind = self.kind(cells)
            body = e.TicketClassified(
                kind, service=service, item=item, site=site, category=category
            )
            yield actor, body

    def _check(self, story: Story, rows: Sequence[tuple[Instant, _Cells]], now: _Now) -> None:
        """Count where the columns say other things than the history."""
        last = rows[-1][1]
        for name, told in (("reopens", story.reopens), ("reassignments", now.reassignments)):
            if self.counter(last, name) not in (None, told):
                heading = self.meanings.columns[name]
                text = wordings.NOT_WHAT_THEIR_ROWS_SHOW % {"column": heading}
                self.quality.note(f"disagrees:{name}", Sort.DISAGREES, text, example=story.number)
        first_at, first = rows[0]
        for name in ("resolved", "closed"):
            at = self.time(first, name)
            if at is not None and at > first_at:
                heading = self.meanings.columns[name]
                text = wordings.LAST_VALUE % {"column": heading}
                self.quality.note(f"final:{name}", Sort.READ, text, example=story.number)
        before = [cells.all for _, cells in rows]
        if repeated := sum(one == other for one, other in pairwise(before)):
            text = gettext_noop(
                "rows that repeat the one before, as joins make them; they change nothing"
            )
            example = story.number
            self.quality.note("repeated_rows", Sort.DROPPED, text, example=example, count=repeated)

    def end(self) -> None:
        """Say which figures one row an update carries."""
        super().end()
        has = self.meanings.columns.keys()
        for name in ("time.response", "attainment.response"):
            told = gettext_noop(
                "there are no messages: the first work by somebody stands for a first response"
            )
            self.quality.carry(name, Support.PROXY, told)
        if "owner" not in has:
            self.quality.carry("ownerless", Support.NONE, gettext_noop("no column names the owner"))
        if "team" not in has:
            self.quality.carry("bounces", Support.NONE, gettext_noop("no column names the team"))
        if self.quality.count_of("missing_updates"):
            told = gettext_noop("updates are missing")
            for figure in ("part", "time.resolution", "attainment.resolution", "reopens"):
                self.quality.carry(figure, Support.PROXY, told)
