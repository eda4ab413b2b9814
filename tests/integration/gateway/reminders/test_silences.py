"""Which terminals may hold check-ins that are not here, by what the gateway really holds of them. rule: REMIND."""

from pathlib import Path

import pytest
from sqlalchemy import update

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.plans.today import local_day
from zhendao.gateway.registry.snapshot import Terminal as Registered
from zhendao.gateway.reminders.present import Silences
from zhendao.gateway.store.facts import states
from zhendao.protocol.vocabulary import Direction, Placement

OFFSET_MS = 8 * 3_600_000


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def silent(site: Site, line: Terminal, now_ms: int = NOW_MS) -> bool:
    one = Registered(line.device, None, "P1", Placement.STATION, None)
    with site.store.reading() as connection:
        silences = Silences(connection, local_day(now_ms, OFFSET_MS), now_ms, CasesTable())
        return line.device in silences([one])


def heard(site: Site, line: Terminal) -> None:
    line.add(check(Direction.IN), wall_ms=NOW_MS - 1_000)
    line.add(check(Direction.OUT, 2), wall_ms=NOW_MS - 500)
    site.take(line.message(1, 3), now_ms=NOW_MS)


def test_one_that_was_heard_a_short_time_ago_is_not_silent_and_one_that_never_was_is(
    tmp_path: Path, authority: Authority
) -> None:
    site, line = Site(tmp_path, authority), authority.terminal()
    assert silent(site, line)
    heard(site, line)
    assert not silent(site, line)
    limit_ms = CasesTable().silence_s * 1000
    assert not silent(site, line, NOW_MS + limit_ms)
    assert silent(site, line, NOW_MS + limit_ms + 1)
    site.store.close()


def test_one_whose_link_is_known_to_be_down_is_silent_at_once(tmp_path: Path, authority: Authority) -> None:
    site, line = Site(tmp_path, authority), authority.terminal()
    heard(site, line)
    with site.store.writing() as connection:
        values = {
            "device": line.device, "epoch": line.epoch, "start": 1, "online": False, "seq": 3, "head": b"",
            "wall_ms": NOW_MS, "unacknowledged": 0, "received_ms": NOW_MS + 1,
        }  # fmt: skip
        connection.execute(states.insert().values(values))
    assert silent(site, line, NOW_MS + 2_000)
    with site.store.writing() as connection:
        connection.execute(update(states).values(online=True))
    assert not silent(site, line, NOW_MS + 2_000)
    site.store.close()


def test_one_of_which_numbers_are_missing_is_silent_until_they_come(tmp_path: Path, authority: Authority) -> None:
    site, line = Site(tmp_path, authority), authority.terminal()
    line.add(check(Direction.IN), wall_ms=NOW_MS - 1_000)
    line.add(check(Direction.OUT, 2), wall_ms=NOW_MS - 500)
    site.take(line.message(1, 1), line.message(3, 3), now_ms=NOW_MS)
    assert silent(site, line)
    site.take(line.message(2, 2), now_ms=NOW_MS)
    assert not silent(site, line)
    site.store.close()
