"""Small sums that people ask for one by one; the model itself works its lines out in `sheet`."""

from __future__ import annotations

HOURS_OF_WEEK = 168


# ---- one's own people ---------------------------------------------------------------------


def loading(total: float, salary: float) -> float:
    """How many times its salary a person costs."""
    return total / salary


def people_for(
    tickets_per_month: float, deflected_share: float, per_agent_day: float, workdays: float
) -> float:
    """People in full-time shares for so many tickets, at so many a day each."""
    return tickets_per_month * (1 - deflected_share) / (per_agent_day * workdays)


def people_per_post(shrinkage: float, paid_hours_week: float = 40.0) -> float:
    """People to hold one post day and night, all year: 4.2 without any leave or meeting."""
    return HOURS_OF_WEEK / (paid_hours_week * (1 - shrinkage))


def shrinkage_at(people: float, paid_hours_week: float = 40.0) -> float:
    """The shrinkage at which so many people just hold one post; below 0 they never can."""
    return 1 - HOURS_OF_WEEK / (people * paid_hours_week)


def seat_hours(people: float, paid_hours_week: float = 40.0) -> tuple[float, float, float]:
    """Hours a week that so many people sit, their share of one post's week, hours left open."""
    sat = people * paid_hours_week
    return sat, sat / HOURS_OF_WEEK, max(0.0, HOURS_OF_WEEK - sat)


def utilisation(handle_hours: float, people: float, paid_hours: float, shrinkage: float) -> float:
    """Share of the time at work that goes into tickets, both by the month."""
    return handle_hours / (people * paid_hours * (1 - shrinkage))


# ---- fees, time, outages ------------------------------------------------------------------


def subscription(workstations: float, fee: float) -> float:
    """A month of a subscription by workstation."""
    return workstations * fee


def own_time(hours: float, value: float) -> float:
    """What one's own hours are worth."""
    return hours * value


def outage(days: float, day_value: float, own_hours: float = 0.0, hour_value: float = 0.0) -> float:
    """What one outage costs: days lost, and one's own hours."""
    return days * day_value + own_hours * hour_value


# ---- comparing ----------------------------------------------------------------------------


def saving(base: float, option: float) -> float:
    """Share of the base that the option saves; below 0 it costs more."""
    return (base - option) / base


def after_saving(base: float, share: float) -> float:
    """What is left to pay once a share is saved."""
    return base * (1 - share)


def change(before: float, after: float) -> float:
    """Relative change, such as that of a response time."""
    return after / before - 1


def per_ticket(annual: float, tickets_per_month: float, deflected_share: float = 0.0) -> float:
    """Cost of one ticket; with a deflected share, of one that a person handles."""
    return annual / (12 * tickets_per_month * (1 - deflected_share))
