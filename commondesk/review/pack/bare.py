"""Bare: the exchange alone, reviewed: tickets made from its events by the database."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

from commondesk.core.texts import gettext_noop
from commondesk.engine import exchange
from commondesk.readers.export import Quality, Support
from commondesk.review.pack import files
from commondesk.review.pack.reading import Exhibit, Tickets
from commondesk.review.pack.rows import text_of

SUBJECTS = "subjects.parquet"
TITLE = gettext_noop("the exchange")


def exhibit_of(folder: Path, zone: ZoneInfo | None) -> Exhibit:
    """The exhibit of a folder that holds the exchange. Raises UnusableExport."""
    import duckdb

    found = files.by_month(folder)
    files.require(found, exchange.COLUMNS)
    has_subjects = (folder / SUBJECTS).exists()
    if has_subjects:
        files.require([folder / SUBJECTS], {"stream": "string", "subject": "string"})
    given = files.read(found)
    told = duckdb.connect(":memory:").execute(
        "SELECT COUNT(*), COUNT(DISTINCT CASE WHEN name = 'ticket.opened' THEN ticket END),"  # noqa: S608
        f" MAX(happened_at) FROM {given}"
    )
    ((events, count, at),) = told.fetchall()
    quality = Quality(source="exchange", rows=events, tickets=count, events=events)
    for figure in ("signal.resolved_in_bulk", "new_hands"):
        quality.carry(figure, Support.NONE, gettext_noop("the exchange names nobody"))
    tickets = Tickets.made(count)
    tickets.exchange = folder
    subjects = (
        f"LEFT JOIN read_parquet({text_of(str(folder / SUBJECTS))}) w ON w.stream = g.stream"
        if has_subjects
        else "CROSS JOIN (SELECT '' AS subject) w"
    )
    tickets.rows = _ROWS.format(events=given, subjects=subjects)
    tickets.lines = _LINES.format(events=given)
    return Exhibit(
        name=folder.name,
        format=TITLE,
        zone=zone or ZoneInfo("UTC"),
        has_zone=zone is not None,
        tickets=tickets,
        quality=quality,
        at=at or 0,
    )


_ROWS = """
SELECT
    g.ticket, g.stream AS number, g.stream, COALESCE(w.subject, '') AS subject, g.opened_at,
    g.requester, g.channel,
    CASE g.last_turn
        WHEN 'wait.begun' THEN 'waiting' WHEN 'ticket.resolved' THEN 'resolved'
        WHEN 'ticket.closed' THEN 'closed' ELSE 'open' END AS state,
    '' AS owner,
    COALESCE(g.later_service, g.service) AS service, '' AS category,
    CASE WHEN g.is_classified THEN g.later_item ELSE g.item END AS item,
    CASE WHEN g.is_classified THEN g.later_site ELSE g.site END AS site,
    list_transform(g.held, lambda each: each.priority) AS priorities,
    list_transform(g.held, lambda each: each.happened_at) AS prioritised_ats,
    list_filter(g.had, lambda each, i: i = 1 OR each <> g.had[i - 1]) AS teams,
    g.resolved_ats, CAST([] AS VARCHAR[]) AS resolvers, g.reopened_ats, g.paused_ats,
    CASE WHEN g.closed_place > COALESCE(g.reopened_place, -1) THEN g.closed_at END AS closed_at,
    greatest(g.touched_at, g.opened_at) AS touched_at,
    CAST(NULL AS BIGINT) AS last_row_at,
    g.has_messages, COALESCE(g.is_restored, FALSE) AS is_restored,
    CAST(0 AS BIGINT) AS missing, CAST(0 AS BIGINT) AS after_closing,
    CAST(NULL AS BOOLEAN) AS is_missed, CAST(NULL AS BIGINT) AS claimed_at
FROM (
    SELECT
        o.*, t.* EXCLUDE (ticket, resolved_ats, reopened_ats, paused_ats),
        COALESCE(t.resolved_ats, []) AS resolved_ats, COALESCE(t.reopened_ats, []) AS reopened_ats,
        COALESCE(t.paused_ats, []) AS paused_ats,
        c.* EXCLUDE (ticket), c.ticket IS NOT NULL AS is_classified,
        COALESCE(list_filter(
            p.prioritised, lambda each, i: i = 1 OR each.priority <> p.prioritised[i - 1].priority
        ), []) AS held,
        COALESCE(list_transform(h.had, lambda each: each.team), []) AS had,
        m.ticket IS NOT NULL AS has_messages
    FROM (
        SELECT
            ticket, MAX(stream) AS stream, MAX(requester) AS requester, MAX(channel) AS channel,
            MAX(happened_at) AS opened_at, MAX(service) AS service, MAX(item) AS item,
            MAX(site) AS site
        FROM {events}
        WHERE name = 'ticket.opened'
        GROUP BY ticket
    ) o
    LEFT JOIN (
        SELECT
            ticket, arg_max(service, place) FILTER (WHERE service <> '') AS later_service,
            arg_max(item, place) AS later_item, arg_max(site, place) AS later_site
        FROM {events}
        WHERE name = 'ticket.classified'
        GROUP BY ticket
    ) c ON c.ticket = o.ticket
    LEFT JOIN (
        SELECT
            ticket,
            arg_max(name, place) FILTER (WHERE name IN (
                'wait.begun', 'wait.ended', 'ticket.resolved', 'ticket.reopened', 'ticket.closed'
            )) AS last_turn,
            list_sort(list(happened_at) FILTER (WHERE name = 'ticket.resolved')) AS resolved_ats,
            list_sort(list(happened_at) FILTER (WHERE name = 'ticket.reopened')) AS reopened_ats,
            list_sort(list(happened_at) FILTER (WHERE name = 'wait.begun')) AS paused_ats,
            MAX(CASE WHEN name = 'ticket.closed' THEN happened_at END) AS closed_at,
            MAX(CASE WHEN name = 'ticket.closed' THEN place END) AS closed_place,
            MAX(CASE WHEN name = 'ticket.reopened' THEN place END) AS reopened_place,
            MIN(CASE WHEN name IN (
                'ticket.taken', 'handover.accepted', 'wait.begun', 'ticket.resolved'
            ) THEN happened_at END) AS touched_at,
            bool_or(name = 'ticket.restored') AS is_restored
        FROM {events}
        WHERE name IN (
            'wait.begun', 'wait.ended', 'ticket.resolved', 'ticket.reopened', 'ticket.closed',
            'ticket.taken', 'handover.accepted', 'ticket.restored'
        )
        GROUP BY ticket
    ) t ON t.ticket = o.ticket
    LEFT JOIN (
        SELECT
            ticket,
            list_sort(list({{'place': place, 'priority': priority, 'happened_at': happened_at}}))
                AS prioritised
        FROM {events}
        WHERE name = 'ticket.prioritised'
        GROUP BY ticket
    ) p ON p.ticket = o.ticket
    LEFT JOIN (
        SELECT ticket, list_sort(list({{'place': place, 'team': team}})) AS had
        FROM {events}
        WHERE team <> ''
        GROUP BY ticket
    ) h ON h.ticket = o.ticket
    LEFT JOIN (
        SELECT DISTINCT ticket
        FROM {events}
        WHERE name IN ('message.received', 'message.written')
    ) m ON m.ticket = o.ticket
) g
{subjects}
"""
_LINES = """
SELECT
    ticket, place, happened_at,
    CASE name
        WHEN 'ticket.opened' THEN 'opened' WHEN 'ticket.assigned' THEN 'given to'
        WHEN 'ticket.taken' THEN 'taken by' WHEN 'handover.accepted' THEN 'taken by'
        WHEN 'ticket.released' THEN 'let go' WHEN 'ticket.prioritised' THEN 'priority'
        WHEN 'wait.begun' THEN 'waits on' WHEN 'wait.ended' THEN 'goes on'
        ELSE replace(split_part(name, '.', 2), '_', ' ') END AS what,
    '' AS actor,
    CASE name
        WHEN 'ticket.opened' THEN 'by ' || channel
        WHEN 'ticket.released' THEN 'nobody has it'
        WHEN 'ticket.classified' THEN concat_ws(
            ' · ', nullif(service, ''), nullif(item, ''), nullif(site, '')
        )
        WHEN 'wait.ended' THEN ''
        ELSE COALESCE(
            team, priority, reason,
            CASE WHEN name LIKE 'ticket.%' THEN '' ELSE replace(split_part(name, '.', 1), '_', ' ')
            END
        ) END AS detail,
    FALSE AS is_estimated
FROM {events}
"""
