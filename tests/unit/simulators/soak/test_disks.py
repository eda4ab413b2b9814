"""A disk that is full is full, and has its room again afterwards."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from zhendao.simulators.soak import disks

MOUNTED = """
import shutil, sys
from pathlib import Path
from zhendao.simulators.soak import disks
folder = Path(sys.argv[1])
disks.make(folder)
disks.fill(folder)
full = shutil.disk_usage(folder).free
disks.free(folder)
free = shutil.disk_usage(folder).free
(folder / "journal").write_text("kept")
disks.keep(folder)
print(full, free)
"""
WAYS = (("--mount", "--propagation", "private"), ("--user", "--map-root-user", "--mount"))


def way_to_mount() -> list[str]:
    """Return the words before a command that give it mounts of its own; nothing where nobody may have them."""
    unshare = shutil.which("unshare")
    for way in WAYS if unshare else ():
        words = [str(unshare), *way]
        probe = subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, check=False)
        if probe.returncode == 0:
            return words
    return []


def test_filled_and_freed(tmp_path: Path) -> None:
    way = way_to_mount()
    if not way:
        pytest.skip("this machine allows mounts to nobody")
    words = [*way, sys.executable, "-c", MOUNTED, tmp_path / "disk"]
    found = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=found)
    full, again = map(int, done.stdout.split())
    assert full == 0
    assert again > disks.SIZE - (1 << 16)
    left = [(one.name, one.read_text()) for one in (tmp_path / "disk").iterdir()]
    assert left == [("journal", "kept")], "what was on it is kept when it goes"
