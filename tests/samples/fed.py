"""A home on a bad link: its terminal records by itself, a proxy stands before its broker, and the books must balance.

Balanced: every event that was told as recorded is at the gateway, once, in one unbroken chain.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from samples.home import PROCESS, Home, Identity, Terminal, ended
from samples.proxy import Proxy
from zhendao.protocol.suite import INTL

FED_PROCESS = PROCESS.parent / "fed_process.py"


class FedHome(Home):
    """``target`` is the port that the proxy leads to, the broker's own where nothing is said.

    ``uplink``: lines for the table [uplink]; ``narrow``: the proxy is to be throttled.
    """

    def __init__(
        self, folder: Path, *, uplink: str = "", narrow: bool = False, url: str = "mqtt://127.0.0.1:{port}"
    ) -> None:
        super().__init__(folder, Identity(INTL))
        self._uplink, self._narrow, self._url = uplink, narrow, url
        self.proxy: Proxy

    def __enter__(self) -> Self:
        super().__enter__()
        self.proxy = self.stack.enter_context(Proxy(self.target, narrow=self._narrow))
        words = self.config.read_text().replace(
            f"mqtt://127.0.0.1:{self.broker.port}", self._url.format(port=self.proxy.port)
        )
        self.config.write_text(f"{words}{self._uplink}\n")
        return self

    def _write_tags(self) -> None:
        """Nobody comes to this home: there are no tags to be written."""

    @property
    def target(self) -> int:
        """The port that the proxy leads to."""
        return self.broker.port

    def feed(self, per_s: float, within: Sequence[str] = ()) -> Terminal:
        """Start the terminal, recording so many events a second."""
        self.terminal = Terminal(self.config, self.identity, FED_PROCESS, [str(per_s)], within)
        self.stack.enter_context(ended(self.terminal.process))
        return self.terminal

    def order(self, words: str) -> None:
        """Have the terminal do something, and wait until it has."""
        assert self.terminal.process.stdin is not None
        self.terminal.process.stdin.write(words + "\n")
        self.terminal.process.stdin.flush()
        self.terminal.next(f"did-{words.split(maxsplit=1)[0]}", 120)

    def told(self) -> set[tuple[bytes, int]]:
        """Return every event that was told as recorded."""
        return {(bytes.fromhex(s["epoch"]), s["seq"]) for s in self.terminal.drain() if s["signal"] == "recorded"}

    def balance(self, seconds: float = 180, *, more: int = 0) -> int:
        """Stop recording, wait until everything has arrived, check that it is whole; return how many events there are.

        ``more``: events that must be there beside those that were told.
        """
        self.order("pace 0")
        told = self.told()
        self.gateway.wait(lambda: told <= set(self.gateway.events) and len(self.gateway.events) >= more, seconds)
        assert self.gateway.problems == []
        for epoch in {one for one, _ in told}:
            seqs = sorted(seq for one, seq in self.gateway.events if one == epoch)
            assert seqs == list(range(1, len(seqs) + 1)), "a hole"
        code, seconds, said = self.terminal.stop()
        assert (code, seconds < 5) == (0, True), said
        assert "Traceback" not in said, said
        self.said = said
        return len(told)
