"""Which driver a terminal's settings ask for: `[nfc] driver` to a reader thread. Only the chosen one is imported.

pn532: a PN532 on a serial port, with its reset line and its USB adapter on the ladder. pcsc: any contactless reader
that the system's PC/SC service knows.
"""

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from zhendao.readers.challenger import NO_CHALLENGES, Challenger
from zhendao.readers.errors import ReaderSilentError
from zhendao.readers.reader import Reader
from zhendao.readers.rungs import Rungs
from zhendao.readers.thread import ReaderThread
from zhendao.readers.turns import Opener
from zhendao.readers.upkeep import UpkeepSettings
from zhendao.readers.values import Posting

DRIVERS = ("pn532", "pcsc")
PCSC = "pcsc:"
"""How a reader behind PC/SC is named where a serial path may stand too."""
_NS = 1_000_000_000
_SILENT_OPENINGS = 2


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What a driver needs to know.

    Attributes:
        driver: one of `DRIVERS`.
        port: of a PN532, any serial path.
        reader: of PC/SC, a part of the reader's name; empty for the first one that is there.
        reset_gpio: BCM number of the pin at the PN532's RSTPDN, None where it is not wired.
        gap_ms: milliseconds between an answer of a PN532 and the next command.
        check_s: seconds from one health check to the next.
        reopen_h: hours from one opening to the planned next, 0 for never.
        slow_ms: sensing that takes longer is slow, milliseconds.
    """

    driver: str
    port: Path | None = None
    reader: str = ""
    reset_gpio: int | None = None
    gap_ms: float = 1
    check_s: float = 60
    reopen_h: float = 6
    slow_ms: int = 250


def reader_thread(
    settings: ReaderSettings,
    post: Callable[[Posting], None],
    alive: Callable[[], None] = lambda: None,
    challenger: Challenger = NO_CHALLENGES,
) -> ReaderThread:
    """Return the thread that will run the reader; ``post`` is called on it with every value, ``alive`` as it works.

    ``challenger`` is asked, on it too, for what a card is asked.
    """
    upkeep = UpkeepSettings(
        check_ns=int(settings.check_s * _NS),
        reopen_ns=int(settings.reopen_h * 3600 * _NS),
        slow_ns=settings.slow_ms * 1_000_000,
    )
    if settings.driver == "pcsc":
        from zhendao.readers.pcsc.port import open_pcsc  # noqa: PLC0415 - as the module says

        return ReaderThread(settings.reader, post, open_pcsc, upkeep=upkeep, alive=alive, challenger=challenger)
    return ReaderThread(
        *(str(settings.port), post, _pn532(settings)),
        rungs=_rungs(settings),
        upkeep=upkeep,
        alive=alive,
        challenger=challenger,
    )


def open_reader(settings: ReaderSettings) -> Reader:
    """Open the reader, for whoever wants it without a thread. Raises `ReaderError`."""
    if settings.driver == "pcsc":
        from zhendao.readers.pcsc.port import open_pcsc  # noqa: PLC0415 - as the module says

        return open_pcsc(settings.reader)
    return _pn532(settings)(str(settings.port), lambda _reader: None)


def _pn532(settings: ReaderSettings) -> Opener:
    from zhendao.readers.pn532_port import open_pn532  # noqa: PLC0415 - as the module says

    gap_s = settings.gap_ms / 1000
    return lambda port, made: open_pn532(port, made, gap_s)


def _rungs(settings: ReaderSettings) -> Rungs:
    from zhendao.readers.reset_line import ResetLine  # noqa: PLC0415 - as the module says
    from zhendao.readers.usb_adapter import UsbAdapter  # noqa: PLC0415 - as the module says

    reset = None if settings.reset_gpio is None else ResetLine(settings.reset_gpio).pulse
    return Rungs(reset, UsbAdapter(str(settings.port)))


def reader_at(where: str) -> Reader:
    """Open the reader that a person names: ``pcsc:`` and a part of its name, else the serial path of a PN532.

    One that is silent is opened anew, as a terminal does: the first bytes after an opening may get lost.

    Raises:
        ReaderError: it is not there, or does not work.
    """
    if where.startswith(PCSC):
        return open_reader(ReaderSettings("pcsc", reader=where.removeprefix(PCSC)))
    settings = ReaderSettings("pn532", port=Path(where))
    for _ in range(_SILENT_OPENINGS):
        with contextlib.suppress(ReaderSilentError):
            return open_reader(settings)
    return open_reader(settings)
