"""A gateway's interface of alerts over a real store: what acts is a thread, as ingest is; for tests."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

from samples.calls import answers
from samples.site import NOW_MS, Site
from zhendao.command.kinds import Address
from zhendao.gateway.alerts.acting import Acts
from zhendao.gateway.alerts.interface import Alarms
from zhendao.gateway.alerts.news import News
from zhendao.gateway.api import tokens
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpServer
from zhendao.gateway.ingest.session import Message
from zhendao.protocol.answer import Answer


@dataclass
class Alarmed:
    """The interface at ``url``; ``answered`` is what terminals were told after acts of people."""

    site: Site
    url: str = ""
    answered: list[Answer] = field(default_factory=list)
    news: News = field(default_factory=News)

    def __post_init__(self) -> None:
        self._asked, self._stop = threading.Event(), threading.Event()
        self._lock = threading.Lock()  # as ingest is one thread
        self.acts = Acts(self._asked.set)

    def take(self, *messages: Message) -> None:
        """Have the gateway take messages."""
        with self._lock:
            outcome = self.site.take(*messages)
        if outcome.alerts:
            self.news.tell()

    def token(self, role: str = "duty", label: str = "seat one") -> str:
        """Return a fresh token."""
        with self.site.store.writing() as connection:
            return tokens.new_token(connection, role, label, NOW_MS)

    def ask(self, method: str, path: str, token: str, **how: Any) -> httpx.Response:
        """Ask ``/api/v1/alerts`` + ``path``."""
        headers = {"Authorization": f"Bearer {token}"}
        return httpx.request(method, f"{self.url}/api/v1/alerts{path}", headers=headers, timeout=60, **how)

    def _act(self) -> None:
        while True:
            self._asked.wait()
            self._asked.clear()
            if self._stop.is_set():
                return
            with self._lock:
                outcome = self.site.pipeline.act(self.acts, NOW_MS + 1_000, NOW_MS + 1_000)
            self.answered += answers(self.site, outcome)
            if outcome.alerts:
                self.news.tell()

    @contextmanager
    def running(self) -> Iterator["Alarmed"]:
        """Serve, and act, as long as the block lasts."""
        alarms = Alarms(self.site.pipeline.alerting, self.acts, self.news)
        backing = Backing(
            self.site.store, self.site.key, Meters(), lambda: True, alarms=alarms, clerk=self.site.pipeline.clerk
        )
        server = HttpServer(make_app(backing), Address("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{server.port}"
        server.start()
        thread = threading.Thread(target=self._act, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            self._asked.set()
            self.news.close()
            server.stop()
            thread.join(180)
