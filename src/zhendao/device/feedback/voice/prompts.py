"""Which recordings a moment is said with, and how each is written: from the one table, and nothing beside it. Pure.

A recording is called after its moment (``checked-in``); where words go into it, what follows them is ``privacy-after``;
the pieces that words are made of are named in `words`. `script` names every recording of a language.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.feedback.shown import Origin
from zhendao.device.feedback.words import spoken_pieces

if TYPE_CHECKING:
    from zhendao.device.feedback.words import Word
    from zhendao.protocol.wording import Language

LIMIT_S = 2.0
"""What answers a tap is said within so long."""
THEIR_PIECE_S = 1.5
HERE = "{}"
AT_ONCE = frozenset(
    {
        *(Moment.SOS_CALLING, Moment.SOS_MISTAKE, Moment.SOS_NOT_RECORDED, Moment.INCIDENT_REPORTED, Moment.DRILL),
        Moment.RECEIPT,
    }
)
"""What of calls answers a press at once, and the code that a held card hears."""


def script(language: Language) -> dict[str, str]:
    """Return every recording of ``language`` by its name, and what is spoken in it."""
    found = {name: text for moment in Moment for name, text in _parts(moment, language).items()}
    return found | spoken_pieces(language)


def said(moment: Moment, words: tuple[Word, ...], language: Language) -> tuple[str, ...]:
    """Return the names of the recordings that say it, in order; none for what is not said."""
    parts = _parts(moment, language)
    spoken = TABLE[moment].spoken
    if spoken is None or HERE not in spoken.in_(language):
        return tuple(parts)
    pieces = [piece for word in words for piece in word.pieces(language)]
    before, after = moment.value, f"{moment.value}-after"
    return tuple(one for one in (before, *pieces, after) if one in parts or one in pieces)


def wording(moment: Moment, words: tuple[Word, ...], language: Language) -> str:
    """Return what is said, as it would be written down; empty for what is not said."""
    written = _parts(moment, language) | (spoken_pieces(language) if words else {})
    return ("" if language == "zh" else " ").join(written[one] for one in said(moment, words, language))


def answers(moment: Moment) -> bool:
    """Return whether it answers a tap or a press at once: all of it is said within `LIMIT_S`."""
    return TABLE[moment].origin is Origin.TAP or moment in AT_ONCE


def their_limit_s(name: str) -> float | None:
    """Return how long the customer's recording called ``name`` may be; None where only `MOST_S` limits it."""
    base = name.removesuffix("-after")
    if base not in _MOMENTS:
        return THEIR_PIECE_S
    return LIMIT_S if answers(Moment(base)) else None


def limit_s(name: str) -> float | None:
    """Return how long our own recording called ``name`` may be; None where only `MOST_S` limits it."""
    base = name.removesuffix("-after")
    if base not in _MOMENTS:
        family, _, which = name.partition("-")
        long = family == "count" and len(which) == 2  # noqa: PLR2004 - two digits
        return _LONG_COUNT_S if long else _PIECES.get(family, _PIECE_S)
    moment = Moment(base)
    if not answers(moment):
        return None
    spoken = TABLE[moment].spoken
    slotted = spoken is not None and HERE in spoken.zh
    return _BEFORE_WORDS[moment] if slotted else LIMIT_S


_MOMENTS = frozenset(one.value for one in Moment)

_PIECES = {"digit": 0.25, "hour": 0.68, "midnight": 0.68, "tens": 0.36, "teens": 0.36, "count": 0.32, "hundreds": 0.5}
_PIECE_S = 0.64
"""Seconds, by what a piece belongs to: a time is said in 1.32 s, a receipt of six digits in 1.5 s."""
_LONG_COUNT_S = 0.5
"""For seventeen, which is one word in English."""

_BEFORE_WORDS = {Moment.ALREADY_RECORDED: 0.66, Moment.RECEIPT: 0.5}
"""Seconds that are left before the words, in what answers a tap."""


def _parts(moment: Moment, language: Language) -> dict[str, str]:
    spoken = TABLE[moment].spoken
    if spoken is None:
        return {}
    before, _, after = spoken.in_(language).partition(HERE)
    named = {moment.value: before, f"{moment.value}-after": after}
    return {name: text.strip(" ,，") for name, text in named.items() if text.strip(" ,，")}
