"""What is to be costed: the numbers that hold for all options, and the options with their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...texts import gettext
from ..diagnosis.answers import Option
from . import options
from .distributions import Distribution
from .inputs import DOLLAR, Given

DAY = "8x5"
ROUND_THE_CLOCK = "24x7"
COVERAGES = (DAY, ROUND_THE_CLOCK)
"""The hours in which somebody answers. Any other words will do; these two are understood."""

SEED = 7
DRAWS = 20_000
MONTHS = 36


@dataclass(frozen=True, slots=True)
class Risk:
    """Something that may happen: events a year, and what one takes from whoever is not covered."""

    name: str
    rate: float
    loss: Distribution
    source: str


@dataclass(frozen=True, slots=True)
class Role:
    """A role of a team that is paid by the month: people in full-time shares, fee of one."""

    name: str
    people: Given
    fee: Given
    region: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to have support, with what is known of it.

    inputs go before those of its region and those of all. amounts are lines that were priced whole:
    by the year, or once. covered is, by the name of a risk, the share that this option takes off.
    terms replace what is usual for the option. is_extended marks fees that were quoted for the day
    and are now wanted for day and night.
    """

    key: str
    option: Option
    inputs: Mapping[str, Given] = field(default_factory=dict)
    amounts: Mapping[str, Given] = field(default_factory=dict)
    roles: tuple[Role, ...] = ()
    covered: Mapping[str, Given] = field(default_factory=dict)
    coverage: str = DAY
    service_level: str = ""
    scope: frozenset[str] = frozenset()
    region: str = ""
    title: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    is_extended: bool = False

    @property
    def name(self) -> str:
        """What it is called: its own title, or that of the option."""
        return self.title or options.name(self.option)


@dataclass(frozen=True, slots=True)
class Scenario:
    """What is otherwise: numbers times a factor, moved by an amount, or set anew.

    worst names numbers that are taken at the high end of their range. options sets numbers of one
    option, by its key. coverage is the hours that every option must then hold.
    """

    key: str
    title: str
    factors: Mapping[str, float] = field(default_factory=dict)
    shifts: Mapping[str, float] = field(default_factory=dict)
    values: Mapping[str, Given] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    worst: tuple[str, ...] = ()
    coverage: str = ""

    def __str__(self) -> str:
        return gettext(self.title)


@dataclass(frozen=True, slots=True)
class Costing:
    """All that a comparison rests on.

    per_dollar is how many units of the currency one US dollar is: without it, defaults in dollars
    count for no other currency. risks None is "nobody said", () is "there are none".
    """

    candidates: tuple[Candidate, ...]
    inputs: Mapping[str, Given] = field(default_factory=dict)
    regions: Mapping[str, Mapping[str, Given]] = field(default_factory=dict)
    risks: tuple[Risk, ...] | None = None
    currency: str = DOLLAR
    per_dollar: Given | None = None
    scenarios: tuple[Scenario, ...] = ()
    seed: int = SEED
    draws: int = DRAWS
    months: int = MONTHS

    def candidate(self, key: str) -> Candidate:
        """The option with this key. Raises KeyError."""
        for each in self.candidates:
            if each.key == key:
                return each
        raise KeyError(key)
