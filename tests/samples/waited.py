"""A gateway's store whose caregivers are waited for: check-ins, rounds, what goes out, when a test says so."""

import json
from dataclasses import dataclass, field, replace
from datetime import timedelta, timezone
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import Connection, insert, select

from samples.reminded import OFFSET_MS, SMS, at, plan
from samples.stores import new_store
from samples.street import written
from zhendao.gateway.alerts.dispatch.sending import Moment
from zhendao.gateway.cases.settings import CasesTable
from zhendao.gateway.outward.answers import Answer, Verdict
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.loading import load
from zhendao.gateway.reminders.asking import Job, Reminded, Setting
from zhendao.gateway.reminders.clock import Rounds
from zhendao.gateway.reminders.duties import NewestDuties
from zhendao.gateway.reminders.rounds import Rules
from zhendao.gateway.reminders.sending import Sending
from zhendao.gateway.reminders.settings import ChannelTable, RemindTable
from zhendao.gateway.reminders.tables import REMINDERS, ROUNDS
from zhendao.gateway.reminders.ways.dingtalk import DingTalk
from zhendao.gateway.reminders.ways.provider import Provider, read_provider
from zhendao.gateway.reminders.wording import words_of
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.engine import Store
from zhendao.gateway.store.sealing import StoreKey

CHINA = timezone(timedelta(hours=8))
TAKEN = Answer(Verdict.TAKEN, "200 accepted")
BOT = ChannelTable("group", "dingtalk")


def street(folder: Path) -> Store:
    """Return a store with the two streets of `samples.street` in it: C1, C3 and C4 are waited for."""
    store = new_store(folder / "gateway.db")
    load(store, Book(StoreKey(bytes(32))), written(folder / "lists"), zone=CHINA, tenant="xuhui")
    return store


@dataclass
class Waited:
    """The parts that remind, over one store, with a clock that the test moves: `look`, `send`, `answer`."""

    store: Store
    plan: RemindTable = field(default_factory=plan)
    table: ChannelTable = SMS
    once: bool = True
    deaf: bool = False
    key: StoreKey = field(default_factory=lambda: StoreKey(bytes(32)))

    def __post_init__(self) -> None:
        self._numbers, self.mono_ms = count(1), 10**9
        self.plan = replace(self.plan, channel=(self.table,))
        self.rules = Rules((self.plan,), CasesTable(), OFFSET_MS)
        self.rounds = Rounds(
            self.store, Current(self.key), self.rules, self.write, lambda: self.deaf, lambda: None, NewestDuties()
        )
        self.restart()

    def restart(self) -> None:
        """Begin with parts that know nothing but the store."""
        chance = Random(1)
        texts = replace(read_provider("plain", Path()), once=self.once)
        bot = DingTalk("https://bot.example", "t", "s", mention=False)
        way = bot if self.table.is_bot else Provider(texts, "https://sms.example", "t")
        setting = Setting(
            self.plan, self.table, self.rules, way, words_of("zh", None), lambda: self.deaf, chance.random,
            chance.randbytes, Reminded(), NewestDuties(),
        )  # fmt: skip
        self.sending = Sending(self.store, self.key, Current(self.key), setting)

    def write(self, doing: Any) -> Any:
        """Do it in a write transaction."""
        with self.store.writing() as connection:
            return doing(connection)

    def checks_in(self, who: str, clock: str | int, *, bound_ms: int | None = 50, state: str = "open") -> bytes:
        """Conclude a visit of ``who`` with one check at this time of the day; return its id."""
        at_ms, number = at(clock) if isinstance(clock, str) else clock, next(self._numbers)
        side = {"at_ms": at_ms, "bound_ms": bound_ms, "epoch": "00" * 16, "seq": number}
        name = number.to_bytes(16, "big")
        values = {
            "id": name, "device": bytes(16), "lane": b"", "epoch": bytes(16), "seq": number, "revision": 1,
            "digest": b"", "state": state, "caregiver_id": who, "begin_ms": None if bound_ms is None else at_ms,
            "record": {"in": side, "out": None}, "changed_ms": at_ms,
        }  # fmt: skip
        self.write(lambda connection: connection.execute(insert(visits).values(values)))
        return name

    def takes_back(self, name: bytes) -> None:
        """Withdraw a visit."""

        def doing(connection: Connection) -> None:
            connection.execute(visits.update().where(visits.c.id == name).values(state="withdrawn"))

        self.write(doing)

    def look(self, clock: str) -> int:
        """Make what rounds are due."""
        return self.rounds.look(at(clock))

    def send(self, clock: str | int, room: int = 10, *, pass_ms: int = 3_600_000) -> list[Job]:
        """Claim what goes out; ``pass_ms`` even time has passed since the last time."""
        self.mono_ms += pass_ms
        return self.sending.next(self.moment(clock), room)

    def moment(self, clock: str | int) -> Moment:
        """Return now: by the even clock, and by the one on the wall."""
        return Moment(self.mono_ms, at(clock) if isinstance(clock, str) else clock)

    def answer(self, jobs: list[Job], clock: str | int, answer: Answer = TAKEN) -> None:
        """Take in what came of messages."""
        self.sending.finished([(one, answer) for one in jobs], self.moment(clock))

    def rows(self) -> list[Any]:
        """Return all reminders."""
        with self.store.reading() as connection:
            return list(connection.execute(select(REMINDERS).order_by(REMINDERS.c.id)))

    def states(self) -> dict[str, str]:
        """Return the state of the last reminder of each caregiver."""
        return {row.caregiver_id: row.state for row in self.rows()}

    def made(self) -> list[tuple[str, str, dict[str, int]]]:
        """Return each round with its state and counts."""
        with self.store.reading() as connection:
            rows = connection.execute(select(ROUNDS).order_by(ROUNDS.c.id))
            return [(row.name, row.state, json.loads(row.counts)) for row in rows]
