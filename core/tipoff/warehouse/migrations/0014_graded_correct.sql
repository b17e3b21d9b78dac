-- Of each game and model the grade that counts: the last one. A game id is one season's.
CREATE OR REPLACE VIEW predictions.graded AS
SELECT
    *,
    -- Whether the winner was called: 1, 0, and half of it where both sides were given the same chance.
    CASE WHEN home_win_prob = 0.5 THEN 0.5 ELSE CAST((home_win_prob > 0.5) = home_win AS INTEGER) END AS correct
FROM predictions.grade
QUALIFY row_number() OVER (
    PARTITION BY league, season, game_id, model ORDER BY graded_at DESC, attempt DESC, ledger_seq DESC
) = 1;
