"""A message with one bit flipped anywhere is never accepted and never a crash; untouched it is taken afterwards."""

from collections.abc import Iterable
from pathlib import Path

import pytest
from sqlalchemy import func, select

from samples.site import Authority, Site, Terminal
from samples.taps import check, day
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.ingest.writing import MAX_KEPT_EACH
from zhendao.gateway.store.facts import events, quarantine
from zhendao.protocol.suite import INTL, SM
from zhendao.protocol.vocabulary import Direction


def flipped(message: Message, bits: Iterable[int]) -> list[Message]:
    found = []
    for bit in bits:
        payload = bytearray(message.payload)
        payload[bit // 8] ^= 1 << bit % 8
        found.append(Message(message.topic, bytes(payload)))
    return found


def journal(authority: Authority) -> Terminal:
    line = authority.terminal()
    day(line)
    line.start()
    line.add(check(Direction.IN))
    return line


def stored(site: Site) -> int:
    with site.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()


def assert_none_is_accepted(folder: Path, authority: Authority, bits_of: slice) -> None:
    site = Site(folder, authority)
    line = journal(authority)
    # The keys are known, so that nothing but the proof stands between a flipped message and the store.
    site.take(line.message(1, 1))
    message = line.message(2, 7, 1)
    attempts = flipped(message, range(8 * len(message.payload))[bits_of])
    for at in range(0, len(attempts), 200):
        outcome = site.take(*attempts[at : at + 200])
        assert outcome.events == 0
        assert len(outcome.refused) == len(attempts[at : at + 200])
        assert "internal" not in outcome.refused
    assert stored(site) == 1
    with site.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(quarantine)).scalar_one() <= MAX_KEPT_EACH
    assert site.take(message).events == 6
    site.store.close()


def test_no_bit_flipped_here_and_there_is_accepted(tmp_path: Path) -> None:
    assert_none_is_accepted(tmp_path, Authority(INTL), slice(3, None, 25))  # a bit of each third byte


@pytest.mark.long
@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
def test_no_flipped_bit_is_accepted(tmp_path: Path, suite: object) -> None:
    assert_none_is_accepted(tmp_path, Authority(suite), slice(None))
