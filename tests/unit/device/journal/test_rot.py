"""Bit rot anywhere in the journal: the terminal goes on, and what is still what was written is still there.

On a simulated disk, thousands of times faster than on a real one: whichever bit it is, the next start is sound, or the
journal is set aside as damaged; it never ends in a terminal that does not start.
"""

import random
import sqlite3

import pytest

from samples.home import Identity as Made
from samples.journals import BODY, STAMP, enrolled
from zhendao.device.errors import JournalDamagedError, JournalForeignError, JournalWriteError
from zhendao.device.files import read
from zhendao.device.identity.values import Identity
from zhendao.device.journal import schema
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.protocol.vocabulary import BootReason
from zhendao.simulators.world.box.journal import settled
from zhendao.simulators.world.box.settings import DATA_DIR
from zhendao.simulators.world.disk.disk import Disk, Image
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.chance import Chance

DATA = DATA_DIR
DATABASE = DATA / "journal.db"
EVENTS = 20


@pytest.fixture(scope="module")
def who() -> Identity:
    return enrolled(Made(INTL))


@pytest.fixture(scope="module")
def card(who: Identity) -> tuple[Image, bytes, dict[int, bytes]]:
    """A journal of which the gateway has the beginning, closed; its epoch, and h of what is undelivered."""
    disk = Disk(Chance(1, "disk"))
    journal = opened(disk, who)
    recorder = Recorder(journal, who, "test", Chance(1, "keys").bytes)
    recorder.begin(STAMP)
    for number in range(EVENTS - 1):
        recorder.record(BODY, STAMP, lambda _, number=number: {bytes([number % 3]) * 16: bytes(100)})
    journal.settle([(recorder.epoch, 2, 5, Settled.COMMITTED)])
    heads = {seq: journal.head_of(recorder.epoch, seq) or b"" for seq in (1, *range(6, EVENTS + 1))}
    journal.close()
    return disk.image(), recorder.epoch, heads


def opened(disk: Disk, who: Identity) -> Journal:
    return Journal(DataFolder(DATA, files=Mount(disk)), who.suite, who.device, lambda: 1_790_000_000)


def goes_on(card: tuple[Image, bytes, dict[int, bytes]], who: Identity, at: int, bit: int) -> int:
    """Start on the card with one bit flipped; return how many of the undelivered events are gone."""
    image, epoch, heads = card
    disk = Disk(Chance(2, "disk"))
    disk.put_back(image)
    disk.flip(DATABASE, at, bit)
    journal = opened(disk, who)
    assert journal.opening.reason in {BootReason.START, BootReason.JOURNAL_DAMAGED}
    recorder = Recorder(journal, who, "test", Chance(2, "keys").bytes)
    try:
        *_, done = recorder.record(BODY, STAMP)
    except (
        JournalDamagedError,
        JournalWriteError,
    ):  # the writer thread tries once more (`scribe`): the journal is set aside by that
        *_, done = recorder.record(BODY, STAMP)
    assert journal.read(done.epoch, done.seq, done.seq, 0)
    found = {seq: head_of(journal, epoch, seq) for seq in heads}
    gone = sum(found[seq] is None for seq in heads)
    assert {seq: head for seq, head in found.items() if head is not None}.items() <= heads.items(), "nothing false"
    disk.kill()
    return gone


def head_of(journal: Journal, epoch: bytes, seq: int) -> bytes | None:
    """Ask as the writer thread does: what SQLite cannot read is not known, and the journal is set aside."""
    try:
        return journal.head_of(epoch, seq)
    except sqlite3.DatabaseError as error:
        if isinstance(journal.met(error), JournalDamagedError):
            return None
        raise


@pytest.mark.parametrize("large", [False, True])
@pytest.mark.parametrize("count", [200, pytest.param(10_000, marks=pytest.mark.long)])
def test_whichever_bit_flips_the_terminal_goes_on(
    card: tuple[Image, bytes, dict[int, bytes]],
    who: Identity,
    monkeypatch: pytest.MonkeyPatch,
    *,
    seed: int,
    count: int,
    large: bool,
) -> None:
    if large:  # then SQLite does not look at it all before it is used
        monkeypatch.setattr(schema, "CHECKED_AT_ONCE", 0)
    chance = random.Random(seed)
    size = len(read(_mount(card[0]), DATABASE, 1 << 24))
    header = [(at, bit) for at in range(100) for bit in range(8)]
    for at, bit in chance.sample(header, 100):
        goes_on(card, who, at, bit)
    gone = 0
    for _ in range(count):
        at, bit = chance.randrange(100, size), chance.randrange(8)
        try:
            gone += goes_on(card, who, at, bit)
        except Exception as error:
            error.add_note(f"bit {bit} of byte {at}")
            raise
    assert gone < count * len(card[2]) / 4, "what holds is taken over"


def test_a_name_of_an_epoch_that_rots_in_one_place_is_read_in_the_other(
    card: tuple[Image, bytes, dict[int, bytes]], who: Identity
) -> None:
    """It stands in the table and in its index; the journal is set aside, and everything undelivered is taken over."""
    image, epoch, heads = card
    content = read(_mount(image), DATABASE, 1 << 24)
    places = [at for at in range(len(content)) if content.startswith(epoch, at)]
    assert len(places) == 2
    for at in places:
        disk = Disk(Chance(2, "disk"))
        disk.put_back(image)
        assert disk.flip(DATABASE, at + 7, 2)
        assert settled(disk) == (), "what belongs to no journal is believed by none"
        journal = opened(disk, who)
        assert journal.opening.reason is BootReason.JOURNAL_DAMAGED
        assert {seq: journal.head_of(epoch, seq) for seq in heads} == heads
        assert [one[1:] for one in settled(disk)] == [(2, 5, Settled.COMMITTED)]
        journal.close()


def test_a_missing_value_that_rots_into_a_number_is_damage(
    card: tuple[Image, bytes, dict[int, bytes]], who: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One bit of a row's header tells no predecessor's head from the number 0; SQLite is not asked."""
    monkeypatch.setattr(schema, "CHECKED_AT_ONCE", 0)
    content = read(_mount(card[0]), DATABASE, 1 << 24)
    types = b"\x4c\x81\x0c\x4c\x00"  # commitment, signature, head, and no `prev`
    places = [at + 4 for at in range(len(content)) if content.startswith(types, at)]
    assert len(places) >= EVENTS
    assert all(goes_on(card, who, at, 3) <= 2 for at in places), "itself, and what linked to it"


def test_another_terminals_card_and_one_of_a_later_release_are_left_alone(
    card: tuple[Image, bytes, dict[int, bytes]], who: Identity
) -> None:
    disk = Disk(Chance(2, "disk"))
    disk.put_back(card[0])
    with pytest.raises(JournalForeignError):
        opened(disk, enrolled(Made(INTL)))
    disk.put_back(card[0])
    for bit in (1, 2):
        disk.flip(DATABASE, 63, bit)  # version 2 becomes 4
    with pytest.raises(JournalForeignError):
        opened(disk, who)
    disk.kill()


def _mount(image: Image) -> Mount:
    disk = Disk(Chance(3, "disk"))
    disk.put_back(image)
    return Mount(disk)


def test_a_page_that_sqlite_cannot_read_any_more_is_known_to_nobody(
    card: tuple[Image, bytes, dict[int, bytes]], who: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "CHECKED_AT_ONCE", 0)
    for bit in range(8):
        goes_on(card, who, 4096 + 6, bit)  # where the content of the second page begins
