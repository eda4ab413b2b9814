"""A card that was written here, read by the terminal's own reader code, told by the terminal, proved by the gateway."""

from pathlib import Path
from typing import Any

import pytest

from samples.cardwork import CAREGIVER, DOOR, KIND, NOW_S, UID, Desk
from zhendao.device.clock.stamp import Stamp
from zhendao.device.taps.tokens import tell
from zhendao.gateway.tokens.masters import Master
from zhendao.gateway.tokens.proving import Prover
from zhendao.protocol.cards.challenge import Ground, make_challenge
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockSource, Strength
from zhendao.readers.challenger import Challenge
from zhendao.readers.content import carried
from zhendao.readers.values import Presence

DEVICE, EPOCH, HEAD, BEACON = b"d" * 16, b"e" * 16, b"h" * 32, b"b" * 16
STAMP = Stamp(b"b" * 16, 5, NOW_S * 1000, ClockSource.NTP, 10)


class Terminal:
    """Makes challenges on the ground of its journal."""

    renews = True
    number = 0

    def challenge(self) -> Challenge:
        self.number += 1
        fresh = self.number.to_bytes(16, "big")
        value = make_challenge(INTL, Ground(DEVICE, EPOCH, 7, HEAD, BEACON), fresh)
        return Challenge(value, Grounded(7, HEAD, fresh, BEACON))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        del uid, message
        return None


@pytest.mark.parametrize(
    ("kind", "wish", "proved"),
    [
        ("ntag215", CAREGIVER, Strength.SIGNED),
        ("ntag424", CAREGIVER, Strength.DYNAMIC),
        ("ntag424tt", DOOR, Strength.DYNAMIC),
        ("cpucard", CAREGIVER, Strength.CHALLENGE),
    ],
)
def test_a_written_card_is_proved_at_the_gateway(tmp_path: Path, kind: str, wish: Any, proved: Strength) -> None:
    desk, terminal = Desk(tmp_path), Terminal()
    tag = desk.card(kind)
    writer, target = desk.writer(tag)
    done = writer.write(target, wish, KIND.get(kind))
    assert done.strength is proved
    issuers = dict(writer.issuers)
    prover = Prover(issuers, lambda: [Master(one, 0) for one in desk.vault.masters.values()])
    counters = []
    for again in range(3):
        if again:  # a card that comes back goes on counting
            writer, target = desk.writer(tag)
            writer.rollback(target)
            writer, target = desk.writer(tag)
            done = writer.write(target, wish, KIND.get(kind))
        writer, target = desk.writer(tag)
        card = carried(writer.reader, target, terminal)
        presence = Presence(UID, card.technology, card.message, (1000,), 1, evidence=card.evidence)
        seen = tell(presence, INTL, issuers, STAMP)
        assert seen.refusal is None
        read = seen.read
        assert (read.role, read.token_id, read.strength) == (wish.role, done.goal.token_id, proved)
        verdict = prover.verdict(INTL, DEVICE, EPOCH, read)
        assert (verdict.proved, verdict.findings) == (proved, frozenset())
        assert verdict.fresh == (proved is not Strength.SIGNED)
        assert verdict.loop == {"ntag424": "--", "ntag424tt": "CC"}.get(kind)
        counters.append(verdict.counter)
    if proved is Strength.DYNAMIC:
        assert counters == sorted(set(counters))
