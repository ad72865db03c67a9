"""How many people a case takes: worked out once for each question, and told where it is known.

Small desks take a part of a second: pages ask for that by themselves. What takes longer is long
work, see `staffing`.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from threading import Lock

from commondesk.core import texts
from commondesk.core.planner.queueing.limits import NonsenseError
from commondesk.core.planner.report.board import Staffed
from commondesk.core.planner.staffing.choosing import engine_for, refuse
from commondesk.core.planner.staffing.level import EngineName, tier_hours
from commondesk.core.planner.staffing.plan import Plan, Step, plan
from commondesk.core.planner.staffing.question import Question
from commondesk.core.planner.staffing.remembered import Known
from commondesk.core.texts import gettext, number
from commondesk.planning import drawn
from commondesk.planning.drawing import Pair

MOST_KEPT = 128
QUICK_AGENTS = 4.0
"""Work for so many agents at once is worked out while a page waits; more is long work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A plan, or the sentence that says why there is none."""

    plan: Plan | None
    refusal: str = ""


_known: OrderedDict[tuple[Question, str], Answer] = OrderedDict()
_lock = Lock()


def known(question: Question | None) -> Answer | None:
    """What this process knows already; None where it must be worked out first."""
    if question is None:
        return None
    with _lock:
        return _known.get((question, texts.language()))


def answered(question: Question, teams: Known | None = None) -> Answer:
    """The answer to a question, worked out now if need be; teams: those that are known of it."""
    if found := known(question):
        return found
    try:
        made = Answer(plan(question, known=teams))
    except NonsenseError as nonsense:
        made = Answer(None, str(nonsense))
    with _lock:
        _known[question, texts.language()] = made
        while len(_known) > MOST_KEPT:
            _known.popitem(last=False)
    return made


def forget() -> None:
    """Know nothing any more, as a process that begins."""
    with _lock:
        _known.clear()


def is_quick(question: Question) -> bool:
    """Whether a page may wait for the answer."""
    try:
        refuse(question)
    except NonsenseError:
        return True
    if engine_for(question).name is EngineName.SIMULATION:
        return False
    agents = sum(
        hours / question.hours_of(tier).per_week
        for tier, hours in enumerate(tier_hours(question.demand))
    )
    return agents <= QUICK_AGENTS


def mark_of(question: Question) -> str:
    """What tells one question from another, in 64 characters."""
    return sha256(repr(question).encode()).hexdigest()


# ---- as it is shown -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A number of people on the desk, and what they attain: for each promise, in words."""

    step: Step
    team: str
    busy: str
    attained: tuple[str, ...]
    reading: str
    is_smallest: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A plan in words."""

    plan: Plan
    finding: str
    heads: tuple[str, ...]
    rows: tuple[Row, ...]
    chart: Pair | None
    backlog: Pair | None
    backlog_most: float


def shown(made: Plan) -> Shown:
    rows = tuple(_row(made, step) for step in made.steps)
    backlog = made.smallest.level.backlog if made.smallest else ()
    return Shown(
        made,
        _finding(made),
        _heads(made),
        rows,
        _chart(made),
        drawn.curves(
            [drawn.Curve(gettext("tickets present"), tuple(each for _, each in backlog), True)],
            _hours([at for at, _ in backlog]),
            at=[at for at, _ in backlog],
        )
        if len(backlog) > 1
        else None,
        max((each for _, each in backlog), default=0.0),
    )


def _hours(places: Sequence[float]) -> list[str]:
    """`8 h` at each hour where it is first told."""
    said = [f"{at:.0f} h" for at in places]
    return [each if each not in said[:place] else "" for place, each in enumerate(said)]


def _finding(made: Plan) -> str:
    smallest = made.smallest
    if smallest is None:
        return gettext("No number of people that was tried keeps the promise")
    fewer = [each for each in made.steps if each.agents < smallest.agents]
    if not fewer:
        return gettext("%(agents)s on the desk keep the promise") % {
            "agents": number(smallest.agents)
        }
    return gettext("%(agents)s on the desk keep the promise, %(fewer)s do not") % {
        "agents": number(smallest.agents),
        "fewer": number(fewer[-1].agents),
    }


def _heads(made: Plan) -> tuple[str, ...]:
    named = []
    for promise in made.question.promises:
        for words, hours in (
            (gettext("started within %(span)s"), promise.first_response),
            (gettext("solved within %(span)s"), promise.resolution),
        ):
            if hours is not None:
                told = words % {"span": span(hours)}
                named.append(f"{promise.name}: {told}" if promise.name else told)
    return tuple(named)


def span(hours: float) -> str:
    """`30 min`, `1 h`, `1.5 h`."""
    minutes = hours * 60
    return f"{minutes:g} min" if minutes < 60 else f"{hours:g} h"


def _row(made: Plan, step: Step) -> Row:
    level = step.level
    attained: list[str] = []
    for promise, found in zip_longest(made.question.promises, level.attained):
        for name in ("first_response", "resolution"):
            if getattr(promise, name) is None:
                continue
            share = getattr(found, name) if found else None
            attained.append("–" if share is None else percent(share.value))
    is_smallest = made.smallest is step
    if level.is_overloaded:
        reading = gettext("the backlog grows by %(tickets)s tickets a week") % {
            "tickets": number(level.growing)
        }
    elif is_smallest:
        reading = gettext("smallest that holds")
    else:
        reading = gettext("holds, with slack") if step.is_kept else gettext("misses the promise")
    return Row(
        step,
        " + ".join(map(str, level.team)),
        percent(level.busiest),
        tuple(attained),
        reading,
        is_smallest,
    )


def percent(share: float) -> str:
    return f"{number(100 * share, 1)} %"


def _chart(made: Plan) -> Pair | None:
    """Attainment by people: the step that a plan is."""
    told = [
        (each, each.level.attained[0].first_response) for each in made.steps if each.level.attained
    ]
    found = [(step.agents, share.value) for step, share in told if share is not None]
    if len(found) < 2:
        return None
    target = made.question.share
    return drawn.curves(
        [
            drawn.Curve(
                gettext("started in time, %"), tuple(100 * share for _, share in found), True
            ),
            drawn.Curve(gettext("wanted, %"), (100 * target,) * len(found)),
        ],
        [str(agents) for agents, _ in found],
        top=100,
    )


def for_board(made: Plan) -> Staffed:
    """The steps as two pages for a board tell them."""
    table = shown(made)
    meets = next((at for at, row in enumerate(table.rows) if row.is_smallest), None)
    return Staffed(
        table.finding,
        (
            gettext("On the desk"),
            gettext("On the payroll"),
            gettext("Busy"),
            *table.heads,
        ),
        tuple((row.team, str(row.step.heads), row.busy, *row.attained) for row in table.rows),
        meets,
        made.engine.words,
        made.warnings,
    )
