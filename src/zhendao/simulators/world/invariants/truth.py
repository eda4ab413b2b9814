"""`truth`: the visits that the gateway concludes are those that people made.

Every check is in exactly one visit, unless it was taken back; no visit rests on a card that nobody held there; an in
and the out that followed it are one visit; the true time lies within the bound that the gateway states, and a duration
is the true one. Where a source of time lied no bound can hold, and only who and which is asked.
"""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar, Final

from zhendao.protocol.vocabulary import Kind
from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.books import Books, Fact, Side, Visited
from zhendao.simulators.world.invariants.causes import DESTROYING, LYING, TWICE
from zhendao.simulators.world.invariants.effective import GOOD
from zhendao.simulators.world.invariants.invariant import Handler, Invariant, Told
from zhendao.simulators.world.reports import Faulted, Signalled, Tapped

_MS: Final = 1_000_000
PAIRING_MS: Final = 21_000
"""Between the two tokens of one check at most (`pairing_s` 20), and the moment to record it; the check is between."""
RATE: Final = 1_000
"""A crystal is off by less than one part in this many; so a duration may be."""

OPEN_AT_MOST_NS: Final = 57_600 * 1000 * _MS
"""So long a visit may be open (`open_at_most_s`, and the terminal's `visit_h`)."""

CheckId = tuple[int, bytes, int]
"""Terminal, epoch, seq."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A check as a person made it: when the good signal was given, and whether as an in or an out."""

    at_ns: int
    box: str
    moment: str


class Truth(Invariant):
    """Remembers who held which card where, and compares it with the visits at the end."""

    name: ClassVar[str] = "truth"
    says: ClassVar[Text] = Text(
        "推断的上门就是人真正做的：不多、不少，时间在所称误差内，时长属实",
        "the visits concluded are those that people made: none invented, none lost, times within their bounds",
    )

    def __init__(self, broken: Told) -> None:
        super().__init__(broken)
        self._held: dict[int, dict[bytes, list[int]]] = defaultdict(lambda: defaultdict(list))
        self._made: dict[CheckId, _Made] = {}
        self._faults: dict[str, set[str]] = defaultdict(set)

    def handlers(self) -> Mapping[type, Handler]:
        """Hear cards, signals and faults."""
        return {Tapped: self._tapped, Signalled: self._signal, Faulted: self._fault}

    def _tapped(self, one: Tapped) -> None:
        self._held[one.terminal][one.uid].append(one.at_ns)

    def _signal(self, one: Signalled) -> None:
        if one.signal in GOOD and one.moment.startswith("checked-") and one.epoch is not None and one.seq is not None:
            self._made.setdefault((one.terminal, one.epoch, one.seq), _Made(one.at_ns, one.box, one.moment))

    def _fault(self, one: Faulted) -> None:
        self._faults[one.who].add(one.fault)

    def end(self, books: Books) -> None:
        """Compare."""
        checks = {(one.terminal, one.epoch, one.seq): one for one in books.facts if one.kind == Kind.CHECK}
        twice = self._with(TWICE | DESTROYING, books)
        self._each_in_one_visit(books, checks, twice)
        self._nobody_invented(books, checks, twice)
        lied_to = self._with(LYING, books)
        self._pairs(books, checks, twice, lied_to)
        for visit in books.visits:
            if visit.state != "withdrawn" and visit.terminal not in lied_to | twice:
                self._times(books, visit)

    def _with(self, faults: frozenset[str], books: Books) -> set[int]:
        """Return the terminals that one of ``faults`` was done to; one of the gateway's was done to all."""
        every = set(range(len(books.devices)))
        if self._faults["gateway"] & faults:
            return every
        return {number for number in every if self._faults[f"terminal {number}"] & faults}

    def _each_in_one_visit(self, books: Books, checks: Mapping[CheckId, Fact], twice: set[int]) -> None:
        undone = {
            (one.terminal, one.epoch, one.target, one.uid)
            for one in books.facts
            if one.kind == Kind.UNDO and one.target is not None
        }
        visited = Counter(key for visit in books.visits if visit.state != "withdrawn" for key in _checks_of(visit))
        for key, check in checks.items():
            expected = 0 if (*key, check.uid) in undone else 1
            if visited[key] != expected and key[0] not in twice:
                self.broke(
                    books.ended_ns, f"terminal {key[0]}", f"第 {key[2]} 条在 {visited[key]} 次上门中，应为 {expected}",
                    f"check {key[2]} is in {visited[key]} visits, not in {expected}",
                )  # fmt: skip
        for key in visited:
            if key not in checks:
                self.broke(
                    books.ended_ns, f"terminal {key[0]}", f"上门所据的第 {key[2]} 条不存在",
                    f"a visit rests on event {key[2]}, which is no check",
                )  # fmt: skip

    def _nobody_invented(self, books: Books, checks: Mapping[CheckId, Fact], twice: set[int]) -> None:
        """Where a journal has two histories, a number may have been given twice: then any time will do."""
        for key, check in checks.items():
            held = self._held[key[0]].get(check.uid or b"", [])
            made = None if key[0] in twice else self._made.get(key)
            last = bisect_right(held, made.at_ns) if made is not None else len(held)
            if not last or (made is not None and held[last - 1] < made.at_ns - PAIRING_MS * _MS):
                self.broke(
                    books.ended_ns, f"terminal {key[0]}", f"第 {key[2]} 条的卡当时没有人刷过",
                    f"nobody held the card of check {key[2]} to the reader then",
                )  # fmt: skip

    def _pairs(self, books: Books, checks: Mapping[CheckId, Fact], twice: set[int], lied_to: set[int]) -> None:
        """An in, and the out of the same card that the terminal answered next, are one visit."""
        # also by its doubled checks: one whose sync failed got the bad signal, and stands there all the same
        visits = {key: one for one in books.visits if one.state != "withdrawn" and one.begin for key in _checks_of(one)}
        lanes: dict[tuple[int, bytes, bytes | None], list[CheckId]] = defaultdict(list)
        undone = {(one.terminal, one.epoch, one.target) for one in books.facts if one.kind == Kind.UNDO}
        for key in sorted(checks):
            if key not in undone and key[0] not in twice:
                lanes[key[0], key[1], checks[key].uid].append(key)
        for lane in lanes.values():
            for first, second in pairwise(lane):
                came, went = self._made.get(first), self._made.get(second)
                if came is None or went is None:
                    continue
                if not (came.moment.startswith("checked-in") and went.moment.startswith("checked-out")):
                    continue
                if went.at_ns - came.at_ns > OPEN_AT_MOST_NS:
                    continue  # a terminal without a clock cannot tell; the gateway takes them for two
                said_ms = checks[second].wall_ms - checks[first].wall_ms
                other_boot = checks[second].boot_id != checks[first].boot_id  # within one no wall clock counts
                if other_boot and first[0] in lied_to and not 0 <= said_ms <= OPEN_AT_MOST_NS // _MS:
                    continue  # who believed a lie has dated the one by it and the other not
                visit = visits.get(first)
                if visit is None or second not in _checks_of(visit):
                    self.broke(
                        books.ended_ns, f"terminal {first[0]}", f"签到 {first[2]} 与签退 {second[2]} 没有成为一次上门",
                        f"check-in {first[2]} and check-out {second[2]} are not one visit",
                    )  # fmt: skip

    def _times(self, books: Books, visit: Visited) -> None:
        true_ms: list[int] = []
        for side in (visit.begin, visit.end):
            made = self._made.get(_key(visit.terminal, side)) if side is not None else None
            if side is None or made is None:
                continue
            true_ms.append(made.at_ns // _MS)
            if side.at_ms is None or side.bound_ms is None:
                continue
            off_ms = side.at_ms - books.started_ms - made.at_ns // _MS
            if not -PAIRING_MS - side.bound_ms <= off_ms <= side.bound_ms + 1000:
                self.broke(
                    books.ended_ns, f"terminal {visit.terminal}",
                    f"第 {side.seq} 条的时间差 {off_ms} 毫秒，所称误差 ±{side.bound_ms}（{side.method}）",
                    f"check {side.seq} is {off_ms} ms off, said to be right to ± {side.bound_ms} ({side.method})",
                )  # fmt: skip
        if visit.begin and visit.end and visit.duration_ms is not None and len(true_ms) > 1:
            true = true_ms[1] - true_ms[0]
            bound = (visit.duration_bound_ms or 0) + PAIRING_MS + abs(true) // RATE
            if true < 0:
                self.broke(
                    books.ended_ns, f"terminal {visit.terminal}",
                    f"上门 {visit.begin.seq}→{visit.end.seq} 结束早于开始",
                    f"visit {visit.begin.seq}→{visit.end.seq} ends before it begins",
                )  # fmt: skip
            unknown = visit.duration_bound_ms is None and "duration_unknown" in visit.flags
            if not unknown and abs(visit.duration_ms - true) > bound:
                self.broke(
                    books.ended_ns, f"terminal {visit.terminal}",
                    f"上门 {visit.begin.seq}→{visit.end.seq} 实为 {true} 毫秒，算成 {visit.duration_ms}",
                    f"visit {visit.begin.seq}→{visit.end.seq} took {true} ms, said to be {visit.duration_ms}",
                )  # fmt: skip


def _key(terminal: int, side: Side | None) -> CheckId:
    return (terminal, side.epoch, side.seq) if side is not None else (terminal, b"", 0)


def _checks_of(visit: Visited) -> Iterable[CheckId]:
    for side in (visit.begin, visit.end):
        if side is not None:
            yield visit.terminal, side.epoch, side.seq
    for epoch, seq in visit.doubled:
        yield visit.terminal, epoch, seq
