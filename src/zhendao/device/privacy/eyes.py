"""Whether a running program has a camera or a microphone open, and whether the box has one: as the kernel says.

Looked for are video and media devices and the capture side of sound devices, held open by the terminal or by any
program that it has started.
"""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path

_EYE = re.compile(r"/dev/(video|media|v4l)\S*")
_EAR = re.compile(r"/dev/snd/pcm\S*c$|/dev/(dsp|audio)\d*$")


@dataclass(frozen=True, slots=True)
class Senses:
    """What was found: open now (None: could not be looked at), and what is connected to the box."""

    cameras_open: tuple[str, ...] | None
    microphones_open: tuple[str, ...] | None
    cameras: tuple[str, ...]
    microphones: tuple[str, ...]


def senses(pid: int | None, root: Path = Path("/")) -> Senses:
    """Look at process ``pid`` and what it has started, and at the box; ``root`` is where /proc and /sys are."""
    opened = None if pid is None else _opened(pid, root / "proc")
    return Senses(
        None if opened is None else tuple(sorted(one for one in opened if _EYE.match(one))),
        None if opened is None else tuple(sorted(one for one in opened if _EAR.match(one))),
        _cameras(root / "sys/class/video4linux"),
        _microphones(root / "proc/asound/pcm"),
    )


def _opened(pid: int, proc: Path) -> set[str] | None:
    try:
        found = {str(one.readlink()) for one in (proc / str(pid) / "fd").iterdir() if one.is_symlink()}
    except OSError:
        return None
    for child in _children(pid, proc):
        found |= _opened(child, proc) or set()
    return found


def _children(pid: int, proc: Path) -> set[int]:
    found: set[int] = set()
    for one in (proc / str(pid) / "task").glob("*/children"):
        with contextlib.suppress(OSError, ValueError):
            found |= {int(word) for word in one.read_text().split()}
    return found


def _cameras(folder: Path) -> tuple[str, ...]:
    found = []
    for one in sorted(folder.glob("*/name")):
        with contextlib.suppress(OSError):
            found.append(one.read_text().strip())
    return tuple(found)


def _microphones(file: Path) -> tuple[str, ...]:
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return ()
    return tuple(line.split(":")[1].strip() for line in lines if "capture" in line and line.count(":") > 1)
