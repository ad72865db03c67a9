-- Every ticket, whoever read it: what figures count. Spans are as of the instant of reading.
SELECT
    t.ticket AS number, t.stream AS ticket, t.requester, t.service, t.item, t.site, t.opening,
    t.started_at, t.settled_at, t.first_resolved_at, t.is_alone, t.ownerless, t.ownerless_wall,
    t.lost, t.first_automatic, t.first_reply, t.joined, 0 AS is_thanks,
    CASE WHEN o.ticket IS NULL THEN 0 ELSE 1 END AS is_owned,
    COALESCE(b.bounces, '') AS bounces,
    CASE WHEN t.functional > 0 THEN 1 ELSE 0 END AS functional,
    CASE WHEN t.hierarchical > 0 THEN 1 ELSE 0 END AS hierarchical,
    COALESCE(r.by_agent, 0) AS by_agent, COALESCE(r.by_requester, 0) AS by_requester,
    COALESCE(r.by_rule, 0) AS by_rule
FROM tickets t
LEFT JOIN (SELECT DISTINCT ticket FROM teams) o ON o.ticket = t.ticket
LEFT JOIN bounce_texts b ON b.ticket = t.ticket
LEFT JOIN (
    SELECT
        ticket,
        MAX(CASE WHEN reopened_by = 'agent' THEN 1 ELSE 0 END) AS by_agent,
        MAX(CASE WHEN reopened_by = 'requester' THEN 1 ELSE 0 END) AS by_requester,
        MAX(CASE WHEN reopened_by = 'rule' THEN 1 ELSE 0 END) AS by_rule
    FROM rounds
    WHERE reopened_at IS NOT NULL
    GROUP BY ticket
) r ON r.ticket = t.ticket
UNION ALL
SELECT
    number, ticket, requester, service, item, site, opening, started_at, settled_at,
    first_resolved_at, is_alone, ownerless, ownerless_wall, lost, first_automatic, first_reply,
    joined, is_thanks, is_owned, bounces, functional, hierarchical, by_agent, by_requester, by_rule
FROM referred_tickets
