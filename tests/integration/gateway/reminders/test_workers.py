"""Reminders on their way to real receivers: seen once at most after every fault, and no way holds up another.

rule: REMIND
"""

import logging
import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from samples.duty import TOKEN, Duty
from samples.grouped import Chat
from samples.reminded import OFFSET_MS, plan
from samples.running import wait_until
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.forward.retry import Backoff, Policy
from zhendao.gateway.judging.days import local_date
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import Current, snapshot
from zhendao.gateway.reminders import book
from zhendao.gateway.reminders.asking import Reminded, Setting
from zhendao.gateway.reminders.duties import NewestDuties
from zhendao.gateway.reminders.rounds import Rules, round_of, survey
from zhendao.gateway.reminders.sending import Sending
from zhendao.gateway.reminders.settings import ChannelTable
from zhendao.gateway.reminders.tables import REMINDERS
from zhendao.gateway.reminders.times import Slot
from zhendao.gateway.reminders.ways.making import make_way
from zhendao.gateway.reminders.wording import words_of
from zhendao.gateway.reminders.worker import Worker
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

SOON = Policy(Backoff(20, 50), trip_after=50, rest_ms=50, asked_ms=100)
SECRETS = ("dtoken", "SECdd", "wkey", TOKEN)


@dataclass
class Ways:
    """The workers of channels over one store, and the receivers that they post to."""

    folder: Path
    store: Store
    chat: Chat
    duty: Duty

    def start(self, *kinds: str, **more: Any) -> None:
        """Start a worker for each kind; nothing is quiet and nobody has a day off."""
        tables = [replace(self.table(kind), **more) for kind in kinds]
        self.plan = plan(quiet=None, days=0b111_1111, apart_min=0, late_min=240, channel=tuple(tables))
        rules, reminded = Rules((self.plan,), CasesTable(), OFFSET_MS), Reminded()
        self.rules = rules
        self.workers = []
        for table in tables:
            way, hidden = make_way(table, self.folder)
            setting = Setting(
                self.plan, table, rules, way, words_of("zh", None), lambda: False, lambda: 0.5, secrets.token_bytes,
                reminded, NewestDuties(),
            )  # fmt: skip
            sending = Sending(self.store, StoreKey(bytes(32)), Current(StoreKey(bytes(32))), setting, policy=SOON)
            self.workers.append(Worker(sending, table, way, hidden, 0.02))
        for one in self.workers:
            one.start()

    def table(self, kind: str) -> ChannelTable:
        token = self.folder / f"{kind}.token"
        token.write_text({"sms": TOKEN, "dingtalk": "dtoken", "wecom": "wkey"}[kind])
        (self.folder / "secret").write_text("SECdd\n")
        url = self.duty.url("sms") if kind == "sms" else self.chat.url(kind)
        secret = self.folder / "secret" if kind == "dingtalk" else None
        return ChannelTable(kind, kind, url, token, secret, timeout_s=20)

    def owe(self, now_ms: int) -> None:
        """Make a round now."""
        with self.store.reading() as connection:
            verdicts = survey(connection, snapshot(connection, Book(StoreKey(bytes(32)))), self.rules, now_ms)
        day = local_date(now_ms, OFFSET_MS)
        made, owed = round_of(Slot(self.plan, f"now {secrets.token_hex(4)}", day, now_ms), verdicts)
        with self.store.writing() as connection:
            assert book.enter(connection, made, owed, now_ms)
        for one in self.workers:
            one.wake()

    def states(self, channel: str) -> list[str]:
        query = select(REMINDERS.c.state).where(REMINDERS.c.channel == channel).order_by(REMINDERS.c.id)
        with self.store.reading() as connection:
            return list(connection.execute(query).scalars())

    def stop(self) -> None:
        for one in self.workers:
            assert one.stop(30)


@pytest.fixture
def ways(store: Store, tmp_path: Path) -> Iterator[Ways]:
    with Chat() as chat, Duty(None) as duty:
        made = Ways(tmp_path, store, chat, duty)
        yield made
        made.stop()


def now() -> int:
    """Return UTC ms by the machine's clock, which is that of the workers."""
    return time.time_ns() // 1_000_000


def test_each_way_tells_the_same_people_by_its_own_rules(ways: Ways) -> None:
    ways.start("sms", "dingtalk", "wecom")
    ways.owe(now())
    texts = ways.duty.wait("sms", 3)
    assert sorted(one.said["to"] for one in texts) == ["13612345678", "13812345678", "13912345678"]
    ways.chat.wait(lambda: ways.chat.dingtalk.shown and ways.chat.wecom.shown)
    (ding,), (wecom,) = ways.chat.shown("dingtalk"), ways.chat.shown("wecom")
    for text in (ding.text, wecom.text):
        assert [one in text for one in ("＊婉", "＊敏", "＊伟", "安康养老院", "136")] == [True] * 4 + [False]
    for kind in ("sms", "dingtalk", "wecom"):
        wait_until(lambda: ways.states(kind) == ["sent"] * 3)  # noqa: B023


@pytest.mark.parametrize("kind", ["dingtalk", "wecom"])
@pytest.mark.parametrize(
    ("fault", "state", "seen"),
    [
        ("busy", "sent", 1),  # nothing was taken, and it says so: again
        ("error", "unsure", 0),  # a failure that does not say whether: not again
        ("cut-before", "unsure", 0),
        ("cut", "unsure", 1),
        ("error-after", "unsure", 1),
    ],
)
def test_whatever_fails_a_group_sees_it_once_at_most(ways: Ways, kind: str, fault: str, state: str, seen: int) -> None:
    ways.chat.fail(kind, fault)
    ways.start(kind)
    ways.owe(now())
    wait_until(lambda: ways.states(kind) == [state] * 3)
    assert len(ways.chat.shown(kind)) == seen


@pytest.mark.parametrize("fault", ["busy", "error", "cut-before", "cut", "error-after"])
def test_a_provider_that_knows_ids_is_asked_again_and_sends_one_text(ways: Ways, fault: str) -> None:
    ways.duty.fail("sms", fault, 2)
    ways.start("sms")
    ways.owe(now())
    wait_until(lambda: ways.states("sms") == ["sent"] * 3)
    taken = [one.said["to"] for one in ways.duty.desk.received if one.verdict == "taken"]
    assert sorted(taken) == ["13612345678", "13812345678", "13912345678"]


def test_a_way_that_hangs_holds_up_no_other(ways: Ways) -> None:
    ways.chat.fail("dingtalk", "timeout")
    ways.start("dingtalk", "sms", "wecom")
    ways.owe(now())
    ways.duty.wait("sms", 3)
    ways.chat.wait(lambda: ways.chat.wecom.shown and ways.chat.dingtalk.shown)
    assert ways.states("dingtalk") == ["sending"] * 3


def test_what_was_under_way_when_it_ended_is_not_sent_to_a_bot_again(ways: Ways) -> None:
    ways.chat.fail("dingtalk", "timeout")
    ways.start("dingtalk")
    ways.owe(now())
    ways.chat.wait(lambda: ways.chat.dingtalk.shown)
    ways.stop()
    assert ways.states("dingtalk") == ["sending"] * 3
    ways.start("dingtalk")
    wait_until(lambda: ways.states("dingtalk") == ["unsure"] * 3)
    assert len(ways.chat.shown("dingtalk")) == 1


def test_a_wrong_secret_is_refused_told_in_the_platforms_words_and_in_no_log(
    ways: Ways, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    ways.chat.dingtalk.secret = "another"
    ways.start("dingtalk", "wecom", "sms")
    ways.duty.fail("sms", "cut-before")
    ways.owe(now())
    wait_until(lambda: ways.states("dingtalk") == ["refused"] * 3)
    wait_until(lambda: ways.states("sms") == ["sent"] * 3)
    with ways.store.reading() as connection:
        details = [row.detail for row in connection.execute(select(REMINDERS)) if row.channel == "dingtalk"]
    assert details == ["errcode 310000 sign not match"] * 3
    told = [record.getMessage() for record in caplog.records if record.name.startswith("zhendao")]
    assert any("310000" in one for one in told)
    on_disk = b"".join(path.read_bytes() for path in ways.folder.glob("gateway.db*")).decode("latin-1")
    for secret in SECRETS:
        assert not [one for one in told if secret in one], secret
        assert secret not in on_disk


def test_nobody_is_told_whom_a_way_has_no_number_of(ways: Ways) -> None:
    with ways.store.writing() as connection:
        connection.exec_driver_sql("UPDATE registry_caregivers SET personal = NULL WHERE caregiver_id = 'C3'")
    ways.start("sms")
    ways.owe(now())
    wait_until(lambda: sorted(ways.states("sms")) == ["no_number", "sent", "sent"])
