"""What drift found, as checks. `tipoff.quality.drift.observing.observe` writes what they read."""

from __future__ import annotations

from typing import Final

from tipoff.contracts import Check

_LOST: Final = """
    SELECT league, dataset, request, state, path AS field, change, since, round(share_before, 3) AS share_before,
        round(share_now, 3) AS share_now, types AS types_before, now_types AS types_now, perhaps
    FROM ops.field
"""

_SHIFTED: Final = """
    SELECT league, metric, since, window_start, window_end, round(value, 4) AS value, round(expected, 4) AS expected,
        round(z, 1) AS z, windows
    FROM ops.shift
"""

CHECKS: Final[tuple[Check, ...]] = (
    Check(
        name="drift_fields_lost",
        table="ops.field",
        sql=f"""
            {_LOST} WHERE change IN ('missing', 'retyped') AND severity = 'block'
            ORDER BY league, dataset, request, field, state
        """,
        severity="block",
        doc="A field that the parser reads is gone from nearly all answers of the source, or has another type: what it "
        "fills is missing or wrong. Mend the parser; `tipoff drift` tells what to do, and how to accept it.",
    ),
    Check(
        name="drift_fields_rarer",
        table="ops.field",
        sql=f"""
            {_LOST}
            WHERE (change = 'rarer' AND severity <> 'info') OR (change IN ('missing', 'retyped') AND severity = 'warn')
            ORDER BY league, dataset, request, field, state
        """,
        severity="warn",
        doc="A field that the parser reads is in fewer answers than ever before: look at `tipoff drift`.",
    ),
    Check(
        name="drift_fields_other",
        table="ops.field",
        sql=f"""
            {_LOST} WHERE change = 'new' OR (change <> '' AND severity = 'info')
            ORDER BY league, dataset, request, field, state
        """,
        severity="info",
        doc="The source's answers have fields that are new, or have lost some that nobody reads.",
    ),
    Check(
        name="drift_of_figures_severe",
        table="ops.shift",
        sql=f"{_SHIFTED} WHERE severity = 'block' ORDER BY league, abs(z) DESC, metric",
        severity="block",
        doc="Figures of the last week of games are far from all that was usual in the same weeks of earlier seasons: "
        "a column is misread, or the source is wrong. `tipoff drift` tells what to do, and how to accept it.",
    ),
    Check(
        name="drift_of_figures",
        table="ops.shift",
        sql=f"{_SHIFTED} WHERE severity = 'warn' ORDER BY league, abs(z) DESC, metric",
        severity="warn",
        doc="Figures of the last week of games are far from what was usual: look at `tipoff drift`.",
    ),
)
"""The checks of drift; they run with those of the schema ``raw``."""
