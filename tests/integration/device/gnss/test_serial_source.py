"""The serial edge on real pseudo-terminals: garbage, unplug and replug, a missing port, a quick stop."""

import os
import pty
import queue
import time
import tty
from pathlib import Path

import pytest

from zhendao.device.gnss.receiver import GoodFix
from zhendao.device.gnss.serial_source import GnssPortError, PortDown, PortUp, Posted, SerialSource, open_port

RECORDING = (Path(__file__).parents[3] / "data" / "nmea" / "sirf-trig-bd.nmea").read_bytes()


class Line:
    """A pseudo-terminal under a stable name, that can be pulled and put back."""

    def __init__(self, link: Path) -> None:
        self.link = link
        self.plug()

    def plug(self) -> None:
        self.master, slave = pty.openpty()
        tty.setraw(slave)
        self.link.unlink(missing_ok=True)
        self.link.symlink_to(os.ttyname(slave))
        self._slave = slave

    def pull(self) -> None:
        os.close(self.master)
        os.close(self._slave)
        self.link.unlink()

    def write(self, data: bytes) -> None:
        os.write(self.master, data)


def wait_for(posted: "queue.Queue[Posted]", kind: type[Posted]) -> Posted:
    while True:
        value = posted.get(timeout=120)
        if isinstance(value, kind):
            return value


@pytest.fixture
def line(tmp_path: Path) -> Line:
    return Line(tmp_path / "gnss")


def test_reads_through_garbage_unplug_and_replug(line: Line) -> None:
    posted: queue.Queue[Posted] = queue.Queue()
    source = SerialSource(str(line.link), 9600, posted.put)
    source.start()
    try:
        wait_for(posted, PortUp)
        line.write(os.urandom(3000) + b"\r\n")
        line.write(RECORDING)
        assert isinstance(wait_for(posted, GoodFix), GoodFix)
        line.pull()
        assert isinstance(wait_for(posted, PortDown), PortDown)
        line.plug()
        wait_for(posted, PortUp)
        line.write(RECORDING)
        assert isinstance(wait_for(posted, GoodFix), GoodFix)
    finally:
        begun = time.monotonic()
        source.stop()
        assert time.monotonic() - begun < 10


def test_a_port_that_comes_later(tmp_path: Path) -> None:
    posted: queue.Queue[Posted] = queue.Queue()
    source = SerialSource(str(tmp_path / "gnss"), 115200, posted.put)
    source.start()
    try:
        down = wait_for(posted, PortDown)
        assert isinstance(down, PortDown)
        assert str(tmp_path / "gnss") in down.why.en
        Line(tmp_path / "gnss")
        wait_for(posted, PortUp)
    finally:
        source.stop()


def test_missing_port_says_so(tmp_path: Path) -> None:
    with pytest.raises(GnssPortError) as caught:
        open_port(str(tmp_path / "nothing"), 9600)
    assert "no such device" in caught.value.explain("en")
    assert "没有这个设备" in caught.value.explain("zh")


def test_a_port_in_use_says_so(line: Line) -> None:
    with open_port(str(line.link), 9600), pytest.raises(GnssPortError) as caught:
        open_port(str(line.link), 9600)
    assert "another program" in caught.value.explain("en")


def test_a_file_is_no_port(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(GnssPortError):
        open_port(str(tmp_path / "file"), 9600)


def test_what_waited_while_the_process_stood_still_is_not_taken_for_now(line: Line) -> None:
    posted: list[Posted] = []
    ahead_s = [0.0]
    source = SerialSource(
        str(line.link), 9600, posted.append, mono_ns=lambda: int((time.monotonic() + ahead_s[0]) * 1e9)
    )

    def taken() -> int:
        line.write(RECORDING)
        ahead_s[0] += stood_still_s
        for _ in range(4):
            source._turn(port)
        return sum(isinstance(one, GoodFix) for one in posted)

    with open_port(str(line.link), 9600) as port:
        source._read_ns = source._mono_ns()
        stood_still_s = 3.0
        assert taken() == 0
        stood_still_s = 0.0
        assert taken() > 0
