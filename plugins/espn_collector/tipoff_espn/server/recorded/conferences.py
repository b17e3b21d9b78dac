"""Conferences by the records' names, with the ids they have at ESPN."""

from __future__ import annotations

import zlib

from tipoff_espn.server.model import Conference

_KNOWN = {
    "America East": ("1", "America East Conference", "aeast"),
    "ACC": ("2", "Atlantic Coast Conference", "acc"),
    "Atlantic 10": ("3", "Atlantic 10 Conference", "atl10"),
    "Big East": ("4", "Big East Conference", "bige"),
    "Big Sky": ("5", "Big Sky Conference", "bsky"),
    "Big South": ("6", "Big South Conference", "bsou"),
    "Big Ten": ("7", "Big Ten Conference", "big10"),
    "Big 12": ("8", "Big 12 Conference", "big12"),
    "Big West": ("9", "Big West Conference", "bwst"),
    "CAA": ("10", "Coastal Athletic Association", "col"),
    "C-USA": ("11", "Conference USA", "cusa"),
    "Ivy League": ("12", "Ivy League", "ivy"),
    "MAAC": ("13", "Metro Atlantic Athletic Conference", "maac"),
    "MAC": ("14", "Mid-American Conference", "midam"),
    "MEAC": ("16", "Mid-Eastern Athletic Conference", "meac"),
    "MVC": ("18", "Missouri Valley Conference", "mvc"),
    "NEC": ("19", "Northeast Conference", "neast"),
    "OVC": ("20", "Ohio Valley Conference", "ovc"),
    "Pac-12": ("21", "Pac-12 Conference", "pac12"),
    "Patriot": ("22", "Patriot League", "pat"),
    "SEC": ("23", "Southeastern Conference", "sec"),
    "SoCon": ("24", "Southern Conference", "south"),
    "Southland": ("25", "Southland Conference", "land"),
    "SWAC": ("26", "Southwestern Athletic Conference", "swac"),
    "Sun Belt": ("27", "Sun Belt Conference", "belt"),
    "WCC": ("29", "West Coast Conference", "wcc"),
    "WAC": ("30", "Western Athletic Conference", "wac"),
    "Independent": ("43", "Division I Independents", "indep"),
    "MWC": ("44", "Mountain West Conference", "mwest"),
    "Horizon": ("45", "Horizon League", "horiz"),
    "ASUN": ("46", "ASUN Conference", "a-sun"),
    "Summit League": ("49", "Summit League", "summit"),
    "AAC": ("62", "American Athletic Conference", "aac"),
}
_PROMINENT = frozenset({"ACC", "Big 12", "Big East", "Big Ten", "Pac-12", "SEC"})
"""Whose games fill a scoreboard without a group: the records hold no polls to choose by."""


def conference(name: str) -> Conference:
    """The conference of a recorded name; an unknown one gets an id from its name."""
    number, full, abbreviation = _KNOWN.get(name) or (str(1000 + zlib.crc32(name.encode()) % 9000), name, None)
    return Conference(number, full, name, abbreviation, prominent=name in _PROMINENT)
