-- What each clock judges: a row for each way of counting that comes out differently. uses says which
-- priority rules it, where there were several.
SELECT
    p.ticket, 'response' AS clock, CAST(0 AS BIGINT) AS cycle, r.family, r.class, r.variant, p.started_at,
    CASE r.ends @ENDED END AS ended_at, CAST(NULL AS BIGINT) AS holds_at, 0 AS is_late,
    r.uses, 1 AS is_whole, p.response_span AS span, p.response_calendar AS calendar
FROM plain p
JOIN response_rules r ON r.pattern = @PATTERN AND r.waits = p.waits AND r.varies = p.varies AND r.joins = p.joins
UNION ALL
SELECT
    p.ticket, 'resolution', CAST(0 AS BIGINT), r.family, r.class, r.variant, p.started_at,
    p.resolved_at,
    CASE WHEN r.is_held = 1 THEN p.resolved_at + p.hold_span END, 0, r.uses, 1,
    p.resolution_span, p.resolution_calendar
FROM plain p
JOIN resolution_rules r
    ON r.is_resolved = CASE WHEN p.resolved_at IS NULL THEN 0 ELSE 1 END AND r.waits = p.waits
    AND r.varies = p.varies AND r.joins = p.joins
WHERE p.reopens = 0 AND r.clock = 'resolution'
UNION ALL
SELECT
    c.ticket, 'resolution', c.cycle, r.family, r.class, r.variant, c.started_at, c.ended_at,
    c.holds_at, c.is_late, r.uses, c.is_whole, p.resolution_span, p.resolution_calendar
FROM cycles c
JOIN plain p ON p.ticket = c.ticket
JOIN cycle_rules r ON r.mode = c.mode AND r.waits = p.waits AND r.varies = p.varies AND r.joins = p.joins
WHERE r.clock = 'resolution'
UNION ALL
SELECT
    ticket, 'restore', cycle, family, class, variant, started_at,
    CASE WHEN restored_at IS NULL THEN ended_at ELSE restored_at END,
    CASE WHEN restored_at IS NULL THEN holds_at END, is_late, uses, is_whole, span,
    calendar
FROM restores
UNION ALL
SELECT
    w.ticket, 'next_reply', w.cycle, r.family, r.class, r.variant, w.started_at, w.ended_at,
    CAST(NULL AS BIGINT), 0, r.uses, 0, p.next_reply_span, p.next_reply_calendar
FROM replies w
JOIN plain p ON p.ticket = w.ticket
JOIN reply_rules r ON r.waits = p.waits AND r.varies = p.varies AND r.joins = p.joins
