-- Every unit, whoever read it: what figures count.
SELECT
    p.stream AS ticket, '' AS others, o.clock, o.cycle, l.lenses, o.started_at, o.due_at,
    o.ended_at, o.holds_at, o.apart, o.is_paused, o.used, o.calendar, o.priority,
    CASE o.flags
        WHEN 0 THEN ''
        WHEN 1 THEN 'late_return'
        WHEN 2 THEN 'lowered_after_miss'
        WHEN 3 THEN 'late_return lowered_after_miss'
        WHEN 4 THEN 'used_up_when_raised'
        WHEN 5 THEN 'late_return used_up_when_raised'
        WHEN 6 THEN 'lowered_after_miss used_up_when_raised'
        ELSE 'late_return lowered_after_miss used_up_when_raised'
    END AS flags,
    CASE
        WHEN o.ended_at IS NOT NULL AND o.ended_at > o.due_at THEN 'missed'
        WHEN o.ended_at IS NOT NULL AND o.holds_at > @AT THEN 'met_so_far'
        WHEN o.ended_at IS NOT NULL THEN 'met'
        WHEN o.due_at IS NULL THEN 'undecided'
        WHEN o.due_at < @AT THEN 'missed'
        ELSE 'running'
    END AS verdict
FROM outcomes o
JOIN plain p ON p.ticket = o.ticket
JOIN lens_sets l ON l.family = o.family AND l.bits = o.bits
UNION ALL
SELECT
    ticket, others, clock, cycle, lenses, started_at, due_at, ended_at, holds_at, apart, is_paused,
    used, calendar, priority, flags, verdict
FROM referred_units
