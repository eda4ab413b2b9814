"""What heads that somebody else kept show of a visit: from when on it was there; and a gateway with two histories."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from samples.evidence import Office, office
from samples.registered import register
from samples.site import NOW_MS, TENANT, Authority
from samples.taps import HOUR_NS, check
from zhendao.protocol.bodies import Sensor
from zhendao.protocol.bundle import Opened, decode_bundle
from zhendao.protocol.loghead import LogHead, open_head, sign_head
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Direction, SensorClass
from zhendao.verifier.bundle.examining import Examined, examine_evidence
from zhendao.verifier.bundle.telling import summary

HOUR_MS = 3_600_000


@dataclass
class Kept:
    """A gateway, the heads that it made each hour, and evidence that was asked for later."""

    place: Office
    heads: list[bytes]
    file: bytes

    def examined(self, heads: list[bytes]) -> Examined:
        return examine_evidence(self.file, self.place.site.authority.root.der, kept=heads)

    def other(self, like: bytes, **fields: object) -> bytes:
        """Return a head as ``like`` of another history, which this gateway signs as well."""
        head = open_head(like).head
        made = LogHead(head.suite_id, TENANT, head.size, b"\1" * 32, head.made_ms, **fields)  # type: ignore[arg-type]
        keyring = self.place.keyring
        return sign_head(made, keyring.signing_key, keyring.certificate, [one.der for one in keyring.issuing])


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    place = office(tmp_path_factory.mktemp("gateway"), Authority(INTL))
    line = place.site.authority.terminal()
    register(place.site, line.device)
    line.add(check(Direction.IN), wall_ms=NOW_MS + HOUR_MS, mono_ns=HOUR_NS)
    line.add(check(Direction.OUT, 2), wall_ms=NOW_MS + 2 * HOUR_MS, mono_ns=2 * HOUR_NS)
    line.add(Sensor("door", SensorClass.DOOR_CONTACT, 1, 0))
    heads = []
    for hour in range(4):
        place.site.take(line.message(hour + 1, hour + 1), now_ms=NOW_MS + hour * HOUR_MS)
        place.site.settle(NOW_MS + hour * HOUR_MS)
        made = place.heads.make(place.site.store, NOW_MS + hour * HOUR_MS + 60_000)
        assert made is not None
        heads.append(made)
    yield Kept(place, heads, place.maker.make(place.visit_id(), NOW_MS + 9 * HOUR_MS))
    place.site.store.close()


def test_they_say_between_which_hours_each_check_came_into_the_log(kept: Kept) -> None:
    found = kept.examined(kept.heads)
    assert found.holds, found.findings[-1].text.en
    at = [NOW_MS + hour * HOUR_MS + 60_000 for hour in range(4)]
    assert found.entered == {"in": (at[0], at[1]), "out": (at[1], at[2])}
    said = [one.en for one in summary(found)]
    assert "the check-in was not in the log at 2026-09-21 22:16:00 and was at 2026-09-21 23:16:00" in " ".join(said)
    assert kept.examined(kept.heads[1:]).entered["in"] == (None, at[1])


def test_a_visit_that_a_gateway_puts_before_heads_that_do_not_have_it_is_found_out(kept: Kept) -> None:
    bundle = decode_bundle(kept.file).bundle
    runs = tuple(
        replace(one, links=tuple(earlier(link) if isinstance(link, Opened) else link for link in one.links))
        for one in bundle.runs
    )
    lie = Kept(kept.place, kept.heads, kept.place.altered(kept.file, runs=runs))
    assert examine_evidence(lie.file, kept.place.site.authority.root.der).holds
    found = lie.examined(kept.heads)
    assert [one.step for one in found.findings if not one.holds] == ["log"]
    assert "is said to have come at 2026-09-21 13:15:00 UTC" in found.findings[-1].text.en


def earlier(link: Opened) -> Opened:
    return replace(link, received_ms=min(link.received_ms, NOW_MS - HOUR_MS))


def test_heads_that_end_before_the_evidence_need_those_in_between(kept: Kept) -> None:
    found = kept.examined(kept.heads[:2])
    assert not found.holds
    assert "are missing: give a file that has them" in found.findings[-1].text.en
    assert kept.examined([*kept.heads[:2], *kept.heads]).holds


def test_a_gateway_with_two_histories_is_found_out_by_whoever_kept_the_other(kept: Kept) -> None:
    before = open_head(kept.heads[0]).head
    for other in (kept.other(kept.heads[1]), kept.other(kept.heads[-1])):
        found = kept.examined([*kept.heads, other])
        assert [one.step for one in found.findings if not one.holds] == ["log"]
        assert "two histories" in found.findings[-1].text.en
    assert before.size < open_head(kept.heads[1]).head.size


def test_what_is_no_head_or_another_gateways_is_refused(kept: Kept, tmp_path: Path) -> None:
    stranger = office(tmp_path, Authority(INTL))
    line = stranger.site.authority.terminal()
    stranger.site.take(line.message(1, 1))
    made = stranger.heads.make(stranger.site.store, NOW_MS)
    stranger.site.store.close()
    for other in (b"", kept.heads[0][:-1], made or b""):
        found = kept.examined([*kept.heads, other])
        assert [one.step for one in found.findings if not one.holds] == ["log"]
    assert [one.step for one in kept.examined([]).findings if not one.holds] == ["log"]
