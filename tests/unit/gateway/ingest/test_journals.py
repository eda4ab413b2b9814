"""A gap, a fork, a rollback, a cut-off tail and a new epoch are named; what heals is healed."""

from dataclasses import replace
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import func, select

from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from zhendao.gateway.store.facts import events, findings, states
from zhendao.protocol.ack import RangeState
from zhendao.protocol.batch import encode_batch
from zhendao.protocol.bodies import Previous, Sensor
from zhendao.protocol.command import open_command, read_resend
from zhendao.protocol.down import SignedCommand, split_down
from zhendao.protocol.state import State, seal_state
from zhendao.protocol.topics import Topic
from zhendao.protocol.vocabulary import BootReason, ClockSource, SensorClass


def filled(line: Terminal, events_: int) -> Terminal:
    for number in range(events_ - len(line.items)):
        line.add(Sensor("door", SensorClass.DOOR_CONTACT, number, 0))
    return line


def named(site: Site) -> dict[str, str]:
    with site.store.reading() as connection:
        rows = connection.execute(select(findings).where(findings.c.healed_ms.is_(None)))
        return {row.kind: row.en for row in rows}


def subjects(site: Site) -> list[str]:
    with site.store.reading() as connection:
        query = select(findings.c.subject).where(findings.c.healed_ms.is_(None)).order_by(findings.c.subject)
        return list(connection.execute(query).scalars())


def copy(line: Terminal, authority: Authority, upto: int) -> Terminal:
    """Return a clone with the first ``upto`` events of ``line``."""
    clone = authority.terminal(device=line.device, key=line.key, epoch=line.epoch)
    clone.certificate, clone.certificate_id = line.certificate, line.certificate_id
    clone.items, clone.events = line.items[:upto], line.events[:upto]
    clone.heads, clone.starts = line.heads[: upto + 1], list(line.starts)
    return clone


def test_a_gap_is_named_after_its_grace_asked_for_and_healed(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 9)
    site.take(line.message(1, 3), line.message(7, 9))
    assert site.pipeline.watch(NOW_MS + 59_000).outgoing == ()
    assert named(site) == {}
    (command,) = site.pipeline.watch(NOW_MS + 60_000).outgoing
    assert "events 4–6" in named(site)["gap"]
    asked = split_down(command.payload)
    assert isinstance(asked, SignedCommand)
    order = open_command(line.suite.verifying_key(site.gateway_key.spki), asked)
    assert (order.boot_nonce, order.number, read_resend(order.body)) == (line.boot_nonce, 1, (line.epoch, 4, 6))
    assert site.pipeline.watch(NOW_MS + 61_000).outgoing == ()
    assert len(site.pipeline.watch(NOW_MS + 700_000).outgoing) == 1
    site.take(line.message(5, 5))
    assert subjects(site) == ["4-4", "6-6"]
    site.take(line.message(4, 6))
    assert named(site) == {}


def test_an_engineer_who_sets_the_gateways_clock_neither_hastens_nor_stops_a_grace(
    site: Site, authority: Authority
) -> None:
    line = filled(authority.terminal(), 9)
    day_ms = 86_400_000
    site.pipeline.process([line.message(1, 3), line.message(7, 9)], NOW_MS, NOW_MS)
    assert site.pipeline.watch(NOW_MS + day_ms, NOW_MS + 1_000).outgoing == (), "set a day ahead"
    (sent,) = site.pipeline.watch(NOW_MS - day_ms, NOW_MS + 60_000).outgoing  # a day back
    command = split_down(sent.payload)
    assert isinstance(command, SignedCommand)
    order = open_command(line.suite.verifying_key(site.gateway_key.spki), command)
    assert order.issued_ms == NOW_MS - day_ms, "a date is what the clock says"
    site.open()  # begun again by a clock that is behind what was written
    assert site.pipeline.watch(NOW_MS - day_ms).outgoing == ()
    assert len(site.pipeline.watch(NOW_MS - day_ms + 700_000).outgoing) == 1


def test_a_fork_is_kept_beside_the_first_history_and_named(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 4)
    clone = filled(copy(line, authority, 2), 5)
    site.take(line.message(1, 4))
    (ack,) = site.acks(line, site.take(clone.message(3, 5)))
    assert [(one.first, one.last, one.state) for one in ack.ranges] == [(3, 5, RangeState.FORK)]
    assert ack.held_head == line.heads[4]
    assert "from event 3" in named(site)["fork"]
    (ack,) = site.acks(line, site.take(line.message(3, 4)))
    assert ack.ranges[0].state is RangeState.COMMITTED
    with site.store.reading() as connection:
        assert connection.execute(select(func.count()).select_from(events)).scalar_one() == 7


def test_a_restored_image_is_a_rollback(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 5)
    restored = copy(line, authority, 3)
    site.take(line.message(1, 5))
    restored.start()
    site.take(restored.message(4, 4))
    assert set(named(site)) == {"fork", "rollback"}


def test_who_runs_on_a_restored_image_or_a_clone_is_told_so_though_a_later_start_is_known(
    site: Site, authority: Authority
) -> None:
    line = filled(authority.terminal(), 3)
    restored, clone = copy(line, authority, 3), copy(line, authority, 3)
    for _ in range(3):
        line.start()
    site.take(line.message(1, 6))
    for other in (restored, clone):
        other.start()
        (ack,) = site.acks(other, site.take(other.message(4, 4)))
        assert (ack.ranges[0].state, ack.held_seq, ack.held_head) == (RangeState.FORK, 6, line.heads[6])
    line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0))
    (ack,) = site.acks(line, site.take(line.message(7, 7)))
    assert ack.ranges[0].state is RangeState.COMMITTED
    restored.add(Sensor("door", SensorClass.DOOR_CONTACT, 2, 0))
    site.take(authority.terminal(device=line.device, key=line.key, boot_reason=BootReason.HEAD_MISMATCH).message(1, 1))
    (ack,) = site.acks(restored, site.take(restored.message(5, 5)))
    assert ack.ranges[0].state is RangeState.FORK


def test_a_terminal_whose_clone_began_another_epoch_is_answered_after_each_start(
    site: Site, authority: Authority
) -> None:
    line = filled(authority.terminal(), 3)
    site.take(line.message(1, 3))
    clone = authority.terminal(device=line.device, key=line.key, boot_reason=BootReason.HEAD_MISMATCH)
    site.take(clone.message(1, 1))
    line.start()
    site.take(line.message(4, 4))
    (ack,) = site.acks(line, site.take(line.message(2, 3)))  # sealed before its last start, sent again after it
    assert [(one.first, one.last, one.state) for one in ack.ranges] == [(2, 3, RangeState.COMMITTED)]
    clone.start()
    (ack,) = site.acks(clone, site.take(clone.message(1, 2)))
    assert ack.ranges[0].last == 2


def test_beside_a_clone_that_begins_again_and_again_a_terminal_is_heard_when_it_brings_its_start(
    site: Site, authority: Authority
) -> None:
    line = filled(authority.terminal(), 3)
    site.take(line.message(1, 3))
    clone = authority.terminal(device=line.device, key=line.key, boot_reason=BootReason.HEAD_MISMATCH)
    site.take(clone.message(1, 1))
    line.start()
    site.take(line.message(4, 4))
    for _ in range(5):  # so often that the gateway thinks of them alone
        clone.start()
        site.take(clone.message(len(clone.items), len(clone.items)))
    assert site.acks(line, site.take(line.message(2, 3))) == []
    for companions in ((4,), ()):
        (ack,) = site.acks(line, site.take(line.message(2, 3, *companions)))
        assert (ack.ranges[-1].last, ack.held_seq) == (3, 4)


def test_what_is_left_of_an_older_journal_is_answered_to_the_start_that_runs_whichever_seems_the_newest(
    site: Site, authority: Authority
) -> None:
    old = filled(authority.terminal(), 3)
    new = authority.terminal(device=old.device, key=old.key, boot_reason=BootReason.JOURNAL_DAMAGED)
    old.start()  # by this the gateway takes the old one for the newer one
    site.take(new.message(1, 1))
    site.take(old.message(1, 2), old.message(4, 4))
    (ack,) = site.acks(new, site.take(old.message(3, 3)))
    assert [(one.first, one.last) for one in ack.ranges] == [(3, 3)]


def test_an_older_copy_that_knows_of_more_is_a_rollback(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 5)
    restored = copy(line, authority, 3)
    restored.previous = Previous(line.epoch, 5, line.heads[5])
    restored.start()
    site.take(line.message(1, 3), restored.message(4, 4))
    assert "remembers event 5" in named(site)["rollback"]


@pytest.mark.parametrize(
    ("knew", "said"), [(7, "event 7 at least, held up to 5"), (None, "how much is not known"), (5, "not known")]
)
def test_a_cut_off_tail_is_named(site: Site, authority: Authority, knew: int | None, said: str) -> None:
    line = filled(authority.terminal(), 7)
    site.take(line.message(1, 5))
    again = authority.terminal(
        device=line.device,
        key=line.key,
        boot_reason=BootReason.JOURNAL_DAMAGED,
        previous=Previous(line.epoch, knew, line.heads[knew]) if knew else None,
    )
    (ack,) = site.acks(again, site.take(again.message(1, 1)))
    assert (ack.epoch, ack.held_seq) == (again.epoch, 1)
    assert "journal was damaged" in named(site)["new_epoch"]
    assert said in named(site)["cut_tail"]


def test_a_tail_that_comes_after_all_heals_its_finding(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 7)
    again = authority.terminal(
        device=line.device,
        key=line.key,
        boot_reason=BootReason.PLANNED,
        previous=Previous(line.epoch, 7, line.heads[7]),
    )
    site.take(line.message(1, 5))
    site.take(again.message(1, 1))
    assert set(named(site)) == {"new_epoch_planned", "cut_tail"}
    site.take(line.message(6, 7))
    assert set(named(site)) == {"new_epoch_planned"}


def state_message(line: Terminal, **said: Any) -> Any:
    boot = line.starts[-1].start
    batch = line.batch(boot, boot)
    assert line.certificate is not None
    data = encode_batch(replace(batch, certificate=line.certificate.der))
    state = State(**{"online": True, "seq": 1, "head": line.heads[1], "wall_ms": NOW_MS, "unacknowledged": 0, **said})
    payload = seal_state(line.suite, line.starts[-1], line.certificate_id, token_bytes(12), data, state)
    return line.wrapped(payload, "state")


def test_a_state_brings_its_start_and_shows_what_is_missing(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 6)
    site.take(state_message(line, seq=6, head=line.heads[6]))
    with site.store.reading() as connection:
        row = connection.execute(select(states)).one()
    assert (row.device, row.seq, row.online) == (line.device, 6, True)
    (command,) = site.pipeline.watch(NOW_MS + 60_000).outgoing
    assert command.topic == str(Topic(TENANT, line.device, "down"))
    assert "events 2–6" in named(site)["gap"]


def test_a_state_that_lies_behind_or_elsewhere_is_named(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(), 6)
    site.take(line.message(1, 6))
    site.take(state_message(line, seq=6, head=line.heads[6]))
    assert named(site) == {}
    site.take(state_message(line, seq=4, head=line.heads[4]))
    assert "held up to 6" in named(site)["rollback"]
    site.take(state_message(line, seq=5, head=bytes(32)))
    assert "another head at event 5" in named(site)["fork"]


def test_an_expired_certificate_is_noted_and_its_facts_are_stored(site: Site, authority: Authority) -> None:
    line = filled(authority.terminal(years=0), 2)
    later = NOW_MS + 86_400_000
    assert site.take(line.message(1, 2), now_ms=later).events == 2
    line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0), wall_ms=later)
    assert site.take(line.message(3, 3), now_ms=later).events == 1
    assert "outside its time" in named(site)["certificate_expired"]


def test_a_stranger_is_counted_and_sampled_within_bounds(site: Site, authority: Authority) -> None:
    stranger = Authority().terminal()
    messages = [Authority.terminal(authority).message(1, 1, certificate=False) for _ in range(2)]
    outcome = site.take(stranger.message(1, 1), *messages)
    assert outcome.refused == ("certificate-chain", "certificate-unknown", "certificate-unknown")
    assert outcome.outgoing == ()


class Astray(Terminal):
    """A terminal whose clock says the beginning of 1970."""

    source = ClockSource.RTC

    def add(self, body: Any, **how: Any) -> Any:
        return super().add(body, **{"wall_ms": 20_000, "source": self.source, **how})


class Unset(Astray):
    """… and knows it."""

    source = ClockSource.UNSET


def began(kind: type[Astray], line: Terminal, reason: BootReason) -> Terminal:
    """Return ``line`` with its journal begun again by such a clock."""
    line.items, line.events, line.starts, line.heads = [], [], [], line.heads[:1]
    line.__class__ = kind
    line.start(reason)
    return line


def of_kind(site: Site, kind: str) -> list[bytes]:
    with site.store.reading() as connection:
        query = select(findings.c.epoch).where(findings.c.kind == kind, findings.c.healed_ms.is_(None))
        return list(connection.execute(query).scalars())


def test_a_start_that_overtakes_the_first_of_its_journal_leaves_no_finding_behind(
    site: Site, authority: Authority
) -> None:
    first = filled(authority.terminal(), 3)
    site.take(first.message(1, 3))
    later = authority.terminal(device=first.device, key=first.key, previous=Previous(first.epoch, 3, first.heads[3]))
    began(Astray, later, BootReason.HEAD_MISMATCH)
    later.previous = None
    later.start()
    # By its clock it is older than the journal before: until its first start comes nothing denies that.
    site.take(later.message(2, 2))
    assert of_kind(site, "new_epoch") == [first.epoch]
    site.take(later.message(1, 1))
    assert of_kind(site, "new_epoch") == [later.epoch]


@pytest.mark.parametrize("smaller", [False, True])
def test_a_journal_begun_without_a_clock_is_newer_than_what_came_before_it(
    site: Site, authority: Authority, *, smaller: bool
) -> None:
    one, other = sorted((token_bytes(16), token_bytes(16)), reverse=smaller)
    first = began(Unset, authority.terminal(epoch=one), BootReason.FIRST)
    site.take(first.message(1, 1), now_ms=NOW_MS)
    again = authority.terminal(device=first.device, key=first.key, epoch=other)
    began(Unset, again, BootReason.FIRST)
    site.take(again.message(1, 1), now_ms=NOW_MS + 60_000)
    assert of_kind(site, "new_epoch") == [other]
