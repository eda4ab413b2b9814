"""Conformance with a server of attendance terminals: each check is there once, whatever fails and however often."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from samples.aggregated import Feeding, attendance, state_of
from samples.visited import Visited
from zhendao.protocol.vocabulary import Direction
from zhendao.simulators.aggregators.attendance import Attendance


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Visited]:
    found = Visited(tmp_path)
    yield found
    found.site.store.close()


@pytest.fixture
def server() -> Iterator[tuple[Attendance, str]]:
    with attendance() as found:
        yield found


def test_each_check_is_a_line_once_and_a_correction_changes_none(site: Visited, server: tuple[Attendance, str]) -> None:
    running, url = server
    first = site.check(0, Direction.IN)
    site.site.take(site.line.message(1, first))
    feed = Feeding(site, f'kind = "zkteco"\nurl = "{url}"')
    feed.feed()
    last = site.check(70, Direction.OUT, first)
    site.site.take(site.line.message(last, last))
    feed.feed()
    site.correct(site.ids()[0], 80)
    feed.feed()
    held = state_of(url)
    serial = site.line.device.hex()[:20].upper()
    assert held["punches"] == [
        [serial, "C1", "2026-09-21 14:15:00", "0", "2"], [serial, "C1", "2026-09-21 15:25:00", "1", "2"],
    ]  # fmt: skip
    assert held["counts"]["lines"] == 2, "nothing was sent twice"
    assert (feed.waiting(), feed.dead()) == (0, [])
    assert int(held["stamps"][serial]) > 0
    assert running.punches


@pytest.mark.parametrize("fault", ["error", "error-after", "timeout", "cut"])
def test_whatever_fails_each_check_is_there_once(site: Visited, server: tuple[Attendance, str], fault: str) -> None:
    _, url = server
    httpx.post(f"{url}/control", params={"next": fault, "times": 2})
    site.visit(0)
    feed = Feeding(site, f'kind = "zkteco"\nurl = "{url}"')
    feed.quick(0.3)

    def done() -> bool:
        feed.quick(0.3)
        return feed.waiting() == 0

    feed.feed(until=done)
    held = state_of(url)
    assert len(held["punches"]) == 2
    assert feed.sending.condition.failures == 2
    assert "no line" not in held["counts"]


def test_a_terminal_that_nobody_registered_there_waits_and_commands_are_answered(
    site: Visited, server: tuple[Attendance, str]
) -> None:
    running, url = server
    serial = site.line.device.hex()[:20].upper()
    httpx.post(f"{url}/control", params={"refuse": serial})
    running.commands[serial] = ["C:7:DATA QUERY ATTLOG StartTime=2026-09-21", "C:8:REBOOT"]
    site.visit(0)
    feed = Feeding(site, f'kind = "zkteco"\nurl = "{url}"\nagain_s = 60')
    feed.feed()
    (refusal,) = feed.refusals(feed.record_of(site.ids()[0]))
    assert (refusal["status"], "not registered" in refusal["reason"]) == ("403", True)
    assert (feed.dead(), feed.sending.condition.failures) == ([], 0), "the others are not held up"
    httpx.post(f"{url}/control", params={"refuse": "nobody"})
    feed.feed(later_ms=61_000)
    assert feed.waiting() == 0
    assert len(state_of(url)["punches"]) == 2
    assert state_of(url)["returned"] == ["ID=7&Return=-1&CMD=DATA", "ID=8&Return=-1&CMD=REBOOT"]
