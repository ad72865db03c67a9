"""From agents who must be there to people on the payroll: absence, ramp-up, leavers, seats."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from math import ceil, exp

from .queueing.limits import NonsenseError, check_not_negative, check_positive
from .told import Explained

HOURS_OF_A_WEEK = 168.0
DAYS_OF_A_YEAR = 365.0
_ROUNDING = 1e-9


def people_for(agents: float, shrinkage: float) -> Explained:
    """People on the payroll for so many on the queue: divided by what is left, never multiplied."""
    _check_share("shrinkage", shrinkage)
    return Explained(
        agents / (1.0 - shrinkage),
        "people",
        "agents / (1 - shrinkage)",
        {"agents": agents, "shrinkage": shrinkage},
    )


def hours_from_occupancy(work_hours: float, occupancy: float) -> float:
    """Hours to be present for so much work at this occupancy."""
    check_not_negative("work_hours", work_hours)
    if not 0 < occupancy <= 1:
        raise NonsenseError(f"occupancy: {occupancy:g} must be above 0 and at most 1, such as 0.8")
    return work_hours / occupancy


def utilisation(
    tickets: float, work: float, people: float, paid_hours: float, shrinkage: float
) -> Explained:
    """The share of the time people are at work that goes into tickets; all over one period.

    Above 1 the work cannot be done: shown as it is.
    """
    check_positive("people", people)
    check_positive("paid_hours", paid_hours)
    _check_share("shrinkage", shrinkage)
    worked = Explained(
        tickets * work, "hours", "tickets * work", {"tickets": tickets, "work": work}
    )
    there = Explained(
        people * paid_hours * (1.0 - shrinkage),
        "hours",
        "people * paid_hours * (1 - shrinkage)",
        {"people": people, "paid_hours": paid_hours, "shrinkage": shrinkage},
    )
    return Explained(
        tickets * work / (people * paid_hours * (1.0 - shrinkage)),
        "share",
        "work_hours / available_hours",
        {"work_hours": worked, "available_hours": there},
    )


# ---- seats ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Seat:
    """What it takes to have one chair filled for so many hours a week."""

    hours: float
    paid_hours: float
    shrinkage: float

    @property
    def people(self) -> Explained:
        """Full-time people for the seat: 168/40 is 4.2 before anyone is ill or on leave."""
        return Explained(
            self.hours / (self.paid_hours * (1.0 - self.shrinkage)),
            "people",
            "hours / (paid_hours * (1 - shrinkage))",
            {"hours": self.hours, "paid_hours": self.paid_hours, "shrinkage": self.shrinkage},
        )

    def uncovered(self, people: float) -> float:
        """Hours a week that so many people leave uncovered."""
        return max(0.0, self.hours - people * self.paid_hours * (1.0 - self.shrinkage))

    def shrinkage_held_by(self, people: float) -> float:
        """The most shrinkage with which so many people still fill it; below 0: not even without."""
        check_positive("people", people)
        return 1.0 - self.hours / (people * self.paid_hours)


def seat(hours: float = HOURS_OF_A_WEEK, paid_hours: float = 40.0, shrinkage: float = 0.0) -> Seat:
    """A chair that is filled for so many hours of a week. Raises NonsenseError."""
    check_positive("hours", hours)
    check_positive("paid_hours", paid_hours)
    _check_share("shrinkage", shrinkage)
    if hours > HOURS_OF_A_WEEK:
        raise NonsenseError(f"hours: {hours:g} a week, a week has {HOURS_OF_A_WEEK:g}")
    return Seat(hours, paid_hours, shrinkage)


# ---- leavers and learners -------------------------------------------------------------------


class Ramp(StrEnum):
    """How a new person becomes productive: one step at the end, or a straight line."""

    STEP = "step"
    LINEAR = "linear"


def effective_share(
    separations: float,
    vacancy_days: float,
    ramp_days: float,
    start_productivity: float,
    ramp: Ramp = Ramp.STEP,
) -> Explained:
    """What a post yields in the long run, as leavers leave it empty and newcomers learn.

    separations: leavers a year for each post. Renewal and reward over the life of one holder.
    """
    check_not_negative("separations", separations)
    check_not_negative("vacancy_days", vacancy_days)
    check_not_negative("ramp_days", ramp_days)
    if not 0 <= start_productivity <= 1:
        raise NonsenseError(
            f"start_productivity: {start_productivity:g} must be from 0 to 1, such as 0.5"
        )
    leaving = separations * ramp_days / DAYS_OF_A_YEAR
    vacancy = separations * vacancy_days / DAYS_OF_A_YEAR
    left_in_ramp = 1.0 - exp(-leaving)
    unlearnt = left_in_ramp
    if ramp is Ramp.LINEAR:
        unlearnt = 1.0 - left_in_ramp / leaving if leaving > 1e-6 else leaving / 2.0
    return Explained(
        (1.0 - (1.0 - start_productivity) * unlearnt) / (1.0 + vacancy),
        "share",
        "(1 - (1 - start_productivity) * time_learning) / (1 + time_vacant)",
        {
            "start_productivity": start_productivity,
            "time_learning": unlearnt,
            "time_vacant": vacancy,
        },
    )


# ---- work by throughput ---------------------------------------------------------------------


def people_by_throughput(
    tickets: float, deflection: float, tickets_a_day: float, workdays: float
) -> Explained:
    """Full-time people for a month's tickets, of which some solve themselves; blind to targets."""
    check_not_negative("tickets", tickets)
    check_positive("tickets_a_day", tickets_a_day)
    check_positive("workdays", workdays)
    if not 0 <= deflection <= 1:
        raise NonsenseError(f"deflection: {deflection:g} must be a share from 0 to 1")
    return Explained(
        tickets * (1.0 - deflection) / (tickets_a_day * workdays),
        "people",
        "tickets * (1 - deflection) / (tickets_a_day * workdays)",
        {
            "tickets": tickets,
            "deflection": deflection,
            "tickets_a_day": tickets_a_day,
            "workdays": workdays,
        },
    )


def people_for_throughput(tickets_a_day: float, work: float, productive_hours: float) -> Explained:
    """People to finish so many tickets a day, work and productive time in hours."""
    check_not_negative("tickets_a_day", tickets_a_day)
    check_positive("work", work)
    check_positive("productive_hours", productive_hours)
    return Explained(
        tickets_a_day * work / productive_hours,
        "people",
        "tickets_a_day * work / productive_hours",
        {"tickets_a_day": tickets_a_day, "work": work, "productive_hours": productive_hours},
    )


def days_to_clear(
    backlog: float, agents: float, throughput: float, arrivals: float
) -> float | None:
    """Working days until a backlog is gone; None if it never shrinks. All by the day."""
    check_not_negative("backlog", backlog)
    surplus = agents * throughput - arrivals
    if backlog == 0:
        return 0.0
    return backlog / surplus if surplus > 0 else None


def whole(people: float) -> int:
    """Whole people: rounded up, as nobody hires a third of one."""
    return max(0, ceil(people - _ROUNDING))


def grown(quantity: float, growth: float) -> float:
    """A quantity after growth: +0.3 is 30 % more. Raises NonsenseError below -1."""
    if growth < -1:
        raise NonsenseError(f"growth: {growth:g} would leave less than nothing")
    return quantity * (1.0 + growth)


def _check_share(name: str, share: float) -> None:
    if not 0 <= share < 1:
        raise NonsenseError(f"{name}: {share:g} must be from 0 to below 1, such as 0.3 for 30 %")
