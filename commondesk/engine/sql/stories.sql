-- One row a ticket: all that is single. varies: more than one priority may have ruled it. route says
-- why the reference must read it, if it must.
SELECT
    o.ticket, o.stream, o.requester, o.channel, o.opening, o.charter, o.returned_from,
    o.started_at,
    COALESCE(k.kind, o.kind) AS kind,
    COALESCE(k.service, o.service) AS service,
    COALESCE(k.item, o.item) AS item,
    COALESCE(k.site, o.site) AS site,
    COALESCE(p.latest, c.default_priority) AS priority,
    c.is_ruled AS is_ruled,
    c.hold_span AS hold_span,
    c.promises_restore AS promises_restore,
    t.resolved_at, t.resolved_place, t.reopens, t.outgoing_at, t.person_at, t.action_at,
    t.automatic_at, t.template_at, t.worded_at, t.functional, t.hierarchical,
    CASE WHEN t.waits_requester > 0 THEN 1 ELSE 0 END
    + CASE WHEN t.waits_vendor > 0 THEN 2 ELSE 0 END
    + CASE WHEN t.waits_approval > 0 THEN 4 ELSE 0 END
    + CASE WHEN t.waits_scheduled > 0 THEN 8 ELSE 0 END
    + CASE WHEN t.waits_other > 0 THEN 16 ELSE 0 END AS waits,
    CASE WHEN c.is_ruled AND p.ticket IS NOT NULL AND NOT (
        p.least = p.most AND (p.first_at = o.started_at OR p.least = c.default_priority)
    ) THEN 1 ELSE 0 END AS varies,
    CASE
        WHEN t.odd > 0 THEN 'merged, voided or out of order'
        WHEN c.is_versioned THEN 'a calendar changed'
        WHEN t.template_at = t.worded_at THEN 'two first replies at once'
        ELSE ''
    END AS route
FROM opened o
JOIN tally t ON t.ticket = o.ticket
JOIN charters c ON c.charter = o.charter
LEFT JOIN classes k ON k.ticket = o.ticket
LEFT JOIN priorities p ON p.ticket = o.ticket
