-- Begins of waits and vendor legs.
SELECT
    e.ticket, e.place, e.key, e.reason, e.happened_at, e.until_at, e.is_requesters_date
FROM events e
JOIN plain p ON p.ticket = e.ticket
WHERE e.name IN ('wait.begun', 'vendor_leg.begun') AND p.waits > 0
