-- One row a ticket: what figures ask of it.
SELECT
    p.ticket, p.stream, p.requester, p.channel, p.kind, p.priority, p.service, p.item, p.site,
    p.opening, p.started_at, s.settled_at, p.resolved_at AS first_resolved_at,
    CASE WHEN s.settled_at IS NULL AND h.is_last = 1 THEN 1 ELSE 0 END AS is_alone,
    COALESCE(h.work, 0) AS ownerless, COALESCE(h.wall, 0) AS ownerless_wall,
    CASE WHEN s.settled_at IS NULL AND h.is_last = 1 THEN p.resolution_calendar END AS calendar,
    COALESCE(l.lost, 0) AS lost, l.calendar AS lost_calendar,
    p.functional, p.hierarchical,
    p.automatic_at - p.started_at AS first_automatic,
    CASE
        WHEN p.template_at IS NULL AND p.worded_at IS NULL THEN ''
        WHEN p.worded_at IS NULL OR p.template_at < p.worded_at THEN 'templated'
        ELSE 'written'
    END AS first_reply,
    COALESCE(m.joined, '') AS joined
FROM plain p
LEFT JOIN settled s ON s.ticket = p.ticket
LEFT JOIN (SELECT * FROM hands WHERE hands = 0) h ON h.ticket = p.ticket
LEFT JOIN losses l ON l.ticket = p.ticket
LEFT JOIN members m ON m.ticket = p.ticket
