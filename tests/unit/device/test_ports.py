"""The agent knows the world through its ports alone: no clock, no dice, no signal, no descriptor behind their back."""

import ast
import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import zhendao.device
from samples.desk import Recorded, Terminal
from zhendao.device import config
from zhendao.device.agent import Agent
from zhendao.device.care.vitals import Machine, Vitals
from zhendao.device.feedback.moments import Moment
from zhendao.device.journal.folder import DataFolder
from zhendao.device.link.postings import LinkPosting
from zhendao.device.notices import Notices
from zhendao.device.ports import Ports
from zhendao.device.timekeeper import seconds_until
from zhendao.protocol.vocabulary import Role
from zhendao.readers.challenger import Challenger
from zhendao.readers.values import Posting, ReaderState

EDGES = {
    *("clock/kernel.py", "equipment.py", "running.py"),
    *("link/connection.py", "link/mqtt.py", "link/reach.py", "gnss/serial_source.py", "feedback/gpio.py"),
    *("feedback/voice/aplay.py", "feedback/streaming.py", "page/source.py", "page/showing.py", "inputs/gpio.py"),
    "calls/drilling.py",
    *("enrolling.py", "identity/enrol.py", "receiver_setup.py", "gnss/setup/talk.py"),
    *("upkeep/papers.py", "upkeep/broker.py", "upkeep/ports.py", "upkeep/machine.py", "upkeep/retiring.py"),
    *("identity/online.py", "site/fixes.py", "site/survey.py"),
}
"""Where the machine itself may be asked; from the third line on, what belongs to commands that a person runs."""
TRIES_THE_MACHINE = "selftest/"
"""A command's room in which every part may: it measures what the machine does."""
ASKS = {
    "time": {
        "time",
        "time_ns",
        "monotonic",
        "monotonic_ns",
        "perf_counter",
        "clock_gettime",
        "clock_gettime_ns",
        "sleep",
    },
    "os": {"urandom", "getrandom"},
    "uuid": {"uuid1", "uuid4"},
    "datetime": {"now", "utcnow", "today"},
    "random": None,
    "secrets": None,
}


def asks(source: str) -> bool:
    """Whether ``source`` asks the machine for time or chance by any name that the standard library has for it."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module in ASKS:
            wanted = ASKS[node.module]
            if wanted is None or wanted & {one.name for one in node.names}:
                return True
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in ASKS:
            wanted = ASKS[node.value.id]
            if wanted is None or node.attr in wanted:
                return True
    return False


def test_only_the_edges_ask_the_machine_for_time_or_chance() -> None:
    room = Path(zhendao.device.__file__).parent
    found = {str(one.relative_to(room)) for one in room.rglob("*.py") if asks(one.read_text("utf-8"))}
    assert {one for one in found if not one.startswith(TRIES_THE_MACHINE)} == EDGES


def test_who_asks_is_found() -> None:
    assert asks("import time\nx = time.monotonic()")
    assert asks("from os import urandom")
    assert asks("import random\nrandom.Random(1)")
    assert not asks("import time, os\ntime.gmtime(0); os.stat('x')")


@pytest.mark.parametrize(
    ("left_ns", "seconds"), [(-5, 0.0), (0, 0.0), (1, 0.001), (1_000_000, 0.001), (1_000_001, 0.002)]
)
def test_a_wait_is_never_shorter_than_what_is_left(left_ns: int, seconds: float) -> None:
    assert seconds_until(7_000_000_000 + left_ns, 7_000_000_000) == seconds


class PlainLoop(asyncio.SelectorEventLoop):
    """A loop that gives calls, timers, tasks and executors, and nothing of the operating system."""

    def _refuse(self, *_: object, **__: object) -> Any:
        raise AssertionError("that is not the agent's to ask for")

    add_signal_handler = add_reader = add_writer = _refuse
    create_server = create_connection = create_unix_server = create_datagram_endpoint = _refuse
    subprocess_exec = subprocess_shell = connect_read_pipe = connect_write_pipe = _refuse


@dataclass
class Line:
    """A link that takes nothing."""

    post: Callable[[LinkPosting], None]
    state: Callable[[bool], bytes]
    alive: Callable[[], None]
    said: list[str] = field(default_factory=list)

    def start(self) -> None:
        self.said.append("start")

    def publish(self, message: bytes, _channel: str = "up") -> int | None:
        del message
        return None

    def ask(self, message: bytes) -> bool:
        del message
        return False

    def drop(self) -> None: ...
    def refresh(self) -> None: ...
    def hurry(self) -> None: ...

    def stop(self) -> None:
        self.said.append("stop")


class Tray:
    """A reader that says what a test lays on it."""

    def __init__(self, post: Callable[[Posting], None], alive: Callable[[], None], challenger: Challenger) -> None:
        self.post, self.alive, self.challenger, self.ended = post, alive, challenger, False

    def start(self) -> None:
        self.post(ReaderState(up=True, reason="", text=None, mono_ns=0))

    def stop(self) -> bool:
        self.ended = True
        return True

    def failures(self) -> dict[str, int]:
        return {}


def test_an_agent_works_on_a_plain_loop_with_ports_of_another_world(tmp_path: Path) -> None:
    """A whole life: start, a check-in, a stop; then again on the same disk, where nothing is lost."""
    terminal = Terminal(tmp_path / "elsewhere")
    terminal.folder.close()
    dice = iter(range(1, 1 << 20))
    trays: list[Tray] = []
    lines: list[Line] = []

    def reader(*handed: Any) -> Tray:
        trays.append(Tray(*handed))
        return trays[-1]

    def link(*handed: Any) -> Line:
        lines.append(Line(*handed))
        return lines[-1]

    async def rest() -> None:
        await asyncio.get_running_loop().create_future()

    ports = Ports(
        clock=terminal.now,
        entropy=lambda count: next(dice).to_bytes(count),
        chance=lambda: 0.5,
        folder=partial(DataFolder, tmp_path / "data", 4096),
        link=link,
        reader=reader,
        receiver=None,
        machine=Machine("a kernel", None, lambda: Vitals(1 << 30, 0, 1)),
        rest=rest,
    )
    settings = config.DeviceSettings(
        config.TerminalTable(tmp_path / "data"),
        config.NfcTable("pn532", Path("/dev/none")),
        config.BrokerTable("mqtt://127.0.0.1:1"),
    )

    def life() -> tuple[list[Moment], list[int | None]]:
        feedback = Recorded()

        async def work() -> None:
            agent = Agent(settings, terminal.who, ports, feedback, Notices("en", terminal.now.mono_ns))
            running = asyncio.create_task(agent.run())
            await until(lambda: Moment.READY in {one.moment for one in feedback.given})
            challenges = [trays[-1].challenger.challenge() for _ in range(2)]
            grounds.extend(one.grounded.seq for one in challenges if one is not None)
            assert challenges[0] != challenges[1]
            for role, uid in ((Role.DOOR, b"\x04door12"), (Role.CAREGIVER, b"\x04card12")):
                trays[-1].post(terminal.presence(role, uid))
            await until(lambda: any(one.seq for one in feedback.given))
            told.extend((one.moment, one.seq) for one in feedback.given)
            agent.stop()
            await running

        told: list[tuple[Moment, int | None]] = []
        grounds: list[int] = []
        with asyncio.Runner(loop_factory=PlainLoop) as runner:
            runner.run(work())
        assert grounds == [told[-1][1] - 1] * 2, "a challenge stands on the newest event"
        return [moment for moment, _ in told], [seq for _, seq in told if seq]

    assert life() == ([Moment.READY, Moment.DOOR_SEEN, Moment.CHECKED_IN], [2])
    assert life()[1] == [4], "the boot event of the second start is the third"
    assert trays[0].ended
    assert lines[0].said == ["start", "stop"]


async def until(true: Callable[[], bool]) -> None:
    """Wait for what the journal's thread does; it sets no event of ours."""
    while not true():  # noqa: ASYNC110 - as above
        await asyncio.sleep(0.005)
