-- Answers owed from the requester's first unanswered message on.
SELECT
    ticket, CAST(ROW_NUMBER() OVER (PARTITION BY ticket ORDER BY turn) AS BIGINT) - 1 AS cycle,
    started_at, ended_at, written_at
FROM (
    SELECT
        ticket, turn,
        MIN(CASE WHEN is_reply = 0 THEN happened_at END) AS started_at,
        MAX(CASE WHEN is_reply = 1 THEN happened_at END) AS ended_at,
        MAX(CASE WHEN is_reply = 1 THEN written_at END) AS written_at
    FROM (
        SELECT
            e.ticket, e.happened_at, e.written_at,
            CASE WHEN e.is_human THEN 1 ELSE 0 END AS is_reply,
            COALESCE(SUM(CASE WHEN e.is_human THEN 1 ELSE 0 END) OVER (
                PARTITION BY e.ticket ORDER BY e.place
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
            ), 0) AS turn
        FROM events e
        JOIN stories s ON s.ticket = e.ticket
        WHERE s.route = '' AND s.worded_at IS NOT NULL AND (e.is_human OR (
            e.name = 'message.received' AND NOT e.is_automatic
            AND e.side IN ('requester', 'company')
        ))
    ) told
    GROUP BY ticket, turn
) turns
WHERE turn > 0 AND started_at IS NOT NULL
