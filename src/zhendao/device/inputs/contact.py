"""One contact: whether it is pressed, made out of edges that bounce, chatter and storm. Pure; time is an argument.

What counts is how long the contact was closed, less how long it was open: a sum between nothing and ``brush_ns``. It is
pressed when the sum is full and let go when it is empty. So a brush and a knock are no press, the bouncing of a good
contact delays one by as long as it bounces, and a worn contact that never closes cleanly is still heard.
"""

from __future__ import annotations

_SECOND = 1_000_000_000
STORM = 50
"""More edges of one contact in a second are no hand's."""
CALM_NS = 60 * _SECOND
"""So long without a storm, and the contact is taken to be well again."""


class Contact:
    """The state of one contact. What is asked and told goes forward in time."""

    def __init__(self, brush_ns: int) -> None:
        self._brush_ns = brush_ns
        self._closed = False
        self._sum_ns = self._at_ns = 0
        self._window_ns = self._edges = 0
        self.pressed = False
        self.storm_ns: int | None = None
        """When it stormed last; None while it is well."""

    def edge(self, *, closed: bool, at_ns: int, skipped: int) -> None:
        """Take in an edge, after `advance` to its time; ``skipped`` edges before it were not told singly.

        What happened between edges that were left out is not known, and counts for nothing.
        """
        self._count(at_ns, 1 + skipped)
        if self.storm_ns is not None and not closed and not self.pressed:
            self._sum_ns = 0  # where noise is, only a hand that stays is believed
        self._closed, self._at_ns = closed, max(at_ns, self._at_ns)

    def skip(self, at_ns: int) -> None:
        """Take in that what happened up to ``at_ns`` is not known."""
        self._at_ns = max(at_ns, self._at_ns)

    def flips_ns(self) -> int | None:
        """Return when it is pressed or let go next if nothing else happens; None if it stays as it is."""
        if self._closed is self.pressed:
            return None
        return self._at_ns + (self._brush_ns - self._sum_ns if self._closed else self._sum_ns)

    def calm_ns(self) -> int | None:
        """Return when it is taken to be well again; None while it is."""
        return None if self.storm_ns is None else self.storm_ns + CALM_NS

    def advance(self, now_ns: int) -> None:
        """Let time pass up to ``now_ns``, which is not past `flips_ns`."""
        passed = max(0, now_ns - self._at_ns)
        self._sum_ns = min(self._brush_ns, self._sum_ns + passed) if self._closed else max(0, self._sum_ns - passed)
        self._at_ns += passed
        if self._closed and self._sum_ns == self._brush_ns:
            self.pressed = True
        elif not self._closed and self._sum_ns == 0:
            self.pressed = False

    def _count(self, at_ns: int, edges: int) -> None:
        if at_ns - self._window_ns >= _SECOND:
            self._window_ns, self._edges = at_ns, 0
        self._edges += edges
        if self._edges > STORM:
            self.storm_ns = at_ns
