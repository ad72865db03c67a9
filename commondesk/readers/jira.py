"""Jira: issues with changelog and comments as JSON, or the far poorer export as CSV.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-issue-search/ and the pages
that docs/readers.md names describe the formats; docs/readers.md tells how each field is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.codec import Json
from commondesk.core.record.event import Actor, Certainty, Side
from commondesk.core.record.instant import Instant, iso_of
from commondesk.core.texts import gettext_noop
from commondesk.readers import wordings
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
)
from commondesk.readers.own_words import OwnWords, own_words_of
from commondesk.readers.records import (
    Item,
    Kept,
    Reading,
    Shelf,
    Unfit,
    digest_of,
    is_table,
    pieces,
    rows,
    shown,
    without_twins,
)
from commondesk.readers.tables import header_of
from commondesk.readers.telling import (
    ACTIVE,
    CLOSED,
    RESOLVED,
    Change,
    Meaning,
    People,
    Story,
    Timed,
    Trace,
    waiting,
)
from commondesk.readers.times import (
    AmbiguousTimes,
    Clock,
    Evidence,
    Form,
    NoTime,
    Order,
    reading_of,
    value_of,
)

NAME = "jira"
TITLE = gettext_noop("Jira (JSON: issues with changelog; or CSV)")
SOURCE = "jira"

LISTS = frozenset({"issues", "values", "statuses"})
_BY_NAME = {
    "waiting for customer": waiting(e.WaitReason.REQUESTER),
    "waiting for approval": waiting(e.WaitReason.APPROVAL),
    "pending": waiting(e.WaitReason.OTHER),
    "resolved": RESOLVED,
    "closed": CLOSED,
    "open": ACTIVE,
    "to do": ACTIVE,
    "in progress": ACTIVE,
    "work in progress": ACTIVE,
    "reopened": ACTIVE,
    "waiting for support": ACTIVE,
    "escalated": ACTIVE,
    "done": RESOLVED,
    "canceled": RESOLVED,
}
_BY_CATEGORY = {"new": ACTIVE, "indeterminate": ACTIVE, "done": RESOLVED}
_PRIORITIES = {
    "highest": e.Priority.P1,
    "high": e.Priority.P2,
    "medium": e.Priority.P3,
    "low": e.Priority.P4,
    "lowest": e.Priority.P4,
    "blocker": e.Priority.P1,
    "critical": e.Priority.P2,
    "major": e.Priority.P3,
    "minor": e.Priority.P4,
    "trivial": e.Priority.P4,
}
_KINDS = {
    "incident": e.Kind.INCIDENT,
    "service request": e.Kind.REQUEST,
    "service request with approvals": e.Kind.REQUEST,
    "question": e.Kind.QUESTION,
}
_FIELDS = frozenset({"status", "priority", "assignee", "issuetype"})
_NOBODY = "Unknown Jira user"
_COLUMNS = ("Issue key", "Created", "Status")
_TIMES = ("Created", "Updated", "Resolved")
_OPEN = ("", "unresolved")
"""What a CSV has for a resolution while there is none."""


# ---- the file -------------------------------------------------------------------------------


def fits(head: Head) -> Fit | None:
    """Whether a file holds issues of Jira."""
    text = head.text
    if '"issues"' in text and '"fields"' in text:
        return Fit(1.0, "it holds issues with fields")
    if '"changelog"' in text and '"histories"' in text:
        return Fit(0.9, "it holds issues with a changelog")
    if '"statusCategory"' in text and text.lstrip()[:1] == "[":
        return Fit(0.7, "it holds statuses with their categories")
    header = header_of(head)
    if all(column in header for column in _COLUMNS):
        return Fit(0.9, f"its header has {', '.join(_COLUMNS)}")
    return None


def tickets(sources: Sequence[Source], asked: Asked, quality: Quality) -> Iterator[ExportedTicket]:
    """The issues, by where they stand. Raises UnusableExport where reading cannot go on."""
    reading = Reading(quality, asked.zone)
    desk = _Desk(own_words_of(asked.mapping, has_dates=True))
    tables = [source for source in sources if is_table(source)]
    with Shelf() as shelf:
        documents = [each for each in sources if each not in tables]
        for row, name, value in pieces(documents, LISTS, quality):
            quality.rows += 1
            try:
                _lay(shelf, desk, row, name, reading.item(value))
            except Unfit as wrong:
                quality.refuse(Problem(row, wrong.column, str(wrong)))
        for row, columns in (each for table in tables for each in rows(table, quality)):
            _lay_row(shelf, desk, row, columns, reading)
        desk.settle(quality)
        _carry(quality, has_table=bool(tables))
        for key, kept in shelf.tickets():
            try:
                yield _told(asked, key, kept, desk, reading)
            except Unfit as wrong:
                quality.refuse(Problem(kept[0].row, wrong.column, str(wrong)))
        if quality.count_of("ended_by_update") and "Resolved" not in desk.times:
            why = gettext_noop("no column tells when it was solved; the last update stands for it")
            for figure in ("attainment.resolution", "time.resolution"):
                quality.carry(figure, Support.NONE, why)
        if quality.count_of("endless"):
            why = gettext_noop("some tickets are done without a time of it, and stay open here")
            quality.carry("backlog", Support.PROXY, why)


class _Person(NamedTuple):
    """Somebody as Jira names them; kind is the type of the account, where it is told."""

    id: str
    kind: str


@dataclass(slots=True)
class _Desk:
    """What an export says of people, and of the categories of statuses."""

    own: OwnWords
    people: People = field(default_factory=lambda: People("Jira user"))
    categories: dict[str, str] = field(default_factory=dict)
    times: dict[str, Evidence] = field(default_factory=dict)
    clocks: dict[str, Clock] = field(default_factory=dict)
    """By column of a CSV: what its times show, and how they are read once all were seen."""

    def hear(self, column: str, text: str, row: int) -> None:
        """Learn from a time of a CSV how its column is written."""
        if column not in self.times:
            self.times[column] = Evidence(column)
        self.times[column].hear(text, row)

    def settle(self, quality: Quality) -> None:
        """How the times of a CSV are read; raises UnusableExport where nothing shows it."""
        for column, evidence in self.times.items():
            try:
                order = reading_of(evidence, self.own.dates, self.times).order
            except AmbiguousTimes as question:
                text = f"{question}; or read it --as table with a mapping"
                quality.refuse(Problem(0, column, text))
                order = Order.AS_WRITTEN
            self.clocks[column] = Clock(order, ZoneInfo("UTC"))
        if self.times:
            quality.require_sound()
        precisions = {name for each in self.times.values() for name in each.precisions}
        if precisions == {"day"}:
            for figure in ("time", "attainment"):
                quality.carry(figure, Support.PROXY, gettext_noop("times are whole days"))

    def person(self, item: Item | None) -> _Person | None:
        """Somebody who is named; None for nobody. Raises Unfit."""
        if item is None:
            return None
        found = item.label("accountId") or item.label("key") or item.label("name")
        if not found:
            return None
        self.people.add(found, item.label("displayName"))
        return _Person(found, item.label("accountType"))

    def learn(self, status: Item | None) -> None:
        """Learn the category of a status. Raises Unfit."""
        category = status.part("statusCategory") if status else None
        if status is not None and category is not None:
            self.categories[status.needed("name").lower()] = category.needed("key")


def _lay(shelf: Shelf, desk: _Desk, row: int, name: str, item: Item) -> None:
    """Keep an issue, or learn of a status. Raises Unfit."""
    if "statusCategory" in item.value:
        desk.learn(item)
        return
    fields = item.part("fields")
    if fields is None:
        raise Unfit(item.spot("fields"), "is missing: this is neither an issue nor a status")
    desk.learn(fields.part("status"))
    for each in _named(item, fields):
        desk.person(each)
    for id_, name in _assignees(item):
        desk.people.add(id_, name)
    shelf.lay(item.needed("key"), row, "issue", dict(item.value))


def _named(issue: Item, fields: Item) -> Iterator[Item | None]:
    """Everybody whom an issue names."""
    yield from (fields.part(name) for name in ("reporter", "creator", "assignee"))
    changelog, comment = issue.part("changelog"), fields.part("comment")
    for history in changelog.parts("histories") if changelog else ():
        yield history.part("author")
    for each in comment.parts("comments") if comment else ():
        yield each.part("author")


def _assignees(issue: Item) -> Iterator[tuple[str, str]]:
    """Everybody who had an issue, by id and name."""
    changelog = issue.part("changelog")
    for history in changelog.parts("histories") if changelog else ():
        for item in history.parts("items"):
            if _field_of(item) == "assignee":
                yield item.label("from"), item.label("fromString")
                yield item.label("to"), item.label("toString")


def _told(
    asked: Asked, key: str, kept: Sequence[Kept], desk: _Desk, reading: Reading
) -> ExportedTicket:
    """One issue as events. Raises Unfit."""
    sole = without_twins(kept, reading.quality)
    if len(sole) > 1:
        raise Unfit("key", f"{key} stands twice, with different contents")
    item = reading.item(sole[0].value)
    teller = _TableTeller if sole[0].kind == "row" else _Teller
    return teller(asked, key, sole[0], item, desk, reading).ticket()


def _carry(quality: Quality, *, has_table: bool) -> None:
    """Say how far such an export carries the figures."""
    for figure in ("attainment.restore", "time.restore"):
        quality.carry(
            figure, Support.NONE, gettext_noop("no field tells that the service was back")
        )
    quality.carry("escalations", Support.NONE, gettext_noop("no field tells an escalation"))
    quality.carry("bounces", Support.NONE, gettext_noop("issues have no team"))
    quality.carry(
        "bucket.templated",
        Support.NONE,
        gettext_noop("which replies were sent unchanged is not told"),
    )
    quality.carry(
        "reopens.thanks", Support.NONE, gettext_noop("which reopening was thanks only is not told")
    )
    if has_table:
        why = gettext_noop(
            "a CSV export has no history, and does not tell internal comments from public ones"
        )
        clocks = ("response", "next_reply")
        for figure in (*(f"attainment.{clock}" for clock in clocks), "ownerless"):
            quality.carry(figure, Support.NONE, why)
        for figure in (*(f"time.{clock}" for clock in clocks), "reopens"):
            quality.carry(figure, Support.NONE, why)
        why = gettext_noop("the last priority stands for all of the ticket's life")
        quality.carry("by priority", Support.PROXY, why)
        why = gettext_noop("a CSV export tells the last resolution alone, and no waits")
    else:
        why = gettext_noop("waits are told by the status; whether a question was asked is not told")
    for figure in ("attainment.resolution", "time.resolution"):
        quality.carry(figure, Support.PROXY, why)


# ---- an issue -------------------------------------------------------------------------------


class _Step(NamedTuple):
    """An entry of the changelog, or a comment."""

    at: Instant
    rank: int
    item: Item


class _Teller:
    """Walks the changelog and the comments of one issue and tells the events that they mean."""

    def __init__(
        self, asked: Asked, key: str, kept: Kept, issue: Item, desk: _Desk, reading: Reading
    ) -> None:
        fields = issue.part("fields")
        assert fields is not None
        self._issue, self._fields, self._desk = issue, fields, desk
        self._kept, self._quality = kept, reading.quality
        self._story = Story(asked.company, SOURCE, key, kept.row, reading.quality)
        self._reporter = desk.person(fields.part("reporter"))
        self._changes = self._history("changelog", issue.part("changelog"), "histories")
        self._comments = self._history("comment", fields.part("comment"), "comments")

    def _history(self, name: str, holder: Item | None, list_: str) -> list[_Step]:
        """The entries of a list that may have been cut off, in order. Raises Unfit."""
        if holder is None:
            if name == "changelog":
                text = "is missing: export issues with expand=changelog, or read them"
                raise Unfit(name, f"{text} --as table with a mapping")
            self._note(
                "no_comments", Sort.ABSENT, gettext_noop("issues exported without their comments")
            )
            return []
        found = holder.parts(list_)
        total = holder.label("total")
        if total.isascii() and total.isdigit() and int(total) > len(found):
            text = wordings.CUT_OFF % {"list": name}
            self._note(f"cut_{name}", Sort.DOUBTFUL, text)
        rank = 0 if name == "comment" else 1
        return [_Step(item.at("created"), rank, item) for item in found]

    def _note(self, code: str, sort: Sort, text: str, example: str = "") -> None:
        self._quality.note(code, sort, text, example=example or self._story.number)

    def ticket(self) -> ExportedTicket:
        """The whole issue. Raises Unfit."""
        self._open()
        steps = sorted((*self._comments, *self._changes), key=lambda step: step[:2])
        for update, step in enumerate(steps, 1):
            tell = self._changed if step.rank else self._commented
            changes = list(tell(step.item))
            state = self._state
            trace = Trace(
                self._kept.row, update, digest_of(dict(step.item.value), self._kept.row), state
            )
            self._story.hear(trace, step.at, changes)
        self._compare()
        return self._story.ticket()

    # who

    def _name(self, person: _Person | None) -> str:
        return self._desk.people.name(person.id) if person else _NOBODY

    def _actor(self, person: _Person | None) -> Actor:
        """Who did something: the reporter, a customer, an app, or else the provider's."""
        if person is None:
            text = gettext_noop(
                "deeds of people whom the export does not name: they count for no side"
            )
            self._note("unnamed", Sort.DOUBTFUL, text)
            return self._story.for_nobody(_NOBODY)
        if person.kind == "app":
            return self._story.machine
        return self._story.person(self._name(person), self._side(person))

    def _side(self, person: _Person) -> Side:
        if person.kind not in ("", "app", "atlassian", "customer"):
            raise Unfit("accountType", f"{person.kind!r} is not known; known are {_ACCOUNTS}")
        is_reporter = self._reporter is not None and person.id == self._reporter.id
        if is_reporter or person.kind == "customer":
            return Side.REQUESTER
        return Side.PROVIDER

    # the opening

    def _open(self) -> None:
        fields, story = self._fields, self._story
        creator = self._desk.person(fields.part("creator")) or self._reporter
        requester = self._name(self._reporter)
        story.person(requester, Side.REQUESTER)
        if self._reporter is None:
            self._note("no_reporter", Sort.DOUBTFUL, gettext_noop("issues without a reporter"))
        actor = self._actor(creator)
        at = fields.at("created")
        issuetype = fields.part("issuetype")
        story.open(
            at,
            actor,
            requester=requester,
            channel=e.Channel.IMPORT,
            kind=self._kind(self._first("issuetype", issuetype.label("name") if issuetype else "")),
            subject=fields.text("summary"),
        )
        changes = list(self._begun(actor))
        story.hear(Trace(self._kept.row, 0, self._kept.sha256, self._state), at, changes)

    def _begun(self, actor: Actor) -> Iterator[Change]:
        """What the issue was opened with: its first values, by what the changelog changed first."""
        story, fields = self._story, self._fields
        words = words_of(fields.value.get("description"), fields)
        if words and actor.side is Side.REQUESTER:
            yield from story.received(actor, "description", e.Channel.IMPORT, words)
        elif words:
            yield from story.noted(actor, "description", words)
        priority, assignee = fields.part("priority"), self._desk.person(fields.part("assignee"))
        first = self._first("priority", priority.label("name") if priority else "")
        if first:
            yield actor, e.TicketPrioritised(self._priority(first))
        owner = self._first("assignee", assignee.id if assignee else "", is_id=True)
        if owner:
            yield from self._owned(actor, _Person(owner, ""))
        status = fields.part("status")
        self._state = self._first("status", status.needed("name") if status else "")
        if not self._state:
            raise Unfit("fields.status", "is missing")
        yield from story.entered(actor, self._meaning(self._state), "first")

    _state = ""

    def _first(self, name: str, now: str, *, is_id: bool = False) -> str:
        """The value that a field had at first: what its first change came from, or what it is."""
        for step in sorted(self._changes, key=lambda step: step.at):
            for item in step.item.parts("items"):
                if _field_of(item) == name:
                    return item.label("from" if is_id else "fromString")
        return now

    def _kind(self, name: str) -> e.Kind:
        return kind_of(name, self._quality)

    def _priority(self, name: str) -> e.Priority:
        found = self._desk.own.priorities.get(name.lower()) or _PRIORITIES.get(name.lower())
        if found is None:
            known = ", ".join(_PRIORITIES)
            text = f"{name!r} is not known; known are {known}. Say what it means in a mapping"
            raise Unfit("priority", text)
        return found

    def _meaning(self, name: str) -> Meaning:
        """What a status means: by its name where that is documented, else by its category."""
        by_name = self._desk.own.states.get(name.lower()) or _BY_NAME.get(name.lower())
        if by_name is not None:
            return by_name
        category = self._desk.categories.get(name.lower(), "")
        meaning = _BY_CATEGORY.get(category)
        if meaning is None:
            raise Unfit(
                "status",
                f"{name!r} is not known, nor its category: add the answer of /rest/api/3/status, or"
                " say what it means in a mapping",
            )
        text = gettext_noop("statuses read by their category alone: a wait may hide there")
        self._note("categories", Sort.DOUBTFUL, text, name)
        return meaning

    def _owned(self, actor: Actor, person: _Person | None) -> Iterator[Change]:
        owner = ""
        if person is not None:
            owner = self._story.person(self._name(person), self._side(person)).id
        yield from self._story.owned(actor, owner)

    # steps

    def _changed(self, history: Item) -> Iterator[Change]:
        """What an entry of the changelog means."""
        actor = self._actor(self._desk.person(history.part("author")))
        items = {_field_of(item): item for item in history.parts("items")}
        for name in items:
            if name not in _FIELDS:
                self._note(
                    "fields",
                    Sort.READ,
                    gettext_noop("changes of fields that mean nothing here"),
                    name,
                )
        new = self._story.meaning
        if status := items.get("status"):
            self._state = status.needed("toString")
            new = self._meaning(self._state)
        yield from self._story.left(actor, new)
        if (item := items.get("issuetype")) and item.label("toString"):
            yield actor, e.TicketClassified(self._kind(item.label("toString")))
        if (item := items.get("priority")) and item.label("toString"):
            yield actor, e.TicketPrioritised(self._priority(item.label("toString")))
        if item := items.get("assignee"):
            to = item.label("to")
            yield from self._owned(actor, _Person(to, "") if to else None)
        yield from self._story.entered(actor, new, history.needed("id"))

    def _commented(self, comment: Item) -> Iterator[Change]:
        """A comment: to the desk, to the reporter, or among those who work the issue."""
        story = self._story
        person = self._desk.person(comment.part("author"))
        actor = self._actor(person)
        key = f"comment:{comment.needed('id')}"
        words = words_of(comment.value.get("body"), comment)
        is_public = comment.flag("jsdPublic")
        if comment.part("visibility") is not None:
            is_public = False
        if is_public is None:
            text = gettext_noop(
                "comments that do not say whether the customer sees them: taken for internal"
            )
            self._note("public", Sort.DOUBTFUL, text)
        if actor.side is Side.REQUESTER and is_public is not False:
            yield from story.received(actor, key, e.Channel.IMPORT, words)
        elif not is_public:
            yield from story.noted(actor, key, words)
        elif person is None:
            yield from story.received(
                actor,
                key,
                e.Channel.IMPORT,
                words,
                author=actor.on_behalf_of,
                is_automatic=True,
            )
        else:
            to = story.id_of(self._name(self._reporter))
            yield from story.written(actor, key, e.Channel.PORTAL, words, to=to)

    def _compare(self) -> None:
        """Count where the issue itself says otherwise than its history."""
        status = self._fields.part("status")
        if status is not None and status.needed("name") != self._state:
            text = gettext_noop(
                "issues whose status is not what their changelog comes to; that is taken"
            )
            self._note("status", Sort.DISAGREES, text)


_ACCOUNTS = "atlassian, app, customer"


def kind_of(name: str, quality: Quality) -> e.Kind:
    """What an issue of a type is; an incident where nothing says so, which is counted."""
    kind = _KINDS.get(name.lower().removeprefix("[system] "))
    if kind is None:
        text = gettext_noop(
            "issues of types that are neither incident, request nor question: taken for incidents"
        )
        quality.note("types", Sort.READ, text, example=name or "none named")
    return kind or e.Kind.INCIDENT


def _field_of(item: Item) -> str:
    """The name of the field that an item changed."""
    return (item.label("fieldId") or item.needed("field")).lower()


def words_of(value: Json, item: Item) -> str:
    """The words of a text, or of a document in Atlassian's format. Raises Unfit."""
    if value is None or isinstance(value, str):
        return item.reading.sound(value or "")
    if not isinstance(value, dict):
        raise Unfit(item.spot("body"), f"wants text or a document, not {shown(value)}")
    found: list[str] = []
    left: list[Json] = [value]
    while left:
        node = left.pop()
        if isinstance(node, list):
            left.extend(reversed(node))
        elif isinstance(node, dict):
            text = node.get("text")
            if isinstance(text, str):
                found.append(text)
            elif node.get("type") in ("paragraph", "hardBreak", "heading", "listItem") and found:
                found.append("\n")
            left.append(node.get("content"))
    return item.reading.sound("".join(found).strip())


# ---- CSV ------------------------------------------------------------------------------------


def _lay_row(
    shelf: Shelf, desk: _Desk, row: int, columns: list[tuple[str, str]], reading: Reading
) -> None:
    """Keep a row of a CSV export: its columns, of which `Comment` may come more than once."""
    found: dict[str, Json] = {}
    comments: list[Json] = []
    for name, value in columns:
        if name == "Comment":
            comments += [value] if value.strip() else []
        elif value.strip() and name not in found:
            found[name] = value.strip()
    item = reading.item({**found, "Comment": comments})
    for name in _TIMES:
        if name in found:
            desk.hear(name, str(found[name]), row)
    for comment in comments:
        desk.hear("Comment", str(comment).split(";", 1)[0].strip(), row)
    try:
        shelf.lay(item.needed("Issue key"), row, "row", dict(item.value))
        status, category = item.label("Status"), item.label("Status Category")
        if status and category:
            desk.categories.setdefault(status.lower(), _CATEGORY_NAMES.get(category.lower(), ""))
    except Unfit as wrong:
        reading.quality.refuse(Problem(row, wrong.column, str(wrong)))


_CATEGORY_NAMES = {"to do": "new", "in progress": "indeterminate", "done": "done"}


_Row = tuple[Instant, list[tuple[Certainty, Change]]]
"""A step that a row tells of: when, and what it changed, each as sure as it is."""


class _TableTeller:
    """Tells what a row of a CSV export means: an opening, comments, and the last resolution."""

    def __init__(
        self, asked: Asked, key: str, kept: Kept, row: Item, desk: _Desk, reading: Reading
    ) -> None:
        self._asked, self._kept, self._row = asked, kept, row
        self._desk, self._quality = desk, reading.quality
        self._story = Story(asked.company, SOURCE, key, kept.row, reading.quality)

    def ticket(self) -> ExportedTicket:
        """The whole issue. Raises Unfit."""
        row, story = self._row, self._story
        requester = row.label("Reporter") or _NOBODY
        creator = row.label("Creator") or requester
        opener = story.person(requester, Side.REQUESTER)
        if requester == _NOBODY:
            self._quality.note(
                "no_reporter", Sort.DOUBTFUL, gettext_noop("issues without a reporter")
            )
        if creator != requester:
            opener = story.person(creator, Side.PROVIDER)
        at = self._at("Created", row.needed("Created"))
        story.open(
            at,
            opener,
            requester=requester,
            channel=e.Channel.IMPORT,
            kind=kind_of(row.label("Issue Type"), self._quality),
            subject=row.text("Summary"),
        )
        ends = list(self._ended())
        steps = sorted((*self._comments(requester), *ends), key=lambda step: step[0])
        trace = Trace(self._kept.row, 0, self._kept.sha256, row.needed("Status"))
        begun: list[Change] = list(self._begun(opener))
        guessed = [(at, Certainty.ESTIMATED, each) for each in self._last_values(ended=bool(ends))]
        known: list[Timed] = [(at, Certainty.IMPORTED, each) for each in begun]
        story.hear_of_times(trace, at, [*known, *guessed])
        for update, (step_at, changes) in enumerate(steps, 1):
            timed = [(step_at, certainty, change) for certainty, change in changes]
            story.hear_of_times(trace._replace(update=update), step_at, timed)
        return story.ticket()

    def _last_values(self, *, ended: bool) -> Iterator[Change]:
        """What the issue has now, from its opening on, which is an estimate."""
        row, story = self._row, self._story
        name = row.label("Priority")
        priority = self._desk.own.priorities.get(name.lower()) or _PRIORITIES.get(name.lower())
        if priority is not None:
            yield story.machine, e.TicketPrioritised(priority)
        elif name:
            text = gettext_noop(
                "priorities that no document names: left out; say what they mean in a mapping"
            )
            self._quality.note("priorities", Sort.DOUBTFUL, text, example=name)
        if not ended and (owner := row.label("Assignee")):
            named = story.person(owner, Side.PROVIDER).id
            yield story.machine, e.TicketAssigned("", e.Tier.L1, named)

    def _at(self, column: str, text: str) -> Instant:
        """The instant of a local time. Raises Unfit."""
        text = text.strip()
        try:
            value = value_of(text)
            at = self._desk.clocks[column].instant(text)
        except NoTime:
            raise Unfit(column, f"{text!r} is no time such as 28/Feb/17 9:24 AM") from None
        if value.form is Form.EPOCH or value.offset is not None:
            return at
        return self._row.reading.instant(iso_of(at).removesuffix("Z"), column)

    def _begun(self, opener: Actor) -> Iterator[Change]:
        words = self._row.text("Description")
        if words and opener.side is Side.REQUESTER:
            yield from self._story.received(opener, "description", e.Channel.IMPORT, words)
        elif words:
            yield from self._story.noted(opener, "description", words)

    def _comments(self, requester: str) -> Iterator[_Row]:
        """Comments: `time;author;words`. Only the reporter's own are surely public."""
        story = self._story
        for place, text in enumerate(self._texts(), 1):
            parts = text.split(";", 2)
            if len(parts) < 3:
                raise Unfit("Comment", "is not of the form time;author;words")
            at, author = self._at("Comment", parts[0]), parts[1].strip()
            key = f"comment:{place}"
            if author == requester:
                actor = story.person(author, Side.REQUESTER)
                said = story.received(actor, key, e.Channel.IMPORT, parts[2])
            else:
                actor = story.person(author, Side.PROVIDER) if author else story.machine
                said = story.noted(actor, key, parts[2])
            yield at, [(Certainty.IMPORTED, each) for each in said]

    def _texts(self) -> list[str]:
        found = self._row.value["Comment"]
        assert isinstance(found, list)
        return [self._row.reading.sound(str(each)) for each in found]

    def _ended(self) -> Iterator[_Row]:
        """The last resolution, if the issue is done."""
        meaning = self._state()
        if meaning not in (RESOLVED, CLOSED):
            return
        story, row = self._story, self._row
        column = "Resolved" if row.has("Resolved") else "Updated"
        if not row.has(column):
            text = gettext_noop(
                "issues that are done by their status, without a time of it: they stay open here"
            )
            self._quality.note("endless", Sort.ABSENT, text, example=story.number)
            return
        if column == "Updated":
            text = gettext_noop(
                "issues that are done by their status, without a time of it: taken for done at"
                " their last update, which is the latest that it can have been"
            )
            self._quality.note("ended_by_update", Sort.DOUBTFUL, text, example=story.number)
        certainty = Certainty.IMPORTED if column == "Resolved" else Certainty.ESTIMATED
        owner, actor = row.label("Assignee"), story.machine
        changes: list[tuple[Certainty, Change]] = []
        if owner:
            actor = story.person(owner, Side.PROVIDER)
            changes += [(Certainty.ESTIMATED, each) for each in story.owned(actor, actor.id)]
        changes.append((certainty, (actor, e.TicketResolved())))
        yield self._at(column, row.needed(column)), changes

    def _state(self) -> Meaning:
        """What its status means: by name, by category, or else by whether it has a resolution."""
        name = self._row.needed("Status")
        meaning = self._desk.own.states.get(name.lower()) or _BY_NAME.get(name.lower())
        if meaning is None:
            meaning = _BY_CATEGORY.get(self._desk.categories.get(name.lower(), ""))
        if meaning is not None:
            return meaning
        if "Resolved" not in self._desk.times and not self._row.has("Resolution"):
            told = f"{name!r} is not known, nor its Status Category; say what it means in a mapping"
            raise Unfit("Status", told)
        text = gettext_noop(
            "statuses that are neither known nor of a known category: read by the resolution alone"
        )
        self._quality.note("statuses", Sort.DOUBTFUL, text, example=name)
        is_done = self._row.has("Resolved") or self._row.label("Resolution").lower() not in _OPEN
        return RESOLVED if is_done else ACTIVE
