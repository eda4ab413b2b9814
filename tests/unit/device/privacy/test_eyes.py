"""Cameras and microphones, as a process really holds files open and as a /proc and a /sys say it."""

import os
from pathlib import Path

from zhendao.device.privacy.eyes import senses


def _process(root: Path, pid: int, *opened: str, children: str = "") -> None:
    folder = root / "proc" / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "task" / str(pid)).mkdir(parents=True)
    (folder / "task" / str(pid) / "children").write_text(children)
    for at, one in enumerate(opened):
        (folder / "fd" / str(at)).symlink_to(one)


def test_what_a_process_or_its_child_has_open_is_found(tmp_path: Path) -> None:
    _process(tmp_path, 10, "/dev/ttyS0", "/dev/video2", children="11 ")
    _process(tmp_path, 11, "/dev/snd/pcmC0D0p", "/dev/snd/pcmC1D0c")
    found = senses(10, tmp_path)
    assert found.cameras_open == ("/dev/video2",)
    assert found.microphones_open == ("/dev/snd/pcmC1D0c",)


def test_a_loudspeaker_is_no_microphone(tmp_path: Path) -> None:
    _process(tmp_path, 10, "/dev/snd/pcmC0D0p", "/dev/snd/controlC0", "socket:[77]")
    found = senses(10, tmp_path)
    assert (found.cameras_open, found.microphones_open) == ((), ())


def test_what_the_box_has(tmp_path: Path) -> None:
    (tmp_path / "sys/class/video4linux/video0").mkdir(parents=True)
    (tmp_path / "sys/class/video4linux/video0/name").write_text("USB camera\n")
    (tmp_path / "proc/asound").mkdir(parents=True)
    (tmp_path / "proc/asound/pcm").write_text(
        "00-00: bcm2835 Headphones : bcm2835 Headphones : playback 8\n01-00: USB Audio : USB Audio : capture 1\n"
    )
    found = senses(None, tmp_path)
    assert (found.cameras, found.microphones) == (("USB camera",), ("USB Audio",))
    assert (found.cameras_open, found.microphones_open) == (None, None)


def test_a_real_process_is_looked_at() -> None:
    assert senses(os.getpid()).cameras_open == ()


def test_a_process_that_is_gone_or_anothers_is_not_looked_at(tmp_path: Path) -> None:
    assert senses(10, tmp_path).cameras_open is None
