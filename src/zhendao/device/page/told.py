"""What the running terminal has told: its lines in, what is known of it out. Pure; bounded whatever comes.

Promise: a line that is not understood is left out, and breaks nothing (a newer terminal may say more). Of each moment
the newest is kept; a private one until the card that it is for has left, or another token was held there.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from zhendao.device.feedback.moments import TABLE, Moment
from zhendao.device.feedback.shown import Origin
from zhendao.protocol.wording import Text

MOST_LINE = 65_536
"""A line that is longer is none of ours."""
_MOST_WORDS = 16
_TOGETHER = frozenset({Moment.TIMES_TODAY, Moment.RECEIPT})
"""What one holding of a card may tell."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A moment that was told: when (CLOCK_BOOTTIME, ns), about which event, and the words that belong to it."""

    moment: Moment
    mono_ns: int
    event: tuple[str, int] | None = None
    said: tuple[Text, ...] = ()
    fresh: bool = True


@dataclass(frozen=True, slots=True)
class Facts:
    """How the terminal is.

    Attributes:
        reader_up: whether the reader works; None before that is known.
        linked: whether it is connected to the broker.
        waiting: how many events the gateway has not confirmed.
        card_alone: whether a card is enough here (a station, or a door tag on the wall behind it).
        known_ms: UTC ms at ``CLOCK_BOOTTIME`` zero; None where the terminal does not know the time.
    """

    reader_up: bool | None = None
    linked: bool = False
    waiting: int = 0
    card_alone: bool = False
    known_ms: int | None = None

    @staticmethod
    def of(plain: Any) -> Facts:
        """Return what ``plain`` says. Raises KeyError, TypeError, ValueError."""
        clock = plain["clock"]
        known = clock["source"] != "unset"
        return Facts(
            reader_up={"well": True, "down": False}.get(plain["reader"]),
            linked=plain["linked"] is True,
            waiting=max(0, int(plain["unacknowledged"])),
            card_alone=plain["placement"] == "station" or (plain["placement"], plain["mounting"]) == ("home", "wall"),
            known_ms=int(clock["wall_ms"]) - int(clock["mono_ns"]) // 1_000_000 if known else None,
        )


class Told:
    """All that is known of one terminal, from the lines of one connection after another."""

    def __init__(self) -> None:
        self.facts: Facts | None = None
        self.beat_ns: int | None = None
        self.moments: dict[Moment, Seen] = {}
        self._part: list[bytes] = []
        self._size = 0

    @property
    def held(self) -> int:
        """How many bytes of a line that has not ended are kept."""
        return self._size

    def take(self, data: bytes) -> None:
        """Take in bytes as they come."""
        *lines, rest = data.split(b"\n")
        for line in lines:
            self._line(b"".join([*self._part, line]))
            self._part.clear()
            self._size = 0
        if self._size + len(rest) <= MOST_LINE:
            self._part.append(rest)
            self._size += len(rest)

    def _line(self, line: bytes) -> None:
        try:
            said = json.loads(line)
            if "facts" in said:
                self.facts = Facts.of(said["facts"])
            if "given" in said:
                self._given(said["given"])
            if "gone" in said:
                self._private_ends(held=True)
            if "beat" in said:
                self.beat_ns = int(said["beat"])
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return

    def _given(self, plain: Any) -> None:
        moment = Moment(plain["moment"])
        event = (str(plain["epoch"]), int(plain["seq"])) if "seq" in plain else None
        words = tuple(Text(str(zh), str(en)) for zh, en in plain.get("said", [])[:_MOST_WORDS])
        seen = Seen(moment, int(plain["mono_ns"]), event, words, plain.get("fresh") is not False)
        if TABLE[moment].origin in {Origin.TAP, Origin.ASKED}:
            self._private_ends(but=_TOGETHER if moment in _TOGETHER else frozenset())
        self.moments.pop(moment, None)
        self.moments[moment] = seen

    def _private_ends(self, but: frozenset[Moment] = frozenset(), *, held: bool = False) -> None:
        """Forget what is private, but for ``but``; with ``held`` only what a held card asked for."""
        private = {one for one in self.moments if (TABLE[one].while_held if held else TABLE[one].private)}
        for moment in private - but:
            del self.moments[moment]
