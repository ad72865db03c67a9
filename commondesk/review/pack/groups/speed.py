"""Speed: the times of a pack, of each clock, definition, priority and month."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from commondesk.core.metrics.speed import first_automatic
from commondesk.core.record.events import ClockName
from commondesk.core.texts import gettext_noop
from commondesk.readers.export import Support
from commondesk.review.pack import counting, in_words
from commondesk.review.pack.curves import Spans
from commondesk.review.pack.entry import SPEED, Entry
from commondesk.review.pack.material import BY_MONTH, BY_PRIORITY, Material, listed
from commondesk.review.pack.rows import text_of
from commondesk.review.pack.tables import by_stream

if TYPE_CHECKING:
    import pyarrow as pa

ON_THE_WALL = gettext_noop("on the wall (24/7)")
LIVED_RESOLUTION = gettext_noop("Resolution, as people lived it")


def entries(material: Material) -> Iterator[Entry]:
    """The times of a pack."""
    yield from _response(material)
    calendar = material.terms.agreement.default_calendar if material.terms.title else "24/7"
    for lens in listed((material.lived, material.usual)):
        is_lived, by_lens = lens == material.lived, in_words.RESOLUTION_BY_LENS
        figure = counting.time_to(
            material, ClockName.RESOLUTION, lens, caveats=_timed(material, calendar),
            title=LIVED_RESOLUTION if is_lived else by_lens % {"lens": lens},
        )  # fmt: skip
        yield Entry(f"time.resolution.{lens}", SPEED, figure)
    yield from _definitions(material)
    yield from _slices(material, calendar)


def _timed(material: Material, calendar: str) -> tuple[str, ...]:
    told = in_words.WORKING_TIME_OF % {"calendar": calendar}
    hours = ON_THE_WALL if calendar == "24/7" else told
    return (hours, *material.terms.caveats)


def _response(material: Material) -> Iterator[Entry]:
    if material.has_messages:
        automatic = by_stream(
            material.tables,
            f"first_automatic IS NOT NULL AND {material.within('started_at')}",
            table="ticket_facts", verdict="'automatic'", value="first_automatic",
        )  # fmt: skip
        for figure in (
            counting.time_to(
                material,
                ClockName.RESPONSE,
                material.lived,
                title=gettext_noop("First human response"),
            ),
            counting.time_to(
                material, ClockName.NEXT_REPLY, material.lived, title=gettext_noop("Next reply")
            ),
            replace(first_automatic(material.facts, material.period), behind=automatic),
        ):
            key = f"{figure.name}.{figure.lens}" if figure.lens else figure.name
            yield Entry(key, SPEED, figure)
        return
    figure = counting.spans(
        material,
        "touched_at - opened_at",
        f"CASE WHEN touched_at IS NULL AND is_open THEN {material.at} - opened_at END",
        name="time.first_touch",
        title=gettext_noop("First sign of work, in place of a first response"),
        caveats=(
            gettext_noop("a proxy: when somebody first took it, let it wait or resolved it"),
            ON_THE_WALL,
        ),
    )  # fmt: skip
    reason = gettext_noop("the file has no messages: nobody can tell when a person first answered")
    yield Entry("time.first_touch", SPEED, figure, Support.PROXY, reason)


def _definitions(material: Material) -> Iterator[Entry]:
    """Resolution as each definition has it, all on the wall."""
    none = "CAST(NULL AS BIGINT)"
    waiting = f"CASE WHEN took IS NULL AND closed_at IS NULL THEN {material.at} - opened_at END"
    for key, title, ended, still_open in (
        ("claimed", gettext_noop("Opened to resolved_at, where the file has one"),
         "pack.since(claimed_at, opened_at)", none),
        ("first", gettext_noop("Opened to the first resolve"),
         "pack.since(first_resolved_at, opened_at)", waiting),
        ("last", gettext_noop("Opened to the resolve that stands"), "took", waiting),
        ("last_row", gettext_noop("Opened to the last row that says Resolved"),
         "pack.since(last_row_at, opened_at)", none),
        ("closed", gettext_noop("Opened to closing"), "closed_at - opened_at", waiting),
    ):  # fmt: skip
        if material.tables.count(f"({ended}) IS NOT NULL"):
            figure = counting.spans(
                material, ended, still_open, name=f"resolved.{key}", title=title,
                caveats=(ON_THE_WALL,),
            )  # fmt: skip
            yield Entry(figure.name, SPEED, figure)


def _slices(material: Material, calendar: str) -> Iterator[Entry]:
    """Resolution as people lived it, by priority and by month."""
    clock = ClockName.RESOLUTION
    timed = material.timed(clock, material.lived)
    told = material.tables.arrow(
        "SELECT u.used, u.ended_at IS NULL AS is_open, r.priority, h.month"  # noqa: S608
        f" FROM (SELECT * FROM unit_facts WHERE {timed}) u"
        " JOIN pack.rows r ON r.stream = u.ticket"
        " JOIN pack.hours h ON h.hour = r.opened_hour"
    )
    months = "opened_hour IN (SELECT hour FROM pack.hours WHERE month = {})"
    for by, condition in ((BY_PRIORITY, "priority = {}"), (BY_MONTH, months)):
        of_each = _grouped(told, by)
        for key in material.values(by):
            where = condition.format(text_of(key))
            figure = counting.time_to(
                material, clock, material.lived, title=in_words.RESOLUTION_OF % {"slice": key},
                caveats=_timed(material, calendar), spans=of_each(key),
                where=f"ticket IN (SELECT stream FROM pack.rows WHERE {where})",  # noqa: S608
            )  # fmt: skip
            yield Entry(f"time.resolution.{by}.{key}", SPEED, figure)


def _grouped(told: pa.Table, by: str) -> Callable[[str], Spans]:
    """The spans of units by the values of a column; of a value that none has, no spans."""
    import numpy as np

    column = told[by].combine_chunks().dictionary_encode()
    codes = column.indices.to_numpy()
    known = {value: code for code, value in enumerate(column.dictionary.to_pylist())}
    used, is_open = told["used"].to_numpy(), told["is_open"].to_numpy()
    order = np.argsort(codes, kind="stable")
    bounds = np.searchsorted(codes[order], np.arange(len(known) + 1))

    def spans(value: str) -> Spans:
        code = known.get(value, -1)
        mine = order[bounds[code] : bounds[code + 1]] if code >= 0 else order[:0]
        some = is_open[mine]
        return Spans(used[mine][~some], used[mine][some])

    return spans
