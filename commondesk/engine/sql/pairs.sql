-- Tickets of which somebody or something said that they belong together.
SELECT s.ticket, o.ticket AS other
FROM (
    SELECT ticket, other
    FROM events
    WHERE name IN (
        'ticket.merged', 'ticket.absorbed', 'merge.undone', 'matter.confirmed'
    )
    OR (name = 'ticket.linked' AND relation = 'same_matter')
    OR (name = 'matter.scored' AND score >= threshold)
    UNION ALL
    SELECT ticket, returned_from FROM stories WHERE returned_from <> ''
) said
JOIN stories s ON s.ticket = said.ticket
JOIN stories o ON o.stream = said.other
WHERE o.ticket <> s.ticket
