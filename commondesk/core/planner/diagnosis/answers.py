"""What is asked before anything is advised: the answers, and the question behind each."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum

from ...texts import gettext_noop as _


class InternalIt(StrEnum):
    """Who does IT inside the company."""

    NONE = "none"
    GENERALIST = "generalist"
    SMALL_TEAM = "small_team"
    DEPARTMENT = "department"


class Volume(StrEnum):
    """How much support is asked for. No source gives a number: it is asked, never derived."""

    LOW = "low"
    RISING = "rising"
    HIGH = "high"


class Criticality(StrEnum):
    LOW = "low"
    HIGH = "high"


class Dependence(StrEnum):
    NORMAL = "normal"
    STRONG = "strong"


class Coverage(StrEnum):
    OFFICE_HOURS = "8x5"
    ROUND_THE_CLOCK = "24x7"


class Option(StrEnum):
    """The nine ways to have IT support."""

    INTERNAL = "internal"
    INTERNAL_PLUS_ON_DEMAND = "internal_plus_on_demand"
    ON_DEMAND = "on_demand"
    HYBRID_AI_EXPERT = "hybrid_ai_expert"
    PER_SEAT_SUBSCRIPTION = "per_seat_subscription"
    MSP_RETAINER = "msp_retainer"
    FRACTIONAL_REMOTE_TEAM = "fractional_remote_team"
    CO_MANAGED = "co_managed"
    PROJECT_OUTSOURCING = "project_outsourcing"


@dataclass(frozen=True, slots=True)
class Scoping:
    """The six points to settle before any provider is asked: which of them are."""

    criticality: bool = False
    scope: bool = False
    hours_channels: bool = False
    documentation: bool = False
    escalation: bool = False
    internal_referent: bool = False

    @property
    def missing(self) -> tuple[str, ...]:
        return tuple(each.name for each in fields(self) if not getattr(self, each.name))


@dataclass(frozen=True, slots=True)
class Answers:
    """What somebody answered. None is: not known, and then no rule that asks for it fires."""

    users: int
    internal_it: InternalIt
    volume: Volume | None = None
    criticality: Criticality | None = None
    internal_support_fte: float | None = None
    it_dependence: Dependence = Dependence.NORMAL
    coverage: Coverage = Coverage.OFFICE_HOURS
    incidents_per_month: float | None = None
    internal_hours_month: float | None = None
    leadership_hours_week: float | None = None
    target_full_service_days: float | None = None
    scoping: Scoping = Scoping()
    three_questions_answered: bool = True
    backups_tested: bool = True
    security_known: bool = True
    team_overloaded: bool = False
    repeated_incidents: bool = False
    key_person: bool = False
    cost_unreadable: bool = False
    change_event: bool = False
    multi_site_cloud_remote: bool = False
    needs_steering: bool = False
    specialist_gap: bool = False
    third_party_access_restricted: bool = False
    regulated: bool = False
    tech_core: bool = False
    distributed_team: bool = False
    customer_facing_product: bool = False
    early_stage: bool = False
    own_stack_required: bool = False
    managed_soc_required: bool = False
    flexible_scaling: bool = False
    fixed_monthly_risk_preferred: bool = False
    wants_24h_everyday_help: bool = False
    project_only: bool = False
    motive_cost_only: bool = False

    @property
    def has_it(self) -> bool:
        return self.internal_it is not InternalIt.NONE

    @property
    def is_few(self) -> bool:
        """One person or a small team: not nobody, and no department."""
        return self.internal_it in (InternalIt.GENERALIST, InternalIt.SMALL_TEAM)

    @property
    def is_calm(self) -> bool:
        """Low volume and low criticality."""
        return self.volume is Volume.LOW and self.criticality is Criticality.LOW

    @property
    def is_round_the_clock(self) -> bool:
        return self.coverage is Coverage.ROUND_THE_CLOCK


class Asks(StrEnum):
    """What a question wants for an answer."""

    COUNT = "count"
    NUMBER = "number"
    CHOICE = "choice"
    YES = "yes"


class Theme(StrEnum):
    """What questions stand together."""

    COMPANY = "company"
    SIGNALS = "signals"
    NEEDS = "needs"
    LIMITS = "limits"
    MOTIVE = "motive"


@dataclass(frozen=True, slots=True)
class Question:
    """One question. name is the field of `Answers`; also are other names it may be written by."""

    name: str
    theme: Theme
    asks: Asks
    words: str
    short: str
    """The answer yes, or the thing counted, in a few words."""
    choices: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


def _yes(name: str, theme: Theme, words: str, short: str, *also: str) -> Question:
    return Question(name, theme, Asks.YES, words, short, also=also)


def _number(name: str, theme: Theme, words: str, short: str) -> Question:
    return Question(name, theme, Asks.NUMBER, words, short)


def _choice(name: str, theme: Theme, words: str, short: str, choices: type[StrEnum]) -> Question:
    return Question(name, theme, Asks.CHOICE, words, short, tuple(each.value for each in choices))


QUESTIONS: tuple[Question, ...] = (
    Question(
        "users",
        Theme.COMPANY,
        Asks.COUNT,
        _("How many people use the company's IT?"),
        _("people who use IT"),
    ),
    _choice(
        "internal_it",
        Theme.COMPANY,
        _("Who does IT inside the company today?"),
        _("IT people inside"),
        InternalIt,
    ),
    _number(
        "internal_support_fte",
        Theme.COMPANY,
        _("How many full-time people inside do support?"),
        _("full-time people in support"),
    ),
    _choice(
        "volume",
        Theme.COMPANY,
        _("How much support is asked for: little, more and more, or much?"),
        _("volume of requests"),
        Volume,
    ),
    _choice(
        "criticality",
        Theme.COMPANY,
        _("How badly does the business suffer when IT fails?"),
        _("criticality"),
        Criticality,
    ),
    _choice(
        "it_dependence",
        Theme.COMPANY,
        _("Can the business go on without IT for a while?"),
        _("dependence on IT"),
        Dependence,
    ),
    _choice(
        "coverage",
        Theme.COMPANY,
        _("When must somebody be there: office hours, or day and night?"),
        _("hours covered"),
        Coverage,
    ),
    _number(
        "incidents_per_month",
        Theme.SIGNALS,
        _("How many incidents are there in a month?"),
        _("incidents a month"),
    ),
    _number(
        "internal_hours_month",
        Theme.SIGNALS,
        _("How many hours a month do people who are not in IT spend on IT?"),
        _("hours a month that others spend on IT"),
    ),
    _yes(
        "team_overloaded",
        Theme.SIGNALS,
        _("Is whoever does IT overloaded, or interrupted all the time?"),
        _("the team is overloaded or constantly interrupted"),
        "overloaded",
        "internal_overloaded",
        "overload",
        "interrupted",
    ),
    _yes(
        "repeated_incidents",
        Theme.SIGNALS,
        _("Do the same problems keep coming back?"),
        _("the same problems come back"),
        "recurring_incidents",
    ),
    _yes(
        "key_person",
        Theme.SIGNALS,
        _("Does it all stop if one certain person is away?"),
        _("everything rests on one person"),
        "key_person_risk",
        "key_person_dependency",
        "single_person",
        "one_person_continuity",
    ),
    _yes(
        "cost_unreadable",
        Theme.SIGNALS,
        _("Is it unclear what support really costs?"),
        _("the cost of support cannot be read"),
        "budget_unreadable",
        "unreadable_budget",
        "cost_not_readable",
    ),
    _yes(
        "backups_tested",
        Theme.SIGNALS,
        _("Has a restore from the backups been tested?"),
        _("backups are tested"),
    ),
    _yes(
        "security_known",
        Theme.SIGNALS,
        _("Does somebody know whether the tools are secure?"),
        _("security is known"),
    ),
    _yes(
        "change_event",
        Theme.SIGNALS,
        _("Are there new people, new equipment, new software or a move?"),
        _("new people, equipment, software or a move"),
    ),
    _number(
        "leadership_hours_week",
        Theme.SIGNALS,
        _("How many hours a week does the management spend on matters given to a provider?"),
        _("hours a week of the management on outsourced matters"),
    ),
    _yes(
        "multi_site_cloud_remote",
        Theme.NEEDS,
        _("Are there several sites, cloud services and remote access?"),
        _("several sites, cloud and remote access"),
        "multi_site",
        "geographic_gap",
    ),
    _yes(
        "needs_steering",
        Theme.NEEDS,
        _("Does IT need regular steering: indicators, reviews, decisions?"),
        _("IT needs regular steering"),
    ),
    _yes(
        "specialist_gap",
        Theme.NEEDS,
        _("Are specialists missing inside, such as for security, network or cloud?"),
        _("specialists are missing"),
        "specialist_gaps",
    ),
    _yes(
        "distributed_team",
        Theme.NEEDS,
        _("Do people work in many time zones?"),
        _("people work in many time zones"),
        "distributed",
    ),
    _yes(
        "customer_facing_product",
        Theme.NEEDS,
        _("Do customers notice at once when a system fails?"),
        _("customers depend on the systems"),
    ),
    _yes(
        "early_stage",
        Theme.NEEDS,
        _("Is the company young, with people there in office hours?"),
        _("a young company"),
    ),
    _yes(
        "flexible_scaling",
        Theme.NEEDS,
        _("Must capacity follow launches or seasons?"),
        _("capacity must follow launches or seasons"),
        "flexible_capacity",
    ),
    _yes(
        "wants_24h_everyday_help",
        Theme.NEEDS,
        _("Are answers to everyday questions wanted at any hour, with people only now and then?"),
        _("everyday help is wanted at any hour"),
    ),
    _yes(
        "project_only",
        Theme.NEEDS,
        _("Is it about one project only, such as a migration or a merger?"),
        _("it is about one project"),
    ),
    _yes(
        "third_party_access_restricted",
        Theme.LIMITS,
        _(
            "Do contracts or rules keep outsiders from the data, or can key knowledge not be"
            " passed on?"
        ),
        _("outsiders may not have access"),
        "knowledge_not_transferable",
    ),
    _yes(
        "regulated",
        Theme.LIMITS,
        _("Is the sector regulated, such as health, finance or defence?"),
        _("the sector is regulated"),
    ),
    _yes(
        "tech_core",
        Theme.LIMITS,
        _("Is technology what the company lives by, or is the system made to measure?"),
        _("technology is the core of the business"),
        "custom_stack",
    ),
    _yes(
        "own_stack_required",
        Theme.LIMITS,
        _("Must work stay in the company's own tools, policies and runbooks?"),
        _("work stays in own tools"),
        "own_stack",
    ),
    _yes(
        "managed_soc_required",
        Theme.LIMITS,
        _("Is a managed security operations centre (SOC, SIEM) required?"),
        _("a managed SOC is required"),
        "managed_soc",
    ),
    _yes(
        "fixed_monthly_risk_preferred",
        Theme.MOTIVE,
        _("Is a fixed sum a month preferred to bills that vary?"),
        _("a fixed monthly sum is preferred"),
        "fixed_monthly_risk",
        "prefers_fixed_monthly",
        "fixed_risk_preferred",
        "fixed_monthly_preferred",
        "fixed_fee_preferred",
    ),
    _yes(
        "motive_cost_only",
        Theme.MOTIVE,
        _("Is cost the only reason to change?"),
        _("cost is the only motive"),
        "cost_only",
        "cost_only_motive",
    ),
    _yes(
        "three_questions_answered",
        Theme.MOTIVE,
        _(
            "Is it written down what is given away and why, where it ends, and how success"
            " will be judged in six months?"
        ),
        _("the three questions are answered"),
    ),
    _number(
        "target_full_service_days",
        Theme.MOTIVE,
        _("In how many days is full service expected?"),
        _("days until full service is expected"),
    ),
)
BY_NAME = {each.name: each for each in QUESTIONS}

POINTS: dict[str, str] = {
    "criticality": _("How critical the covered services are"),
    "scope": _("What the support really covers"),
    "hours_channels": _("Hours covered, and channels"),
    "documentation": _("What documentation exists"),
    "escalation": _("How complex incidents are escalated"),
    "internal_referent": _("Who stays the referent inside"),
}
"""The six scoping points, in words."""

OPTIONS: dict[Option, str] = {
    Option.INTERNAL: _("Keep it inside"),
    Option.INTERNAL_PLUS_ON_DEMAND: _("Inside, with an occasional provider"),
    Option.ON_DEMAND: _("A provider on demand"),
    Option.HYBRID_AI_EXPERT: _("An assistant, with experts on call"),
    Option.PER_SEAT_SUBSCRIPTION: _("A subscription per workplace"),
    Option.MSP_RETAINER: _("A managed service provider (MSP) with a monthly retainer"),
    Option.FRACTIONAL_REMOTE_TEAM: _("A fractional remote team in your own tools"),
    Option.CO_MANAGED: _("Shared: your IT and a provider (co-managed)"),
    Option.PROJECT_OUTSOURCING: _("A provider for this project only"),
}
"""The nine options, in words."""

CHOICES: dict[str, str] = {
    "none": _("nobody"),
    "generalist": _("one generalist"),
    "small_team": _("a small team"),
    "department": _("an IT department"),
    "low": _("low"),
    "rising": _("rising"),
    "high": _("high"),
    "normal": _("normal"),
    "strong": _("strong"),
    "8x5": _("office hours (8x5)"),
    "24x7": _("day and night (24/7)"),
}
"""The choices of the questions, in words."""
