"""Buttons of a real terminal process, mock pins under it: what a hand does, what is recorded, what is heard of it."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.disks import Filler, small_disk
from samples.journals import aged, enrolled
from samples.pinned import BAD, GOOD, MIDDLE, SOS, PinnedHome
from zhendao.protocol.bodies import Check, Duress, Heard, Incident, Sos
from zhendao.protocol.vocabulary import AnswerState, HeardBy, Kind
from zhendao.simulators.pins.hand import Hand

_ON_ITS_WAY = {"sent", "accepted"}


def test_a_press_is_a_call_that_is_followed_until_it_is_closed_and_over_a_restart(tmp_path: Path) -> None:
    with PinnedHome(tmp_path) as home:
        terminal = home.start()
        home.hand.do(f"press {SOS} 40")
        home.hand.do(f"press {SOS} 300")
        calling = terminal.next("sos-calling")
        terminal.next("sos-arrived")
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.HEARD))
        (call,) = home.gateway.of_kind(Kind.SOS)
        assert isinstance(call.body, Sos)
        assert (call.epoch.hex(), call.seq) == (calling["epoch"], calling["seq"])
        assert not call.body.drill

        home.answer(call, AnswerState.NOBODY_YET)
        terminal.next("sos-nobody-yet")
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.HEARD)) == 2)
        assert terminal.stop()[0] == 0

        terminal = home.start()
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.BOOT)) == 2)
        home.answer(call, AnswerState.RECEIVED, who="值班一", minutes=10)
        assert terminal.next("sos-received")["seq"] == call.seq
        home.hand.do(f"press {SOS} 200")
        assert terminal.next("sos-received"), "the same call once more: how it is now"
        home.hand.do(f"press {SOS} 5400")
        terminal.next("sos-mistake")
        home.answer(call, AnswerState.FALSE_ALARM)
        terminal.next("sos-resolved")
        home.gateway.wait(lambda: len(home.gateway.of_kind(Kind.HEARD)) == 4)

        heard = [one.body for one in home.gateway.of_kind(Kind.HEARD)]
        assert all(isinstance(one, Heard) and (one.epoch, one.seq) == (call.epoch, call.seq) for one in heard)
        assert [(one.state, one.by) for one in heard if isinstance(one, Heard)] == [
            (AnswerState.ARRIVED, HeardBy.PAGE),
            (AnswerState.NOBODY_YET, HeardBy.PAGE),
            (AnswerState.RECEIVED, HeardBy.PAGE),
            (AnswerState.FALSE_ALARM, HeardBy.PAGE),
        ]
        back = home.gateway.of_kind(Kind.SOS)[-1].body
        assert isinstance(back, Sos)
        assert back.mistake_of == call.seq
        assert back.held_ms is not None
        assert 5000 <= back.held_ms < 5400


def test_an_incident_refers_to_the_visit_and_duress_shows_what_a_rating_shows(tmp_path: Path) -> None:
    with PinnedHome(tmp_path) as home:
        terminal = home.start()
        home.tap("door", "card")
        home.hand.do(f"press {MIDDLE} 2200")
        terminal.next("incident-reported")
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.INCIDENT))
        (incident,) = home.gateway.of_kind(Kind.INCIDENT)
        (check,) = home.gateway.of_kind(Kind.CHECK)
        assert isinstance(incident.body, Incident)
        assert isinstance(check.body, Check)
        assert incident.body.refers_to == check.seq
        home.answer(incident, AnswerState.RECEIVED)
        terminal.next("incident-received")

        shown = []
        for held_ms in (400, 400, 2500):
            terminal.drain()
            seen = len(terminal.signals)
            home.hand.do(f"press {GOOD} {BAD} {held_ms}")
            terminal.next("rated")
            shown.append([one["moment"] for one in terminal.signals[seen:] if one["moment"] not in _ON_ITS_WAY])
        assert shown[1] == shown[2] == ["rated"], "whoever watches sees the same"
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.DURESS))
        (duress,) = home.gateway.of_kind(Kind.DURESS)
        assert isinstance(duress.body, Duress)
        assert duress.body.gesture == 1
        code, _, said = terminal.stop()
        assert code == 0
        assert "duress" not in said.lower()
        assert "胁" not in said


def test_while_nobody_answers_that_is_told_and_the_call_goes_first_when_the_broker_is_back(tmp_path: Path) -> None:
    with PinnedHome(tmp_path, more="[calls]\noffline_s = 1\n") as home:
        terminal = home.start()
        home.broker.kill()
        home.hand.do(f"press {SOS} 200")
        terminal.next("sos-calling")
        terminal.next("sos-offline")
        home.hand.do(f"press {SOS} 200")
        terminal.next("sos-offline")
        home.broker.start()
        terminal.next("sos-arrived")
        assert len(home.gateway.of_kind(Kind.SOS)) == 1


@pytest.fixture
def card(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "card") as folder:
        yield folder


@pytest.mark.long
def test_a_full_disk_takes_a_call_when_it_takes_nothing_else(tmp_path: Path, card: Path) -> None:
    with PinnedHome(tmp_path, session="double_tap_s = 0") as home:
        home.config.write_text(home.config.read_text().replace(str(home.data), str(card / "data")))
        aged(card / "data", enrolled(home.who), 200)
        filler = Filler(card)
        filler.fill(leaving=24 << 10)
        home.gateway.silent.set()
        terminal = home.start()
        for _ in range(40):
            home.emulator.do("present card")
            terminal.next("card-seen")
            home.emulator.do("present door")
            if terminal.any()["moment"] == "not-recorded":
                break
            home.emulator.do("remove card")
            home.emulator.do("remove door")
            home.emulator.do("wait 800")
        else:
            pytest.fail("the disk never was full")
        home.hand.do(f"press {SOS} 200")
        terminal.next("sos-calling")
        home.gateway.silent.clear()
        home.gateway.wait(lambda: home.gateway.of_kind(Kind.SOS))


def test_a_call_needs_no_reader_and_a_kill_in_the_middle_forgets_none(tmp_path: Path) -> None:
    with PinnedHome(tmp_path, more="[calls]\noffline_s = 1\n") as home:
        home.gateway.silent.set()
        home.emulator.process.send_signal(signal.SIGSTOP)
        try:
            terminal = home.launch()
            home.gateway.wait(lambda: home.gateway.states)
            with Hand(home.pins) as hand:
                hand.do(f"press {SOS} 200")
                calling = terminal.next("sos-calling")
            terminal.kill()
            terminal = home.launch()
            told = terminal.next("sos-nobody-yet")
            assert (told["epoch"], told["seq"]) == (calling["epoch"], calling["seq"])
            home.gateway.silent.clear()
            assert terminal.next("sos-arrived")["seq"] == calling["seq"]
        finally:
            home.emulator.process.send_signal(signal.SIGCONT)
