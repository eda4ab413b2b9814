"""A file that is cut, lengthened or put together from others, and one that is, but for a part, another visit's."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import pytest

from samples.evidence import Office, correct, office
from samples.line import SOME_DAY_MS
from samples.registered import register
from samples.site import NOW_MS, Authority
from samples.taps import HOUR_NS, check
from zhendao.protocol import cbor
from zhendao.protocol.bundle import Bundle, decode_bundle
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Direction
from zhendao.verifier.bundle.examining import examine_evidence

LATER_MS = NOW_MS + 6 * 3_600_000
WORD = {"registry", "findings", "made_ms", "suite_id", "tenant", "certificates", "revoked", "head"}
"""What is the gateway's word, or the same in both files."""


@dataclass
class Two:
    """Two genuine files of one gateway."""

    place: Office
    one: bytes
    other: bytes

    def holds(self, data: bytes) -> bool:
        found = examine_evidence(data, self.place.site.authority.root.der)
        assert found.holds == (found.findings[-1].holds and len(found.findings) == 7)
        assert found.findings[-1].text.zh
        return found.holds


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Two]:
    place = office(tmp_path_factory.mktemp("gateway"), Authority(INTL))
    ids = []
    for name in ("1", "2"):
        line = place.site.authority.terminal()
        register(place.site, line.device, name, elder_card=f"0e0000{name}0")
        line.add(check(Direction.IN), wall_ms=SOME_DAY_MS, mono_ns=HOUR_NS)
        line.add(check(Direction.OUT, 2), wall_ms=SOME_DAY_MS + 3_600_000, mono_ns=2 * HOUR_NS)
        place.site.take(line.message(1, 3), now_ms=NOW_MS)
        place.site.settle(NOW_MS)
        correct(place, LATER_MS - 3_600_000, ids)
        ids.append(place.visit_id(ids))
    yield Two(place, *(place.maker.make(one, LATER_MS) for one in ids))
    place.site.store.close()


def test_a_file_that_is_cut_or_lengthened_fails(two: Two) -> None:
    assert two.holds(two.one)
    for at in (0, 1, 2, 100, len(two.one) // 2, len(two.one) - 65, len(two.one) - 1):
        assert not two.holds(two.one[:at])
        assert not two.holds(two.one[at + 1 :])
    for more in (b"\0", b"\xf6", two.one, two.other):
        assert not two.holds(two.one + more)
        assert not two.holds(more + two.one)


def test_a_file_put_together_from_two_fails(two: Two) -> None:
    one, other = (cbor.decode(data, 1 << 20) for data in (two.one, two.other))
    for parts in ([one[0], one[1], other[2]], [other[0], one[1], one[2]], [one[2], one[1], one[0]], one[:2]):
        assert not two.holds(cbor.encode(parts))
    payload, stranger = (cbor.decode(one[0], 1 << 20) for one in (one, other))
    for key in payload:
        if payload[key] != stranger[key]:
            assert not two.holds(cbor.encode([cbor.encode(payload | {key: stranger[key]}), one[1], one[2]])), key
        if isinstance(payload[key], list) and len(payload[key]) > 1:
            turned = payload | {key: payload[key][::-1]}
            assert not two.holds(cbor.encode([cbor.encode(turned), one[1], one[2]])), key


@pytest.mark.parametrize("name", [one.name for one in fields(Bundle) if one.name not in WORD])
def test_a_gateway_that_takes_a_part_from_another_visit_is_found_out(two: Two, name: str) -> None:
    stranger = decode_bundle(two.other).bundle
    logged = (*decode_bundle(two.one).bundle.logged, *stranger.logged)
    assert two.holds(two.place.altered(two.one, logged=logged))
    taken = {"logged": logged} | {name: getattr(stranger, name)}
    assert not two.holds(two.place.altered(two.one, **taken))


def test_what_people_did_about_another_visit_is_no_part_of_this_one(two: Two) -> None:
    mine, stranger = (decode_bundle(one).bundle for one in (two.one, two.other))
    both = {"acts": (*mine.acts, *stranger.acts), "logged": (*mine.logged, *stranger.logged)}
    found = examine_evidence(two.place.altered(two.one, **both), two.place.site.authority.root.der)
    assert [one.step for one in found.findings if not one.holds] == ["people"]
    assert "another visit" in found.findings[-1].text.en
