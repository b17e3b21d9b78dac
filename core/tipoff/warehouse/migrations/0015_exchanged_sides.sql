-- A prediction whose sides were exchanged after it was made is graded for the teams it named: home_score and away_score
-- of such a grade are the points of the teams that the prediction calls home and away.
ALTER TABLE predictions.grade ADD COLUMN exchanged BOOLEAN;

-- Of each game and model the grade that counts: the last one. A game is of the season of its day, so that grades from
-- before its season was put right are not counted beside those from after it.
CREATE OR REPLACE VIEW predictions.graded AS
SELECT
    *,
    -- Whether the winner was called: 1, 0, and half of it where both sides were given the same chance.
    CASE WHEN home_win_prob = 0.5 THEN 0.5 ELSE CAST((home_win_prob > 0.5) = home_win AS INTEGER) END AS correct
FROM predictions.grade
QUALIFY row_number() OVER (
    PARTITION BY league, year(game_date) + CAST(month(game_date) >= 7 AS INTEGER), game_id, model
    ORDER BY graded_at DESC, attempt DESC, ledger_seq DESC
) = 1;
