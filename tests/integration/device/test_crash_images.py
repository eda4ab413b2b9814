"""Power cuts, from what the real process really wrote: whatever the disk may hold, the journal opens and is complete.

promise: a good signal means it is safe; nothing signed is lost. The images are those of `samples.crash`: all of them up
to `MOST` pending writes, sampled beyond with a seed that is printed.
"""

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples import crash
from samples.home import Identity
from samples.journals import BODY, STAMP, enrolled, recording
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.protocol.vocabulary import BootReason

PROCESS = Path(__file__).parent / "journal_process.py"
LIVES = {
    "first start": ["pages:30", "open", "record:2", "close"],
    "many checkpoints": ["pages:12", "open", "record:12", "settle:4", "record:4", "close"],
    "restart, pruning": ["pages:30", "open", "record:8", "settle:2", "close", "open", "prune:3", "record:2"],
}
SOUND = {BootReason.START, BootReason.FIRST}

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace records the writes: install it")


@pytest.fixture
def disk() -> Iterator[Path]:
    """A folder in memory where there is one: thousands of journals are opened in it."""
    memory = Path("/dev/shm")  # noqa: S108 - a folder of its own is made in it
    with tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None) as folder:
        yield Path(folder)


def recorded(disk: Path, made: Identity, steps: list[str], *faults: str) -> list[crash.Moment]:
    data = disk / "data"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, str(PROCESS), str(data), str(made.write(disk / "identity")), *steps]
    return crash.record(command, data, disk / "trace", environment, *faults)


def survive(
    disk: Path, made: Identity, image: crash.Image, moment: crash.Moment, sound: set[BootReason], left: bytes = b""
) -> None:
    """Put ``image`` down, open it with the code that a terminal opens with, and go on, not in the epoch ``left``."""
    place = disk / "image"
    place.mkdir()
    for name, content in image.items():
        (place / name).write_bytes(content)
    with recording(place, enrolled(made), ballast_bytes=8192) as (journal, recorder):
        assert journal.opening.reason in sound, journal.opening
        ends: dict[bytes, int] = {}
        for epoch, seq, head in moment.signalled:
            there = journal.head_of(epoch, seq)
            assert there == head or (there is None and seq <= moment.going.get(epoch, 0)), (seq, journal.opening)
            ends[epoch] = seq
        boot = recorder.begin(STAMP)
        *_, done = recorder.record(BODY, STAMP)
        assert (boot.epoch, boot.seq + 1) == (done.epoch, done.seq)
        assert boot.epoch != left, journal.opening
        assert boot.seq > ends.get(boot.epoch, 0), "no number is used again"
        entry = journal.read(done.epoch, done.seq, done.seq, 0)
        assert entry is not None
        assert entry.entries[0].start == boot.seq, "and no key"
        whole(journal)
    shutil.rmtree(place)


def whole(journal: Journal) -> None:
    at: int | None = 0
    while at is not None:
        at = journal.check(at, 1000)


def all_of(
    disk: Path, made: Identity, moments: list[crash.Moment], most: int, samples: int, seed: int, sound: set[BootReason]
) -> int:
    print(f"seed {seed}")  # noqa: T201 - shown where the test fails
    chance = random.Random(seed)
    seen: set[int] = set()
    for moment in moments:
        for image in moment.images(most, samples, chance):
            key = hash((tuple(sorted(image.items())), len(moment.signalled)))
            if key not in seen:
                seen.add(key)
                survive(disk, made, image, moment, sound)
    return len(seen)


@pytest.mark.parametrize("life", LIVES)
def test_any_image_that_a_power_cut_may_leave_opens_and_holds_what_was_signalled(
    disk: Path, life: str, seed: int
) -> None:
    made = Identity(INTL)
    moments = recorded(disk, made, LIVES[life])
    assert all_of(disk, made, moments, most=4, samples=8, seed=seed, sound=SOUND) > 50


@pytest.mark.long
@pytest.mark.parametrize("life", LIVES)
def test_many_images(disk: Path, life: str, seed: int) -> None:
    made = Identity(INTL)
    moments = recorded(disk, made, LIVES[life])
    assert all_of(disk, made, moments, most=10, samples=200, seed=seed, sound=SOUND) > 500


@pytest.mark.parametrize("times", [1, pytest.param(3, marks=pytest.mark.long)])
@pytest.mark.parametrize("call", ["fdatasync", "pwrite64"])
@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_write_or_a_sync_that_fails_is_refused_or_done_anew_never_taken_for_done(
    disk: Path, call: str, error: str, times: int, seed: int
) -> None:
    made = Identity(INTL)
    chance = random.Random(seed)
    steps = ["pages:12", "open", "attempt:10", "close"]
    calm = recorded(disk, made, steps)
    opening, _, work = (disk / "trace").read_text().partition("\nwrite(1,")
    calls, skipped = work.count(f"\n{call}("), opening.count(f"\n{call}(")
    for _ in range(times):
        first = skipped + chance.randrange(1, calls)
        shutil.rmtree(disk / "data")
        moments = recorded(disk, made, steps, f"{call}:error={error}:when={first}..{first + chance.randrange(3)}")
        assert "INJECTED" in (disk / "trace").read_text()
        assert len(moments[-1].signalled) >= len(calm[-1].signalled) - 4, "it goes on by itself"
        all_of(disk, made, moments[-12:], most=3, samples=5, seed=seed, sound=SOUND)


def test_a_power_cut_while_a_damaged_journal_is_set_aside_loses_nothing_that_can_be_read(disk: Path) -> None:
    made = Identity(INTL)
    before = recorded(disk, made, ["pages:8", "open", "record:30", "settle:26", "close"])[-1].signalled
    epoch, _, head = before[12]
    file = disk / "data" / "journal.db"
    content = file.read_bytes()
    at = content.index(head)
    file.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    # Event 13 hashes to another head now, and 14 links to it; the first five are delivered, the boot event is needed.
    readable = [one for one in before if one[1] == 1 or (one[1] > 5 and one[1] not in {13, 14})]
    moments = recorded(disk, made, ["open", "record:1", "close"])
    chance = random.Random(1)
    sound = {BootReason.JOURNAL_DAMAGED, BootReason.JOURNAL_MISSING}
    for moment in moments:
        moment.signalled[:0] = readable
        for image in moment.images(3, 6, chance):
            assert any("db" in name and content[: at - 512] in one for name, one in image.items()), "never deleted"
            survive(disk, made, image, moment, sound | {BootReason.START}, left=epoch)
    assert moments[-1].signalled[-1][0] != epoch
