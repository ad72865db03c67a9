"""Hands: tickets that came back to a team that had had them, or that nobody had."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from commondesk.core.metrics.counting import AFTER_THE_FACT
from commondesk.core.metrics.figure import Figure, Unit
from commondesk.core.metrics.ownerless import ownerless
from commondesk.core.texts import gettext_noop
from commondesk.review.pack import counting, in_words
from commondesk.review.pack.entry import HANDS, Entry
from commondesk.review.pack.material import Material
from commondesk.review.pack.rows import text_of
from commondesk.review.pack.tables import by_stream

MOST_PAIRS = 12


Pairs = Sequence[tuple[tuple[str, str], int]]
_OWNERS = (gettext_noop("until the resolve that stands; a group without a named person is nobody"),)


def entries(material: Material, pairs: Pairs) -> Iterator[Entry]:
    """Whose hands tickets were in; pairs are the pairs of teams with ping-pong, most first."""
    yield from _bounced(material, pairs)
    yield from _ownerless(material)


def _bounced(material: Material, pairs: Pairs) -> Iterator[Entry]:
    had = material.tables.count("len(teams) > 0")
    caveats = (gettext_noop("by the teams that it was given to, one after another"),)
    for name, title, where in (
        ("bounces", gettext_noop("Came back to a team that had had it"), "returns > 0"),
        ("bounces.straight", gettext_noop("Ping-pong: to another team and straight back"),
         "place IN (SELECT place FROM pack.trips)"),
    ):  # fmt: skip
        figure = counting.share(material, where, had, name=name, title=title, caveats=caveats)
        yield Entry(name, HANDS, figure)
    for (one, other), _ in pairs[:MOST_PAIRS]:
        both = f"({text_of(one)}, {text_of(other)})"
        figure = counting.count(
            material,
            "place IN (SELECT place FROM pack.trips"  # noqa: S608
            f" WHERE one IN {both} AND other IN {both})",
            name=f"bounces.between.{one}.{other}",
            title=in_words.PING_PONG_BETWEEN % {"one": one, "other": other}, caveats=caveats,
        )  # fmt: skip
        yield Entry(figure.name, HANDS, figure)


def _ownerless(material: Material) -> Iterator[Entry]:
    alone = ownerless(material.facts, material.period)
    lay = by_stream(
        material.tables,
        f"ownerless_wall > 0 AND opening <> '{AFTER_THE_FACT}'"
        f" AND {material.within('started_at')}",
        table="ticket_facts", value="ownerless",
        verdict="CASE WHEN is_alone = 1 THEN 'nobody has it' ELSE 'was owned' END",
    )  # fmt: skip
    told = replace(alone.figure, caveats=_OWNERS, behind=lay)
    yield Entry("ownerless", HANDS, told)
    yield Entry("ownerless.share", HANDS, _alone(material, told))
    figure = counting.share(
        material, "is_told AND is_owned = 0", len(material.exhibit.tickets),
        name="ownerless.never", title=gettext_noop("Never had a named person"),
        caveats=_OWNERS,
    )  # fmt: skip
    yield Entry("ownerless.never", HANDS, figure)


def _alone(material: Material, figure: Figure) -> Figure:
    """The share of all time to the resolve in which nobody had it."""
    alone, total = material.tables.row("SELECT SUM(alone), SUM(total) FROM pack.told")
    return replace(
        figure,
        name="ownerless.share",
        title=gettext_noop("Share of time without an assignee"),
        unit=Unit.SHARE,
        value=int(alone) / int(total) if total else None,
        caveats=(
            *_OWNERS,
            gettext_noop("a share of time, not of tickets: no interval"),
        ),
    )
