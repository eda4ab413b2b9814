"""Cards with keys under the chip model: what is read of each, what is read anew, what is left of one pulled away."""

from itertools import count

import pytest

from samples import strong
from samples.pn532 import CARD, DOOR, reader_on
from zhendao.protocol.cards.challenge import sm4_answer_holds
from zhendao.protocol.cards.diversify import CPU_ANSWER_KEY
from zhendao.protocol.cards.evidence import Grounded
from zhendao.protocol.cards.sun import SUN_TEMPLATE, ndef_file, read_sun
from zhendao.protocol.errors import CryptoError
from zhendao.protocol.vocabulary import Technology
from zhendao.readers.challenger import Challenge
from zhendao.readers.errors import ReaderSilentError
from zhendao.readers.taps import Taps
from zhendao.readers.token_record import token_record
from zhendao.readers.values import Departure, Posting, Presence, Refusal
from zhendao.simulators.pn532.air import Tag
from zhendao.simulators.pn532.chip import Chip
from zhendao.simulators.pn532.pulling import Outcome, Pull
from zhendao.simulators.pn532.tags.ev2.ntag424 import NDEF, Ntag424
from zhendao.simulators.pn532.tags.kinds import KINDS
from zhendao.simulators.pn532.tags.player import Player

ROUND_NS = 100_000_000
RECORD = b"R" * 130
DOOR_KEYS = strong.keys_of(Technology.NTAG424, DOOR)


class Asker:
    """A challenger that counts; ``remedies``: what belongs on which tag."""

    def __init__(self, *, renews: bool = False) -> None:
        self.renews = renews
        self.numbers = count(1)
        self.remedies: dict[bytes, bytes] = {}

    def challenge(self) -> Challenge:
        number = next(self.numbers)
        return Challenge(number.to_bytes(16, "big"), Grounded(number, bytes(32), bytes(16)))

    def remedy(self, uid: bytes, message: bytes | None) -> bytes | None:
        record = None if message is None else token_record(message)
        return self.remedies.get(uid) if record != RECORD else None


class Field:
    """Rounds of sensing before one chip."""

    def __init__(self, *, renews: bool = False) -> None:
        self.chip, self.asker = Chip(), Asker(renews=renews)
        self.reader = reader_on(self.chip)
        self.now = 0
        self.posted: list[Posting] = []
        self.taps = Taps(lambda: self.now, self.posted.append, self.asker)

    def bring(self, name: str, tag: Tag) -> list[Posting]:
        self.chip.antenna.present(name, tag)
        return self.run()

    def take(self, name: str) -> list[Posting]:
        self.chip.antenna.remove(name)
        return self.run(6)

    def run(self, rounds: int = 3) -> list[Posting]:
        before = len(self.posted)
        for _ in range(rounds):
            self.now += ROUND_NS
            self.taps.round(self.reader)
        return self.posted[before:]


def only(posted: list[Posting]) -> Presence:
    (one,) = posted
    assert isinstance(one, Presence)
    return one


def sun_of(one: Presence) -> bytes:
    assert one.evidence is not None
    assert one.evidence.sun is not None
    return one.evidence.sun


def test_a_dynamic_tag_covers_the_challenge_that_it_was_given() -> None:
    one = only(Field().bring("door", strong.ntag424(DOOR, RECORD)))
    sun = read_sun(DOOR_KEYS, sun_of(one), DOOR)
    assert one.technology is Technology.NTAG424
    assert token_record(one.ndef) == RECORD
    assert sun.nonce == (1).to_bytes(16, "big")
    assert one.evidence is not None
    assert one.evidence.challenge is not None
    assert one.evidence.challenge.seq == 1
    assert 10 <= len(one.rtts_us) <= 16


def test_a_tag_that_refuses_the_challenge_is_read_as_it_is() -> None:
    one = only(Field().bring("door", strong.ntag424(DOOR, RECORD, writable=False)))
    assert read_sun(DOOR_KEYS, sun_of(one), DOOR).nonce is None
    assert one.evidence is not None
    assert one.evidence.challenge is None


def test_a_cpu_card_answers_the_challenge() -> None:
    one = only(Field().bring("card", strong.cpu_card(CARD, RECORD)))
    assert (one.technology, one.ndef) == (Technology.CPU_CARD, None)
    assert one.evidence is not None
    assert one.evidence.record == RECORD
    answer = one.evidence.answer
    assert answer is not None
    key = strong.keys_of(Technology.CPU_CARD, CARD)[CPU_ANSWER_KEY]
    assert sm4_answer_holds(answer.scheme, key, (1).to_bytes(16, "big"), answer.answer)


def test_a_desfire_shows_its_token_and_proves_no_more() -> None:
    one = only(Field().bring("card", strong.desfire(CARD, RECORD)))
    assert one.technology is Technology.DESFIRE
    assert one.evidence is not None
    assert (one.evidence.record, one.evidence.answer, one.evidence.sun) == (RECORD, None, None)


def test_a_new_tag_of_each_kind_is_known_by_its_uid() -> None:
    kinds = {"ntag424": Technology.NTAG424, "desfire": Technology.DESFIRE, "cpucard": Technology.ISO_DEP}
    for kind, technology in kinds.items():
        one = only(Field().bring("card", KINDS[kind][1](CARD, None)))
        assert (one.technology, one.ndef, one.evidence) == (technology, None, None)


def test_what_a_phone_harvested_does_not_fit_the_challenge_and_is_told_all_the_same() -> None:
    tag = strong.ntag424(DOOR, RECORD)
    harvested = only(Field().bring("door", tag)).ndef
    assert harvested is not None
    for deaf in (False, True):
        player = Player(DOOR, deaf=deaf, messages=[harvested])
        field = Field()
        field.asker.numbers = count(7)
        one = only(field.bring("door", player))
        assert one.evidence is not None
        assert (one.evidence.challenge is None) == deaf
        if not deaf:
            with pytest.raises(CryptoError):
                read_sun(DOOR_KEYS, sun_of(one), DOOR)


def test_a_door_tag_on_the_wall_is_read_anew_when_a_card_comes_and_at_no_other_time() -> None:
    field = Field(renews=True)
    tag = strong.ntag424(DOOR, RECORD)
    first = only(field.bring("door", tag))
    reads = tag.files[NDEF].counter
    assert field.run(50) == []
    assert tag.files[NDEF].counter == reads
    seen = [sun_of(first)]
    for card in (strong.cpu_card(CARD, RECORD), KINDS["ntag213"][1](CARD, None), KINDS["classic"][1](b"1234", None)):
        door, came = field.bring("card", card)
        assert isinstance(door, Presence)
        assert isinstance(came, Presence)
        assert (door.uid, door.again, came.uid, came.again) == (DOOR, True, card.uid, False)
        assert door.mono_ns >= came.mono_ns
        assert door.evidence is not None
        assert door.evidence.challenge is not None
        assert sun_of(door) not in seen
        seen.append(sun_of(door))
        (gone,) = field.take("card")
        assert isinstance(gone, Departure)
    counters = [read_sun(DOOR_KEYS, sun, DOOR).counter for sun in seen]
    assert counters == sorted(set(counters))
    assert tag.files[NDEF].counter == counters[-1]


@pytest.mark.parametrize("weak", range(1, 24))
def test_a_door_tag_that_is_hidden_by_the_card_stops_nobody(weak: int) -> None:
    field = Field(renews=True)
    field.bring("door", strong.ntag424(DOOR, RECORD))
    card = strong.cpu_card(CARD, RECORD)
    field.chip.antenna.present("card", card)
    asked = field.asker.challenge

    def hide() -> Challenge:
        field.chip.antenna.weak = weak  # from here on: the card's answer, or the door tag's reading, gets nothing
        field.taps.challenger.challenge = asked  # type: ignore[method-assign]  # once
        return asked()

    field.taps.challenger.challenge = hide  # type: ignore[method-assign]  # as above
    told = field.run(weak + 8)
    assert {one.uid for one in told if isinstance(one, Presence) and not one.again} == {CARD}
    assert not [one for one in told if isinstance(one, Refusal)] or weak > 2


@pytest.mark.parametrize(("weak", "anew"), [(0, True), (1, True), (9, False)])
def test_a_door_tag_that_is_hidden_for_a_moment_is_tried_once_more(weak: int, anew: bool) -> None:  # noqa: FBT001
    field = Field(renews=True)
    field.bring("door", strong.ntag424(DOOR, RECORD))
    asked = field.asker.challenge

    def hide() -> Challenge:
        field.chip.antenna.weak, found = weak, asked()
        field.asker.challenge = asked  # type: ignore[method-assign]  # once
        return found

    field.asker.challenge = hide  # type: ignore[method-assign]  # as above
    told = field.bring("card", KINDS["ntag213"][1](CARD, None))
    fresh = [one for one in told if isinstance(one, Presence) and one.again and one.evidence is not None]
    assert bool(fresh) == anew
    assert [one.uid for one in told if isinstance(one, Presence) and not one.again] == [CARD]


def test_without_a_wall_nothing_is_read_twice() -> None:
    field = Field()
    tag = strong.ntag424(DOOR, RECORD)
    field.bring("door", tag)
    reads = tag.files[NDEF].counter
    assert only(field.bring("card", KINDS["ntag213"][1](CARD, None))).uid == CARD
    assert tag.files[NDEF].counter == reads


SPOILT = {
    "empty": bytes(256),
    "endless": b"\xff" * 256,
    "another": b"\x00\x0d\xd1\x01\x09T\x02enhello!".ljust(256, b"\x00"),
    "no-window": ndef_file(RECORD).replace(SUN_TEMPLATE, SUN_TEMPLATE.replace(b".", b"-")).ljust(256, b"\x00"),
}


@pytest.mark.parametrize("name", SPOILT)
def test_a_door_tag_whose_content_was_spoiled_is_written_again_and_proves_what_it_did(name: str) -> None:
    field = Field()
    field.asker.remedies[DOOR] = ndef_file(RECORD)[2:]
    tag = strong.ntag424(DOOR, RECORD)
    tag.files[NDEF].content[:] = SPOILT[name]
    one = only(field.bring("door", tag))
    assert one.healed == (name != "no-window")
    if one.healed:
        assert read_sun(DOOR_KEYS, sun_of(one), DOOR).nonce is not None
        assert token_record(one.ndef) == RECORD
        field.take("door")
        assert not only(field.bring("door", tag)).healed


def test_a_spoiled_tag_that_is_nobodys_is_left_as_it_is() -> None:
    field = Field()
    tag = strong.ntag424(DOOR, RECORD)
    tag.files[NDEF].content[:] = SPOILT["another"]
    one = only(field.bring("door", tag))
    assert (one.healed, one.evidence, tag.memory()) == (False, None, SPOILT["another"])


@pytest.mark.parametrize("outcome", list(Outcome))
@pytest.mark.parametrize("kind", ["ntag424", "cpucard", "spoiled"])
def test_a_card_pulled_away_at_any_frame_is_refused_or_whole_and_well_when_it_is_back(
    kind: str, outcome: Outcome
) -> None:
    refused = 0
    for frames in range(80):
        field = Field()
        field.asker.remedies[CARD] = ndef_file(RECORD)[2:]
        card = strong.cpu_card(CARD, RECORD) if kind == "cpucard" else strong.ntag424(CARD, RECORD)
        if isinstance(card, Ntag424) and kind == "spoiled":
            card.files[NDEF].content[:] = SPOILT["empty"]
        field.chip.antenna.pull = Pull(outcome, frames)
        told = field.bring("card", card)
        told += field.run(6)
        if field.chip.antenna.pull is not None:
            break
        refused += any(isinstance(one, Refusal) for one in told)
        before = only(field.bring("card", card))
        assert before.evidence is not None
        assert before.evidence.challenge is not None
        if isinstance(card, Ntag424):
            read_sun(strong.keys_of(Technology.NTAG424, CARD), sun_of(before), CARD)
            assert token_record(before.ndef) == RECORD
    else:
        raise AssertionError("never done")
    assert refused >= 5


def test_a_reader_that_fails_while_the_door_tag_is_read_anew_takes_no_card_along() -> None:
    field = Field(renews=True)
    field.bring("door", strong.ntag424(DOOR, RECORD))

    class Broken(Asker):
        def challenge(self) -> Challenge:
            raise ReaderSilentError("chip")

    field.taps.challenger = Broken(renews=True)
    field.chip.antenna.present("card", KINDS["ntag213"][1](CARD, None))
    with pytest.raises(ReaderSilentError):
        field.run(1)
    assert only(field.posted[1:]).uid == CARD
