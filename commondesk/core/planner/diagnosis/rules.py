"""The rules R01 to R35: when each fires, what it says, and which source it comes from.

Sources are cited by number. A rule with `steps` speaks only where the decision list came to one of
them; the others fire wherever their condition holds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from ...texts import gettext_noop as _
from .answers import Answers, Coverage, Dependence, InternalIt, Option, Volume

MOST_OWN_HOURS = 2.0
"""Hours a month of people who are not in IT: more is a signal (004)."""
RARE_INCIDENTS = 1.0
"""Incidents a month: fewer are rare (004)."""
SMALL = 100
"""Employees: a company without IT below this is the usual one to outsource all (003)."""
SEATS_FROM = 50
"""Users: from here on a retainer is priced, below it a subscription (000). Our choice."""
PRICED_TO = 200
"""Users: above, the retainer prices of the sources do not reach (000)."""
ROUND_THE_CLOCK_FTE = 5.0
"""Full-time people that carry 24/7 inside: the upper end of 4 to 5 (000). Our choice."""
LEADERSHIP_HOURS = 2.0
"""Hours a week of the management from which an arrangement counts as failing. Our choice: 002 says
hours every week, and gives 5 as its example."""
RAMP_DAYS = 60.0
"""Days: full service is not to be expected sooner (002)."""


SOURCES: dict[str, str] = {
    "000": _("a guide to a fractional remote team for the support of small companies"),
    "001": _("an article on when outsourcing becomes rational for a small company"),
    "002": _("an article on building outsourced support that works"),
    "003": _("a page on considerations and trade-offs of outsourced support"),
    "004": _("an article on outsourcing for very small businesses"),
}
"""The documents that the rules and prices rest on, by their number."""


class Step(StrEnum):
    """The steps of the decision list, in their order."""

    M0 = "M0"
    M1 = "M1"
    M2 = "M2"
    M3 = "M3"
    M4 = "M4"
    M5 = "M5"
    M6 = "M6"
    M7 = "M7"
    M8 = "M8"
    M9 = "M9"
    M10 = "M10"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Where the decision list ended. is_default: by its last branch, nothing special spoke."""

    step: Step
    option: Option
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. is_signal: it says that something is not well, whatever the answer will be."""

    id: str
    source: str
    when: str
    then: str
    holds: Callable[[Answers], bool]
    steps: frozenset[Step] = frozenset()
    is_signal: bool = False
    suits: Callable[[Chosen], bool] = lambda chosen: True

    def fires(self, answers: Answers, chosen: Chosen) -> bool:
        return (
            self.holds(answers)
            and (not self.steps or chosen.step in self.steps)
            and self.suits(chosen)
        )


def is_more(value: float | None, bound: float) -> bool:
    return value is not None and value > bound


def is_less(value: float | None, bound: float) -> bool:
    return value is not None and value < bound


def has_rare_incidents(answers: Answers) -> bool:
    return is_less(answers.incidents_per_month, RARE_INCIDENTS)


def carries_nights(answers: Answers) -> bool:
    """Whether there are people enough inside for 24/7."""
    return (answers.internal_support_fte or 0) >= ROUND_THE_CLOCK_FTE


def has_gap(answers: Answers) -> bool:
    """Whether an IT team lacks hours, specialists or places."""
    nights = answers.is_round_the_clock and (
        answers.internal_it is InternalIt.DEPARTMENT or not carries_nights(answers)
    )
    return nights or answers.specialist_gap or answers.multi_site_cloud_remote


def _is_established(answers: Answers) -> bool:
    return answers.internal_it in (InternalIt.SMALL_TEAM, InternalIt.DEPARTMENT)


def _is_outsourced_whole(chosen: Chosen) -> bool:
    return chosen.step in (Step.M6, Step.M10) or (chosen.step is Step.M4 and chosen.is_default)


def _steps(*steps: Step) -> frozenset[Step]:
    return frozenset(steps)


RULES: tuple[Rule, ...] = (
    Rule(
        "R01",
        "001",
        _("a scoping point is not settled yet"),
        _("scope first: settle what is missing before any provider is asked"),
        lambda a: bool(a.scoping.missing),
    ),
    Rule(
        "R02",
        "002",
        _("what is given away and why, where it ends, or how success is judged has no answer"),
        _("not ready: write the three answers down on one page first"),
        lambda a: not a.three_questions_answered,
    ),
    Rule(
        "R03",
        "002",
        _("cost is the only motive"),
        _("such arrangements tend to erode: look at the whole cost, not at the invoice"),
        lambda a: a.motive_cost_only,
    ),
    Rule(
        "R04",
        "003",
        _("outsiders may not have access to the data, or key knowledge cannot be passed on"),
        _("keep support inside"),
        lambda a: a.third_party_access_restricted,
    ),
    Rule(
        "R05",
        "004",
        _("people who are not in IT spend more than 2 hours a month on it"),
        _("a signal for regular professional support"),
        lambda a: is_more(a.internal_hours_month, MOST_OWN_HOURS),
        is_signal=True,
    ),
    Rule(
        "R06",
        "004",
        _("the same problems keep coming back"),
        _("a signal: causes are not treated"),
        lambda a: a.repeated_incidents,
        is_signal=True,
    ),
    Rule(
        "R07",
        "004",
        _("no restore from the backups has been tested"),
        _("a signal: a major risk"),
        lambda a: not a.backups_tested,
        is_signal=True,
    ),
    Rule(
        "R08",
        "004",
        _("new people, equipment, software or a move"),
        _("a signal for a need that will pass"),
        lambda a: a.change_event,
        is_signal=True,
    ),
    Rule(
        "R09",
        "004",
        _("nobody knows whether the tools are secure"),
        _("a signal: find out"),
        lambda a: not a.security_known,
        is_signal=True,
    ),
    Rule(
        "R10",
        "004",
        _("there is less than one incident a month"),
        _("help on demand is enough"),
        has_rare_incidents,
        _steps(Step.M7, Step.M8),
    ),
    Rule(
        "R11",
        "001",
        _("low volume and low criticality"),
        _("support inside is often enough, a provider often too much"),
        lambda a: a.is_calm,
    ),
    Rule(
        "R12",
        "001",
        _("more and more requests, and the same incidents again"),
        _("method is needed, not more hands alone"),
        lambda a: a.volume in (Volume.RISING, Volume.HIGH) and a.repeated_incidents,
    ),
    Rule(
        "R13",
        "001",
        _("several sites, cloud services and remote access"),
        _("operations must be structured: inside alone is limited, inside and a provider fit well"),
        lambda a: a.multi_site_cloud_remote,
    ),
    Rule(
        "R14",
        "001",
        _("the business depends strongly on IT"),
        _("support alone is not enough: operations and governance belong to it"),
        lambda a: a.it_dependence is Dependence.STRONG,
    ),
    Rule(
        "R15",
        "001",
        _("IT needs regular steering"),
        _("inside alone is not enough; inside and a provider together are often better"),
        lambda a: a.needs_steering,
    ),
    Rule(
        "R16",
        "001",
        _("the team inside is overloaded or constantly interrupted"),
        _("inside alone is fragile; a provider beside it is often right"),
        lambda a: a.team_overloaded,
        is_signal=True,
    ),
    Rule(
        "R17",
        "001",
        _("continuity rests on one person"),
        _("a structural risk: outsource only with documentation and method"),
        lambda a: a.key_person,
        is_signal=True,
    ),
    Rule(
        "R18",
        "001",
        _("what support really costs cannot be read"),
        _("a signal: make the cost readable before choosing"),
        lambda a: a.cost_unreadable,
        is_signal=True,
    ),
    Rule(
        "R19",
        "003",
        _("nobody in IT, and fewer than about 100 people"),
        _("give all of it to a provider, per workplace or for a flat fee"),
        lambda a: not a.has_it and a.users < SMALL,
        suits=_is_outsourced_whole,
    ),
    Rule(
        "R20",
        "003",
        _("an IT team is there, and lacks hours, specialists or places"),
        _("share the work: co-managed"),
        lambda a: _is_established(a) and has_gap(a),
        _steps(Step.M2, Step.M4),
    ),
    Rule(
        "R21",
        "003",
        _("the sector is regulated"),
        _("the provider needs experience with those rules"),
        lambda a: a.regulated,
    ),
    Rule(
        "R22",
        "003",
        _("it is a migration, a merger or another single piece of work"),
        _("outsource it for a limited time"),
        lambda a: a.project_only,
    ),
    Rule(
        "R23",
        "002",
        _("technology is the core of the business, or made to measure"),
        _("keep applications and strategy, give away what everybody needs: co-managed"),
        lambda a: a.tech_core,
    ),
    Rule(
        "R24",
        "000",
        _("day and night are to be covered"),
        _("inside this takes 4 to 5 people at least; else a team around the world or an MSP"),
        lambda a: a.is_round_the_clock,
        _steps(Step.M4),
    ),
    Rule(
        "R25",
        "000",
        _("people in many time zones, a product customers depend on, or a regulated sector"),
        _("covering day and night fits"),
        lambda a: a.distributed_team or a.customer_facing_product or a.regulated,
    ),
    Rule(
        "R26",
        "000",
        _("a young company, with people there in office hours"),
        _("covering office hours fits"),
        lambda a: a.early_stage and a.coverage is Coverage.OFFICE_HOURS,
    ),
    Rule(
        "R27",
        "000",
        _("work must stay in the company's own tools, policies and runbooks"),
        _("rather a fractional team than an MSP"),
        lambda a: a.own_stack_required,
        _steps(Step.M4, Step.M6),
    ),
    Rule(
        "R28",
        "000",
        _("a managed SOC or SIEM is required"),
        _("no fractional team: an MSP, or a provider of its own for security"),
        lambda a: a.managed_soc_required,
        _steps(Step.M4, Step.M6),
    ),
    Rule(
        "R29",
        "000",
        _("capacity must follow launches or seasons"),
        _("rather a flexible team than fixed posts"),
        lambda a: a.flexible_scaling,
        _steps(Step.M4, Step.M6),
    ),
    Rule(
        "R30",
        "003",
        _("a fixed sum a month is preferred"),
        _(
            "a managed contract moves the risk of operations to the provider; paying by the"
            " incident leaves the risk of cost with you"
        ),
        lambda a: a.fixed_monthly_risk_preferred and not a.has_it,
    ),
    Rule(
        "R31",
        "004",
        _("everyday questions at any hour, and people only now and then"),
        _("an assistant with experts on call"),
        lambda a: a.wants_24h_everyday_help,
        _steps(Step.M9),
    ),
    Rule(
        "R32",
        "002",
        _("the management spends hours every week on what was outsourced"),
        _("the arrangement is failing: count that time, and put the scope right before switching"),
        lambda a: (a.leadership_hours_week or 0) >= LEADERSHIP_HOURS,
    ),
    Rule(
        "R33",
        "002",
        _("full service is expected sooner than 60 to 90 days"),
        _("plan the ramp, and do not judge by full targets before it is over"),
        lambda a: is_less(a.target_full_service_days, RAMP_DAYS),
        suits=lambda chosen: chosen.option is not Option.INTERNAL,
    ),
    Rule(
        "R34",
        "001",
        _("somebody is inside, nothing presses, but volume or criticality is not low"),
        _("inside, with an occasional provider: flexible, little continuity"),
        lambda a: a.is_few and not a.is_calm,
        _steps(Step.M5),
        suits=lambda chosen: chosen.option is Option.INTERNAL_PLUS_ON_DEMAND,
    ),
    Rule(
        "R35",
        "003",
        _("an IT department is there, and lacks neither hours, specialists nor places"),
        _("keep it inside; outsource only where a post is not justified"),
        lambda a: a.internal_it is InternalIt.DEPARTMENT and not has_gap(a),
        _steps(Step.M2),
    ),
)
BY_ID = {each.id: each for each in RULES}


def holding(answers: Answers, ids: Iterable[str]) -> bool:
    """Whether the condition of any of these rules holds."""
    return any(BY_ID[each].holds(answers) for each in ids)


SIGNALS = tuple(each.id for each in RULES if each.is_signal)
"""The rules that say that something is not well."""
