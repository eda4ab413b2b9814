"""The bytes that set a receiver up, against the makers' pages; and the simulated receivers against the same bytes."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.device.gnss.setup import casic, ublox, ubx, unicore
from zhendao.device.gnss.setup.modules import MODULES
from zhendao.device.gnss.setup.replies import Outcome, Replies
from zhendao.device.gnss.setup.steps import Answer, Step, fits, sentence, wanted, worst_second
from zhendao.device.gnss.setup.survey import Survey
from zhendao.device.satellites import MODULES as NAMES
from zhendao.protocol.wording import Text
from zhendao.simulators.gnss.module import Module

SOME = Text("某", "some")


def test_the_sentences_are_those_of_the_makers_pages() -> None:
    assert sentence("PCAS04,3") == b"$PCAS04,3*1A\r\n"
    assert sentence("PCAS05,2") == b"$PCAS05,2*1A\r\n"
    assert sentence("PCAS02,1000") == b"$PCAS02,1000*2E\r\n"
    assert sentence("PCAS01,5") == b"$PCAS01,5*19\r\n"
    assert sentence("PCAS00") == b"$PCAS00*01\r\n"
    assert sentence("CFGSYS,h35155") == b"$CFGSYS,h35155*68\r\n"
    assert sentence("OK") == b"$OK*04\r\n"


def test_the_frames_are_those_of_the_makers_pages() -> None:
    # UBX-CFG-RATE, 1 Hz, as u-blox's tools write it; UBX-ACK-ACK to it.
    assert ubx.frame(ublox.CFG_RATE, bytes.fromhex("e80301000100")).hex() == "b56206080600e803010001000139"
    assert ubx.frame(ubx.ACK, bytes((0x06, 0x08))).hex() == "b5620501020006" + "08163f"
    assert ubx.frame(ublox.CFG_MSG, bytes((0xF0, 0x01, 0x00))).hex() == "b56206010300f00100fb11"
    assert ublox.values(ublox.RAM, {ublox.BAUDRATE: 38400}).hex() == "000100000100524000960000"


def test_the_command_offers_every_family() -> None:
    assert set(NAMES) == set(MODULES)


@pytest.mark.parametrize("baud", [9600, 19200, 38400, 115200])
def test_the_fullest_second_fits_the_line(baud: int) -> None:
    rates = wanted(baud)
    assert worst_second(rates) * 10 <= baud
    assert all(rates[name] == 1 for name in ("GGA", "RMC", "GSA"))
    assert rates["GSV"] == (5 if baud == 9600 else 1)
    assert not fits(wanted(4800), 4800), "so much does not go over so slow a line"


@pytest.mark.parametrize("name", MODULES)
@pytest.mark.parametrize("baud", [9600, 38400])
def test_every_family_ends_at_gps_and_beidou_once_a_second_with_the_right_sentences(name: str, baud: int) -> None:
    receiver = Module(name, 9600, "R")
    plan = MODULES[name].plan(baud, change=baud != 9600)
    for step in (*plan.steps, *plan.save):
        answers, _ = receiver.hear(step.message)
        replies = [] if step.baud is not None else [Replies(step).feed(one) for one in answers]
        found = [one for one in replies if one is not None]
        expected = [] if step.answer is Answer.NONE else [Outcome.ACKNOWLEDGED]
        assert found == expected or step.optional, step.shown
    state = receiver.state
    assert state.systems == {"G", "B"}
    assert (state.baud, state.period_ms, state.modern) == (baud, 1000, True)
    assert {name: every for name, every in state.rates.items() if every or name in wanted(baud)} == wanted(baud)
    receiver.power_cut()
    assert receiver.state.baud == baud, "saved"
    assert receiver.state.rates == state.rates


@pytest.mark.parametrize("name", MODULES)
def test_a_damaged_message_changes_nothing(name: str) -> None:
    dice = random.Random(1)
    plan = MODULES[name].plan(38400, change=True)
    for step in plan.steps:
        for _ in range(20):
            receiver = Module(name, 9600, "R")
            damaged = bytearray(step.message)
            # In a sentence before the checksum: without one Unicore's take it as it is.
            first, last = (1, damaged.index(b"*")) if step.message.startswith(b"$") else (2, len(damaged))
            damaged[dice.randrange(first, last)] ^= 1 << dice.randrange(7)
            before = repr(receiver.state)
            answers, _ = receiver.hear(bytes(damaged))
            assert repr(receiver.state) == before
            assert not any(Replies(step).feed(one) is Outcome.ACKNOWLEDGED for one in answers)


def test_without_saving_a_power_cut_takes_all_back() -> None:
    receiver = Module("l76k", 9600, "G")
    for step in casic.plan(115200, change=True).steps:
        receiver.hear(step.message)
    assert receiver.state.baud == 115200
    receiver.power_cut()
    assert (receiver.state.baud, receiver.state.systems) == (9600, {"G"})


@given(st.binary(max_size=80), st.binary(max_size=80), st.integers(1, 40))
def test_an_acknowledgement_is_found_in_any_stream_and_any_chunks(before: bytes, behind: bytes, size: int) -> None:
    step = Step(SOME, b"", Answer.ACK, ublox.CFG_RATE)
    stream = before.replace(ubx.SYNC, b"") + ubx.frame(ubx.ACK, bytes(ublox.CFG_RATE)) + behind
    replies = Replies(step)
    found = [replies.feed(stream[at : at + size]) for at in range(0, len(stream), size)]
    assert Outcome.ACKNOWLEDGED in found or before.endswith(b"\xb5")


@given(st.binary(max_size=400))
def test_any_bytes_are_an_answer_or_none(data: bytes) -> None:
    for answer in (Answer.OK, Answer.ACK):
        Replies(Step(SOME, b"", answer, ublox.CFG_RATE)).feed(data)
    survey = Survey(9600)
    survey.feed(data, 0)
    assert not all(one.good for one in survey.findings())


@given(st.lists(st.binary(max_size=60), max_size=20), st.sampled_from(sorted(MODULES)))
def test_any_bytes_from_a_host_end_as_answers(writes: list[bytes], name: str) -> None:
    receiver = Module(name, 9600, "GB")
    for data in writes:
        receiver.hear(data)


def test_another_messages_acknowledgement_is_none() -> None:
    step = Step(SOME, b"", Answer.ACK, ublox.CFG_RATE)
    assert Replies(step).feed(ubx.frame(ubx.ACK, bytes(ublox.CFG_MSG))) is None
    assert Replies(step).feed(ubx.frame(ubx.NAK, bytes(ublox.CFG_RATE))) is Outcome.REFUSED
    assert Replies(Step(SOME, b"", Answer.OK)).feed(b"$FAIL,1*1F\r\n") is Outcome.REFUSED
    assert Replies(Step(SOME, b"", Answer.OK)).feed(b"$OK*05\r\n") is None, "a damaged answer is none"
    assert unicore.plan(9600, change=False).steps[0].shown == "$CFGSYS,h11*5F"
