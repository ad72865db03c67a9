-- Tickets of a requester on one item, where there are two or more: number tells which belong together.
SELECT s.ticket, s.started_at, h.number
FROM stories s
JOIN (
    SELECT requester, service, item, MIN(ticket) AS number
    FROM stories
    WHERE service <> '' AND item <> ''
    GROUP BY requester, service, item
    HAVING COUNT(*) > 1
) h ON h.requester = s.requester AND h.service = s.service AND h.item = s.item
