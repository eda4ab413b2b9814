"""Facts that nobody has made well: whatever a file says in the right form is judged, and in any order the same.

Two terminals, two journals each, boots that contradict each other, numbers with two contents, figures at the ends of
what the wire can carry. A file is not signed: whoever judges from it must stand what anybody wrote into it.
"""

from hypothesis import given, settings
from hypothesis import strategies as st

from samples.any_facts import EPOCHS, OTHER, arrivals, bodies, bounds, monos, seqs, walls
from samples.witnessed import DEVICE, known, line_of
from zhendao.gateway.config import VisitsTable
from zhendao.gateway.judging.facts import Fact, FactsError, fact_of, read_facts
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.writing import written
from zhendao.gateway.registry.snapshot import Registry, Schedule, Terminal
from zhendao.gateway.visits.drawing import policy_of
from zhendao.protocol.event import Event, kind_and_version
from zhendao.protocol.vocabulary import ClockSource, Placement

REGISTRY: Registry = known(
    terminals=[
        Terminal(DEVICE, "E-1", "P-1", Placement.HOME, None),
        Terminal(OTHER, "E-1", "P-1", Placement.HOME, b"d" * 16),
    ],
    schedules=[Schedule("E-1", "C-1", "BATH", None, "08:00-09:00")],
)


@st.composite
def facts(draw: st.DrawFn) -> Fact:
    body = draw(bodies)
    kind, version = kind_and_version(body)
    event = Event(
        device=draw(st.sampled_from([DEVICE, OTHER])),
        epoch=draw(st.sampled_from(EPOCHS)),
        seq=draw(seqs),
        boot_id=draw(st.sampled_from([b"1" * 16, b"2" * 16, b"3" * 16])),
        mono_ns=draw(monos),
        wall_ms=draw(walls),
        clock_source=draw(st.sampled_from(ClockSource)),
        clock_bound_ms=draw(bounds),
        kind=kind,
        version=version,
        body=body,
    )
    return fact_of(event, draw(arrivals), h=draw(st.sampled_from([None, b"h" * 32])))


def judge_of(some: list[Fact]) -> bytes:
    judge = Judge(REGISTRY, policy_of(VisitsTable()), 10_000)
    for fact in some:
        judge.take(fact)
    return b"".join(written(judge.judged()))


@settings(max_examples=40)
@given(st.lists(facts(), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_any_facts_are_judged_and_in_any_order_the_same(some: list[Fact], random: object) -> None:
    lines = [line_of(fact) for fact in some]
    try:
        read = list(read_facts(lines))
    except FactsError:
        return
    told = judge_of(read)
    random.shuffle(read)  # type: ignore[attr-defined]
    assert judge_of([*read, *read[:3]]) == told
    one_by_one = Judge(REGISTRY, policy_of(VisitsTable()), 10_000)
    for fact in read:
        one_by_one.take(fact)
        one_by_one.draw()
    assert b"".join(written(one_by_one.judged())) == told
