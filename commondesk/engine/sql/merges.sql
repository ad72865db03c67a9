-- Tickets of which one went into the other.
SELECT s.ticket, o.ticket AS other
FROM events said
JOIN stories s ON s.ticket = said.ticket
JOIN stories o ON o.stream = said.other
WHERE said.name IN ('ticket.merged', 'ticket.absorbed', 'merge.undone') AND o.ticket <> s.ticket
