"""Ingest of real messages: stored once, acknowledged under the terminal's key, refused by name."""

from sqlalchemy import func, select

from samples.site import Authority, Site
from zhendao.gateway.ingest.session import Session
from zhendao.gateway.store.facts import events, findings
from zhendao.protocol.ack import RangeState, RefusalState
from zhendao.protocol.bodies import Sos


def count(site: Site) -> int:
    with site.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()


def kinds(site: Site) -> list[str]:
    with site.store.reading() as connection:
        open_ones = select(findings.c.kind).where(findings.c.healed_ms.is_(None))
        return sorted(connection.execute(open_ones).scalars())


def test_a_batch_is_stored_and_acknowledged(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(Sos(1, drill=False))
    line.add(Sos(2, drill=False))
    (ack,) = site.acks(line, site.take(line.message(1, 3)))
    assert [(r.first, r.last, r.state, r.head) for r in ack.ranges] == [(1, 3, RangeState.COMMITTED, line.heads[3])]
    assert (ack.held_seq, ack.held_head) == (3, line.heads[3])
    assert count(site) == 3
    assert kinds(site) == []


def test_a_replayed_batch_changes_nothing_and_is_acknowledged_again(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    message = line.message(1, 1)
    site.take(message)
    outcome = site.take(message, message)
    assert outcome.events == 0
    assert [(r.first, r.last) for ack in site.acks(line, outcome) for r in ack.ranges] == [(1, 1), (1, 1)]
    assert count(site) == 1


def test_an_event_that_overtakes_is_stored_and_linked_later(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    for button in range(4):
        line.add(Sos(button, drill=False))
    (ack,) = site.acks(line, site.take(line.message(5, 5, 1)))
    assert ack.held_seq == 1
    (ack,) = site.acks(line, site.take(line.message(2, 4)))
    assert ack.held_seq == 5
    assert count(site) == 5


def test_without_its_boot_event_a_batch_is_asked_for_again(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    site.take(line.message(1, 1))
    line.start()
    line.add(Sos(1, drill=False))
    outcome = site.take(line.message(3, 3))
    assert outcome.refused == ("boot-unknown",)
    assert count(site) == 1
    (ack,) = site.acks(line, site.take(line.message(3, 3, 2)))
    assert ack.held_seq == 3


def test_a_message_that_is_not_proved_is_sent_in_halves_then_set_aside(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(Sos(1, drill=False))
    site.take(line.message(1, 1))
    line.items[1] = type(line.items[1])(line.items[1].sealed, bytes(32), line.items[1].signature)
    line.add(Sos(2, drill=False))
    bad = line.message(1, 3)
    (ack,) = site.acks(line, site.take(line.wrapped(bad.payload[:-1] + b"x")))
    assert [one.state for one in ack.refusals] == [RefusalState.SPLIT]
    (ack,) = site.acks(line, site.take(line.message(2, 2)))
    assert [one.state for one in ack.refusals] == [RefusalState.QUARANTINED]
    assert count(site) == 1


def test_a_message_that_breaks_everything_stops_nobody_else(site: Site, authority: Authority) -> None:
    lines = [authority.terminal() for _ in range(3)]
    draw = site.pipeline._conclude

    def breaks(session: Session) -> int:
        if any(one.new.event and one.new.event.device == lines[1].device for one in session.stored):
            raise RuntimeError("a fault of ours")
        return draw(session)

    site.pipeline._conclude = breaks
    outcome = site.take(*(line.message(1, 1) for line in lines))
    assert outcome.events == 2
    assert outcome.refused == ("internal",)
    site.pipeline._conclude = draw
    assert site.take(lines[1].message(1, 1)).events == 1
