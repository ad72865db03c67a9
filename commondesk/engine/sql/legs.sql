-- Whose hands a ticket was in, stretch by stretch, to its last resolve or now.
SELECT
    l.ticket, l.begun_at, l.ended_at, l.is_last, l.calendar,
    COALESCE(o.latest, l.owner) AS hands
FROM (
    SELECT
        ticket, begun_at, calendar, waits,
        COALESCE(next_at, end_at) AS ended_at,
        CASE WHEN next_at IS NULL THEN 1 ELSE 0 END AS is_last,
        owner % 8 AS owner
    FROM (
        SELECT
            ticket, begun_at, calendar, waits, end_at,
            MAX(owner) OVER (PARTITION BY ticket ORDER BY begun_at) AS owner,
            LEAD(CAST(begun_at AS BIGINT)) OVER (PARTITION BY ticket ORDER BY begun_at) AS next_at
        FROM (
            SELECT
                m.ticket, m.begun_at, p.calendar, p.waits, p.end_at, MAX(m.owner) AS owner
            FROM (
                SELECT ticket, started_at AS begun_at, CAST(0 AS BIGINT) AS owner FROM plain
                UNION ALL
                SELECT ticket, happened_at, CAST(owner AS BIGINT) FROM owners
                UNION ALL
                SELECT ticket, begun_at, CAST(NULL AS BIGINT) FROM turns_of_others
                UNION ALL
                SELECT ticket, ended_at, CAST(NULL AS BIGINT) FROM turns_of_others
            ) m
            JOIN (
                SELECT
                    p.ticket, p.resolution_calendar AS calendar, p.waits,
                    COALESCE(s.settled_at, @AT) AS end_at
                FROM plain p
                LEFT JOIN settled s ON s.ticket = p.ticket
            ) p ON p.ticket = m.ticket
            WHERE m.begun_at < p.end_at
            GROUP BY m.ticket, m.begun_at, p.calendar, p.waits, p.end_at
        ) moments
    ) marked
) l
LEFT JOIN (
    SELECT
        m.ticket, m.begun_at, ARG_MAX(o.hands, o.rank) AS latest
    FROM (
        SELECT ticket, begun_at FROM turns_of_others
        UNION
        SELECT ticket, ended_at FROM turns_of_others
        UNION
        SELECT w.ticket, w.happened_at FROM owners w
    ) m
    JOIN (
        SELECT
            ticket, begun_at, ended_at, hands,
            ROW_NUMBER() OVER (PARTITION BY ticket ORDER BY begun_at, place) AS rank
        FROM turns_of_others
    ) o ON o.ticket = m.ticket AND o.begun_at <= m.begun_at AND o.ended_at > m.begun_at
    GROUP BY m.ticket, m.begun_at
) o ON o.ticket = l.ticket AND o.begun_at = l.begun_at
