"""Figures from a machine's files: those of a Raspberry Pi, of one that has nothing, and of this one."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.care import vitals


def machine(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_a_raspberry_pi(tmp_path: Path) -> None:
    root = machine(
        tmp_path,
        {
            "proc/uptime": "4711.25 9000.00\n",
            "proc/self/io": "rchar: 9\nwrite_bytes: 81920\ncancelled_write_bytes: 0\n",
            "proc/self/status": "Name:\tx\nVmRSS:\t   40960 kB\n",
            "proc/meminfo": "MemTotal: 400000 kB\nMemAvailable:  123456 kB\n",
            "sys/class/thermal/thermal_zone0/temp": "51540\n",
            "sys/class/thermal/thermal_zone1/temp": "63215\n",
            "sys/class/thermal/thermal_zone2/temp": "\n",
            "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
            "proc/device-tree/model": "Raspberry Pi Zero 2 W Rev 1.0\0",
        },
    )
    data = tmp_path / "data"
    machine(data, {"journal.db": "1234", "journal.db-wal": "12"})
    found = vitals.look(data, root)
    assert found.disk_free > 0
    assert (found.journal, found.machine_up_s, found.written) == (6, 4711, 81920)
    assert (found.memory, found.memory_free) == (40960 * 1024, 123456 * 1024)
    assert (found.temperature_dc, found.throttled) == (632, 0x50005)
    assert vitals.model(root) == "Raspberry Pi Zero 2 W Rev 1.0"


def test_a_machine_that_has_nothing(tmp_path: Path) -> None:
    found = vitals.look(tmp_path / "none", tmp_path)
    assert found == vitals.Vitals(disk_free=0, journal=0, machine_up_s=0)
    assert vitals.model(tmp_path) is None


def test_this_machine(tmp_path: Path) -> None:
    found = vitals.look(tmp_path)
    assert found.disk_free > 0
    assert found.machine_up_s > 0
    assert found.memory
    assert 0 < len(vitals.kernel()) <= 64


@given(st.binary(max_size=60))
def test_any_bytes_in_those_files_end_as_figures(tmp_path_factory: object, junk: bytes) -> None:
    root = Path(tmp_path_factory.mktemp("junk"))  # type: ignore[attr-defined]  # pytest's own
    for name in (
        "proc/uptime",
        "proc/self/io",
        "proc/meminfo",
        "sys/class/thermal/thermal_zone0/temp",
        "sys/devices/platform/soc/soc:firmware/get_throttled",
        "proc/device-tree/model",
    ):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"write_bytes: " + junk if name.endswith("io") else junk)
    found = vitals.look(root, root)
    assert 0 <= found.machine_up_s < 1 << 63
    assert len(vitals.model(root) or "") <= 64
