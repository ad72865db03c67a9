"""The stories that a sample must tell, each on its day."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from commondesk.accounts.arrangement import leaving
from commondesk.core.record import events as e
from commondesk.core.record.event import Actor, Side
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant, instant_of
from commondesk.core.record.ticket import Status
from commondesk.desk import actions
from commondesk.sample import cast, matters
from commondesk.sample.cast import Member
from commondesk.sample.hands import Hand, Somebody, Until, Work
from commondesk.sample.stage import Case, Tale
from commondesk.sample.tales import L1, L2, SITE, Teller

MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY = range(5)
PRINTER_WEEKS = 9
LIST_EXCHANGES = 18


@dataclass
class Plot:
    """Which story is told on which day. tickets: how many they open together."""

    teller: Teller
    days: list[date]
    zone: ZoneInfo
    tickets: int = 0

    @property
    def bad_monday(self) -> date:
        """When four times as many come as on any other."""
        return self.day(43, MONDAY)

    def day(self, after: int, weekday: int) -> date:
        """The first such weekday after so many days."""
        return next(day for day in self.days[after:] if day.weekday() == weekday)

    def at(self, day: date, hour: int, minute: int = 0) -> Instant:
        """An instant of the sample's own wall clock."""
        return instant_of(datetime.combine(day, time(hour, minute), self.zone))

    def arrange(self, most: int) -> None:
        """Put the stories on the agenda, as many as that many tickets have room for."""
        for opens, begins, tale in self._stories():
            if self.tickets + opens > most:
                return
            self.tickets += opens
            self.teller.crew.tell(begins, tale())
        for week in range(PRINTER_WEEKS):
            if self.tickets < most:
                self.tickets += 1
                self._printer(week)

    def _stories(self) -> tuple[tuple[int, Instant, Callable[[], Tale]], ...]:
        on = self.at
        return (
            (1, on(self.day(31, TUESDAY), 10, 5), self.black_hole),
            (1, on(self.day(24, WEDNESDAY), 1, 42), self.night),
            (1, on(self.day(52, THURSDAY), 9, 20), self.lowered),
            (1, on(self.day(35, WEDNESDAY), 8, 50), self.long_one),
            (1, on(self.day(62, TUESDAY), 7, 40), self.with_vendor),
            (2, on(self.day(70, MONDAY), 9, 2), self.merged),
            (2, on(self.day(38, TUESDAY), 10, 15), self.split),
            (1, on(self.day(66, FRIDAY), 12, 30), self.after_the_fact),
            (1, on(self.day(47, WEDNESDAY), 9, 45), self.to_and_fro),
            (1, on(self.day(73, THURSDAY), 13, 15), self.to_and_fro),
            (2, on(self.day(10, THURSDAY), 11, 5), self.returned),
            (1, on(self.days[-2], 11, 20), self.nobody_yet),
            (1, on(self.days[-3], 14, 10), self.offered),
            (1, on(self.days[-5], 8, 35), self.still_with_vendor),
        )

    def _printer(self, week: int) -> None:
        day = self.day(15 + 8 * week, (week * 2) % 5)
        who = self.teller.stage.cast.requesters[week % 3]
        case = Case(matters.PRINTER, who, cast.NORTHPORT, e.Channel.MAIL)
        self.teller.crew.tell(self.at(day, 9 + week % 5, 12), self.teller.ordinary(case))

    def _case(self, matter: matters.Matter, who: int, site: str) -> Case:
        return Case(matter, self.teller.stage.cast.requesters[who], site, e.Channel.MAIL)

    # ---- the stories ----------------------------------------------------------------------

    def night(self) -> Tale:
        """Nothing works at night: raised, restored by a workaround, resolved, followed up."""
        stage, the = self.teller.stage, self.teller.stage.cast
        kai, sam = the.agents["Kai Latehours"], the.agents["Sam Specialist"]
        case = self._case(matters.OUTAGE, 4, cast.NORTHPORT)
        case.channel = e.Channel.PHONE
        stage.open(case, by=kai)
        yield Until(stage.now + 2 * MINUTE)
        self.teller.triages(case, kai)
        yield Until(stage.now + 5 * MINUTE)
        stage.step(actions.take, case, kai)
        stage.replies(case, kai, matters.OUTAGE.reply)
        yield Until(stage.now + 9 * MINUTE)
        reason = "The main switch does not answer, and I cannot reach it from here."
        passes_on = partial(actions.escalate_functionally, team=cast.SPECIALISTS, reason=reason)
        stage.step(passes_on, case, kai)
        call = partial(actions.escalate_hierarchically, contact=the.lead.person, reason=reason)
        stage.step(call, case, kai)
        yield Until(stage.now + 22 * MINUTE)
        stage.step(actions.accept_handover, case, sam)
        stage.catch_up()
        note = "On the second power supply. @Rene Referent: somebody has to be on site at six."
        stage.step(actions.write_note, case, sam, text=note, audience=e.Audience.BOTH_TEAMS)
        yield Until(stage.now + 38 * MINUTE)
        stage.step(actions.restore_service, case, sam, is_workaround=True)
        stage.replies(case, sam, "The network is up again, on the spare supply. We stay with it.")
        yield Until(stage.now + 6 * HOUR)
        stage.resolves(case, sam, matters.OUTAGE.solution)
        yield Until(stage.now + 9 * HOUR)
        stage.rates(case, 5, "At two in the morning, and I always knew what was going on.")

    def black_hole(self) -> Tale:
        """Handed on and never accepted: it lapses to the contact, and nobody has it for weeks."""
        stage, the = self.teller.stage, self.teller.stage.cast
        rene, ada = the.referent, the.agents["Ada Agent"]
        case = self._case(matters.BLACK_HOLE, -1, cast.LAKESIDE)
        stage.open(case)
        yield Until(stage.now + 40 * MINUTE)
        stage.step(actions.take, case, rene)
        self.teller.triages(case, rene)
        stage.replies(case, rene, case.matter.reply)
        yield Until(stage.now + 30 * MINUTE)
        reason = "The template lies on your side."
        stage.step(actions.offer_handover, case, rene, team=cast.DAY_DESK, reason=reason)
        yield Until(stage.now + 10 * MINUTE)
        stage.step(actions.release, case, rene)
        for days in (2, 3, 4):
            yield Until(self.teller.waking_hours(stage.now + days * DAY))
            stage.answers(case, stage.chance.choice(matters.CHASERS))
        yield Until(stage.now + 2 * DAY + 20 * MINUTE)
        refusal = "This is the order system: not ours."
        stage.step(actions.decline_handover, case, ada, reason=refusal)
        yield Until(stage.now + 3 * DAY)
        hand: Hand = yield Somebody(SITE, 0)
        stage.step(actions.take, case, hand.member)
        yield Work(60)
        stage.resolves(case, hand.member, case.matter.solution)
        yield Until(self.teller.waking_hours(stage.now + 5 * HOUR))
        stage.rates(case, 1, "Two weeks, and I had to find out myself whom to ask.")

    def lowered(self) -> Tale:
        """Missed as a P1, and only then made one that can still be met."""
        stage, the = self.teller.stage, self.teller.stage.cast
        alex = the.agents["Alex Agent"]
        case = self._case(matters.LOWERED, 7, cast.LAKESIDE)
        stage.open(case)
        yield Until(stage.now + 12 * MINUTE)
        self.teller.triages(case, alex)
        stage.step(actions.take, case, alex)
        stage.replies(case, alex, matters.TEMPLATED, is_templated=True)
        yield Until(stage.now + 9 * HOUR)
        reason = "They can work on paper meanwhile."
        lower = partial(actions.prioritise, impact=1, urgency=1, priority=e.Priority.P4)
        stage.step(lower, case, alex, reason=reason)
        yield Until(stage.now + 17 * HOUR)
        yield Somebody("", 0, who=alex.title)
        yield Work(60)
        stage.resolves(case, alex, case.matter.solution)
        yield Until(self.teller.waking_hours(stage.now + 3 * HOUR))
        stage.rates(case, 2, "Nine people could not work for a day. The report calls it met.")

    def long_one(self) -> Tale:
        """Forty messages between the longest name and whoever has the patience."""
        stage, the = self.teller.stage, self.teller.stage.cast
        rene = the.referent
        case = self._case(matters.LONG, -1, cast.NORTHPORT)
        stage.open(case, file=("the list.csv", "text/csv", b"point;since\nquantities;Monday\n"))
        stage.plan(stage.now + HOUR, lambda: self._colleague_joins(case, rene))
        yield Until(stage.now + 25 * MINUTE)
        stage.step(actions.take, case, rene)
        self.teller.triages(case, rene)
        stage.replies(case, rene, case.matter.reply)
        for turn in range(LIST_EXCHANGES):
            yield Until(
                self.teller.waking_hours(stage.now + stage.chance.randrange(HOUR, 9 * HOUR))
            )
            point = matters.POINTS_OF_THE_LIST[turn % len(matters.POINTS_OF_THE_LIST)]
            stage.answers(case, f"{turn + 1}. {point} Order {48_200 + turn * 7}.")
            yield Until(
                self.teller.waking_hours(stage.now + stage.chance.randrange(HOUR, 5 * HOUR))
            )
            stage.replies(case, rene, f"Point {turn + 1} is settled: {_settled(turn)}")
        stage.resolves(case, rene, case.matter.solution)

    def _colleague_joins(self, case: Case, who: Member) -> None:
        other = self.teller.stage.cast.requesters[3]
        self.teller.stage.step(actions.add_copy, case, who, person=other.person)

    def with_vendor(self) -> Tale:
        """A part goes to the maker of the line: its number, its date, its answer, its delay."""
        stage = self.teller.stage
        case = self._case(matters.VENDOR, 5, cast.NORTHPORT)
        hand, leg = yield from self._given_to_vendor(case)
        yield Until(self.teller.waking_hours(stage.now + DAY))
        self._vendor_answers(case, leg, "We can repeat it here. An update comes by Friday.")
        yield Until(self.teller.waking_hours(stage.now + 2 * HOUR))
        date_of = partial(actions.change_vendor_leg, leg=leg, reference="SL-20931")
        stage.step(date_of, case, hand, due_at=stage.now + 3 * DAY)
        stage.replies(case, hand, "The maker has promised an update within three days.")
        yield Until(self.teller.waking_hours(stage.now + 4 * DAY))
        self._vendor_answers(case, leg, "The update is on our server. Sorry for the day.")
        yield Until(stage.now + 3 * HOUR)
        stage.step(actions.end_vendor_leg, case, hand, leg=leg)
        yield Until(stage.now + 5 * HOUR)
        stage.resolves(case, hand, case.matter.solution)

    def still_with_vendor(self) -> Tale:
        """The same again, and the maker has it still: past the day that it promised."""
        stage = self.teller.stage
        case = self._case(matters.VENDOR, 6, cast.NORTHPORT)
        hand, leg = yield from self._given_to_vendor(case)
        yield Until(stage.now + 4 * HOUR)
        date_of = partial(actions.change_vendor_leg, leg=leg, reference="SL-21177")
        stage.step(date_of, case, hand, due_at=stage.now + 2 * DAY)

    def _given_to_vendor(self, case: Case) -> Generator[Any, Any, tuple[Member, str]]:
        stage = self.teller.stage
        stage.open(case)
        hand: Hand = yield Somebody(SITE, 0)
        who = hand.member
        stage.step(actions.take, case, who)
        self.teller.triages(case, who)
        stage.replies(case, who, case.matter.reply)
        leg = stage.step(
            actions.begin_vendor_leg,
            case,
            who,
            vendor=cast.VENDOR,
            contact_address=f"support@{cast.VENDOR_DOMAIN}",
            contact_name="Vic Vendor",
        )
        text = "Drive 4 of line 1 stops with an overload that is none. Please look at its control."
        stage.writes_to_vendor(case, who, str(leg), text)
        yield Work(30)
        return who, str(leg)

    def _vendor_answers(self, case: Case, leg: str, text: str) -> None:
        stage = self.teller.stage
        contact = next(
            (each.contact for each in stage.ticket(case.ticket).vendor_legs if each.id == leg), ""
        )
        if contact:
            stage.does(
                actions.receive_message,
                stage.cast.uuid,
                case.ticket,
                at=stage.now,
                actor=Actor(contact, Side.VENDOR),
                text=text,
                leg=leg,
            )

    def merged(self) -> Tale:
        """Two people tell of one thing: the later ticket goes into the earlier one."""
        stage = self.teller.stage
        first, second = (self._case(_matter("wifi"), who, cast.LAKESIDE) for who in (8, 9))
        stage.open(first)
        yield Until(stage.now + 11 * MINUTE)
        stage.open(second, subject="Wireless in the meeting room again too weak")
        hand: Hand = yield Somebody(L1, 0)
        stage.step(actions.take, first, hand.member)
        self.teller.triages(first, hand.member)
        stage.step(actions.merge, second, hand.member, into=first.ticket)
        stage.replies(first, hand.member, first.matter.reply)
        yield Work(45)
        stage.resolves(first, hand.member, first.matter.solution)

    def split(self) -> Tale:
        """Somebody asks for a second thing in an answer: it gets a ticket of its own."""
        stage = self.teller.stage
        case = self._case(_matter("screen"), 11, cast.LAKESIDE)
        stage.open(case)
        yield Until(stage.now + 20 * MINUTE)
        message = "By the way, our colleague in Northport needs a headset, too."
        stage.answers(case, message)
        hand: Hand = yield Somebody(L1, 0)
        stage.step(actions.take, case, hand.member)
        self.teller.triages(case, hand.member)
        stage.replies(case, hand.member, case.matter.reply)
        new = stage.splits(case, hand.member, "A headset for Northport")
        yield Work(20)
        stage.resolves(case, hand.member, case.matter.solution)
        if new is not None:
            other = Case(_matter("headset"), case.requester, case.site, case.channel, new)
            stage.step(actions.take, other, hand.member)
            stage.replies(other, hand.member, other.matter.reply)
            yield Work(15)
            stage.resolves(other, hand.member, other.matter.solution)

    def to_and_fro(self) -> Tale:
        """Passed on, back again, passed on once more; and then taken up again by who solved it."""
        stage = self.teller.stage
        case = self._case(_matter("vpn"), 16, cast.LAKESIDE)
        stage.open(case)
        hand: Hand = yield Somebody(L1, 0)
        stage.step(actions.take, case, hand.member)
        self.teller.triages(case, hand.member)
        stage.replies(case, hand.member, case.matter.reply)
        yield Work(12)
        reason = "It is the line itself, not the laptop."
        there = partial(actions.escalate_functionally, team=cast.SPECIALISTS, reason=reason)
        stage.step(there, case, hand.member)
        expert: Hand = yield Somebody(L2, 0)
        stage.step(actions.accept_handover, case, expert.member)
        yield Work(25)
        reason = "The line is well. Please look at the laptop once more."
        back = partial(actions.offer_handover, team=hand.member.team, reason=reason)
        stage.step(back, case, expert.member)
        hand = yield Somebody(L1, 0)
        stage.step(actions.accept_handover, case, hand.member)
        yield Work(30)
        stage.resolves(case, hand.member, case.matter.solution)
        yield Until(self.teller.waking_hours(stage.now + 2 * HOUR))
        hand = yield Somebody(L1, 0)
        stage.step(actions.reopen, case, hand.member)
        yield Work(15)
        stage.resolves(case, hand.member, "I had seen it again on our side.")

    def after_the_fact(self) -> Tale:
        """Done in passing, and written down afterwards."""
        stage, the = self.teller.stage, self.teller.stage.cast
        olive = the.agents["Olive Own-IT"]
        case = self._case(_matter("scanner"), 12, cast.NORTHPORT)
        case.channel = e.Channel.WALK_IN
        stage.open(case, by=olive, opening=e.Opening.AFTER_THE_FACT)
        yield Until(stage.now + MINUTE)
        stage.step(actions.take, case, olive)
        stage.resolves(case, olive, "")

    def returned(self) -> Tale:
        """Closed long ago, and answered all the same: a new ticket that is linked to it."""
        stage = self.teller.stage
        case = self._case(_matter("scan"), 13, cast.LAKESIDE)
        stage.open(case)
        hand: Hand = yield Somebody(L1, 1)
        stage.step(actions.take, case, hand.member)
        stage.replies(case, hand.member, case.matter.reply)
        yield Work(15)
        stage.resolves(case, hand.member, case.matter.solution)
        yield Until(self.teller.waking_hours(stage.now + 23 * DAY))
        if stage.ticket(case.ticket).status is not Status.CLOSED:
            return
        back = stage.answers(case, "The same again: no scan has arrived since yesterday.")
        hand = yield Somebody(L1, 1)
        if back is not None:
            new = Case(case.matter, case.requester, case.site, case.channel, back)
            stage.step(actions.take, new, hand.member)
            stage.replies(new, hand.member, new.matter.reply)
            yield Work(20)
            stage.resolves(new, hand.member, new.matter.solution)

    def nobody_yet(self) -> Tale:
        """Shortly before the end: pressing, and nobody has taken it."""
        stage = self.teller.stage
        case = self._case(matters.LOWERED, 14, cast.NORTHPORT)
        stage.open(case, subject="No connection to the order system in the returns hall")
        yield Until(stage.now + 9 * MINUTE)
        self.teller.triages(case, stage.cast.lead)

    def offered(self) -> Tale:
        """Shortly before the end: offered, and nobody has said yes."""
        stage = self.teller.stage
        case = self._case(_matter("stock"), 15, cast.NORTHPORT)
        stage.open(case)
        hand: Hand = yield Somebody(SITE, 0)
        stage.step(actions.take, case, hand.member)
        self.teller.triages(case, hand.member)
        stage.replies(case, hand.member, case.matter.reply)
        reason = "The bookings come from your interface. Please look at its journal."
        offer = partial(actions.offer_handover, team=cast.SPECIALISTS, reason=reason)
        stage.step(offer, case, hand.member)

    # ---- people come and go ---------------------------------------------------------------

    def leaves(self, title: str) -> None:
        """A provider's agent goes: what was theirs is their team's now."""
        stage, crew = self.teller.stage, self.teller.crew
        hand = crew.hand(title)
        stage.catch_up()
        leaving.let_go(
            stage.cast.uuid,
            hand.member.person,
            at=stage.now,
            actor=stage.cast.lead.actor,
            for_all=leaving.Successor(cast.DAY_DESK),
        )
        hand.is_gone = True
        crew.hand_over_all(title, L1)

    def comes(self) -> None:
        """Somebody new, who has everything to learn."""
        who = cast.newcomer(self.teller.stage.cast, self.teller.stage.now)
        self.teller.stage.cast.agents[who.title] = who
        self.teller.crew.join(Hand(who, (L1,), self.zone, pace=1.9, elsewhere=20))

    def weeks_before_the_end(self, weeks: int) -> date:
        """The Monday so many weeks before the end."""
        day = self.days[-1] - timedelta(weeks=weeks)
        return day - timedelta(days=day.weekday())


def _matter(key: str) -> matters.Matter:
    return next(each for each in matters.MATTERS if each.key == key)


def _settled(turn: int) -> str:
    return ("a wrong table.", "a setting of the printer.", "an old template.")[turn % 3]
