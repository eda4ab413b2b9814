"""The chip: the exchanges that real hosts make, faults, two tags, and any bytes at any baud rate."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.simulators.pn532.air import Antenna, crc_a
from zhendao.simulators.pn532.chip import Chip, Step
from zhendao.simulators.pn532.firmware import FOREVER, SYNTAX, Answer, Firmware
from zhendao.simulators.pn532.frames import Ack, Decoder, Information
from zhendao.simulators.pn532.tags.kinds import KINDS

DOOR, CARD = bytes.fromhex("04a1b2c3d4e5f6"), bytes.fromhex("04b0b0b0b0b0b0")
WIRE = 115_200


def chip_with(**tags: tuple[str, bytes]) -> Chip:
    chip = Chip()
    for name, (kind, uid) in tags.items():
        chip.antenna.present(name, KINDS[kind][1](uid, None))
    ask(chip, "320500 00 01".replace(" ", ""))
    return chip


def sent(step: Step) -> bytes:
    return b"".join(out.data for out in step.outs)


def ask(chip: Chip, command: str) -> bytes:
    """Send a command; return the answer's data behind the command code, after checking the acknowledgement."""
    step = chip.receive(Information(bytes.fromhex("d4" + command)).to_bytes(), WIRE)
    ack, answer = Decoder().feed(sent(step))
    assert ack == Ack()
    assert isinstance(answer, Information)
    assert answer.data[:2] == bytes((0xD5, int(command[:2], 16) + 1))
    return answer.data[2:]


def test_start_up_of_nfcpy_byte_for_byte() -> None:
    chip = Chip()
    answers = {
        "0000ff02fed4022a00": "0000ff06fad50332010607e800",
        "0000ff05fbd4140100001700": "0000ff02fed5151600",
    }
    for command, answer in answers.items():
        got = sent(chip.receive(bytes(10) + bytes.fromhex(command), WIRE))
        assert got.hex() == "0000ff00ff00" + answer


def test_one_tag_is_listed_as_the_manual_says() -> None:
    chip = chip_with(door=("ntag215", DOOR))
    assert ask(chip, "4a0100").hex() == "0101004400" + "07" + DOOR.hex()
    assert ask(chip, "4a0100" + "88" + DOOR.hex())[0] == 1
    assert ask(chip, "4a0100" + "88" + CARD.hex()) == b"\x00"
    assert ask(chip, "066339") == b"\x26"


def test_two_tags_are_listed_and_read_apart() -> None:
    chip = chip_with(door=("ntag215", DOOR), card=("ntag213", CARD))
    listed = ask(chip, "4a0200")
    assert listed[0] == 2
    assert DOOR in listed
    assert CARD in listed
    assert ask(chip, "40013000")[1:4] == DOOR[:3]
    assert ask(chip, "40023000")[1:4] == CARD[:3]
    assert ask(chip, "40013000")[5:9] == DOOR[3:]
    assert ask(chip, "40033000") == b"\x27"
    assert ask(chip, "5201") == b"\x00"


def test_a_halted_tag_needs_the_field_to_go_off() -> None:
    chip = chip_with(door=("ntag215", DOOR))
    assert ask(chip, "4a0100")[0] == 1
    assert ask(chip, "4401") == b"\x00"
    assert ask(chip, "4a0100") == b"\x00"
    ask(chip, "320102")
    assert ask(chip, "4a0100")[0] == 1


def test_iso_dep_with_and_without_automatic_rats() -> None:
    chip = chip_with(card=("isodep", CARD))
    assert ask(chip, "4a0100").endswith(bytes.fromhex("067577810280"))
    assert ask(chip, "4001" + "00a4040007d2760000850101").hex() == "006a82"
    assert ask(chip, "4001" + "00b0000000").hex() == "006d00"
    ask(chip, "320102")
    ask(chip, "1200")
    assert ask(chip, "4a0100").endswith(CARD)
    assert ask(chip, "42e080").hex() == "00067577810280"
    assert ask(chip, "420200a4040000").hex() == "00026a82"
    assert ask(chip, "42b3").hex() == "00a2"
    assert ask(chip, "42b2").hex() == "00026a82"
    assert ask(chip, "42d011").hex() == "00d0"
    assert ask(chip, "42c2").hex() == "00c2"
    assert ask(chip, "420200a4040000") == b"\x01"


def test_mifare_classic_gives_its_uid_and_nothing_else() -> None:
    chip = chip_with(card=("classic", b"\xde\xad\xbe\xef"))
    assert ask(chip, "4a0100").hex() == "0101000408" + "04deadbeef"
    assert ask(chip, "40013004") == b"\x01"
    assert ask(chip, "400160040102030405060708090a")[0] == 0x14
    assert ask(chip, "40013c00") == b"\x27"


def test_raw_exchange_with_and_without_crc() -> None:
    chip = chip_with(door=("ntag215", DOOR))
    ask(chip, "4a0100")
    assert ask(chip, "4260").hex() == "000004040201001103"
    ask(chip, "08630300")
    answer = ask(chip, "4260")
    assert answer[-2:] == crc_a(answer[1:-2])
    ask(chip, "08630200")
    assert ask(chip, "4260") == b"\x01"
    assert ask(chip, "42" + (b"\x60" + crc_a(b"\x60")).hex())[0] == 0
    nibble = b"\xa2\x05" + b"abcd"
    assert ask(chip, "42" + (nibble + crc_a(nibble)).hex()).hex() == "000a"


def test_listing_for_ever_answers_when_a_tag_comes_and_ends_on_ack() -> None:
    chip = Chip()
    forever = Information(bytes.fromhex("d44a0100")).to_bytes()
    assert sent(chip.receive(forever, WIRE)) == Ack().to_bytes()
    chip.antenna.present("door", KINDS["ntag215"][1](DOOR, None))
    assert DOOR in sent(chip.changed())
    chip.antenna.remove("door")
    chip.receive(forever, WIRE)
    assert chip.receive(Ack().to_bytes(), WIRE).cancel
    assert chip.changed() == Step()


def test_baud_rate_changes_after_the_hosts_ack_and_other_speeds_are_noise() -> None:
    chip = Chip()
    version = Information(b"\xd4\x02").to_bytes()
    assert ask(chip, "1007") == b""
    assert sent(chip.receive(Ack().to_bytes(), WIRE)) == b""
    assert sent(chip.receive(version, WIRE)) == b""
    assert sent(chip.receive(version, 921_600)) != b""


def test_sleep_loses_the_first_bytes() -> None:
    chip = Chip()
    version = Information(b"\xd4\x02").to_bytes()
    assert ask(chip, "1620") == b"\x00"
    assert sent(chip.receive(version, WIRE)) == b""
    assert ask(chip, "1620") == b"\x00"
    assert sent(chip.receive(b"\x55\x55" + bytes(3) + version, WIRE)) != b""


def test_nack_repeats_the_last_answer() -> None:
    chip = Chip()
    answer = chip.receive(Information(b"\xd4\x02").to_bytes(), WIRE).outs[1].data
    assert sent(chip.receive(bytes.fromhex("0000ffff0000"), WIRE)) == answer


@pytest.mark.parametrize("command", ["99", "0203", "32", "3202", "4a", "4a0300", "4a0105", "10", "1009", "06", "0663"])
def test_wrong_commands_get_the_syntax_error_frame(command: str) -> None:
    step = Chip().receive(Information(bytes.fromhex("d4" + command)).to_bytes(), WIRE)
    assert sent(step).endswith(bytes.fromhex("0000ff01ff7f8100"))


def test_faults_are_used_up() -> None:
    chip = Chip()
    version = Information(b"\xd4\x02").to_bytes()
    good = sent(chip.receive(version, WIRE))
    ack = Ack().to_bytes()
    expected = {
        "lost-command": b"",
        "no-reply": ack,
        "truncate": good[: len(ack) + (len(good) - len(ack)) // 2],
        "hang": b"",
    }
    for fault, answer in expected.items():
        chip.faults.order(fault, 0, 1)
        assert sent(chip.receive(version, WIRE)) == answer, fault
        chip.faults.order("none", 0, 1)
        assert sent(chip.receive(version, WIRE)) == good
    chip.faults.order("late-reply", 700, 1)
    assert chip.receive(version, WIRE).outs[1].after_us >= 700_000
    chip.faults.order("noise", 5, 1)
    assert len(sent(chip.receive(version, WIRE))) == len(good) + 5
    chip.faults.order("bad-checksum", 0, 1)
    spoilt = sent(chip.receive(version, WIRE))
    assert spoilt != good
    assert Decoder().feed(spoilt) == [Ack()]


@given(st.lists(st.tuples(st.binary(max_size=300), st.sampled_from([0, WIRE, 921_600])), max_size=5))
def test_any_bytes_give_a_step(pieces: list[tuple[bytes, int]]) -> None:
    chip = chip_with(door=("ntag213", DOOR), card=("isodep", CARD))
    for data, baud in pieces:
        assert isinstance(chip.receive(data, baud), Step)


@given(st.lists(st.tuples(st.sampled_from(sorted(Firmware._commands)), st.binary(max_size=262)), max_size=8))
def test_any_command_gives_an_answer(commands: list[tuple[int, bytes]]) -> None:
    antenna = Antenna()
    antenna.present("door", KINDS["ntag216"][1](DOOR, None))
    antenna.present("card", KINDS["isodep"][1](CARD, None))
    firmware = Firmware(antenna)
    for code, data in commands:
        outcome = firmware.run(code, data)
        assert outcome in {FOREVER, SYNTAX} or (isinstance(outcome, Answer) and len(outcome.data) <= 263)
