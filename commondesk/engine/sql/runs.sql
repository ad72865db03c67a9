-- How far each clock has run, and the count at which its target is used up.
SELECT
    c.ticket, c.clock, c.cycle, c.family, c.class, c.variant, c.started_at, c.ended_at,
    c.holds_at, c.is_late, c.span, c.calendar, COALESCE(q.is_paused, 0) AS is_paused,
    CASE WHEN c.calendar IS NULL THEN 0
        ELSE c.end_count - c.start_count - COALESCE(q.paused_span, 0) END AS used,
    CASE
        WHEN COALESCE(q.is_paused, 0) = 1
            AND c.end_count - c.start_count - COALESCE(q.paused_span, 0) < c.span THEN NULL
        ELSE c.start_count + c.span + COALESCE(q.counted_span, 0)
    END AS due_count
FROM counts c
LEFT JOIN paused q
    ON q.ticket = c.ticket AND q.clock = c.clock AND q.cycle = c.cycle AND q.family = c.family
    AND q.class = c.class
