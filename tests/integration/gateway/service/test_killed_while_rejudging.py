"""A real gateway that is killed again and again while it judges the last weeks by changed settings, and goes on.

What it has concluded, found, opened and owes in the end is what a gateway has that nobody disturbed.
"""

import base64
import contextlib
import json
import shutil
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from samples.running import Broker, Gateway, Radio, wait_until
from samples.site import Authority
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.ingest.session import Message
from zhendao.protocol.suite import INTL
from zhendao.simulators.city.rates import Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.writing import write_city
from zhendao.simulators.soak.clocks import FAKETIME, shifted

VILLAGE = Scale("village", 4, 40, 200, 1)
DAYS, KILLS, PATIENCE_S, HOUR_S = 8, 5, 600.0, 3_600
FORWARD = '[[forward]]\nkind = "https"\nurl = "http://127.0.0.1:9/records"\n'
CHANGED = """
[visits]
min_s = 5400
least_strength = "uid"
[valid]
checks = 3
[hints]
regular_within_s = 600
regular_least = 2
[[service]]
code = "助浴"
max_s = 1200
"""
HELD = {
    "visits": "SELECT id, revision, state, elder_id, caregiver_id, begin_ms, end_ms, due_ms, digest, record "
    "FROM visits",
    "their revisions": "SELECT visit_id, revision, rules, record FROM visit_revisions",
    # Of a visit without an end it is told how long it lasts as of the moment of looking.
    "findings": "SELECT id, state, review, CASE kind WHEN 'no_out' THEN kind ELSE digest END FROM anomalies",
    "cases": "SELECT visit_id, state, kinds, explained, closed_ms IS NULL FROM cases",
    "days": "SELECT caregiver_id, day, checks, first_ms, last_ms, valid, sure FROM attendance",
    "together": 'SELECT kind, "first", key, begin_ms, end_ms, visits FROM visits_together',
    "owed": "SELECT record_type, key, revision FROM outbox WHERE record_type != 'log-head'",
}


class Judging:
    """A gateway whose clock says ``now_s``, and what stands in its store."""

    def __init__(self, gateway: Gateway, now_s: int) -> None:
        self.gateway, self.offset_s = gateway, now_s - round(time.time())

    def start(self) -> None:
        self.gateway.start(**shifted(self.gateway.folder, self.offset_s))

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.gateway.database, timeout=60)) as store:
            return store.execute(query).fetchall()

    def held(self) -> dict[str, Counter[tuple[Any, ...]]]:
        return {what: Counter(self.rows(query)) for what, query in HELD.items()}

    def far(self) -> tuple[int, int] | None:
        """Return how many lanes have been judged again, and how many are left; None while none is."""
        lanes = "FROM (SELECT DISTINCT device, lane FROM visits) AS v, rejudging AS r WHERE (v.device, v.lane) "
        done, left = (self.rows(f"SELECT count(*) {lanes} {word} (r.device, r.lane)")[0][0] for word in ("<=", ">"))
        return (done, left) if done and left else None

    def settled(self, before: bytes | None) -> bool:
        """Tell whether all was judged by other settings than those of ``before``, and looked at, and nothing waits."""
        now_ms = (round(time.time()) + self.offset_s) * 1000
        waits = "SELECT (SELECT count(*) FROM undrawn) + (SELECT count(*) FROM rejudging) + "
        surveys = f"(SELECT count(*) FROM unsurveyed WHERE due_ms <= {now_ms} OR scope = 'everybody')"  # noqa: S608
        settings = self.settings()
        looked = self.rows("SELECT settings FROM surveyed") == [(settings,)]
        return self.rows(waits + surveys) == [(0,)] and settings not in {None, before} and looked

    def settings(self) -> bytes | None:
        found = self.rows("SELECT settings FROM judged")
        return found[0][0] if found else None


@contextlib.contextmanager
def judging(folder: Path, broker: Broker, more: str, now_s: int) -> Iterator[Judging]:
    """Give a gateway that is not running yet; in the end it runs no more."""
    folder.mkdir()
    made = Judging(Gateway(folder, Authority(), broker.port, more), now_s)
    try:
        yield made
    finally:
        process = made.gateway.process
        if process is not None and process.poll() is None:
            process.kill()
            process.wait()


def fed(one: Judging, city: Path) -> None:
    """Have the gateway take all that the city's terminals send, judge it, and stop."""
    shutil.copytree(city / "batches/keys", one.gateway.folder / "data/keys", dirs_exist_ok=True)
    loading = ["registry", "load", str(city / "registry"), "--config", str(one.gateway.config)]
    assert run(PROGRAM, loading) == 0
    one.start()
    wait_until(one.gateway.well, PATIENCE_S)
    sent = [json.loads(line) for line in (city / "batches/messages.jsonl").read_text().splitlines()]
    events = len((city / "events.jsonl").read_text().splitlines())
    with Radio(one.gateway.broker_port) as radio:
        radio.send(*(Message(each["topic"], base64.b64decode(each["payload"])) for each in sent))
        wait_until(lambda: one.rows("SELECT count(*) FROM events") == [(events,)], PATIENCE_S)
        wait_until(lambda: one.settled(None), PATIENCE_S)
    assert one.gateway.stop() == 0


def killed_within(one: Judging, random: Random, by: bytes | None) -> int:
    """Kill the gateway again and again while it judges by others than ``by``; return how often it was within that."""
    last = 0
    for kills in range(KILLS):
        one.start()
        goal = last + random.randint(1, 40)
        wait_until(lambda goal=goal: (one.far() or (0, 0))[0] >= goal or one.settings() != by, PATIENCE_S)  # type: ignore[misc]
        time.sleep(random.random() * 0.1)
        one.gateway.process.kill()
        one.gateway.process.wait()
        far = one.far()
        if far is None:
            return kills
        assert far[0] > last, "it began anew"
        last = far[0]
    return KILLS


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.skipif(FAKETIME is None, reason="Debian package faketime")
def test_killed_while_it_judges_by_changed_settings_it_ends_where_an_undisturbed_one_does(
    tmp_path: Path, seed: int
) -> None:
    city, one, other = (tmp_path / name for name in ("city", "one", "other"))
    write_city(Run(seed, VILLAGE, DAYS, Rates()), city, INTL)
    messages = (city / "batches/messages.jsonl").read_text().splitlines()
    end_s = max(json.loads(line)["received_ms"] for line in messages) // 1000 + 24 * HOUR_S
    broker = Broker(tmp_path)
    broker.start()
    with contextlib.ExitStack() as stack:
        stack.callback(broker.stop)
        killed = stack.enter_context(judging(one, broker, FORWARD, end_s))
        fed(killed, city)
        before, by = killed.held(), killed.settings()
        killed.gateway.config.write_text(killed.gateway.config.read_text() + CHANGED)
        undisturbed = stack.enter_context(judging(other, broker, FORWARD + CHANGED, end_s))
        shutil.copytree(one / "data", other / "data", dirs_exist_ok=True)
        assert killed_within(killed, Random(seed), by) > 1
        for each in (killed, undisturbed):
            each.offset_s += 2 * HOUR_S  # the survey of everybody is tried again an hour after it was killed
            each.start()
            wait_until(lambda each=each: each.settled(by), PATIENCE_S)  # type: ignore[misc]
            assert each.gateway.stop() == 0
        found, expected = killed.held(), undisturbed.held()
    for what in HELD:
        assert found[what] == expected[what], (what, found[what] - expected[what], expected[what] - found[what])
        assert what == "together" or found[what] != before[what], what
    begun = (one / "gateway.log").read_text().count("visits are judged again")
    assert begun == (other / "gateway.log").read_text().count("visits are judged again") + 1  # for the registry, before
