-- The conference each team plays in.
SELECT team_id, coalesce(conference_id, conference) AS conference
FROM team_seasons
WHERE season = $season
ORDER BY team_id
