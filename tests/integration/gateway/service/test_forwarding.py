"""From terminals through broker, gateway and outbox to the platform, all real processes, with kills on the way."""

import random
import signal
from pathlib import Path
from typing import Any

from samples.platform import platform
from samples.running import Radio, running, wait_until
from samples.site import Authority, Terminal
from zhendao.protocol.bodies import Sos

EVENTS = 60


def keys(lines: list[Terminal]) -> list[str]:
    """Return the keys under which the platform is owed what these terminals witnessed."""
    found = []
    for line in lines:
        start = f"{line.device.hex()}/{line.epoch.hex()}"
        found += [f"{start}/{seq}/{line.heads[seq].hex()}" for seq in range(2, len(line.items) + 1)]
    return sorted(found)


def send_what_is_not_held(radio: Radio, lines: list[Terminal]) -> None:
    """Publish as terminals do: again from what was acknowledged, a few events a message."""
    for line in lines:
        for first in range(radio.held(line) + 1, len(line.items) + 1, 3):
            radio.send(line.message(first, min(first + 2, len(line.items))))


def test_every_event_is_at_the_platform_once_though_the_gateway_is_killed(tmp_path: Path) -> None:
    chance = random.Random(3)
    authority = Authority()
    lines = [authority.terminal() for _ in range(2)]
    for line in lines:
        for number in range(EVENTS):
            line.add(Sos(number, drill=True))
    state: Any = ("--state", str(tmp_path / "platform.jsonl"), "--fault", "error-after=0.1,cut=0.1,error=0.1")
    with platform(*state) as taker:
        forward = f'[[forward]]\nkind = "https"\nurl = "{taker.url}"\n'
        with running(tmp_path, authority, forward) as (_, gateway, radio):
            for _ in range(3):
                enough = len(taker.taken("event")) + chance.randint(1, 15)
                send_what_is_not_held(radio, lines)
                wait_until(lambda enough=enough: len(taker.taken("event")) >= min(enough, 2 * EVENTS))
                gateway.stop(signal.SIGKILL)
                gateway.start()
                wait_until(gateway.well)
            send_what_is_not_held(radio, lines)
            wait_until(lambda: all(radio.held(line) == EVENTS + 1 for line in lines))
            wait_until(lambda: len(taker.taken("event")) == 2 * EVENTS)
            assert gateway.stop() == 0
        assert sorted(key for key, _ in taker.taken("event")) == keys(lines)
