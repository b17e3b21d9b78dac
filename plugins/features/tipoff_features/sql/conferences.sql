-- The conference each team plays in.
SELECT league, season, team_id, coalesce(conference_id, conference) AS conference
FROM team_seasons
ORDER BY league, season, team_id
