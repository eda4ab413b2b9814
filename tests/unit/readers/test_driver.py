"""Our reader on nfcpy's driver, with the chip model directly behind it: reads, writes, torn writes, spoilt answers."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.pn532 import CARD, DOOR, ChipLine, reader_on
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.errors import (
    NotAPn532Error,
    ReaderError,
    ReaderGarbledError,
    ReaderSilentError,
    TagGoneError,
    TagKindError,
    TagMalformedError,
    TagRefusedError,
    TagTooSmallError,
)
from zhendao.readers.ntag import read_content, select, write_ndef
from zhendao.readers.pn532_port import Pn532
from zhendao.readers.serial_line import LONGEST_FRAME, split
from zhendao.readers.taps import Taps
from zhendao.readers.values import Departure, Posting, Presence, Refusal, RefusalReason
from zhendao.simulators.pn532.chip import Chip
from zhendao.simulators.pn532.tags.kinds import KINDS

ROUND_NS = 100_000_000


def present(chip: Chip, name: str, kind: str, uid: bytes) -> None:
    chip.antenna.present(name, KINDS[kind][1](uid, None))


class Rounds:
    """Rounds of sensing on a clock that only moves between them."""

    def __init__(self, chip: Chip) -> None:
        self.reader = reader_on(chip)
        self.now = 0
        self.posted: list[Posting] = []
        self.taps = Taps(lambda: self.now, self.posted.append)

    def run(self, rounds: int = 1) -> list[Posting]:
        before = len(self.posted)
        for _ in range(rounds):
            self.now += ROUND_NS
            self.taps.round(self.reader)
        return self.posted[before:]


@pytest.mark.parametrize(("kind", "size"), [("ntag213", 137), ("ntag215", 490), ("ntag216", 860)])
def test_write_and_read_back(kind: str, size: int) -> None:
    chip = Chip()
    present(chip, "door", kind, DOOR)
    reader = reader_on(chip)
    for message in (bytes(range(200)) * 5, b"short", b"x" * 254, b"x" * 255):
        if len(message[:size]) == len(message) or len(message) > 300:
            write_ndef(reader, DOOR, message[:size])
            assert read_content(reader, select(reader, DOOR)).message == message[:size]


def test_what_cannot_be_written_is_refused_and_left_alone() -> None:
    chip = Chip()
    present(chip, "door", "ntag213", DOOR)
    reader = reader_on(chip)
    with pytest.raises(TagTooSmallError):
        write_ndef(reader, DOOR, bytes(138))
    with pytest.raises(TagGoneError):
        write_ndef(reader, CARD, b"abc")
    tag = chip.antenna.tags["door"]
    tag.exchange(b"\xa2\x03\x00\x00\x00\x0f")
    with pytest.raises(TagRefusedError):
        write_ndef(reader, DOOR, b"abc")
    present(chip, "door", "classic", b"\xde\xad\xbe\xef")
    with pytest.raises(TagKindError):
        write_ndef(reader, b"\xde\xad\xbe\xef", b"abc")


@pytest.mark.parametrize("kind", ["ntag213", "ntag215"])
def test_a_write_torn_anywhere_leaves_the_old_an_empty_or_the_new_message(kind: str) -> None:
    old, new = b"old message, long enough for pages", b"the new one " * 4
    outcomes = set()
    for exchanges in range(60):
        chip = Chip()
        present(chip, "door", kind, DOOR)
        reader = reader_on(chip)
        write_ndef(reader, DOOR, old)
        tag = chip.antenna.tags["door"]
        chip.antenna.leaves_after = exchanges
        with contextlib.suppress(TagGoneError):
            write_ndef(reader, DOOR, new)
        chip.antenna.leaves_after = None
        chip.antenna.present("door", tag)
        outcomes.add(read_content(reader, select(reader, DOOR)).message)
    assert outcomes == {old, None, new}


def test_a_locked_page_in_the_middle_is_a_named_error() -> None:
    chip = Chip()
    present(chip, "door", "ntag215", DOOR)
    chip.antenna.tags["door"].exchange(b"\xa2\x02\x00\x00\x00\x01")
    with pytest.raises(TagRefusedError):
        write_ndef(reader_on(chip), DOOR, bytes(100))


def test_a_tag_without_capability_container_is_malformed() -> None:
    chip = Chip()
    present(chip, "door", "ntag215", DOOR)
    chip.antenna.tags["door"].content[12] = 0  # type: ignore[attr-defined]  # an Ntag
    reader = reader_on(chip)
    with pytest.raises(TagMalformedError):
        read_content(reader, select(reader, DOOR))
    rounds = Rounds(chip)
    (presence,) = rounds.run()
    assert isinstance(presence, Presence)
    assert (presence.technology, presence.ndef) == (Technology.ISO14443A, None)


def test_wall_mounting_tells_the_card_from_the_door_tag() -> None:
    chip = Chip()
    present(chip, "door", "ntag215", DOOR)
    present(chip, "card", "ntag213", CARD)
    reader = reader_on(chip)
    write_ndef(reader, DOOR, b"door")
    write_ndef(reader, CARD, b"card")
    card = chip.antenna.tags["card"]
    chip.antenna.remove("card")
    rounds = Rounds(chip)
    (first,) = rounds.run()
    assert isinstance(first, Presence)
    assert (first.uid, first.ndef, first.technology) == (DOOR, b"door", Technology.NTAG21X)
    assert rounds.run(5) == []
    chip.antenna.present("card", card)
    (second,) = rounds.run()
    assert isinstance(second, Presence)
    assert (second.uid, second.ndef) == (CARD, b"card")
    assert 1 <= len(second.rtts_us) <= 16
    chip.antenna.remove("card")
    assert rounds.run(6) == [Departure(CARD, rounds.posted[-1].mono_ns)]


def test_other_cards_by_uid_and_random_uids_refused() -> None:
    chip = Chip()
    rounds = Rounds(chip)
    present(chip, "iso", "isodep", CARD)
    present(chip, "classic", "classic", b"\xde\xad\xbe\xef")
    assert {(p.uid, p.technology, p.ndef) for p in rounds.run() if isinstance(p, Presence)} == {
        (CARD, Technology.ISO_DEP, None),
        (b"\xde\xad\xbe\xef", Technology.ISO14443A, None),
    }
    chip.antenna.remove("iso")
    chip.antenna.remove("classic")
    rounds.run(6)
    present(chip, "phone", "isodep", b"\x08\x01\x02\x03")
    assert rounds.run() == [Refusal(RefusalReason.RANDOM_UID, rounds.now)]
    chip.antenna.remove("phone")
    assert rounds.run(8) == []


def test_a_card_that_keeps_its_pages_to_itself_is_known_by_its_uid() -> None:
    """A password before the user memory: page 0 is shown, the rest is refused, each time."""
    chip = Chip()
    present(chip, "door", "ntag213", DOOR)
    content = chip.antenna.tags["door"].content  # type: ignore[attr-defined]  # an Ntag
    content[41 * 4 + 3] = 4  # AUTH0: from page 4 on
    content[42 * 4] = 0x80  # PROT: reading too
    rounds = Rounds(chip)
    assert rounds.run(2) == []
    (presence,) = rounds.run()
    assert isinstance(presence, Presence)
    assert (presence.uid, presence.technology, presence.ndef) == (DOOR, Technology.ISO14443A, None)


def test_a_tag_that_is_not_to_be_read_is_refused_once_and_read_on() -> None:
    chip = Chip()
    present(chip, "door", "ntag215", DOOR)
    rounds = Rounds(chip)
    chip.antenna.weak = 5
    assert rounds.run(3) == [Refusal(RefusalReason.UNREADABLE, rounds.now)]
    assert rounds.run(2) == []
    (presence,) = rounds.run()
    assert isinstance(presence, Presence)
    assert rounds.taps.changed_ns == rounds.now
    rounds.run(3)
    assert rounds.taps.changed_ns == rounds.now - 3 * ROUND_NS


@pytest.mark.parametrize("kind", ["type4", "type4-short-ats", "type4-bare-ats"])
@pytest.mark.parametrize("size", [1, 59, 300, 1022])
def test_a_message_on_a_type_4_card_is_read(kind: str, size: int) -> None:
    chip = Chip()
    present(chip, "card", kind, CARD)
    message = (b"0123456789" * 103)[:size]
    chip.antenna.tags["card"].content[: 2 + size] = size.to_bytes(2, "big") + message  # type: ignore[attr-defined]
    present(chip, "door", "ntag215", DOOR)
    write_ndef(reader_on(chip), DOOR, b"door")
    posted = {one.uid: one for one in Rounds(chip).run() if isinstance(one, Presence)}
    assert (posted[CARD].technology, posted[CARD].ndef) == (Technology.ISO_DEP, message)
    assert posted[DOOR].ndef == b"door"


def test_a_card_that_is_silent_for_longer_than_it_may_be_is_gone_and_the_reader_is_well() -> None:
    chip = Chip()
    present(chip, "card", "type4", CARD)
    reader = reader_on(chip)
    (target,) = reader.sense()
    assert reader.transceive(target, b"\x00\xa4\x04\x00\x00") == b"\x6a\x82"
    chip.faults.order("no-reply", 0, 1)
    with pytest.raises(TagGoneError):
        reader.transceive(target, b"\x00\xa4\x04\x00\x00")
    chip.faults.order("hang", 0, 1)
    with pytest.raises(ReaderSilentError):
        reader.transceive(target, b"\x00\xa4\x04\x00\x00")


def test_a_tag_taken_away_too_early_is_told() -> None:
    chip = Chip()
    present(chip, "door", "ntag215", DOOR)
    rounds = Rounds(chip)
    chip.antenna.leaves_after = 1
    assert rounds.run() == []
    (told,) = rounds.run(6)
    assert isinstance(told, Refusal)
    assert told.reason is RefusalReason.LEFT_EARLY


@pytest.mark.parametrize("fault", ["lost-command", "no-reply", "truncate", "bad-checksum", "noise"])
def test_each_fault_is_one_named_error_and_the_next_round_works(fault: str) -> None:
    chip = Chip()
    present(chip, "door", "ntag215", DOOR)
    reader = reader_on(chip)
    reader.rest()
    chip.faults.order(fault, 4, 1)
    if fault == "noise":
        assert [target.uid for target in reader.sense()] == [DOOR]
    else:
        with pytest.raises((ReaderSilentError, ReaderGarbledError)):
            reader.sense()
    reader.rest()
    assert [target.uid for target in reader.sense()] == [DOOR]


@pytest.mark.parametrize("baud", [115_200, 230_400, 460_800, 921_600])
def test_a_chip_left_at_another_speed_is_found_and_brought_back(baud: int) -> None:
    chip = Chip()
    chip.power_up(baud)
    reader_on(chip).check()
    assert chip.firmware.baud == 115_200


def test_a_sleeping_chip_is_woken() -> None:
    chip = Chip()
    chip.firmware.asleep = True
    reader_on(chip).check()


def test_silence_at_all_speeds_is_no_pn532() -> None:
    chip = Chip()
    chip.faults.hung = True
    with pytest.raises(NotAPn532Error):
        reader_on(chip)


@settings(max_examples=60)
@given(st.lists(st.binary(max_size=80), min_size=1, max_size=4))
def test_whatever_bytes_come_back_every_call_ends_in_a_value_or_a_reader_error(answers: list[bytes]) -> None:
    class Liar(ChipLine):
        """Answers with anything at all."""

        def write(self, frame: bytes) -> None:
            del frame
            self._coming = bytearray(b"\x00\x00\xff\x00\xff\x00" + answers[0])
            answers.append(answers.pop(0))

    reader = Pn532(Liar(Chip()))  # type: ignore[arg-type]  # offers what SerialLine offers
    for call in (reader.sense, reader.rest, reader.check, reader.start):
        with contextlib.suppress(ReaderError):
            call()


@given(st.binary(max_size=700))
def test_splitting_any_bytes_stays_bounded(data: bytes) -> None:
    buffer = bytearray(data)
    while (frame := split(buffer)) is not None:
        assert frame.startswith(b"\x00\x00\xff")
        assert len(frame) <= LONGEST_FRAME
    assert len(buffer) <= LONGEST_FRAME
