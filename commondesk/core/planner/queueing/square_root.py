"""Square-root staffing: the load and a margin of beta roots of it; a rule to explain with.

Halfin and Whitt 1981; Borst, Mandelbaum and Reiman 2004; with patience Garnett, Mandelbaum and
Reiman 2002. It is where a search begins and what can be said in one breath, never the answer.
"""

from __future__ import annotations

from math import ceil, erfc, exp, pi, sqrt

from .limits import NonsenseError, check_load, check_positive

_ROOT_2 = sqrt(2.0)


def delay_probability(beta: float) -> float:
    """The share that waits with a margin of beta roots of the load. Beta is above 0."""
    check_positive("beta", beta)
    return 1.0 / (1.0 + beta * _below(beta) / _density(beta))


def margin(p_wait: float) -> float:
    """Beta: the margin at which this share of callers waits."""
    if not 0 < p_wait < 1:
        raise NonsenseError(f"p_wait: {p_wait:g} must lie between 0 and 1, such as 0.2")
    low, high = 0.0, 1.0
    while delay_probability(high) > p_wait:
        high *= 2.0
    for _ in range(80):
        middle = (low + high) / 2.0
        if delay_probability(middle) > p_wait:
            low = middle
        else:
            high = middle
    return high


def square_root_agents(load: float, p_wait: float) -> int:
    """The agents that the rule asks for, rounded up."""
    check_load(load)
    return ceil(load + margin(p_wait) * sqrt(load))


def impatient_delay_probability(beta: float, work: float, patience: float) -> float:
    """The share that waits where who waits may leave; beta may be negative: fewer than the load."""
    check_positive("work", work)
    check_positive("patience", patience)
    ratio = sqrt(patience / work)
    return 1.0 / (1.0 + _hazard(beta * ratio) / (ratio * _hazard(-beta)))


def _hazard(x: float) -> float:
    """The normal density over what lies above: about x + 1/x where both are too small to divide."""
    above = erfc(x / _ROOT_2) / 2.0
    return _density(x) / above if above > 1e-300 else x + 1.0 / x


def _below(x: float) -> float:
    return erfc(-x / _ROOT_2) / 2.0


def _density(x: float) -> float:
    return exp(-x * x / 2.0) / sqrt(2.0 * pi)
