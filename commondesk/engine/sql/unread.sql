-- The tickets that SQL does not read, with the reason.
SELECT ticket, stream, route
FROM (
    SELECT
        s.ticket, s.stream,
        CASE
            WHEN s.route <> '' THEN s.route
            WHEN x.ticket IS NOT NULL THEN 'a reply crossed a message'
            WHEN s.waits + 32 * s.varies IN (@UNREAD)
                OR (@EVERY = 1 AND s.worded_at IS NOT NULL)
                OR (@SUBTRACTED = 1 AND s.varies = 1 AND s.reopens > 0)
                OR (r.number IS NOT NULL AND NOT (r.is_sound AND (s.varies = 0 OR r.all_sound)))
                THEN 'a lens or calendar that SQL does not read'
            ELSE ''
        END AS route
    FROM stories s
    LEFT JOIN crossed x ON x.ticket = s.ticket
    LEFT JOIN terms r
        ON r.charter = s.charter AND r.service = s.service AND r.kind = s.kind
        AND r.priority = s.priority
) told
WHERE route <> ''
