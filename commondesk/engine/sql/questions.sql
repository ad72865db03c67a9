-- Questions that reached the requester, until the requester's side wrote.
SELECT q.ticket, q.opened_at, MIN(w.happened_at) AS closed_at
FROM (
    SELECT
        a.ticket,
        CASE WHEN a.key = 0 OR d.place < a.place THEN a.happened_at ELSE d.happened_at END
            AS opened_at,
        CASE WHEN a.key = 0 OR d.place < a.place THEN a.place ELSE d.place END AS place
    FROM events a
    JOIN plain p ON p.ticket = a.ticket
    LEFT JOIN (
        SELECT ticket, key, place, happened_at
        FROM events
        WHERE name = 'message.delivered' AND written_at IS NOT NULL
    ) d ON d.ticket = a.ticket AND d.key = a.key
    WHERE a.name = 'question.asked' AND p.waits > 0 AND (a.key = 0 OR d.ticket IS NOT NULL)
) q
LEFT JOIN (
    SELECT ticket, place, happened_at
    FROM events
    WHERE name = 'message.received' AND NOT is_automatic AND side IN ('requester', 'company')
) w ON w.ticket = q.ticket AND w.place > q.place
GROUP BY q.ticket, q.place, q.opened_at
