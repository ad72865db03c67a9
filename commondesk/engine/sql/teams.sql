-- The teams of the owners, one after another; came_back_from tells whom a bounce came from.
SELECT
    ticket, turn, team,
    CASE WHEN MIN(turn) OVER (PARTITION BY ticket, team) < turn THEN giver END AS came_back_from
FROM (
    SELECT
        ticket, team, giver, ROW_NUMBER() OVER (PARTITION BY ticket ORDER BY place) AS turn
    FROM (
        SELECT
            ticket, place, team, LAG(CAST(team AS TEXT)) OVER (PARTITION BY ticket ORDER BY place)
                AS giver
        FROM (
            SELECT
                e.ticket, e.place,
                REPLACE(REPLACE(CASE WHEN e.team = '' THEN e.tier ELSE e.team END, ' ', '_'), '>', '_')
                    AS team
            FROM events e
            JOIN plain p ON p.ticket = e.ticket
            WHERE e.name IN ('ticket.taken', 'handover.accepted')
        ) named
    ) turned
    WHERE giver IS NULL OR giver <> team
) told
