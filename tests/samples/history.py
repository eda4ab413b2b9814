"""A small history made by hand, with everything in it that a timeline and a picture show."""

from zhendao.protocol.wording import Text
from zhendao.simulators.world.invariants.invariant import Breach
from zhendao.simulators.world.story.arguments import HOUR, MINUTE, SECOND
from zhendao.simulators.world.story.story import Story, act
from zhendao.simulators.world.trace import Note

_MS = 1_000_000
_AT = 2 * HOUR  # ten o'clock in China

STORY = Story(4711, 2, 1, "links").with_acts(
    [
        act(_AT, "caregiver 3", "visit", terminal=0, stay_ms=65 * MINUTE),
        act(_AT + 20 * MINUTE, "caregiver 5", "visit", terminal=1, stay_ms=30 * MINUTE, slip="double-tap"),
        act(_AT + 30 * SECOND, "terminal 0", "link-half-open", lost="up", for_ms=40 * MINUTE),
        act(_AT + 21 * MINUTE, "broker", "broker-drops", share=300, for_ms=10 * MINUTE),
        act(_AT + 66 * MINUTE, "terminal 0", "power-cut-writing", write=3, within_ms=5 * MINUTE, for_ms=90 * SECOND),
        act(_AT + 41 * MINUTE, "gateway", "gateway-kill", when="after-commit", for_ms=30 * SECOND),
        act(_AT + 50 * MINUTE, "platform", "platform-times-out", share=500, for_ms=12 * MINUTE),
    ]
)


def _note(at_ms: int, who: str, what: str, **facts: int | str) -> Note:
    return Note((_AT + at_ms) * _MS, who, what, facts)


def _event(at_ms: int, number: int, moment: str, seq: int, arrives_ms: int | None) -> list[Note]:
    box, span = f"terminal {number}", {"epoch": "0a1b2c3d", "first": seq, "last": seq}
    notes = [
        _note(at_ms - 900, box, "held", tag="door"),
        _note(at_ms - 850, box, "door-seen", seq=0),
        _note(at_ms, box, moment, seq=seq),
        _note(at_ms + 40, box, "sends", size=610, **span),
    ]
    if arrives_ms is not None:
        notes += [
            _note(arrives_ms, "gateway", "took", events=1, again=0, visits=1, refused=""),
            _note(arrives_ms + 5, "gateway", "acknowledges", terminal=number, state=0, committed=1, **span),
            _note(arrives_ms + 60, box, "accepted", seq=seq),
            _note(arrives_ms + 300, "platform", "effective", type="event", device="aa", revision=1, seq=seq),
        ]
    return notes


NOTES = sorted(
    [
        Note(0, "gateway", "starts", {}),
        *(Note(0, f"terminal {n}", "plugged in", {}) for n in range(2)),
        *(Note(20_000 * _MS, f"terminal {n}", "starts", {"run": 1}) for n in range(2)),
        *(Note(21_000 * _MS, f"terminal {n}", "connects", {}) for n in range(2)),
        *_event(2_000, 0, "checked-in", 12, 2_150),
        *_event(20 * MINUTE + 2000, 1, "checked-in", 9, None),
        _note(20 * MINUTE + 9000, "terminal 1", "already-recorded", seq=9),
        *(_note(60_000 + n * 2000, "terminal 0", "does not connect") for n in range(9)),
        _note(41 * MINUTE, "gateway", "killed"),
        _note(41 * MINUTE + 30_000, "gateway", "starts"),
        _note(41 * MINUTE + 31_000, "terminal 1", "sends", epoch="0a1b2c3d", first=9, last=9, size=640),
        *_event(50 * MINUTE + 2000, 1, "checked-out-unknown", 10, 50 * MINUTE + 2200),
        _note(66 * MINUTE + 3000, "terminal 0", "held", tag="door"),
        _note(66 * MINUTE + 3900, "terminal 0", "checked-out", seq=13),
        _note(66 * MINUTE + 3900, "terminal 0", "fault", fault="power-cut-writing", ends_ns=0),
        _note(66 * MINUTE + 3901, "terminal 0", "power cut"),
        _note(68 * MINUTE, "terminal 0", "plugged in"),
        _note(68 * MINUTE + 20_000, "terminal 0", "starts", run=2),
        _note(68 * MINUTE + 40_000, "terminal 0", "not-recorded", seq=0),
        _note(69 * MINUTE, "terminal 0", "something new", n=3),
    ],
    key=lambda one: one.at_ns,
)

BREACHES = [
    Breach(
        "no-false-good-signal",
        (_AT + 68 * MINUTE + 20_000) * _MS,
        "terminal 0",
        Text(
            "第 13 条亮过绿灯，重新启动后日志里没有了", "event 13 had the good signal, and the journal does not hold it"
        ),
    )
]
