-- Stretches in which a third party had it: 4 the referent, 5 a vendor, 6 the requester.
SELECT
    w.ticket, w.place, w.begun_at,
    CASE
        WHEN w.reason = 'scheduled' AND w.until_at < COALESCE(w.ended_at, @NEVER) THEN w.until_at
        ELSE COALESCE(w.ended_at, @NEVER)
    END AS ended_at,
    CASE w.reason WHEN 'vendor' THEN 5 WHEN 'approval' THEN 4 ELSE 6 END AS hands
FROM waits w
WHERE w.reason IN ('vendor', 'approval') OR (w.reason = 'scheduled' AND w.is_requesters_date)
UNION ALL
SELECT
    b.ticket, b.place, b.begun_at,
    CASE WHEN COALESCE(MIN(e.happened_at), @NEVER) < b.ended_at THEN MIN(e.happened_at)
        ELSE b.ended_at END,
    6
FROM (
    SELECT ticket, place, begun_at, COALESCE(ended_at, @NEVER) AS ended_at
    FROM waits
    WHERE reason = 'requester'
    UNION
    SELECT w.ticket, w.place, q.opened_at, COALESCE(w.ended_at, @NEVER)
    FROM waits w
    JOIN questions q ON q.ticket = w.ticket
    WHERE w.reason = 'requester' AND q.opened_at > w.begun_at
        AND q.opened_at < COALESCE(w.ended_at, @NEVER)
) b
LEFT JOIN (
    SELECT ticket, happened_at
    FROM events
    WHERE name = 'message.received' AND NOT is_automatic AND side IN ('requester', 'company')
) e ON e.ticket = b.ticket AND e.happened_at > b.begun_at
GROUP BY b.ticket, b.place, b.begun_at, b.ended_at
