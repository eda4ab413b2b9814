"""`zhendao-device page`: hears the running terminal and shows its page until SIGTERM; a process of its own.

It may be stopped, killed or started at any time: the terminal does not notice. Pillow is loaded for a framebuffer only.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from zhendao.device import config
from zhendao.device.clock.local import zone
from zhendao.device.page import screen
from zhendao.device.page.deciding import View, page
from zhendao.device.page.source import Source

if TYPE_CHECKING:
    import argparse

    from zhendao.device.page.settings import PageTable
    from zhendao.device.page.values import Page
    from zhendao.protocol.wording import Language


class Display(Protocol):
    """Shows one page after another."""

    def show(self, shown: Page) -> None:
        """Draw ``shown``. Raises OSError where that cannot be."""
        ...

    def close(self) -> None:
        """Give back what was drawn on."""
        ...


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Show the page of the terminal that ``--config`` describes. Raises `DeviceError`."""
    settings = config.read(Path(arguments.config))
    table = settings.page
    spoken: Language = language if table.language is None else "zh" if table.language == "zh" else "en"
    view = View(zone(settings.terminal.time_zone), table.night_from * 60, table.night_until * 60)
    display = _display(table, spoken, as_json=arguments.json)
    told, tell = socket.socketpair()
    for one in (told, tell):
        one.settimeout(0)
    signal.set_wakeup_fd(tell.fileno())
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _frame: ending.append(got))
    signal.signal(signal.SIGWINCH, lambda _got, _frame: None)  # it wakes the loop, which asks for the size anyway
    source = Source(settings.terminal.data_dir)
    shown: Page | None = None
    try:
        while not ending:
            now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            found = page(source.told, now_ns, view)
            if found != shown or not arguments.json:
                display.show(found)
                shown = found
            source.wait(1 - now_ns % 1_000_000_000 / 1e9, told.fileno())
            _empty(told)
    except BrokenPipeError:
        return 0  # whoever read this has gone
    finally:
        source.close()
        display.close()
    return 0


def _empty(told: socket.socket) -> None:
    try:
        while told.recv(64):
            pass
    except BlockingIOError:
        return


def _display(table: PageTable, language: Language, *, as_json: bool) -> Display:
    if as_json:
        return _Lines(language, as_json=True)
    if table.kind == "framebuffer":
        from zhendao.device.page.drawn import Drawn  # noqa: PLC0415 - Pillow, in this process and for a picture only

        return Drawn(table.device, language, table.font)
    return _Screen(language) if sys.stdout.isatty() else _Lines(language, as_json=False)


class _Screen:
    """The screen of a terminal: drawn anew where something has changed, given back at the end."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language
        self._blocks = "utf" in (sys.stdout.encoding or "").lower()
        self._colours = "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
        self._drawn = ""
        sys.stdout.write(screen.HIDE)

    def show(self, shown: Page) -> None:
        size = os.get_terminal_size(sys.stdout.fileno())
        found = screen.rows(shown, size.columns, size.lines, self._language, blocks=self._blocks)
        drawn = screen.painted(found, colours=self._colours, night=shown.night)
        if drawn != self._drawn:
            encoding = sys.stdout.encoding or "ascii"
            sys.stdout.write(drawn.encode(encoding, "replace").decode(encoding))
            sys.stdout.flush()
            self._drawn = drawn

    def close(self) -> None:
        sys.stdout.write(screen.SHOW)
        sys.stdout.flush()


class _Lines:
    """One line for each page that differs from the one before it: for a log, or for a program."""

    def __init__(self, language: Language, *, as_json: bool) -> None:
        self._language: Language = language
        self._as_json = as_json
        self._before = ""

    def show(self, shown: Page) -> None:
        line = json.dumps(asdict(shown), ensure_ascii=False) if self._as_json else screen.as_line(shown, self._language)
        if line != self._before:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
            self._before = line

    def close(self) -> None:
        """Nothing is held."""
