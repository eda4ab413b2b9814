"""Tokens through ingest: caught where, as what, in the visit and in the listing, whatever came when (promise 4)."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from samples.line import SOME_DAY_MS
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.stores import new_store
from samples.wallet import Issuer, Tag, check_of, fresh, grounded, plain
from zhendao.gateway.store.conclusions import visits
from zhendao.gateway.store.facts import beacons
from zhendao.gateway.store.sealing import StoreKey
from zhendao.gateway.tokens import readings
from zhendao.gateway.tokens.findings import Finding
from zhendao.gateway.tokens.giving import open_uid, tag_of
from zhendao.gateway.tokens.listing import Wanted, findings
from zhendao.gateway.tokens.masters import FILE, Custody, Held
from zhendao.gateway.tokens.proving import Prover
from zhendao.gateway.tokens.tables import FINDINGS, GIVEN, READINGS
from zhendao.gateway.visits.compare import differences
from zhendao.gateway.visits.drawing import least_of
from zhendao.gateway.visits.replay import replay
from zhendao.protocol.bodies import Tap
from zhendao.protocol.cards.evidence import Evidence
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockSource, Direction, Mounting, Role, Strength, TapReason, Technology

HOUR_NS = 3_600 * 10**9
LATER_MS = NOW_MS + 40 * 3_600_000


@pytest.fixture
def issuer() -> Issuer:
    return Issuer()


@pytest.fixture
def site(tmp_path: Path, authority: Authority, issuer: Issuer) -> Iterator[Site]:
    site = Site(tmp_path, authority, prover=issuer.prover())
    yield site
    site.store.close()


def visit(line: Terminal, door: Any, card: Any, hour: int) -> int:
    """Journal a check at ``hour``; return its seq."""
    return line.add(check_of(door, card), mono_ns=hour * HOUR_NS).seq


def send(site: Site, line: Terminal, *seqs: int, now_ms: int = LATER_MS) -> None:
    site.take(line.message(1, 1), *(line.message(seq, seq) for seq in seqs), now_ms=now_ms)
    site.settle(now_ms)


def found(site: Site) -> dict[tuple[bytes, int, int], set[str]]:
    """Return the findings that stand, by (device, seq, part)."""
    words: dict[tuple[bytes, int, int], set[str]] = {}
    with site.store.reading() as connection:
        for row in connection.execute(select(FINDINGS).where(FINDINGS.c.healed_ms.is_(None))):
            words.setdefault((row.device, row.seq, row.part), set()).add(row.word)
    return words


def flags(site: Site, line: Terminal, seq: int) -> set[str]:
    """Return the flags of the visit that begins with event ``seq``."""
    with site.store.reading() as connection:
        query = select(visits.c.record).where(visits.c.device == line.device, visits.c.seq == seq)
        record = connection.execute(query).scalar_one()
    record = orjson.loads(record) if isinstance(record, str) else record
    return {one["flag"] for one in record["flags"]}


def again(site: Site) -> list[str]:
    """Replay, and return what differs."""
    into = new_store(site.folder / "again.db")
    with site.store.reading() as standing:
        least = least_of(site.table, site.rules)
        replay(standing, into, site.key, site.table, LATER_MS, tokens=site.tokens(), least=least)
        with into.reading() as replayed:
            different = differences(standing, replayed, site.key, LATER_MS)
    into.close()
    (Path(site.folder) / "again.db").unlink()
    return [str(one) for one in different]


def test_an_honest_visit_says_what_was_proved_and_nothing_else(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, door, card = authority.terminal(), Tag(issuer, Role.DOOR, loop=b"CC"), Tag(issuer, Role.CAREGIVER)
    beacon = b"b" * 16
    with site.store.writing() as connection:
        connection.execute(beacons.insert().values(beacon=beacon, issued_ms=SOME_DAY_MS + 5_000))
    seq = visit(line, fresh(door, line, HOUR_NS, beacon), fresh(card, line, HOUR_NS, beacon), 1)
    send(site, line, seq)
    assert found(site) == {}
    with site.store.reading() as connection:
        record = connection.execute(select(visits.c.record)).scalar_one()
        said = (orjson.loads(record) if isinstance(record, str) else record)["in"]["tokens"]
        assert readings.highest(connection, tag_of(site.key, card.uid)) == card.counter
    assert said["door"] == {
        "claimed": "dynamic",
        "proved": "dynamic",
        "findings": [],
        "counter": door.counter,
        "fresh": True,
        "loop": "CC",
        "after_ms": SOME_DAY_MS + 5_000,
        "before_ms": LATER_MS,
        "after_seq": 1,
    }
    assert not {flag for flag in flags(site, line, seq) if flag.startswith(("token", "weak", "door"))}
    assert again(site) == []


def test_no_card_number_stands_readable(site: Site, authority: Authority, issuer: Issuer) -> None:
    line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
    send(site, line, visit(line, None, plain(card, HOUR_NS), 1))
    with site.store.reading() as connection:
        (row,) = connection.execute(select(FINDINGS)).all()
        assert open_uid(site.key, row.uid, row.tag) == card.uid
    site.store.close()
    assert all(card.uid not in one.read_bytes() for one in Path(site.folder).glob("gateway.db*"))


def test_harvested_messages_are_caught_at_once_where_there_is_a_challenge(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
    harvested = card.sun()
    seq = visit(line, None, card.read(Evidence(card.record, harvested, grounded(line)), HOUR_NS), 1)
    send(site, line, seq)
    assert found(site) == {(line.device, seq, 2): {"token_stale"}}
    assert {"token_stale"} <= flags(site, line, seq)
    assert again(site) == []


def test_a_replay_a_jump_and_a_clone_are_found_across_terminals(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    here, there, card = authority.terminal(), authority.terminal(), Tag(issuer, Role.CAREGIVER)
    old = card.sun()
    first = visit(here, None, plain(card, HOUR_NS), 1)
    replayed = visit(there, None, plain(card, 2 * HOUR_NS, sun=old), 2)
    card.counter += 40
    jumped = visit(here, None, fresh(card, here, 3 * HOUR_NS), 3)
    text = card.sun()
    one, other = visit(here, None, plain(card, 4 * HOUR_NS, text), 4), visit(there, None, plain(card, 1, text), 4)
    send(site, here, first, jumped, one)
    send(site, there, replayed, other)
    undated = "token_undated"
    assert found(site) == {
        (here.device, first, 2): {undated},
        (there.device, replayed, 2): {undated, "token_replayed"},
        (here.device, jumped, 2): {"token_elsewhere"},
        (here.device, one, 2): {undated, "token_cloned"},
        (there.device, other, 2): {undated, "token_cloned"},
    }
    assert "token_cloned" in flags(site, here, one)  # the visit of the other terminal is drawn again
    assert "token_replayed" in flags(site, there, replayed)
    assert again(site) == []


def test_what_comes_late_explains_a_jump_and_is_no_replay(site: Site, authority: Authority, issuer: Issuer) -> None:
    online, offline, card = authority.terminal(), authority.terminal(), Tag(issuer, Role.CAREGIVER)
    early = visit(online, None, fresh(card, online, HOUR_NS), 1)
    card.counter += 20
    between = visit(offline, None, fresh(card, offline, 2 * HOUR_NS), 2)
    card.counter += 20
    late = visit(online, None, fresh(card, online, 3 * HOUR_NS), 3)
    send(site, online, early, late)
    assert found(site) == {(online.device, late, 2): {"token_elsewhere"}}
    assert "token_elsewhere" in flags(site, online, late)
    send(site, offline, between, now_ms=LATER_MS + 90 * 86_400_000)
    assert found(site) == {}
    assert "token_elsewhere" not in flags(site, online, late)
    with site.store.reading() as connection:
        healed = connection.execute(select(FINDINGS.c.healed_ms)).scalars().all()
    assert healed == [LATER_MS + 90 * 86_400_000]  # what was said once is kept


def test_a_redelivered_event_changes_nothing(site: Site, authority: Authority, issuer: Issuer) -> None:
    line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
    seq = visit(line, None, fresh(card, line, HOUR_NS), 1)
    for _ in range(3):
        send(site, line, seq)
    with site.store.reading() as connection:
        assert len(connection.execute(select(READINGS)).all()) == 1
    assert found(site) == {}


def test_one_reading_in_two_checks_is_no_replay(site: Site, authority: Authority, issuer: Issuer) -> None:
    line, door = authority.terminal(), Tag(issuer, Role.DOOR)
    shared = fresh(door, line, HOUR_NS)  # two caregivers come together: the door tag is read once
    seqs = [visit(line, shared, fresh(Tag(issuer, Role.CAREGIVER), line, HOUR_NS), 1) for _ in range(2)]
    send(site, line, *seqs)
    assert found(site) == {}


def test_a_challenge_counts_once(site: Site, authority: Authority, issuer: Issuer) -> None:
    line, cpu = authority.terminal(), Tag(issuer, Role.CAREGIVER, b"cpu1", Technology.CPU_CARD)
    read = fresh(cpu, line, HOUR_NS)
    first = visit(line, None, read, 1)
    copy = cpu.read(None, 5 * HOUR_NS, strength=Strength.CHALLENGE, proof=read.proof)
    second = visit(line, None, copy, 5)
    send(site, line, second)
    send(site, line, first)
    assert found(site) == {(line.device, second, 2): {"token_replayed"}}
    assert again(site) == []


def test_a_challenge_on_a_history_that_is_not_the_terminals_is_named(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
    honest, line.heads[1] = line.heads[1], b"another history of 32 bytes ...."
    read = fresh(card, line, HOUR_NS)
    line.heads[1] = honest
    seq = visit(line, None, read, 1)
    send(site, line, seq)
    assert found(site) == {(line.device, seq, 2): {"token_ground"}}


def test_what_a_terminal_refused_is_listed_too(site: Site, authority: Authority, issuer: Issuer) -> None:
    line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
    seqs = [
        line.add(Tap(token=card.read(None, 1), reason=reason), mono_ns=HOUR_NS).seq
        for reason in (TapReason.BLOCKLISTED, TapReason.REVOKED, TapReason.EXPIRED, TapReason.REPEATED)
    ]
    send(site, line, *seqs)
    assert found(site) == {
        (line.device, seqs[0], 2): {"token_blocked"},
        (line.device, seqs[1], 2): {"token_blocked"},
        (line.device, seqs[2], 2): {"token_expired"},
    }


def test_strength_counts_as_proved_and_by_role(tmp_path: Path, authority: Authority, issuer: Issuer) -> None:
    from zhendao.gateway.config import TokensTable  # noqa: PLC0415

    rules = TokensTable(least_caregiver="dynamic", least_door="signed")
    site = Site(tmp_path, authority, prover=issuer.prover(), rules=rules)
    line, door, card = authority.terminal(), Tag(issuer, Role.DOOR), Tag(issuer, Role.CAREGIVER)
    strong = visit(line, door.read(None, HOUR_NS), fresh(card, line, HOUR_NS), 1)
    claimed = card.read(None, 9 * HOUR_NS, strength=Strength.DYNAMIC)
    weak = visit(line, door.read(None, 9 * HOUR_NS), claimed, 19)
    send(site, line, strong, weak)
    assert "weak_token" not in flags(site, line, strong)
    assert {"weak_token", "token_unproved"} <= flags(site, line, weak)
    site.store.close()


def test_a_relay_is_hinted_at_and_late_readings_change_the_hint(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, card, random = authority.terminal(), Tag(issuer, Role.CAREGIVER), Random(1)

    def read(hour: int, added_us: int = 0) -> int:
        rtts = tuple(8_000 + added_us + random.randrange(2_000) for _ in range(4))
        return visit(line, None, fresh(card, line, hour * HOUR_NS, rtts_us=rtts), hour)

    usual = [read(hour) for hour in range(1, 111)]
    relayed = read(111, 30_000)
    after = read(112)
    send(site, line, *usual[:90], relayed, after)
    assert found(site) == {}  # too few to know what is usual here
    send(site, line, *usual[90:])
    assert found(site) == {(line.device, relayed, 2): {"token_slow"}}
    assert "token_slow" in flags(site, line, relayed)
    assert again(site) == []


@pytest.mark.parametrize("seed", range(4))
def test_whatever_the_order_a_replay_comes_to_the_same(
    site: Site, authority: Authority, issuer: Issuer, seed: int
) -> None:
    random = Random(seed)
    lines = [authority.terminal() for _ in range(3)]
    cards = [Tag(issuer, Role.CAREGIVER) for _ in range(2)]
    cpu = Tag(issuer, Role.CAREGIVER, b"cpu1", Technology.CPU_CARD)
    harvested = [card.sun() for card in cards for _ in range(2)]
    messages = [line.message(1, 1) for line in lines]
    for hour in range(1, 25):
        line, card = random.choice(lines), random.choice(cards)
        card.counter += random.choice([0, 0, 0, 40])
        read = random.choice([
            lambda: fresh(card, line, hour * HOUR_NS),  # noqa: B023 - called at once
            lambda: fresh(cpu, line, hour * HOUR_NS),  # noqa: B023
            lambda: plain(card, hour * HOUR_NS),  # noqa: B023
            lambda: plain(card, hour * HOUR_NS, sun=random.choice(harvested)),  # noqa: B023
            lambda: plain(card, hour * HOUR_NS, sun=(harvested.append(card.sun()), harvested[-1])[1]),  # noqa: B023
        ])()  # fmt: skip
        source = random.choice([ClockSource.GNSS, ClockSource.GNSS, ClockSource.UNSET])
        direction = random.choice([Direction.IN, Direction.OUT])
        event = line.add(check_of(None, read, direction), mono_ns=hour * HOUR_NS, source=source)
        messages.append(line.message(event.seq, event.seq))
    random.shuffle(messages)
    for line in lines:
        site.take(line.message(1, 1), now_ms=LATER_MS)
    for place, message in enumerate(messages):
        site.take(message, now_ms=LATER_MS + place)
        if random.random() < 0.2:
            site.take(message, now_ms=LATER_MS + place)
    site.settle(LATER_MS + len(messages))
    assert again(site) == []
    assert {word for words in found(site).values() for word in words} & {Finding.REPLAYED, Finding.CLONED}


def test_an_official_sees_caught_where_as_what_in_both_languages(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, door, card = authority.terminal(), Tag(issuer, Role.DOOR, loop=b"OO"), Tag(issuer, Role.CAREGIVER)
    seq = visit(line, fresh(door, line, HOUR_NS), plain(card, HOUR_NS), 1)
    send(site, line, seq)
    with site.store.reading() as connection:
        all_of_them = findings(connection, site.key, Wanted(), limit=9)
        first, second = all_of_them
        assert findings(connection, site.key, Wanted(uid=door.uid), limit=9, numbers=True) == [
            {**next(one for one in all_of_them if one["token"] == "door"), "uid": door.uid.hex()}
        ]
        assert findings(connection, site.key, Wanted(word="token_cloned"), limit=9) == []
        assert findings(connection, site.key, Wanted(device=bytes(16)), limit=9) == []
        assert findings(connection, site.key, Wanted(), limit=9, before=first["id"]) == [second]
    assert {(one["token"], one["finding"], one["device"], one["seq"]) for one in all_of_them} == {
        ("door", "token_opened", line.device.hex(), seq),
        ("card", "token_undated", line.device.hex(), seq),
    }
    assert all(one["zh"] and one["en"] for one in all_of_them)
    assert all(uid.hex()[:8] not in str(all_of_them) for uid in (door.uid, card.uid))


def given(site: Site, tag: Tag, at_ms: int) -> None:
    """Write down that somebody was given the keys of a card."""
    with site.store.writing() as connection:
        connection.execute(
            GIVEN.insert().values(
                at_ms=at_ms, token_id="file", tag=tag_of(site.key, tag.uid), uid=b"", recipient="", version=1,
                technology=int(tag.technology),
            )
        )  # fmt: skip


def test_a_card_with_keys_that_shows_its_record_alone_is_told_of(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, card, other = authority.terminal(), Tag(issuer, Role.CAREGIVER), Tag(issuer, Role.CAREGIVER)
    desfire = Tag(issuer, Role.CAREGIVER, technology=Technology.DESFIRE)
    given(site, card, NOW_MS)
    given(site, other, LATER_MS + 1)
    given(site, desfire, NOW_MS)
    copied = [
        visit(line, None, replace(one.read(Evidence(), HOUR_NS), strength=strength, proof=proof), hour)
        for hour, (one, strength, proof) in enumerate(
            [
                (card, Strength.SIGNED, card.record),
                (card, Strength.UID, None),
                (other, Strength.SIGNED, other.record),
                (desfire, Strength.SIGNED, desfire.record),
            ],
            1,
        )
    ]
    honest = visit(line, None, fresh(card, line, HOUR_NS, None), 9)
    send(site, line, *copied, honest)
    assert found(site) == {(line.device, seq, 2): {"token_weaker"} for seq in copied[:2]}
    assert "token_weaker" in flags(site, line, copied[0])
    assert again(site) == []


def test_what_was_proved_in_another_event_is_not_missed_in_this(
    site: Site, authority: Authority, issuer: Issuer
) -> None:
    line, door, card = authority.terminal(), Tag(issuer, Role.DOOR), Tag(issuer, Role.CAREGIVER)
    for one in (door, card):
        given(site, one, NOW_MS)
    alone = {one.role: replace(one.read(None, HOUR_NS), proof=one.record) for one in (door, card)}
    check = check_of(alone[Role.DOOR], fresh(card, line, HOUR_NS, None))
    hung = line.add(replace(check, mounting=Mounting.WALL), mono_ns=HOUR_NS).seq
    again_there = line.add(Tap(token=alone[Role.CAREGIVER], reason=TapReason.REPEATED), mono_ns=2 * HOUR_NS).seq
    held = line.add(check_of(alone[Role.DOOR], fresh(card, line, HOUR_NS, None)), mono_ns=3 * HOUR_NS).seq
    send(site, line, hung, again_there, held)
    assert found(site) == {(line.device, held, 1): {"token_weaker"}}


def test_numbers_that_no_column_holds_stop_nothing(site: Site, authority: Authority, issuer: Issuer) -> None:
    line, card, cpu = (
        authority.terminal(),
        Tag(issuer, Role.CAREGIVER),
        Tag(issuer, Role.CAREGIVER, b"cpu1", Technology.CPU_CARD),
    )
    most = 2**64 - 1
    seqs = []
    for read in (fresh(card, line, most, rtts_us=(most, most)), fresh(cpu, line, most, rtts_us=(most,))):
        seqs += [
            line.add(check_of(None, read), mono_ns=HOUR_NS, wall_ms=wall_ms).seq for wall_ms in (-(2**63), 2**63 - 1)
        ]
    send(site, line, *seqs)
    with site.store.reading() as connection:
        assert len(connection.execute(select(READINGS)).all()) == 4
    assert again(site) == []


def test_masters_that_cannot_be_read_hold_no_event_up(tmp_path: Path, authority: Authority, issuer: Issuer) -> None:
    custody = Custody(tmp_path, StoreKey(bytes(32)), {})
    custody.add(NOW_MS)
    (tmp_path / FILE).write_bytes(b"altered")
    prover = Prover({issuer.key.key_id: INTL.verifying_key(issuer.key.spki)}, Held(custody))
    site = Site(tmp_path, authority, prover=prover)
    line, card = authority.terminal(), Tag(issuer, Role.CAREGIVER)
    seq = visit(line, None, fresh(card, line, HOUR_NS), 1)
    send(site, line, seq)
    assert found(site) == {(line.device, seq, 2): {"token_unproved"}}
    site.store.close()


def test_a_clock_that_cannot_be_right_accuses_no_card(site: Site, authority: Authority, issuer: Issuer) -> None:
    """A time before the beacon of the challenge, or after the arrival, is not what a reading is ordered by."""
    wrong, right, card = authority.terminal(), authority.terminal(), Tag(issuer, Role.CAREGIVER)
    beacon = b"b" * 16
    with site.store.writing() as connection:
        connection.execute(beacons.insert().values(beacon=beacon, issued_ms=SOME_DAY_MS + 5 * 3_600_000))
    ahead = wrong.add(check_of(None, fresh(card, wrong, HOUR_NS)), mono_ns=HOUR_NS, wall_ms=LATER_MS + 10**9).seq
    honest = visit(right, None, fresh(card, right, 6 * HOUR_NS), 6)
    behind = wrong.add(
        check_of(None, fresh(card, wrong, 7 * HOUR_NS, beacon)), mono_ns=7 * HOUR_NS, wall_ms=SOME_DAY_MS
    ).seq
    send(site, wrong, ahead, behind)
    send(site, right, honest)
    assert found(site) == {}
    with site.store.reading() as connection:
        spans = {
            row.seq: (row.earliest_ms, row.latest_ms)
            for row in connection.execute(select(READINGS).where(READINGS.c.device == wrong.device))
        }
    clock_ms = site.table.clock_s * 1000
    assert spans == {
        ahead: (None, LATER_MS + clock_ms),
        behind: (SOME_DAY_MS + 5 * 3_600_000 - clock_ms, LATER_MS + clock_ms),
    }
    assert again(site) == []
