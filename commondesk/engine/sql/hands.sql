-- By ticket and hands: working time, time on the wall, when they first had it, and whether they
-- have it still.
SELECT
    ticket, hands, CAST(SUM(work) AS BIGINT) AS work, CAST(SUM(wall) AS BIGINT) AS wall, MIN(begun_at) AS first_at,
    MAX(is_last) AS is_last
FROM (
    SELECT
        l.ticket, l.hands, l.begun_at, l.is_last, l.ended_at - l.begun_at AS wall,
        COALESCE(@COUNT(b, l.ended_at) - @COUNT(a, l.begun_at), 0) AS work
    FROM legs l
    LEFT JOIN hours a ON a.slot = @DAY(l.calendar, l.begun_at)
    LEFT JOIN hours b ON b.slot = @DAY(l.calendar, l.ended_at)
) measured
GROUP BY ticket, hands
