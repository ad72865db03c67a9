"""Columns: the tickets, their events and what stands behind each figure, small enough for a file.

Instants are whole minutes since the first opening; spans are minutes; words are places in lists.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from commondesk.core.metrics.figure import Figure, Unit
from commondesk.core.metrics.words import verdict_words
from commondesk.core.record.instant import MINUTE, Instant, iso_of
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.machine import Plain
from commondesk.review.pack.rows import Row, resolve_span

MOST_EVENTS = 4_000_000
NONE = -1


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


def columns_of(figures: Figures) -> dict[str, Plain]:
    """All data of a pack as columns."""
    material = figures.material
    start = material.period.start
    words = {name: Words() for name in ("word", "what", "actor", "detail")}
    return {
        "start": iso_of(start),
        "zone": str(material.zone),
        "tickets": _tickets(figures, start, words["word"]),
        "events": _events(material.rows, words),
        "behind": _behind(figures, words["word"]),
        "words": {name: list(each.listed) for name, each in words.items()},
    }


def packed(columns: dict[str, Plain]) -> str:
    """The columns as JSON, deflated, in base64."""
    text = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(zlib.compress(text.encode(), 6)).decode("ascii")


def _tickets(figures: Figures, start: Instant, words: Words) -> dict[str, Plain]:
    material = figures.material
    rows, claims = material.rows, material.exhibit.claims

    def minute(at: Instant | None) -> int:
        return NONE if at is None else (at - start) // MINUTE

    def placed(values: Iterable[str]) -> list[Plain]:
        return [words.place(each) for each in values]

    spans = [resolve_span(row) for row in rows]
    told = material.told
    found: dict[str, Plain] = {
        "number": [row.number for row in rows],
        "opened": list(_steps([minute(row.opened_at) for row in rows])),
        "took": [NONE if span is None else span // MINUTE for span in spans],
        "closed": [
            NONE if row.closed_at is None else max(0, (row.closed_at - row.opened_at) // MINUTE)
            for row in rows
        ],
        "state": placed(row.state for row in rows),
        "priority": placed(row.priority for row in rows),
        "team": placed(row.team for row in rows),
        "owner": placed(row.owner for row in rows),
        "requester": placed(row.requester for row in rows),
        "channel": placed(row.channel for row in rows),
        "about": placed(_about(row) for row in rows),
        "reopens": [len(row.reopens) for row in rows],
        "returns": [len(row.returns) for row in rows],
        "missing": [row.missing for row in rows],
        "alone": [
            told[row.stream].ownerless_at(material.facts.counts, material.at)[1] // MINUTE
            if row.stream in told
            else 0
            for row in rows
        ],
    }
    if any(row.subject for row in rows):
        found["subject"] = [row.subject for row in rows]
    if claims.missed:
        said = (claims.missed.get(row.number) for row in rows)
        found["flag"] = [NONE if each is None else int(each) for each in said]
    return found


def _about(row: Row) -> str:
    named = (row.service, row.category, row.item, row.site)
    return " · ".join(dict.fromkeys(filter(None, named)))


def _events(rows: Sequence[Row], words: dict[str, Words]) -> dict[str, Plain]:
    """The events of all tickets, one after another; the time is since the ticket's opening."""
    counts: list[Plain] = []
    after: list[Plain] = []
    what: list[Plain] = []
    actor: list[Plain] = []
    detail: list[Plain] = []
    guessed: list[Plain] = []
    for row in rows:
        counts.append(len(row.lines))
        for line in row.lines:
            if line.is_estimated:
                guessed.append(len(after))
            after.append((line.at - row.opened_at) // MINUTE)
            what.append(words["what"].place(line.what))
            actor.append(words["actor"].place(line.actor))
            detail.append(words["detail"].place(line.detail))
    return {
        "count": counts,
        "after": after,
        "what": what,
        "actor": actor,
        "detail": detail,
        "estimated": guessed,
    }


def _behind(figures: Figures, words: Words) -> dict[str, Plain]:
    """By figure: which tickets, what came of each, and its value. Equal lists are written once."""
    places = figures.material.places
    lists: list[Plain] = []
    known: dict[tuple[int, ...], int] = {}

    def once(numbers: Sequence[int]) -> int:
        key = tuple(numbers)
        if key not in known:
            known[key] = len(lists)
            lists.append(list(key))
        return known[key]

    found: dict[str, Plain] = {}
    for key, entry in figures.entries.items():
        units = [
            (places[each.tickets[0]], words.place(verdict_words(each.verdict)), each.value)
            for each in entry.figure.backing
            if each.tickets[0] in places
        ]
        if not units:
            continue
        units.sort(key=lambda each: each[0])
        plain: dict[str, Plain] = {"i": once(_steps([each[0] for each in units]))}
        if any(words.listed[each[1]] for each in units):
            plain["v"] = once([each[1] for each in units])
        if any(each[2] is not None for each in units):
            plain["n"] = once([_number(entry.figure, each[2]) for each in units])
        found[key] = plain
    return {"lists": lists, "by": found}


def _number(figure: Figure, value: float | None) -> int:
    if value is None:
        return NONE
    is_span = figure.unit is Unit.SPAN or figure.name.startswith("attainment.")
    return int(value // MINUTE) if is_span else int(value)


def _steps(numbers: Sequence[int]) -> list[int]:
    """Numbers as the first, and the step to each next: small where they ascend."""
    return [each - (numbers[place - 1] if place else 0) for place, each in enumerate(numbers)]
