"""The bots of chat groups for tests: the real server of `zhendao-sim groups`, in a thread, on a free port."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from zhendao.simulators.groups.bots import DingTalkBot, Shown, WeComBot
from zhendao.simulators.groups.server import Groups

PATIENCE_S = 180.0
PATHS = {"dingtalk": "/robot/send", "wecom": "/cgi-bin/webhook/send"}


@dataclass
class Chat:
    """Both bots in a thread; `fail` before what is to fail, `wait` for what the groups see."""

    dingtalk: DingTalkBot = field(default_factory=lambda: DingTalkBot("dtoken", "SECdd"))
    wecom: WeComBot = field(default_factory=lambda: WeComBot("wkey"))

    def __enter__(self) -> Self:
        self.server = Groups(("127.0.0.1", 0), {"dingtalk": self.dingtalk, "wecom": self.wecom})
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.ending.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def url(self, bot: str) -> str:
        """Return where ``bot`` is posted to."""
        return f"http://127.0.0.1:{self.server.server_address[1]}{PATHS[bot]}"

    def fail(self, bot: str, kind: str, times: int = 1) -> None:
        """Let the next requests to ``bot`` meet a fault."""
        with self.server.changed:
            self.server.faults[bot].ask(kind, times)

    def wait(self, true: Callable[[], object]) -> None:
        """Wait until ``true`` of what the bots hold."""
        with self.server.changed:
            assert self.server.changed.wait_for(lambda: bool(true()), PATIENCE_S), self.server.requests

    def shown(self, bot: str) -> list[Shown]:
        """Return what the group of ``bot`` has seen."""
        with self.server.changed:
            return list(self.server.bots[bot].shown)
