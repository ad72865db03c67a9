-- The target of the priority that was in force when a clock ended, or is now.
SELECT
    u.ticket, u.clock, u.end_key,
    CASE u.clock
        WHEN 'response' THEN t.response_span
        WHEN 'resolution' THEN t.resolution_span
        WHEN 'restore' THEN t.restore_span
        ELSE t.next_reply_span
    END AS span,
    CASE u.clock
        WHEN 'response' THEN t.response_calendar
        WHEN 'resolution' THEN t.resolution_calendar
        WHEN 'restore' THEN t.restore_calendar
        ELSE t.next_reply_calendar
    END AS calendar
FROM (
    SELECT DISTINCT ticket, clock, COALESCE(ended_at, -1) AS end_key
    FROM units
    WHERE uses = 'current'
) u
JOIN plain p ON p.ticket = u.ticket
JOIN charters c ON c.charter = p.charter
LEFT JOIN (
    SELECT u.ticket, u.end_key, ARG_MAX(m.priority, m.place) AS priority
    FROM (
        SELECT DISTINCT ticket, COALESCE(ended_at, -1) AS end_key FROM units WHERE uses = 'current'
    ) u
    JOIN plain p ON p.ticket = u.ticket
    JOIN marks m ON m.ticket = u.ticket
    WHERE m.step = 'set' AND (
        u.end_key = -1 OR m.happened_at < u.end_key OR m.happened_at = p.started_at
    )
    GROUP BY u.ticket, u.end_key
) k ON k.ticket = u.ticket AND k.end_key = u.end_key
JOIN terms t
    ON t.charter = p.charter AND t.service = p.service AND t.kind = p.kind
    AND t.priority = COALESCE(k.priority, c.default_priority)
