"""What an attacker or a clumsy hand may do to tags, by order: seen from the reader, byte for byte."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.protocol.cards import commands, sun
from zhendao.protocol.cards.challenge import sm4_answer
from zhendao.protocol.cards.diversify import CPU_APPLICATION, Masters, card_keys
from zhendao.protocol.cards.ev2 import PcdAuthentication
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology
from zhendao.simulators.errors import OrderError
from zhendao.simulators.pn532.air import Answer, Antenna, Nibble
from zhendao.simulators.pn532.blocks import card_frame, converse
from zhendao.simulators.pn532.firmware import NEVER, Firmware
from zhendao.simulators.pn532.firmware import Answer as Said
from zhendao.simulators.pn532.orders import parse
from zhendao.simulators.pn532.phone import Phone
from zhendao.simulators.pn532.shelf import Shelf
from zhendao.simulators.pn532.tags.cpu.card import CpuCard
from zhendao.simulators.pn532.tags.cpu.folders import ANY, TYPE_ENCRYPT, File, Folder, Key
from zhendao.simulators.pn532.tags.ev2.ntag424 import NDEF, Ntag424
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tags.player import Player
from zhendao.simulators.pn532.tricks import Trick, play

UID = bytes.fromhex("04a1b2c3d4e5f6")
KEYS = card_keys(Masters(1, b"a" * 16, b"s" * 16), Technology.NTAG424, UID)
MESSAGE = b"M" * 100


class Table:
    """Tags on a shelf, an antenna, and orders."""

    def __init__(self, folder: Path | None = None) -> None:
        self.shelf, self.antenna = Shelf(folder), Antenna(on=True)
        self.chip = Firmware(self.antenna, passive_retries=1)

    def __call__(self, line: str) -> dict[str, object]:
        order = parse(line)
        assert isinstance(order, Trick)
        return play(order, self.shelf, self.antenna)

    def tag(self, name: str, kind: str) -> None:
        self.shelf.define(name, kind, UID)

    def hold(self, name: str) -> None:
        self.antenna.present(name, self.shelf.get(name))
        assert isinstance(self.chip.run(0x4A, b"\x01\x00"), Said)

    def ask(self, apdu: str) -> bytes:
        """Return what InDataExchange gives: the chip's status and the card's answer."""
        outcome = self.chip.run(0x40, b"\x01" + bytes.fromhex(apdu))
        assert isinstance(outcome, Said)
        return outcome.data


@pytest.fixture
def table() -> Table:
    return Table()


def dynamic(table: Table, name: str = "door") -> Ntag424:
    """Put a tag on the shelf that has our keys and mirrors."""
    table.tag(name, "ntag424")
    tag = table.shelf.get(name)
    assert isinstance(tag, Ntag424)
    tag.apdu(bytes.fromhex("00a4040c07d276000085010100"))
    tag.files[NDEF].content[:242] = sun.ndef_file(b"R" * 133)[:242]
    asking = PcdAuthentication(bytes(16), 0, bytes(16))
    session = asking.session(tag.apdu(asking.token(tag.apdu(asking.command()))))
    session.response(tag.apdu(commands.change_file_settings(session, NDEF, sun.sun_settings(tamper=False))))
    for number, key in enumerate(tag.keys):
        key.value = KEYS[number]
    tag.reset()
    return tag


def cpu(table: Table, name: str = "card") -> CpuCard:
    table.tag(name, "cpucard")
    card = table.shelf.get(name)
    assert isinstance(card, CpuCard)
    key = Key(TYPE_ENCRYPT, ANY, 0x0F, 0, 5, 5, b"k" * 16)
    file = File(ANY, 0x0F, secured=False, content=bytearray(b"record"))
    card.folders.append(Folder(CPU_APPLICATION, keys={1: key}, files={1: file}))
    return card


def proved(message: bytes) -> sun.Sun:
    return sun.read_sun(KEYS, message[sun.SUN_AT - 2 : sun.SUN_END - 2], UID)


def test_a_phone_reads_and_writes_any_tag(table: Table) -> None:
    for kind in ("ntag213", "ntag215", "type4", "ntag424"):
        table.tag(kind, kind)
        phone = Phone(table.shelf.get(kind))
        assert phone.message() is None
        assert phone.put(MESSAGE)
        assert Phone(table.shelf.get(kind)).message() == MESSAGE
    long = b"L" * 400
    assert Phone(table.shelf.get("ntag215")).put(long)
    assert Phone(table.shelf.get("ntag215")).message() == long
    table.tag("none", "isodep")
    assert Phone(table.shelf.get("none")).message() is None
    assert not Phone(table.shelf.get("none")).put(MESSAGE)


def test_a_message_is_copied_and_the_counter_of_its_tag_rises(table: Table) -> None:
    door = dynamic(table)
    table.tag("fake", "ntag215")
    copied = bytes.fromhex(str(table("copy door fake")["message"]))
    assert proved(copied).counter == 1
    assert Phone(table.shelf.get("fake")).message() == copied
    assert door.files[NDEF].counter == 1


def test_harvested_messages_are_spent_in_order_or_backwards_and_the_last_stays(table: Table) -> None:
    dynamic(table)
    table.tag("fake", "player")
    messages = [bytes.fromhex(one) for one in table("harvest door 3 fake")["messages"]]  # type: ignore[attr-defined]
    assert [proved(one).counter for one in messages] == [1, 2, 3]
    assert [proved(Phone(table.shelf.get("fake")).message() or b"").counter for _ in range(4)] == [1, 2, 3, 3]
    table("harvest door 2 fake backwards")
    assert [proved(Phone(table.shelf.get("fake")).message() or b"").counter for _ in range(3)] == [5, 4, 4]


@pytest.mark.parametrize("kind", ["player", "player-deaf"])
def test_a_player_shows_a_challenge_or_refuses_it_and_proves_neither(table: Table, kind: str) -> None:
    dynamic(table)
    table.tag("fake", kind)
    table("harvest door 1 fake")
    table.hold("fake")
    for order in ("00a4040007d276000085010100", "00a4000c02e104"):
        assert table.ask(order) == b"\x00\x90\x00"
    nonce = sun.nonce_text(bytes(range(16)))
    order = f"00d6{sun.NONCE_AT:04x}20{nonce.hex()}"
    assert table.ask(order) == (b"\x00\x90\x00" if kind == "player" else b"\x00\x69\x82")
    message = table.ask("00b0000000")[3:-2]
    if kind == "player":
        assert nonce in message
        with pytest.raises(CryptoError):
            proved(message)
    else:
        assert proved(message).nonce is None
    assert table.ask("9060000000")[1:8].hex() == "04040230001105"


def test_a_cpu_card_s_answers_are_harvested_and_fit_no_other_challenge(table: Table) -> None:
    cpu(table)
    table.tag("fake", "player")
    answers = table("harvest card 2 fake")["answers"]
    assert isinstance(answers, list)
    assert len(answers) == 2
    table.hold("fake")
    select = f"00a40400{len(CPU_APPLICATION):02x}{CPU_APPLICATION.hex()}"
    assert table.ask(select)[-2:] == b"\x90\x00"
    assert table.ask("00b0810000") == b"\x00record\x90\x00"
    asked = bytes(range(16))
    got = table.ask("0088000110" + asked.hex())[1:-2]
    assert got.hex() == answers[0]
    assert got != sm4_answer(b"k" * 16, asked)


def test_a_relay_makes_answers_late_and_nothing_else(table: Table) -> None:
    cpu(table)
    table.hold("card")
    begin = table.chip.run(0x40, b"\x01" + bytes.fromhex("0084000008"))
    table("delay card 250")
    late = table.chip.run(0x40, b"\x01" + bytes.fromhex("0084000008"))
    assert isinstance(begin, Said)
    assert isinstance(late, Said)
    assert late.after_us == begin.after_us + 250_000


@pytest.mark.parametrize("outcome", ["old", "new", "torn"])
def test_a_page_is_old_new_or_torn_when_the_tag_is_pulled_away(table: Table, outcome: str) -> None:
    table.tag("tag", "ntag215")
    tag = table.shelf.get("tag")
    table.hold("tag")
    assert table.antenna.exchange(tag, b"\xa2\x06ABCD") == Nibble(0xA, 4100)
    table(f"pull 0 {outcome}")
    assert table.antenna.exchange(tag, b"\xa2\x06wxyz") is None
    assert tag.memory()[24:28] == {"old": b"ABCD", "new": b"wxyz", "torn": b"wxCD"}[outcome]
    assert not table.antenna.tags


@pytest.mark.parametrize("outcome", ["old", "torn"])
def test_a_chained_write_that_breaks_off_leaves_the_frames_that_came(table: Table, outcome: str) -> None:
    tag = dynamic(table)
    before = tag.memory()
    table.hold("door")
    for order in ("00a4040007d276000085010100", "00a4000c02e104"):
        table.ask(order)
    table(f"pull 1 {outcome}")
    assert table.ask("00d60000f0" + "aa" * 240) == b"\x01"
    assert tag.memory()[:120] == b"\xaa" * 120
    assert tag.memory()[120:] == before[120:]


def test_a_key_is_the_old_one_or_the_new_one(table: Table) -> None:
    for outcome in ("old", "new", "torn"):
        tag = Ntag424(UID)
        table.shelf._tags.clear()
        table.tag("tag", "ntag424")
        tag = table.shelf.get("tag")  # type: ignore[assignment]
        tag.apdu(bytes.fromhex("00a4040c07d276000085010100"))
        asking = PcdAuthentication(bytes(16), 0, bytes(16))
        session = asking.session(tag.apdu(asking.token(tag.apdu(asking.command()))))
        order = commands.change_key(session, 1, b"n" * 16, 7, bytes(16))
        kept = tag.kept()
        fresh = Antenna(on=True, _active=[tag], tags={"tag": tag})
        play(Trick("pull", ("0", outcome)), table.shelf, fresh)
        tag._active = True
        converse(lambda frame, tag=tag, fresh=fresh: fresh.exchange(tag, frame), order, 0, card_frame(tag.ats))  # type: ignore[misc]
        assert (tag.kept() != kept) is (outcome == "new")
        assert tag.keys[1].version == (7 if outcome == "new" else 0)


@pytest.mark.parametrize("octets", [0, 10, 15, 25, 30])
def test_a_card_leaves_after_so_many_bytes(table: Table, octets: int) -> None:
    cpu(table)
    table.hold("card")
    table(f"pull bytes {octets}")
    said = [table.chip.run(0x40, b"\x01" + bytes.fromhex("0084000008")) for _ in range(4)]
    assert said[-1].data == b"\x01"  # type: ignore[union-attr]
    assert not table.antenna.tags


def test_odd_cards(table: Table) -> None:
    cpu(table)
    table("odd card waits 3")
    table.hold("card")
    assert len(table.ask("0084000008")) == 11
    table("odd card surplus 400")
    assert table.ask("0084000008") == b"\x07"
    table("odd card surplus 0")
    table("odd card endless")
    assert table.chip.run(0x40, b"\x01" + bytes.fromhex("0084000008")) is NEVER
    table("odd card ats 75")
    listed = table.chip.run(0x4A, b"\x01\x00")
    assert isinstance(listed, Said)
    assert listed.data.endswith(b"\x02\x75") or listed.data == b"\x00"


def test_a_loop_is_opened_by_hand(table: Table) -> None:
    table.tag("door", "ntag424tt")
    tag = table.shelf.get("door")
    assert isinstance(tag, Ntag424)
    assert tag.loop is not None
    table("loop door open")
    assert tag.loop.torn
    table("loop door closed")
    assert not tag.loop.torn


@pytest.mark.parametrize(
    "line",
    [
        "copy door",
        "copy empty door",
        "copy ghost door",
        "harvest door 3 door",
        "harvest door x fake",
        "harvest door 9999 fake",
        "delay ghost 3",
        "delay door 99999",
        "loop door open",
        "loop door ajar",
        "odd plain ats 00",
        "odd door ats xy",
        "odd door what",
        "odd plain page 4 00",
        "odd plain page 200 00000000",
        "odd door page 4 00000000",
        "pull",
        "pull 3 gone",
        "pull bytes",
    ],
)
def test_what_cannot_be_done_is_said(table: Table, line: str) -> None:
    dynamic(table)
    table.tag("fake", "player")
    table.tag("empty", "ntag213")
    table.tag("plain", "ntag213")
    with pytest.raises(OrderError):
        table(line)


def test_what_was_harvested_is_kept(tmp_path: Path) -> None:
    table = Table(tmp_path)
    table.shelf.load()
    dynamic(table)
    cpu(table)
    table.tag("fake", "player")
    table("harvest door 2 fake")
    Phone(table.shelf.get("fake")).message()
    table.shelf.save()
    again = Shelf(tmp_path)
    again.load()
    player = again.get("fake")
    assert isinstance(player, Player)
    assert player.kept() == table.shelf.get("fake").kept()
    assert again.get("card").kept() == table.shelf.get("card").kept()


@given(st.sampled_from(sorted(KINDS)), st.lists(st.binary(max_size=30), max_size=10))
def test_any_frames_get_an_answer_or_silence(kind: str, frames: list[bytes]) -> None:
    tag = KINDS[kind][1](UID if 7 in KINDS[kind][0] else UID[:4], None)
    tag.exchange(b"\xe0\x80")
    for frame in frames:
        assert tag.exchange(frame) is None or isinstance(tag.exchange(frame), Answer | Nibble | None)
    assert KINDS[kind][1](tag.uid, tag.kept()).kept() == tag.kept()


def test_a_tag_is_brought_from_another_shelf(tmp_path: Path) -> None:
    there = Table(tmp_path)
    there.shelf.load()
    dynamic(there)
    there.shelf.save()
    here = Table()
    here(f"bring stolen {tmp_path / 'door.json'}")
    assert proved(Phone(here.shelf.get("stolen")).message() or b"").counter == 1
    with pytest.raises(OrderError):
        here(f"bring stolen {tmp_path / 'nothing.json'}")


def test_a_cpu_card_s_record_fits_an_ordinary_tag(table: Table) -> None:
    card = cpu(table)
    card.folders[1].files[1].content = bytearray(b"\x00\x06record" + bytes(8))
    table.tag("fake", "ntag213")
    table("copy card fake")
    assert (Phone(table.shelf.get("fake")).message() or b"").endswith(b"zhendao:trecord")


def test_pages_and_a_worn_out_tag(table: Table) -> None:
    table.tag("plain", "ntag213")
    table("odd plain page 4 03ff00fe")
    assert table.shelf.get("plain").memory()[16:20] == b"\x03\xff\x00\xfe"
    tag = dynamic(table)
    table("odd door deaf")
    assert not Phone(tag).put(MESSAGE)
    assert Phone(tag).message() is not None
