"""What is asked: the demand, when the desk is open, what it promises, how people are there."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ..demand.demand import Demand
from ..people import Ramp, effective_share
from ..simulation.model import Hours

USUAL_SHARE = 0.9
USUAL_PAID_HOURS = 40.0
USUAL_GROWTH = 0.3
USUAL_MOST_BUSY = 0.85
"""The upper end of the presets for live work (70 to 85 %) and the usual one for tickets."""


class Channel(StrEnum):
    """Whether somebody is on the line, or a ticket lies in a queue."""

    TICKETS = "tickets"
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised to a priority, in hours that count; None is no promise.

    share_of_tickets is how many of all tickets have it. The first promise is the most urgent.
    """

    name: str = ""
    share_of_tickets: float = 1.0
    first_response: float | None = None
    resolution: float | None = None


@dataclass(frozen=True, slots=True)
class Staying:
    """How people come and go: leavers a year for each post, the gap after them, the learning."""

    leavers_a_year: float
    vacancy_days: float = 45.0
    ramp_days: float = 75.0
    start_productivity: float = 0.5

    @property
    def share(self) -> float:
        """What a post yields in the long run."""
        found = effective_share(
            self.leavers_a_year,
            self.vacancy_days,
            self.ramp_days,
            self.start_productivity,
            Ramp.STEP,
        ).value
        return 1.0 if found is None else found


@dataclass(frozen=True, slots=True)
class Question:
    """How many people does it take? Times in hours, shares from 0 to 1.

    share is the part of the tickets for which the promises are to hold; shrinkage the part of paid
    time in which people are not there for tickets; people how many there are today, if anybody is.
    """

    demand: Demand
    hours: Hours
    promises: tuple[Promise, ...]
    channel: Channel = Channel.TICKETS
    share: float = USUAL_SHARE
    shrinkage: float = 0.0
    paid_hours: float = USUAL_PAID_HOURS
    most_busy: float = USUAL_MOST_BUSY
    staying: Staying | None = None
    growth: float = USUAL_GROWTH
    people: int | None = None
    other_hours: tuple[tuple[str, Hours], ...] = ()
    """Tiers, by name, that work other hours than the desk is open."""

    def hours_of(self, tier: int) -> Hours:
        """When a tier works."""
        return dict(self.other_hours).get(self.demand.tiers[tier].name, self.hours)

    def agent_hours(self, team: tuple[int, ...]) -> float:
        """Hours a week that a team is on duty, all tiers together."""
        return sum(number * self.hours_of(tier).per_week for tier, number in enumerate(team))

    @property
    def hours_of_one(self) -> float:
        """Hours a week that one person on the payroll is there for tickets."""
        stays = self.staying.share if self.staying else 1.0
        return self.paid_hours * (1.0 - self.shrinkage) * stays
