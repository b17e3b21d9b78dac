"""SELECTs over the records that were set aside."""

from __future__ import annotations

from typing import Final

ID: Final = "substr(md5(concat_ws('|', source, league, dataset, key, path)), 1, 8)"
"""What a person calls a record by."""

SET_ASIDE: Final = rf"""
    SELECT dataset, league, count(*) AS records, regexp_replace(path, '\[\d+\]', '[…]', 'g') AS place,
        min(reason) AS reason, min(coalesce(first_seen, fetched_at)) AS since, min({ID}) AS id
    FROM ops.quarantine
    WHERE $dataset IN ('', dataset) AND $run_id IN ('', run_id)
    GROUP BY dataset, league, place, regexp_replace(reason, '`[^`]*`', '', 'g')
    ORDER BY dataset, league, records DESC, place, reason
"""  # noqa: S608 - a constant of ours
"""How many are alike, of a dataset or a run or (both empty) of all, the most frequent of each dataset first.

Places are alike that differ in numbers of a list only, and reasons that differ in the value between backticks only.
"""
