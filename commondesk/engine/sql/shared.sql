-- Items of which a requester has two tickets or more.
SELECT requester, service, item
FROM stories
WHERE service <> '' AND item <> ''
GROUP BY requester, service, item
HAVING COUNT(*) > 1
