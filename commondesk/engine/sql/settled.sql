-- The resolve that stands.
SELECT ticket, resolved_at AS settled_at
FROM rounds
WHERE reopened_at IS NULL
