"""The uplink against a model of journal, broker and gateway: loss, doubles, disorder, crashes; nothing is lost."""

from __future__ import annotations

import hashlib
import os
import random
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from zhendao.device.clock.stamp import Stamp
from zhendao.device.identity.values import Identity
from zhendao.device.journal.entries import EpochState, Settled
from zhendao.device.journal.folder import DataFolder
from zhendao.device.journal.recorder import Recorder
from zhendao.device.journal.spans import Spans
from zhendao.device.journal.store import Journal
from zhendao.device.link import parcel
from zhendao.device.link.tracks import MOST_CAPS
from zhendao.device.link.uplink import Uplink, UplinkSettings, Want
from zhendao.protocol.ack import Ack, Range, RangeState, Refusal, RefusalState
from zhendao.protocol.batch import decode_batch, decode_companion
from zhendao.protocol.bodies import Sos, Tamper
from zhendao.protocol.proof import heads, verify_batch
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockSource, Mounting, Placement, TamperCause

EPOCH = b"e" * 16
SECOND = 1_000_000_000


def head(seq: int) -> bytes:
    return hashlib.sha256(seq.to_bytes(8, "big")).digest()


def heads_of(_epoch: bytes, seq: int) -> bytes:
    return head(seq)


def ack(*ranges: tuple[int, int], held: int = 0, refusals: tuple[Refusal, ...] = ()) -> Ack:
    made = tuple(Range(first, last, RangeState.COMMITTED, head(last)) for first, last in ranges)
    return Ack(b"d" * 16, EPOCH, (EPOCH, 1), made, held, head(held), refusals, b"b" * 16, 0)


def loaded(last: int, settled: list[tuple[int, int]] | None = None, urgent: list[int] | None = None) -> Uplink:
    uplink = Uplink(UplinkSettings(in_flight=2, max_events=10), random.Random(1).random)
    uplink.load([EpochState(EPOCH, 1, last, head(last), Spans(settled or []), urgent or [])])
    uplink.connected()
    return uplink


def answer(uplink: Uplink, one: Ack, now: int = 0) -> Any:
    return uplink.answered(one, EPOCH, heads_of, now, current_key=True)


def send(uplink: Uplink, now: int = 0, *, carried: bool = True) -> Want | None:
    want = uplink.next(now)
    if want is not None:
        uplink.sent(want, want.last, digest_of(want), now, 5000)
        if carried:
            uplink.received(digest_of(want), now)
    return want


def digest_of(want: Want) -> bytes:
    return hashlib.sha256(repr(want).encode()).digest()


def test_in_order_in_bounds_and_never_more_under_way_than_allowed() -> None:
    uplink = loaded(45, settled=[(1, 3), (8, 9)])
    assert [send(uplink) for _ in range(2)] == [Want(EPOCH, 4, 7), None], "one, until the gateway has answered"
    answer(uplink, ack((4, 7)))
    assert [send(uplink) for _ in range(3)] == [Want(EPOCH, 10, 19), Want(EPOCH, 20, 29), None]
    answer(uplink, ack((10, 19)))
    assert [send(uplink) for _ in range(2)] == [Want(EPOCH, 30, 39), None]
    assert uplink.unacknowledged == 26


def test_a_call_for_help_goes_before_everything_and_beside_what_is_under_way() -> None:
    uplink = loaded(100)
    assert send(uplink) is not None
    assert send(uplink) is None
    uplink.appended(EPOCH, 101, urgent=True)
    assert send(uplink) == Want(EPOCH, 101, 101, urgent=True)
    assert send(uplink) is None


def test_no_answer_sends_one_event_again_ever_more_rarely_and_a_new_link_at_once() -> None:
    uplink = loaded(9)
    now, waits = 0, []
    for round_ in range(8):
        want = send(uplink, now)
        assert want == Want(EPOCH, 1, 9 if round_ == 0 else 1)
        due = uplink.due_ns()
        assert due is not None
        waits.append((due - now) / SECOND)
        assert send(uplink, due - 1) is None
        now = due
    assert [low <= wait <= low * 1.5 for low, wait in zip((10, 20, 40, 80, 160, 300, 300), waits, strict=False)] == (
        [True] * 7
    )
    uplink.disconnected()
    assert send(uplink, now) is None
    uplink.connected()
    assert send(uplink, now) == Want(EPOCH, 1, 9)


def test_what_nobody_answered_goes_again_with_the_boot_event_of_this_start() -> None:
    """A gateway that knows a clone takes its start for the one that runs, until it hears of ours."""
    uplink = loaded(9)
    send(uplink)
    answer(uplink, ack((1, 4)))
    assert uplink.start_known
    due = uplink.due_ns()
    assert due is not None
    assert send(uplink, due) is not None
    assert not uplink.start_known
    answer(uplink, ack((5, 9)), due)
    assert uplink.start_known


def test_what_the_link_still_carries_is_not_sent_again_but_a_link_that_carries_nothing_is_begun_anew() -> None:
    uplink = loaded(9)
    want = send(uplink, carried=False)
    assert want is not None
    for now in range(0, 59 * SECOND, SECOND):
        assert send(uplink, now) is None
        assert not uplink.stalled(now)
    assert uplink.due_ns() == 60 * SECOND
    assert uplink.stalled(60 * SECOND)
    assert send(uplink, 61 * SECOND) is None
    assert answer(uplink, ack((1, 9)), 61 * SECOND).settled, "what arrives late has arrived all the same"
    assert not uplink.stalled(62 * SECOND)


def test_a_slow_link_gets_small_batches_a_quick_one_large_ones_and_a_broken_one_a_single_event() -> None:
    uplink = loaded(500)
    sizes = []
    for took_s in (0.1, 0.1, 2, 5, 5, 5, 5, 5, 5, 5):
        sizes.append(uplink.batch_bytes)
        want = uplink.next(0)
        assert want is not None
        uplink.sent(want, want.last, digest_of(want), 0, uplink.batch_bytes)
        uplink.received(digest_of(want), int(took_s * SECOND))
        answer(uplink, ack((want.first, want.last)))
    assert sizes == [size * 1024 for size in (16, 32, 64, 64, 32, 16, 8, 4, 2, 1)]
    for _ in range(5):
        assert send(uplink, carried=False) is not None
        uplink.disconnected()
        uplink.connected()
    assert uplink.batch_bytes == 1024


def test_ranges_to_be_sent_in_pieces_are_remembered_within_bounds() -> None:
    uplink = loaded(9000)
    for now in range(0, 600 * SECOND, SECOND):
        want = send(uplink, now)
        if want is None or want.first == want.last:
            break
        answer(uplink, ack(refusals=(Refusal(digest_of(want), RefusalState.SPLIT, "signature"),)), now)
    (track,) = uplink._tracks.values()
    for first in range(1, 9000, 10):
        track.halve(first, first + 9, 10)
    assert len(track.caps) == MOST_CAPS
    assert track.caps[-1] == (8991, 9000, 5)
    assert track.free_until(8991, 9000) == 8995


def test_a_small_batch_that_was_quick_says_nothing_of_a_large_one() -> None:
    uplink = loaded(2)
    want = uplink.next(0)
    assert want is not None
    uplink.sent(want, 1, digest_of(want), 0, 700)
    uplink.received(digest_of(want), 1)
    assert uplink.batch_bytes == 16 * 1024


def test_a_gateway_that_puts_everything_off_is_not_flooded_and_poison_among_it_is_found() -> None:
    uplink, sent = loaded(5000), 0
    while (want := send(uplink)) is not None:
        sent += 1
        answer(uplink, ack(refusals=(Refusal(digest_of(want), RefusalState.AGAIN, "busy"),)))
    assert sent == 64
    uplink, bad, rounds, now = loaded(40), 17, 0, 0
    while uplink.unacknowledged > 1 and (rounds := rounds + 1) < 60:
        now += 60 * SECOND
        while (want := send(uplink, now)) is not None:
            if want.first <= bad <= want.last:
                refusal = Refusal(digest_of(want), RefusalState.AGAIN, "internal")
                answer(uplink, ack(refusals=(refusal,)), now)
            else:
                answer(uplink, ack((want.first, want.last)), now)
    assert uplink.unacknowledged == 1
    assert rounds < 10


def test_the_certificate_goes_along_again_until_the_gateway_has_answered() -> None:
    uplink = loaded(2)
    assert uplink.certificate_due
    assert send(uplink) is not None
    assert not uplink.certificate_due
    uplink.disconnected()
    uplink.connected()
    assert uplink.certificate_due
    assert send(uplink) is not None
    answer(uplink, ack((1, 2)))
    uplink.connected()
    assert not uplink.certificate_due


def test_a_refused_message_is_split_until_the_bad_event_is_alone_and_nothing_waits_for_it() -> None:
    uplink, bad, quarantined, rounds = loaded(40), 17, None, 0
    while uplink.unacknowledged and (rounds := rounds + 1) < 60:
        want = send(uplink, rounds)
        if want is None:
            break
        if want.first <= bad <= want.last:
            state = RefusalState.QUARANTINED if want.first == want.last else RefusalState.SPLIT
            outcome = answer(uplink, ack(refusals=(Refusal(digest_of(want), state, "signature"),)), rounds)
            quarantined = outcome.settled or quarantined
        else:
            answer(uplink, ack((want.first, want.last)), rounds)
    assert uplink.unacknowledged == 0
    assert quarantined == ((EPOCH, bad, bad, Settled.QUARANTINED),)
    assert rounds < 20


def test_again_waits_with_jitter_and_asks_for_what_the_gateway_lacks() -> None:
    uplink = loaded(1)
    want = send(uplink)
    assert want is not None
    assert not uplink.certificate_due
    answer(uplink, ack(refusals=(Refusal(digest_of(want), RefusalState.AGAIN, "certificate-unknown"),)))
    assert uplink.certificate_due
    due = uplink.due_ns()
    assert due is not None
    assert due <= SECOND
    assert send(uplink, due) == want
    answer(uplink, ack(refusals=(Refusal(digest_of(want), RefusalState.AGAIN, "boot-unknown"),)), due)
    assert uplink.boots_due
    assert not uplink.has_boot(EPOCH, 1)


def test_a_range_with_a_head_that_is_not_ours_is_not_believed() -> None:
    uplink = loaded(5)
    wrong = replace(ack((1, 5)), ranges=(Range(1, 5, RangeState.COMMITTED, b"x" * 32),))
    outcome = answer(uplink, wrong)
    assert (outcome.settled, outcome.doubtful, uplink.unacknowledged) == ((), 1, 5)


@pytest.mark.parametrize(("held", "diverged"), [(5, False), (6, True), (0, False)])
def test_a_gateway_that_holds_more_than_the_journal_means_a_new_epoch(held: int, *, diverged: bool) -> None:
    assert (answer(loaded(5), ack(held=held)).diverged is not None) == diverged


def test_another_history_at_a_seq_of_ours_means_a_new_epoch() -> None:
    assert answer(loaded(5), replace(ack(held=4), held_head=b"x" * 32)).diverged is not None


def test_a_resend_command_sends_again_what_was_settled() -> None:
    uplink = loaded(20, settled=[(1, 20)])
    assert send(uplink) is None
    assert uplink.resend(EPOCH, 5, 500) == (5, 20)
    assert send(uplink) == Want(EPOCH, 5, 14)
    assert uplink.resend(b"x" * 16, 1, 2) is None


WHO = Identity(
    suite=INTL,
    device=b"d" * 16,
    tenant="test",
    key=INTL.new_signing_key(),
    certificate=b"c" * 100,
    certificate_id=INTL.hash(b"c" * 100),
    recipients=(INTL.wrapping_key(INTL.new_unwrapping_key().spki),),
    issuers={},
    gateway=INTL.verifying_key(INTL.new_signing_key().spki),
    placement=Placement.HOME,
    mounting=Mounting.CRADLE,
)
KEY = INTL.verifying_key(WHO.key.spki)
STAMP = Stamp(b"b" * 16, 7, 1_790_000_000_000, ClockSource.NTP, 10)


class Gateway:
    """What the other end does, and nothing else: prove, keep by identity, answer for what it holds."""

    def __init__(self) -> None:
        self.held: dict[tuple[bytes, int], bytes] = {}
        self.boots: set[tuple[bytes, int]] = set()
        self.effects = 0

    def take(self, message: bytes) -> Ack:
        batch = decode_batch(message)
        for one in batch.companions:
            boot = decode_companion(one, batch)
            verify_batch(boot, KEY)
            self._keep(boot, heads(boot))
        found = verify_batch(batch, KEY)
        self._keep(batch, found)
        last = max((seq for epoch, seq in self.held if epoch == batch.epoch), default=0)
        end = next((seq for seq in range(1, last + 2) if (batch.epoch, seq) not in self.held), 1) - 1
        ranges = (Range(batch.first, batch.last, RangeState.COMMITTED, found[-1]),)
        held_head = self.held[batch.epoch, end] if end else bytes(32)
        return Ack(WHO.device, batch.epoch, (batch.epoch, 1), ranges, end, held_head, (), b"b" * 16, 0)

    def _keep(self, batch: Any, found: tuple[bytes, ...]) -> None:
        for seq, one in enumerate(found, batch.first):
            if (batch.epoch, seq) not in self.held:
                self.held[batch.epoch, seq] = one
                self.effects += 1
            assert self.held[batch.epoch, seq] == one, "the same number with another history"


class Weather(RuleBasedStateMachine):
    """A real journal and the real uplink; the network and the power are Hypothesis's."""

    @initialize()
    def begin(self) -> None:
        self.path = tempfile.TemporaryDirectory()
        self.gateway = Gateway()
        self.signalled: set[tuple[bytes, int]] = set()
        self.uploads: list[tuple[bytes, bytes]] = []
        self.answers: list[Ack] = []
        self.now = 0
        self.dice = random.Random(7)
        self.open()

    def open(self) -> None:
        self.folder = DataFolder(Path(self.path.name), ballast_bytes=4096)
        self.journal = Journal(self.folder, INTL, WHO.device, lambda: 0)
        self.recorder = Recorder(self.journal, WHO, "test", os.urandom)
        self.uplink = Uplink(UplinkSettings(in_flight=2, max_events=4), self.dice.random)
        self.uplink.load(self.journal.epochs())
        done = self.recorder.begin(STAMP)
        self.uplink.appended(done.epoch, done.seq)
        self.signalled.add((done.epoch, done.seq))

    @rule(urgent=st.booleans())
    def record(self, *, urgent: bool) -> None:
        body = Sos(button=1, drill=False) if urgent else Tamper(cause=TamperCause.CASE, active=True)
        (done,) = self.recorder.record(body, STAMP)
        self.signalled.add((done.epoch, done.seq))
        self.uplink.appended(done.epoch, done.seq, urgent=urgent)

    @rule()
    def connect(self) -> None:
        self.uplink.connected()

    @rule()
    def cut(self) -> None:
        self.uplink.disconnected()

    @rule(arrives=st.booleans())
    def send(self, *, arrives: bool) -> None:
        want = self.uplink.next(self.now)
        if want is None:
            return
        part = self.journal.read(want.epoch, want.first, want.last, 1 << 16)
        if part is None:
            self.uplink.absent(want.epoch, want.first)
            return
        part, needed = parcel.starts_needed(part, lambda seq: self.uplink.has_boot(want.epoch, seq))
        boots = []
        for seq in needed:
            boot = self.journal.read(want.epoch, seq, seq, 0)
            assert boot is not None, "a start that undelivered events need is never pruned"
            boots.append(parcel.companion(WHO, want.epoch, boot.prev, boot.entries[0]))
        message = parcel.batch(WHO, part, boots, with_certificate=self.uplink.certificate_due)
        self.uplink.sent(want, part.entries[-1].seq, INTL.hash(message), self.now, len(message))
        if arrives:
            self.uplink.received(INTL.hash(message), self.now)
            self.uploads.append((INTL.hash(message), message))

    @rule(at=st.integers(0, 5), twice=st.booleans(), busy=st.integers(0, 5))
    def gateway_takes(self, at: int, busy: int, *, twice: bool) -> None:
        if not self.uploads:
            return
        digest, message = self.uploads.pop(at % len(self.uploads))
        if twice:
            self.uploads.append((digest, message))
        if busy == 0:
            refusal = Refusal(digest, self.dice.choice([RefusalState.AGAIN, RefusalState.SPLIT]), "busy")
            epoch = decode_batch(message).epoch
            self.answers.append(Ack(WHO.device, epoch, (epoch, 1), (), 0, bytes(32), (refusal,), b"b" * 16, 0))
        else:
            self.answers.append(self.gateway.take(message))

    @rule(at=st.integers(0, 5), twice=st.booleans(), lost=st.booleans())
    def answer_comes(self, at: int, *, twice: bool, lost: bool) -> None:
        if not self.answers:
            return
        one = self.answers[at % len(self.answers)]
        if not twice:
            self.answers.remove(one)
        if lost:
            return
        held = one if one.held_seq else replace(one, held_head=self.journal.head_of(one.epoch, 0) or bytes(32))
        outcome = self.uplink.answered(held, self.recorder.epoch, self.journal.head_of, self.now, current_key=True)
        assert outcome.diverged is None
        self.recorder.owe(outcome.settled)

    @rule(seconds=st.integers(1, 100))
    def pass_time(self, seconds: int) -> None:
        self.now += seconds * SECOND

    @rule(keep=st.integers(0, 5))
    def prune(self, keep: int) -> None:
        self.recorder.pay()
        for one in self.journal.epochs():
            self.journal.prune(one.epoch, keep, 0)

    @rule()
    def crash(self) -> None:
        """Stop in the middle: what is owed is not written, what is in memory is gone."""
        self.journal.close()
        self.folder.close()
        self.open()

    @invariant()
    def nothing_signalled_is_lost(self) -> None:
        if not hasattr(self, "gateway"):
            return
        for one in self.signalled:
            assert one in self.gateway.held or self.journal.head_of(*one) is not None

    @invariant()
    def each_counts_once(self) -> None:
        if hasattr(self, "gateway"):
            assert self.gateway.effects == len(self.gateway.held)

    def teardown(self) -> None:
        if not hasattr(self, "gateway"):
            return
        try:
            self.deliver_the_rest()
        finally:
            self.journal.close()
            self.folder.close()
            self.path.cleanup()

    def deliver_the_rest(self) -> None:
        self.uplink.connected()
        for _ in range(400):
            if not self.uplink.unacknowledged:
                break
            self.now += 60 * SECOND
            self.send(arrives=True)
            while self.uploads:
                self.answers.append(self.gateway.take(self.uploads.pop()[1]))
            while self.answers:
                self.answer_comes(0, twice=False, lost=False)
        assert self.uplink.unacknowledged == 0
        assert self.signalled <= set(self.gateway.held)


TestWeather = Weather.TestCase
TestWeather.settings = settings(
    max_examples=settings.default.max_examples // 2,
    stateful_step_count=50,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
