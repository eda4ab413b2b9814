"""What a reader makes of a token, and what the gateway finds in it: by the words of docs/judge.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from zhendao.protocol.parts import TokenRead
from zhendao.protocol.vocabulary import Placement, Role, Strength, Technology
from zhendao.simulators.city.visits import Copy

if TYPE_CHECKING:
    from zhendao.simulators.city.model import Terminal, Token
    from zhendao.simulators.world.engine.chance import Chance

HARVESTED = 40
"""Messages that are collected from a tag at one go."""
_EXCHANGES = {Strength.UID: 1, Strength.SIGNED: 3, Strength.DYNAMIC: 4, Strength.CHALLENGE: 3}


class Counters:
    """How often each tag that counts was read, and the messages that somebody collected from some."""

    def __init__(self) -> None:
        self._next: dict[bytes, int] = {}
        self._kept: dict[bytes, range] = {}
        self._met: dict[bytes, int] = {}

    def harvest(self, token: Token) -> None:
        """Let somebody collect messages from ``token``; the tag counts on."""
        first = self._count(token) + 1
        self._kept[token.uid] = range(first, first + HARVESTED)
        self._next[token.uid] += HARVESTED

    def read(self, token: Token, copy: Copy) -> tuple[int, bool]:
        """Return the counter of the next message, and whether a terminal has met a later one before it.

        Whoever has played all the messages collected goes and collects again.
        """
        uid = token.uid
        if copy is not Copy.SUN:
            self._next[uid] = self._count(token) + 1
            found = self._next[uid]
        else:
            if not self._kept.get(uid):
                self.harvest(token)
            found, self._kept[uid] = self._kept[uid][0], self._kept[uid][1:]
        met = self._met.get(uid, 0)
        self._met[uid] = max(met, found)
        return found, found < met

    def _count(self, token: Token) -> int:
        return self._next.setdefault(token.uid, token.counter)


def read(token: Token, copy: Copy, mono_ns: int, chance: Chance) -> TokenRead:
    """Return the reading; the evidence itself stays out of decoded facts."""
    genuine = copy is not Copy.UID
    strength = token.strength if genuine else Strength.UID
    base = chance.between(4_200, 7_500)
    rtts = tuple(base + chance.between(-300, 900) for _ in range(_EXCHANGES[strength]))
    return TokenRead(
        role=token.role, strength=strength, uid=token.uid, token_id=token.token_id if genuine else None, proof=None,
        rtts_us=rtts, mono_ns=mono_ns, technology=token.technology if genuine else Technology.ISO14443A,
    )  # fmt: skip


def strange(card: Token, copy: Copy, mono_ns: int, chance: Chance) -> TokenRead:
    """Return the reading of a card that is no token of ours, held there in place of ``card``."""
    del card, copy
    return TokenRead(
        role=Role.UNKNOWN, strength=Strength.UID, uid=b"\x08" + chance.bytes(3), token_id=None, proof=None,
        rtts_us=(chance.between(4_200, 7_500),), mono_ns=mono_ns, technology=Technology.ISO14443A,
    )  # fmt: skip


def proved(token: Token, copy: Copy, terminal: Terminal, counters: Counters) -> tuple[dict[str, Any], bool]:
    """Return what verifying the evidence comes to, and whether its counter is from before one that was read.

    A terminal that is carried reads messages without a challenge: that they were collected cannot be ruled out.
    """
    if copy is Copy.UID:
        findings = ["token_weaker"] if token.strength >= Strength.DYNAMIC else []
        return _found(Strength.UID, None, findings, fresh=False), False
    if token.strength is not Strength.DYNAMIC:
        return _found(token.strength, None, [], fresh=token.strength is Strength.CHALLENGE), False
    counter, old = counters.read(token, copy)
    fresh = terminal.placement is not Placement.CARRIED
    return _found(token.strength, counter, [] if fresh else ["token_undated"], fresh=fresh), old


def _found(strength: Strength, counter: int | None, findings: list[str], *, fresh: bool) -> dict[str, Any]:
    return {"proved": strength.name.lower(), "counter": counter, "fresh": fresh, "findings": findings}
