-- Of each game and model the grade that counts: the last one. A game id is one season's.
CREATE OR REPLACE VIEW predictions.graded AS
SELECT *
FROM predictions.grade
QUALIFY row_number() OVER (
    PARTITION BY league, season, game_id, model ORDER BY graded_at DESC, attempt DESC, ledger_seq DESC
) = 1;
