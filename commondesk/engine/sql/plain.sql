-- The tickets read here: their targets, and when a first response ended by each way of counting.
-- joins: the set of the spans within which one makes a case with others, which the reference reads.
SELECT
    s.ticket, s.stream, s.requester, s.channel, s.opening, s.charter, s.started_at, s.kind,
    s.service, s.item, s.site, s.priority, s.hold_span, s.resolved_at, s.resolved_place, s.reopens,
    s.automatic_at, s.template_at, s.worded_at, s.functional, s.hierarchical, s.waits,
    s.varies, COALESCE(a.joins, 0) AS joins,
    CASE WHEN r.restore_span IS NOT NULL OR (s.varies = 1 AND s.promises_restore) THEN 1 ELSE 0 END
        AS has_restore,
    r.response_span, r.response_calendar, r.resolution_span, r.resolution_calendar,
    r.restore_span, r.restore_calendar, r.next_reply_span, r.next_reply_calendar,
    @RESPONSES
FROM stories s
LEFT JOIN apart a ON a.ticket = s.ticket
LEFT JOIN unread u ON u.ticket = s.ticket
LEFT JOIN terms r
    ON r.charter = s.charter AND r.service = s.service AND r.kind = s.kind
    AND r.priority = s.priority
WHERE u.ticket IS NULL AND COALESCE(a.joins, 0) >= 0
