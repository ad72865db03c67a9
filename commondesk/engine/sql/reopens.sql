-- Who took a ticket up again, at each instant at which somebody did.
SELECT
    e.ticket, e.happened_at,
    ARG_MAX(CASE
        WHEN e.has_message OR e.side = 'requester' THEN 'requester'
        WHEN e.side = 'machine' THEN 'rule'
        ELSE 'agent'
    END, e.place) AS reopened_by
FROM events e
JOIN plain p ON p.ticket = e.ticket
WHERE e.name = 'ticket.reopened'
GROUP BY e.ticket, e.happened_at
