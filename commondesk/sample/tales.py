"""What becomes of tickets: an ordinary one, and what people do beside it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

from commondesk.core.record import events as e
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant
from commondesk.core.record.ticket import Status
from commondesk.desk import actions
from commondesk.sample import cast, matters
from commondesk.sample.cast import Member
from commondesk.sample.hands import Crew, Hand, Somebody, Until, Work
from commondesk.sample.stage import Case, Stage, Tale

L1, L2, SITE = "first line", "specialists", "site"
SEEN_AFTER = 30 * MINUTE
RANK_OF = {e.Priority.P1: 0, e.Priority.P2: 1, e.Priority.P3: 2, e.Priority.P4: 3}

OF_A_HUNDRED = {
    "templated": 8,
    "asked": 50,
    "never answered": 6,
    "for a date": 14,
    "passed on": 14,
    "put aside": 40,
    "back": 5,
    "back to who closes early": 45,
    "anew to who closes early": 30,
    "thanks": 9,
    "rated": 25,
    "closed": 20,
    "chased": 10,
}
"""How often things happen, of a hundred times that they may."""


@dataclass
class Teller:
    """Tells tales on a stage, with a crew whose hands they go through."""

    stage: Stage
    crew: Crew

    def happens(self, what: str) -> bool:
        """Whether this happens this time."""
        return self.stage.chance.random() * 100 < OF_A_HUNDRED[what]

    # ---- an ordinary ticket ---------------------------------------------------------------

    def ordinary(self, case: Case) -> Tale:
        """Opened, perhaps asked about, perhaps passed on, solved, perhaps back again."""
        stage, chance, matter = self.stage, self.stage.chance, case.matter
        if case.channel is e.Channel.PHONE:
            owner: Hand = yield Somebody(self.pool_of(case), 0)
            stage.open(case, by=owner.member, opening=e.Opening.LIVE)
        else:
            stage.open(case)
            # Nobody looks at the queue all the time.
            yield Until(stage.now + round(chance.expovariate(1 / SEEN_AFTER)))
            owner = yield Somebody(self.pool_of(case), RANK_OF[e.Priority.P3])
        if self.happens("chased"):
            at = self.waking_hours(stage.now + chance.randrange(3 * HOUR, 30 * HOUR))
            stage.plan(at, partial(self._chased, case))
        yield from self._first_touch(case, owner)
        if matter.question and self.happens("asked"):
            owner = yield from self._asked(case, owner)
        if matter.kind is e.Kind.REQUEST and self.happens("for a date"):
            owner = yield from self._put_off(case, owner)
        elif self.happens("passed on"):
            yield Work(matter.minutes / 2)
            owner = yield from self._passed_on(case, owner)
        elif self.happens("put aside"):
            owner = yield from self.again(case, owner)
        minutes = matter.minutes * chance.uniform(0.5, 2.2)
        yield Work(minutes)
        stage.logs(case, owner.member, minutes)
        yield from self._finished(case, owner)

    def pool_of(self, case: Case) -> str:
        """Whose the services of this matter are."""
        return SITE if case.matter.service in ("erp", "lines") else L1

    def rank_of(self, case: Case) -> int:
        """How pressing it is beside others: the smaller, the sooner."""
        priority = self.stage.ticket(case.ticket).priority
        return RANK_OF.get(priority, 2) if priority else 2

    def again(self, case: Case, owner: Hand) -> Generator[Any, Any, Hand]:
        """The owner once more; whoever takes it, if they are gone."""
        pool = self.pool_of(case)
        wanted = Somebody(pool, self.rank_of(case), who=owner.member.title)
        hand: Hand = yield Somebody(pool, wanted.rank) if owner.is_gone else wanted
        if hand is not owner:
            self.stage.step(actions.take, case, hand.member)
        return hand

    def triages(self, case: Case, who: Member) -> None:
        """Say how pressing it is, by the matrix."""
        level = case.matter.urgency, case.matter.spread
        self.stage.step(actions.prioritise, case, who, urgency=level[0], spread=level[1])

    def _first_touch(self, case: Case, owner: Hand) -> Tale:
        stage = self.stage
        stage.step(actions.take, case, owner.member)
        self.triages(case, owner.member)
        yield Work(stage.chance.uniform(2, 12))
        is_templated = self.happens("templated")
        text = matters.TEMPLATED if is_templated else case.matter.reply
        stage.replies(case, owner.member, text, is_templated=is_templated)
        yield Work(stage.chance.uniform(3, 9))

    def _asked(self, case: Case, owner: Hand) -> Generator[Any, Any, Hand]:
        """A question; most are answered within a day, some never."""
        stage, chance = self.stage, self.stage.chance
        stage.asks(case, owner.member, case.matter.question)
        if self.happens("never answered"):
            yield Until(stage.end)
        minutes = chance.lognormvariate(4.6, 1.0)
        yield Until(self.waking_hours(stage.now + round(minutes * MINUTE)))
        stage.answers(case, case.matter.answer)
        return (yield from self.again(case, owner))

    def _put_off(self, case: Case, owner: Hand) -> Generator[Any, Any, Hand]:
        """It waits for a date; half of the time the requester asked for that one."""
        stage, chance = self.stage, self.stage.chance
        until = self.waking_hours(stage.now + chance.randrange(DAY, 6 * DAY))
        is_theirs = chance.random() < 0.5
        stage.step(
            actions.wait_on,
            case,
            owner.member,
            reason=e.WaitReason.SCHEDULED,
            until=until,
            is_requesters_date=is_theirs,
        )
        yield Until(until + MINUTE)
        return (yield from self.again(case, owner))

    def waking_hours(self, at: Instant) -> Instant:
        """Requesters write between seven and seven; what falls into the night waits for eight."""
        hour = at % DAY // HOUR
        return at if 6 <= hour < 18 else at - at % DAY + (DAY if hour >= 18 else 0) + 7 * HOUR

    def _passed_on(self, case: Case, owner: Hand) -> Generator[Any, Any, Hand]:
        """To more skill: offered, accepted by somebody there, and theirs from then on."""
        stage = self.stage
        if self.pool_of(case) == SITE:
            reason = "The platform below is yours: the order system itself is well."
            step = partial(actions.offer_handover, team=cast.SPECIALISTS, reason=reason)
        else:
            reason = "I tried the usual; this needs somebody who knows the platform."
            step = partial(actions.escalate_functionally, team=cast.SPECIALISTS, reason=reason)
        stage.step(step, case, owner.member)
        taker: Hand = yield Somebody(L2, self.rank_of(case))
        stage.step(actions.accept_handover, case, taker.member)
        return taker

    # ---- the end, which may not be one ----------------------------------------------------

    def _finished(self, case: Case, owner: Hand) -> Tale:
        stage = self.stage
        stage.resolves(case, owner.member, self._last_words(case, owner))
        if owner.is_early and self.happens("anew to who closes early"):
            yield from self._written_anew(case)
        elif self.happens("back to who closes early" if owner.is_early else "back"):
            yield from self._back(case, owner)
        elif self.happens("thanks"):
            yield from self._thanked(case, owner)
        yield from self._judged(case)

    def _last_words(self, case: Case, owner: Hand) -> str:
        return matters.EARLY if owner.is_early else case.matter.solution

    def _later(self, most: int) -> Instant:
        return self.waking_hours(self.stage.now + self.stage.chance.randrange(5 * MINUTE, most))

    def _written_anew(self, case: Case) -> Tale:
        """The same matter comes back as a new ticket, not as an answer."""
        yield Until(self._later(3 * DAY))
        new = Case(case.matter, case.requester, case.site, case.channel)
        text = f"{matters.AGAIN_NEW} ({case.matter.text})"
        self.stage.open(new, text=text)
        owner: Hand = yield Somebody(self.pool_of(new), 2)
        yield from self._first_touch(new, owner)
        yield Work(case.matter.minutes)
        self.stage.resolves(new, owner.member, case.matter.solution)

    def _back(self, case: Case, owner: Hand) -> Tale:
        """It was not solved: the requester says so, and somebody does it right."""
        chance = self.stage.chance
        yield Until(self._later(40 * HOUR))
        self.stage.answers(case, chance.choice(matters.BACK_AGAIN))
        owner = yield from self.again(case, owner)
        yield Work(case.matter.minutes * chance.uniform(0.8, 2))
        self.stage.resolves(case, owner.member, case.matter.solution)

    def _thanked(self, case: Case, owner: Hand) -> Tale:
        """Thanks reopen it, and somebody says that they were thanks."""
        yield Until(self._later(2 * HOUR))
        self.stage.answers(case, self.stage.chance.choice(matters.THANKS))
        owner = yield from self.again(case, owner)
        if self.stage.step(actions.void_reopen, case, owner.member) is None:
            # Nothing comes back of it, too, when it was too late for that.
            self.stage.resolves(case, owner.member, "")
        yield Work(1)

    def _judged(self, case: Case) -> Tale:
        """Some say how it was, and that it is done."""
        stage, chance = self.stage, self.stage.chance
        if self.happens("rated"):
            yield Until(self._later(20 * HOUR))
            score = chance.choices((1, 2, 3, 4, 5), (6, 8, 14, 32, 40))[0]
            stage.rates(case, score, chance.choice(matters.COMMENTS))
        if self.happens("closed"):
            yield Until(self._later(40 * HOUR))
            if stage.ticket(case.ticket).status is Status.RESOLVED:
                stage.step(actions.close, case, case.requester)

    # ---- beside it ------------------------------------------------------------------------

    def _chased(self, case: Case) -> None:
        """Some do not wait in silence."""
        ticket = self.stage.ticket(case.ticket)
        if ticket.status is Status.OPEN:
            self.stage.answers(case, self.stage.chance.choice(matters.CHASERS))
            owners = (each for each in self.crew.hands if each.member.actor.id == ticket.owner)
            hand = next(owners, None)
            if hand is not None and not hand.is_gone:
                self.crew.tell(self.stage.now, self._told(case, hand))

    def _told(self, case: Case, hand: Hand) -> Tale:
        yield Somebody("", 2, who=hand.member.title)
        self.stage.replies(case, hand.member, "I have it before me and come back to you today.")
        yield Work(2)


def channel_of(stage: Stage, kind: e.Kind) -> e.Channel:
    """How this one comes: mostly by mail; an alert from the machine that saw it."""
    if kind is e.Kind.ALERT:
        return e.Channel.MONITORING
    channels = (e.Channel.MAIL, e.Channel.PORTAL, e.Channel.PHONE)
    return stage.chance.choices(channels, (72, 18, 10))[0]
