"""The smallest roster that keeps the promises of a desk: cover, play it through, raise, again.

The demand speaks of the desk's own clock, the roster of UTC: the demand is moved by the offset of
the zone in which seats are needed, in the week that is planned.
"""

from __future__ import annotations

from dataclasses import replace

from ...texts import gettext
from ..simulation.model import WEEK_H, Flow, Hours, Model, Tier, Waiting
from ..staffing.choosing import refuse
from ..staffing.question import Question
from ..staffing.simulated import SimulatedEngine, effort_for
from .columns import UnusableRoster, offset_h
from .loop import Held, until_held
from .question import RosterQuestion


def until_kept(question: RosterQuestion, desk: Question) -> Held:
    """Cover until the promises of the desk hold; each tier is the role of the same name. A seat
    that a promise asks for is filled whatever it costs, so the price of empty seats is left out.

    Raises UnusableRoster, NonsenseError."""
    refuse(desk)
    tiers = [tier.name for tier in desk.demand.tiers]
    roles = {each.role for each in question.needed}
    if lacking := [name for name in tiers if name not in roles]:
        raise UnusableRoster(
            gettext("No seats of %(tier)s are needed, a tier of the demand; name a role like it.")
            % {"tier": lacking[0]}
        )
    zone = next(each.zone for each in question.needed if each.role == tiers[0])
    effort = effort_for(desk)
    model = SimulatedEngine(desk, (), effort).model((1,) * len(tiers))
    return until_held(
        replace(question, uncovered_price=None),
        in_utc(model, offset_h(zone, question.week)),
        {name: name for name in tiers},
        share=desk.share,
        weeks=min(effort.weeks, 13),
        seed=effort.seed,
    )


def in_utc(model: Model, ahead: float) -> Model:
    """A desk whose hours are those of a clock so many hours ahead of UTC, told in UTC."""
    return replace(
        model,
        priorities=tuple(
            replace(each, hours=_moved(each.hours, ahead)) for each in model.priorities
        ),
        tiers=tuple(_tier(each, ahead) for each in model.tiers),
        flows=tuple(_flow(each, ahead) for each in model.flows),
    )


def _tier(tier: Tier, ahead: float) -> Tier:
    waits = tier.waiting
    moved = Waiting(waits.share, waits.mean_h, _moved(waits.hours, ahead)) if waits else None
    return replace(tier, waiting=moved)


def _flow(flow: Flow, ahead: float) -> Flow:
    """The same arrivals, an hour that is moved by a part of an hour shared by two."""
    count = len(flow.per_hour)
    whole, part = divmod(ahead, 1.0)
    return replace(
        flow,
        per_hour=tuple(
            (1.0 - part) * flow.per_hour[(hour + int(whole)) % count]
            + part * flow.per_hour[(hour + int(whole) + 1) % count]
            for hour in range(count)
        ),
    )


def _moved(hours: Hours, ahead: float) -> Hours:
    """The windows in UTC, one that runs over the end of the week in two pieces."""
    pieces: list[tuple[float, float]] = []
    for start, end in hours.windows:
        if end - start >= WEEK_H:
            return hours
        begins = (start - ahead) % WEEK_H
        ends = begins + end - start
        pieces.append((begins, min(ends, WEEK_H)))
        if ends > WEEK_H:
            pieces.append((0.0, ends - WEEK_H))
    return Hours(tuple(sorted(pieces)))
