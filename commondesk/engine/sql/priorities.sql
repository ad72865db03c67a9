-- The priorities that a ticket was given.
SELECT
    ticket, MIN(priority) AS least, MAX(priority) AS most, ARG_MAX(priority, place) AS latest,
    MIN(happened_at) AS first_at
FROM events
WHERE name = 'ticket.prioritised'
GROUP BY ticket
