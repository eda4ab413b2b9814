"""How a receiver of each talker writes: which systems, which talkers for satellites, which fields of NMEA 4.11."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class System:
    """A satellite system: the talker of its GSV, its NMEA 4.10 system id, and its highest satellite number."""

    talker: str
    number: int
    highest: int


GPS = System("GP", 1, 32)
BEIDOU_GB = System("GB", 4, 37)
BEIDOU_BD = System("BD", 4, 37)
GLONASS = System("GL", 2, 24)


@dataclass(frozen=True, slots=True)
class Style:
    """``modern`` is NMEA 4.11: system and ``signal`` ids, navigation status; ``gst`` whether errors are written."""

    talker: str
    systems: tuple[System, ...]
    modern: bool
    gst: bool
    signal: str = "1"


STYLES = {
    "GN": Style("GN", (GPS, BEIDOU_GB), modern=True, gst=True),
    "GP": Style("GP", (GPS,), modern=False, gst=True),
    "BD": Style("BD", (BEIDOU_BD,), modern=False, gst=False),
    "GB": Style("GB", (BEIDOU_GB,), modern=True, gst=True),
}
"""GN: today's module with two systems. GP: an older one. BD: a module in BeiDou-only mode, as GB/T modules write it,
without GST. GB: BeiDou only, NMEA 4.11."""


def style_of(letters: frozenset[str], beidou: System, *, modern: bool, gst: bool, signal: str) -> Style:
    """Return how a receiver of these systems (letters G, B, R) writes."""
    systems = tuple(system for letter, system in (("G", GPS), ("B", beidou), ("R", GLONASS)) if letter in letters)
    talker = "GN" if len(systems) != 1 else systems[0].talker
    return Style(talker, systems or (GPS,), modern=modern, gst=gst, signal=signal)
