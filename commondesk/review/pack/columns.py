"""Columns: the tickets, their events and what stands behind each figure, small enough for a file.

Instants are whole minutes since the first opening; spans are minutes; words are places in lists.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from commondesk.core.metrics.figure import Figure, Unit
from commondesk.core.metrics.words import verdict_words
from commondesk.core.record.instant import MINUTE, Instant, iso_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.tables import Behind, Tables

if TYPE_CHECKING:
    import pyarrow as pa

    from commondesk.review.pack.curves import Numbers

NONE = -1


LISTED = 30_000
"""Of so many tickets a page holds every one with its events; of more, those that a figure names."""
NAMED = 200
"""So many tickets each figure names, where the page does not hold all."""


@dataclass(slots=True)
class Words:
    """Words by their place in a list."""

    listed: list[str] = field(default_factory=list)
    places: dict[str, int] = field(default_factory=dict)

    def place(self, word: str) -> int:
        """The place of a word, which is added if it is new."""
        if word not in self.places:
            self.places[word] = len(self.listed)
            self.listed.append(word)
        return self.places[word]

    def of(self, column: pa.ChunkedArray) -> Plain:
        """The places of a column of words."""
        return _plain(self.numbers(column))

    def numbers(self, column: pa.ChunkedArray) -> Numbers:
        """The places of a column of words, as numbers."""
        import numpy as np

        told = column.combine_chunks().dictionary_encode()
        known = [self.place(word) for word in told.dictionary.to_pylist()]
        found: Numbers = np.array(known or [0])[told.indices.to_numpy()]
        return found


def columns_of(figures: Figures) -> dict[str, Plain]:
    """All data of a pack as columns."""
    material = figures.material
    start = material.period.start
    words = {name: Words() for name in ("word", "what", "actor", "detail")}
    behind = _Behind(figures, words["word"])
    return {
        "start": iso_of(start),
        "zone": str(material.zone),
        "of": 0 if holds_all(figures) else len(material.exhibit.tickets),
        "tickets": _tickets(figures, start, words["word"]),
        "events": _events(material.tables, words),
        "behind": behind.columns,
        "words": {name: list(each.listed) for name, each in words.items()},
    }


def holds_all(figures: Figures) -> bool:
    """Whether the page holds every ticket."""
    return len(figures.material.exhibit.tickets) <= LISTED


def packed(columns: dict[str, Plain]) -> str:
    """The columns as JSON, deflated, in base64."""
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode("ascii")


def _tickets(figures: Figures, start: Instant, words: Words) -> dict[str, Plain]:
    import numpy as np

    material = figures.material
    told = material.tables.arrow(_TICKETS.format(start=start, minute=MINUTE, none=NONE))
    opened = told["opened"].to_numpy()
    found: dict[str, Plain] = {
        "number": told["number"].to_pylist(),
        "opened": _plain(np.diff(opened, prepend=0)),
        **{name: told[name].to_pylist() for name in ("took", "closed")},
        **{name: words.of(told[name]) for name in _WORDS},
        **{name: told[name].to_pylist() for name in ("reopens", "returns", "missing", "alone")},
    }
    if material.tables.count("subject <> ''"):
        found["subject"] = told["subject"].to_pylist()
    if material.exhibit.claims.flagged:
        found["flag"] = told["flag"].to_pylist()
    return found


_WORDS = ("state", "priority", "team", "owner", "requester", "channel", "about")
_TICKETS = """
SELECT
    r.number, (r.opened_at - {start}) // {minute} AS opened,
    COALESCE(r.took // {minute}, {none}) AS took,
    COALESCE(pack.since(r.closed_at, r.opened_at) // {minute}, {none}) AS closed,
    r.state, r.priority, r.team, r.owner, r.requester, r.channel,
    array_to_string(
        list_filter(
            list_transform(
                range(1, 5),
                lambda i: CASE WHEN NOT list_contains(
                    [r.service, r.category, r.item, r.site][1:i - 1],
                    [r.service, r.category, r.item, r.site][i]
                ) THEN [r.service, r.category, r.item, r.site][i] ELSE '' END
            ),
            lambda each: each <> ''
        ),
        ' · '
    ) AS about,
    r.reopens, r.returns, r.missing, COALESCE(r.alone // {minute}, 0) AS alone, r.subject,
    COALESCE(CAST(r.is_missed AS INTEGER), {none}) AS flag
FROM pack.rows r
JOIN pack.listed l ON l.place = r.place
ORDER BY r.place
"""


def _events(tables: Tables, words: dict[str, Words]) -> dict[str, Plain]:
    """The events of the tickets, one after another; the time is since the ticket's opening."""
    import numpy as np

    told = tables.arrow(_EVENTS.format(minute=MINUTE))
    counts = np.bincount(told["row"].to_numpy(), minlength=tables.number(_HOW_MANY))
    return {
        "count": _plain(counts),
        "after": told["after"].to_pylist(),
        **{name: words[name].of(told[name]) for name in ("what", "actor", "detail")},
        "estimated": np.flatnonzero(told["is_estimated"].to_numpy(zero_copy_only=False)).tolist(),
    }


_HOW_MANY = "SELECT COUNT(*) FROM pack.listed"
_EVENTS = """
SELECT
    l.row, (e.happened_at - r.opened_at) // {minute} AS after, e.what, e.actor, e.detail,
    e.is_estimated
FROM pack.lines_given e
JOIN pack.rows r ON r.ticket = e.ticket
JOIN pack.listed l ON l.place = r.place
ORDER BY l.row, e.place
"""


class _Behind:
    """By figure: which tickets, what came of each, and its value. Equal lists are written once.

    Makes `pack.listed`: the tickets that the page holds, by their row in it.
    """

    def __init__(self, figures: Figures, words: Words) -> None:
        self._words = words
        self._lists: list[Plain] = []
        self._known: dict[bytes, int] = {}
        tables = figures.material.tables
        is_all = holds_all(figures)
        most = 0 if is_all else NAMED
        told = {
            key: tables.arrow(f"FROM ({behind.placed(most)}) ORDER BY place, value")
            for key, entry in figures.entries.items()
            if isinstance(behind := entry.figure.behind, Behind) and entry.figure.units
        }
        self._rows = _list(tables, None if is_all else [each["place"] for each in told.values()])
        by: dict[str, Plain] = {}
        for key, units in told.items():
            if units.num_rows:
                by[key] = self._figure(figures.entries[key].figure, units)
        self.columns: dict[str, Plain] = {"lists": self._lists, "by": by}

    def _figure(self, figure: Figure, units: pa.Table) -> Plain:
        import numpy as np

        rows = self._rows[units["place"].to_numpy()]
        plain: dict[str, Plain] = {"i": self._once(np.diff(rows, prepend=0))}
        verdicts = units["verdict"]
        if any(verdicts.unique().to_pylist()):
            said = verdicts.combine_chunks().dictionary_encode()
            known = [self._words.place(verdict_words(word)) for word in said.dictionary.to_pylist()]
            plain["v"] = self._once(np.array(known)[said.indices.to_numpy()])
        if units["value"].null_count < units.num_rows:
            is_span = figure.unit is Unit.SPAN or figure.name.startswith("attainment.")
            values = np.floor_divide(units["value"].to_numpy(), MINUTE if is_span else 1)
            plain["n"] = self._once(np.nan_to_num(values, nan=NONE).astype(np.int64))
        return plain

    def _once(self, numbers: Numbers) -> int:
        key = numbers.tobytes()
        if key not in self._known:
            self._known[key] = len(self._lists)
            self._lists.append(_plain(numbers))
        return self._known[key]


def _list(tables: Tables, wanted: Sequence[pa.ChunkedArray] | None) -> Numbers:
    """Make the list of the tickets in the page; the row of each place in it."""
    import numpy as np
    import pyarrow as pa

    count = tables.count("TRUE")
    places = np.arange(count)
    if wanted is not None:
        places = np.unique(np.concatenate([each.to_numpy() for each in wanted]))
    rows = np.zeros(count, dtype=np.int64)
    rows[places] = np.arange(len(places))
    tables.keep_table("listed", pa.table({"place": places, "row": np.arange(len(places))}))
    return rows


def _plain(numbers: Numbers) -> Plain:
    plain: list[Plain] = numbers.tolist()
    return plain
