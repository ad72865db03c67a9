"""Clocks, lenses and legs of one ticket in words: the contract first, the wall beside it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.event import Event
from commondesk.core.record.instant import HOUR, SECOND, Instant, Span
from commondesk.core.record.ticket import Status, Ticket
from commondesk.core.service_level import clock, hands, why
from commondesk.core.service_level.agreement import Agreement
from commondesk.core.service_level.cases import cases_of
from commondesk.core.service_level.clock import Reading, State, Verdict
from commondesk.core.service_level.lens import CONTRACT_TEMPLATE, PRESETS, Lens
from commondesk.core.service_level.story import Story
from commondesk.core.texts import gettext, gettext_noop, pgettext, pgettext_noop
from commondesk.desk import wording

CLOCK_TITLES = {
    e.ClockName.RESPONSE: gettext_noop("First response"),
    e.ClockName.NEXT_REPLY: gettext_noop("Next reply"),
    e.ClockName.RESOLUTION: gettext_noop("Resolution"),
    e.ClockName.RESTORE: gettext_noop("Restore"),
}
FLAG_WORDS = {
    "lowered_after_miss": gettext_noop("lowered after the miss"),
    "used_up_when_raised": gettext_noop("used up when raised"),
    "late_return": gettext_noop("late return"),
    "holiday_entered_afterwards": gettext_noop("holiday entered afterwards"),
    "likely": gettext_noop("likely the same matter"),
}
VERDICT_WORDS = {
    Verdict.MET: gettext_noop("met"),
    Verdict.MET_SO_FAR: gettext_noop("met so far"),
    Verdict.MISSED: gettext_noop("missed"),
    Verdict.RUNNING: gettext_noop("running"),
    Verdict.UNDECIDED: gettext_noop("undecided"),
    Verdict.NO_TARGET: gettext_noop("no target"),
    Verdict.LIVE: gettext_noop("live"),
    Verdict.AFTER_THE_FACT: gettext_noop("after the fact"),
}
WAIT_WORDS = {
    e.WaitReason.REQUESTER: gettext_noop("the requester’s answer"),
    e.WaitReason.VENDOR: gettext_noop("the vendor"),
    e.WaitReason.APPROVAL: gettext_noop("an approval"),
    e.WaitReason.SCHEDULED: gettext_noop("the date"),
    e.WaitReason.OTHER: gettext_noop("something else"),
}
HANDS_WORDS = {
    "requester": gettext_noop("Requester"),
    "vendor": gettext_noop("Vendor"),
    "referent": gettext_noop("Referent"),
    hands.NOBODY: gettext_noop("Nobody"),
}
HANDS_TONES = {
    "requester": "asker",
    "vendor": "vendor",
    "referent": "l3",
    "L2": "l2",
    "L3": "l2",
    hands.NOBODY: "none",
}
LENS_TITLES = {
    "contract": pgettext_noop("lens", "contract (your charter)"),
    "experienced": pgettext_noop("lens", "experienced"),
    "first-resolve": pgettext_noop("lens", "first-resolve"),
    "restart-on-reopen": pgettext_noop("lens", "restart-on-reopen"),
    "cycles": pgettext_noop("lens", "cycles"),
    "subtract-resolved": pgettext_noop("lens", "subtract-resolved"),
}


@dataclass(frozen=True, slots=True)
class ClockWords:
    """One clock: what to read first, and what stands under it."""

    title: str
    text: str
    tone: str
    shape: str
    used: int
    lines: tuple[str, ...]
    tags: tuple[str, ...]
    verdict: str
    due_at: Instant | None


@dataclass(frozen=True, slots=True)
class LensRow:
    """What the same events come to under one lens."""

    title: str
    response: tuple[str, str]
    resolution: tuple[str, str]


@dataclass(frozen=True, slots=True)
class LegPart:
    """A leg as a share of the bar."""

    title: str
    word: str
    tone: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class LegSum:
    """How long one pair of hands had it."""

    hands: str
    tone: str
    work: Span
    share: int


@dataclass(frozen=True, slots=True)
class LegBar:
    """In whose hands the time was."""

    parts: tuple[LegPart, ...]
    sums: tuple[LegSum, ...]
    total: Span
    wall: Span
    begun_at: Instant
    ended_at: Instant
    is_wall: bool
    in_words: str


@dataclass(frozen=True, slots=True)
class Clocks:
    """Everything the side of the ticket says about time."""

    clocks: tuple[ClockWords, ...] = ()
    legs: LegBar | None = None
    terms: tuple[str, ...] = ()
    first_human: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """How each clock was counted, and what the same events come to under each lens."""

    clocks: tuple[tuple[str, tuple[str, ...]], ...] = ()
    lenses: tuple[LensRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """From when on an organisation had the ticket; empty is the company itself."""

    since: Instant
    organisation: str


def clocks_of(
    ticket: Ticket,
    history: Sequence[Event],
    parts: Mapping[str, Sequence[Event]],
    agreement: Agreement | None,
    *,
    zone: ZoneInfo,
    now: Instant,
    turns: Sequence[Turn] = (),
) -> Clocks:
    """All clocks of a ticket, read at this instant.

    turns tell which organisation had it when, where several had; a leg then carries its name.
    """
    if ticket.status is Status.MERGED:
        merged = gettext("A merged ticket has no clocks; they run on the one it went into.")
        return Clocks(terms=(merged,))
    histories = {ticket.stream: history, **parts}
    lens = CONTRACT_TEMPLATE if agreement is None else agreement.lens
    story = _story(histories, ticket.stream, lens, now)
    if story is None:
        return Clocks()
    readings = tuple(clock.readings_of(story, agreement, lens, now))
    teller = _Teller(ticket, story, agreement, lens, zone, now)
    return Clocks(
        clocks=tuple(teller.told(readings)),
        legs=_leg_bar(hands.legs_of(story, agreement, now, cuts=_cuts(turns)), turns),
        terms=tuple(_terms(agreement)),
        first_human=first_human_message(history, ticket.requester),
    )


def counted(
    ticket: Ticket,
    history: Sequence[Event],
    parts: Mapping[str, Sequence[Event]],
    agreement: Agreement | None,
    *,
    now: Instant,
) -> Counted:
    """Why each clock stands as it does, and every lens beside the contract."""
    if ticket.status is Status.MERGED:
        return Counted()
    histories = {ticket.stream: history, **parts}
    lens = CONTRACT_TEMPLATE if agreement is None else agreement.lens
    story = _story(histories, ticket.stream, lens, now)
    if story is None:
        return Counted()
    shown = sorted(_latest(tuple(clock.readings_of(story, agreement, lens, now))), key=_urgency)
    return Counted(
        clocks=tuple(
            (gettext(CLOCK_TITLES[reading.clock]), _reasons(reading, story, agreement, lens))
            for reading in shown
        ),
        lenses=tuple(_lens_rows(histories, ticket.stream, agreement, lens, now)),
    )


def _reasons(
    reading: Reading, story: Story, agreement: Agreement | None, lens: Lens
) -> tuple[str, ...]:
    return tuple(
        sentence[0].upper() + sentence[1:]
        for sentence in why.reasons(reading, story, agreement, lens, with_merges=False)
    )


def first_human_message(history: Sequence[Event], requester: str) -> str:
    """The message with which a person first answered the requester; empty while there is none."""
    human = {
        event.body.message
        for event in history
        if isinstance(event.body, e.MessageWritten)
        and event.actor.side.is_technical
        and not event.body.is_templated
        and (not event.body.to or requester in event.body.to)
    }
    delivered = (
        event.body.message
        for event in sorted(history, key=lambda event: (event.happened_at, event.position))
        if isinstance(event.body, e.MessageDelivered) and event.body.message in human
    )
    return next(delivered, "")


def _story(
    histories: Mapping[str, Sequence[Event]], stream: str, lens: Lens, now: Instant
) -> Story | None:
    # One ticket is read by itself: whether it belongs to a case is told in the review.
    return next((s for s in cases_of(histories, None, now) if stream in s.tickets), None)


class _Teller:
    """Tells readings of one ticket in words."""

    def __init__(
        self,
        ticket: Ticket,
        story: Story,
        agreement: Agreement | None,
        lens: Lens,
        zone: ZoneInfo,
        now: Instant,
    ) -> None:
        self.ticket, self.story, self.agreement = ticket, story, agreement
        self.lens, self.zone, self.now = lens, zone, now

    def told(self, readings: Sequence[Reading]) -> list[ClockWords]:
        """What still runs first, by due instant; then what is over."""
        shown = _latest(readings)
        words = [self.clock(reading) for reading in sorted(shown, key=_urgency)]
        if all(reading.clock is not e.ClockName.NEXT_REPLY for reading in shown):
            words.append(self._no_reply_owed())
        return words

    def clock(self, reading: Reading) -> ClockWords:
        text, tone, shape = self._headline(reading)
        return ClockWords(
            title=gettext(CLOCK_TITLES[reading.clock]),
            text=text,
            tone=tone,
            shape=shape,
            used=_share(reading),
            lines=tuple(line for line in self._lines(reading) if line),
            tags=tuple(_flag_words(flag) for flag in sorted(reading.flags)),
            verdict=gettext(VERDICT_WORDS[reading.verdict]),
            due_at=reading.due_at,
        )

    def _headline(self, reading: Reading) -> tuple[str, str, str]:
        used = {"span": wording.span_words(reading.used)}
        match reading.verdict:
            case Verdict.MET:
                return gettext("met in %(span)s") % used, "met", "met"
            case Verdict.MET_SO_FAR:
                return gettext("met so far, in %(span)s") % used, "met", "met"
            case Verdict.MISSED:
                return self._missed(reading)
            case Verdict.LIVE:
                return gettext("given live"), "calm", "none"
            case Verdict.AFTER_THE_FACT:
                return gettext("not judged"), "calm", "none"
            case Verdict.NO_TARGET if reading.ended_at is not None:
                return gettext("no target, took %(span)s") % used, "calm", "none"
            case Verdict.NO_TARGET:
                return gettext("no target, %(span)s so far") % used, "calm", "none"
            case Verdict.UNDECIDED:
                return wording.paused_words(reading.left), "", "paused"
        if reading.state is State.PAUSED:
            return wording.paused_words(reading.left), "", "paused"
        left = reading.left or 0
        return wording.due_words(left), "soon" if left < HOUR else "calm", "run"

    def _missed(self, reading: Reading) -> tuple[str, str, str]:
        if reading.ended_at is not None:
            told = gettext("missed, took %(span)s")
            return told % {"span": wording.span_words(reading.used)}, "late", "missed"
        missed = wording.missed_words(self.now - (reading.due_at or self.now))
        if reading.state is State.PAUSED:
            missed = gettext("%(missed)s, and paused") % {"missed": missed}
        return missed, "late", "missed"

    def _lines(self, reading: Reading) -> Iterable[str]:
        match reading.verdict:
            case Verdict.LIVE:
                yield gettext("Opened while speaking with the requester; a bucket of its own.")
                return
            case Verdict.AFTER_THE_FACT:
                yield gettext(
                    "Written down after the fact: counted in volume, never as a target met."
                )
                return
        yield self._when(reading)
        yield self._how_much(reading)
        yield self._kept_calendar(reading)

    def _when(self, reading: Reading) -> str:
        if reading.ended_at is not None:
            if reading.due_at is None:
                return ""
            told = gettext("Was due %(due)s, ended %(ended)s.")
            return told % {
                "due": self._at(reading.due_at),
                "ended": self._at(reading.ended_at),
            }
        if reading.state is State.PAUSED:
            return f"{self._waiting()} {self._if_now(reading)}".strip()
        if reading.due_at is None:
            return ""
        told = gettext("Due %(at)s.")
        if reading.due_at < self.now:
            told = gettext("Was due %(at)s.")
        return told % {"at": self._at(reading.due_at)}

    def _waiting(self) -> str:
        open_waits = [wait for wait in self.story.waits if wait.ended_at is None]
        if not open_waits:
            return ""
        wait = open_waits[-1]
        return gettext("Waiting for %(what)s since %(at)s.") % {
            "what": gettext(WAIT_WORDS[wait.on]),
            "at": self._at(wait.begun_at),
        }

    def _if_now(self, reading: Reading) -> str:
        if reading.left is None or reading.left <= 0 or reading.calendar is None:
            return ""
        due_at = reading.calendar.add(self.now, reading.left)
        return gettext("If it went on now: due %(at)s.") % {"at": self._at(due_at)}

    def _how_much(self, reading: Reading) -> str:
        wall = wording.age_words(reading.wall)
        if reading.span is None:
            return gettext("On the wall %(span)s.") % {"span": wall}
        told = gettext("%(used)s of %(span)s used in covered hours; on the wall %(wall)s.")
        return told % {
            "used": wording.span_words(reading.used),
            "span": wording.span_words(reading.span),
            "wall": wall,
        }

    def _kept_calendar(self, reading: Reading) -> str:
        """Which version of a calendar judged what is decided, where later ones were entered."""
        is_decided = reading.verdict in (Verdict.MET, Verdict.MET_SO_FAR, Verdict.MISSED)
        if not is_decided or reading.calendar is None or self.agreement is None:
            return ""
        known = self.agreement.calendars.get(reading.calendar.name)
        versions = known.versions if known else ()
        place = next((n for n, (_, each) in enumerate(versions) if each is reading.calendar), -1)
        if place < 0 or place == len(versions) - 1:
            return ""
        told = gettext(
            "Judged by calendar version %(version)s; what was entered %(at)s changes nothing."
        )
        return told % {"version": place + 1, "at": self._at(versions[place + 1][0])}

    def _at(self, at: Instant) -> str:
        return wording.instant_words(at, self.zone, self.now)

    def _no_reply_owed(self) -> ClockWords:
        line = gettext("We owe no answer.")
        if not self.ticket.has_human_reply:
            line = gettext("It starts once a person has answered for the first time.")
        return ClockWords(
            title=gettext(CLOCK_TITLES[e.ClockName.NEXT_REPLY]),
            text=gettext("not running"),
            tone="calm",
            shape="none",
            used=0,
            lines=(line,),
            tags=(),
            verdict="",
            due_at=None,
        )


def _flag_words(flag: str) -> str:
    known = FLAG_WORDS.get(flag)
    return gettext(known) if known else flag


def _latest(readings: Sequence[Reading]) -> list[Reading]:
    """Of each clock the newest unit; of next replies, the one that is owed or came last."""
    newest: dict[e.ClockName, Reading] = {}
    for reading in readings:
        newest[reading.clock] = reading
    return list(newest.values())


ORDER = tuple(CLOCK_TITLES)


def _urgency(reading: Reading) -> tuple[bool, Instant, int]:
    is_owed = reading.verdict in (Verdict.RUNNING, Verdict.MISSED, Verdict.UNDECIDED)
    is_over = reading.ended_at is not None or not is_owed
    due_at = reading.due_at if reading.due_at is not None else 1 << 62
    return is_over, 0 if is_over else due_at, ORDER.index(reading.clock)


def _share(reading: Reading) -> int:
    return min(100, 100 * reading.used // reading.span) if reading.span else 0


# ---- lenses side by side ------------------------------------------------------------------


def _lens_rows(
    histories: Mapping[str, Sequence[Event]],
    stream: str,
    agreement: Agreement | None,
    contract: Lens,
    now: Instant,
) -> Iterable[LensRow]:
    for name, lens in {"contract": contract, **PRESETS}.items():
        story = _story(histories, stream, lens, now)
        if story is None:
            continue
        readings = {each.clock: each for each in clock.readings_of(story, agreement, lens, now)}
        yield LensRow(
            pgettext("lens", LENS_TITLES[name]),
            _verdict_words(readings.get(e.ClockName.RESPONSE)),
            _verdict_words(readings.get(e.ClockName.RESOLUTION)),
        )


def _verdict_words(reading: Reading | None) -> tuple[str, str]:
    if reading is None:
        return "–", ""
    return gettext(VERDICT_WORDS[reading.verdict]), wording.span_words(reading.used)


def _terms(agreement: Agreement | None) -> Iterable[str]:
    if agreement is None:
        yield gettext("No charter was in force when it was opened.")


# ---- hands --------------------------------------------------------------------------------


def _cuts(turns: Sequence[Turn]) -> frozenset[Instant]:
    return frozenset(turn.since for turn in turns[1:])


def _leg_bar(legs: tuple[hands.Leg, ...], turns: Sequence[Turn]) -> LegBar | None:
    if not legs:
        return None
    total, wall = sum(leg.work for leg in legs), sum(leg.wall for leg in legs)
    is_wall = not total
    whole = wall if is_wall else total
    if not whole:
        return None
    named = _Named(turns)
    spans = [(leg.hands, named.hands(leg), leg.wall if is_wall else leg.work) for leg in legs]
    sums: dict[tuple[str, str], Span] = {}
    for name, title, span in spans:
        sums[title, name] = sums.get((title, name), 0) + span
    ordered = sorted(sums.items(), key=lambda each: -each[1])
    return LegBar(
        parts=tuple(_leg_parts(spans, whole)),
        sums=tuple(
            LegSum(title, _tone(name), span, round(100 * span / whole))
            for (title, name), span in ordered
            if span >= SECOND
        ),
        total=whole,
        wall=wall,
        begun_at=legs[0].begun_at,
        ended_at=legs[-1].ended_at,
        is_wall=is_wall,
        in_words=", ".join(
            f"{title} {wording.span_words(span)}" for (title, _), span in ordered if span
        ),
    )


class _Named:
    """Calls hands by their name; with several organisations, those of the tiers by theirs too."""

    def __init__(self, turns: Sequence[Turn]) -> None:
        organisations = {turn.organisation for turn in turns}
        self.turns = turns if len(organisations) > 1 else ()

    def hands(self, leg: hands.Leg) -> str:
        known = HANDS_WORDS.get(leg.hands)
        name = gettext(known) if known else leg.hands
        if not self.turns or leg.hands not in TIERS:
            return name
        had = [turn.organisation for turn in self.turns if turn.since <= leg.begun_at]
        return f"{name}, {had[-1]}" if had and had[-1] else name


TIERS = ("L1", "L2", "L3")


def _leg_parts(spans: Sequence[tuple[str, str, Span]], whole: Span) -> Iterable[LegPart]:
    x = 0.0
    for name, title, span in spans:
        width = 100 * span / whole
        if span:
            word = name if name in TIERS else ""
            told = f"{title}, {wording.span_words(span)}"
            yield LegPart(told, word, _tone(name), round(x, 2), round(width, 2))
        x += width


def _tone(name: str) -> str:
    return HANDS_TONES.get(name, "l1")
