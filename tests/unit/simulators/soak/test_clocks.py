"""A process whose wall clock is wrong: all of it sees that, and it still sleeps and counts as it should."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from zhendao.simulators.soak import clocks

ASK = """
import time
before = time.monotonic()
time.sleep(0.05)
print(time.time(), time.clock_gettime(time.CLOCK_BOOTTIME), time.monotonic() - before)
"""


@pytest.mark.skipif(clocks.FAKETIME is None, reason="libfaketime is not installed")
@pytest.mark.parametrize("index", range(len(clocks.OFFSETS_S)))
def test_only_the_wall_clock_is_wrong(tmp_path: Path, index: int) -> None:
    found = {**os.environ, **clocks.environment(tmp_path, (index + 0.5) / len(clocks.OFFSETS_S))}
    done = subprocess.run([sys.executable, "-P", "-c", ASK], capture_output=True, text=True, check=True, env=found)
    wall, boottime, slept = map(float, done.stdout.split())
    assert wall - time.time() == pytest.approx(clocks.OFFSETS_S[index], abs=30)
    assert boottime == pytest.approx(time.clock_gettime(time.CLOCK_BOOTTIME), abs=30)
    assert slept >= 0.05
