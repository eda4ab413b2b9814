"""`signalled-stored-effective`: what a person was told is safe is a fact at the gateway and effective once.

Exempt is only what a fault of the story physically destroyed before the gateway had it (`unnamed` asks whether that was
named). The other way round: a check that is stored and that nobody saw confirmed is explained by a fault of its box
between disk and light, one each.
"""

from collections import Counter
from collections.abc import Mapping
from typing import ClassVar

from zhendao.protocol.vocabulary import Kind
from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books
from zhendao.simulators.world.invariants.causes import Damage
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Effective, Faulted, JournalOpened, Signalled

GOOD = frozenset({"recorded", "remarked"})
"""The signals that promise that an event is safe."""

OWED = frozenset({Kind.CHECK, Kind.TAP, Kind.UNDO, Kind.RATING, Kind.MEAL, Kind.SENSOR, Kind.TAMPER}) | frozenset(
    {Kind.SOS, Kind.DURESS, Kind.INCIDENT, Kind.HEARD}
)
"""Kinds of event that the platform is owed (docs/gateway.md); the others are about the terminal itself."""


class SignalledStoredEffective(Invariant):
    """Counts signals, facts and effects, and compares them at the end."""

    name: ClassVar[str] = "signalled-stored-effective"
    says: ClassVar[Text] = Text(
        "亮过灯的每一条都在网关、并在平台恰好生效一次",
        "every event that was signalled as safe is a fact at the gateway, and effective at the platform exactly once",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._signalled: dict[tuple[int, bytes, int], dict[str, int]] = {}
        self._effects: Counter[tuple[str, str, int]] = Counter()
        self._faults: Counter[str] = Counter()
        self._damage = Damage()

    def handlers(self) -> Mapping[type, Handler]:
        """Hear signals, effects, faults."""
        return {
            Signalled: self._signal,
            Effective: self._effect,
            Faulted: self._fault,
            JournalOpened: self._damage.opened,
        }

    def _signal(self, one: Signalled) -> None:
        if one.signal in GOOD and one.epoch is not None and one.seq is not None:
            boxes = self._signalled.setdefault((one.terminal, one.epoch, one.seq), {})
            # A card that was put back to an older state goes on from there: its numbers come again, for other events.
            if one.box in boxes and not self._damage.excuses(one.box, boxes[one.box]):
                self.broke(
                    one.at_ns, one.box, f"第 {one.seq} 条亮了两次灯", f"event {one.seq} was signalled as safe twice"
                )
            boxes[one.box] = one.at_ns

    def _effect(self, one: Effective) -> None:
        key = (one.record_type, one.key, one.revision)
        self._effects[key] += 1
        if self._effects[key] > 1:
            self.broke(
                one.at_ns, "platform", f"{one.record_type} {one.key} 生效了两次",
                f"{one.record_type} {one.key} became effective twice",
            )  # fmt: skip

    def _fault(self, one: Faulted) -> None:
        self._faults[one.who] += 1
        if self._damage.fault(one):
            for boxes in self._signalled.values():
                boxes.pop(one.who, None)  # the number may be used again: an older image goes on where it ends

    def end(self, books: Books) -> None:
        """Compare what was signalled with the facts, and the facts with what is effective."""
        held = Counter((one.terminal, one.epoch, one.seq) for one in books.facts)
        there = {box.box for box in books.boxes}  # a clone that was taken away took its journal with it
        for (terminal, epoch, seq), boxes in self._signalled.items():
            still_due = [box for box, at_ns in boxes.items() if box in there and not self._damage.excuses(box, at_ns)]
            if len(still_due) > held[terminal, epoch, seq]:
                at_ns = max(boxes[box] for box in still_due)
                self.broke(
                    at_ns, still_due[-1], f"第 {seq} 条亮了灯，网关却没有（至结束时）",
                    f"event {seq} was signalled as safe and is not at the gateway, up to the end",
                )  # fmt: skip
        self._facts_are_effective(books)
        self._stored_was_signalled(books)

    def _facts_are_effective(self, books: Books) -> None:
        there = {key for kind, key, _ in self._effects if kind == "event"}
        facts = {}
        for one in books.facts:
            if one.kind in OWED:
                key = f"{books.devices[one.terminal].hex()}/{one.epoch.hex()}/{one.seq}/{one.head.hex()}"
                facts[key] = one
        for key, one in facts.items():
            if key not in there:
                self.broke(
                    books.ended_ns, f"terminal {one.terminal}", f"第 {one.seq} 条在网关，平台没有生效",
                    f"event {one.seq} is at the gateway and not effective at the platform",
                )  # fmt: skip
        for key in sorted(there - set(facts)):
            self.broke(books.ended_ns, "platform", f"平台有、网关没有：{key}", f"effective, and no fact: {key}")
        for visit in books.visits:
            if ("visit", visit.visit_id.hex(), visit.revision) not in self._effects:
                self.broke(
                    books.ended_ns, f"terminal {visit.terminal}", "上门记录的最新版本没有在平台生效",
                    "the newest revision of a visit is not effective at the platform",
                )  # fmt: skip

    def _stored_was_signalled(self, books: Books) -> None:
        unseen: Counter[int] = Counter()
        for one in books.facts:
            if one.kind == Kind.CHECK and (one.terminal, one.epoch, one.seq) not in self._signalled:
                unseen[one.terminal] += 1
        for terminal, count in unseen.items():
            explained = sum(
                number
                for who, number in self._faults.items()
                if who.startswith(f"terminal {terminal}") and who.removeprefix(f"terminal {terminal}")[:1] in {"", " "}
            )
            if count > explained:
                self.broke(
                    books.ended_ns, f"terminal {terminal}", f"已保存 {count} 条却没有亮灯",
                    f"{count} checks were stored and no signal was given",
                )  # fmt: skip
