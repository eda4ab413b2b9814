"""The names of one folder: what the system shows, and which of its states a power cut may leave.

Promise: names change on the disk in the order in which they were changed; a sync of the folder makes all of it last.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zhendao.simulators.world.disk.content import Content
    from zhendao.simulators.world.engine.chance import Chance

_UNSYNCED = 32
"""So many states wait for a sync; older ones the system has written back by itself."""


class Folder:
    """Names and the files behind them."""

    def __init__(self, names: dict[str, Content] | None = None) -> None:
        self.names: dict[str, Content] = dict(names or {})
        """What the system shows; changed by `put` and `take` only."""
        self._certain: dict[str, Content] = dict(self.names)
        self._later: list[dict[str, Content]] = []

    def put(self, name: str, content: Content) -> None:
        """Give ``content`` the name, in the place of what had it."""
        self.names[name] = content
        self._changed()

    def take(self, name: str) -> Content:
        """Remove the name; return what had it. Raises `KeyError`."""
        content = self.names.pop(name)
        self._changed()
        return content

    def rename(self, old: str, new: str) -> Content:
        """Move a name in one step; return the file. Raises `KeyError`."""
        self.names[new] = content = self.names.pop(old)
        self._changed()
        return content

    def sync(self) -> None:
        """Put the names on the disk."""
        self._certain, self._later = dict(self.names), []

    def cut(self, chance: Chance) -> Folder:
        """Return what a power cut leaves: one of the states since the last sync, its files each as the disk has it."""
        states = [self._certain, *self._later]
        state = states[chance.below(len(states))]
        left: dict[int, Content] = {}
        for name in sorted(state):  # a file that has two names is cut once
            one = state[name]
            left[id(one)] = left.get(id(one)) or one.cut(chance)
        return Folder({name: left[id(state[name])] for name in sorted(state)})

    def copy(self) -> Folder:
        """Return the same names and contents, all of it on the disk."""
        return Folder({name: self.names[name].copy() for name in sorted(self.names)})

    def _changed(self) -> None:
        self._later.append(dict(self.names))
        if len(self._later) > _UNSYNCED:
            self._certain = self._later.pop(0)
