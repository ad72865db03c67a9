-- Pauses, joined where they touch or overlap.
SELECT
    ticket, variant, MIN(begun_at) AS begun_at, MAX(ended_at) AS ended_at
FROM (
    SELECT
        ticket, variant, begun_at, ended_at,
        SUM(is_new) OVER (
            PARTITION BY ticket, variant ORDER BY begun_at, ended_at
            ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
        ) AS island
    FROM (
        SELECT
            ticket, variant, begun_at, ended_at,
            CASE WHEN begun_at <= COALESCE(MAX(ended_at) OVER (
                PARTITION BY ticket, variant ORDER BY begun_at, ended_at
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), -1) THEN 0 ELSE 1 END AS is_new
        FROM (
            SELECT DISTINCT ticket, variant, begun_at, ended_at
            FROM stretches
            WHERE ended_at > begun_at
        ) told
    ) marked
) islands
GROUP BY ticket, variant, island
