"""A home whose terminal has buttons: the real process, with mock pins that are pressed over a socket."""

from pathlib import Path
from typing import Any

from samples.home import PROCESS, Home, Identity, Terminal, ended
from zhendao.protocol.answer import Answer, answer_body
from zhendao.protocol.bodies import Boot
from zhendao.protocol.command import ANSWER, Command, sign_command
from zhendao.protocol.event import Event
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import AnswerState, Kind
from zhendao.simulators.pins.hand import Hand

SOS, GOOD, MIDDLE, BAD = 5, 6, 13, 19
BUTTONS = f"[buttons]\nsos = {SOS}\ngood = {GOOD}\nmiddle = {MIDDLE}\nbad = {BAD}\nincident = {MIDDLE}\n"


class PinnedHome(Home):
    """A `Home` with a hand at its buttons. ``more``: further lines of device.toml, [buttons] first."""

    def __init__(self, folder: Path, who: Identity | None = None, more: str = "", **tables: str) -> None:
        super().__init__(folder, who, **tables)
        self.more = more
        self.pins = folder / "pins"
        self.hand: Hand
        self._number = 0

    def launch(self) -> Terminal:
        """Start the terminal, whatever becomes of it."""
        if "[buttons]" not in (written := self.config.read_text()):
            self.config.write_text(f"{written}{BUTTONS}{self.more}")
        process = PROCESS.with_name("pinned_process.py")
        self.terminal = Terminal(self.config, self.identity, process, [str(self.pins)])
        self.stack.enter_context(ended(self.terminal.process))
        return self.terminal

    def start(self) -> Terminal:
        """Start the terminal, wait until it can be tapped, and lay a hand on its buttons."""
        super().start()
        self.hand = self.stack.enter_context(Hand(self.pins))
        return self.terminal

    def answer(self, call: Event | tuple[bytes, int], state: AnswerState, **more: Any) -> None:
        """Let the gateway say what has become of ``call``, to the start that runs now."""
        epoch, seq = call if isinstance(call, tuple) else (call.epoch, call.seq)
        boot = self.gateway.of_kind(Kind.BOOT)[-1].body
        assert isinstance(boot, Boot)
        self._number += 1
        body = answer_body(Answer(epoch, seq, state, **more))
        command = Command(self.who.suite.id, self.who.device, boot.nonce, self._number, ANSWER, body, 0)
        message = sign_command(self.who.gateway, bytes(32), command)
        self.gateway.client.publish(str(Topic("test", self.who.device, "down")), message, qos=1)
