"""A gateway and its terminals: who is sent what, when, how often; what they answer; versions that only rise."""

from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from random import Random
from secrets import token_bytes

import pytest
from sqlalchemy import Connection, insert, select, update

from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from zhendao.gateway.blocklist.spreading import LONGEST_MS
from zhendao.gateway.blocklist.tables import entries, terminals, versions
from zhendao.gateway.config import BlocklistTable
from zhendao.gateway.ingest.outcome import Outcome
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import Numbers
from zhendao.protocol.bodies import Boot, ConfigChange
from zhendao.protocol.command import BLOCKLIST, open_command
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.state import State, seal_state
from zhendao.protocol.suite import INTL
from zhendao.protocol.topics import parse_topic
from zhendao.protocol.vocabulary import ApplyResult, BootReason, Mounting, Placement

S = 1_000


@dataclass
class Listening(Terminal):
    """A terminal that knows blocklists, and takes what it is sent as a real one does."""

    held: blocklist.Blocklist | None = None
    parts: list[blocklist.Part] = field(default_factory=list)

    def start(self, reason: BootReason = BootReason.START) -> object:
        self.starts.append(self._fresh_keys())
        self.boot_nonce = token_bytes(16)
        version = 0 if self.held is None else self.held.manifest.version
        body = Boot(
            self.boot_nonce, reason, software="test", placement=Placement.HOME, mounting=Mounting.CRADLE,
            blocklist=version,
        )  # fmt: skip
        return self.add(body)

    def took(self) -> ConfigChange:
        """Put the parts together; return the answer."""
        first = self.parts[0]
        content = b"".join(one.content for one in self.parts)
        if first.base is not None:
            assert self.held is not None
            assert first.base == self.held.manifest.version
            content = self.held.numbers.changed_by(content).packed
        self.held = blocklist.proved(INTL, blocklist.read_manifest(first.signed), first.signed, content)
        return ConfigChange(INTL.hash(first.signed), ApplyResult.APPLIED)


class Town:
    """A site with terminals; what goes out to them is sorted by who it is for."""

    def __init__(self, folder: Path, **table: int) -> None:
        self.site = Site(folder, Authority(), blocklist=BlocklistTable(**table))
        self.verifying = INTL.verifying_key(self.site.gateway_key.spki)
        self.now_ms = NOW_MS
        self.lines: dict[bytes, Listening] = {}
        self.seen: dict[bytes, int] = {}

    def terminal(self, *, online: bool = True) -> Listening:
        made = self.site.authority.terminal()
        line = Listening(
            made.suite, made.recipients, device=made.device, key=made.key, certificate_id=made.certificate_id,
            certificate=made.certificate,
        )  # fmt: skip
        self.lines[line.device] = line
        self.up(line)
        if online:
            self.state(line, online=True)
        return line

    def up(self, line: Listening) -> Outcome:
        """Send what is new."""
        first = self.seen.get(line.device, 0) + 1
        self.seen[line.device] = len(line.items)
        return self.site.take(line.message(first, len(line.items)), now_ms=self.now_ms)

    def state(self, line: Listening, *, online: bool) -> None:
        keys = line.starts[-1]
        content = State(online, len(line.items), line.heads[-1], self.now_ms, 0)
        boot = line.message(keys.start, keys.start).payload
        message = seal_state(INTL, keys, line.certificate_id, token_bytes(12), boot, content)
        self.site.take(line.wrapped(message, "state"), now_ms=self.now_ms)

    def look(self, after_ms: int = S) -> dict[bytes, list[blocklist.Part]]:
        """Let time pass, and let the gateway look; return what each terminal is sent."""
        self.now_ms += after_ms
        outcome = self.site.pipeline.watch(self.now_ms)
        found: dict[bytes, list[blocklist.Part]] = {}
        for one in outcome.outgoing:
            device = parse_topic(one.topic).device
            opened = split_down(one.payload)
            assert isinstance(opened, SignedCommand)
            command = open_command(self.verifying, opened)
            assert (command.device, command.boot_nonce) == (device, self.lines[device].boot_nonce)
            assert command.kind == BLOCKLIST
            found.setdefault(device, []).append(blocklist.read_part(command.body))
        for device, parts in found.items():
            self.lines[device].parts = parts
        return found

    def block(self, *several: bytes) -> None:
        with self.site.store.writing() as connection:
            for number in several:
                connection.execute(insert(entries).values(number=number, reason="lost", by="me", added_ms=self.now_ms))

    def held(self, line: Listening) -> int:
        with self.site.store.reading() as connection:
            return connection.execute(select(terminals.c.held).where(terminals.c.device == line.device)).scalar_one()

    def newest(self) -> int:
        with self.site.store.reading() as connection:
            return max(connection.execute(select(versions.c.version)).scalars(), default=0)

    def answer(self, line: Listening, body: ConfigChange) -> None:
        line.add(body)
        self.up(line)


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


def test_nothing_is_sent_as_long_as_nobody_is_blocked(town: Town) -> None:
    town.terminal()
    assert town.look() == {}
    assert town.newest() == 0


def test_a_terminal_that_is_behind_is_sent_the_list_and_its_answer_ends_it(town: Town) -> None:
    line = town.terminal()
    town.block(b"t" * 16)
    sent = town.look()
    assert list(sent) == [line.device]
    answer = line.took()
    assert line.held is not None
    assert set(line.held.numbers) == {b"t" * 16}
    assert line.held.manifest.tenant == TENANT
    town.answer(line, answer)
    assert town.held(line) == town.newest() == line.held.manifest.version
    assert town.newest() == town.now_ms // 1000, "the time: one whose store is lost still rises"
    assert town.look(LONGEST_MS) == {}


def test_the_next_version_comes_as_a_change(town: Town) -> None:
    line, random = town.terminal(), Random(1)
    town.block(*(random.randbytes(16) for _ in range(100)))
    town.look()
    town.answer(line, line.took())
    before = town.newest()
    town.block(b"t" * 16)
    (part,) = town.look()[line.device]
    assert (part.base, len(part.content)) == (before, 17)
    town.answer(line, line.took())
    assert line.held is not None
    assert b"t" * 16 in line.held.numbers
    assert town.held(line) == town.newest() > before


def test_who_does_not_answer_is_sent_it_again_less_and_less_often(town: Town) -> None:
    town.terminal()
    town.block(b"t" * 16)
    times = [town.now_ms for _ in range(5 * 24 * 12) if town.look(300 * S)]
    pauses = [later - sooner for sooner, later in pairwise(times)]
    assert pauses[0] >= 300 * S
    assert pauses == sorted(pauses)
    assert max(pauses) <= LONGEST_MS + 300 * S
    assert len(times) < 40


def test_a_terminal_that_is_offline_is_sent_nothing_until_it_is_back(town: Town) -> None:
    line = town.terminal(online=False)
    town.block(b"t" * 16)
    assert all(town.look(3600 * S) == {} for _ in range(20))
    town.state(line, online=True)
    assert list(town.look()) == [line.device]
    town.state(line, online=False)
    assert town.look(LONGEST_MS) == {}


def test_a_restart_says_what_it_holds_and_is_sent_what_it_lacks_at_once(town: Town) -> None:
    line = town.terminal()
    town.block(b"t" * 16)
    town.look()
    line.start()
    town.up(line)
    assert list(town.look()) == [line.device], "what was sent to the start before is gone"
    town.answer(line, line.took())
    line.start()
    town.up(line)
    assert town.look() == {}
    line.held = None  # its memory card was changed
    line.start()
    town.up(line)
    assert town.look()[line.device][0].base is None


def test_an_answer_of_an_earlier_start_says_nothing_about_this_one(town: Town) -> None:
    line = town.terminal()
    town.block(b"t" * 16)
    town.look()
    late = line.add(line.took()).seq
    line.held = None
    line.start()
    for seq in (late + 1, late):  # what was said before the restart comes after it
        town.site.take(line.message(seq, seq), now_ms=town.now_ms)
    assert town.held(line) == 0
    assert list(town.look()) == [line.device]


def test_who_knows_no_blocklists_is_not_bothered(town: Town) -> None:
    old = town.site.authority.terminal()
    town.site.take(old.message(1, 1))
    town.block(b"t" * 16)
    assert town.look() == {}


def test_who_refuses_a_change_is_sent_the_whole_list(town: Town) -> None:
    line, random = town.terminal(), Random(1)
    town.block(*(random.randbytes(16) for _ in range(100)))
    town.look()
    town.answer(line, line.took())
    town.block(b"t" * 16)
    (part,) = town.look()[line.device]
    town.answer(line, ConfigChange(INTL.hash(part.signed), ApplyResult.REFUSED, detail="blocklist 0: base: another"))
    assert town.held(line) == 0
    assert town.look(600 * S)[line.device][0].base is None


def test_a_fleet_is_served_at_a_pace(tmp_path: Path) -> None:
    town = Town(tmp_path, terminals_s=3, kib_s=64)
    for _ in range(10):
        town.terminal()
    town.block(b"t" * 16)
    served = [len(town.look()) for _ in range(5)]
    assert served == [3, 3, 3, 1, 0]
    town.block(*(Random(1).randbytes(16) for _ in range(1)), *(Random(n).randbytes(16) for n in range(2, 3000)))
    served = [len(town.look()) for _ in range(12)]
    assert served == [1] * 10 + [0, 0], "48 KB each, at 64 KiB a second"


def test_between_two_rounds_it_waits_a_second_and_says_so(tmp_path: Path) -> None:
    town = Town(tmp_path, terminals_s=1)
    for _ in range(2):
        town.terminal()
    while town.site.pipeline.idle_ms(town.now_ms, town.now_ms) == 0:
        assert town.look(1) == {}  # what else a gateway looks at when it begins
    town.block(b"t" * 16)
    assert town.site.pipeline.idle_ms(town.now_ms, town.now_ms) == 0
    assert len(town.look()) == 1
    assert town.site.pipeline.idle_ms(town.now_ms, town.now_ms) == 1000
    assert town.look(10) == {}
    assert len(town.look()) == 1
    wait_ms = town.site.pipeline.idle_ms(town.now_ms, town.now_ms)
    assert wait_ms is not None
    assert 290 * S <= wait_ms <= 310 * S
    assert town.look(wait_ms - 1) == {}
    assert len(town.look(2)) == 1


def test_versions_rise_over_a_store_that_was_lost(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    town = Town(tmp_path / "a")
    line = town.terminal()
    town.block(b"t" * 16)
    town.look()
    town.answer(line, line.took())
    held = town.newest()
    again = Town(tmp_path / "b")
    again.site.authority = town.site.authority
    again.site.store.close()
    again.site.open()
    again.now_ms = town.now_ms - 3600 * S  # and its clock is behind
    again.lines = town.lines
    line.start()
    again.seen = {}
    again.up(line)
    again.state(line, online=True)
    assert line.device in again.look()
    assert again.newest() > held
    line.took()
    assert line.held is not None
    assert line.held.numbers == Numbers(), "nobody is blocked in a store that knows nobody"


def test_a_gateway_with_a_new_key_signs_the_list_anew(town: Town) -> None:
    line = town.terminal()
    town.block(b"t" * 16)
    town.look()
    town.answer(line, line.took())
    before = town.newest()
    town.site.store.close()
    town.site.gateway_key, town.site.certificate_id = INTL.new_signing_key(), b"n" * 32
    town.verifying = INTL.verifying_key(town.site.gateway_key.spki)
    town.site.open()
    (part,) = town.look()[line.device]
    assert town.newest() > before
    manifest = blocklist.open_manifest(INTL, town.verifying, TENANT, part.signed)
    assert (manifest.version, manifest.ids) == (town.newest(), 1)
    town.answer(line, line.took())
    assert town.look(LONGEST_MS) == {}


def test_a_version_from_another_century_is_not_followed(town: Town) -> None:
    line = town.terminal()
    town.block(b"t" * 16)
    town.look()
    assert line.parts
    newest = town.newest()
    with town.site.store.writing() as connection:
        connection.execute(update(terminals).values(held=2**62))
    town.look()
    assert town.newest() == newest


def test_a_transaction_that_failed_leaves_nothing_in_memory(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    line = town.terminal()
    town.block(b"t" * 16)
    from zhendao.gateway.blocklist import spreading  # noqa: PLC0415 - to break it
    from zhendao.gateway.errors import StoreError  # noqa: PLC0415 - as above
    from zhendao.protocol.wording import same  # noqa: PLC0415 - as above

    def broken(_connection: Connection, *_rest: object) -> list[object]:
        raise StoreError(same("no"))

    with monkeypatch.context() as patch:
        patch.setattr(spreading, "orders", broken)
        with pytest.raises(StoreError):
            town.look()
    assert town.newest() == 0
    assert list(town.look()) == [line.device]
    assert town.newest() > 0
