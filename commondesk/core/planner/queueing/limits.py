"""What a quantity may be: the refusals of all queues, each in a sentence with its remedy."""

from __future__ import annotations

from math import floor, isfinite

MOST_LOAD = 1e9
"""Erlangs: no desk on earth is larger."""


class NonsenseError(ValueError):
    """A quantity that cannot be; the text names it and says what it may be."""


class OverloadError(ValueError):
    """More work arrives than the agents can do: the backlog grows without end, no wait is true."""

    def __init__(self, load: float, agents: float) -> None:
        self.load, self.agents = load, agents
        super().__init__(
            f"{agents:g} agents cannot carry a load of {load:g}: the backlog would grow without"
            f" end. Take at least {floor(load) + 1} agents, or lower the volume or the work."
        )


def check_load(load: float) -> None:
    """Raises NonsenseError unless it is a load in erlangs."""
    if not isfinite(load) or load < 0:
        raise NonsenseError(f"load: {load!r} must be a number of erlangs, 0 or more")
    if load > MOST_LOAD:
        raise NonsenseError(f"load: {load:g} erlangs is more than any desk has: check the units")


def check_agents(agents: int, least: int = 1) -> None:
    """Raises NonsenseError unless it is a whole number of agents."""
    if agents != int(agents) or agents < least:
        raise NonsenseError(f"agents: {agents!r} must be a whole number, {least} or more")


def check_share(share: float) -> None:
    """Raises NonsenseError unless some number of agents can promise this share."""
    if not 0 <= share < 1:
        raise NonsenseError(
            f"share: {share:g} must be from 0 to below 1: no number of agents promises all"
        )


def check_positive(name: str, value: float) -> None:
    """Raises NonsenseError unless the value is a number above 0."""
    if not isfinite(value) or value <= 0:
        raise NonsenseError(f"{name}: {value!r} must be a number above 0")


def check_not_negative(name: str, value: float) -> None:
    """Raises NonsenseError unless the value is a number, 0 or more."""
    if not isfinite(value) or value < 0:
        raise NonsenseError(f"{name}: {value!r} must be a number, 0 or more")
