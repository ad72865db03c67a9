-- Rounds of reopened tickets under each way of ending, with the cycle that they are in.
SELECT
    ticket, mode, ends, reopen, round, resolved_at, reopened_at, is_cut, is_late,
    CAST(COALESCE(SUM(is_cut) OVER (
        PARTITION BY ticket, mode ORDER BY round ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
    ), 0) AS BIGINT) AS cycle
FROM (
    SELECT
        r.ticket, m.mode, m.ends, m.reopen, r.round, r.resolved_at, r.reopened_at,
        CASE WHEN m.ends = 'first_held' AND r.reopened_at >= r.resolved_at + p.hold_span
            THEN 1 ELSE 0 END AS is_late,
        CASE WHEN r.reopened_at IS NOT NULL AND m.reopen <> 'ignored' AND (
            m.reopen = 'new_cycle'
            OR (m.ends = 'first_held' AND r.reopened_at >= r.resolved_at + p.hold_span)
        ) THEN 1 ELSE 0 END AS is_cut
    FROM rounds r
    JOIN plain p ON p.ticket = r.ticket
    CROSS JOIN modes m
    WHERE p.reopens > 0
) marked
