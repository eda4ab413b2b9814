"""From what the reader lists, ten times a second, to arrivals and departures. Pure: time is an argument.

Promise: any answer of the chip gives targets or a `TargetsError`; a uid that is listed again within the debounce time
never arrives twice. Two tags at a time are told apart by their uids: the wall-mounted door tag is always one of them.
"""

from dataclasses import dataclass, field

from zhendao.readers.reader import Target

MOST_TARGETS = 2
ABSENT_NS = 350_000_000
ABSENT_ROUNDS = 3
"""A departure needs both: this long, and not seen in this many rounds (a bad contact, a round that came late)."""
_UID_LENGTHS = (4, 7, 10)


class TargetsError(ValueError):
    """The chip's answer to InListPassiveTarget has not the form of the user manual."""


def parse_targets(answer: bytes) -> tuple[Target, ...]:
    """Return the targets in the answer to InListPassiveTarget at 106 kbit/s type A, without automatic RATS.

    Raises:
        TargetsError: anything else than at most two complete targets and nothing behind them.
    """
    if not answer or answer[0] > MOST_TARGETS:
        raise TargetsError("number of targets")
    targets: list[Target] = []
    at = 1
    for _ in range(answer[0]):
        head = answer[at : at + 5]
        if len(head) < 5 or head[4] not in _UID_LENGTHS:  # noqa: PLR2004 - Tg, SENS_RES, SEL_RES, NFCIDLength
            raise TargetsError("target data")
        uid = answer[at + 5 : at + 5 + head[4]]
        if len(uid) != head[4]:
            raise TargetsError("uid")
        targets.append(Target(number=head[0], uid=uid, sens_res=head[1] << 8 | head[2], sel_res=head[3]))
        at += 5 + head[4]
    if at != len(answer):
        raise TargetsError("trailing bytes")
    return tuple(targets)


def cascaded(uid: bytes) -> bytes:
    """Return ``uid`` as InListPassiveTarget wants it: a cascade tag before each part that is not the last."""
    if len(uid) == 10:  # noqa: PLR2004 - triple size
        return b"\x88" + uid[:3] + b"\x88" + uid[3:]
    return (b"\x88" if len(uid) == 7 else b"") + uid  # noqa: PLR2004 - double size


def parse_activated(answer: bytes, uid: bytes) -> bool:
    """Return whether the answer to InListPassiveTarget, with automatic RATS, lists ``uid`` as activated.

    False: it is not there, or was listed and then had no answer to RATS.

    An ATS is good enough when it is as long as it says: interface bytes that its T0 promises may be missing, as some
    cards leave them out, and T0 itself may be.

    Raises:
        TargetsError: another tag is listed, or the ATS is not of its length.
    """
    if answer == b"\x00":
        return False
    head = 6 + len(uid)
    if len(answer) < head or answer[0] != 1 or answer[5] != len(uid) or answer[6:head] != uid:
        raise TargetsError("another target")
    if len(answer) == head:
        return False
    if answer[head] != len(answer) - head:
        raise TargetsError("ATS")
    return True


@dataclass(frozen=True, slots=True)
class Change:
    """What one round of sensing changed."""

    arrived: tuple[Target, ...] = ()
    departed: tuple[Target, ...] = ()


@dataclass
class _Seen:
    target: Target
    last_ns: int
    missed: int = 0


@dataclass
class Watch:
    """Who is in the field, debounced by uid and absence."""

    _present: dict[bytes, _Seen] = field(default_factory=dict)

    def round(self, now_ns: int, listed: tuple[Target, ...]) -> Change:
        """Take what one round listed at ``now_ns`` (monotonic).

        Something mute beside or after a tag that is known is that tag: it has only fallen silent.
        """
        targets = tuple(target for target in listed if not target.mute)
        if len(targets) < len(listed):
            known = tuple(seen.target for uid, seen in self._present.items() if uid)
            targets = targets or known or listed
        arrived: list[Target] = []
        for target in targets:
            if target.uid not in self._present:
                arrived.append(target)
            self._present[target.uid] = _Seen(target, now_ns)
        here = {target.uid for target in targets}
        departed: list[Target] = []
        for uid, seen in list(self._present.items()):
            if uid in here:
                continue
            seen.missed += 1
            if seen.missed >= ABSENT_ROUNDS and now_ns - seen.last_ns >= ABSENT_NS:
                del self._present[uid]
                departed.append(seen.target)
        return Change(tuple(arrived), tuple(departed))

    @property
    def settled(self) -> bool:
        """Whether everybody who is known was listed in the last round."""
        return not any(seen.missed for seen in self._present.values())
