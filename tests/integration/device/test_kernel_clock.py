import time
import uuid
from pathlib import Path

from zhendao.device.clock.kernel import boot_id, kernel_bound_ms, look, mono_ns, wall_ms
from zhendao.device.clock.trust import ClockTrust


def test_the_kernel_answers_without_privilege() -> None:
    bound = kernel_bound_ms()
    assert bound is None or bound > 0
    assert boot_id() == uuid.UUID(Path("/proc/sys/kernel/random/boot_id").read_text().strip()).bytes
    assert abs(wall_ms() - time.time() * 1000) < 1000
    assert mono_ns() <= mono_ns()


def test_a_look_makes_a_reading(tmp_path: Path) -> None:
    seen = look(tmp_path / "no-battery-clock")
    clock = ClockTrust()
    clock.observe(seen)
    assert abs(clock.read(seen.wall_ms, seen.mono_ns).wall_ms - seen.wall_ms) < 1000
