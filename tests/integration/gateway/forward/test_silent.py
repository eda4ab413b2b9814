"""A platform of any kind that accepts and never says a word: a failed link at last, and no end that is held up."""

import asyncio
import os
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self

import pytest

from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.connector import Connector
from zhendao.gateway.forward.drop import PART, Drop
from zhendao.gateway.forward.errors import LinkError
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.jetstream import JetStream
from zhendao.gateway.forward.kafka import Kafka
from zhendao.gateway.forward.local_folder import LocalFolder
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.record import Letter, Record, batch_key
from zhendao.gateway.forward.sftp_folder import Login, SftpFolder
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.migrate import upgrade
from zhendao.gateway.store.sealing import StoreKey

KEY = StoreKey(bytes(32))
Make = Callable[[int, Path, float], Connector]


def sftp(port: int, home: Path, timeout_s: float) -> Connector:
    known = home / "known_hosts"
    known.write_text("")
    place = SftpFolder(f"sftp://me@127.0.0.1:{port}/in", Login(known, None, "secret"), timeout_s)
    return Drop("sftp://x", place, "jsonl", home / "book.json")


KINDS: dict[str, Make] = {
    "https": lambda port, _, timeout_s: HttpsConnector(f"http://127.0.0.1:{port}/r", timeout_s=timeout_s),
    "sftp": sftp,
    "nats": lambda port, _, timeout_s: JetStream(f"nats://127.0.0.1:{port}/records", timeout_s=timeout_s),
    "kafka": lambda port, _, timeout_s: Kafka(f"kafka://127.0.0.1:{port}/records", timeout_s=timeout_s),
}


class Silent:
    """A server in a thread that takes connections and says nothing; `came` is set when somebody is there."""

    def __enter__(self) -> Self:
        self.came, ready = threading.Event(), threading.Event()

        async def serve() -> None:
            self.loop, self.ending = asyncio.get_running_loop(), asyncio.Event()

            async def take(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                self.came.set()
                while await reader.read(4096):
                    pass
                writer.close()

            server = await asyncio.start_server(take, "127.0.0.1", 0)
            self.port = server.sockets[0].getsockname()[1]
            ready.set()
            await self.ending.wait()
            server.close()

        self.thread = threading.Thread(target=lambda: asyncio.run(serve()))
        self.thread.start()
        assert ready.wait(180)
        return self

    def __exit__(self, *_: object) -> None:
        self.loop.call_soon_threadsafe(self.ending.set)
        self.thread.join()


@pytest.fixture
def silent() -> Iterator[Silent]:
    with Silent() as server:
        yield server


@pytest.mark.parametrize("kind", KINDS)
async def test_it_is_a_failed_link_when_the_time_is_over(kind: str, silent: Silent, tmp_path: Path) -> None:
    to = KINDS[kind](silent.port, tmp_path, 0.3)
    with pytest.raises(LinkError):
        await asyncio.wait_for(to.send([Letter(Record(1, "visit", "v1", 1), "{}")], "k" * 64), 120)
    await to.close()


@pytest.mark.parametrize("kind", KINDS)
def test_the_end_waits_for_nobody(kind: str, silent: Silent, tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    with store.writing() as connection:
        outbox.enqueue_many(connection, KEY, [Owed("visit", "v1", 1, {})], 1)
    worker = Worker(store, KEY, KINDS[kind](silent.port, tmp_path, 3_600))
    worker.start()
    assert silent.came.wait(180)
    assert worker.stop(120)
    store.close()


def test_a_folder_that_hangs_holds_up_no_end(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path}/store.db")
    upgrade(store)
    with store.writing() as connection:
        outbox.enqueue_many(connection, KEY, [Owed("visit", "v1", 1, {})], 1)
        key = batch_key(outbox.waiting(connection, "file:///in", 1))
    (tmp_path / "in").mkdir()
    pipe = tmp_path / "in" / f"zhendao-{1:012d}-{key[:12]}.jsonl{PART}"
    os.mkfifo(pipe)  # whoever opens it waits until somebody reads
    book = tmp_path / "book.json"
    worker = Worker(store, KEY, Drop("file:///in", LocalFolder(tmp_path / "in"), "jsonl", book))
    worker.start()
    end = time.monotonic() + 120
    while not book.exists():
        assert time.monotonic() < end
        threading.Event().wait(0.02)
    assert worker.stop(60)
    os.close(os.open(pipe, os.O_RDONLY | os.O_NONBLOCK))
    store.close()
