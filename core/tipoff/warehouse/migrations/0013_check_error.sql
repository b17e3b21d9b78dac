-- Why a check could not run, which stood in its sample before; empty where it ran.
ALTER TABLE ops.check_result ADD COLUMN error VARCHAR DEFAULT '';
UPDATE ops.check_result SET error = coalesce(sample ->> '$[0].error', ''), sample = '[]'
WHERE NOT passed AND offenders = 0;
