-- One row a ticket: its opening.
SELECT
    ticket, happened_at AS started_at, stream, requester, channel, kind, opening,
    service, item, site, charter, returned_from
FROM events
WHERE name = 'ticket.opened' AND is_odd IS NULL
