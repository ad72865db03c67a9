-- What pauses take off each clock: all of it, and as much of it as began before the target was up.
SELECT
    ticket, clock, cycle, family, class, CAST(SUM(length) AS BIGINT) AS paused_span,
    MAX(is_paused) AS is_paused,
    CAST(SUM(CASE
        WHEN span IS NULL OR begun_count - start_count - earlier < span THEN length ELSE 0
    END) AS BIGINT)
        AS counted_span
FROM (
    SELECT
        ticket, clock, cycle, family, class, span, start_count, begun_count, is_paused,
        ended_count - begun_count AS length,
        COALESCE(CAST(SUM(ended_count - begun_count) OVER (
            PARTITION BY ticket, clock, cycle, family, class ORDER BY begun_at
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS BIGINT), 0) AS earlier
    FROM (
        SELECT
            u.ticket, u.clock, u.cycle, u.family, u.class, u.span, u.start_count, u.begun_at,
            u.is_paused,
            COALESCE(@COUNT(a, u.begun_at), 0) AS begun_count,
            COALESCE(@COUNT(b, u.until_at), 0) AS ended_count
        FROM (
            SELECT
                c.ticket, c.clock, c.cycle, c.family, c.class, c.span, c.calendar, c.start_count,
                GREATEST(p.begun_at, c.started_at) AS begun_at,
                LEAST(p.ended_at, COALESCE(c.ended_at, @AT)) AS until_at,
                CASE WHEN c.ended_at IS NULL AND p.begun_at <= @AT AND p.ended_at > @AT
                    THEN 1 ELSE 0 END AS is_paused
            FROM counts c
            JOIN pauses p ON p.ticket = c.ticket AND p.variant = c.variant
            WHERE p.begun_at <= COALESCE(c.ended_at, @AT) AND p.ended_at > c.started_at
        ) u
        LEFT JOIN hours a ON a.slot = @DAY(u.calendar, u.begun_at)
        LEFT JOIN hours b ON b.slot = @DAY(u.calendar, u.until_at)
    ) counted
) summed
GROUP BY ticket, clock, cycle, family, class
