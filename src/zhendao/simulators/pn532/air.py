"""The radio side: which tags are in the field, in which state of ISO 14443-3, and how long the air takes.

Times are those of 106 kbit/s: 9 bits of 9.44 us for each byte and a frame delay; they are values, nothing sleeps here.
A tag forgets its state when the field goes off. All times in microseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from zhendao.simulators.pn532.pulling import Outcome, Pull

BYTE_US = 85
"""One byte and its parity bit at 106 kbit/s."""
FRAME_DELAY_US = 100
"""Between the last bit of one side and the first of the other."""
GUARD_US = 5000
"""From field on to the first command (ISO 14443-3: at least 5 ms)."""
LEVEL_US = 1500
"""One cascade level of anticollision and selection."""
TRY_US = 300
"""REQA without an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a tag sends back: bytes (its CRC not among them), after ``busy_us`` of its own work."""

    data: bytes
    busy_us: int = 0


@dataclass(frozen=True, slots=True)
class Nibble:
    """A 4-bit answer: ACK (0xA) or a refusal."""

    value: int
    busy_us: int = 0


Reply = Answer | Nibble | None
"""None: the tag keeps silent."""


class Tag(Protocol):
    """A tag as the air sees it."""

    @property
    def uid(self) -> bytes:
        """4, 7 or 10 bytes."""

    @property
    def atqa(self) -> bytes:
        """SENS_RES as a PN532 reports it: two bytes, high byte first."""

    @property
    def sak(self) -> int:
        """SEL_RES of the last cascade level."""

    @property
    def ats(self) -> bytes | None:
        """Answer to select without its length byte, None where the tag does not speak ISO-DEP."""

    def reset(self) -> None:
        """The field went off."""

    def exchange(self, frame: bytes) -> Reply:
        """Answer ``frame`` (its CRC checked and taken off)."""

    def memory(self) -> bytes:
        """Return what the tag holds, for those who look from outside."""

    def kept(self) -> dict[str, Any]:
        """Return all that outlives the field, as JSON can say it; `KINDS` makes the tag from it again."""

    def tear(self, before: Mapping[str, Any]) -> None:
        """The field went off while a write was under way; ``before`` is what `kept` said when its frame began."""


def crc_a(data: bytes) -> bytes:
    """Return CRC_A of ISO 14443-3 over ``data``, low byte first."""
    crc = 0x6363
    for byte in data:
        value = byte ^ (crc & 0xFF)
        value ^= (value << 4) & 0xFF
        crc = ((crc >> 8) ^ (value << 8) ^ (value << 3) ^ (value >> 4)) & 0xFFFF
    return crc.to_bytes(2, "little")


def air_us(sent: int, answered: int) -> int:
    """Return the time on the air of an exchange of ``sent`` and ``answered`` bytes, CRCs included."""
    return (sent + answered) * BYTE_US + 2 * FRAME_DELAY_US


@dataclass
class Antenna:
    """The antenna and what is before it. ``tags`` keeps the order in which they were presented."""

    tags: dict[str, Tag] = field(default_factory=dict)
    on: bool = False
    leaves_after: int | None = None
    """When a number: after so many more exchanges everything has left the field (a hand that moves on)."""
    weak: int = 0
    """So many exchanges get no answer, though their tag stays in the field (held too far, or askew)."""
    pull: Pull | None = None
    """Everything leaves in the middle of an exchange."""
    delays_us: dict[str, int] = field(default_factory=dict)
    """By name: what the answers of a tag take longer than its own work (somebody relays it)."""
    _active: list[Tag] = field(default_factory=list)
    _halted: list[Tag] = field(default_factory=list)

    def switch(self, *, on: bool) -> int:
        """Switch the field; return what that takes. Off: every tag forgets."""
        took = GUARD_US if on and not self.on else 0
        if not on:
            for tag in self.tags.values():
                self._forget(tag)
        self.on = on
        return took

    def present(self, name: str, tag: Tag) -> None:
        """Bring ``tag`` into the field."""
        self.remove(name)
        self.tags[name] = tag

    def remove(self, name: str) -> None:
        """Take the tag away; absent is absent."""
        tag = self.tags.pop(name, None)
        if tag is not None:
            self._forget(tag)

    def find(self, most: int, uid: bytes, tries: int) -> tuple[list[Tag], int]:
        """Return at most ``most`` tags that answer REQA (only that with ``uid``, if given), and what finding took.

        A halted tag does not answer REQA; one that is active falls back to idle, and answers the next try.
        """
        awake = [tag for tag in self.tags.values() if not _among(tag, self._halted)]
        if tries == 1:
            awake = [tag for tag in awake if not _among(tag, self._active)]
        self._active.clear()
        found = [tag for tag in awake if not uid or tag.uid == uid][:most]
        for tag in found:
            tag.reset()
        for tag in found[:-1]:
            self.halt(tag)
        self._active.extend(found[-1:])
        levels = sum((len(tag.uid) + 2) // 3 for tag in found)
        return found, levels * LEVEL_US + (most - len(found)) * tries * TRY_US

    def halt(self, tag: Tag) -> None:
        """Send HLTA: the tag waits for WUPA or for the field to go off."""
        self._forget(tag)
        self._halted.append(tag)

    def wake(self, tag: Tag) -> int:
        """Select one tag that was found before (WUPA), halt the others; return what that took."""
        if _among(tag, self._active) or not any(tag is here for here in self.tags.values()):
            return 0
        for other in list(self._active):
            self.halt(other)
        self._forget(tag)
        self._active.append(tag)
        return (len(tag.uid) + 2) // 3 * LEVEL_US

    def exchange(self, tag: Tag, frame: bytes) -> Reply:
        """Send ``frame`` (no CRC) to ``tag``, if it is still here."""
        if self.leaves_after is not None:
            if self.leaves_after == 0:
                self.leaves_after = None
                for name in list(self.tags):
                    self.remove(name)
            else:
                self.leaves_after -= 1
        if self.weak:
            self.weak -= 1
            return None
        if not self.on or not _among(tag, self._active):
            return None
        reply = tag.exchange(frame) if self.pull is None else self._pulled(self.pull, tag, frame)
        if isinstance(reply, Answer) and (delay := self._delay_us(tag)):
            return Answer(reply.data, reply.busy_us + delay)
        return reply

    def _delay_us(self, tag: Tag) -> int:
        return next((us for name, us in self.delays_us.items() if self.tags.get(name) is tag), 0)

    def _pulled(self, pull: Pull, tag: Tag, frame: bytes) -> Reply:
        """Do the exchange as long as all is still there."""
        if pull.sent(frame):
            before = tag.kept()
            if pull.outcome is not Outcome.OLD and pull.octets is None:
                tag.exchange(frame)
            if pull.outcome is Outcome.TORN:
                tag.tear(before)
        else:
            reply = tag.exchange(frame)
            if not pull.answered(reply.data if isinstance(reply, Answer) else b""):
                return reply
        self.pull = None
        for name in list(self.tags):
            self.remove(name)
        return None

    def _forget(self, tag: Tag) -> None:
        tag.reset()
        self._active = [other for other in self._active if other is not tag]
        self._halted = [other for other in self._halted if other is not tag]


def _among(tag: Tag, tags: list[Tag]) -> bool:
    """Return True if this very tag is in ``tags`` (two may be equal)."""
    return any(tag is other for other in tags)
