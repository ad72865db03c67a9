"""Playing the sample from its first day to its last."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import partial
from random import Random
from zoneinfo import ZoneInfo

from commondesk.accounts.models import Company
from commondesk.core.record.instant import DAY, HOUR, MINUTE, Instant, Span, datetime_of, instant_of
from commondesk.desk import silence
from commondesk.intake import parse
from commondesk.ledger import chance as ids
from commondesk.ledger import memory
from commondesk.review import refresh
from commondesk.sample import cast, crowd, edges, matters, stories, tales
from commondesk.sample.cast import Cast
from commondesk.sample.hands import Crew, Hand
from commondesk.sample.stage import Case, Stage

DAYS = 90
TICKETS = 350
RAMP_UP_DAYS = 30
ARRANGED_BEFORE = 14
SEED = "sample"
REQUESTERS = 40
MOST_REQUESTERS, TICKETS_OF_ONE = 2_000, 50
MOST_PLAYED, PLAYED_OF_MANY = 5_000, 2_000
"""Beyond so many, that many are played, and told again of other people (see crowd)."""
BY_WEEKDAY = (1.25, 1.05, 1.0, 1.0, 0.9, 0.08, 0.05)
BAD_MONDAY_FACTOR = 4


class AlreadyThere(ValueError):
    """There is a sample company already: remove it before another one is played."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the play is."""

    day: int
    days: int
    tickets: int


def play(
    *, at: Instant, seed: str = SEED, tickets: int = TICKETS, grain: Span = 1
) -> Generator[Progress, None, None]:
    """Play ninety days that end at this instant; yields as days go by, and may be left off.

    What was played so far stays where the caller leaves off: removal.remove takes it away. The same
    seed, instant and number make the same record. With a grain, everything happens at whole
    multiples of it. Raises AlreadyThere.
    """
    if Company.objects.filter(is_sample=True).exists():
        raise AlreadyThere("There is a sample company already. Remove it first.")
    try:
        with silence.keeping(), ids.seeded(f"{seed} {tickets}"):
            yield from _played(at, seed, tickets, grain)
    finally:
        # The child that read the mails of the sample is not needed any more.
        parse.stop()


def _played(at: Instant, seed: str, wanted: int, grain: Span) -> Iterator[Progress]:
    tickets = wanted if wanted <= MOST_PLAYED else PLAYED_OF_MANY
    zone = ZoneInfo(cast.ZONE)
    first_day = datetime_of(at).astimezone(zone).date() - timedelta(days=DAYS - 1)
    days = [first_day + timedelta(days=each) for each in range(DAYS)]
    begins = instant_of(datetime.combine(first_day, time(0), zone))
    with memory.atomic():
        requesters = min(MOST_REQUESTERS, max(REQUESTERS, wanted // TICKETS_OF_ONE))
        the = cast.introduced(begins - ARRANGED_BEFORE * DAY, requesters)
        cast.agree(the, begins - ARRANGED_BEFORE * DAY, begins, RAMP_UP_DAYS)
    stage = Stage(the, Random(f"{seed} {tickets}"), begins, at, grain)  # noqa: S311
    crew = Crew(stage, _hands(the, tickets), partial(_pace, begins))
    plot = stories.Plot(tales.Teller(stage, crew), days, zone)
    plot.arrange(tickets // 2)
    _changes(plot)
    _arrivals(plot, tickets - plot.tickets)
    day = 0
    yield Progress(0, DAYS, 0)
    for now in stage.moments():
        today = min((now - begins) // DAY, DAYS)
        if today > day:
            day = today
            yield Progress(day, DAYS, stage.opened)
    if wanted > tickets:
        for more in crowd.tell_again(the.uuid, wanted - tickets, the.requesters, stage.chance):
            yield Progress(DAYS, DAYS, stage.opened + more)
    if wanted <= MOST_PLAYED:
        # Whoever waits for it looks at its review first. Of very many the worker takes them in.
        while not refresh.refresh(the.uuid, at).is_nothing:
            yield Progress(DAYS, DAYS, stage.opened)
    Company.objects.filter(uuid=the.uuid).update(is_playing=False)
    yield Progress(DAYS, DAYS, stage.opened + wanted - tickets)


def _pace(begins: Instant, at: Instant) -> float:
    """The first weeks take almost twice as long: nobody knows the house yet."""
    return 1 + 0.8 * max(0.0, 1 - (at - begins) / (RAMP_UP_DAYS * DAY))


def _hands(the: Cast, tickets: int) -> list[Hand]:
    """Everybody who works; where many more tickets come, each of them takes less of their time."""
    near, far = ZoneInfo(cast.ZONE), ZoneInfo(cast.FAR_ZONE)
    people = the.agents
    haste = min(1.0, TICKETS / tickets)
    others = 62 * haste
    return [
        Hand(people["Alex Agent"], (tales.L1,), near, elsewhere=others, is_early=True, pace=haste),
        Hand(people["Ada Agent"], (tales.L1,), near, time(8), time(16), haste, others),
        Hand(people["Lou Leaving"], (tales.L1,), near, elsewhere=others, pace=haste),
        Hand(people["Kai Latehours"], (tales.L1,), far, elsewhere=others, pace=haste),
        Hand(people["Kim Latehours"], (tales.L1,), far, time(11), time(19), haste, others),
        Hand(people["Sam Specialist"], (tales.L2,), near, elsewhere=90 * haste, pace=1.2 * haste),
        Hand(people["Sky Specialist"], (tales.L2,), far, elsewhere=90 * haste, pace=haste),
        Hand(people["Olive Own-IT"], (tales.SITE,), near, time(7), time(15), haste, 50 * haste),
        Hand(the.referent, (tales.SITE,), near, elsewhere=120 * haste, pace=1.3 * haste),
    ]


def _changes(plot: stories.Plot) -> None:
    """People who come, go and are away, and what is set up and written down meanwhile."""
    stage = plot.teller.stage
    changes: list[tuple[Instant, Callable[[], object]]] = [
        (plot.at(plot.day(2, 1), 16), partial(edges.write_canned_replies, stage)),
        (plot.at(plot.day(57, 4), 16, 30), partial(plot.leaves, "Lou Leaving")),
        (plot.at(plot.day(60, 0), 9), plot.comes),
        (plot.at(plot.day(67, 0), 10), partial(edges.enter_holiday, stage, plot.day(62, 4))),
        (plot.at(plot.days[-12], 15), partial(edges.draft_second_charter, stage)),
        (plot.at(plot.days[-9], 15), partial(edges.issue_token, stage)),
        (edges.days_before(stage.end, 2.1), partial(edges.mail_from_nobody, stage)),
        (edges.days_before(stage.end, 1.3), partial(edges.mail_that_pretends, stage)),
        (edges.days_before(stage.end, 1.2), partial(edges.mail_with_code, stage)),
        (edges.days_before(stage.end, 1.1), partial(edges.invite, stage)),
        (edges.days_before(stage.end, 0.9), partial(edges.mail_with_look, stage)),
    ]
    for at, change in changes:
        stage.plan(at, change)
    _absence(plot, "Sam Specialist", "Sky Specialist", plot.days[70], plot.days[79])
    last = plot.days[-1]
    _absence(plot, "Ada Agent", "Alex Agent", last - timedelta(days=1), last + timedelta(days=6))


def _absence(plot: stories.Plot, title: str, deputy: str, first: date, last: date) -> None:
    stage = plot.teller.stage
    from_at, until_at = plot.at(first, 0), plot.at(last, 0)
    plot.teller.crew.hand(title).away.append((from_at, until_at))
    told = partial(edges.go_away, stage, title, deputy, from_at, until_at)
    stage.plan(from_at - 5 * DAY, told)


def _arrivals(plot: stories.Plot, count: int) -> None:
    """Spread ordinary tickets over the days: working days, mornings, and a bad Monday."""
    stage, chance = plot.teller.stage, plot.teller.stage.chance
    weights = [
        BY_WEEKDAY[day.weekday()] * (BAD_MONDAY_FACTOR if day == plot.bad_monday else 1)
        for day in plot.days
    ]
    for day in chance.choices(plot.days, weights, k=max(0, count)):
        minutes = min(max(round(chance.gauss(11.6, 2.8) * 60), 6 * 60), 20 * 60)
        opened = plot.at(day, 0) + minutes * MINUTE + chance.randrange(MINUTE)
        # What would come after the end came before it.
        opened = min(opened, stage.end - 2 * MINUTE - chance.randrange(HOUR))
        plot.teller.crew.tell(opened, plot.teller.ordinary(_some_case(stage)))


def _some_case(stage: Stage) -> Case:
    chance = stage.chance
    known = matters.MATTERS
    matter = chance.choices(known, [each.weight for each in known])[0]
    requester = chance.choice(stage.cast.requesters)
    site = cast.NORTHPORT if matter.item or chance.random() < 0.6 else cast.LAKESIDE
    if matter.item == "printer-1":
        site = cast.LAKESIDE
    return Case(matter, requester, site, tales.channel_of(stage, matter.kind))
