"""Journals of a city, torn by hand: each is found as what it is; of whole ones nothing is said. rule: EVIDENCE."""

from dataclasses import replace

import pytest

from zhendao.gateway.judging.detectors import SURVEYS
from zhendao.gateway.judging.facts import fact_of
from zhendao.gateway.judging.judge import Judge
from zhendao.gateway.judging.policy import PolicyFile
from zhendao.gateway.registry.snapshot import Registry
from zhendao.protocol.bodies import Boot, Check, Previous
from zhendao.protocol.event import Event
from zhendao.protocol.vocabulary import BootReason, Mounting, Placement
from zhendao.simulators.city.rates import Rates
from zhendao.simulators.city.running import Run
from zhendao.simulators.city.scale import Scale

JOURNALS = [one for one in SURVEYS if one.kind in {"gap", "fork", "rollback"}]
TORN = 12
Told = tuple[int, Event]


@pytest.fixture(scope="module")
def journals() -> dict[bytes, list[Told]]:
    """Everything that each terminal wrote, in the order of its numbers; power, clocks and links fail."""
    run = Run(6, Scale("tiny", 4, 24, 200, 2), 3, Rates(power_cuts=100, clock_lost=500, dead_links=100))
    found: dict[bytes, list[Told]] = {}
    for facts, _ in run.play():
        for fact in facts:
            found.setdefault(fact.event.device, []).append((fact.received_ms, fact.event))
    return {device: sorted(several, key=lambda one: one[1].seq) for device, several in found.items()}


def found(journals: dict[bytes, list[Told]]) -> set[tuple[str, str]]:
    judge = Judge(Registry(), PolicyFile().policy(), 10_000, (), JOURNALS)
    for several in journals.values():
        for received_ms, event in several:
            judge.take(fact_of(event, received_ms))
    return {(one.kind, one.subject[1]) for one in judge.judged().findings}


def torn(journals: dict[bytes, list[Told]], how: str) -> tuple[dict[bytes, list[Told]], set[str]]:
    """Return the journals with some of them torn, and the terminals of these."""
    fit = [one for one in sorted(journals) if sum(isinstance(e.body, Check) for _, e in journals[one]) > 1]
    chosen = fit[:: max(1, len(fit) // TORN)][:TORN]
    made = dict(journals)
    for device in chosen:
        several = list(journals[device])
        middle = next(at for at, (_, event) in enumerate(several) if isinstance(event.body, Check))
        received_ms, event = several[middle]
        if how == "gap":
            del several[middle]
        elif how == "fork":
            several.append((received_ms, replace(event, wall_ms=event.wall_ms + 60_000)))
        else:
            last = several[-1][1]
            body = Boot(
                nonce=bytes(16), reason=BootReason.START, previous=Previous(event.epoch, last.seq, bytes(32)),
                software="0", placement=Placement.HOME, mounting=Mounting.CRADLE,
            )  # fmt: skip
            again = replace(last, seq=event.seq, boot_id=bytes(16), body=body, kind=1)
            several = [*several[:middle], (several[-1][0], again)]
        made[device] = several
    return made, {device.hex() for device in chosen}


def test_nothing_is_said_of_whole_journals(journals: dict[bytes, list[Told]]) -> None:
    assert sum(isinstance(event.body, Boot) for several in journals.values() for _, event in several) > len(journals)
    assert found(journals) == set()


@pytest.mark.parametrize("how", ["gap", "fork", "rollback"])
def test_every_torn_journal_is_found_and_no_other(journals: dict[bytes, list[Told]], how: str) -> None:
    made, terminals = torn(journals, how)
    assert len(terminals) == TORN
    assert found(made) == {(how, device) for device in terminals}
