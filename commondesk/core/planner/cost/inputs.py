"""The numbers that a cost rests on: name, unit, limits of sense, and where a default is from.

A default stands here only if one of the five documents (000 to 004) prints it; anything else must
be given. Defaults in money are US dollars of a US company: in another currency they count only once
somebody says how many units of it one dollar is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from ...texts import gettext, gettext_noop
from ..diagnosis.answers import Option
from .distributions import Discrete, Distribution, Fixed, Pert, Triangular, Uniform

DOLLAR = "USD"


class Unit(StrEnum):
    """What a number counts."""

    MONEY = "money"
    MONEY_YEAR = "money a year"
    MONEY_MONTH = "money a month"
    MONEY_DAY = "money a day"
    MONEY_HOUR = "money an hour"
    SHARE = "share"
    COUNT = "count"
    PEOPLE = "people"
    A_MONTH = "a month"
    A_YEAR = "a year"
    A_DAY = "a day"
    HOURS = "hours"
    HOURS_WEEK = "hours a week"
    HOURS_MONTH = "hours a month"
    HOURS_YEAR = "hours a year"
    DAYS = "days"

    @property
    def is_money(self) -> bool:
        return self.value.startswith("money")


_WORDS = {
    Unit.MONEY: "%(currency)s",
    Unit.MONEY_YEAR: gettext_noop("%(currency)s a year"),
    Unit.MONEY_MONTH: gettext_noop("%(currency)s a month"),
    Unit.MONEY_DAY: gettext_noop("%(currency)s a day"),
    Unit.MONEY_HOUR: gettext_noop("%(currency)s an hour"),
    Unit.SHARE: gettext_noop("share"),
    Unit.COUNT: "",
    Unit.PEOPLE: gettext_noop("people"),
    Unit.A_MONTH: gettext_noop("a month"),
    Unit.A_YEAR: gettext_noop("a year"),
    Unit.A_DAY: gettext_noop("a day"),
    Unit.HOURS: gettext_noop("hours"),
    Unit.HOURS_WEEK: gettext_noop("hours a week"),
    Unit.HOURS_MONTH: gettext_noop("hours a month"),
    Unit.HOURS_YEAR: gettext_noop("hours a year"),
    Unit.DAYS: gettext_noop("days"),
}


def unit_words(unit: Unit, currency: str) -> str:
    """`USD a month`, `hours a week`; empty for a bare count."""
    words = _WORDS[unit]
    return gettext(words) % {"currency": currency} if words else ""


MOST_MONEY = 1e12
MOST_COUNT = 1e7
"""More tickets a month, or users, than any desk has: the number or its unit is a slip."""
MOST_PEOPLE = 1e5


@dataclass(frozen=True, slots=True)
class Default:
    """What a document prints: the range, and its words."""

    range: Distribution
    source: str


@dataclass(frozen=True, slots=True)
class Input:
    """A number that can be given, for all options or for one.

    least and most are limits of sense, both included. example is what a document prints for a case
    of its own: shown to whoever types, never counted.
    """

    name: str
    label: str
    unit: Unit
    default: Default | None = None
    example: str = ""
    least: float = 0.0
    most: float = MOST_MONEY
    only_standing: bool = False
    """The default speaks of a provider who is always there: it counts for no other option."""
    growth: bool = False
    """More tickets mean more of it."""

    def __str__(self) -> str:
        return gettext(self.label)


@dataclass(frozen=True, slots=True)
class Given:
    """A number as somebody gave it or a document prints it, with where it is from."""

    range: Distribution
    source: str
    is_default: bool = False
    """Whether a document's number stands here because nobody gave one."""


TYPED = gettext_noop("typed")
"""The source of a number that was given without one."""


def typed(value: float, source: str = TYPED) -> Given:
    """A number without doubt."""
    return Given(Fixed(value), source)


def _share(name: str, label: str, default: Default | None = None, example: str = "") -> Input:
    return Input(name, label, Unit.SHARE, default, example, most=1.0)


_ALL = (
    # what comes in, and who asks
    Input(
        "tickets_per_month",
        gettext_noop("Tickets a month"),
        Unit.A_MONTH,
        most=MOST_COUNT,
        growth=True,
    ),
    Input("users", gettext_noop("People who are supported"), Unit.COUNT, most=MOST_COUNT),
    _share("deflected_share", gettext_noop("Share of tickets that self-help answers")),
    Input(
        "tickets_per_agent_day",
        gettext_noop("Tickets one agent settles a day"),
        Unit.A_DAY,
        least=0.01,
        most=10_000,
    ),
    Input(
        "workdays_per_month",
        gettext_noop("Workdays of one agent a month"),
        Unit.DAYS,
        least=1,
        most=31,
    ),
    # people of one's own
    Input(
        "people",
        gettext_noop("People on the desk, in full-time shares"),
        Unit.PEOPLE,
        most=MOST_PEOPLE,
    ),
    Input(
        "people_by_day",
        gettext_noop("People on the desk by day, in full-time shares"),
        Unit.PEOPLE,
        most=MOST_PEOPLE,
    ),
    Input(
        "salary",
        gettext_noop("Salary of one person"),
        Unit.MONEY_YEAR,
        Default(
            Pert(55_000, 60_000, 65_000), gettext_noop("000: salary of one L1 agent, 55,000-65,000")
        ),
    ),
    Input(
        "benefit_rate",
        gettext_noop("Benefits and taxes, as a share of salary"),
        Unit.SHARE,
        Default(Fixed(0.25), gettext_noop("000: benefits and taxes, ~25 % of salary")),
        most=3.0,
    ),
    Input(
        "tools_per_person",
        gettext_noop("Tools and licences for one person"),
        Unit.MONEY_MONTH,
        Default(Pert(150, 200, 250), gettext_noop("000: tools and licences, 150-250 a month")),
    ),
    Input(
        "training_per_person",
        gettext_noop("Training of one person"),
        Unit.MONEY_YEAR,
        Default(
            Pert(1_500, 2_000, 3_000), gettext_noop("000: training and onboarding, 1,500-3,000")
        ),
    ),
    Input(
        "turnover_share",
        gettext_noop("Cost of people leaving, as a share of salary each year"),
        Unit.SHARE,
        Default(
            Pert(0.2, 0.3, 0.4), gettext_noop("000: turnover, ~30 % of salary, sensitivity ±10 %")
        ),
        most=3.0,
    ),
    Input(
        "separation_rate",
        gettext_noop("People who leave in a year, of one person"),
        Unit.A_YEAR,
        most=12.0,
    ),
    Input(
        "replacement_share",
        gettext_noop("Cost of replacing one person, as a share of salary"),
        Unit.SHARE,
        most=3.0,
    ),
    Input(
        "coverage_gaps",
        gettext_noop("Overtime and on-call beside one person"),
        Unit.MONEY_YEAR,
        Default(
            Uniform(5_000, 10_000),
            gettext_noop("000: coverage gaps, overtime or on-call, 5,000-10,000"),
        ),
    ),
    _share("nights_staffed", gettext_noop("Share of nights and weekends that are staffed")),
    Input("posts", gettext_noop("Posts that must be held at any time"), Unit.COUNT, most=10_000),
    Input(
        "people_per_post",
        gettext_noop("People it takes to hold one post day and night"),
        Unit.PEOPLE,
        Default(
            Discrete((4, 4.2, 5), middle=4.2), gettext_noop("000: 24/7 takes at least 4-5 people")
        ),
        least=4.2 * 0.9,
        most=50,
    ),
    Input(
        "shrinkage",
        gettext_noop("Share of paid time that is leave, sickness, meetings and training"),
        Unit.SHARE,
        most=0.9,
    ),
    Input(
        "paid_hours_week",
        gettext_noop("Hours a week that one person is paid for"),
        Unit.HOURS_WEEK,
        least=1,
        most=84,
    ),
    # fees
    Input(
        "calls_per_month",
        gettext_noop("Calls for outside help a month"),
        Unit.A_MONTH,
        example=gettext_noop("004: works if fewer than one a month"),
        most=MOST_COUNT,
        growth=True,
    ),
    Input("price_per_call", gettext_noop("Price of one call"), Unit.MONEY),
    Input("hours_per_call", gettext_noop("Hours of one call"), Unit.HOURS, most=1_000),
    Input("hourly_rate", gettext_noop("Price of one hour of outside help"), Unit.MONEY_HOUR),
    Input(
        "workstations", gettext_noop("Workstations under subscription"), Unit.COUNT, most=MOST_COUNT
    ),
    Input(
        "fee_per_workstation",
        gettext_noop("Fee for one workstation"),
        Unit.MONEY_MONTH,
        Default(
            Triangular(50, 100, 200), gettext_noop("004: 50-200 for one workstation and month")
        ),
    ),
    Input(
        "retainer",
        gettext_noop("Retainer"),
        Unit.MONEY_MONTH,
        Default(
            Uniform(8_000, 20_000),
            gettext_noop("000: retainer for 50-200 users, 8,000-20,000 a month"),
        ),
    ),
    Input(
        "included_tickets",
        gettext_noop("Tickets a month that the fee includes"),
        Unit.A_MONTH,
    ),
    Input("price_per_extra_ticket", gettext_noop("Price of one ticket beyond those"), Unit.MONEY),
    Input(
        "plan_fee",
        gettext_noop("Price of the assistant's plan"),
        Unit.MONEY_MONTH,
        Default(
            Fixed(8),
            gettext_noop("004: from 8 a month; whether for an account or a person is not said"),
        ),
    ),
    Input(
        "plans",
        gettext_noop("Plans of the assistant that are paid"),
        Unit.COUNT,
        Default(
            Fixed(1),
            gettext_noop("004: the plan is read as one for the whole account; ask the provider"),
        ),
    ),
    Input(
        "expert_calls_per_month",
        gettext_noop("Calls for an expert a month"),
        Unit.A_MONTH,
        most=MOST_COUNT,
        growth=True,
    ),
    Input("price_per_expert_call", gettext_noop("Price of one call for an expert"), Unit.MONEY),
    _share("own_share", gettext_noop("Share of the work that stays with one's own people")),
    Input("partner_fee", gettext_noop("Fee of the partner"), Unit.MONEY_MONTH),
    Input(
        "excluded_hours_year",
        gettext_noop("Hours a year of work that the fee leaves out"),
        Unit.HOURS_YEAR,
        most=100_000,
    ),
    Input("excluded_rate", gettext_noop("Price of an hour of such work"), Unit.MONEY_HOUR),
    Input("projects_per_year", gettext_noop("Projects a year"), Unit.A_YEAR, most=10_000),
    Input("price_per_project", gettext_noop("Price of one project"), Unit.MONEY),
    Input(
        "change_order_share",
        gettext_noop("Changes to what was agreed, as a share of a project's price"),
        Unit.SHARE,
        most=10.0,
    ),
    _share(
        "around_the_clock_surcharge",
        gettext_noop("What nights and weekends add, as a share of the fee"),
    ),
    # the lines that are easily forgotten
    Input("onboarding", gettext_noop("Onboarding, once"), Unit.MONEY),
    Input("parallel_run", gettext_noop("Running old and new side by side, once"), Unit.MONEY),
    Input(
        "ramp_days",
        gettext_noop("Days of reduced efficiency"),
        Unit.DAYS,
        Default(Triangular(60, 75, 90), gettext_noop("002: 60-90 days of reduced efficiency")),
        most=1_000,
        only_standing=True,
    ),
    Input(
        "maturity_days",
        gettext_noop("Days until everything runs in"),
        Unit.DAYS,
        Default(Fixed(180), gettext_noop("002: full maturity after about six months")),
        most=1_000,
        only_standing=True,
    ),
    _share("ramp_loss", gettext_noop("Share of the work that is lost in those days")),
    _share("later_loss", gettext_noop("Share that is lost from then until it runs in")),
    Input(
        "oversight_hours_week",
        gettext_noop("Hours a week spent on steering the arrangement"),
        Unit.HOURS_WEEK,
        Default(Pert(0, 2, 5), gettext_noop("002: five hours a week is the bad case")),
        most=168,
        only_standing=True,
    ),
    Input(
        "hour_value",
        gettext_noop("Worth of an hour of the owner or manager"),
        Unit.MONEY_HOUR,
        Default(Fixed(100), gettext_noop("004: 100 an hour, typical of a small company's owner")),
    ),
    _share(
        "misaligned_share",
        gettext_noop("Share of tickets decided wrongly for want of context"),
        example=gettext_noop("002 names this cost without a number"),
    ),
    Input(
        "hours_per_misaligned",
        gettext_noop("Hours that one such ticket costs"),
        Unit.HOURS,
        most=1_000,
    ),
    Input(
        "internal_hours_month",
        gettext_noop("Hours a month that the owner or others still spend on IT"),
        Unit.HOURS_MONTH,
        example=gettext_noop("004: 3 hours a month, before any help"),
        most=100_000,
    ),
    Input(
        "waiting_hours_month",
        gettext_noop("Hours a month that people wait for help"),
        Unit.HOURS_MONTH,
        most=1_000_000,
    ),
    Input(
        "waiting_hour_value", gettext_noop("Worth of an hour of those who wait"), Unit.MONEY_HOUR
    ),
    Input("outages_per_year", gettext_noop("Outages a year"), Unit.A_YEAR, most=10_000),
    Input(
        "days_per_outage",
        gettext_noop("Days that one outage takes"),
        Unit.DAYS,
        example=gettext_noop("004: 2 days"),
        most=366,
    ),
    Input(
        "day_value",
        gettext_noop("Worth of a lost day"),
        Unit.MONEY_DAY,
        Default(
            Fixed(200), gettext_noop("004: 200 a day billed by the person whose computer is down")
        ),
    ),
    Input(
        "own_hours_per_outage",
        gettext_noop("Own hours that go into one outage"),
        Unit.HOURS,
        most=10_000,
    ),
    # time and leaving
    Input(
        "days_until_covered",
        gettext_noop("Days until somebody answers: hiring, or launch"),
        Unit.DAYS,
        most=2_000,
    ),
    Input("contract_months", gettext_noop("Months that the contract binds"), Unit.COUNT, most=240),
    Input("exit_fee", gettext_noop("Fee for leaving before the contract ends"), Unit.MONEY),
    Input(
        "exit_work",
        gettext_noop("Cost of leaving at any time: taking back, handing over"),
        Unit.MONEY,
    ),
    Input("wage_growth", gettext_noop("Rise of wages a year"), Unit.SHARE, least=-0.5, most=10.0),
    Input("fee_growth", gettext_noop("Rise of fees a year"), Unit.SHARE, least=-0.5, most=10.0),
    Input(
        "discount_rate",
        gettext_noop("Interest at which later money counts less, a year"),
        Unit.SHARE,
        least=-0.5,
        most=10.0,
    ),
)

LAUNCH = Default(
    Triangular(7, 7, 30), gettext_noop("000: launch in as little as 7 days, a vendor's word")
)
"""Days until a fractional team answers: only that model has a number in a document."""
LAUNCH_OF = Option.FRACTIONAL_REMOTE_TEAM
RETAINER_USERS = (50, 200)
"""The size of companies for which 000 prints a retainer."""

INPUTS: Mapping[str, Input] = {each.name: each for each in _ALL}


def label(name: str) -> str:
    """What an input is called, in the language spoken."""
    return str(INPUTS[name]) if name in INPUTS else name.replace("_", " ")
