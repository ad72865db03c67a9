"""How a queue of equal agents changes over time: its Kolmogorov equations, solved exactly.

The state is how many tickets are present; `rates` of a stretch are constant. Probabilities are only
added and multiplied, never subtracted (uniformisation), so that small ones keep their digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from math import ceil, exp, lgamma, log, sqrt
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]
    Matrix = NDArray[np.float64]

_DENSE = 600
"""Beyond so many states no matrices are made."""

_FLOPS, _CELLS, _CALLS = 1e10, 1e9, 6e-6
"""About what a small machine does: products a second, cells a second, seconds for a step."""

_CHUNK = 150.0
_TINY = 1e-13
_IDLE = 1e-9
"""The pace of a stretch in which nothing arrives and nobody works."""

_SMALLEST_STEP = 0.5
_TERMS = 14


class Passage(Protocol):
    """A stretch of time with constant rates."""

    def after(self, chances: Vector) -> Vector:
        """The chances at the end of the stretch."""
        ...

    def over(self, chances: Vector) -> tuple[Vector, Vector]:
        """The chances at the end, and the time spent in each state on the way."""
        ...


def passage(
    arrivals: float, rate: float, agents: int, states: int, span: float, uses: float = 50.0
) -> Passage:
    """A stretch in which tickets arrive and each of the agents ends them at the given rate.

    uses is about how often it will be gone through: a matrix is squared only where that pays.
    """
    steps = (arrivals + rate * agents) * span
    if states <= _DENSE:
        doublings = max(1.0, log(steps / _SMALLEST_STEP + 1.0) / log(2.0))
        squaring = 2.0 * doublings * states**3 / _FLOPS + 100.0 * states**2 / _CELLS
        stepping = (20.0 + 1.6 * steps) * (_CALLS + 5.0 * states / _CELLS)
        if squaring < stepping * uses:
            return _Matrices(arrivals, rate, agents, states, span)
    return _Stepped(arrivals, rate, agents, states, span)


def steady(arrivals: float, rate: float, agents: int, states: int) -> Vector:
    """The chances after a long time."""
    import numpy as np

    present = np.arange(1, states)
    steps = np.log(arrivals / (rate * np.minimum(present, agents)))
    weights = np.concatenate(([0.0], np.cumsum(steps)))
    likely = np.exp(weights - weights.max())
    chances: Vector = likely / likely.sum()
    return chances


def poisson(mean: float, states: int) -> Vector:
    """The chance of each number from 0 on."""
    import numpy as np

    if mean <= 0:
        found = np.zeros(states)
        found[0] = 1.0
        return found
    numbers = np.arange(1, states)
    weights = np.concatenate(([0.0], np.cumsum(np.log(mean) - np.log(numbers)))) - mean
    chances: Vector = np.exp(weights)
    return chances


class _Matrices:
    """Powers of two of a short step, up to the whole stretch."""

    def __init__(self, arrivals: float, rate: float, agents: int, states: int, span: float) -> None:
        import numpy as np

        down = rate * np.minimum(np.arange(1, states), agents)
        self.pace = pace = max(arrivals + rate * agents, _IDLE)
        doublings = max(0, ceil(log(max(pace * span, 1e-12) / _SMALLEST_STEP) / log(2.0)))
        self.theta = pace * span / 2**doublings
        leaving = np.full(states, float(arrivals))
        leaving[-1] = 0.0
        leaving[1:] += down
        self.stay = (1.0 - leaving / pace)[:, None]
        self.up = arrivals / pace
        self.down = (down / pace)[:, None]
        weights = [exp(-self.theta)]
        for at in range(1, _TERMS):
            weights.append(weights[-1] * self.theta / at)
        self.weights = weights
        self.powers = [self._sum(weights)]
        for _ in range(doublings):
            self.powers.append(self.powers[-1] @ self.powers[-1])

    def _sum(self, weights: Sequence[float]) -> Matrix:
        """The steps of the walk, weighed by how likely it is to take so many (Horner's scheme)."""
        import numpy as np

        place = np.arange(len(self.stay))
        total = np.zeros((len(place), len(place)))
        for weight in reversed(weights):
            moved = self.stay * total
            moved[1:] += self.up * total[:-1]
            moved[:-1] += self.down * total[1:]
            moved[place, place] += weight
            total = moved
        return total

    @cached_property
    def spent(self) -> Matrix:
        """The time in each state during the first, shortest step."""
        left = [1.0 - self.weights[0]]
        for weight in self.weights[1:]:
            left.append(max(0.0, left[-1] - weight))
        return self._sum([each / self.pace for each in left])

    def after(self, chances: Vector) -> Vector:
        moved: Vector = self.powers[-1] @ chances
        return moved

    def over(self, chances: Vector) -> tuple[Vector, Vector]:
        spent: Vector = self.spent @ chances
        for power in self.powers[:-1]:
            spent = spent + power @ spent
        return self.after(chances), spent


class _Stepped:
    """Many states: steps of a walk, only where there is any chance to be."""

    def __init__(self, arrivals: float, rate: float, agents: int, states: int, span: float) -> None:
        import numpy as np

        self.states = states
        self.pace = pace = max(arrivals + rate * agents, _IDLE)
        self.chunks = max(1, ceil(pace * span / _CHUNK))
        self.theta = theta = pace * span / self.chunks
        self.terms = terms = ceil(theta + 7 * sqrt(theta) + 14)
        self.weights = [exp(k * log(theta) - theta - lgamma(k + 1)) for k in range(terms)]
        left = 1.0 - np.cumsum(self.weights)
        self.left = [max(0.0, float(each)) / pace for each in left]
        down = rate * np.minimum(np.arange(states), agents) / pace
        self.down = down
        self.up = np.full(states, arrivals / pace)
        self.up[-1] = 0.0
        self.stay = 1.0 - self.up - down

    def after(self, chances: Vector) -> Vector:
        return self._walked(chances, None)

    def over(self, chances: Vector) -> tuple[Vector, Vector]:
        import numpy as np

        spent = np.zeros(self.states)
        return self._walked(chances, spent), spent

    def _walked(self, chances: Vector, spent: Vector | None) -> Vector:
        """The chances at the end; the time in each state is added to spent."""
        import numpy as np

        for _ in range(self.chunks):
            held = np.flatnonzero(chances > _TINY)
            low = max(0, int(held[0]) - self.terms)
            high = min(self.states, int(held[-1]) + self.terms + 1)
            stay, up, down = self.stay[low:high], self.up[low : high - 1], self.down[low + 1 : high]
            term = chances[low:high].copy()
            later, moved = np.empty_like(term), np.empty_like(term)
            ended = self.weights[0] * term
            passed = self.left[0] * term
            for weight, left in zip(self.weights[1:], self.left[1:], strict=True):
                np.multiply(stay, term, out=later)
                np.multiply(up, term[:-1], out=moved[:-1])
                later[1:] += moved[:-1]
                np.multiply(down, term[1:], out=moved[:-1])
                later[:-1] += moved[:-1]
                term, later = later, term
                np.multiply(term, weight, out=moved)
                ended += moved
                if spent is not None:
                    np.multiply(term, left, out=moved)
                    passed += moved
            chances = np.zeros(self.states)
            chances[low:high] = ended / ended.sum()
            if spent is not None:
                spent[low:high] += passed
        return chances
