"""Which engine fits a question, and which questions have no answer."""

from __future__ import annotations

from collections.abc import Iterator
from math import isfinite

from ...texts import gettext, number
from ..queueing.limits import NonsenseError
from ..simulation.model import WEEK_H
from .level import Engine, tier_hours
from .line import LineEngine
from .live import LiveEngine
from .question import Channel, Question
from .simulated import MOST_A_WEEK, Effort, SimulatedEngine, effort_for

_SHORT = 4.0
"""Uneven work is played through where a target is shorter than so many times the work."""

MOST_IN_A_LINE, MOST_AGENTS = 300, 2_000
"""Agents busy at once: of one line of tickets, and of all else. More would take minutes."""


def engine_for(question: Question, effort: Effort | None = None) -> Engine:
    """The engine that fits, which says why. effort: of a simulation, where it is not the usual."""
    if question.channel is Channel.LIVE:
        return LiveEngine(question)
    if why := tuple(_needs_simulation(question)):
        return SimulatedEngine(question, why, effort or effort_for(question))
    return LineEngine(question)


def _needs_simulation(question: Question) -> Iterator[str]:
    demand, promises = question.demand, question.promises
    if len(promises) > 1:
        yield gettext("priorities go first and have promises of their own")
    if len(demand.tiers) > 1:
        yield gettext("tickets are passed on from tier to tier")
    if demand.waiting is not None:
        yield gettext("tickets wait on others and come back")
    if demand.unsteady > 0:
        yield gettext("the volume differs from week to week beyond chance")
    targets = [each.first_response for each in promises] + [each.resolution for each in promises]
    told = [each for each in targets if each is not None]
    if demand.cv != 1.0 and told and min(told) < _SHORT * demand.work:
        yield gettext("work varies and targets are short beside it")


def refuse(question: Question) -> None:
    """Raises NonsenseError, naming the field and the remedy, for what cannot be answered."""
    for complaint in _complaints(question):
        raise NonsenseError(complaint)


def _complaints(question: Question) -> Iterator[str]:
    demand = question.demand
    numbers = {
        "tickets": demand.tickets_a_week,
        "closed_share": demand.closed_share,
        "monday_weight": demand.monday_weight,
        "work_varies": demand.cv,
        "growth": question.growth,
    }
    for name, value in numbers.items():
        if not isfinite(value) or value < 0:
            yield gettext("%(name)s: %(value)s is not possible; give a number, 0 or more.") % {
                "name": name,
                "value": f"{value:g}",
            }
    if not demand.tickets_a_week > 0:
        yield gettext("tickets: there are none, so nobody is needed; give a number above 0.")
    for tier in demand.tiers:
        if not isfinite(tier.work) or tier.work <= 0:
            yield gettext(
                "work: %(tier)s has no work per ticket; give the hours of an agent that one takes."
            ) % {"tier": tier.name}
    for name, share in _shares(question):
        if not 0 <= share < 1:
            yield gettext("%(name)s: %(share)s must be from 0 to below 1, such as 0.3.") % {
                "name": name,
                "share": f"{share:g}",
            }
    if not 0 < question.most_busy <= 1:
        yield gettext("max_utilisation: must be above 0 and at most 1, such as 0.85.")
    if not 0 < question.paid_hours <= WEEK_H:
        yield gettext("paid_hours: must be above 0 and at most the 168 hours of a week.")
    if question.hours.per_week <= 0:
        yield gettext("hours: the desk is never open; give it hours, such as mon-fri 09:00-17:00.")
    if not any(
        each.first_response is not None or each.resolution is not None for each in question.promises
    ):
        yield gettext("promises: give at least a first response, such as 1 h for 90 % of tickets.")
    if question.channel is Channel.LIVE:
        yield from _live_complaints(question)
    agents = max(
        hours / question.hours_of(tier).per_week for tier, hours in enumerate(tier_hours(demand))
    )
    is_played = question.channel is Channel.TICKETS and any(_needs_simulation(question))
    most_played = MOST_A_WEEK / (1.0 + max(question.growth, 0.0))
    if is_played and demand.tickets_a_week > most_played:
        yield gettext(
            "tickets: %(count)s a week would be played through one by one, and at most %(most)s"
            " are; is the number meant a month? Else plan the desk in parts, or as one line with"
            " one promise."
        ) % {"count": number(demand.tickets_a_week), "most": number(most_played)}
    is_line = question.channel is Channel.TICKETS and not is_played
    most = MOST_IN_A_LINE if is_line else MOST_AGENTS
    if agents > most:
        yield gettext(
            "tickets: they are work for %(agents)s agents at once, and at most %(most)s are planned"
            " as one team; is the number of tickets meant a month, and the work per ticket in the"
            " right unit? Else plan the desk in parts."
        ) % {"agents": number(agents), "most": number(most)}


def _live_complaints(question: Question) -> Iterator[str]:
    demand = question.demand
    if any(each.first_response is None for each in question.promises):
        yield gettext("promises: live calls are promised an answer; give first_response.")
    if len(question.promises) > 1 or len(demand.tiers) > 1:
        yield gettext(
            "channel: live calls are planned as one queue; plan priorities and tiers as tickets."
        )
    if demand.patience is not None and not demand.patience > 0:
        yield gettext("patience: must be above 0, such as 2 min; leave it out if nobody knows.")


def _shares(question: Question) -> Iterator[tuple[str, float]]:
    yield "share", question.share
    yield "shrinkage", question.shrinkage
    if question.demand.waiting:
        yield "waiting.share", question.demand.waiting.share
