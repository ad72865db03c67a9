-- How far each clock has run, with no pause taken off.
SELECT
    u.ticket, u.clock, u.cycle, u.family, u.class, u.variant, u.started_at, u.ended_at,
    u.holds_at, u.is_late, u.span, u.calendar,
    @COUNT(a, u.started_at) AS start_count,
    @COUNT(b, u.until_at) AS end_count
FROM (
    SELECT
        ticket, clock, cycle, family, class, variant, started_at, ended_at, holds_at, is_late, span,
        calendar, COALESCE(ended_at, @AT) AS until_at
    FROM units
    WHERE uses = ''
    UNION ALL
    SELECT
        u.ticket, u.clock, u.cycle, u.family, u.class, u.variant, u.started_at, u.ended_at,
        u.holds_at, u.is_late, h.span, h.calendar, COALESCE(u.ended_at, @AT)
    FROM units u
    JOIN held h
        ON h.ticket = u.ticket AND h.clock = u.clock
        AND h.end_key = COALESCE(u.ended_at, -1)
    WHERE u.uses = 'current' AND NOT (u.clock = 'restore' AND h.span IS NULL)
) u
LEFT JOIN hours a ON a.slot = @DAY(u.calendar, u.started_at)
LEFT JOIN hours b ON b.slot = @DAY(u.calendar, u.until_at)
