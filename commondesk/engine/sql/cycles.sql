-- What a resolution clock judges of reopened tickets, under each way of ending.
SELECT
    b.ticket, b.mode, b.cycle, b.is_late,
    CASE WHEN b.reopen = 'restarts' AND g.last_reopen IS NOT NULL THEN g.last_reopen
        ELSE b.started_at END AS started_at,
    CASE WHEN b.cycle = 0 AND NOT (b.reopen = 'restarts' AND g.last_reopen IS NOT NULL)
        THEN 1 ELSE 0 END AS is_whole,
    CASE
        WHEN b.reopen = 'ignored' AND b.ends = 'last' THEN g.last_end
        WHEN b.reopen = 'ignored' THEN g.first_end
        WHEN b.reopen = 'restarts' AND g.last_reopen IS NOT NULL THEN g.standing_end
        WHEN b.ends = 'first' THEN g.first_end
        ELSE g.standing_end
    END AS ended_at,
    CASE WHEN b.ends = 'first_held' AND b.reopen <> 'ignored'
        AND b.cycle = MAX(b.cycle) OVER (PARTITION BY b.ticket, b.mode)
        THEN g.standing_end + b.hold_span END AS holds_at
FROM (
    SELECT
        p.ticket, m.mode, m.ends, m.reopen, CAST(0 AS BIGINT) AS cycle, p.started_at,
        0 AS is_late, p.hold_span
    FROM plain p
    CROSS JOIN modes m
    WHERE p.reopens > 0
    UNION ALL
    SELECT
        c.ticket, c.mode, c.ends, c.reopen, c.cycle + 1, c.reopened_at, c.is_late, p.hold_span
    FROM cuts c
    JOIN plain p ON p.ticket = c.ticket
    WHERE c.is_cut = 1
) b
LEFT JOIN (
    SELECT
        ticket, mode, cycle, MIN(resolved_at) AS first_end, MAX(resolved_at) AS last_end,
        MAX(CASE WHEN is_cut = 1 OR reopened_at IS NULL THEN resolved_at END) AS standing_end,
        MAX(CASE WHEN is_cut = 0 THEN reopened_at END) AS last_reopen
    FROM cuts
    GROUP BY ticket, mode, cycle
) g ON g.ticket = b.ticket AND g.mode = b.mode AND g.cycle = b.cycle
