"""A whole terminal in a box: lists that come, are torn, are forged; cards that are on them."""

from collections.abc import Iterable, Iterator
from random import Random

import pytest

from samples.boxed import MINUTE, START, Boxed, S
from zhendao.device.blocklist.keeping import FILE, OFFERED
from zhendao.device.link.postings import Received
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import Numbers, change, numbers
from zhendao.protocol.bodies import Boot, ConfigChange, Tap
from zhendao.protocol.command import BLOCKLIST, Command, sign_command
from zhendao.protocol.suite import standing_in
from zhendao.protocol.vocabulary import ApplyResult, TapReason
from zhendao.simulators.world.box.field import Tag
from zhendao.simulators.world.box.settings import DATA_DIR
from zhendao.simulators.world.engine.chance import Chance
from zhendao.simulators.world.engine.standin import StandIn

CARD = b"c" * 16


class Listed(Boxed):
    """A box whose gateway has a blocklist."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.number = 0
        self.keyring = self.authority.keyring

    def listed(self, version: int, several: Iterable[bytes], tenant: str | None = None) -> blocklist.Blocklist:
        suite = self.keyring.certificate.suite
        made = numbers(several)
        manifest = blocklist.manifest_of(suite, tenant or self.keyring.tenant, version, 0, made)
        signed = blocklist.sign_manifest(self.keyring.signing_key, self.keyring.certificate.id, manifest)
        return blocklist.Blocklist(manifest, signed, made)

    def send(self, parts: list[blocklist.Part]) -> None:
        """Order it; the terminal has time to take it."""
        for part in parts:
            self.number += 1
            order = Command(
                self.keyring.certificate.suite.id, self.box.who.device, self.boots[-1].nonce, self.number,
                BLOCKLIST, blocklist.part_body(part), 0,
            )  # fmt: skip
            message = sign_command(self.keyring.signing_key, self.keyring.certificate.id, order)
            self.far.links[-1].tell(Received(message))
        self.wait(10 * S)

    def whole(self, version: int, several: Iterable[bytes]) -> blocklist.Blocklist:
        made = self.listed(version, several)
        self.send(blocklist.pieces(made.signed, made.numbers.packed))
        return made

    def bodies(self, kind: type) -> list:
        found = sorted(self.far.events.items(), key=lambda one: one[0][1])
        return [event.body for _, event in found if isinstance(event.body, kind)]

    @property
    def boots(self) -> list[Boot]:
        return self.bodies(Boot)

    def again(self) -> None:
        self.box.cut()
        self.box.plug_in()
        self.wait(START + MINUTE)


@pytest.fixture(autouse=True)
def _quick_suite() -> Iterator[None]:
    with standing_in(StandIn(Chance(0, "suite"))):
        yield


@pytest.fixture
def home() -> Iterator[Listed]:
    made = Listed()
    made.box.plug_in()
    made.wait(START)
    yield made
    made.box.vanish()
    assert made.errors == []


def test_a_blocked_card_gets_the_bad_signal_and_makes_no_check(home: Listed) -> None:
    made = home.whole(7, [CARD])
    assert home.check() == ["door-seen", "blocklisted"]
    home.wait(MINUTE)
    assert [one.reason for one in home.bodies(Tap)] == [TapReason.BLOCKLISTED, TapReason.LONE]
    refused = home.bodies(Tap)[0].token
    assert refused is not None
    assert refused.token_id == CARD
    suite = home.keyring.certificate.suite
    assert home.bodies(ConfigChange) == [
        ConfigChange(suite.hash(made.signed), ApplyResult.APPLIED, detail="blocklist 7: 1 entries")
    ]


def test_who_is_not_on_the_list_checks_in(home: Listed) -> None:
    random = Random(5)
    home.whole(7, [random.randbytes(16) for _ in range(9000)])
    assert "checked-in" in home.check()


def test_a_chip_is_refused_by_its_uid_only_where_it_shows_no_token(home: Listed) -> None:
    home.whole(7, [home.card.uid, b"\x04blank!"])
    assert "checked-in" in home.check()
    home.wait(5 * MINUTE)
    before = len(home.given)
    home.tap(Tag(b"\x04blank!", None))
    assert [one.moment.value for one in home.given[before:]] == ["blocklisted"]


def test_it_is_kept_over_a_restart_and_told_in_the_boot_event(home: Listed) -> None:
    assert home.boots[-1].blocklist == 0
    home.whole(7, [CARD])
    home.far.up = False
    home.again()
    assert home.check() == ["door-seen", "blocklisted"]
    home.far.comes(up=True)
    home.again()
    assert home.boots[-1].blocklist == 7


def test_a_change_is_taken_from_the_version_that_is_held_only(home: Listed) -> None:
    old, new = home.listed(7, [b"x" * 16]), home.listed(8, [CARD, home.card.uid])
    delta = blocklist.pieces(new.signed, change(old.numbers, new.numbers), base=7)
    home.send(delta)
    assert [one.result for one in home.bodies(ConfigChange)] == [ApplyResult.REFUSED]
    assert "base" in (home.bodies(ConfigChange)[0].detail or "")
    home.whole(7, [b"x" * 16])
    home.send(delta)
    assert home.check() == ["door-seen", "blocklisted"]
    home.again()
    assert home.boots[-1].blocklist == 8


def test_a_version_never_goes_back(home: Listed) -> None:
    home.whole(9, [CARD])
    home.whole(8, [])
    home.whole(9, [])
    assert home.check() == ["door-seen", "blocklisted"]
    answers = home.bodies(ConfigChange)
    assert [one.result for one in answers] == [ApplyResult.APPLIED, ApplyResult.REFUSED, ApplyResult.REFUSED]
    assert all("version" in (one.detail or "") for one in answers[1:])


def test_what_the_gateway_did_not_sign_for_this_tenant_changes_nothing(home: Listed) -> None:
    made = home.listed(7, [CARD], tenant="pudong")
    home.send(blocklist.pieces(made.signed, made.numbers.packed))
    good = home.listed(8, [CARD])
    spoilt = bytearray(good.signed)
    spoilt[-1] ^= 1
    home.send(blocklist.pieces(bytes(spoilt), good.numbers.packed))
    home.send(blocklist.pieces(good.signed, b"z" * 16))
    assert "checked-in" in home.check()
    reasons = [(one.detail or "").split(": ")[1] for one in home.bodies(ConfigChange)]
    assert reasons == ["tenant", "signature", "digest"]


def test_each_list_is_answered_once_in_a_start(home: Listed) -> None:
    for _ in range(5):
        home.whole(7, [CARD])
    assert len(home.bodies(ConfigChange)) == 1
    home.again()
    for _ in range(5):
        home.whole(7, [CARD])
    assert len(home.bodies(ConfigChange)) == 2  # the gateway may have lost the first


def test_parts_that_are_missing_or_of_two_lists_make_no_list(home: Listed) -> None:
    random = Random(1)
    one, other = (home.listed(v, [CARD, *(random.randbytes(16) for _ in range(9000))]) for v in (7, 8))
    first, second = (blocklist.pieces(made.signed, made.numbers.packed) for made in (one, other))
    assert len(first) == len(second) == 3
    home.send([first[0], first[2], second[1], second[2]])
    home.send([first[1]])
    assert home.bodies(ConfigChange) == []
    home.send([first[2]])
    home.again()
    assert home.boots[-1].blocklist == 7
    home.send([second[0], second[1]])
    home.send(second)
    home.again()
    assert home.boots[-1].blocklist == 8


def test_after_a_power_cut_at_any_write_it_is_the_old_list_or_the_new_one() -> None:
    found = set()
    for changes in range(1, 14):
        for seed in (1, 2, 3):
            home = Listed(seed=seed)
            home.box.plug_in()
            home.wait(START)
            home.whole(7, [CARD])
            home.disk.cut_after(changes, lambda: None)
            home.whole(8, [b"x" * 16])
            home.box.cut()
            home.box.plug_in()
            home.wait(START + MINUTE)
            version = home.boots[-1].blocklist
            signals = home.check()
            assert ("blocklisted" in signals) is (version == 7), (changes, seed, version, signals)
            found.add(version)
            home.box.vanish()
    assert found == {7, 8}


@pytest.mark.parametrize("at", [0, 1, 40, -17, -1])
def test_a_file_with_a_flipped_bit_counts_as_none_and_is_sent_again(home: Listed, at: int) -> None:
    home.whole(7, [CARD])
    home.box.cut()
    size = home.disk.size_of(DATA_DIR / FILE)
    assert size is not None
    assert home.disk.flip(DATA_DIR / FILE, at % size, 3)
    home.box.plug_in()
    home.wait(START + MINUTE)
    assert home.boots[-1].blocklist == 0
    home.whole(7, [CARD])
    assert home.check() == ["door-seen", "blocklisted"]


def test_a_disk_that_takes_no_write_keeps_the_old_list(home: Listed) -> None:
    home.whole(7, [CARD])
    home.disk.full(0)
    home.whole(8, [])
    assert "blocklisted" in home.check()
    home.disk.full(1 << 30)
    home.whole(8, [])
    home.again()
    assert home.boots[-1].blocklist == 8


def test_a_list_takes_no_room_that_visits_need(home: Listed) -> None:
    random = Random(2)
    many = [CARD, *(random.randbytes(16) for _ in range(60_000))]
    home.disk.full(2 << 20)
    before = home.disk.used()
    home.whole(7, many)
    assert home.disk.used() - before < 100_000
    assert "checked-in" in home.check()
    home.disk.full(1 << 30)
    home.disk.fail("write", 1)
    home.whole(7, many)
    assert home.disk.size_of(DATA_DIR / f"{FILE}.new") is None
    home.wait(5 * MINUTE)
    home.whole(7, many)
    assert "blocklisted" in home.check()


def test_a_list_that_a_person_brings_is_taken_like_any_other(home: Listed) -> None:
    made = home.listed(7, [CARD])
    _lay(home, blocklist.to_file(made))
    home.wait(MINUTE)
    assert home.check() == ["door-seen", "blocklisted"]
    assert home.disk.content_of(DATA_DIR / OFFERED) is None
    home.wait(MINUTE)
    assert [one.result for one in home.bodies(ConfigChange)] == [ApplyResult.APPLIED]
    _lay(home, b"nobody's")
    _lay(home, blocklist.to_file(home.listed(6, [])))
    home.wait(MINUTE)
    assert "blocklisted" in home.check()
    assert home.disk.content_of(DATA_DIR / OFFERED) is None


def _lay(home: Listed, data: bytes) -> None:
    from zhendao.device.files import put  # noqa: PLC0415 - on the disk of the box
    from zhendao.simulators.world.disk.mount import Mount  # noqa: PLC0415 - as above

    mount = Mount(home.disk)
    put(mount, DATA_DIR / OFFERED, data)
    mount.end()


def test_an_empty_list_blocks_nobody(home: Listed) -> None:
    home.whole(7, [CARD])
    assert home.listed(8, []).numbers == Numbers()
    home.whole(8, [])
    assert "checked-in" in home.check()
