"""A real terminal: a card that is held there hears its times and its receipt; a plan that comes down reminds once."""

import time
from pathlib import Path

from samples.home import Home
from samples.wallclock import WallClock
from zhendao.protocol.bodies import Boot, Check, Tap
from zhendao.protocol.command import PLAN, Command, sign_command
from zhendao.protocol.plan import Plan, PlannedVisit, plan_body
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import Kind, TapReason

AWAY = "wait 1500"
"""Time for a token to be seen as gone."""


def test_a_card_hears_when_it_was_its_times_and_its_receipt_and_is_reminded_as_planned(tmp_path: Path) -> None:
    with Home(tmp_path, session="remind_min = 0") as home:
        WallClock(home.folder).ntp(20)
        terminal = home.start()
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CLOCK)))
        home.emulator.do("present door")
        terminal.next("door-seen")
        home.emulator.do("remove door")
        home.emulator.do("present card")
        (receipt,) = terminal.next("checked-in")["said"]
        home.emulator.do("remove card")
        home.emulator.do(AWAY)
        home.emulator.do("present card")
        (when,) = terminal.next("already-recorded")["said"]
        assert terminal.next("times-today")["said"] == [when]
        assert terminal.next("receipt")["said"] == [receipt]
        home.emulator.do("remove card")
        home.gateway.wait(lambda: bool(home.gateway.of_kind(Kind.CHECK)) and bool(home.gateway.of_kind(Kind.TAP)))
        check, tap = home.gateway.of_kind(Kind.CHECK)[0], home.gateway.of_kind(Kind.TAP)[-1]
        assert isinstance(check.body, Check)
        assert isinstance(tap.body, Tap)
        assert (tap.body.reason, tap.body.refers_to) == (TapReason.REPEATED, check.seq)
        hour, minute = map(int, when.split(":"))
        local_min = check.wall_ms // 60_000 + 8 * 60
        assert (local_min - hour * 60 - minute) % (24 * 60) in {0, 1}, "of when the card came, a moment before"
        _plan(home, check.body.caregiver.token_id or b"", check.wall_ms)
        terminal.next("remind-end")
        assert terminal.stop()[0] == 0
        assert (home.data / "plan").exists()
        terminal = home.start()
        assert "remind-end" not in [one["moment"] for one in terminal.drain()]
        assert terminal.stop()[0] == 0


def _plan(home: Home, card: bytes, from_ms: int) -> None:
    """Send the plan of a visit that ends in a moment."""
    boot = home.gateway.of_kind(Kind.BOOT)[-1].body
    assert isinstance(boot, Boot)
    now_ms = time.time_ns() // 1_000_000
    plan = Plan(from_ms - 1, now_ms + 3_600_000, (PlannedVisit(card, from_ms - 1, now_ms + 1_000),))
    command = Command(home.who.suite.id, home.who.device, boot.nonce, 1, PLAN, plan_body(plan), 0)
    topic = str(Topic("test", home.who.device, "down"))
    home.gateway.client.publish(topic, sign_command(home.who.gateway, bytes(32), command), qos=1)
