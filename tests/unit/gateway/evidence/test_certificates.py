"""Certificates that had run out, were not valid yet, or were revoked, when a visit was made, received and told."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from asn1crypto import pem

from samples.evidence import Office, hard_visit, office
from samples.line import SOME_DAY_MS
from samples.registered import register
from samples.site import NOW_MS, Authority
from samples.taps import HOUR_NS, check
from zhendao.gateway.evidence.errors import LostCertificateError
from zhendao.gateway.evidence.heads import Heads
from zhendao.gateway.evidence.making import Maker
from zhendao.protocol.bodies import Clock
from zhendao.protocol.certificates import Certificate
from zhendao.protocol.revocation import Reason, RevocationList, Revoked, sign_list
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import ClockReason, ClockSource, Direction
from zhendao.verifier.bundle.examining import Examined, examine_evidence

HOUR_MS, DAY_MS, YEAR_MS = 3_600_000, 86_400_000, 365 * 86_400_000
RECEIVED_MS = NOW_MS + 5 * HOUR_MS


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Office]:
    made = office(tmp_path, Authority(INTL))
    yield made
    made.site.store.close()


def visited(place: Office, began_ms: int, *, years: int = 5, received_ms: int = RECEIVED_MS) -> bytes:
    """Return evidence of a visit of an hour at a terminal whose certificate is good for ``years`` from now."""
    line = place.site.authority.terminal(years=years)
    register(place.site, line.device)
    line.add(check(Direction.IN), wall_ms=0, source=ClockSource.UNSET, mono_ns=HOUR_NS)
    line.add(check(Direction.OUT, 2), wall_ms=began_ms + HOUR_MS, mono_ns=2 * HOUR_NS)
    known = Clock(ClockReason.ANCHOR, began_ms + HOUR_MS, 50, ClockSource.NTP, 2 * HOUR_NS)
    line.add(known, wall_ms=began_ms + HOUR_MS, mono_ns=2 * HOUR_NS, sign=False)
    place.site.take(line.message(1, 4), now_ms=received_ms)
    place.site.settle(received_ms)
    return place.maker.make(place.visit_id(), received_ms + HOUR_MS)


def examined(place: Office, data: bytes, revoked: bytes | None = None) -> Examined:
    return examine_evidence(data, place.site.authority.root.der, [] if revoked is None else [revoked])


def failed(found: Examined) -> list[str]:
    assert found.holds != any(not one.holds for one in found.findings)
    return [one.step for one in found.findings if not one.holds]


def revoked(place: Office, one: Certificate, since_ms: int) -> bytes:
    authority = place.site.authority
    entry = Revoked(one.id, since_ms // 1000, Reason.STOLEN)
    return sign_list(RevocationList(authority.issuing, 1, since_ms // 1000, (entry,)), authority.issuing_key)


def terminal_of(found: Examined) -> Certificate:
    assert found.bundle is not None
    several = [Certificate.parse(one) for one in found.bundle.certificates]
    return next(one for one in several if one.role == "terminal")


def test_made_while_its_certificate_was_good_and_received_later_it_holds_and_that_is_said(place: Office) -> None:
    found = examined(place, visited(place, NOW_MS - 3 * HOUR_MS, years=0))
    assert failed(found) == []
    assert "had run out" in found.findings[2].text.en
    assert "已过期" in found.findings[2].text.zh


def test_made_after_its_certificate_had_run_out_it_does_not_hold(place: Office) -> None:
    found = examined(place, visited(place, NOW_MS + HOUR_MS, years=0))
    assert failed(found) == ["journal"]
    assert "expired" in found.findings[-1].text.en


def test_a_terminal_that_was_revoked_before_it_was_received_proves_nothing_and_later_all_the_same(
    place: Office,
) -> None:
    data = visited(place, SOME_DAY_MS)
    good = examined(place, data)
    assert failed(good) == []
    assert "had run out" not in good.findings[2].text.en
    terminal = terminal_of(good)
    assert failed(examined(place, data, revoked(place, terminal, RECEIVED_MS - 1000))) == ["journal"]
    assert failed(examined(place, data, revoked(place, terminal, RECEIVED_MS + 1000))) == []


def test_a_revoked_certificate_that_has_run_out_is_revoked(place: Office) -> None:
    data = visited(place, NOW_MS - 3 * HOUR_MS, years=0)
    terminal = terminal_of(examined(place, data))
    assert failed(examined(place, data, revoked(place, terminal, RECEIVED_MS - 1000))) == ["journal"]


def test_a_gateway_whose_key_was_stolen_signs_no_evidence_from_then_on(place: Office) -> None:
    data = visited(place, SOME_DAY_MS)
    own = place.keyring.certificate
    assert failed(examined(place, data, revoked(place, own, RECEIVED_MS))) == ["gateway"]
    assert failed(examined(place, data, revoked(place, own, RECEIVED_MS + 2 * HOUR_MS))) == []


@pytest.mark.parametrize("years", [-2, 6])
def test_a_gateway_signs_only_while_its_certificate_is_valid(place: Office, years: int) -> None:
    data = visited(place, SOME_DAY_MS)
    assert failed(examined(place, place.altered(data, made_ms=NOW_MS + years * YEAR_MS))) == ["gateway"]


def test_what_people_signed_under_a_certificate_that_was_rotated_is_proved_while_it_is_kept(
    place: Office, tmp_path: Path
) -> None:
    hard_visit(place)
    old, key = place.keyring.certificate, INTL.new_signing_key()
    new = place.site.authority.gateway(key.spki)
    place.keyring = replace(place.keyring, certificate=new, signing_key=key)
    heads = Heads(place.keyring, place.site.key, forward=False)
    maker = Maker(place.site.store, place.site.key, place.keyring, tmp_path / "keys", heads)
    with pytest.raises(LostCertificateError) as error:
        maker.make(place.visit_id(), RECEIVED_MS + HOUR_MS)
    assert old.id.hex()[:16] in error.value.what.en
    (tmp_path / "keys" / "old").mkdir(parents=True)
    (tmp_path / "keys" / "old" / "gateway-1.crt").write_bytes(pem.armor("CERTIFICATE", old.der))
    found = examined(place, maker.make(place.visit_id(), RECEIVED_MS + HOUR_MS))
    assert failed(found) == []
    assert found.people == ("李婉", "王芳")
    assert failed(examined(place, place.altered(maker.make(place.visit_id(), RECEIVED_MS + HOUR_MS)))) == []


def test_another_tenants_gateway_is_not_believed_for_this_one(place: Office) -> None:
    data = visited(place, SOME_DAY_MS)
    stranger = Authority(INTL, tenant="hongkou")
    assert failed(examine_evidence(data, stranger.root.der)) == ["gateway"]
    certificate = stranger.gateway(place.keyring.signing_key.spki)
    place.keyring = replace(place.keyring, certificate=certificate)
    assert failed(examined(place, place.altered(data))) == ["gateway"]
