"""The hands that do the work: who is on duty when, what each does next, and how tales go on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commondesk.core.record.instant import MINUTE, Instant, datetime_of, instant_of
from commondesk.sample.cast import Member
from commondesk.sample.stage import Stage, Tale

OFFICE_DAYS = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class Until:
    """A tale goes on at this instant."""

    at: Instant


@dataclass(frozen=True, slots=True)
class Somebody:
    """A tale goes on once one of these people, or of this pool, has a hand free for it.

    rank: the smaller, the sooner among what waits.
    """

    pool: str
    rank: int = 3
    who: str = ""


@dataclass(frozen=True, slots=True)
class Work:
    """So many minutes in the hands that the tale was given; then they are free again."""

    minutes: float


@dataclass(slots=True)
class Hand:
    """Somebody who works tickets.

    pace stretches all they do. elsewhere: so many minutes they have for others after each piece of
    work, as their provider serves other companies too. is_early is a habit of closing.
    """

    member: Member
    pools: tuple[str, ...]
    zone: ZoneInfo
    begins: time = time(9)
    ends: time = time(17)
    pace: float = 1.0
    elsewhere: float = 0.0
    is_early: bool = False
    is_gone: bool = False
    is_busy: bool = False
    looks_at: Instant = 0
    away: list[tuple[Instant, Instant]] = field(default_factory=list)

    def shift_on(self, day: date) -> tuple[Instant, Instant] | None:
        """From when to when they work that day; None on a day off."""
        noon = instant_of(datetime.combine(day, time(12), self.zone))
        is_away = any(begins <= noon < ends for begins, ends in self.away)
        if is_away or day.weekday() not in OFFICE_DAYS:
            return None
        begins = datetime.combine(day, self.begins, self.zone)
        ends = datetime.combine(day, self.ends, self.zone)
        return instant_of(begins), instant_of(ends)

    def next_on_duty(self, at: Instant) -> Instant:
        """At once if they are at work, else when their next shift begins."""
        day = datetime_of(at).astimezone(self.zone).date()
        for offset in range(40):
            shift = self.shift_on(day + timedelta(days=offset))
            if shift and at < shift[1]:
                return max(at, shift[0])
        raise AssertionError("no shift within forty days")


@dataclass(slots=True)
class _Waiting:
    rank: int
    turn: int
    wanted: Somebody
    tale: Tale


@dataclass
class Crew:
    """Everybody who works, and the tales that wait for one of them."""

    stage: Stage
    hands: list[Hand] = field(default_factory=list)
    pace: Callable[[Instant], float] = lambda _: 1.0
    """What all work is stretched by at an instant: the first weeks go slower."""
    _waiting: list[_Waiting] = field(default_factory=list)
    _turn: int = 0

    def hand(self, title: str) -> Hand:
        return next(each for each in self.hands if each.member.title == title)

    def join(self, hand: Hand) -> None:
        """Somebody more who works; they look what waits."""
        self.hands.append(hand)
        self._look(hand)

    def tell(self, at: Instant, tale: Tale) -> None:
        """Let a tale begin at an instant."""
        self.stage.plan(at, lambda: self._go_on(tale, None, None))

    def _go_on(self, tale: Tale, sent: object, hand: Hand | None) -> None:
        """Up to where the tale waits again. hand is the one that it holds."""
        stage = self.stage
        try:
            wanted = tale.send(sent)
        except StopIteration:
            self._free(hand)
            return
        match wanted:
            case Work(minutes=minutes) if hand is not None:
                span = max(1, round(minutes * hand.pace * self.pace(stage.now) * MINUTE))
                # Whatever lies behind the end keeps the hand busy, and changes nothing any more.
                stage.plan(stage.now + span, lambda: self._go_on(tale, hand, hand))
            case Until(at=at):
                self._free(hand)
                stage.plan(at, lambda: self._go_on(tale, None, None))
            case Somebody():
                self._free(hand)
                self._turn += 1
                self._waiting.append(_Waiting(wanted.rank, self._turn, wanted, tale))
                self._call()
            case _:
                raise TypeError(f"a tale does not wait for {wanted!r}")

    def _free(self, hand: Hand | None) -> None:
        if hand is None:
            return
        if hand.elsewhere:
            rate = 1 / (hand.elsewhere * MINUTE * self.pace(self.stage.now))
            back_at = self.stage.now + round(self.stage.chance.expovariate(rate))
            self.stage.plan(back_at, lambda: self._is_back(hand))
        else:
            self._is_back(hand)

    def _is_back(self, hand: Hand) -> None:
        hand.is_busy = False
        self._look(hand)

    def _call(self) -> None:
        for hand in self.hands:
            if not hand.is_busy:
                self._look(hand)

    def _look(self, hand: Hand) -> None:
        """Whoever is free and at work takes what matters most; else they look when they come."""
        stage = self.stage
        if hand.is_busy or hand.is_gone:
            return
        on_duty = hand.next_on_duty(stage.now)
        if on_duty > stage.now:
            if hand.looks_at != on_duty:
                hand.looks_at = on_duty
                stage.plan(on_duty, lambda: self._look(hand))
            return
        found = [each for each in self._waiting if _is_for(hand, each.wanted)]
        if found:
            first = min(found, key=lambda each: (each.rank, each.turn))
            self._waiting.remove(first)
            hand.is_busy = True
            self._go_on(first.tale, hand, hand)

    def hand_over_all(self, title: str, pool: str) -> None:
        """What waits for somebody who is gone waits for their pool now."""
        for each in self._waiting:
            if each.wanted.who == title:
                each.wanted = Somebody(pool, each.wanted.rank)
        self._call()


def _is_for(hand: Hand, wanted: Somebody) -> bool:
    if wanted.who:
        return wanted.who == hand.member.title
    return wanted.pool in hand.pools
