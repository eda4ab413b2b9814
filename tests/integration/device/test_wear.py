"""What the memory card has to bear: bytes, as the kernel counts them."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.disks import memory_card
from samples.home import Home
from samples.wear import LIBC, wear, written

LIMIT = 8192
CHECKS = 330


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own: on a shared one the kernel counts what others make it write, too."""
    with memory_card(tmp_path / "card") as folder:
        if folder is None:
            pytest.skip("a disk image can be mounted by root only, where there are loop devices")
        yield folder


@pytest.mark.parametrize("keep", [1 << 30, CHECKS // 4], ids=["kept", "dropped"])
async def test_a_check_in_writes_less_than_8_kib_checkpoints_and_all(card: Path, keep: int) -> None:
    found = await wear(card / "data", CHECKS, keep)
    assert 4096 <= found["process"] <= LIMIT


@pytest.mark.long
def test_the_agent_writes_no_more_than_that_and_nothing_while_nothing_happens(tmp_path: Path, card: Path) -> None:
    with Home(tmp_path, session="double_tap_s = 0") as home:
        home.config.write_text(home.config.read_text().replace(str(home.data), str(card / "data")))
        terminal = home.start()
        pid = terminal.process.pid
        LIBC.sync()
        before = written(pid)
        for number in range(10):
            home.emulator.do("present door")
            terminal.next("door-seen")
            home.emulator.do("remove door")
            home.emulator.do("present card")
            told = terminal.next("checked-out" if number % 2 else "checked-in")
            home.emulator.do("remove card")
            home.gateway.wait(lambda seq=told["seq"]: seq in {seq for _, seq in home.gateway.events})
            terminal.next("accepted")
            LIBC.sync()
            home.emulator.do("wait 800")  # as a person does: away, and only then again
        assert (written(pid) - before) / 10 <= LIMIT
        before = written(pid)
        for _ in range(8):  # two rounds of whoever looks after the terminal; each order begins when the last has ended
            home.emulator.do("wait 3000")
        LIBC.sync()
        assert written(pid) == before
        assert terminal.process.poll() is None
