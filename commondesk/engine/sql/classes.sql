-- What a ticket was last said to be about.
SELECT e.ticket, e.kind, e.service, e.item, e.site
FROM tally t
JOIN events e ON e.ticket = t.ticket AND e.place = t.classified_place
WHERE e.name = 'ticket.classified'
