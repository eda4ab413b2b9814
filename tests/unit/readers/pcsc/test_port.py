"""The PC/SC reader over a service that says anything: states, results and answers, each by itself and at random."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.readers.errors import ReaderError, ReaderGoneError, TagGoneError, TagProtectedError, TagRefusedError
from zhendao.readers.ntag import read_content
from zhendao.readers.pcsc.errors import PcscError, PcscReaderMissingError, PcscServiceError
from zhendao.readers.pcsc.library import (
    STATE_MUTE,
    STATE_PRESENT,
    STATE_UNAVAILABLE,
    STATE_UNKNOWN,
    PcscCall,
    SlotState,
)
from zhendao.readers.pcsc.port import PcscReader
from zhendao.readers.reader import Target
from zhendao.readers.taps import Taps
from zhendao.readers.values import Posting
from zhendao.simulators.pcsc.view import View
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tags.ntag import NTAG213, blank

DOOR = bytes.fromhex("04a1b2c3d4e5f6")
EMPTY = SlotState(0x10, 0, b"")
NO_CARD, REMOVED, NO_SERVICE, UNRESPONSIVE, ODD = 0x8010000C, 0x80100069, 0x8010001D, 0x80100066, 0x80100001


@dataclass
class Service:
    """A service and the card in its reader; a number in place of a value is a call that fails."""

    slot: SlotState | int = EMPTY
    view: View | None = None
    connecting: int = 0
    answers: list[bytes | int] = field(default_factory=list)
    held: int = 0

    def readers(self) -> tuple[str, ...]:
        return ("x",)

    def state(self, reader: str) -> SlotState:
        del reader
        if isinstance(self.slot, int):
            raise PcscCall(self.slot)
        return self.slot

    def connect(self, reader: str) -> Service:
        del reader
        if self.connecting:
            raise PcscCall(self.connecting)
        self.held += 1
        if self.view is not None:
            self.view.power()
        return self

    def transmit(self, apdu: bytes) -> bytes:
        answer = self.answers.pop(0) if self.answers else self.view.apdu(apdu) if self.view else b"\x6f\x00"
        if isinstance(answer, int):
            raise PcscCall(answer)
        return answer

    def release(self) -> None:
        self.held -= 1


def reader_on(service: Service) -> PcscReader:
    return PcscReader(service, "x")  # type: ignore[arg-type]  # as much of a context as is used


def with_card(kind: str = "ntag213", memory: bytes | None = None) -> Service:
    view = View(KINDS[kind][1](DOOR, None if memory is None else {"memory": memory.hex()}))
    return Service(SlotState(STATE_PRESENT, 1, view.atr()), view)


def test_a_card_is_met_once_and_let_go() -> None:
    service = with_card()
    reader = reader_on(service)
    assert [target.uid for _ in range(3) for target in reader.sense()] == [DOOR] * 3
    assert service.held == 1
    service.slot = EMPTY
    assert reader.sense() == ()
    assert service.held == 0


def test_a_card_that_was_changed_between_two_looks_is_met_anew() -> None:
    service = with_card()
    reader = reader_on(service)
    reader.sense()
    service.view = View(KINDS["classic"][1](b"\xde\xad\xbe\xef", None))
    service.slot = SlotState(STATE_PRESENT, 3, service.view.atr())
    assert [target.uid for target in reader.sense()] == [b"\xde\xad\xbe\xef"]


@pytest.mark.parametrize("flags", [STATE_UNKNOWN, STATE_UNAVAILABLE, STATE_UNAVAILABLE | STATE_PRESENT])
def test_a_reader_that_is_pulled_is_missing(flags: int) -> None:
    with pytest.raises(PcscReaderMissingError):
        reader_on(Service(SlotState(flags, 0, b""))).sense()


@pytest.mark.parametrize("result", [REMOVED, UNRESPONSIVE, NO_CARD, ODD])
def test_what_cannot_be_met_is_mute_and_asked_again(result: int) -> None:
    service = with_card()
    service.connecting = result
    reader = reader_on(service)
    assert [target.mute for target in reader.sense()] == [True]
    service.connecting = 0
    assert [target.uid for target in reader.sense()] == [DOOR]


def test_a_card_that_does_not_answer_to_reset_is_mute() -> None:
    assert [t.mute for t in reader_on(Service(SlotState(STATE_PRESENT | STATE_MUTE, 1, b""))).sense()] == [True]


def test_an_apdu_that_fails_by_its_reason() -> None:
    service = with_card("type4")
    reader = reader_on(service)
    (target,) = reader.sense()
    for result, error in ((REMOVED, TagGoneError), (NO_SERVICE, PcscServiceError), (ODD, PcscError)):
        service.answers = [result]
        with pytest.raises(error):
            reader.transceive(target, b"\x00\xa4\x04\x00\x00")
        (target,) = reader.sense()
    service.answers = [b""]
    with pytest.raises(TagGoneError):
        reader.transceive(target, b"\x00\xa4\x04\x00\x00")
    with pytest.raises(TagGoneError):
        reader.transceive(Target(1, b"1234", 0, 0), b"\x00\xa4\x04\x00\x00")


def test_what_a_card_refuses_and_what_it_does_not_hear_are_told_apart() -> None:
    memory = bytearray(blank(NTAG213, DOOR))
    memory[41 * 4 + 3], memory[42 * 4] = 4, 0x80  # a password before page 4, for reading too
    service = with_card(memory=bytes(memory))
    reader = reader_on(service)
    (target,) = reader.sense()
    with pytest.raises(TagProtectedError):
        read_content(reader, target)
    with pytest.raises(TagRefusedError):
        reader.write_page(target, 5, b"abcd")
    service.answers = [b"\x63\x00", b"\x63\x00"]
    with pytest.raises(TagGoneError):
        reader.read_pages(target, 0)


def test_after_cancel_nothing_is_begun() -> None:
    reader = reader_on(with_card())
    reader.cancel()
    with pytest.raises(ReaderGoneError):
        reader.sense()


RESULTS = st.sampled_from([REMOVED, NO_SERVICE, UNRESPONSIVE, NO_CARD, ODD, 0x8010000B, 0x80100009])
STATES = st.builds(SlotState, st.integers(0, 0xFFFF), st.integers(0, 3), st.binary(max_size=33))


@given(
    st.lists(
        st.tuples(STATES | RESULTS, st.just(0) | RESULTS, st.lists(st.binary(max_size=20) | RESULTS, max_size=6)),
        max_size=12,
    )
)
def test_whatever_the_service_says_a_round_ends_in_postings_or_a_reader_error(
    rounds: list[tuple[SlotState | int, int, list[bytes | int]]],
) -> None:
    service, posted = Service(), list[Posting]()
    reader, now = reader_on(service), 0
    taps = Taps(lambda: now, posted.append)
    for service.slot, service.connecting, answers in rounds:
        service.answers = list(answers)
        now += 100_000_000
        with contextlib.suppress(ReaderError):
            taps.round(reader)
        assert service.held in {0, 1}
    reader.close()
    assert service.held == -1  # the card, and then the context
