"""Looking at an export: who can read it and why, what its columns seem to mean, its first tickets.

Runs in the process apart (`child`). What it gives is plain data for a page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, fields
from typing import Any
from zoneinfo import ZoneInfo

from commondesk.core.record import events as e
from commondesk.core.record.draft import Draft
from commondesk.core.record.event import WordsRef
from commondesk.readers import known, proposing, table_export
from commondesk.readers.export import (
    NAMED,
    Asked,
    ExportedTicket,
    Proposes,
    Quality,
    Sort,
    Source,
    UnusableExport,
)
from commondesk.readers.tables import Layout
from commondesk.review.exports.saying import proposal_of, said_of
from commondesk.review.pack.reading import NOBODYS

SHOWN = 8
"""Tickets of the preview."""
MOST_EVENTS = 12
LONGEST = 120
_SILENT = (e.RowImported, e.PersonIntroduced)
_TELLING = ("priority", "team", "owner", "reason", "on", "channel", "kind", "category", "audience")
"""Fields of an event whose values say what happened, in this order."""


def look(
    task: Mapping[str, Any], sources: list[Source], tell: Callable[[int, int, int], None]
) -> dict[str, Any]:
    """What the files are taken for, and how their first tickets read that way."""
    told: dict[str, Any] = {
        "formats": [{"name": each.NAME, "title": each.TITLE} for each in known.readers()],
        "files": [source.name[:LONGEST] for source in sources[:NAMED]],
        "guesses": [],
        "format": "",
        "mapping": "",
        "takes_mapping": False,
        "tickets": [],
        "findings": [],
        "problems": [],
    }
    try:
        told["guesses"] = [
            {"name": each.reader.NAME, "title": each.reader.TITLE, "why": each.fit.why}
            for each in known.guesses(sources)[:5]
        ]
        guess = known.reader_of(sources, task["format"])
        told |= {"format": guess.reader.NAME, "title": guess.reader.TITLE, "why": guess.fit.why}
        mapping = task["mapping"]
        if guess.reader.NAME == table_export.NAME:
            said = said_of(mapping) if mapping else None
            layout = Layout(**said.layout) if said else None
            columns = said.columns if said else None
            outline = asdict(proposing.outline_of(known.largest(sources), columns, layout))
            told["outline"] = outline
            mapping = mapping or proposal_of(outline).text()
        elif isinstance(guess.reader, Proposes) and not mapping:
            mapping = guess.reader.proposed(known.largest(sources))
        told |= {"mapping": mapping, "takes_mapping": _takes_mapping(guess.reader.NAME)}
        tell(1, 0, 1)
        told |= _preview(guess, sources, ZoneInfo(task["zone"]) if task["zone"] else None, mapping)
    except UnusableExport as problem:
        told["problems"] = str(problem).splitlines()
    return told


def _takes_mapping(name: str) -> bool:
    """Whether a mapping says what no documentation of the format can."""
    return name not in ("servicenow-log", "servicenow-audit", "zendesk")


def _preview(
    guess: known.Guess, sources: Sequence[Source], zone: ZoneInfo | None, mapping: str
) -> dict[str, Any]:
    """The first tickets as they are read, what was met on the way, and what must be said first."""
    quality = Quality()
    found: list[ExportedTicket] = []
    problems: list[str] = []
    asked = Asked(NOBODYS, zone, mapping)
    tickets = known.tickets_of(guess, sources, asked, quality)
    try:
        with closing(tickets):  # type: ignore[type-var]
            for ticket in tickets:
                found.append(ticket)
                if len(found) == SHOWN or len(quality.problems) >= NAMED:
                    break
        quality.require_sound()
    except UnusableExport as problem:
        problems = str(problem).splitlines()
    return {
        "problems": problems,
        "tickets": [_ticket(each, guess.reader.SOURCE) for each in found],
        "findings": [
            {
                "sort": str(each.sort),
                "text": each.text,
                "count": each.count,
                "for": each.examples[:3],
            }
            for each in quality.findings.values()
            if each.sort is not Sort.ABSENT
        ],
    }


def _ticket(ticket: ExportedTicket, source: str) -> dict[str, Any]:
    events = [draft for draft in ticket.drafts if not isinstance(draft.body, _SILENT)]
    names = _names(ticket, source)
    return {
        "number": ticket.number[:LONGEST],
        "subject": ticket.words.get("subject", "")[:LONGEST],
        "opened_at": ticket.drafts[0].happened_at if ticket.drafts else 0,
        "events": [
            {
                "at": draft.happened_at,
                "is_estimated": str(draft.certainty) == "estimated",
                "name": draft.body.NAME,
                "what": ", ".join(_told(draft, names))[:LONGEST],
            }
            for draft in events[:MOST_EVENTS]
        ],
        "more": max(0, len(events) - MOST_EVENTS),
    }


def _names(ticket: ExportedTicket, source: str) -> dict[str, str]:
    """People by the ids that stand for them in the events."""
    from commondesk.readers.export import person_id

    return {person_id(NOBODYS, source, name): name for name in ticket.people}


def _told(draft: Draft, names: Mapping[str, str]) -> Iterator[str]:
    here = {each.name for each in fields(draft.body)}
    for name in _TELLING:
        value = getattr(draft.body, name) if name in here else None
        if value and not isinstance(value, WordsRef):
            text = str(value)
            yield names.get(text, text)
