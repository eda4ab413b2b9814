"""The real agent process, a real broker, a real driver on an emulated reader, and a gateway made of the protocol."""

from pathlib import Path

import pytest

from samples.home import Home, Identity
from zhendao.protocol.bodies import Check
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.protocol.vocabulary import Direction, Kind, Strength


@pytest.mark.parametrize("suite", [SM, INTL], ids=["sm", "intl"])
def test_a_tap_reaches_the_gateway_and_the_caregiver_hears_three_signals(tmp_path: Path, suite: Suite) -> None:
    with Home(tmp_path, Identity(suite)) as home:
        terminal = home.start()
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do("present card")
        recorded = terminal.next("checked-in")
        sent, accepted = terminal.next("sent"), terminal.next("accepted")
        assert [one["signal"] for one in (recorded, sent, accepted)] == ["recorded", "sent", "accepted"]
        assert recorded["seq"] == sent["seq"] == accepted["seq"]
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CHECK)))
        (event,) = home.gateway.of_kind(Kind.CHECK)
        assert (event.epoch.hex(), event.seq) == (recorded["epoch"], recorded["seq"])
        assert isinstance(event.body, Check)
        assert event.body.direction is Direction.IN
        assert event.body.caregiver.strength is Strength.SIGNED
        code, seconds, said = terminal.stop()
        assert (code, seconds < 5) == (0, True)
        assert "Traceback" not in said
        home.gateway.wait(lambda: home.gateway.states[-1:] == [False])
        assert home.gateway.problems == []
