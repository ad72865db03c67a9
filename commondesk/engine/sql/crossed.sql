-- Tickets in which a reply was written before the words that it seems to answer.
SELECT DISTINCT ticket
FROM replies
WHERE written_at < started_at
