"""Small exports for the review pack, by hand: a ServiceNow incident log of a few tickets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime, timedelta

from commondesk.readers.export import Source
from commondesk.review.pack import reading, working
from commondesk.review.pack.figures import Figures
from commondesk.review.pack.material import Material
from commondesk.review.pack.terms import terms_of

COLUMNS = (
    *("number", "incident_state", "reopen_count", "reassignment_count", "sys_mod_count"),
    *("made_sla", "caller_id", "opened_by", "opened_at", "sys_updated_by", "sys_updated_at"),
    *("contact_type", "location", "category", "subcategory", "cmdb_ci", "impact", "urgency"),
    *("priority", "assignment_group", "assigned_to", "resolved_at", "closed_at"),
)
MONDAY = datetime(2025, 3, 10, 9, 0)
HOSTILE = "</script><img src=x onerror=alert(1)>"
FORMULA = '=HYPERLINK("http://elsewhere.example")'

Update = tuple[float, str, str, str]
"""Hours since the opening, state, group, assignee."""


def ticket(
    number: int,
    updates: Sequence[Update],
    *,
    opened: float = 0,
    made_sla: bool = True,
    resolved: float | None = None,
    caller: str = "Ann",
    category: str = "Mail",
    priority: str = "3 - Moderate",
    counts: Sequence[int] = (),
) -> list[dict[str, str]]:
    """The rows of a ticket opened so many hours after Monday 9:00."""
    begun = MONDAY + timedelta(hours=opened)
    found = []
    for place, (hours, state, group, assignee) in enumerate(updates):
        is_last = place == len(updates) - 1
        row = dict.fromkeys(COLUMNS, "?")
        row |= {
            "number": f"INC{number:07}",
            "incident_state": state,
            "reopen_count": "0",
            "reassignment_count": "0",
            "sys_mod_count": str(counts[place] if counts else place),
            "made_sla": str(made_sla or not is_last).lower(),
            "caller_id": caller,
            "opened_by": "Opened by 1",
            "opened_at": _text(begun),
            "sys_updated_by": "Updated by 7",
            "sys_updated_at": _text(begun + timedelta(hours=hours)),
            "contact_type": "Phone",
            "location": "Hall 1",
            "category": category,
            "priority": priority,
            "assignment_group": group,
            "assigned_to": assignee,
        }
        if resolved is not None:
            row["resolved_at"] = _text(begun + timedelta(hours=resolved))
        found.append(row)
    return found


def log(*tickets: Sequence[dict[str, str]]) -> bytes:
    """The file of some tickets."""
    written = io.StringIO()
    writer = csv.DictWriter(written, COLUMNS)
    writer.writeheader()
    for rows_ in tickets:
        writer.writerows(rows_)
    return written.getvalue().encode()


def figures_of(content: bytes, charter: bytes | None = None, lens: str = "") -> Figures:
    """The figures of a file."""
    terms = terms_of(charter, lens)
    source = Source("log.csv", io.BytesIO(content))
    exhibit = reading.exhibit_of([source], None, lambda _: None)
    facts = working.facts_of(exhibit.tickets, terms.agreement, terms.scheme, exhibit.at)
    return Figures(Material(exhibit, terms, facts))


def plain_log() -> bytes:
    """Four tickets: quick, played ping-pong with, reopened, and still open."""
    return log(
        ticket(
            1,
            [(0, "New", "A", "?"), (1, "Active", "A", "Bob"), (2, "Resolved", "A", "Bob"),
             (122, "Closed", "A", "Bob")],
            resolved=2,
        ),
        ticket(
            2,
            [(0, "New", "A", "?"), (1, "Active", "B", "Cleo"), (3, "Active", "A", "Bob"),
             (10, "Resolved", "A", "Bob"), (130, "Closed", "A", "Bob")],
            opened=1, made_sla=False, resolved=10,
        ),
        ticket(
            3,
            [(0, "New", "B", "Cleo"), (4, "Resolved", "B", "Cleo"), (8, "Active", "B", "Cleo"),
             (20, "Resolved", "B", "Cleo"), (140, "Closed", "B", "Cleo")],
            opened=2, counts=(0, 1, 4, 5, 6), priority="2 - High",
        ),
        ticket(4, [(0, "New", "C", "?")], opened=3, caller="Dan", category="VPN"),
    )  # fmt: skip


def hostile_log() -> bytes:
    """Names that would be markup, a script or a formula if anything took them for that."""
    return log(
        ticket(
            1,
            [(0, "New", HOSTILE, "?"), (2, "Resolved", HOSTILE, FORMULA)],
            caller=f"<b>{HOSTILE}</b>",
            category=f"--><svg onload=alert(2)>{FORMULA}",
        ),
        ticket(2, [(0, "New", FORMULA, "@cmd"), (5, "Closed", FORMULA, "@cmd")], caller="'\"&amp;"),
    )


def _text(at: datetime) -> str:
    return f"{at.day}/{at.month}/{at.year} {at:%H:%M}"
