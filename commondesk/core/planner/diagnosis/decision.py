"""The decision list M0 to M10: the first step that fits decides. There are no weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from .answers import Answers, Criticality, InternalIt, Option
from .rules import (
    SEATS_FROM,
    SIGNALS,
    Chosen,
    Step,
    carries_nights,
    has_gap,
    has_rare_incidents,
    holding,
)

_PRESSING = ("R12", "R13", "R14", "R15", "R16", "R17")
"""What makes a generalist or a small team alone too little."""
_UNTREATED = ("R06", "R07", "R09")
"""What help on demand does not cure."""


def seat(answers: Answers) -> Option:
    """Who takes all of it: a subscription for a few users, a retainer for many."""
    if answers.users >= SEATS_FROM:
        return Option.MSP_RETAINER
    return Option.PER_SEAT_SUBSCRIPTION


def decided(answers: Answers) -> Chosen:
    """The step that decides, and its option."""
    for step, decide in _LIST:
        if (chosen := decide(answers)) is not None:
            return Chosen(step, *chosen)
    raise AssertionError("the last step always decides")


_Found = tuple[Option, bool] | None


def _project(answers: Answers) -> _Found:
    return (Option.PROJECT_OUTSOURCING, False) if answers.project_only else None


def _restricted(answers: Answers) -> _Found:
    return (Option.INTERNAL, False) if answers.third_party_access_restricted else None


def _department(answers: Answers) -> _Found:
    if answers.internal_it is not InternalIt.DEPARTMENT:
        return None
    return (Option.CO_MANAGED, False) if has_gap(answers) else (Option.INTERNAL, False)


def _core(answers: Answers) -> _Found:
    return (Option.CO_MANAGED, False) if answers.tech_core and answers.is_few else None


def _round_the_clock(answers: Answers) -> _Found:
    if not answers.is_round_the_clock:
        return None
    if carries_nights(answers):
        return Option.INTERNAL, False
    if answers.managed_soc_required:
        return Option.MSP_RETAINER, False
    if answers.internal_it is InternalIt.SMALL_TEAM:
        return Option.CO_MANAGED, False
    if wants_own_team(answers):
        return Option.FRACTIONAL_REMOTE_TEAM, False
    return Option.MSP_RETAINER, True


def _few(answers: Answers) -> _Found:
    if not answers.is_few:
        return None
    if holding(answers, _PRESSING):
        return Option.CO_MANAGED, False
    if answers.is_calm:
        return Option.INTERNAL, False
    return Option.INTERNAL_PLUS_ON_DEMAND, True


def _strong_need(answers: Answers) -> _Found:
    is_strong = holding(answers, ("R13", "R14", "R15", "R21"))
    if not is_strong and answers.criticality is not Criticality.HIGH:
        return None
    if wants_own_team(answers) and not answers.managed_soc_required:
        return Option.FRACTIONAL_REMOTE_TEAM, False
    return seat(answers), True


def _no_signal(answers: Answers) -> _Found:
    return None if holding(answers, SIGNALS) else (Option.INTERNAL, False)


def _rare(answers: Answers) -> _Found:
    if has_rare_incidents(answers) and not holding(answers, _UNTREATED):
        return Option.ON_DEMAND, False
    return None


def _everyday(answers: Answers) -> _Found:
    if answers.wants_24h_everyday_help or answers.is_calm:
        return Option.HYBRID_AI_EXPERT, False
    return None


def _otherwise(answers: Answers) -> _Found:
    return seat(answers), True


_LIST: tuple[tuple[Step, Callable[[Answers], _Found]], ...] = (
    (Step.M0, _project),
    (Step.M1, _restricted),
    (Step.M2, _department),
    (Step.M3, _core),
    (Step.M4, _round_the_clock),
    (Step.M5, _few),
    (Step.M6, _strong_need),
    (Step.M7, _no_signal),
    (Step.M8, _rare),
    (Step.M9, _everyday),
    (Step.M10, _otherwise),
)


def wants_own_team(answers: Answers) -> bool:
    """Whether own tools, or capacity that follows the need, speak for a fractional team."""
    return answers.own_stack_required or answers.flexible_scaling


# ---- alternatives -------------------------------------------------------------------------


def alternatives(answers: Answers, chosen: Chosen) -> tuple[Option, ...]:
    """What else to price, the likeliest first."""
    found = list(_beside(answers, chosen))
    if chosen.option is Option.MSP_RETAINER and answers.users >= SEATS_FROM:
        found.insert(0, Option.PER_SEAT_SUBSCRIPTION)
    if answers.managed_soc_required:
        found = [each for each in found if each is not Option.FRACTIONAL_REMOTE_TEAM]
    return tuple(dict.fromkeys(each for each in found if each is not chosen.option))


def _beside(answers: Answers, chosen: Chosen) -> Iterable[Option]:
    match chosen.step:
        case Step.M0 | Step.M7:
            return (Option.ON_DEMAND,)
        case Step.M1:
            return _shared_if(answers.has_it)
        case Step.M2:
            is_shared = chosen.option is Option.CO_MANAGED
            return (Option.INTERNAL if is_shared else Option.CO_MANAGED,)
        case Step.M3:
            return (Option.FRACTIONAL_REMOTE_TEAM,)
        case Step.M4:
            return _beside_nights(answers, chosen)
        case Step.M5:
            return (seat(answers) if chosen.option is Option.CO_MANAGED else Option.CO_MANAGED,)
        case Step.M6:
            is_own = chosen.option is Option.FRACTIONAL_REMOTE_TEAM
            return (seat(answers) if is_own else Option.FRACTIONAL_REMOTE_TEAM,)
        case Step.M8:
            return (Option.HYBRID_AI_EXPERT,)
        case Step.M9:
            return (seat(answers), Option.ON_DEMAND)
        case Step.M10:
            is_few = answers.users < SEATS_FROM
            return (Option.HYBRID_AI_EXPERT if is_few else Option.FRACTIONAL_REMOTE_TEAM,)


def _beside_nights(answers: Answers, chosen: Chosen) -> Iterable[Option]:
    match chosen.option:
        case Option.INTERNAL:
            return (Option.CO_MANAGED,)
        case Option.CO_MANAGED:
            return (Option.FRACTIONAL_REMOTE_TEAM, Option.MSP_RETAINER)
        case Option.FRACTIONAL_REMOTE_TEAM:
            return (Option.MSP_RETAINER,)
        case _ if chosen.is_default:
            return (Option.FRACTIONAL_REMOTE_TEAM,)
        case _:
            return _shared_if(answers.has_it)


def _shared_if(has_it: bool) -> tuple[Option, ...]:
    return (Option.CO_MANAGED,) if has_it else ()
