"""What may be said of an uncertain number, and how it is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, isfinite, log, sqrt
from typing import TYPE_CHECKING, Protocol

from ...texts import gettext, number

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from .formula import Numbers

_Z95 = 1.6448536269514722
"""The 95 % quantile of the normal distribution."""
MOST_EVENTS = 52.0
"""More events a year than this are no risk but weekly work: they are refused."""
WIDEST = 1e9
"""The ends of a log-normal lie no further apart: beyond, its mean says nothing."""
_AT_ONCE = 5_000_000
"""So many losses are drawn together."""


class BadRange(ValueError):
    """The numbers do not describe a range: the words say which and what to write."""


class Distribution(Protocol):
    """An uncertain number.

    likely is what a plan without ranges takes; low and high are what a tornado tries.
    """

    @property
    def likely(self) -> float: ...
    @property
    def mean(self) -> float: ...
    @property
    def sd(self) -> float: ...
    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...
    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        """So many independent draws; the number itself if it is certain."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """A number without doubt."""

    value: float

    def __post_init__(self) -> None:
        _finite(self.value)

    @property
    def likely(self) -> float:
        return self.value

    @property
    def mean(self) -> float:
        return self.value

    @property
    def sd(self) -> float:
        return 0.0

    @property
    def low(self) -> float:
        return self.value

    @property
    def high(self) -> float:
        return self.value

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        return self.value


@dataclass(frozen=True, slots=True)
class Uniform:
    """Any number from low to high, each as likely."""

    low: float
    high: float

    def __post_init__(self) -> None:
        _rising(self.low, self.high)

    @property
    def likely(self) -> float:
        return (self.low + self.high) / 2

    @property
    def mean(self) -> float:
        return self.likely

    @property
    def sd(self) -> float:
        return (self.high - self.low) / sqrt(12)

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        return chance.uniform(self.low, self.high, count)


@dataclass(frozen=True, slots=True)
class Triangular:
    """From low to high with one likeliest number, straight between: heavier ends than PERT."""

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        _rising(self.low, self.likely, self.high)

    @property
    def mean(self) -> float:
        return (self.low + self.likely + self.high) / 3

    @property
    def sd(self) -> float:
        a, m, b = self.low, self.likely, self.high
        return sqrt(max(0.0, a * a + m * m + b * b - a * m - a * b - m * b) / 18)

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        if self.low == self.high:
            return self.low
        return chance.triangular(self.low, self.likely, self.high, count)


@dataclass(frozen=True, slots=True)
class Pert:
    """From low to high with one likeliest number that weighs four times (a beta distribution)."""

    low: float
    likely: float
    high: float

    def __post_init__(self) -> None:
        _rising(self.low, self.likely, self.high)

    @property
    def shape(self) -> tuple[float, float]:
        """Alpha and beta; both 3 for a range without width."""
        width = self.high - self.low
        if width == 0:
            return 3.0, 3.0
        return (
            1 + 4 * (self.likely - self.low) / width,
            1 + 4 * (self.high - self.likely) / width,
        )

    @property
    def mean(self) -> float:
        return (self.low + 4 * self.likely + self.high) / 6

    @property
    def sd(self) -> float:
        alpha, beta = self.shape
        spread = alpha * beta / ((alpha + beta) ** 2 * (alpha + beta + 1))
        return (self.high - self.low) * sqrt(spread)

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        alpha, beta = self.shape
        return self.low + (self.high - self.low) * chance.beta(alpha, beta, count)


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A number above 0 with a long upper end, told by where nine of ten fall: q5 to q95."""

    q5: float
    q95: float

    def __post_init__(self) -> None:
        _rising(self.q5, self.q95)
        if self.q5 <= 0:
            raise BadRange(gettext("the lower end of a 90 % interval must be above 0"))
        if self.q95 / self.q5 > WIDEST:
            raise BadRange(gettext("the ends of a 90 % interval lie too far apart"))

    @property
    def mu(self) -> float:
        return (log(self.q5) + log(self.q95)) / 2

    @property
    def sigma(self) -> float:
        return (log(self.q95) - log(self.q5)) / (2 * _Z95)

    @property
    def median(self) -> float:
        return exp(self.mu)

    @property
    def mean(self) -> float:
        return exp(self.mu + self.sigma**2 / 2)

    @property
    def sd(self) -> float:
        return self.mean * sqrt(exp(self.sigma**2) - 1)

    @property
    def likely(self) -> float:
        """The mean: a plan that took the median would forget the rare dear cases."""
        return self.mean

    @property
    def low(self) -> float:
        return self.q5

    @property
    def high(self) -> float:
        return self.q95

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        return chance.lognormal(self.mu, self.sigma, count)


@dataclass(frozen=True, slots=True)
class Discrete:
    """One of a few numbers, in rising order, each with its chance; without chances all alike.

    middle is what a plan without ranges takes; without it, the likeliest, and of several the
    middle one.
    """

    numbers: tuple[float, ...]
    chances: tuple[float, ...] = ()
    middle: float | None = None

    def __post_init__(self) -> None:
        if not self.numbers:
            raise BadRange(gettext("name at least one number"))
        _rising(*self.numbers)
        if self.chances:
            if len(self.chances) != len(self.numbers):
                raise BadRange(gettext("give as many chances as numbers"))
            if min(self.chances) < 0 or abs(sum(self.chances) - 1) > 1e-6:
                raise BadRange(gettext("chances are from 0 to 1 and add up to 1"))
        if self.middle is not None and self.middle not in self.numbers:
            raise BadRange(gettext("the likely number must be one of the numbers"))

    @property
    def weights(self) -> tuple[float, ...]:
        return self.chances or (1 / len(self.numbers),) * len(self.numbers)

    @property
    def likely(self) -> float:
        if self.middle is not None:
            return self.middle
        top = max(self.weights)
        likeliest = [n for n, w in zip(self.numbers, self.weights, strict=True) if w == top]
        return likeliest[len(likeliest) // 2]

    @property
    def mean(self) -> float:
        return sum(n * w for n, w in zip(self.numbers, self.weights, strict=True))

    @property
    def sd(self) -> float:
        mean = self.mean
        pairs = zip(self.numbers, self.weights, strict=True)
        return sqrt(sum(w * (n - mean) ** 2 for n, w in pairs))

    @property
    def low(self) -> float:
        return self.numbers[0]

    @property
    def high(self) -> float:
        return self.numbers[-1]

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        import numpy as np

        limits = list(accumulate(self.weights))[:-1]
        return np.asarray(self.numbers)[np.searchsorted(limits, chance.random(count), "right")]


@dataclass(frozen=True, slots=True)
class YearlyLoss:
    """What a risk takes in a year: so many events (Poisson), each with its own loss.

    rate is events a year. A plan without ranges takes the mean, not the median.
    """

    rate: float
    loss: Distribution

    def __post_init__(self) -> None:
        _finite(self.rate)
        if not 0 <= self.rate <= MOST_EVENTS:
            raise BadRange(
                gettext("a rate is from 0 to %(most)s events a year")
                % {"most": number(MOST_EVENTS)}
            )

    @property
    def mean(self) -> float:
        return self.rate * self.loss.mean

    @property
    def likely(self) -> float:
        return self.mean

    @property
    def sd(self) -> float:
        return sqrt(self.rate * (self.loss.mean**2 + self.loss.sd**2))

    @property
    def low(self) -> float:
        """A year in which every event is a small one."""
        return self.rate * self.loss.low

    @property
    def high(self) -> float:
        """A year in which every event is a large one."""
        return self.rate * self.loss.high

    def draw(self, chance: np.random.Generator, count: int) -> Numbers:
        import numpy as np

        if self.rate == 0:
            return 0.0
        step = max(1, int(_AT_ONCE / max(self.rate, 1)))
        sizes = [min(step, count - begun) for begun in range(0, count, step)]
        return np.concatenate([self._years(chance, size) for size in sizes])

    def _years(self, chance: np.random.Generator, count: int) -> NDArray[np.float64]:
        import numpy as np

        events = chance.poisson(self.rate, count)
        total = int(events.sum())
        losses = np.broadcast_to(np.asarray(self.loss.draw(chance, total), float), (total,))
        year_of = np.repeat(np.arange(count), events)
        return np.bincount(year_of, weights=losses, minlength=count).astype(float)


def sd_of_independent(sd_each: float, count: float) -> float:
    """The spread of a sum of so many independent amounts with the same spread each."""
    return sd_each * sqrt(count)


def _finite(*numbers: float) -> None:
    if not all(isfinite(each) for each in numbers):
        raise BadRange(gettext("a number must be finite"))


def _rising(*numbers: float) -> None:
    _finite(*numbers)
    ordered: Sequence[float] = sorted(numbers)
    if list(numbers) != list(ordered):
        raise BadRange(gettext("the numbers of a range go from low to high"))
