"""Calls in a world: the terminal's own link sends them their way, and they stand first at the gateway of the world."""

from samples.lines import Lines
from zhendao.gateway.ingest.inbox import is_call


def test_a_call_passes_what_waits_at_the_gateway() -> None:
    lines = Lines()
    lines.run(5)
    lines.takes = False
    (terminal,) = lines.terminals
    for number in range(3):
        assert terminal.send(str(number).encode())
    assert terminal.link.publish(b"help", "sos") is not None
    lines.run(5)
    waiting = [one for one in lines.gateway.waiting if not one.topic.endswith("/state")]
    assert [one.payload for one in waiting] == [b"help", b"0", b"1", b"2"]
    assert is_call(lines.gateway.waiting[0])
    lines.take()
    assert lines.got[0] == b"help"
