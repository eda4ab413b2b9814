"""What became of a story: a value, which says whether everything held that must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zhendao.simulators.world.invariants.books import Books
    from zhendao.simulators.world.invariants.invariant import Breach
    from zhendao.simulators.world.story.story import Story


@dataclass(frozen=True, slots=True)
class History:
    """What became of a story.

    Attributes:
        digest: of all notes of its trace: two histories with the same one went the same way.
        notes: how many there are.
        met: each kind of fault, and how the system reacted, counted.
        happened: how many timers were called, a measure of the work.
        breaches: what did not hold, in the order in which it was found.
        books: what was written down at the end.
    """

    story: Story
    digest: str
    notes: int
    met: Mapping[str, int]
    happened: int
    breaches: tuple[Breach, ...]
    books: Books

    @property
    def held(self) -> bool:
        """Whether every invariant held."""
        return not self.breaches
