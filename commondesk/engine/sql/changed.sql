-- What came of clocks whose target may have changed on the way.
SELECT
    u.ticket, u.clock, u.cycle, u.family, u.class, u.started_at, u.ended_at, u.holds_at, u.is_late,
    d.flags, d.is_paused, d.used, d.calendar, d.has_target, d.due_at
FROM units u
JOIN walks w
    ON w.ticket = u.ticket AND w.clock = u.clock AND w.variant = u.variant AND w.uses = u.uses
    AND w.is_whole = u.is_whole AND w.started_at = u.started_at
    AND w.end_key = COALESCE(u.ended_at, -1)
JOIN walked d ON d.number = w.number
WHERE u.uses IN ('highest', 'first') AND NOT (u.clock = 'restore' AND d.has_target = 0)
