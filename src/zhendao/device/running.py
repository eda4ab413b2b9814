"""`zhendao-device run`: settings and identity in, the agent until SIGTERM. Imports what runs all day, and no more."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.device import config
from zhendao.device.agent import Agent
from zhendao.device.care.restarts import Starts
from zhendao.device.equipment import equipment
from zhendao.device.feedback.feed import Feed
from zhendao.device.feedback.several import Several
from zhendao.device.feedback.streaming import beside
from zhendao.device.identity.aside import aside
from zhendao.device.identity.papers import from_plain, to_plain
from zhendao.device.meals.settings import meals_warning
from zhendao.device.notices import Notices
from zhendao.device.signalling import signals
from zhendao.protocol.sm_engine import spare

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from zhendao.device.config import DeviceSettings
    from zhendao.device.identity.values import Identity
    from zhendao.device.ports import Ports
    from zhendao.protocol.wording import Language


_M_ARENA_MAX = -8
"""A parameter of mallopt(3)."""


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Run the terminal that ``--config`` describes, until SIGTERM or SIGINT."""
    spare()
    settings = config.read(Path(arguments.config))
    identity_dir = settings.terminal.data_dir / "identity"
    starts = Starts(Path(os.environ["RUNTIME_DIRECTORY"]) if "RUNTIME_DIRECTORY" in os.environ else None)
    wait_s = starts.begin(time.clock_gettime(time.CLOCK_BOOTTIME))
    if wait_s:
        time.sleep(wait_s)
    who = from_plain(aside(lambda: _papers(identity_dir))).identity()
    code = run_terminal(
        settings, who, equipment(settings, who, identity_dir), language, as_json=arguments.json, anew=starts.ended_well
    )
    starts.ended_well()
    return code


def _papers(folder: Path) -> dict[str, Any]:
    from zhendao.device.identity.enrolled import read  # noqa: PLC0415 - loaded where it is forgotten again

    return to_plain(read(folder))


def run_terminal(
    settings: DeviceSettings,
    who: Identity,
    ports: Ports,
    language: Language,
    *,
    as_json: bool,
    anew: Callable[[], None] = lambda: None,
) -> int:
    """Run ``who`` on ``ports`` until SIGTERM or SIGINT; return the exit code. Raises `DeviceError`.

    A terminal that has taken a later answer of its authority begins anew in its place: ``anew`` is called, and then
    the same command runs with the identity as it is now, under the same process id.
    """
    _one_heap()
    notices = Notices(language, ports.clock.mono_ns)
    feed = Feed()
    feedback = Several(signals(settings, ports.clock, language, notices, as_json=as_json), feed)
    if ports.speak is not None:
        ports = replace(ports, speak=beside(ports.speak, settings.terminal.data_dir, feed))
    for name, warning in (
        ("mounting", config.reader_warning(settings.nfc, who)),
        ("meals", meals_warning(settings.meals, who)),
    ):
        if warning is not None:
            notices.say(name, warning)

    async def work() -> bool:
        agent = Agent(settings, who, ports, feedback, notices)
        await until_told(agent)
        return agent.anew

    if asyncio.run(work()):
        anew()
        sys.stdout.flush()
        sys.stderr.flush()
        os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])  # noqa: S606 - itself
    return 0


async def until_told(agent: Agent) -> None:
    """Run ``agent`` until SIGTERM or SIGINT. Raises `DeviceError`."""
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, agent.stop)
    await agent.run()


def _one_heap() -> None:
    """Let all threads share one heap: glibc gives each its own, which costs memory and saves a terminal no time."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
