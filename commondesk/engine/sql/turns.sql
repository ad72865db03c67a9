-- Resolves and reopens that changed something, of tickets that were reopened.
SELECT ticket, place, happened_at, is_resolve
FROM (
    SELECT
        e.ticket, e.place, e.happened_at,
        CASE WHEN e.name = 'ticket.reopened' THEN 0 ELSE 1 END AS is_resolve,
        LAG(CASE WHEN e.name = 'ticket.reopened' THEN 0 ELSE 1 END)
            OVER (PARTITION BY e.ticket ORDER BY e.place) AS was_resolve
    FROM events e
    JOIN plain p ON p.ticket = e.ticket
    WHERE e.name IN ('ticket.resolved', 'ticket.closed', 'ticket.reopened') AND p.reopens > 0
) told
WHERE is_resolve <> COALESCE(was_resolve, 0)
