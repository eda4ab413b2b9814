"""The simulated disk keeps the promises of a real one and no others, checked against a model of each file."""

import errno
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.files import CREATE, READ, TRUNCATE, put, read
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.disk.gone import PowerGoneError
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.chance import Chance

DATA = Path("/data")
FILE = DATA / "file"

writes = st.tuples(st.integers(0, 3000), st.binary(min_size=1, max_size=1500))
steps = st.lists(st.one_of(writes, st.integers(0, 3000), st.just("sync")), max_size=30)


def mounted(seed: int = 1, capacity: int = 1 << 24) -> tuple[Disk, Mount]:
    disk = Disk(Chance(seed, "disk"), capacity)
    mount = Mount(disk)
    mount.make_folder(DATA)
    return disk, mount


def applied(content: bytes, step: tuple[int, bytes] | int) -> bytes:
    if isinstance(step, int):
        return content[:step].ljust(step, b"\0")
    at, data = step
    content = content.ljust(at, b"\0")
    return content[:at] + data + content[at + len(data) :]


@given(steps=steps, seed=st.integers(0, 1 << 32))
def test_a_file_shows_what_was_written_and_a_cut_leaves_each_sector_old_or_new(steps: list[object], seed: int) -> None:
    disk, mount = mounted(seed)
    handle = mount.open(FILE, CREATE)
    mount.sync_folder(DATA)
    shown, possible = b"", [b""]
    for step in steps:
        if step == "sync":
            mount.sync(handle)
            possible = [shown]
            continue
        assert isinstance(step, tuple | int)
        if isinstance(step, int):
            mount.resize(disk.folders[str(DATA)].names["file"], step)
        else:
            mount.pwrite(handle, step[1], step[0])
        shown = applied(shown, step)
        possible.append(shown)
    assert mount.pread(handle, 1 << 20, 0) == shown
    disk.cut_power()
    left = disk.content_of(FILE)
    assert left is not None
    if len(possible) == 1:
        assert left == shown
    for at in range(len(left)):  # every byte is one that stood there at some time since the last sync, or a hole
        assert left[at] in {0, *(one[at] for one in possible if at < len(one))}
    assert disk.unsynced(FILE) == 0


@given(seed=st.integers(0, 1 << 32), failures=st.integers(1, 3))
def test_what_a_failed_sync_was_to_write_is_never_certain_again(seed: int, failures: int) -> None:
    disk, mount = mounted(seed)
    handle = mount.open(FILE, CREATE)
    mount.sync_folder(DATA)
    mount.pwrite(handle, b"a" * 2048, 0)
    mount.sync(handle)
    disk.fail("sync", failures)
    mount.pwrite(handle, b"b" * 1024, 0)
    for _ in range(failures):
        with pytest.raises(OSError, match="Input/output"):
            mount.sync(handle)
    mount.sync(handle)  # it says that all is well
    assert mount.pread(handle, 4, 0) == b"bbbb"
    mount.pwrite(handle, b"c" * 512, 512)
    mount.sync(handle)
    disk.cut_power()
    left = disk.content_of(FILE)
    assert left is not None
    assert left[512:] == b"c" * 512 + b"a" * 1024, "what was written anew is on the disk"
    assert left[:512] in {b"a" * 512, b"b" * 512}


def test_every_outcome_of_a_cut_happens() -> None:
    seen = set()
    for seed in range(200):
        disk, mount = mounted(seed)
        handle = mount.open(FILE, CREATE)
        mount.pwrite(handle, b"x" * 1024, 0)
        disk.cut_power()
        left = disk.content_of(FILE)
        seen.add(None if left is None else (len(left), left.count(b"x")))
    assert seen >= {None, (0, 0), (512, 512), (1024, 512), (1024, 1024)}


def test_names_last_once_the_folder_is_synced_and_change_in_order() -> None:
    seen = set()
    for seed in range(100):
        disk, mount = mounted(seed)
        mount.close(mount.open(DATA / "a", CREATE))
        mount.sync_folder(DATA)
        mount.rename(DATA / "a", DATA / "b")
        mount.unlink(DATA / "b")
        mount.close(mount.open(DATA / "c", CREATE))
        disk.cut_power()
        seen.add(tuple(Mount(disk).names(DATA)))
    assert seen == {("a",), ("b",), (), ("c",)}


@given(seed=st.integers(0, 1 << 32), after=st.integers(1, 5))
def test_a_small_file_is_the_old_one_or_the_new_whenever_the_power_goes(seed: int, after: int) -> None:
    disk, mount = mounted(seed)
    put(mount, FILE, b"old")
    mount.sync_folder(DATA)
    gone: list[int] = []
    disk.cut_after(after, lambda: gone.append(disk.changes))
    try:
        put(mount, FILE, b"newer")
    except PowerGoneError:
        assert gone
    else:
        disk.cut_power()
    assert read(Mount(disk), FILE, 16) in {b"old", b"newer"}


def test_after_the_power_nothing_has_an_effect() -> None:
    disk, mount = mounted()
    handle = mount.open(FILE, CREATE)
    mount.pwrite(handle, b"x", 0)
    disk.kill()
    for call in (
        lambda: mount.pwrite(handle, b"y", 0),
        lambda: mount.open(FILE, READ),
        lambda: mount.unlink(FILE),
        lambda: mount.sync(handle),
    ):
        with pytest.raises(PowerGoneError):
            call()
    mount.close(handle)
    assert read(Mount(disk), FILE, 9) == b"x", "a process that is killed loses nothing that it wrote"


def test_a_lock_goes_with_the_process() -> None:
    disk, mount = mounted()
    mount.lock(DATA / "lock")
    with pytest.raises(BlockingIOError):
        Mount(disk).lock(DATA / "lock")
    disk.kill()
    Mount(disk).lock(DATA / "lock")


def test_a_full_disk_takes_what_needs_no_room() -> None:
    disk, mount = mounted()
    handle = mount.open(FILE, CREATE)
    mount.pwrite(handle, bytes(4096), 0)
    disk.full(4096)
    mount.pwrite(handle, b"x" * 4096, 4096)
    mount.pwrite(handle, b"y", 4096)
    with pytest.raises(OSError, match="space") as full:
        mount.pwrite(handle, b"z", 8192)
    assert full.value.errno == errno.ENOSPC
    assert mount.free_bytes(DATA) == 0
    mount.close(mount.open(FILE, TRUNCATE))
    assert mount.free_bytes(DATA) == 8192


def test_a_sector_that_cannot_be_read_can_be_written() -> None:
    disk, mount = mounted()
    handle = mount.open(FILE, CREATE)
    mount.pwrite(handle, bytes(2048), 0)
    assert disk.spoil(FILE, 600)
    assert mount.pread(handle, 512, 0) == bytes(512)
    with pytest.raises(OSError, match="Input/output"):
        mount.pread(handle, 2, 511)
    mount.pwrite(handle, b"x" * 512, 512)
    assert mount.pread(handle, 1024, 0) == bytes(512) + b"x" * 512


def test_an_image_is_the_whole_card_and_changes_no_more() -> None:
    disk, mount = mounted()
    put(mount, FILE, b"one")
    image = disk.image()
    put(mount, FILE, b"two")
    clone = Disk(Chance(2, "disk"))
    clone.put_back(image)
    assert read(Mount(clone), FILE, 9) == b"one"
    put(Mount(clone), FILE, b"mine")
    disk.put_back(image)
    with pytest.raises(PowerGoneError):
        mount.open(FILE, READ)
    assert read(Mount(disk), FILE, 9) == b"one"


def test_what_somebody_with_the_card_can_do() -> None:
    disk, mount = mounted()
    put(mount, FILE, b"abc")
    assert disk.shorten(FILE, 1)
    assert disk.flip(FILE, 0, 1)
    assert read(mount, FILE, 9) == b"cb"
    assert disk.remove(FILE)
    assert not disk.remove(FILE)
    disk.cut_power()
    assert disk.content_of(FILE) is None
