-- Changes of owner, as place times 8 plus whose hands: 0 nobody, 1 to 3 the tiers, 4 the referent.
SELECT
    ticket, happened_at,
    place * 8 + CASE
        WHEN name = 'ticket.released' THEN 0
        WHEN name = 'message.written' THEN COALESCE(assigned % 8, 1)
        ELSE tier_code
    END AS owner
FROM (
    SELECT
        ticket, place, happened_at, name, tier_code,
        MAX(CASE WHEN name = 'ticket.assigned' THEN place * 8 + tier_code END) OVER (
            PARTITION BY ticket ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS assigned,
        MAX(CASE
            WHEN name = 'ticket.released' THEN place * 8
            WHEN name <> 'ticket.assigned' THEN place * 8 + 1
        END) OVER (
            PARTITION BY ticket ORDER BY place ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        ) AS owned
    FROM (
        SELECT
            e.ticket, e.place, e.happened_at, e.name,
            CASE e.tier WHEN 'L1' THEN 1 WHEN 'L2' THEN 2 WHEN 'L3' THEN 3 WHEN 'referent' THEN 4
            END AS tier_code
        FROM events e
        JOIN plain p ON p.ticket = e.ticket
        WHERE e.name IN (
            'ticket.taken', 'handover.accepted', 'ticket.released', 'ticket.assigned'
        )
        OR (e.name = 'message.written' AND NOT e.is_templated AND e.side IN ('provider', 'company'))
    ) marks
) told
WHERE name IN ('ticket.taken', 'handover.accepted', 'ticket.released')
    OR (name = 'message.written' AND COALESCE(owned % 8, 0) = 0)
