-- Each resolve, with the reopen that followed it.
SELECT
    r.ticket, r.round, r.resolved_at, r.resolved_place, r.reopened_at, o.reopened_by
FROM (
    SELECT
        ticket,
        CAST(ROW_NUMBER() OVER (PARTITION BY ticket ORDER BY place) AS BIGINT) AS round,
        happened_at AS resolved_at, place AS resolved_place, next_at AS reopened_at
    FROM (
        SELECT
            ticket, place, happened_at, is_resolve,
            LEAD(CAST(happened_at AS BIGINT)) OVER (PARTITION BY ticket ORDER BY place) AS next_at
        FROM turns
    ) paired
    WHERE is_resolve = 1
) r
LEFT JOIN reopens o ON o.ticket = r.ticket AND o.happened_at = r.reopened_at
UNION ALL
SELECT
    ticket, CAST(1 AS BIGINT), resolved_at, resolved_place, CAST(NULL AS BIGINT),
    CAST(NULL AS TEXT)
FROM plain
WHERE reopens = 0 AND resolved_at IS NOT NULL
