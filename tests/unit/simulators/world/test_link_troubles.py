"""Every act that befalls links and broker: it does something, and when it is over everything is as before."""

import pytest

from samples.lines import Lines
from zhendao.device.link.postings import Down
from zhendao.simulators.world.net.troubles import FAMILIES, LinkTroubles
from zhendao.simulators.world.story.kinds import KINDS
from zhendao.simulators.world.story.story import act

ACTS = [
    (kind.name, whom + (" 0" if whom == "terminal" else ""))
    for kind in KINDS.values()
    if kind.family in FAMILIES
    for whom in kind.whom
]
MINUTE_MS = 60_000


def begun() -> tuple[Lines, LinkTroubles]:
    lines = Lines(2)
    lines.run(5)
    return lines, LinkTroubles(lines.network, lines.broker)


@pytest.mark.parametrize(("kind", "who"), ACTS)
def test_each_is_over_when_it_is_over(kind: str, who: str) -> None:
    lines, troubles = begun()
    more = {"for_ms": 3 * MINUTE_MS} if "for_ms" in KINDS[kind].arguments else {}
    troubles.befall(act(5000, who, kind, **more))
    again = {"for_ms": 5 * MINUTE_MS} if more else {}
    lines.run(60)
    troubles.befall(act(65_000, who, kind, **again))
    for number in range(400):
        lines.run(1)
        for one in lines.terminals:
            one.send(str(number).encode())
    if kind == "broker-mute":
        for one in lines.terminals:
            one.link.drop()  # as `Shipping` does when no receipts come
    lines.run(300)
    assert all(one.up for one in lines.terminals)
    assert lines.gateway.connected
    lines.got.clear()
    for one in lines.terminals:
        assert one.send(one.name.encode())
    lines.run(10)
    assert sorted(lines.got) == [b"terminal 0", b"terminal 1"]
    assert lines.broker.faults == type(lines.broker.faults)()


@pytest.mark.parametrize(("kind", "who"), ACTS)
def test_each_does_something(kind: str, who: str) -> None:
    def history(*, with_act: bool) -> object:
        lines, troubles = begun()
        if with_act:
            troubles.befall(act(5000, who, kind))
        if kind in {"broker-refuses", "broker-busy", "broker-full"}:
            lines.network.reset("broker")
        for number in range(30):
            lines.run(1)
            for one in lines.terminals:
                one.send(str(number).encode())
        return [one.posted for one in lines.terminals], lines.got_ns, lines.broker.counters

    assert history(with_act=True) != history(with_act=False)


def test_a_flapping_network_comes_and_goes() -> None:
    lines, troubles = begun()
    troubles.befall(act(0, "terminal 0", "link-flap", up_ms=20_000, down_ms=60_000, for_ms=10 * MINUTE_MS))
    lines.run(700)
    assert len(lines.terminals[0].times(Down)) > 8
    assert lines.terminals[0].up
    assert lines.terminals[1].times(Down) == []


def test_what_is_not_of_links_is_refused() -> None:
    _, troubles = begun()
    with pytest.raises(ValueError, match="power-cut"):
        troubles.befall(act(0, "terminal 0", "power-cut"))
