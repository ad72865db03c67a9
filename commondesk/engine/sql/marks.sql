-- What was said of priorities, of tickets that may have been ruled by several.
SELECT
    e.ticket, e.place, e.happened_at, e.priority,
    CASE e.name
        WHEN 'ticket.prioritised' THEN 'set'
        WHEN 'priority.confirmed' THEN 'confirmed'
        ELSE 'agreed'
    END AS step,
    CASE WHEN e.side = 'machine' THEN 0 ELSE 1 END AS is_person
FROM events e
JOIN plain p ON p.ticket = e.ticket
WHERE p.varies = 1 AND (
    e.name = 'ticket.prioritised'
    OR (e.name = 'priority.confirmed' AND e.side <> 'machine')
    OR (e.name = 'priority.lowering_agreed' AND e.side IN ('requester', 'company'))
)
