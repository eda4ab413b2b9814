"""Any faults in any order, with tags that come and go: what is told is true, and everything comes back.

The chip model stands directly behind the driver, so that a fault takes no time: ten thousand in a minute.
"""

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samples.pn532 import CARD, DOOR, reader_on
from zhendao.readers.errors import NotAPn532Error, ReaderError
from zhendao.readers.ladder import Ladder, Step
from zhendao.readers.ntag import write_ndef
from zhendao.readers.taps import Taps
from zhendao.readers.values import Departure, Posting, Presence, Refusal
from zhendao.simulators.pn532.chip import Chip
from zhendao.simulators.pn532.tags.kinds import KINDS

if TYPE_CHECKING:
    from zhendao.readers.pn532_port import Pn532

ROUND_NS = 100_000_000
CLASSIC, BANK = b"\xde\xad\xbe\xef", bytes.fromhex("04f0f1f2f3f4f5")
TAGS = {"door": ("ntag215", DOOR), "card": ("ntag213", CARD), "classic": ("classic", CLASSIC), "bank": ("type4", BANK)}
MESSAGES = {DOOR: b"door " * 20, CARD: b"card " * 11, BANK: b"bank " * 60}
FAULTS = ("lost-command", "no-reply", "truncate", "bad-checksum", "noise", "hang", "wedge", "baud", "tear", "weak")
CODES = {"reader-silent", "reader-garbled", "reader-not-pn532"}


@dataclass
class World:
    """A reader whose thread is played here, step by step, on a clock that only moves between rounds."""

    chip: Chip = field(default_factory=Chip)
    now: int = 0
    codes: Counter[str] = field(default_factory=Counter)
    here: set[bytes] = field(default_factory=set)
    listed: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.tags = {name: KINDS[kind][1](uid, None) for name, (kind, uid) in TAGS.items()}
        for name, uid in (("door", DOOR), ("card", CARD)):
            self.chip.antenna.present(name, self.tags[name])
            write_ndef(reader_on(self.chip), uid, MESSAGES[uid])
            self.chip.antenna.remove(name)
        message = MESSAGES[BANK]
        self.tags["bank"].content[: 2 + len(message)] = len(message).to_bytes(2, "big") + message  # type: ignore[attr-defined]
        self.taps = Taps(lambda: self.now, self.post)
        self.ladder = Ladder()
        self.reader: Pn532 | None = reader_on(self.chip)

    def post(self, posting: Posting) -> None:
        """Hold what is told against what is there."""
        if isinstance(posting, Presence):
            assert posting.uid in self.listed, "a tag that was not there when the field was looked into"
            assert posting.uid not in self.here, "twice without a departure"
            assert posting.ndef == MESSAGES.get(posting.uid), "something else than it holds"
            self.here.add(posting.uid)
        elif isinstance(posting, Departure):
            self.here.remove(posting.uid)
        else:
            assert isinstance(posting, Refusal)

    def fault(self, name: str, number: int) -> None:
        """Let something go wrong, once."""
        match name:
            case "baud":
                self.chip.reset((115_200, 230_400, 460_800, 921_600)[number % 4])
            case "tear":
                self.chip.antenna.leaves_after = number
            case "weak":
                self.chip.antenna.weak = number
            case _:
                self.chip.faults.order(name, number, 1 + number % 6)

    def round(self) -> None:
        """Do what the thread does in one step: sense, or climb."""
        self.now += ROUND_NS
        self.listed = {tag.uid for tag in self.chip.antenna.tags.values()}
        try:
            if self.reader is None:
                self.reader = reader_on(self.chip)
            self.taps.round(self.reader)
            self.ladder.worked()
        except ReaderError as error:
            self.codes[error.code] += 1
            rungs = (Step.RESET, Step.REBIND)
            opened = self.reader is not None
            step = self.ladder.failed(rungs, hopeless=error.hopeless) if opened else self.ladder.not_opened(rungs)
            if step is not Step.RETRY:
                self.reader = None
            if step is Step.RESET:
                self.chip.reset()
            elif step is Step.REBIND:
                self.chip.power_up()

    def settle(self) -> None:
        """End all faults but those that last, and wait: then everything that is there is told, and nothing else."""
        self.chip.antenna.leaves_after, self.chip.antenna.weak = None, 0
        for _ in range(30):
            self.round()
        assert set(self.codes) <= CODES
        assert self.here == {tag.uid for tag in self.chip.antenna.tags.values()}


STEPS = st.one_of(
    st.tuples(st.just("fault"), st.sampled_from(FAULTS), st.integers(0, 9)),
    st.tuples(st.sampled_from(["present", "remove"]), st.sampled_from(sorted(TAGS)), st.integers(0, 4)),
)


def play(world: World, kind: str, name: str, number: int) -> None:
    if kind == "fault":
        world.fault(name, number)
    elif kind == "remove":
        world.chip.antenna.remove(name)
    elif len(world.chip.antenna.tags) < 2:
        world.chip.antenna.present(name, world.tags[name])
    for _ in range(number % 5):
        world.round()


@settings(max_examples=60)
@given(st.lists(STEPS, max_size=25))
def test_any_faults_name_themselves_and_no_tap_is_told_that_was_not_there(steps: list[tuple[str, str, int]]) -> None:
    world = World()
    for step in steps:
        play(world, *step)
    world.settle()


def test_nothing_is_lost_of_a_reader_that_is_dead_until_its_power_comes_back() -> None:
    world = World()
    world.fault("wedge", 0)
    world.chip.antenna.present("door", world.tags["door"])
    world.settle()
    assert world.codes["reader-not-pn532"] >= 2
    world.fault("wedge", 0)
    with pytest.raises(NotAPn532Error):
        reader_on(world.chip)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_ten_thousand_faults(seed: int) -> None:
    """2,500 faults with each seed, one after another in the life of one reader."""
    chance = random.Random(seed)
    world, faults = World(), 0
    while faults < 2_500:
        kind = chance.choice(["fault", "fault", "present", "remove"])
        play(world, kind, chance.choice(FAULTS if kind == "fault" else sorted(TAGS)), chance.randrange(10))
        faults += kind == "fault"
        if chance.random() < 0.02:
            world.settle()
    world.settle()
    assert set(world.codes) == CODES
