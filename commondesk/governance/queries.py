"""The charter in force, as one sheet that people can read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from commondesk.accounts import queries as people
from commondesk.core.record.codec import Json
from commondesk.core.record.events import ClockName, Priority, WaitReason
from commondesk.core.record.instant import DAY, Instant, Span, datetime_of
from commondesk.core.record.priority import CRITICALITY_WORDS, SPREAD_WORDS, URGENCY_WORDS
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.calendar import Calendar, Windows, windows_text
from commondesk.core.service_level.lens import (
    Lens,
    Population,
    PriorityUsed,
    ReopenRule,
    ReplyOwed,
    RequesterPause,
    ResolutionEnd,
    ResponseEnd,
    ScheduledPause,
)
from commondesk.governance import charters
from commondesk.governance.models import CharterVersion

CLOCKS = (
    ClockName.RESPONSE,
    ClockName.NEXT_REPLY,
    ClockName.RESOLUTION,
    ClockName.RESTORE,
)
PERSON = re.compile(r"person ([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
WEEK = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
POINTS = {
    "criticality": "How critical the services covered are",
    "scope": "What is really in scope",
    "coverage": "Hours and channels",
    "documentation": "How much is documented today",
    "escalation": "How it escalates",
    "referent": "Where the internal referent sits",
}


@dataclass(frozen=True, slots=True)
class Promise:
    """A target: its span, and how it was written where that was in business days."""

    span: Span | None
    written: str


@dataclass(frozen=True, slots=True)
class TargetRow:
    """For which tickets, and what is promised for each clock."""

    what: str
    priority: str
    promises: tuple[Promise, ...]
    hours: str


@dataclass(frozen=True, slots=True)
class Hours:
    """A calendar in words."""

    name: str
    zone: str
    week: tuple[tuple[str, str], ...]
    holidays: tuple[date, ...]
    exceptional: tuple[tuple[date, str], ...]


@dataclass(frozen=True, slots=True)
class Right:
    """A decision right."""

    topic: str
    limit: str
    decides: str
    stands_in: str
    within: str


@dataclass(frozen=True, slots=True)
class CharterSheet:
    """Everything the charter page shows."""

    title: str
    version: int
    is_signed: bool
    in_force_at: Instant
    until: Instant | None
    targets: tuple[TargetRow, ...]
    has_restore: bool
    default_priority: str
    hours: tuple[Hours, ...]
    rules: tuple[tuple[str, str], ...]
    hold_span: Span
    close_span: Span
    windows: tuple[tuple[str, Span], ...]
    priorities: tuple[tuple[str, tuple[str, ...]], ...]
    impacts: tuple[tuple[str, tuple[str, ...]], ...]
    urgencies: tuple[str, ...]
    spreads: tuple[str, ...]
    rights: tuple[Right, ...]
    points: tuple[tuple[str, str], ...]
    empty_points: int


def charter_sheet(company: UUID, at: Instant) -> CharterSheet | None:
    """The sheet of the charter in force; None where there is none."""
    version = charters.charter_for(company, at)
    if version is None:
        return None
    agreement = charters.agreement_by_id(company, version.uuid)
    if agreement is None:
        return None
    return sheet_of(version, agreement, at)


def sheet_of(version: CharterVersion, agreement: Agreement, at: Instant) -> CharterSheet:
    charter = charters.charter_part(charters.document_of(version))
    points = tuple(point_rows(charter.get("points")))
    return CharterSheet(
        title=text_of(charter.get("title")) or "Charter",
        version=version.version,
        is_signed=charters.is_signed(version, at),
        in_force_at=version.in_force_at,
        until=version.until,
        targets=tuple(target_rows(agreement, charter.get("targets"))),
        has_restore=any(row.spans.get(ClockName.RESTORE) for row in agreement.rows),
        default_priority=agreement.default_priority,
        hours=tuple(
            hours_of(name, versions.known_at(at), at)
            for name, versions in sorted(agreement.calendars.items())
        ),
        rules=lens_rules(agreement.lens),
        hold_span=agreement.hold_span,
        close_span=agreement.close_span,
        windows=tuple((each.value, agreement.window_span(each)) for each in Priority),
        priorities=tuple(
            (
                f"impact {impact}",
                tuple(agreement.matrix.priority[impact, urgency].value for urgency in range(1, 5)),
            )
            for impact in range(1, 5)
        ),
        impacts=tuple(
            (
                CRITICALITY_WORDS[critical],
                tuple(str(agreement.matrix.impact[critical, spread]) for spread in range(1, 5)),
            )
            for critical in range(1, 5)
        ),
        urgencies=tuple(URGENCY_WORDS.values()),
        spreads=tuple(SPREAD_WORDS.values()),
        rights=tuple(right_rows(charter.get("decision_rights"))),
        points=points,
        empty_points=sum(not filled for _, filled in points),
    )


# ---- targets ------------------------------------------------------------------------------


def target_rows(agreement: Agreement, written: Json) -> list[TargetRow]:
    texts = written if isinstance(written, list) else []
    rows = []
    for index, row in enumerate(agreement.rows):
        text = texts[index] if index < len(texts) else {}
        fields = text if isinstance(text, dict) else {}
        what = ", ".join(part for part in (row.service, row.kind or "") if part)
        rows.append(
            TargetRow(
                what=f"{what}s" if row.kind else what or "all tickets",
                priority=row.priority or "any",
                promises=tuple(
                    Promise(row.spans.get(clock), days_words(fields.get(clock.value)))
                    for clock in CLOCKS
                ),
                hours=row.calendar,
            )
        )
    return rows


def days_words(written: Json) -> str:
    """`3 business days` where the target was written so."""
    if not isinstance(written, str) or not written.strip().endswith("bd"):
        return ""
    number = written.strip().removesuffix("bd")
    return f"{number} business day{'' if number == '1' else 's'}"


# ---- hours --------------------------------------------------------------------------------


def hours_of(name: str, calendar: Calendar, at: Instant) -> Hours:
    today = datetime_of(at).date()
    ahead = sorted(day for day in calendar.holidays if day >= today)
    return Hours(
        name=name,
        zone=calendar.zone,
        week=tuple(week_rows(calendar)),
        holidays=tuple(ahead[:12]),
        exceptional=tuple(
            (day, hours_words(windows)) for day, windows in calendar.exceptional if day >= today
        )[:12],
    )


def week_rows(calendar: Calendar) -> list[tuple[str, str]]:
    """Days with the same hours stand together: `Mon to Fri`, `09:00-17:00`."""
    rows: list[tuple[str, str]] = []
    start = 0
    for day in range(1, 8):
        if day < 7 and calendar.week[day] == calendar.week[start]:
            continue
        label = WEEK[start] if day - start == 1 else f"{WEEK[start]} to {WEEK[day - 1]}"
        rows.append((label, hours_words(calendar.week[start])))
        start = day
    return rows


def hours_words(windows: Windows) -> str:
    return windows_text(windows).replace("-", "–") or "closed"


# ---- how clocks are read ------------------------------------------------------------------

RESPONSE = {
    ResponseEnd.ANY_OUTGOING: "any message that goes out, an automatic one too",
    ResponseEnd.ANY_AGENT_ACTION: "anything that an agent does",
    ResponseEnd.PERSON: "the first public message that a person wrote",
}
RESOLUTION = {
    ResolutionEnd.FIRST: "the first time it is resolved",
    ResolutionEnd.LAST: "the last time it is resolved",
    ResolutionEnd.FIRST_HELD: "the first time it is resolved and stays so",
}
REOPEN = {
    ReopenRule.IGNORED: "is ignored",
    ReopenRule.RESTARTS: "starts the target anew",
    ReopenRule.NEW_CYCLE: "opens a new cycle with a clock of its own",
    ReopenRule.SUBTRACTS: "takes out the time it was resolved",
    ReopenRule.CHANGES_NOTHING: "changes nothing: the clock runs on from the start",
}
PRIORITY = {
    PriorityUsed.CURRENT: "the one it has now",
    PriorityUsed.FIRST: "the first it had",
    PriorityUsed.HIGHEST: "the most pressing it ever had",
}
POPULATION = {
    Population.ENDED: "what was finished in it",
    Population.DUE: "what was due in it, also what is still open",
}
PAUSES = {
    WaitReason.REQUESTER: "the requester",
    WaitReason.VENDOR: "a vendor",
    WaitReason.APPROVAL: "an approval",
    WaitReason.SCHEDULED: "a date",
    WaitReason.OTHER: "anything else",
}


def lens_rules(lens: Lens) -> tuple[tuple[str, str], ...]:
    """Every setting as a sentence: what it is about, and how it is counted here."""
    return (
        ("A first response ends with", RESPONSE[lens.response_ends]),
        (
            "Resolving without a reply",
            "counts as a first response" if lens.resolving_responds else "is no first response",
        ),
        ("A next reply is owed", reply_words(lens)),
        ("A resolution ends with", RESOLUTION[lens.resolution_ends]),
        ("A reopening", REOPEN[lens.reopen]),
        ("A clock pauses while it waits for", pause_words(lens)),
        ("A pause for the requester needs", needs_words(lens)),
        ("A pause for a date needs", date_words(lens)),
        ("The priority that counts is", PRIORITY[lens.priority]),
        ("A period covers", POPULATION[lens.population]),
        ("A new ticket on the same matter", disguised_words(lens)),
    )


def reply_words(lens: Lens) -> str:
    if lens.next_reply_owed is ReplyOwed.FIRST_UNANSWERED:
        return "from the requester’s first unanswered message on"
    return "at regular intervals while the ticket is open"


def pause_words(lens: Lens) -> str:
    names = [PAUSES[each] for each in WaitReason if each in lens.pauses]
    if not names:
        return "nothing: it never pauses"
    listed = f"{', '.join(names[:-1])} or {names[-1]}" if len(names) > 1 else names[0]
    if lens.pauses_for == frozenset(ClockName):
        return listed
    only = ", ".join(each.value.replace("_", " ") for each in CLOCKS if each in lens.pauses_for)
    return f"{listed} (only these clocks: {only})"


def needs_words(lens: Lens) -> str:
    is_free = lens.requester_pause_needs is RequesterPause.NOTHING
    return "nothing but the waiting state" if is_free else "a question that was asked"


def date_words(lens: Lens) -> str:
    is_free = lens.scheduled_pause_needs is ScheduledPause.NOTHING
    return (
        "nothing but the waiting state" if is_free else "a date that the requester’s side asked for"
    )


def disguised_words(lens: Lens) -> str:
    if lens.disguised is None:
        return "is a ticket of its own"
    return f"within {lens.disguised // DAY} days counts as a reopening"


# ---- the rest -----------------------------------------------------------------------------


def right_rows(written: Json) -> list[Right]:
    rows = written if isinstance(written, list) else []
    return [
        Right(
            topic=text_of(row.get("topic")),
            limit=text_of(row.get("limit")),
            decides=text_of(row.get("decides")).replace("_", " "),
            stands_in=text_of(row.get("stands_in")).replace("_", " "),
            within=days_words(row.get("within")) or span_text(row.get("within")),
        )
        for row in rows
        if isinstance(row, dict)
    ]


def span_text(value: Json) -> str:
    """`1h` as it is written, with a space for the reader: `1 h`."""
    return re.sub(r"(\d)([a-z])", r"\1 \2", text_of(value))


def point_rows(written: Json) -> list[tuple[str, str]]:
    filled = written if isinstance(written, dict) else {}
    rows = [(words, text_of(filled.get(name)).strip()) for name, words in POINTS.items()]
    names = people.titles(identity for _, text in rows for identity in PERSON.findall(text))
    return [(words, named(text, names)) for words, text in rows]


def named(text: str, names: Mapping[str, str]) -> str:
    """The text with people by name instead of by id."""
    return PERSON.sub(lambda found: names.get(found[1], "somebody"), text)


def text_of(value: Json) -> str:
    return "" if value is None else str(value)
