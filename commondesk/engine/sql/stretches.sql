-- What stops a clock, for each way of pausing, before it is put together.
SELECT
    w.ticket, v.variant,
    CASE WHEN v.needs = 'question' AND q.opened_at > w.begun_at THEN q.opened_at ELSE w.begun_at
    END AS begun_at,
    CASE
        WHEN v.needs = 'question' AND COALESCE(q.closed_at, @NEVER) < COALESCE(w.ended_at, @NEVER)
            THEN q.closed_at
        WHEN v.needs = 'date' AND w.until_at < COALESCE(w.ended_at, @NEVER) THEN w.until_at
        ELSE COALESCE(w.ended_at, @NEVER)
    END AS ended_at
FROM waits w
JOIN variants v ON v.reason = w.reason
LEFT JOIN (SELECT ticket, opened_at, closed_at, 'question' AS needs FROM questions) q
    ON q.ticket = w.ticket AND q.needs = v.needs
WHERE (v.needs <> 'question' OR q.ticket IS NOT NULL)
    AND (v.needs <> 'date' OR (w.is_requesters_date AND w.until_at IS NOT NULL))
UNION ALL
SELECT r.ticket, v.variant, r.resolved_at, r.reopened_at
FROM rounds r
JOIN variants v ON v.reason = 'resolved'
WHERE r.reopened_at IS NOT NULL
