"""The lines of a cost: what each is called, its formula, and which of the nine options has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from ...texts import gettext, gettext_noop
from ..diagnosis.answers import Option


class Grows(StrEnum):
    """What a line rises with from year to year."""

    WAGES = "wages"
    FEES = "fees"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Line:
    """One kind of cost. The formula gives an amount a year; for one that is_once, an amount.

    An is_honest line belongs to every option: it is the part that an invoice does not show, and
    nothing is put into it that nobody said. Names in the formula are inputs, or steps before it.
    """

    name: str
    label: str
    formula: str
    grows: Grows = Grows.NOT
    is_honest: bool = False
    is_once: bool = False

    def __str__(self) -> str:
        return gettext(self.label)


# ---- people of one's own ------------------------------------------------------------------

SALARY = Line("salaries", gettext_noop("Salaries"), "people * salary", Grows.WAGES)
BENEFITS = Line(
    "benefits", gettext_noop("Benefits and taxes"), "people * salary * benefit_rate", Grows.WAGES
)
TOOLS = Line(
    "tools", gettext_noop("Tools and licences"), "12 * people * tools_per_person", Grows.FEES
)
TRAINING = Line("training", gettext_noop("Training"), "people * training_per_person", Grows.WAGES)
TURNOVER = Line(
    "turnover", gettext_noop("People leaving"), "people * salary * turnover_share", Grows.WAGES
)
GAPS = Line(
    "gaps",
    gettext_noop("Nights and weekends: overtime, on-call"),
    "people * coverage_gaps * (1 - nights_staffed)",
    Grows.WAGES,
)
STAFF = (SALARY, BENEFITS, TOOLS, TRAINING, TURNOVER, GAPS)

# ---- fees ---------------------------------------------------------------------------------

CALLS = Line(
    "calls", gettext_noop("Calls for outside help"), "12 * calls_per_month * price_per_call",
    Grows.FEES,
)  # fmt: skip
SUBSCRIPTION = Line(
    "subscription", gettext_noop("Subscription"), "12 * workstations * fee_per_workstation",
    Grows.FEES,
)  # fmt: skip
RETAINER = Line("retainer_fee", gettext_noop("Retainer"), "12 * retainer", Grows.FEES)
OVERAGE = Line(
    "overage",
    gettext_noop("Tickets beyond what the fee includes"),
    "12 * max(tickets_per_month - included_tickets, 0) * price_per_extra_ticket",
    Grows.FEES,
)
EXCLUDED = Line(
    "excluded_work",
    gettext_noop("Work that the fee leaves out"),
    "excluded_hours_year * excluded_rate",
    Grows.FEES,
)
ASSISTANT = Line("assistant", gettext_noop("Assistant"), "12 * plans * plan_fee", Grows.FEES)
EXPERTS = Line(
    "experts",
    gettext_noop("Calls for an expert"),
    "12 * expert_calls_per_month * price_per_expert_call",
    Grows.FEES,
)
PARTNER = Line("partner", gettext_noop("Partner"), "12 * partner_fee", Grows.FEES)
PROJECTS = Line(
    "projects", gettext_noop("Projects"), "projects_per_year * price_per_project", Grows.FEES
)
CHANGES = Line(
    "change_orders",
    gettext_noop("Changes to what was agreed"),
    "projects_per_year * price_per_project * change_order_share",
    Grows.FEES,
)
FEES = (
    CALLS, SUBSCRIPTION, RETAINER, OVERAGE, EXCLUDED, ASSISTANT, EXPERTS, PARTNER, PROJECTS,
    CHANGES,
)  # fmt: skip
ROLE_LABEL = gettext_noop("Team: %(role)s")

# ---- the part that no invoice shows --------------------------------------------------------

OVERSIGHT = Line(
    "oversight",
    gettext_noop("Steering the arrangement"),
    "52 * oversight_hours_week * hour_value",
    Grows.WAGES,
    is_honest=True,
)
MISALIGNMENT = Line(
    "misalignment",
    gettext_noop("Decisions made without the context"),
    "12 * tickets_per_month * misaligned_share * hours_per_misaligned * hour_value",
    Grows.WAGES,
    is_honest=True,
)
INTERNAL_TIME = Line(
    "internal_time",
    gettext_noop("Own time spent and waited"),
    "12 * (internal_hours_month * hour_value + waiting_hours_month * waiting_hour_value)",
    Grows.WAGES,
    is_honest=True,
)
OUTAGES = Line(
    "outages",
    gettext_noop("Outages"),
    "outages_per_year * (days_per_outage * day_value + own_hours_per_outage * hour_value)",
    is_honest=True,
)
RISK = Line("uncovered_risk", gettext_noop("Risk that nobody covers"), "0", is_honest=True)
ONBOARDING = Line(
    "onboarding_work",
    gettext_noop("Onboarding and running side by side"),
    "onboarding + parallel_run",
    is_honest=True,
    is_once=True,
)
RAMP = Line(
    "ramp",
    gettext_noop("Work lost until it runs in"),
    "paid_month * (ramp_days * ramp_loss + max(maturity_days - ramp_days, 0) * later_loss) / 30",
    is_honest=True,
    is_once=True,
)
"""A month has 30 days here. paid_month is what staff and fees come to in a month."""
TRANSITION = (ONBOARDING, RAMP)
HONEST = (*TRANSITION, OVERSIGHT, MISALIGNMENT, INTERNAL_TIME, OUTAGES, RISK)

LINES: Mapping[str, Line] = {each.name: each for each in (*STAFF, *FEES, *HONEST)}


def _shared(line: Line) -> Line:
    """The line of a desk of which only a share of the work stays with one's own people."""
    return replace(line, formula=f"own_share * {line.formula}")


OF_OPTION: Mapping[Option, tuple[Line, ...]] = {
    Option.INTERNAL: STAFF,
    Option.INTERNAL_PLUS_ON_DEMAND: (*STAFF, CALLS),
    Option.ON_DEMAND: (CALLS,),
    Option.PER_SEAT_SUBSCRIPTION: (SUBSCRIPTION, EXCLUDED),
    Option.MSP_RETAINER: (RETAINER, OVERAGE, EXCLUDED),
    Option.FRACTIONAL_REMOTE_TEAM: (),
    Option.HYBRID_AI_EXPERT: (ASSISTANT, EXPERTS),
    Option.CO_MANAGED: (*(_shared(each) for each in STAFF), PARTNER, EXCLUDED),
    Option.PROJECT_OUTSOURCING: (PROJECTS, CHANGES),
}
"""What staff and fees an option has. The fractional team has a line for each of its roles."""


def extended(line: Line) -> Line:
    """A fee that was quoted for the day, with what nights and weekends add."""
    if line.grows is not Grows.FEES or line is TOOLS or line.name == TOOLS.name:
        return line
    return replace(line, formula=f"({line.formula}) * (1 + around_the_clock_surcharge)")
