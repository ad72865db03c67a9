-- Working time until a ticket was solved for good, as people lived it: by itself, or with others.
SELECT
    r.ticket, CAST(SUM(r.used) AS BIGINT) AS lost,
    MAX(CASE WHEN r.ended_at IS NULL AND r.is_paused = 0 THEN r.calendar END) AS calendar
FROM (
    SELECT ticket, clock, family, class, ended_at, is_paused, used, calendar FROM runs
    UNION ALL
    SELECT ticket, clock, family, class, ended_at, is_paused, used, calendar FROM changed
) r
JOIN lived l ON l.family = r.family AND l.class = r.class
WHERE r.clock = 'resolution'
GROUP BY r.ticket
UNION ALL
SELECT ticket, lost, calendar FROM members
