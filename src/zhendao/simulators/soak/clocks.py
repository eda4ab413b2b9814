"""A wall clock that is wrong for one process: libfaketime, where it is installed. Time goes on as it does.

Under libfaketime 0.9.10 a `time.sleep` of Python fails, for the kernel is asked to sleep until a moment of a shifted
clock that was not shifted: the process sleeps by `select` instead.
"""

import os
from pathlib import Path

FAKETIME = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
OFFSETS_S = (-1_790_000_000, -14 * 86_400, -3 * 3600, 95, 40 * 86_400)
"""1970 or soon after; a fake hardware clock two weeks back; hours back; a minute and a half and forty days ahead."""
_SLEEP = """\
import select
import time
time.sleep = lambda seconds: select.select((), (), (), seconds)
"""


def environment(folder: Path, dice: float) -> dict[str, str]:
    """Return what makes a process see one of `OFFSETS_S`, chosen by ``dice`` in [0, 1); it is kept in ``folder``."""
    return shifted(folder, OFFSETS_S[int(dice * len(OFFSETS_S))])


def shifted(folder: Path, offset_s: int) -> dict[str, str]:
    """Return what makes a process see a wall clock ``offset_s`` seconds from the true one; it is kept in ``folder``."""
    mended = folder / "sleep"
    mended.mkdir(exist_ok=True)
    (mended / "sitecustomize.py").write_text(_SLEEP, "utf-8")
    return {
        "LD_PRELOAD": str(FAKETIME),
        "FAKETIME": f"{offset_s:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "PYTHONPATH": os.pathsep.join((str(mended), *filter(None, [os.environ.get("PYTHONPATH")]))),
    }
