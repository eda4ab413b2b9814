"""Outages that a gateway finds in what it holds, to the second, and nothing where a terminal was heard all along."""

from typing import Any

import pytest

from samples.registered import register
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.cases.outages import Outage
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.cases.silences import found
from zhendao.protocol.vocabulary import ClockSource, Direction

MINUTE, HOUR = 60_000, 3_600_000
TABLE = CasesTable()
BEGAN = NOW_MS - 10 * HOUR


def line_of(site: Site, authority: Authority, name: str = "1") -> Terminal:
    line = authority.terminal()
    register(site, line.device, name, card=name * 32)
    return line


def told(site: Site, line: Terminal, span: tuple[int, int], now_ms: int) -> list[Outage]:
    with site.store.reading() as connection:
        return list(found(connection, line.device, span, now_ms, TABLE))


def beat(line: Terminal, at_ms: int, **more: Any) -> None:
    """Have a terminal give a sign of life."""
    line.add(check(Direction.IN, card=b"somebody"), wall_ms=at_ms, mono_ns=(at_ms - BEGAN + HOUR) * 10**6, **more)


@pytest.mark.parametrize("off_min", [19, 20, 21, 300])
def test_a_terminal_without_a_sign_before_its_start_was_down(site: Site, authority: Authority, off_min: int) -> None:
    line = line_of(site, authority)
    beat(line, BEGAN)
    line.boot_id = b"2" * 16
    back = BEGAN + off_min * MINUTE
    line.start(wall_ms=back)
    site.take(line.message(1, 2), now_ms=BEGAN + 1)
    site.take(line.message(3, 3), now_ms=back + 1)
    expected = [Outage("terminal", BEGAN, back, line.device)] if off_min > 20 else []
    assert told(site, line, (BEGAN - HOUR, NOW_MS), back + MINUTE) == expected
    assert told(site, line, (BEGAN - HOUR, BEGAN - 1), back + MINUTE) == []
    assert told(site, line, (back, back + HOUR), back + MINUTE) == []


def test_a_terminal_of_which_nothing_comes_is_waited_for(site: Site, authority: Authority) -> None:
    line, other = line_of(site, authority), line_of(site, authority, "2")
    beat(line, BEGAN)
    site.take(line.message(1, 2), now_ms=BEGAN)
    late = BEGAN + TABLE.silence_s * 1000
    span = (BEGAN - HOUR, BEGAN + HOUR)
    assert told(site, line, span, late) == []
    assert told(site, line, span, late + 1) == [Outage("network", BEGAN, None, line.device)]
    beat(other, late - MINUTE)
    site.take(other.message(1, 2), now_ms=late - MINUTE)
    assert told(site, line, span, late + 1) == [Outage("network", BEGAN, None, line.device)]
    assert told(site, other, span, late + 1) == []
    # Nobody has been heard since: then it is not this terminal's network.
    assert told(site, other, (late, late + HOUR), late + HOUR) == [
        Outage("platform", late - MINUTE, None, other.device)
    ]
    beat(line, late + HOUR)
    site.take(line.message(3, 3, 1), now_ms=late + HOUR)
    assert told(site, line, span, late + HOUR + 1) == []


def test_a_time_that_is_not_to_be_trusted_is_no_sign(site: Site, authority: Authority) -> None:
    line = line_of(site, authority)
    line.add(check(Direction.IN), wall_ms=0, source=ClockSource.UNSET)
    with site.store.reading() as connection:
        assert list(found(connection, line.device, (0, NOW_MS), NOW_MS, TABLE)) == []  # never heard of
