"""Large figures for a terminal's screen, five rows high: digits, colon and space of a time or a code."""

from __future__ import annotations

_DRAWN = {
    "0": ("####", "#  #", "#  #", "#  #", "####"),
    "1": ("  # ", " ## ", "  # ", "  # ", " ###"),
    "2": ("####", "   #", "####", "#   ", "####"),
    "3": ("####", "   #", " ###", "   #", "####"),
    "4": ("#  #", "#  #", "####", "   #", "   #"),
    "5": ("####", "#   ", "####", "   #", "####"),
    "6": ("####", "#   ", "####", "#  #", "####"),
    "7": ("####", "   #", "  # ", " #  ", " #  "),
    "8": ("####", "#  #", "####", "#  #", "####"),
    "9": ("####", "#  #", "####", "   #", "####"),
    ":": (" ", "#", " ", "#", " "),
    " ": ("  ", "  ", "  ", "  ", "  "),
}


def figures(text: str, *, blocks: bool = True) -> list[str]:
    """Return the rows that draw ``text``; none where a character of it has no figure."""
    if not text or any(one not in _DRAWN for one in text):
        return []
    found = ["  ".join(_DRAWN[one][row] for one in text) for row in range(5)]
    return [row.replace("#", "█") if blocks else row for row in found]
