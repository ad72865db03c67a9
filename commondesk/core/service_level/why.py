"""Reasons: why a clock reads as it does, in plain sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from ..record.events import ClockName, WaitReason
from ..record.instant import HOUR, MINUTE, SECOND, Instant, Span, datetime_of
from .agreement import Agreement
from .clock import Reading, Verdict
from .lens import (
    Lens,
    PriorityUsed,
    ReopenRule,
    ReplyOwed,
    RequesterPause,
    ResolutionEnd,
    ResponseEnd,
    ScheduledPause,
)
from .pauses import pauses_of
from .story import Story

_FLAG_WORDS = {
    "lowered_after_miss": "the priority was lowered after the miss, which stays",
    "used_up_when_raised": "the shorter target was used up when the priority was raised",
    "late_return": "it came back after the hold period, as a case of its own",
    "holiday_entered_afterwards": "a holiday was entered afterwards; the result stands",
    "likely": "tickets were joined by likeness; nobody has confirmed it",
}
_VERDICT_WORDS = {
    Verdict.MET: "met: it ended at or before the due instant",
    Verdict.MET_SO_FAR: "met so far: the hold period has not run yet",
    Verdict.MISSED: "missed: the due instant passed first",
    Verdict.RUNNING: "no verdict yet: the due instant is ahead",
    Verdict.UNDECIDED: "undecided: it waits, and no due instant was reached",
    Verdict.NO_TARGET: "no target: the charter promises nothing here, or none was in force",
    Verdict.LIVE: "live: opened with the requester on the line, a bucket of its own",
    Verdict.AFTER_THE_FACT: "after the fact: counted in volume, never as a target",
}
_RESPONSE_WORDS = {
    ResponseEnd.ANY_OUTGOING: "any outgoing message ends it, an automatic one too",
    ResponseEnd.ANY_AGENT_ACTION: "any action of an agent ends it",
    ResponseEnd.PERSON: "only a public message written by a person ends it",
}
_END_WORDS = {
    ResolutionEnd.FIRST: "the first resolve ends it",
    ResolutionEnd.LAST: "the last resolve ends it",
    ResolutionEnd.FIRST_HELD: "the first resolve that held ends it",
}
_REOPEN_WORDS = {
    ReopenRule.IGNORED: "reopens are ignored",
    ReopenRule.RESTARTS: "a reopen restarts the target",
    ReopenRule.NEW_CYCLE: "a reopen opens a new cycle",
    ReopenRule.SUBTRACTS: "the time spent resolved is taken off",
    ReopenRule.CHANGES_NOTHING: "a reopen changes nothing, the clock runs on from the start",
}
_PRIORITY_WORDS = {
    PriorityUsed.CURRENT: "the current priority rules from the start",
    PriorityUsed.FIRST: "the first priority rules from the start",
    PriorityUsed.HIGHEST: "the highest priority held rules; a lowering needs the requester's word",
}


def span_words(span: Span) -> str:
    """A span in words, to the second: `1 h 30 min`, `-2 min`, `0 min`."""
    sign, rest = ("-" if span < 0 else ""), abs(span)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds = rest // SECOND
    parts = [(hours, "h"), (minutes, "min"), (seconds, "s")]
    words = " ".join(f"{count} {unit}" for count, unit in parts if count)
    return sign + (words or "0 min")


def instant_words(instant: Instant, zone: str) -> str:
    """An instant in a zone: `Mon 2025-03-10 09:00`, with seconds where there are some."""
    moment = datetime_of(instant).astimezone(ZoneInfo(zone))
    return moment.strftime("%a %Y-%m-%d %H:%M" + (":%S" if instant % MINUTE else ""))


def reasons(
    reading: Reading, story: Story, agreement: Agreement | None, lens: Lens
) -> Iterator[str]:
    """Why a reading is what it is: rule, target, changes, pauses, flags, verdict."""
    zone = reading.calendar.zone if reading.calendar else "UTC"

    def when(instant: Instant) -> str:
        return instant_words(instant, zone)

    yield _rule(reading, lens)
    if reading.span is not None and reading.calendar is not None:
        calendar = reading.calendar
        yield f"target {span_words(reading.span)} in {calendar.name} ({calendar.zone})"
    yield from _priorities(story, lens, when)
    yield from _returns(reading, story, when)
    yield from _pauses(reading, story, lens, when)
    for part in story.parts:
        yield f"ticket {part.story.tickets[0]} was merged {when(part.merged_at)} with its target"
    for flag in sorted(reading.flags):
        yield _FLAG_WORDS.get(flag, flag)
    yield _VERDICT_WORDS[reading.verdict]


def _rule(reading: Reading, lens: Lens) -> str:
    match reading.clock:
        case ClockName.RESPONSE:
            extra = "; resolving counts as an answer" if lens.resolving_responds else ""
            return _RESPONSE_WORDS[lens.response_ends] + extra
        case ClockName.NEXT_REPLY if lens.next_reply_owed is ReplyOwed.EVERY:
            return f"an answer is owed every {span_words(lens.next_reply_every)} while it is open"
        case ClockName.NEXT_REPLY:
            return "an answer is owed from the requester's first unanswered message"
        case ClockName.RESTORE:
            return "the first restore step ends it, or the resolve"
        case ClockName.RESOLUTION:
            return f"{_END_WORDS[lens.resolution_ends]}; {_REOPEN_WORDS[lens.reopen]}"


def _priorities(story: Story, lens: Lens, when: Callable[[Instant], str]) -> Iterator[str]:
    marks = [mark for mark in story.priorities if mark.step != "confirmed"]
    if len(marks) > 1:
        yield _PRIORITY_WORDS[lens.priority]
    for mark in marks:
        if mark.step == "agreed":
            yield f"{when(mark.at)}: the requester's side agreed to {mark.priority}"
        else:
            by = "" if mark.is_person else " by machine"
            yield f"{when(mark.at)}: priority {mark.priority} set{by}"


def _returns(reading: Reading, story: Story, when: Callable[[Instant], str]) -> Iterator[str]:
    if reading.clock not in (ClockName.RESOLUTION, ClockName.RESTORE):
        return
    for each in story.rounds:
        back = f", reopened {when(each.reopened_at)}" if each.reopened_at is not None else ""
        yield f"resolved {when(each.resolved_at)}{back}"
    if story.disguised_reopens:
        yield f"{story.disguised_reopens} of the reopens came as new tickets"


def _pauses(
    reading: Reading, story: Story, lens: Lens, when: Callable[[Instant], str]
) -> Iterator[str]:
    is_paused = reading.clock in lens.pauses_for
    for wait in story.waits:
        if wait.ended_at is not None and wait.ended_at <= reading.started_at:
            continue
        until = when(wait.ended_at) if wait.ended_at is not None else "now"
        what = f"waiting on {wait.on.value} {when(wait.begun_at)} to {until}"
        if not is_paused or wait.on not in lens.pauses:
            yield f"{what}: no pause under this lens"
        elif wait.on is WaitReason.REQUESTER and _needs_question(lens):
            yield f"{what}: pauses only while a question is open"
        elif wait.on is WaitReason.SCHEDULED and (
            lens.scheduled_pause_needs is ScheduledPause.DATE
        ):
            yield f"{what}: pauses only up to a date that the requester's side asked for"
    if is_paused:
        for begin, end in pauses_of(story, lens):
            yield f"paused {when(begin)} to {when(end) if end is not None else 'now'}"


def _needs_question(lens: Lens) -> bool:
    return lens.requester_pause_needs is RequesterPause.QUESTION
