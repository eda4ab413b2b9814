"""What attends to people beside the taps (buttons, rating, reminders, sensors): what it is given, what it may offer.

An attendant is one such part. It overrides what it has a use for; all of it is called on the event loop.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping

    from zhendao.device.clock.kernel import Clock
    from zhendao.device.config import DeviceSettings
    from zhendao.device.desk import Desk
    from zhendao.device.feedback.given import Feedback
    from zhendao.device.identity.values import Identity
    from zhendao.device.inputs.lines import Edge, Line
    from zhendao.device.journal.folder import DataFolder
    from zhendao.device.journal.recorder import Recorded
    from zhendao.device.notices import Notices
    from zhendao.device.scribe import Scribe
    from zhendao.device.taps.session import Session
    from zhendao.device.timekeeper import Timekeeper
    from zhendao.protocol.bodies import Body
    from zhendao.protocol.command import Command
    from zhendao.readers.values import Posting

    Rows = Callable[[int], Mapping[bytes, bytes | None]]


class Keep(Protocol):
    """Journals a body."""

    async def __call__(self, body: Body, *, rows: Rows | None = None) -> Recorded:
        """Return where ``body`` stands once the disk has confirmed. Raises `JournalError`.

        ``rows`` returns, for the seq that it is given, small rows that are kept in the same transaction (None: gone);
        the keys are made by `kept.key`, and read again by `Scribe.rows`.
        """
        ...


@dataclass(frozen=True, slots=True)
class Around:
    """What an attendant may ask of the terminal.

    Attributes:
        settings: the whole file.
        who: the identity.
        clock: the clock of all parts; `time` is what is known of the time of day, and the position.
        folder: the data folder; what touches it goes by `scribe.also`.
        session: the visits.
        keep: journals a body.
    """

    settings: DeviceSettings
    who: Identity
    clock: Clock
    folder: DataFolder
    time: Timekeeper
    session: Session
    feedback: Feedback
    notices: Notices
    scribe: Scribe
    keep: Keep


class Attendant:
    """One part that attends to people; this one has a use for nothing."""

    def lines(self) -> tuple[Line, ...]:
        """Return the lines whose edges it is told."""
        return ()

    def commands(self) -> Mapping[int, Callable[[Command], Awaitable[None]]]:
        """Return what it does about commands, by their kind."""
        return {}

    def meet(self, desk: Desk, others: tuple[Attendant, ...]) -> None:
        """Take in the desk where taps are handled and all attendants, before anything happens."""

    async def begin(self) -> None:
        """Take in that the journal is open: what was kept can be read. Raises `JournalError`."""

    def edge(self, edge: Edge) -> None:
        """Take in an edge of one of its lines."""

    def rated(self, button: str, mono_ns: int) -> None:
        """Take in that a rating button was pressed, and meant as a rating (`inputs.settings.RATING`)."""

    def calling(self, mono_ns: int) -> Rows | None:
        """Return the rows that are to stand beside a call that is about to be recorded by other means than a button."""
        del mono_ns
        return None

    def called(self, call: Recorded, mono_ns: int) -> None:
        """Take in that somebody has called by other means than a button (a call cord): ``call`` is in the journal."""

    def read(self, posting: Posting) -> None:
        """Take in what the reader says, before the desk does."""

    def settled(self, epoch: bytes, first: int, last: int) -> None:
        """Take in that the gateway has committed these events."""

    def linked(self, *, up: bool) -> None:
        """Take in that the link to the broker is there, or gone."""

    def run(self) -> Coroutine[None, None, None] | None:
        """Return what it does all day, None if it only answers."""
        return None

    def counters(self) -> Mapping[str, int]:
        """Return what has been noticed in this process, by name."""
        return {}
