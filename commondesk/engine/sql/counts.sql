-- How far each clock has run, with no pause taken off.
SELECT
    u.ticket, u.clock, u.cycle, u.family, u.class, u.variant, u.started_at, u.ended_at,
    u.holds_at, u.is_late, u.span, u.calendar,
    @COUNT(a, u.started_at) AS start_count,
    @COUNT(b, u.until_at) AS end_count
FROM (SELECT *, COALESCE(ended_at, @AT) AS until_at FROM units) u
LEFT JOIN hours a ON a.slot = @DAY(u.calendar, u.started_at)
LEFT JOIN hours b ON b.slot = @DAY(u.calendar, u.until_at)
