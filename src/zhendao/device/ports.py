"""What the agent is given from outside: time, chance, disk, link, reader, receiver, machine. Values and shapes only.

Promise: the agent touches the world through these and nothing else, on any asyncio loop that has calls, timers, tasks
and executors (no signals, no file descriptors). `equipment` makes the real ones; a simulated world makes its own, and
runs the same code. Why they are passed in: docs/decisions/ports.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from zhendao.device.care.vitals import Machine
    from zhendao.device.clock.kernel import Clock
    from zhendao.device.gnss.serial_source import Posted
    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.link.postings import LinkPosting
    from zhendao.device.people import OpenLines
    from zhendao.device.reading import Reading
    from zhendao.device.watching import Watch
    from zhendao.protocol.topics import Channel
    from zhendao.readers.challenger import Challenger
    from zhendao.readers.values import Posting

    Speak = Callable[[Callable[[], Mapping[str, Any]]], Coroutine[None, None, None]]


class Link(Protocol):
    """The way to the broker, as `link.mqtt.MqttLink` offers it. All but `start` and `stop` may come at any time."""

    def start(self) -> None:
        """Begin to connect; called once, when the first `boot` event is in the journal."""
        ...

    def publish(self, message: bytes, channel: Channel = "up") -> int | None:
        """Send a batch on `up` or `sos`; return the number by which `Confirmed` will name it, None: it is not taken."""
        ...

    def ask(self, message: bytes) -> bool:
        """Send a question of this moment, kept nowhere; return whether there is a link for it. On any thread."""
        ...

    def drop(self) -> None:
        """End this connection; the next one begins by itself, with nothing left over."""
        ...

    def refresh(self) -> None:
        """Publish the retained state again."""
        ...

    def hurry(self) -> None:
        """Wait no longer than a moment between attempts until the link is there."""
        ...

    def stop(self) -> None:
        """Say offline and end. May block; asked in an executor."""
        ...


class Receiver(Protocol):
    """A positioning receiver, as `gnss.serial_source.SerialSource` offers it."""

    def start(self) -> None:
        """Begin to read."""
        ...

    def stop(self) -> None:
        """End; returns within a second."""
        ...

    @property
    def troubles(self) -> dict[str, int]:
        """How often it came into each condition since the start."""
        ...


@dataclass(frozen=True, slots=True)
class Ports:
    """The world of one agent. What is handed to a factory (``post`` …) may be called on any thread.

    Attributes:
        clock: the one clock of all parts; may be asked on any thread.
        entropy: returns that many random bytes, from which keys, nonces, salts and epochs are made.
        chance: returns a number from 0 up to 1, for jitter; nobody's secret.
        folder: opens and locks the data folder. Raises `DeviceError`.
        link: makes the link from ``(post, state, alive)``: ``post`` takes `Up`, `Down`, `Confirmed`, `Received`;
            ``state(online)`` makes the retained state message; ``alive`` is called as the link's loop comes round.
        reader: makes a reader from ``(post, alive, challenger)``: ``post`` takes `Presence`, `Departure`,
            `ReaderState`, `Refusal`; ``challenger`` is asked on its thread; made again where one hangs.
        receiver: makes the receiver from ``(post,)``: ``post`` takes what `gnss.listening` tells; None where none is.
        machine: what it is, and its figures now.
        rest: returns when the clocks and the machine's figures are to be looked at again (every ten seconds).
        watch: the watch over the parts, and the service manager behind it; None for none.
        speak: answers whoever asks how the terminal is, for ever, with what it is given; None for nobody.
            Raises OSError where it cannot.
        lines: makes what listens to lines (buttons, contacts), from ``(post, lines)``: ``post`` takes `Edge`; or None.
        renew: checks a later answer of the authority and keeps it (`identity.renewing`); None where none is taken.
    """

    clock: Clock
    entropy: Callable[[int], bytes]
    chance: Callable[[], float]
    folder: Callable[[], DataFolder]
    link: Callable[[Callable[[LinkPosting], None], Callable[[bool], bytes], Callable[[], None]], Link]
    reader: Callable[[Callable[[Posting], None], Callable[[], None], Challenger], Reading]
    receiver: Callable[[Callable[[Posted], None]], Receiver] | None
    machine: Machine
    rest: Callable[[], Awaitable[None]]
    watch: Watch | None = None
    speak: Speak | None = None
    renew: Callable[[bytes], Awaitable[tuple[int, str]]] | None = None
    lines: OpenLines | None = None
