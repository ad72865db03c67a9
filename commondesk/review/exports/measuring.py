"""What an export measures of a diagnosis, kept beside what a review of it found.

Runs in the process apart (`child`), once the figures are there. Who decides about a model of
support reads it on the page “Plan”, without reading the export again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from commondesk.core.planner.diagnosis.measured import Handled, Touch, measure
from commondesk.core.record.events import Kind

if TYPE_CHECKING:
    from commondesk.review.pack.material import Material

MOST_TICKETS = 50_000
MOST_TOUCHES = 200_000
"""Of more, the newest."""
_NO_WORK = "('opened', 'received', 'reopened')"
"""What those do who ask, in the words of lines; all else is work, by somebody who did not ask."""


def measures_of(material: Material) -> dict[str, Any]:
    """The measures as plain data, with the days between which they were taken."""
    window = material.window
    return {
        "since": window.first.isoformat(),
        "until": window.last.isoformat(),
        "measures": measure(_handled(material), _touches(material)).plain(),
    }


def _handled(material: Material) -> list[Handled]:
    query = (
        "SELECT r.stream, r.opened_at, t.kind, r.resolvers[-1], r.subject, r.item, r.service,"  # noqa: S608
        " r.site FROM pack.rows r LEFT JOIN pack.told t ON t.ticket = r.stream"
        f" ORDER BY r.opened_at DESC, r.place DESC LIMIT {MOST_TICKETS}"
    )
    return [
        Handled(
            stream,
            opened_at,
            is_incident=kind == Kind.INCIDENT,
            resolved_by=resolver or "",
            words=subject,
            facts=tuple(
                f"{name}:{value}"
                for name, value in (("item", item), ("service", service), ("site", site))
                if value
            ),
        )
        for stream, opened_at, kind, resolver, subject, item, service, site in material.tables.rows(
            query
        )
    ]


def _touches(material: Material) -> list[Touch]:
    query = (
        "SELECT l.actor, r.stream, l.happened_at FROM pack.lines_given l"  # noqa: S608
        " JOIN pack.rows r ON r.ticket = l.ticket WHERE l.actor <> '' AND l.actor <> r.requester"
        f" AND NOT l.is_estimated AND l.what NOT IN {_NO_WORK}"
        f" ORDER BY l.happened_at DESC, r.place DESC, l.place DESC LIMIT {MOST_TOUCHES}"
    )
    return [Touch(*row) for row in material.tables.rows(query)]
