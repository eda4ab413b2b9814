"""A backlog goes out: over a link that is slow, after ninety days, and never before a call for help."""

from pathlib import Path

import pytest

from samples.fed import FedHome
from samples.journals import BODY, STAMP, enrolled, recording
from zhendao.protocol.vocabulary import Kind

SLOW_BYTES_PER_S = 12_000
MAX_GROWTH_KB = 6 * 1024
"""What a long backlog may cost in memory beside a short one: batches under way, their pieces, the database's pages."""


def memory_kb(pid: int, name: str) -> int:
    """Return a line of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text("ascii").splitlines()
    return int(next(line for line in lines if line.startswith(f"{name}:")).split()[1])


def written(home: FedHome, count: int) -> None:
    """Let the terminal have recorded ``count`` events before it is started."""
    with recording(home.data, enrolled(home.who), synced=False) as (_, recorder):
        recorder.begin(STAMP)
        for _ in range(count - 1):
            recorder.record(BODY, STAMP)


@pytest.mark.parametrize(
    ("bytes_per_s", "keepalive_s", "events"),
    [(4000, 4, 300), pytest.param(2000, 15, 400, marks=pytest.mark.long)],
    ids=["4 kB/s", "2 kB/s"],
)
def test_a_slow_link_finishes_what_it_begins(tmp_path: Path, bytes_per_s: int, keepalive_s: int, events: int) -> None:
    with FedHome(tmp_path, uplink=f"keepalive_s = {keepalive_s}", narrow=True) as home:
        written(home, events)
        home.proxy.throttle(bytes_per_s)
        home.feed(0)
        home.gateway.wait(lambda: len(home.gateway.events) >= events, 240)
        size = sum(1 for _ in home.gateway.events) * 400
        home.balance(more=events)
        assert home.proxy.figures.connections == 1, "it was never given up"
        assert home.gateway.duplicates <= 1, "only the boot event goes twice"
        assert home.proxy.figures.up < 2 * size


def test_a_call_for_help_overtakes_the_backlog(tmp_path: Path) -> None:
    with FedHome(tmp_path, narrow=True) as home:
        written(home, 400)
        home.proxy.throttle(SLOW_BYTES_PER_S)
        home.feed(0)
        home.gateway.wait(lambda: len(home.gateway.events) > 40)
        home.order("sos")
        (sos,) = (one for one in home.told() if one[1] == 402)
        home.gateway.wait(lambda: sos in home.gateway.events)
        arrived = len(home.gateway.events)
        assert arrived < 300, "it came before the backlog was through"
        assert home.gateway.of_kind(Kind.SOS)
        home.balance(more=402)


@pytest.mark.parametrize(
    "events", [3600, pytest.param(200_000, marks=pytest.mark.long)], ids=["ninety days", "200,000 events"]
)
def test_a_long_backlog_drains_and_costs_no_memory(tmp_path: Path, events: int) -> None:
    peaks = []
    for name, count in (("short", 10), ("long", events)):
        folder = tmp_path / name
        folder.mkdir()
        with FedHome(folder) as home:
            written(home, count)
            home.feed(0)
            home.gateway.wait(lambda count=count, home=home: len(home.gateway.events) > count, 900)
            peaks.append(memory_kb(home.terminal.process.pid, "VmHWM"))
            home.balance(more=count)
    assert peaks[1] - peaks[0] <= MAX_GROWTH_KB
