"""Small disks that can be filled: a tmpfs for each terminal and for the gateway, seen by the soak's processes only.

Where this machine allows mounts to nobody (neither root nor user namespaces), there are none, and no disk gets full.
"""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

SIZE = 8 << 20
"""Of a terminal's disk; the gateway's is larger, for it keeps what all of them send."""
STORE_SIZE = 96 << 20
BALLAST = ".full"
_MARK = "ZHENDAO_SOAK_DISKS"
_PIECES = (1 << 16, 1 << 12, 1)


def settle(words: tuple[str, ...]) -> bool:
    """Tell whether small disks can be made here; where that takes a namespace of mounts, become ``words`` in one."""
    if os.environ.get(_MARK):
        return True
    unshare = shutil.which("unshare")
    if unshare is None:
        return False
    plain = (unshare, "--mount", "--propagation", "private")
    mapped = (unshare, "--user", "--map-root-user", "--mount")
    for way in (plain, mapped):
        probe = subprocess.run((*way, "mount", "-t", "tmpfs", "tmpfs", "/mnt"), capture_output=True, check=False)  # noqa: S603
        if probe.returncode == 0:
            os.execve(unshare, (*way, *words), {**os.environ, _MARK: "1"})  # noqa: S606 - the very same command again
    return False


def make(folder: Path, size: int = SIZE) -> None:
    """Put a small disk of ``size`` bytes at ``folder``. Raises `subprocess.CalledProcessError`."""
    folder.mkdir(parents=True)
    options = f"size={size},mode=0700"
    subprocess.run(("mount", "-t", "tmpfs", "-o", options, "tmpfs", folder), check=True, capture_output=True)  # noqa: S603, S607


def keep(folder: Path) -> None:
    """Put what is on the small disk at ``folder`` into an ordinary folder in its place."""
    copy = folder.with_name(f"{folder.name}.kept")
    shutil.copytree(folder, copy)
    unmount(folder)
    folder.rmdir()
    copy.rename(folder)


def unmount(folder: Path) -> None:
    """Take the small disk at ``folder`` away, with all that is on it."""
    subprocess.run(("umount", "--lazy", folder), check=True, capture_output=True)  # noqa: S603, S607


def fill(folder: Path) -> None:
    """Take all the room that is left at ``folder``."""
    with (folder / BALLAST).open("ab", buffering=0) as ballast:
        for piece in _PIECES:
            with suppress(OSError):
                while ballast.write(bytes(piece)):
                    pass


def free(folder: Path) -> None:
    """Give the room back."""
    (folder / BALLAST).unlink(missing_ok=True)
