"""A scheme: the lenses that a review reads with, and every mixture of the two it compares.

Each lens has a bit, so that a set of lenses is one number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from ..record.instant import Span
from ..service_level.lens import PRESETS, Lens, ReplyOwed

LIVED = "experienced"
USUAL = "first-resolve"
"""What stands in for the contract where no charter is in force."""
CONTRACT = "contract"
POPULATION = "population"

SETTINGS: dict[str, tuple[str, ...]] = {
    "response_ends": ("response_ends",),
    "resolving_responds": ("resolving_responds",),
    "next_reply_owed": ("next_reply_owed", "next_reply_every"),
    "resolution_ends": ("resolution_ends",),
    "reopen": ("reopen",),
    "pauses": ("pauses", "pauses_for"),
    "requester_pause_needs": ("requester_pause_needs",),
    "scheduled_pause_needs": ("scheduled_pause_needs",),
    "priority": ("priority",),
    "disguised": ("disguised",),
    POPULATION: (POPULATION,),
}
"""The settings of a lens as design.md lists them, each with its fields."""


@dataclass(frozen=True)
class Scheme:
    """Named lenses, and the mixtures of two of them: usual with some settings as lived has them.

    settings are those in which the two differ. lenses holds one lens a bit. The population is a
    matter of counting, not of reading: it has no bits.
    """

    named: Mapping[str, Lens]
    usual: str
    lived: str = LIVED
    settings: tuple[str, ...] = field(init=False)
    lenses: tuple[Lens, ...] = field(init=False)
    bits: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        usual, lived = self.named[self.usual], self.named[self.lived]
        differing = tuple(name for name in SETTINGS if _differ(usual, lived, name))
        object.__setattr__(self, "settings", differing)
        lenses = [mixture(usual, lived, taken) for taken in _subsets(self.read)]
        bits = {self.usual: 0, self.lived: len(lenses) - 1}
        for name, lens in self.named.items():
            if name not in bits:
                bits[name] = len(lenses)
                lenses.append(lens)
        object.__setattr__(self, "lenses", tuple(lenses))
        object.__setattr__(self, "bits", bits)

    @property
    def read(self) -> tuple[str, ...]:
        """The settings that differ and change a reading; the others change who is counted."""
        return tuple(name for name in self.settings if name != POPULATION)

    @property
    def every(self) -> int:
        """The set of all lenses."""
        return (1 << len(self.lenses)) - 1

    @property
    def farthest(self) -> int:
        """The longest span within which any lens joins tickets that come back; 0 for none."""
        return max((lens.disguised or 0 for lens in self.lenses), default=0)

    @property
    def lived_within(self) -> Span | None:
        """The span within which tickets that come back join a case, as people live it."""
        return self.named[self.lived].disguised

    def mark_of(self, name: str) -> int:
        """The set of one named lens."""
        return 1 << self.bits[name]


def scheme_of(contract: Lens | None) -> Scheme:
    """The contract beside what people lived; without one, the usual count; and all presets."""
    if contract is None:
        return Scheme(PRESETS, USUAL)
    return Scheme({CONTRACT: contract, **PRESETS}, CONTRACT)


def mixture(usual: Lens, lived: Lens, taken: tuple[str, ...]) -> Lens:
    """The usual lens with these settings as the lived one has them."""
    fields = [field for name in taken for field in SETTINGS[name]]
    return replace(usual, **{name: getattr(lived, name) for name in fields})


def _subsets(names: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every subset, in the order of the number whose bits it sets."""
    for number in range(1 << len(names)):
        yield tuple(name for place, name in enumerate(names) if number >> place & 1)


def _differ(one: Lens, other: Lens, name: str) -> bool:
    if name == "next_reply_owed" and one.next_reply_owed is other.next_reply_owed:
        is_every = one.next_reply_owed is ReplyOwed.EVERY
        return is_every and one.next_reply_every != other.next_reply_every
    return any(getattr(one, field) != getattr(other, field) for field in SETTINGS[name])
