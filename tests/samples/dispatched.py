"""A site whose alerts are sent: a registry with an elder, a family and seats, channels to the real receivers."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta, timezone
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import select

from samples.duty import TOKEN, Duty
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from zhendao.gateway.alerts.dispatch.channels import Signer
from zhendao.gateway.alerts.dispatch.owing import Owing
from zhendao.gateway.alerts.dispatch.settings import ChannelTable
from zhendao.gateway.alerts.dispatch.tables import ATTEMPTS, SENDS
from zhendao.gateway.alerts.dispatch.worker import Worker
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.current import Current
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.sealing import StoreKey
from zhendao.protocol.suite import SM

CHINA = timezone(timedelta(hours=8))
TABLES = {
    "地点": "地点编号,纬度,经度,坐标系,半径,精度,区划,地址,进门方式,有效期起\n"
    "P1,31.1885,121.437,国家2000,60,5,徐家汇,天钥桥路 1 号,门禁 4711#,2026-01-01\n",
    "老人": "老人编号,姓名,联系方式,地点编号,照护等级,进门方式,有效期起\n"
    "E1,王秀兰,13511110000,P1,红,钥匙在 501 室,2026-01-01\n",
    "家属": "老人编号,次序,姓名,联系方式,关系,有效期起\n"
    "E1,1,王建国,13900002222,儿子,2026-01-01\nE1,2,王小明,13900001111,孙子,2026-01-01\n",
    "值班席位": "席位,次序,值班人,联系方式,星期,时段,负责区划,有效期起\n"
    "徐家汇席,1,赵敏,13700003333,每天,全天,徐家汇,2026-01-01\n总值班,2,钱伟,13700004444,每天,全天,全部,2026-01-01\n",
    "护理员": "护理员编号,姓名,联系方式,有效期起\nC1,李婉,13612345678,2026-01-01\n",
}
SECRETS = ("王秀兰", "王建国", "13900002222", "赵敏", "13700003333", "4711", "501 室", "天钥桥路")


def write_registry(folder: Path, device: bytes) -> Path:
    """Write the tables for a home with the terminal ``device``."""
    folder.mkdir(exist_ok=True)
    terminals = f"终端编号,安放方式,地点编号,老人编号,有效期起\n{device.hex()},居家,P1,E1,2026-01-01\n"
    for name, text in (TABLES | {"终端": terminals}).items():
        (folder / f"{name}.csv").write_text(text)
    return folder


@dataclass
class Dispatched:
    """A site, its receivers, and the workers of its channels; `wake` after each group."""

    folder: Path
    authority: Authority
    channels: Sequence[str] = ("webhook",)
    settings: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __enter__(self) -> Self:
        self.key = SM.new_signing_key()
        self.line: Terminal = self.authority.terminal()
        self.duty = Duty(SM.verifying_key(self.key.spki))
        self.duty.__enter__()
        store_key = StoreKey(bytes(32))
        registry = Current(store_key)
        self.tables = [self.table(one) for one in self.channels]
        self.owing = Owing(self.tables, store_key, registry, 480)
        self.site = Site(self.folder, self.authority, telling=self.owing)
        source = write_registry(self.folder / "lists", self.line.device)
        load(self.site.store, Book(store_key), source, zone=CHINA, tenant=TENANT, replace=False)
        self.workers = self._workers()
        return self

    def _workers(self) -> list[Worker]:
        signer = Signer(self.key, bytes(32))
        return [Worker(self.site.store, self.site.key, one, signer, TOKEN, 480, 0.05) for one in self.tables]

    def restart(self) -> None:
        """End the workers, whatever is under way, and begin with others that know nothing of them."""
        for worker in self.workers:
            assert worker.stop(60)
        self.workers = self._workers()
        self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self.workers:
            worker.stop(10)
        self.duty.__exit__(kind, value, trace)
        self.site.store.close()

    def table(self, name: str) -> ChannelTable:
        """Return the settings of the channel ``name``: those of the test, else what a file without them has."""
        kind = name if name in {"webhook", "sms", "emergency"} else "sms"
        given = {"give_up_s": 10**9, "timeout_s": 30} | self.settings.get(name, {})
        return ChannelTable(name, kind, self.duty.url(kind), **given)

    def start(self) -> None:
        """Let the workers send."""
        for worker in self.workers:
            worker.start()

    def take(self, *messages: Any, now_ms: int = NOW_MS) -> Any:
        """Take in a group, and wake the workers as the gateway does."""
        outcome = self.site.take(*messages, now_ms=now_ms)
        for worker in self.workers:
            worker.wake()
        return outcome

    def sends(self) -> list[Any]:
        """Return the rows of all that was ever owed."""
        with self.site.store.reading() as connection:
            return list(connection.execute(select(SENDS).order_by(SENDS.c.id)))

    def attempts(self, channel: str) -> list[tuple[str, str]]:
        """Return outcome and detail of every attempt of a channel."""
        query = select(ATTEMPTS.c.outcome, ATTEMPTS.c.detail).where(ATTEMPTS.c.channel == channel)
        with self.site.store.reading() as connection:
            return [tuple(row) for row in connection.execute(query.order_by(ATTEMPTS.c.id))]
