"""Shows the board: a live table on a terminal, else one plain line for each thing that happens."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

from zhendao.command import output
from zhendao.protocol.wording import Language
from zhendao.simulators.demo.board import HEADERS, Board, Happening

if TYPE_CHECKING:
    from rich.console import Group


class Screen(Protocol):
    """Where a spectator looks."""

    def shown(self) -> AbstractContextManager[object]:
        """Return what is entered while the day is played."""
        ...

    def happened(self, happening: Happening) -> None:
        """Show that something happened; it is on the board already."""
        ...

    def changed(self) -> None:
        """Show the board as it is now."""
        ...


class PlainScreen:
    """Lines, for a pipe or a log."""

    def __init__(self, board: Board, language: Language) -> None:
        self._board = board
        self._language: Language = language

    def shown(self) -> AbstractContextManager[object]:
        """Nothing is drawn."""
        return nullcontext()

    def happened(self, happening: Happening) -> None:
        """Print the happening."""
        output.line(happening.line(self._board.names, self._language))

    def changed(self) -> None:
        """Lines tell happenings only."""


class LiveScreen:
    """A table that is drawn anew in place."""

    def __init__(self, board: Board, language: Language) -> None:
        from rich.live import Live  # noqa: PLC0415 - only on a terminal

        self._board = board
        self._language: Language = language
        self._live: Live = Live(get_renderable=self._draw, refresh_per_second=8)

    def shown(self) -> AbstractContextManager[object]:
        """Return the live display."""
        return self._live

    def happened(self, happening: Happening) -> None:
        """Nothing to add: the board holds it, and is drawn eight times a second."""

    def changed(self) -> None:
        """As `happened`."""

    def _draw(self) -> "Group":
        from rich.console import Group  # noqa: PLC0415 - only on a terminal
        from rich.table import Table  # noqa: PLC0415 - only on a terminal
        from rich.text import Text  # noqa: PLC0415 - only on a terminal

        table = Table(*(header.in_(self._language) for header in HEADERS))
        for row in self._board.rows.values():
            table.add_row(*(Text(cell) for cell in row.cells(self._language)))
        return Group(table, *(Text(line) for line in self._board.latest(self._language)))


def choose(board: Board, language: Language) -> Screen:
    """Return the live screen on a terminal, the plain one elsewhere."""
    return LiveScreen(board, language) if sys.stdout.isatty() else PlainScreen(board, language)
