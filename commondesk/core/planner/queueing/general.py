"""Work that is not exponential: exact where it is constant, else a blend by its variation.

cv is the coefficient of variation of the work: 0 constant, 1 exponential, 1.5 to 2 as log-normal
handling times often are. Mean waits over all callers, in the unit of the work.
"""

from __future__ import annotations

import cmath
from math import pi, sqrt

from .erlang import queue
from .limits import OverloadError, check_agents, check_load, check_not_negative, check_positive


def mg1_wait(load: float, work: float, cv: float) -> float:
    """The exact mean wait for one agent (Pollaczek, Khinchine). Raises OverloadError."""
    _check(load, work, 1)
    check_not_negative("cv", cv)
    return load * work * (1.0 + cv * cv) / (2.0 * (1.0 - load))


def mmc_wait(load: float, work: float, agents: int) -> float:
    """The exact mean wait where work is exponential. Raises OverloadError."""
    return queue(load, work, agents).mean_wait


def mdc_wait(load: float, work: float, agents: int) -> float:
    """The exact mean wait where all work takes the same time (Crommelin). Raises OverloadError.

    Looked at once every `work`, the number present is a queue served in batches of `agents`; its
    mean is a sum over the roots of z^c = exp(R(z - 1)) inside the unit circle.
    """
    _check(load, work, agents)
    if load == 0:
        return 0.0
    spare = agents - load
    present = load / (2.0 * spare) + (load - agents + 1.0) / 2.0
    for place in range(1, agents // 2 + 1):
        share = (1.0 / (1.0 - _root(load / agents, place / agents))).real
        present += share if 2 * place == agents else 2.0 * share
    return max(0.0, present - load) * work / load


def cosmetatos_wait(load: float, work: float, agents: int) -> float:
    """The mean wait for constant work, in closed form; within a percent of the exact one."""
    exponential = mmc_wait(load, work, agents)
    rho = load / agents
    refined = (1 - rho) * (agents - 1) * (sqrt(4 + 5 * agents) - 2) / (16 * rho * agents)
    return exponential / 2 * (1 + refined)


def allen_cunneen_wait(load: float, work: float, agents: int, cv: float) -> float:
    """The mean wait by two moments; 2 to 9 % high for log-normal work of cv 1.5 to 2."""
    check_not_negative("cv", cv)
    return (1 + cv * cv) / 2 * mmc_wait(load, work, agents)


def kimura_wait(load: float, work: float, agents: int, cv: float) -> float:
    """The mean wait between exponential and constant work; within 3 % of simulation to cv 2.

    Beyond cv 1 it is used outside the range it was made for. Raises OverloadError.
    """
    check_not_negative("cv", cv)
    if load == 0:
        return 0.0
    square = cv * cv
    exponential, constant = mmc_wait(load, work, agents), mdc_wait(load, work, agents)
    if not exponential or not constant:
        return (1 + square) / 2 * exponential
    blend = 2 * square / exponential + (1 - square) / constant
    if blend <= 0:
        return allen_cunneen_wait(load, work, agents, cv)
    return (1 + square) / blend


def _root(rho: float, turn: float) -> complex:
    """The root of z = w exp(rho(z - 1)) for w at this share of a turn, by Newton's steps."""
    w = cmath.exp(2j * pi * turn)
    z = 0.5 * w
    for _ in range(100):
        image = w * cmath.exp(rho * (z - 1.0))
        step = (z - image) / (1.0 - rho * image)
        z -= step
        if abs(step) < 1e-15:
            break
    return z


def _check(load: float, work: float, agents: int) -> None:
    check_load(load)
    check_positive("work", work)
    check_agents(agents)
    if load >= agents:
        raise OverloadError(load, agents)
