"""Reasons: why a clock reads as it does, in plain sentences, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

from ..record.events import ClockName, WaitReason
from ..record.instant import HOUR, MINUTE, SECOND, Instant, Span, datetime_of
from ..texts import gettext, gettext_noop, ngettext, pgettext
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
    "lowered_after_miss": gettext_noop("the priority was lowered after the miss, which stays"),
    "used_up_when_raised": gettext_noop(
        "the shorter target was used up when the priority was raised"
    ),
    "late_return": gettext_noop("it came back after the hold period, as a case of its own"),
    "holiday_entered_afterwards": gettext_noop(
        "a holiday was entered afterwards; the result stands"
    ),
    "likely": gettext_noop("tickets were joined by likeness; nobody has confirmed it"),
}
_VERDICT_WORDS = {
    Verdict.MET: gettext_noop("met: it ended at or before the due instant"),
    Verdict.MET_SO_FAR: gettext_noop("met so far: the hold period has not run yet"),
    Verdict.MISSED: gettext_noop("missed: the due instant passed first"),
    Verdict.RUNNING: gettext_noop("no verdict yet: the due instant is ahead"),
    Verdict.UNDECIDED: gettext_noop("undecided: it waits, and no due instant was reached"),
    Verdict.NO_TARGET: gettext_noop(
        "no target: the charter promises nothing here, or none was in force"
    ),
    Verdict.LIVE: gettext_noop("live: opened with the requester on the line, a bucket of its own"),
    Verdict.AFTER_THE_FACT: gettext_noop("after the fact: counted in volume, never as a target"),
}
_RESPONSE_WORDS = {
    ResponseEnd.ANY_OUTGOING: gettext_noop("any outgoing message ends it, an automatic one too"),
    ResponseEnd.ANY_AGENT_ACTION: gettext_noop("any action of an agent ends it"),
    ResponseEnd.PERSON: gettext_noop("only a public message written by a person ends it"),
}
_END_WORDS = {
    ResolutionEnd.FIRST: gettext_noop("the first resolve ends it"),
    ResolutionEnd.LAST: gettext_noop("the last resolve ends it"),
    ResolutionEnd.FIRST_HELD: gettext_noop("the first resolve that held ends it"),
}
_REOPEN_WORDS = {
    ReopenRule.IGNORED: gettext_noop("reopens are ignored"),
    ReopenRule.RESTARTS: gettext_noop("a reopen restarts the target"),
    ReopenRule.NEW_CYCLE: gettext_noop("a reopen opens a new cycle"),
    ReopenRule.SUBTRACTS: gettext_noop("the time spent resolved is taken off"),
    ReopenRule.CHANGES_NOTHING: gettext_noop(
        "a reopen changes nothing, the clock runs on from the start"
    ),
}
_PRIORITY_WORDS = {
    PriorityUsed.CURRENT: gettext_noop("the current priority rules from the start"),
    PriorityUsed.FIRST: gettext_noop("the first priority rules from the start"),
    PriorityUsed.HIGHEST: gettext_noop(
        "the highest priority held rules; a lowering needs the requester's word"
    ),
}
_WAIT_WORDS = {
    WaitReason.REQUESTER: gettext_noop("waiting on requester %(begun)s to %(until)s"),
    WaitReason.VENDOR: gettext_noop("waiting on vendor %(begun)s to %(until)s"),
    WaitReason.APPROVAL: gettext_noop("waiting on approval %(begun)s to %(until)s"),
    WaitReason.SCHEDULED: gettext_noop("waiting on scheduled %(begun)s to %(until)s"),
    WaitReason.OTHER: gettext_noop("waiting on other %(begun)s to %(until)s"),
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
    day = pgettext("day", moment.strftime("%a"))
    return f"{day} {moment.strftime('%Y-%m-%d %H:%M' + (':%S' if instant % MINUTE else ''))}"


def reasons(
    reading: Reading,
    story: Story,
    agreement: Agreement | None,
    lens: Lens,
    *,
    with_merges: bool = True,
) -> Iterator[str]:
    """Why a reading is what it is: rule, target, changes, pauses, merges, flags, verdict."""
    zone = reading.calendar.zone if reading.calendar else "UTC"

    def when(instant: Instant) -> str:
        return instant_words(instant, zone)

    yield _rule(reading, lens)
    if reading.span is not None and reading.calendar is not None:
        calendar = reading.calendar
        yield gettext("target %(span)s in %(calendar)s (%(zone)s)") % {
            "span": span_words(reading.span),
            "calendar": calendar.name,
            "zone": calendar.zone,
        }
    yield from _priorities(story, lens, when)
    yield from _returns(reading, story, when)
    yield from _pauses(reading, story, lens, when)
    for part in story.parts if with_merges else ():
        yield gettext("ticket %(ticket)s was merged %(instant)s with its target") % {
            "ticket": part.story.tickets[0],
            "instant": when(part.merged_at),
        }
    for flag in sorted(reading.flags):
        yield gettext(_FLAG_WORDS[flag]) if flag in _FLAG_WORDS else flag
    yield gettext(_VERDICT_WORDS[reading.verdict])


def _rule(reading: Reading, lens: Lens) -> str:
    match reading.clock:
        case ClockName.RESPONSE:
            rule = gettext(_RESPONSE_WORDS[lens.response_ends])
            if not lens.resolving_responds:
                return rule
            return gettext("%(rule)s; resolving counts as an answer") % {"rule": rule}
        case ClockName.NEXT_REPLY if lens.next_reply_owed is ReplyOwed.EVERY:
            return gettext("an answer is owed every %(span)s while it is open") % {
                "span": span_words(lens.next_reply_every)
            }
        case ClockName.NEXT_REPLY:
            return gettext("an answer is owed from the requester's first unanswered message")
        case ClockName.RESTORE:
            return gettext("the first restore step ends it, or the resolve")
        case ClockName.RESOLUTION:
            return gettext("%(end)s; %(reopen)s") % {
                "end": gettext(_END_WORDS[lens.resolution_ends]),
                "reopen": gettext(_REOPEN_WORDS[lens.reopen]),
            }


def _priorities(story: Story, lens: Lens, when: Callable[[Instant], str]) -> Iterator[str]:
    marks = [mark for mark in story.priorities if mark.step != "confirmed"]
    if len(marks) > 1:
        yield gettext(_PRIORITY_WORDS[lens.priority])
    for mark in marks:
        if mark.step == "agreed":
            told = gettext("%(instant)s: the requester's side agreed to %(priority)s")
        elif mark.is_person:
            told = gettext("%(instant)s: priority %(priority)s set")
        else:
            told = gettext("%(instant)s: priority %(priority)s set by machine")
        yield told % {"instant": when(mark.at), "priority": mark.priority}


def _returns(reading: Reading, story: Story, when: Callable[[Instant], str]) -> Iterator[str]:
    if reading.clock not in (ClockName.RESOLUTION, ClockName.RESTORE):
        return
    for each in story.rounds:
        if each.reopened_at is None:
            yield gettext("resolved %(instant)s") % {"instant": when(each.resolved_at)}
        else:
            yield gettext("resolved %(instant)s, reopened %(later)s") % {
                "instant": when(each.resolved_at),
                "later": when(each.reopened_at),
            }
    if story.disguised_reopens:
        count = story.disguised_reopens
        yield ngettext(
            "%(count)s of the reopens came as new tickets",
            "%(count)s of the reopens came as new tickets",
            count,
        ) % {"count": count}


def _pauses(
    reading: Reading, story: Story, lens: Lens, when: Callable[[Instant], str]
) -> Iterator[str]:
    is_paused = reading.clock in lens.pauses_for
    for wait in story.waits:
        if wait.ended_at is not None and wait.ended_at <= reading.started_at:
            continue
        until = when(wait.ended_at) if wait.ended_at is not None else gettext("now")
        what = gettext(_WAIT_WORDS[wait.on]) % {"begun": when(wait.begun_at), "until": until}
        if not is_paused or wait.on not in lens.pauses:
            yield gettext("%(what)s: no pause under this lens") % {"what": what}
        elif wait.on is WaitReason.REQUESTER and _needs_question(lens):
            yield gettext("%(what)s: pauses only while a question is open") % {"what": what}
        elif wait.on is WaitReason.SCHEDULED and (
            lens.scheduled_pause_needs is ScheduledPause.DATE
        ):
            yield gettext(
                "%(what)s: pauses only up to a date that the requester's side asked for"
            ) % {"what": what}
    if is_paused:
        for begin, end in pauses_of(story, lens):
            yield gettext("paused %(begun)s to %(until)s") % {
                "begun": when(begin),
                "until": when(end) if end is not None else gettext("now"),
            }


def _needs_question(lens: Lens) -> bool:
    return lens.requester_pause_needs is RequesterPause.QUESTION
