import os
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from zhendao.device.clock.kernel import KernelClock, kernel_bound_ms
from zhendao.device.clock.trust import ClockTrust


def test_the_kernel_answers_without_privilege() -> None:
    bound, clock = kernel_bound_ms(), KernelClock()
    assert bound is None or bound > 0
    assert clock.boot_id() == uuid.UUID(Path("/proc/sys/kernel/random/boot_id").read_text().strip()).bytes
    assert abs(clock.wall_ms() - time.time() * 1000) < 1000
    assert clock.mono_ns() <= clock.mono_ns()


def test_a_look_makes_a_reading(tmp_path: Path) -> None:
    seen = KernelClock(tmp_path / "no-battery-clock").look()
    clock = ClockTrust()
    clock.observe(seen)
    assert abs(clock.read(seen.wall_ms, seen.mono_ns).wall_ms - seen.wall_ms) < 1000


def test_the_monotonic_clock_counts_what_the_machine_slept() -> None:
    """A time namespace adds ten days to CLOCK_BOOTTIME and nothing to CLOCK_MONOTONIC: a long suspend."""
    apart = ("unshare", "--user", "--map-root-user", "--time", "--boottime", "864000", "--fork")
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no time namespaces here")
    code = (
        "import time; from zhendao.device.clock.kernel import KernelClock\n"
        "from zhendao.readers.thread import boottime_ns\n"
        "print(min(KernelClock().mono_ns(), boottime_ns()) - time.monotonic_ns())"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run(
        [*apart, sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert int(done.stdout) >= 863_000 * 10**9
