-- One row a ticket: first instants and numbers of its events, in one pass.
SELECT
    ticket,
    COUNT(CASE WHEN is_odd OR name IN (
        'reopen.voided', 'reopen.void_lifted', 'ticket.merged', 'ticket.absorbed', 'merge.undone'
    ) THEN 1 END) AS odd,
    MIN(CASE WHEN name IN ('ticket.resolved', 'ticket.closed') THEN happened_at END) AS resolved_at,
    MIN(CASE WHEN name IN ('ticket.resolved', 'ticket.closed') THEN place END) AS resolved_place,
    COUNT(CASE WHEN name = 'ticket.reopened' THEN 1 END) AS reopens,
    MIN(CASE WHEN reaches THEN happened_at END) AS outgoing_at,
    MIN(CASE WHEN reaches AND is_human THEN happened_at END) AS person_at,
    MIN(CASE WHEN NOT by_person THEN happened_at END) AS automatic_at,
    MIN(CASE WHEN by_person AND is_templated THEN happened_at END) AS template_at,
    MIN(CASE WHEN by_person AND NOT is_templated THEN happened_at END) AS worded_at,
    MIN(CASE WHEN side IN ('provider', 'company') AND name NOT IN (
        'ticket.opened', 'message.received', 'priority.lowering_agreed', 'ticket.rated',
        'ticket.merged', 'ticket.absorbed', 'merge.undone'
    ) THEN happened_at END) AS action_at,
    MAX(CASE WHEN name = 'ticket.classified' THEN place END) AS classified_place,
    COUNT(CASE WHEN name = 'escalation.functional' THEN 1 END) AS functional,
    COUNT(CASE WHEN name = 'escalation.hierarchical' THEN 1 END) AS hierarchical,
    COUNT(CASE WHEN reason = 'requester' THEN 1 END) AS waits_requester,
    COUNT(CASE WHEN reason = 'vendor' THEN 1 END) AS waits_vendor,
    COUNT(CASE WHEN reason = 'approval' THEN 1 END) AS waits_approval,
    COUNT(CASE WHEN reason = 'scheduled' THEN 1 END) AS waits_scheduled,
    COUNT(CASE WHEN reason = 'other' THEN 1 END) AS waits_other
FROM events
GROUP BY ticket
