"""What the parts of a world tell the invariants while it runs: frozen values, no behaviour.

A part calls the one function it was given (`Tell`) at the moment that the thing happens; nothing comes back, so a
report can never change a history. Times are the world's, nanoseconds since its start. `terminal` is the number of an
enrolled identity; `box` names the hardware (``terminal 3``, and ``terminal 3 clone`` for a second box with the same
card), so that of a clone both are known.
"""

from collections.abc import Callable
from dataclasses import dataclass

from zhendao.protocol.batch import decode_batch

# -- the terminal


@dataclass(frozen=True, slots=True)
class Stretch:
    """Events ``first``…``last`` of one epoch; ``head`` is h of the last one."""

    epoch: bytes
    first: int
    last: int
    head: bytes


Settled = tuple[bytes, int, int, int]
"""Epoch, first, last, state: a range that a terminal has written down as the gateway's (0 committed, 2 fork)."""


@dataclass(frozen=True, slots=True)
class JournalOpened:
    """A box has started and found ``held`` in its journal (before its own `boot` event); ``settled`` of it."""

    at_ns: int
    box: str
    terminal: int
    boot_id: bytes
    held: tuple[Stretch, ...]
    settled: tuple[Settled, ...] = ()


@dataclass(frozen=True, slots=True)
class Signalled:
    """A signal was given to a person.

    Attributes:
        moment: the word of `device.feedback.moments.Moment`.
        signal: the word of `Signal`: ``recorded``, ``remarked``, ``sent``, ``accepted``, ``bad``, ``notice``.
        epoch: with ``seq``: the event that it is about, None where there is none.
        survives: the event stands in the journal and would stand there after a power cut at this very moment;
            asked of the disk, not of the terminal.
    """

    at_ns: int
    box: str
    terminal: int
    moment: str
    signal: str
    epoch: bytes | None
    seq: int | None
    survives: bool


@dataclass(frozen=True, slots=True)
class Clocked:
    """What a terminal says of the time now: its ``source``, ``bound_ms`` (None: not known), and how far it is off."""

    at_ns: int
    box: str
    terminal: int
    source: str
    bound_ms: int | None
    off_ms: int


@dataclass(frozen=True, slots=True)
class Tapped:
    """A reader read a tag: ``person`` holds it, as the story names them, ``uid`` is the tag's. Asked of the reader."""

    at_ns: int
    box: str
    terminal: int
    person: str
    uid: bytes


@dataclass(frozen=True, slots=True)
class Sealed:
    """A key of ``device`` sealed something. ``key``: a name of the key; ``plaintext``: a digest of what was sealed."""

    at_ns: int
    device: bytes
    key: bytes
    nonce: bytes
    plaintext: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch left a box: events ``first``…``last``, ``size`` bytes on the wire."""

    at_ns: int
    box: str
    terminal: int
    epoch: bytes
    first: int
    last: int
    size: int


def sent(at_ns: int, box: str, terminal: int, message: bytes) -> Sent:
    """Return the report of a batch that goes out as ``message``."""
    batch = decode_batch(message)
    return Sent(at_ns, box, terminal, batch.epoch, batch.first, batch.last, len(message))


@dataclass(frozen=True, slots=True)
class Attempted:
    """A box tried to reach the broker; ``ok``: it got there."""

    at_ns: int
    box: str
    terminal: int
    ok: bool


@dataclass(frozen=True, slots=True)
class Knocked:
    """A box begins an attempt to reach the broker."""

    at_ns: int
    box: str


@dataclass(frozen=True, slots=True)
class Gauge:
    """How much of something there is now. ``figure`` is a row of `invariants.bounds.BOUNDS`; another is an error."""

    at_ns: int
    who: str
    figure: str
    value: int


# -- the gateway


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """The gateway's acknowledgement of a range left it.

    Attributes:
        committed: all of these events stood in the store as another connection sees it, at this very moment.
    """

    at_ns: int
    terminal: int
    epoch: bytes
    first: int
    last: int
    head: bytes
    state: int
    committed: bool


@dataclass(frozen=True, slots=True)
class GatewayOpened:
    """The gateway has started on its store and found ``held`` there: every unbroken stretch of events per terminal."""

    at_ns: int
    held: tuple[tuple[int, Stretch], ...]


@dataclass(frozen=True, slots=True)
class Effective:
    """The platform made a record effective (not: answered that it has it already).

    ``key`` of an ``event`` is ``device/epoch/seq/h`` in hex, of a ``visit`` its id.
    """

    at_ns: int
    record_type: str
    key: str
    revision: int


# -- what was done to them


@dataclass(frozen=True, slots=True)
class Faulted:
    """A fault of the story was done to ``who`` just now: ``fault`` is the act's kind, ``ends_ns`` when it is over."""

    at_ns: int
    fault: str
    who: str
    ends_ns: int


Report = (
    JournalOpened
    | Signalled
    | Clocked
    | Tapped
    | Sealed
    | Sent
    | Attempted
    | Knocked
    | Gauge
    | Acknowledged
    | GatewayOpened
    | Effective
    | Faulted
)
Tell = Callable[[Report], None]


def nobody(report: Report) -> None:
    """Take no notice: for a part that runs without a world."""
