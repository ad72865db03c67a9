"""Promise: attainment under each lens, the parts of the gap, and what the source itself says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from commondesk.core.metrics.figure import Figure, count_of
from commondesk.core.metrics.mirage import Mirage
from commondesk.core.metrics.promise import attainment
from commondesk.core.record.events import ClockName
from commondesk.core.service_level.clock import Verdict
from commondesk.core.service_level.lens import Population
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import counting, in_words
from commondesk.review.pack.entry import PROMISE, Entry
from commondesk.review.pack.material import BY_PRIORITY, Material, listed
from commondesk.review.pack.rows import text_of
from commondesk.review.pack.tables import Behind, by_stream


def entries(material: Material, mirages: Mapping[ClockName, Mirage]) -> Iterator[Entry]:
    """What was promised and kept; mirages are the gaps of the clocks that can be judged."""
    for clock in material.judged:
        for lens in material.facts.scheme.named:
            figure = _judged(material, clock, lens)
            if figure.count or figure.undecided:
                titled = replace(figure, title=f"{figure.title}, {lens}")
                yield Entry(f"attainment.{clock.value}.{lens}", PROMISE, titled)
        for priority in material.values(BY_PRIORITY):
            for lens in listed((material.usual, material.lived)):
                figure = _judged(material, clock, lens, priority)
                if figure.count or figure.undecided:
                    key = f"attainment.{clock.value}.{priority}.{lens}"
                    titled = replace(figure, title=f"{figure.title}, {lens}")
                    yield Entry(key, PROMISE, titled)
    for clock, told in mirages.items():
        for part in told.parts:
            figure = _part(material, clock, part.setting)
            yield Entry(figure.name, PROMISE, figure)
    yield from _claimed(material)


def _judged(material: Material, clock: ClockName, lens: str, priority: str = "") -> Figure:
    """The attainment of a clock, of all tickets or of those of a priority."""
    figure = attainment(
        material.facts, clock, lens, material.period, material.terms.caveats, priority=priority
    )
    population = material.facts.scheme.named[lens].population
    among = material.within("ended_at")
    if population is Population.DUE:
        among = f"(verdict = '{Verdict.UNDECIDED.value}' OR {material.within('due_at')})"
    where = f"clock = '{clock.value}' AND {material.told_by(lens)} AND apart = '' AND {among}"
    if priority:
        where += f" AND priority = {text_of(priority)}"
    return replace(figure, behind=by_stream(material.tables, where))


def _part(material: Material, clock: ClockName, setting: str) -> Figure:
    found = material.counts.changed(clock)[setting]
    return count_of(
        found, name=f"part.{clock.value}.{setting}",
        title=in_words.SETTING_CHANGES % {"setting": setting},
        period=material.period, still_open=0, caveats=material.terms.caveats,
        behind=Behind(material.tables, _verdicts(material, clock, setting), is_by_place=False),
    )  # fmt: skip


def _verdicts(material: Material, clock: ClockName, setting: str) -> str:
    """The tickets of a part, each with its verdicts under the usual and the lived lens."""
    sides = [
        f"COALESCE(string_agg(v.words, ', ' ORDER BY u.cycle, u.lenses)"
        f" FILTER (WHERE u.{material.told_by(lens)}), 'not counted')"
        for lens in (material.usual, material.lived)
    ]
    told = " || ' → ' || ".join(sides)
    return (
        f"SELECT c.ticket AS key, {told} AS verdict,"  # noqa: S608
        " CAST(NULL AS DOUBLE) AS value FROM pack.changed c"
        f" LEFT JOIN unit_facts u ON u.ticket = c.ticket AND u.clock = '{clock.value}'"
        " LEFT JOIN pack.verdicts v ON v.verdict = COALESCE(NULLIF(u.apart, ''), u.verdict)"
        f" WHERE c.clock = '{clock.value}' AND c.setting = '{setting}' GROUP BY c.ticket"
    )


def _claimed(material: Material) -> Iterator[Entry]:
    claims = material.exhibit.claims
    if not claims.flagged:
        return
    figure = counting.share(
        material, "is_missed", claims.flagged, name="claimed.missed", verdict="missed",
        title=in_words.MISSED_BY_FLAG % {"flag": claims.flag},
        caveats=(
            gettext_noop(
                "the vendor’s own judgement: which target and which clock it used is not in"
                " the file; one verdict a ticket, from its last row"
            ),
        ),
    )  # fmt: skip
    yield Entry("claimed.missed", PROMISE, figure)
    rows = replace(
        figure,
        name="claimed.rows",
        title=in_words.ROWS_BY_FLAG % {"flag": claims.flag},
        value=claims.rows_missed / claims.rows if claims.rows else None,
        count=claims.rows,
        still_open=0,
        interval=None,
        units=0,
        caveats=(
            gettext_noop(
                "wrong as an answer: rows are updates, not tickets, and a ticket’s flag turns"
                " only once its target is gone, so most rows of a missed ticket still say it"
                " was met"
            ),
        ),
        behind=tuple,
    )
    yield Entry(
        "claimed.rows", PROMISE, rows, Support.NONE, gettext_noop("counts rows, not tickets")
    )
