"""Whose hands tickets were in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from commondesk.core import texts
from commondesk.core.texts import gettext
from commondesk.review.pack import charts, telling
from commondesk.review.pack.blocks import Cell, Chart, Section, Table, cell, number, tile
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.groups.hands import MOST_PAIRS
from commondesk.review.pack.machine import Plain

MOST_TEAMS = 8
_TILES = ("bounces.straight", "bounces", "ownerless.share", "ownerless.never")


def section(figures: Figures) -> Section:
    """What went to and fro, and what nobody had."""
    picture = _matrix(figures)
    return Section(
        "hands",
        gettext("Whose hands it was in"),
        tiles=[tile(figures, key) for key in _TILES],
        charts=[picture] if picture else [],
    )


Moves = Counter[tuple[str, str]]
"""Tickets that went from one team to another and straight back, by both."""


def _matrix(figures: Figures) -> Chart | None:
    query = "SELECT one, other, COUNT(*) FROM pack.trips GROUP BY one, other"
    told = figures.material.tables.rows(query)
    moves = Counter({(one, other): count for one, other, count in told})
    if not moves:
        return None
    teams = _busiest(moves)
    (first, second), most = figures.pairs[0]
    return Chart(
        "bounces",
        gettext(
            "%(count)s tickets played ping-pong, %(most)s of them between %(first)s and %(second)s"
        )
        % {
            "count": texts.number(figures["bounces.straight"].units),
            "most": texts.number(most),
            "first": first,
            "second": second,
        },
        gettext(
            "Tickets given from one team (rows) to another (columns) and straight back, the"
            " %(count)s teams with most of it. By the teams that a ticket was given to."
        )
        % {"count": len(teams)},
        charts.matrix(_values(moves, teams), teams, max(moves.values())),
        Table(
            gettext("The pairs with most of it"),
            (gettext("Between"), gettext("Tickets"), gettext("Share of all ping-pong")),
            _rows(figures),
        ),
    )


def _busiest(moves: Moves) -> list[str]:
    """The teams with most moves."""
    weight: Counter[str] = Counter()
    for pair, count in moves.items():
        weight[pair[0]] += count
        weight[pair[1]] += count
    return sorted(weight, key=lambda team: (-weight[team], team))[:MOST_TEAMS]


def _values(moves: Moves, teams: Sequence[str]) -> list[dict[str, Plain]]:
    return [
        {"from": one, "to": other, "count": moves[one, other],
         "text": texts.number(moves[one, other]) if moves[one, other] else "",
         "tip": gettext("%(one)s to %(other)s and back: %(tickets)s")
                % {"one": one, "other": other, "tickets": telling.tickets(moves[one, other])}}
        for one in teams
        for other in teams
        if one != other
    ]  # fmt: skip


def _rows(figures: Figures) -> list[Sequence[Cell]]:
    return [
        (cell(gettext("%(one)s and %(other)s") % {"one": one, "other": other}),
         number(some, f"bounces.between.{one}.{other}"),
         number(telling.percent(some / figures["bounces.straight"].units)))
        for (one, other), some in figures.pairs[:MOST_PAIRS]
    ]  # fmt: skip
