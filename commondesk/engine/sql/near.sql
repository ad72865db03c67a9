-- Tickets of one requester on one item that may make a case: wherever one began soon after another
-- was resolved, all of that stretch of time; wherever one is tied to a further ticket, all of them.
SELECT ticket, number, CASE WHEN is_named = 1 THEN 0 ELSE stretch END AS stretch
FROM (
    SELECT
        ticket, number, stretch,
        MAX(is_near) OVER (PARTITION BY number, stretch) AS is_near,
        MAX(is_named) OVER (PARTITION BY number) AS is_named
    FROM (
        SELECT
            ticket, number, is_named,
            CASE WHEN started_at < last_near_at THEN 1 ELSE 0 END AS is_near,
            SUM(CASE WHEN started_at < until_at THEN 0 ELSE 1 END) OVER (
                PARTITION BY number ORDER BY started_at, ticket
                ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
            ) AS stretch
        FROM (
            SELECT
                s.ticket, s.number, s.started_at,
                CASE WHEN n.ticket IS NULL THEN 0 ELSE 1 END AS is_named,
                COALESCE(MAX(COALESCE(r.last_at + @FARTHEST, s.started_at)) OVER (
                    PARTITION BY s.number ORDER BY s.started_at, s.ticket
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), -1) AS until_at,
                COALESCE(MAX(r.last_at + @FARTHEST) OVER (
                    PARTITION BY s.number ORDER BY s.started_at, s.ticket
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
                ), -1) AS last_near_at
            FROM shared s
            LEFT JOIN named n ON n.ticket = s.ticket
            LEFT JOIN (
                SELECT ticket, MAX(happened_at) AS last_at
                FROM (
                    SELECT
                        e.ticket, e.happened_at, e.name,
                        LAG(CAST(e.name AS TEXT)) OVER (PARTITION BY e.ticket ORDER BY e.place)
                            AS earlier
                    FROM events e
                    JOIN shared h ON h.ticket = e.ticket
                    WHERE e.name IN (
                        'ticket.resolved', 'ticket.closed', 'ticket.reopened', 'reopen.voided',
                        'reopen.void_lifted'
                    )
                ) turns
                WHERE name IN ('ticket.resolved', 'ticket.closed')
                    AND (earlier IS NULL OR earlier NOT IN ('ticket.resolved', 'ticket.closed'))
                GROUP BY ticket
            ) r ON r.ticket = s.ticket
        ) intervals
    ) stretched
) marked
WHERE is_near = 1 OR is_named = 1
