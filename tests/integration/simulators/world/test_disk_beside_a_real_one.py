"""The simulated disk beside a real one: the journal's real process writes, under strace, what it writes in the world.

Both libraries are SQLite, of two versions: what is compared is which files are written and synced, renamed, cut off and
removed, and in what order. Then the images that a power cut may leave are of the same kind too.
"""

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from samples import crash
from samples.home import Identity
from samples.journals import BODY, STAMP, enrolled
from zhendao.device.journal import schema
from zhendao.device.journal.entries import Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.store import Journal
from zhendao.protocol.intl import INTL
from zhendao.simulators.world.disk.content import Content
from zhendao.simulators.world.disk.disk import Disk
from zhendao.simulators.world.disk.folder import Folder
from zhendao.simulators.world.disk.mount import Mount
from zhendao.simulators.world.engine.chance import Chance

PROCESS = Path(__file__).parents[2] / "device" / "journal_process.py"
LIVES = {
    "first start": ["pages:30", "open", "record:2", "close"],
    "many checkpoints": ["pages:12", "open", "record:12", "settle:4", "record:4", "close"],
    "restart, pruning": ["pages:30", "open", "record:8", "settle:2", "close", "open", "prune:3", "record:2", "close"],
}
Calls = list[tuple[str, ...]]

pytestmark = pytest.mark.skipif(shutil.which("strace") is None, reason="strace records the writes: install it")


class Watched(Mount):
    """A mount that tells what it is asked."""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        self.calls: Calls = []

    def _name(self, one: Content | Folder) -> str:
        for path, folder in self.disk.folders.items():
            if folder is one:
                return Path(path).name
            for name, content in folder.names.items():
                if content is one:
                    return name
        raise KeyError

    def write(self, content: Content, data: bytes, at: int) -> None:
        self.calls.append(("write", self._name(content)))
        super().write(content, data, at)

    def resize(self, content: Content, size: int) -> None:
        self.calls.append(("resize", self._name(content)))
        super().resize(content, size)

    def sync_content(self, content: Content) -> None:
        self.calls.append(("sync", self._name(content)))
        super().sync_content(content)

    def sync_names(self, folder: Folder) -> None:
        self.calls.append(("sync", self._name(folder)))
        super().sync_names(folder)

    def rename(self, old: Path, new: Path) -> None:
        self.calls.append(("rename", old.name, new.name))
        super().rename(old, new)

    def unlink(self, path: Path) -> None:
        super().unlink(path)
        self.calls.append(("unlink", path.name))


def in_the_world(made: Identity, steps: list[str], data: Path) -> Calls:
    who, mount = enrolled(made), Watched(Disk(Chance(1, "disk")))
    folder: Any = None
    journal: Any = None
    recorder: Any = None
    for step in steps:
        name, _, number = step.partition(":")
        count = int(number or 0)
        match name:
            case "open":
                folder = DataFolder(data, 8192, mount)
                journal = Journal(folder, who.suite, who.device, lambda: 1_790_000_000)
                recorder = Recorder(journal, who, "test", os.urandom)
                recorder.begin(STAMP)
            case "record":
                for at in range(count):
                    visit = {bytes([at % 3] * 16): os.urandom(120) if at % 5 else None}
                    recorder.record(BODY, STAMP, lambda _, visit=visit: visit)
            case "settle":
                journal.settle([(recorder.epoch, 1, recorder.seq - count, Settled.COMMITTED)])
            case "prune":
                journal.prune(recorder.epoch, count, 0)
            case "close":
                journal.close()
                folder.close()
    return mount.calls


def in_the_machine(made: Identity, steps: list[str], place: Path) -> Calls:
    data, trace = place / "data", place / "trace"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, str(PROCESS), str(data), str(made.write(place / "identity")), *steps]
    crash.record(command, data, trace, environment)
    calls: Calls = []
    handles: dict[int, str] = {}
    for line in trace.read_text().splitlines():
        match = re.match(r"^(?:\d+ +)?(\w+)\((.*)\) += (-?\d+)", line)
        if match is None or int(match[3]) < 0:
            continue
        call, arguments, result = match[1], match[2], int(match[3])
        words = [bytes.fromhex(one.replace("\\x", "")) for one in re.findall(r'"((?:\\x[0-9a-f]{2})*)"', arguments)]
        paths = [Path(os.fsdecode(one)) for one in words] if call in {"openat", "rename", "unlink"} else []
        handle = int(arguments.split(",", 1)[0]) if arguments[:1].isdigit() else -1
        if call == "openat":
            handles[result] = paths[0].name if data in {paths[0], paths[0].parent} else ""
        elif call == "close":
            handles.pop(handle, None)
        elif paths and paths[0].parent == data:
            calls.append((call, *(one.name for one in paths)))
        elif handles.get(handle):
            kind = {"pwrite64": "write", "fsync": "sync", "fdatasync": "sync", "ftruncate": "resize"}.get(call)
            calls += [(kind, handles[handle])] if kind else []
    return calls


def collapsed(calls: Calls) -> Calls:
    return [one for before, one in zip([(), *calls], calls, strict=False) if one != before]


@pytest.mark.parametrize("life", LIVES)
def test_the_journal_does_to_a_simulated_disk_what_it_does_to_a_real_one(
    life: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, steps = Identity(INTL), LIVES[life]
    real = in_the_machine(made, steps, tmp_path)
    monkeypatch.setattr(schema, "CHECKPOINT_PAGES", int(steps[0].partition(":")[2]))
    simulated = in_the_world(made, steps[1:], tmp_path / "data")
    assert collapsed(simulated) == collapsed(real)
    assert abs(len(simulated) - len(real)) < len(real) / 20, "and about as many writes"
