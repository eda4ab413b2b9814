"""The facts of a city as signed messages: a whole gateway takes them all, and holds the events that were told."""

import base64
import json
from dataclasses import replace
from pathlib import Path

from sqlalchemy import select

from samples.site import Authority, Site
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.keyring import load_keyring
from zhendao.gateway.store.facts import events
from zhendao.protocol.batch import decode_batch
from zhendao.protocol.bodies import Check, Tap, TokenRead, Undo
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.event import Event, decode_event
from zhendao.protocol.jsonform import event_to_json
from zhendao.protocol.proof import verify_batch
from zhendao.protocol.seal import StartKeys, open_sealed, unwrap_start
from zhendao.protocol.suite import INTL
from zhendao.simulators.city.rates import Rates
from zhendao.simulators.city.running import START_MS, Run
from zhendao.simulators.city.scale import Scale
from zhendao.simulators.city.visits import DAY_MS
from zhendao.simulators.city.writing import write_city

HAMLET = Scale("hamlet", 2, 6, 24, 1)


def written(folder: Path) -> tuple[list[dict[str, object]], list[Message]]:
    write_city(Run(9, HAMLET, 2, Rates(power_cuts=200, dead_links=200)), folder, INTL)
    facts = [json.loads(one)["event"] for one in (folder / "events.jsonl").read_text().splitlines()]
    plain = [json.loads(one) for one in (folder / "batches/messages.jsonl").read_text().splitlines()]
    return facts, [Message(one["topic"], base64.b64decode(one["payload"])) for one in plain]


def key_of(event: dict[str, object]) -> tuple[str, int]:
    seq = event["seq"]
    assert isinstance(seq, int)
    return str(event["device"]), seq


def test_opened_they_are_the_events_that_were_told(tmp_path: Path) -> None:
    facts, messages = written(tmp_path / "city")
    keyring = load_keyring(tmp_path / "city/batches/keys")
    keys: dict[bytes, StartKeys] = {}
    certificates: dict[bytes, Certificate] = {}
    heads: dict[bytes, bytes] = {}
    opened = []
    for message in messages:
        batch = decode_batch(message.payload)
        if batch.certificate is not None:
            certificates[batch.device] = Certificate.parse(batch.certificate)
            keyring.trust.check(batch.certificate, START_MS // 1000)
        found = verify_batch(batch, INTL.verifying_key(certificates[batch.device].spki))
        assert batch.prev == heads.get(batch.device, batch.prev)
        heads[batch.device] = found[-1]
        for seq, item in enumerate(batch.items, batch.first):
            if _carries_keys(item.sealed):
                keys[batch.device] = unwrap_start(keyring.unwrapping_key, item.sealed, batch.device, batch.epoch, seq)
            plaintext, commitment = open_sealed(INTL, keys[batch.device], seq, item.sealed)
            assert commitment == item.commitment
            opened.append(told(decode_event(plaintext)))
    assert sorted(opened, key=key_of) == sorted(facts, key=key_of)


def told(event: Event) -> dict[str, object]:
    """Return the event without the evidence of its tokens: `events.jsonl` says what that comes to."""
    body = event.body
    match body:
        case Check():
            door = None if body.door is None else replace(body.door, proof=None)
            return event_to_json(replace(event, body=replace(body, door=door, caregiver=bare(body.caregiver))))
        case Tap():
            return event_to_json(replace(event, body=replace(body, token=body.token and bare(body.token))))
        case Undo():
            return event_to_json(replace(event, body=replace(body, caregiver=bare(body.caregiver))))
        case _:
            return event_to_json(event)


def bare(read: TokenRead) -> TokenRead:
    return replace(read, proof=None)


def _carries_keys(sealed: bytes) -> bool:
    return sealed[0] == 0x83  # an array of three: start, ciphertext, wraps


def test_a_gateway_takes_every_message(tmp_path: Path) -> None:
    facts, messages = written(tmp_path / "city")
    keyring = load_keyring(tmp_path / "city/batches/keys")
    authority = Authority()
    authority.trust, authority.wrap = keyring.trust, keyring.unwrapping_key
    site = Site(tmp_path, authority)
    for begin in range(0, len(messages), 20):
        site.take(*messages[begin : begin + 20], now_ms=START_MS + 3 * DAY_MS)
    with site.store.reading() as connection:
        held = connection.execute(select(events.c.device, events.c.seq)).all()
    assert {(device.hex(), seq) for device, seq in held} == {key_of(fact) for fact in facts}
    assert len(held) == len(facts)
    site.store.close()
