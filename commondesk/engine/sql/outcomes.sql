-- One row for each unit, and for all the ways of counting that tell the same of it.
SELECT
    r.ticket, r.clock, r.cycle, r.family, CAST(SUM(r.class) AS BIGINT) AS bits, r.started_at, r.ended_at,
    r.holds_at, r.flags, r.is_paused, r.used, r.calendar, r.has_target, r.due_at, p.priority,
    CASE
        WHEN p.opening = 'after_the_fact' THEN 'after_the_fact'
        WHEN p.opening = 'live' AND r.clock = 'response' THEN 'live'
        WHEN r.has_target = 0 THEN 'no_target'
        ELSE ''
    END AS apart
FROM (
    SELECT
        u.ticket, u.clock, u.cycle, u.family, u.class, u.started_at, u.ended_at,
        u.holds_at, u.is_late AS flags, u.is_paused, u.used,
        CASE WHEN u.ended_at IS NULL AND u.is_paused = 0 THEN u.calendar END AS calendar,
        CASE WHEN u.span IS NULL THEN 0 ELSE 1 END AS has_target,
        @INSTANT(d, u.due_count) AS due_at
    FROM runs u
    LEFT JOIN dues d ON d.slot = @DUE(u.calendar, u.due_count)
    UNION ALL
    SELECT
        ticket, clock, cycle, family, class, started_at, ended_at, holds_at, is_late + flags,
        is_paused, used,
        CASE WHEN ended_at IS NULL AND is_paused = 0 THEN calendar END, has_target, due_at
    FROM changed
) r
JOIN plain p ON p.ticket = r.ticket
GROUP BY
    r.ticket, r.clock, r.cycle, r.family, r.started_at, r.ended_at, r.holds_at, r.flags,
    r.is_paused, r.used, r.calendar, r.has_target, r.due_at, p.priority, p.opening
