"""Teams that were worked out once, as plain values: told again in no time, in any language."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import astuple, dataclass, field
from typing import TypedDict

from .level import USUAL, Attained, Change, Engine, EngineName, Level, Points, Share, Team


def _nobody(_tried: int) -> None:
    """Nobody wants to know."""


@dataclass(slots=True)
class Known:
    """What is known of the teams of one question. tried hears how many were worked out so far; what
    it raises ends the search."""

    levels: dict[tuple[Team, Change], Level] = field(default_factory=dict)
    backlogs: dict[Team, Points] = field(default_factory=dict)
    tried: Callable[[int], None] = _nobody

    def text(self) -> str:
        """All of it as JSON."""
        return json.dumps(
            {
                "levels": [
                    [list(team), list(astuple(change)), _data_of(level)]
                    for (team, change), level in self.levels.items()
                ],
                "backlogs": [[list(team), points] for team, points in self.backlogs.items()],
            }
        )


def of_text(text: str) -> Known:
    """What `Known.text` gave."""
    data = json.loads(text)
    return Known(
        {
            (tuple(team), Change(*change)): _level_of(level)
            for team, change, level in data["levels"]
        },
        {tuple(team): _points(points) for team, points in data["backlogs"]},
    )


class Remembering:
    """An engine that works nothing out twice."""

    def __init__(self, inner: Engine, known: Known) -> None:
        self.name: EngineName = inner.name
        self._inner, self._known = inner, known

    @property
    def reason(self) -> str:
        return self._inner.reason

    def level(self, team: Team, change: Change = USUAL) -> Level:
        """The week of a team."""
        levels = self._known.levels
        if (team, change) not in levels:
            levels[team, change] = self._inner.level(team, change)
            self._known.tried(len(levels))
        return levels[team, change]

    def backlog(self, team: Team) -> Points:
        """Tickets present as each hour of a usual week begins."""
        backlogs = self._known.backlogs
        if team not in backlogs:
            backlogs[team] = self._inner.backlog(team)
        return backlogs[team]

    def likely(self, change: Change) -> int:
        """The agents with whom a search begins."""
        return self._inner.likely(change)


# ---- as plain data --------------------------------------------------------------------------

_ShareData = tuple[float, float | None, float | None] | None


class _Data(TypedDict):
    team: list[int]
    utilisation: list[float]
    attained: list[tuple[str, _ShareData, _ShareData]]
    mean_wait: float | None
    tier_waits: list[float]
    backlog: list[tuple[float, float]]
    growing: float
    notes: list[str]


def _data_of(level: Level) -> _Data:
    return {
        "team": list(level.team),
        "utilisation": list(level.utilisation),
        "attained": [
            (each.promise, _share_data(each.first_response), _share_data(each.resolution))
            for each in level.attained
        ],
        "mean_wait": level.mean_wait,
        "tier_waits": list(level.tier_waits),
        "backlog": list(level.backlog),
        "growing": level.growing,
        "notes": list(level.notes),
    }


def _share_data(share: Share | None) -> _ShareData:
    return None if share is None else (share.value, share.low, share.high)


def _level_of(data: _Data) -> Level:
    return Level(
        tuple(data["team"]),
        tuple(data["utilisation"]),
        tuple(
            Attained(
                promise,
                None if first is None else Share(*first),
                None if resolution is None else Share(*resolution),
            )
            for promise, first, resolution in data["attained"]
        ),
        data["mean_wait"],
        tuple(data["tier_waits"]),
        _points(data["backlog"]),
        data["growing"],
        tuple(data["notes"]),
    )


def _points(data: list[tuple[float, float]]) -> Points:
    return tuple((at, present) for at, present in data)
