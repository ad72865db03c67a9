-- Waits and vendor legs, each with its end: its own, or the resolve that ended it.
SELECT
    b.ticket, b.place, b.reason, b.happened_at AS begun_at, b.until_at, b.is_requesters_date,
    CASE
        WHEN k.ended_at IS NULL THEN r.ended_at
        WHEN r.ended_at IS NULL OR k.ended_at <= r.ended_at THEN k.ended_at
        ELSE r.ended_at
    END AS ended_at
FROM begins b
LEFT JOIN (
    SELECT b.ticket, b.place, MIN(e.happened_at) AS ended_at
    FROM begins b
    JOIN events e ON e.ticket = b.ticket AND e.key = b.key
    WHERE e.name IN ('wait.ended', 'vendor_leg.ended') AND e.place > b.place
    GROUP BY b.ticket, b.place
) k ON k.ticket = b.ticket AND k.place = b.place
LEFT JOIN (
    SELECT b.ticket, b.place, MIN(r.resolved_at) AS ended_at
    FROM begins b
    JOIN rounds r ON r.ticket = b.ticket
    WHERE r.resolved_place > b.place
    GROUP BY b.ticket, b.place
) r ON r.ticket = b.ticket AND r.place = b.place
