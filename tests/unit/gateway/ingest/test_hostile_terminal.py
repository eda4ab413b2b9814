"""Whoever holds a terminal's key and lies with it: every lie is named, kept where it was signed, and stops nobody."""

from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes
from typing import Any

import pytest
from sqlalchemy import func, select

from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.store.facts import events, findings
from zhendao.protocol import ledger
from zhendao.protocol.batch import Item, encode_batch
from zhendao.protocol.bodies import Boot, Sos
from zhendao.protocol.certificates import Name
from zhendao.protocol.event import encode_event
from zhendao.protocol.issuing import Subject, issue
from zhendao.protocol.proof import event_to_be_signed
from zhendao.protocol.seal import Sealed, seal_event
from zhendao.protocol.state import State, seal_state
from zhendao.protocol.vocabulary import BootReason, Direction, Mounting, Placement

SOS = Sos(1, drill=False)
BOOT = Boot(bytes(16), BootReason.START, software="0", placement=Placement.HOME, mounting=Mounting.CRADLE)


def journal(line: Terminal, change: Callable[[Sealed], Sealed] | None = None, **lies: Any) -> None:
    """Journal one more event that is truly chained and signed, whatever is in it."""
    seq = len(line.items) + 1
    event = replace(line.add(SOS), **lies)
    line.items.pop()
    line.heads.pop()
    made = seal_event(line.suite, line.starts[-1], seq, encode_event(event), token_bytes(16))
    made = made if change is None else change(made)
    leaf = ledger.leaf(line.suite, line.device, line.epoch, seq, made.sealed, made.commitment)
    head = ledger.link(line.suite, line.heads[-1], leaf)
    message = event_to_be_signed(line.suite, line.device, line.epoch, seq, line.certificate_id, head)
    line.items.append(Item(made.sealed, made.commitment, line.key.sign(message)))
    line.heads.append(head)


def held(site: Site) -> tuple[int, int]:
    """Return how many events are held, and how many of them can be read."""
    with site.store.reading() as connection:
        every = connection.execute(select(func.count()).select_from(events)).scalar_one()
        readable = connection.execute(select(func.count(events.c.kind))).scalar_one()
    return every, readable


def found(site: Site) -> list[tuple[str, str]]:
    with site.store.reading() as connection:
        return [(row.kind, row.en) for row in connection.execute(select(findings))]


LIES: dict[str, dict[str, Any]] = {
    "another device": {"device": bytes(16)},
    "another epoch": {"epoch": bytes(16)},
    "another number": {"seq": 77},
    "a boot event without keys": {"kind": 1, "version": 1, "body": BOOT},
    "a commitment to something else": {"change": lambda made: Sealed(made.sealed, bytes(32))},
    "bytes that are no sealed event": {"change": lambda made: Sealed(b"\x01", made.commitment)},
    "a seal that nobody can open": {"change": lambda made: Sealed(made.sealed[:-1] + b"\x00", made.commitment)},
}


@pytest.mark.parametrize("name", LIES)
def test_a_signed_lie_is_kept_named_and_stands_in_nobodys_way(site: Site, authority: Authority, name: str) -> None:
    line = authority.terminal()
    line.add(SOS)
    journal(line, **LIES[name])
    line.add(SOS)
    (ack,) = site.acks(line, site.take(line.message(1, 4)))
    assert (ack.held_seq, ack.held_head) == (4, line.heads[4])
    assert held(site) == (4, 3), "kept as it is, and not read"
    ((kind, sentence),) = found(site)
    assert kind == "unreadable"
    assert "event 3" in sentence


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"signature": None}, "carries no signature"),
        ({"signature": bytes(64)}, "not valid"),
        ({"certificate_id": bytes(32)}, "not known"),
    ],
)
def test_a_check_whose_own_signature_is_no_good_is_stored_and_named(
    site: Site, authority: Authority, change: dict[str, Any], said: str
) -> None:
    line = authority.terminal()
    line.add(check(Direction.IN))
    line.add(SOS)
    line.items[1] = replace(line.items[1], **change)
    site.take(line.message(1, 3))
    assert held(site) == (3, 3)
    site.pipeline.watch(NOW_MS)
    ((kind, sentence),) = found(site)
    assert kind == "own_signature"
    assert said in sentence


def refused(site: Site, payload: bytes, line: Terminal, channel: str = "up") -> list[str]:
    outcome = site.take(line.wrapped(payload, channel))
    assert held(site) == (0, 0)
    return list(outcome.refused)


def test_certificates_that_are_not_the_terminals_are_refused_by_name(site: Site, authority: Authority) -> None:
    line, other = authority.terminal(), authority.terminal()
    batch = line.batch(1, 1)
    assert line.certificate is not None
    assert other.certificate is not None
    assert refused(site, encode_batch(replace(batch, certificate=other.certificate.der)), line) == ["certificate-other"]
    theirs = replace(batch, certificate=other.certificate.der, certificate_id=other.certificate.id)
    assert refused(site, encode_batch(theirs), line) == ["certificate-not-of-this-terminal"]
    junk = replace(batch, certificate=b"\x30\x03\x02\x01\x01")
    assert refused(site, encode_batch(junk), line)[0].startswith("certificate")
    assert refused(site, encode_batch(replace(batch, suite_id=1)), line)[0]
    assert refused(site, encode_batch(replace(batch, suite_id=9)), line) == ["suite"]


def test_a_gateways_certificate_makes_no_terminal(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    name = Name(authority.tenant, "gateway", line.device.hex())
    now_s = authority.now_s
    subject = Subject(name, line.key.spki, "sign", now_s - 9, now_s + 9)
    wrong = issue(subject, bytes(16), authority.issuing_key, authority.issuing)
    batch = replace(line.batch(1, 1), certificate=wrong.der, certificate_id=wrong.id)
    assert refused(site, encode_batch(batch), line) == ["certificate-not-of-this-terminal"]


def test_a_boot_event_for_another_gateway_is_left_with_the_terminal(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    stranger = authority.suite.new_unwrapping_key()
    line.recipients = [authority.suite.wrapping_key(stranger.spki)]
    line.items.clear()
    line.events.clear()
    line.heads = line.heads[:1]
    line.start(BootReason.FIRST)
    assert refused(site, line.message(1, 1).payload, line) == ["boot-recipient"]


def test_states_that_are_no_good_are_refused_by_name(site: Site, authority: Authority) -> None:
    line, other = authority.terminal(), authority.terminal()
    site.take(line.message(1, 1))
    boot = encode_batch(replace(line.batch(1, 1), certificate=line.certificate and line.certificate.der))
    state = State(online=True, seq=1, head=line.heads[1], wall_ms=1, unacknowledged=0)
    keys = line.starts[-1]

    def said(message: bytes, of: Terminal = line) -> list[str]:
        return list(site.take(of.wrapped(message, "state")).refused)

    good = seal_state(line.suite, keys, line.certificate_id, bytes(12), boot, state)
    assert said(good) == []
    assert said(good, other) == ["device-not-of-topic"]
    assert said(b"junk")[0].startswith("state-")
    far = replace(state, seq=2**63)
    assert said(seal_state(line.suite, keys, line.certificate_id, bytes(12), boot, far)) == ["state-range"]
    stolen = replace(keys, data_key=bytes(16))
    assert said(seal_state(line.suite, stolen, line.certificate_id, bytes(12), boot, state))[0].startswith("state-")
