"""The real agent with a feed in place of its reader: ``python agent_process.py CONFIG IDENTITY SOCKET ACCEPTED``.

What is fed goes the whole way of a card: presence → token checked → session → signed, sealed, committed with a sync →
good signal. Nothing of the agent is replaced but the thread that would sense cards; the feed waits as people do: no
more than a few stand before the terminal at once. An event is accepted when its good signal was given.
"""

import asyncio
import json
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import feeder

from zhendao.device import config
from zhendao.device.agent import Agent
from zhendao.device.clock.kernel import KernelClock
from zhendao.device.equipment import equipment
from zhendao.device.feedback.given import Given
from zhendao.device.feedback.moments import TABLE, Moment, Signal
from zhendao.device.identity.values import Identity
from zhendao.device.notices import Notices
from zhendao.device.running import until_told
from zhendao.protocol.suite import suite_by_name
from zhendao.protocol.vocabulary import Mounting, Placement, Technology
from zhendao.readers.thread import ReaderThread
from zhendao.readers.values import Posting, Presence, ReaderState

CLOCK = KernelClock()
CROWD = 64
_ANSWERS = {Signal.RECORDED, Signal.REMARKED, Signal.BAD}


class Answers:
    """Feedback that notes what was accepted, and lets the next one come."""

    def __init__(self, accepted: feeder.Accepted, crowd: threading.Semaphore) -> None:
        self._accepted, self._crowd = accepted, crowd

    def give(self, given: Given) -> None:
        """Take in one signal."""
        signal = TABLE[given.moment].signal
        if given.seq is not None and given.epoch is not None and signal is Signal.RECORDED:
            self._accepted.note(f"{given.epoch.hex()} {given.seq}")
        if signal in _ANSWERS:
            self._crowd.release()
        if given.moment is Moment.READY:
            print("ready", flush=True)

    def close(self) -> None:
        """Nothing is held."""


def fed_by(path: str, door: Presence, cards: list[Presence], crowd: threading.Semaphore) -> None:
    """Let every reader of this process be a feed that listens at ``path``."""

    def start(reader: ReaderThread) -> None:
        post: Any = reader._turns._post  # noqa: SLF001 - a feed in place of the air posts what a sensed card would

        def now(one: Presence) -> Posting:
            return Presence(one.uid, one.technology, one.ndef, one.rtts_us, CLOCK.mono_ns())

        def offer(number: int) -> None:
            crowd.acquire()
            post(now(cards[number % len(cards)]))

        def settle() -> None:
            for _ in range(CROWD):
                crowd.acquire()
            crowd.release(CROWD)

        post(ReaderState(True, "", None, CLOCK.mono_ns()))  # noqa: FBT003 - the first field is `up`
        post(now(door))
        feeder.serve(path, offer, settle)
        threading.Thread(target=_beat, args=(reader._alive,), daemon=True).start()  # noqa: SLF001 - as a sense loop

    def stop(_reader: ReaderThread) -> bool:
        return True

    ReaderThread.start = start  # type: ignore[method-assign]
    ReaderThread.stop = stop  # type: ignore[method-assign]


def _beat(alive: Callable[[], None]) -> None:
    while True:
        alive()
        time.sleep(1)


def enrolled(made: dict[str, Any]) -> Identity:
    """Return the identity that the bench has made."""
    suite = suite_by_name(made["suite"])
    issuer = suite.verifying_key(bytes.fromhex(made["issuer"]))
    certificate = bytes.fromhex(made["certificate"])
    return Identity(
        suite=suite,
        device=bytes.fromhex(made["device"]),
        tenant=made["tenant"],
        key=suite.signing_key(bytes.fromhex(made["key"])),
        certificate=certificate,
        certificate_id=suite.hash(certificate),
        recipients=(suite.wrapping_key(bytes.fromhex(made["recipient"])),),
        issuers={issuer.key_id: issuer},
        gateway=suite.verifying_key(bytes.fromhex(made["gateway"])),
        placement=Placement.HOME,
        mounting=Mounting.WALL,
    )


def main() -> None:
    """Run until SIGTERM."""
    settings, identity, path, accepted = sys.argv[1:]
    made = json.loads(Path(identity).read_text("utf-8"))
    tags = [Presence(bytes.fromhex(u), Technology.NTAG21X, bytes.fromhex(m), (2000,), 0) for u, m in made["tags"]]
    crowd = threading.Semaphore(CROWD)
    fed_by(path, tags[0], tags[1:], crowd)
    feedback = Answers(feeder.Accepted(accepted), crowd)

    async def work() -> None:
        table, who = config.read(Path(settings)), enrolled(made)
        ports = equipment(table, who, Path(identity).parent)
        await until_told(Agent(table, who, ports, feedback, Notices("en", CLOCK.mono_ns)))

    asyncio.run(work())


if __name__ == "__main__":
    main()
