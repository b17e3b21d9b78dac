-- The conference each team plays in, season by season.
SELECT season, team_id, coalesce(conference_id, conference) AS conference
FROM team_seasons
ORDER BY season, team_id
