"""The acts of a story that befall one terminal's box: each is begun here, and ended when its time is over.

Promise: every kind of `kinds` of these families is understood; after the last act has ended the box is as it was built,
but for what is on its disk. Each act is told to the judge as it happens.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zhendao.simulators.world.box.journal import JOURNAL
from zhendao.simulators.world.box.troubles import TROUBLES
from zhendao.simulators.world.reports import Faulted
from zhendao.simulators.world.story.kinds import CLOCK, DISK, GNSS, POWER, READER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from zhendao.simulators.world.box.box import Box
    from zhendao.simulators.world.disk.disk import Image
    from zhendao.simulators.world.engine.chance import Chance
    from zhendao.simulators.world.engine.clockwork import Clockwork
    from zhendao.simulators.world.reports import Tell
    from zhendao.simulators.world.story.story import Act

FAMILIES = frozenset({POWER, DISK, CLOCK, GNSS, READER})
_MS = 1_000_000


class BoxActs:
    """Does to ``boxes`` (by number) what a story says. ``clone`` makes a second box like one, by another name.

    ``chance`` decides where a card rots. Call `prepare` once, before the world runs.
    """

    def __init__(
        self,
        clockwork: Clockwork,
        chance: Chance,
        boxes: Sequence[Box],
        tell: Tell,
        clone: Callable[[Box, str], Box],
    ) -> None:
        self._clockwork, self._chance, self._boxes, self._tell, self._clone = clockwork, chance, boxes, tell, clone
        self._images: dict[tuple[int, int], Image] = {}
        self.clones: list[Box] = []
        self._own: dict[str, Callable[[Box, Act], Callable[[], None] | None]] = {
            "power-cut-writing": self._cut_writing,
            "disk-rot": self._rot,
            "image-restored": self._restored,
            "cloned": self._cloned,
        }

    def prepare(self, acts: Iterable[Act]) -> None:
        """Have a copy of each card made at the moments to which a later act goes back."""
        for one in acts:
            if one.kind in {"image-restored", "cloned"}:
                self._clockwork.at(_back_ms(one) * _MS, lambda one=one: self._copy(one))  # type: ignore[misc]

    def do(self, act: Act) -> None:
        """Begin ``act``, one of `FAMILIES`; its end comes by itself."""
        box, now_ns = self._boxes[act.index], self._clockwork.now_ns
        ends_ns = now_ns + (act.number("for_ms") * _MS if "for_ms" in act.arguments else 0)
        box.rhythm.disturbed()
        self._tell(Faulted(now_ns, act.kind, box.name, ends_ns))
        begin = self._own.get(act.kind) or TROUBLES[act.kind]
        ended = begin(box, act)
        if ended is not None:

            def end() -> None:
                ended()
                box.rhythm.disturbed()

            self._clockwork.at(ends_ns, end)

    def _cut_writing(self, box: Box, act: Act) -> None:
        for_ns, done = act.number("for_ms") * _MS, False

        def cut() -> None:
            nonlocal done
            if not done:
                done = True
                box.cut()
                self._clockwork.after(for_ns, box.plug_in)

        if box.powered:
            box.hardware.disk.cut_after(act.number("write"), cut)
            self._clockwork.after(act.number("within_ms") * _MS, cut)

    def _rot(self, box: Box, act: Act) -> None:
        chance, disk = self._chance.child(f"{act.who} {act.at_ms}"), box.hardware.disk
        size = disk.size_of(JOURNAL) or 0
        for _ in range(act.number("count") if size else 0):
            if act.word("what") == "bits":
                disk.flip(JOURNAL, chance.below(size), chance.below(8))
            else:
                disk.spoil(JOURNAL, chance.below(size))

    def _restored(self, box: Box, act: Act) -> Callable[[], None]:
        box.cut()
        box.hardware.disk.put_back(self._images[act.index, _back_ms(act)])
        return box.plug_in

    def _cloned(self, box: Box, act: Act) -> Callable[[], None]:
        other = self._clone(box, f"{box.name} clone {len(self.clones) + 1}")
        self.clones.append(other)
        other.hardware.disk.put_back(self._images[act.index, _back_ms(act)])
        other.plug_in()
        return other.cut

    def _copy(self, act: Act) -> None:
        self._images[act.index, _back_ms(act)] = self._boxes[act.index].hardware.disk.image()


def _back_ms(act: Act) -> int:
    """Return the moment to which ``act`` goes back, milliseconds since the start."""
    return max(0, act.at_ms - act.number("back_ms"))
