-- Clocks whose target may have changed on the way: each is to be walked once.
SELECT
    ROW_NUMBER() OVER (ORDER BY ticket, clock, started_at, end_key, variant, uses, is_whole)
        AS number,
    ticket, clock, variant, uses, is_whole, started_at, end_key
FROM (
    SELECT DISTINCT
        ticket, clock, variant, uses, is_whole, started_at, COALESCE(ended_at, -1) AS end_key
    FROM units
    WHERE uses IN ('highest', 'first')
) told
