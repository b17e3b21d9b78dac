"""How the store takes over what was landed, led to and set aside, as it was rebuilt (`tipoff.collecting.reparse`)."""

from __future__ import annotations

from typing import Final

from tipoff.collecting.kinds import NOTHING
from tipoff.warehouse.difference import OTHER

AS_NEW: Final = """
    UPDATE ops.loaded_file SET processing_version = $version
    WHERE source = $source AND dataset = $dataset AND processing_version <> $version
"""
_OF: Final = "source = $source AND league = $league AND dataset = $dataset"
LANDED: Final = f"SELECT key FROM {OTHER}.ops.landed_request WHERE {_OF}"  # noqa: S608 - constants of ours, here and below
_KEPT: Final = f"""
    SELECT key FROM ops.landed_request
    WHERE {_OF} AND batch NOT IN (SELECT batch FROM {OTHER}.ops.loaded_file WHERE {_OF})
"""  # noqa: S608
"""Keys whose latest answer is in a batch that is missing: what is known of them stays."""
_REBUILT: Final = f"""
    (SELECT key FROM {OTHER}.ops.landed_request WHERE {_OF} UNION SELECT key FROM {OTHER}.ops.quarantine WHERE {_OF})
    EXCEPT SELECT key FROM tipoff_kept
"""  # noqa: S608
REMEMBER: Final = (
    f"CREATE OR REPLACE TEMP TABLE tipoff_kept AS {_KEPT}",
    f"CREATE OR REPLACE TEMP TABLE tipoff_keys AS {_REBUILT}",
    # Since when a record is set aside is known to the real store only.
    f"""
    CREATE OR REPLACE TEMP TABLE tipoff_first_seen AS
    SELECT key, path, min(coalesce(first_seen, fetched_at)) AS first_seen FROM ops.quarantine WHERE {_OF}
    GROUP BY key, path
    """,  # noqa: S608
    f"DELETE FROM ops.quarantine WHERE {_OF} AND key IN (FROM tipoff_keys)",  # noqa: S608
    f"""
    INSERT INTO ops.quarantine BY NAME
    SELECT bad.* REPLACE (least(coalesce(seen.first_seen, bad.first_seen), bad.first_seen) AS first_seen)
    FROM {OTHER}.ops.quarantine AS bad LEFT JOIN tipoff_first_seen AS seen USING (key, path)
    WHERE {_OF} AND key IN (FROM tipoff_keys)
    """,  # noqa: S608
    f"DELETE FROM ops.follow_up WHERE {_OF} AND parent IN (FROM tipoff_keys)",  # noqa: S608
    f"""
    INSERT INTO ops.follow_up BY NAME
    SELECT * FROM {OTHER}.ops.follow_up WHERE {_OF} AND parent IN (FROM tipoff_keys)
    """,  # noqa: S608
    f"""
    DELETE FROM ops.failed_request AS failed
    WHERE {_OF} AND kind <> '{NOTHING}'
        AND key NOT IN (SELECT key FROM {OTHER}.ops.quarantine WHERE {_OF}) AND EXISTS (
        SELECT 1 FROM {OTHER}.ops.landed_request AS landed
        WHERE landed.source = failed.source AND landed.league = failed.league AND landed.dataset = failed.dataset
            AND landed.key = failed.key AND landed.fetched_at >= failed.last_seen
    )
    """,  # noqa: S608
    f"DELETE FROM ops.landed_request WHERE {_OF} AND key IN (FROM tipoff_keys)",  # noqa: S608
    f"""
    INSERT INTO ops.landed_request BY NAME
    SELECT * FROM {OTHER}.ops.landed_request WHERE {_OF} AND key IN (FROM tipoff_keys)
    """,  # noqa: S608
    f"""
    DELETE FROM ops.loaded_file
    WHERE {_OF} AND batch IN (SELECT batch FROM {OTHER}.ops.loaded_file WHERE {_OF})
    """,  # noqa: S608
    f"INSERT INTO ops.loaded_file BY NAME SELECT * FROM {OTHER}.ops.loaded_file WHERE {_OF}",  # noqa: S608
)
