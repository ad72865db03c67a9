-- What a restore clock judges: the first restore step within each resolution.
SELECT
    u.ticket, u.cycle, u.family, u.class, u.variant, u.started_at, u.ended_at, u.holds_at,
    u.is_late, u.uses, u.is_whole, u.span, u.calendar, MIN(e.happened_at) AS restored_at
FROM (
    SELECT
        p.ticket, CAST(0 AS BIGINT) AS cycle, r.family, r.class, r.variant, p.started_at,
        p.resolved_at AS ended_at,
        CASE WHEN r.is_held = 1 THEN p.resolved_at + p.hold_span END AS holds_at,
        0 AS is_late, r.uses, 1 AS is_whole, p.restore_span AS span, p.restore_calendar AS calendar
    FROM plain p
    JOIN resolution_rules r
        ON r.is_resolved = CASE WHEN p.resolved_at IS NULL THEN 0 ELSE 1 END
        AND r.waits = p.waits AND r.varies = p.varies AND r.joins = p.joins
    WHERE p.reopens = 0 AND r.clock = 'restore' AND p.has_restore = 1
    UNION ALL
    SELECT
        c.ticket, c.cycle, r.family, r.class, r.variant, c.started_at, c.ended_at, c.holds_at,
        c.is_late, r.uses, c.is_whole, p.restore_span, p.restore_calendar
    FROM cycles c
    JOIN plain p ON p.ticket = c.ticket
    JOIN cycle_rules r ON r.mode = c.mode AND r.waits = p.waits AND r.varies = p.varies AND r.joins = p.joins
    WHERE r.clock = 'restore' AND p.has_restore = 1
) u
LEFT JOIN (SELECT ticket, happened_at FROM events WHERE name = 'ticket.restored') e
    ON e.ticket = u.ticket AND e.happened_at >= u.started_at
    AND (u.ended_at IS NULL OR e.happened_at <= u.ended_at)
GROUP BY
    u.ticket, u.cycle, u.family, u.class, u.variant, u.started_at, u.ended_at, u.holds_at,
    u.is_late, u.uses, u.is_whole, u.span, u.calendar
