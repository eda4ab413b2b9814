"""Keys that were rotated still open; after a revocation no check counts; later answers reach who does not have them."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select

from samples.family import make_family
from samples.line import SOME_DAY_MS
from samples.site import NOW_MS, TENANT, Authority, Site, Terminal
from samples.taps import check
from zhendao.gateway.ingest.handing import AGAIN_MS, Answers
from zhendao.gateway.ingest.receive import Receiver
from zhendao.gateway.revoked import RevokedHere
from zhendao.gateway.store.facts import events, findings
from zhendao.protocol.ack import RefusalState
from zhendao.protocol.bodies import Sos
from zhendao.protocol.down import LaterAnswer, split_down
from zhendao.protocol.enrolment import sign_answer
from zhendao.protocol.revocation import Reason, RevocationList, Revoked, sign_list
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Direction


def count(site: Site) -> int:
    with site.store.reading() as connection:
        return connection.execute(select(func.count()).select_from(events)).scalar_one()


def kinds(site: Site) -> set[str]:
    with site.store.reading() as connection:
        return set(connection.execute(select(findings.c.kind)).scalars())


def a_check(line: Terminal) -> int:
    """Journal a check and return its number."""
    return line.add(check(Direction.IN)).seq


def receiving(site: Site, former: Any = (), withdrawn: Any = None) -> None:
    authority = site.authority
    more = {} if withdrawn is None else {"withdrawn": withdrawn}
    keys = {authority.suite.id: authority.wrap}
    site.pipeline._taker._receiver = Receiver(TENANT, authority.trust.check, keys, former, **more)


def test_what_was_sealed_to_a_former_key_is_opened(site: Site, authority: Authority) -> None:
    line, former = authority.terminal(), authority.wrap
    authority.wrap = authority.suite.new_unwrapping_key()
    receiving(site)
    assert site.take(line.message(1, 1)).refused == ("boot-recipient",)
    receiving(site, [former])
    assert site.take(line.message(1, 1)).events == 1
    assert site.take(authority.terminal().message(1, 1)).events == 1


def revoking(site: Site, line: Terminal, since_ms: int) -> RevokedHere:
    authority = site.authority
    assert line.certificate is not None
    entries = (Revoked(line.certificate.id, since_ms // 1000, Reason.STOLEN),)
    signed = sign_list(RevocationList(authority.issuing, 1, NOW_MS // 1000, entries), authority.issuing_key)
    (site.folder / "revoked.cbor").write_bytes(signed)
    return RevokedHere(site.folder, authority.trust, [authority.issuing])


def test_checks_after_a_revocation_are_set_aside(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    before, after = a_check(line), a_check(line)
    first, second = (line.events[seq - 1].wall_ms for seq in (before, after))
    assert first < second
    receiving(site, withdrawn=revoking(site, line, first))
    (ack,) = site.acks(line, site.take(line.message(1, before)))
    assert [(one.first, one.last) for one in ack.ranges] == [(1, before)]
    assert "certificate_revoked" in kinds(site)
    outcome = site.take(line.message(after, after, 1))
    assert outcome.refused == ("certificate-revoked",)
    (ack,) = site.acks(line, outcome)
    assert [one.state for one in ack.refusals] == [RefusalState.QUARANTINED]
    assert count(site) == before


def test_several_are_sent_in_halves_so_that_what_is_from_before_is_kept(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    a_check(line)
    last = a_check(line)
    site.take(line.message(1, 1))
    receiving(site, withdrawn=revoking(site, line, line.events[last - 2].wall_ms))
    (ack,) = site.acks(line, site.take(line.message(2, last)))
    assert [one.state for one in ack.refusals] == [RefusalState.SPLIT]


def test_what_tells_of_the_terminal_alone_is_kept_and_flagged(site: Site, authority: Authority) -> None:
    line = authority.terminal()
    line.add(Sos(1, drill=False))
    receiving(site, withdrawn=revoking(site, line, SOME_DAY_MS - 10**9))
    assert site.take(line.message(1, 2)).events == 2
    assert "certificate_revoked" in kinds(site)


def test_a_list_takes_effect_while_the_gateway_runs_and_a_broken_one_changes_nothing(
    site: Site, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("zhendao.gateway.revoked._LOOK_NS", 0)
    line = authority.terminal()
    certificate = line.certificate
    assert certificate is not None
    here = RevokedHere(site.folder, authority.trust, [authority.issuing])
    assert here(certificate.id, certificate.issuer) == (None, None)
    revoking(site, line, NOW_MS)
    assert here(certificate.id, certificate.issuer)[0] is not None
    stranger = Authority()
    entries = (Revoked(bytes(32), 0, Reason.STOLEN),)
    for broken in (b"", b"junk", sign_list(RevocationList(stranger.issuing, 9, 0, entries), stranger.issuing_key)):
        (site.folder / "revoked.cbor").write_bytes(broken)
        assert here(certificate.id, certificate.issuer)[0] is not None


def test_nothing_new_of_a_revoked_authority_is_believed(site: Site, authority: Authority) -> None:
    known, unknown = authority.terminal(), authority.terminal()
    site.take(known.message(1, 1))
    stopped = Revoked(authority.issuing.id, SOME_DAY_MS // 1000, Reason.KEY_LOST)
    receiving(site, withdrawn=lambda _id, _issuer: (None, stopped))
    a_check(known)
    assert site.take(known.message(2, 2)).events == 1, "its key signs no event"
    assert "certificate_revoked" in kinds(site)
    assert site.take(unknown.message(1, 1)).refused == ("certificate-revoked",)


def an_answer(folder: Path) -> tuple[bytes, Any]:
    family = make_family(INTL)
    data = sign_answer(family.answer, family.issuing_key)
    (folder / f"{family.answer.device.hex()}.cbor").write_bytes(data)
    return data, family.answer


def session(device: bytes, certificate_id: bytes, *, not_before_s: int = 0, steady_ms: int = 0) -> Any:
    batch = SimpleNamespace(device=device, certificate_id=certificate_id)
    held = SimpleNamespace(not_before_s=not_before_s)
    terminals = {device: SimpleNamespace(certificates={certificate_id: held})}
    return SimpleNamespace(batches=[(SimpleNamespace(batch=batch), b"")], terminals=terminals, steady_ms=steady_ms)


def test_an_answer_is_handed_on_until_it_was_taken(tmp_path: Path) -> None:
    data, answer = an_answer(tmp_path)
    hand_on = Answers(tmp_path, TENANT)
    old = session(answer.device, bytes(32))
    (out,) = hand_on(old)
    assert out.topic.endswith(f"{answer.device.hex()}/down")
    assert split_down(out.payload) == LaterAnswer(data)
    assert hand_on(old) == []
    assert len(hand_on(session(answer.device, bytes(32), steady_ms=AGAIN_MS))) == 1
    assert hand_on(session(answer.device, answer.certificate.id)) == []
    assert len(hand_on(old)) == 1
    newer = replace(answer.certificate, not_before_s=answer.certificate.not_before_s + 1).not_before_s
    assert Answers(tmp_path, TENANT)(session(answer.device, bytes(32), not_before_s=newer)) == []
    assert hand_on(session(bytes(16), bytes(32))) == []


def test_an_answer_that_cannot_be_read_is_handed_to_nobody(tmp_path: Path) -> None:
    data, answer = an_answer(tmp_path)
    (tmp_path / f"{answer.device.hex()}.cbor").write_bytes(data[:-1])
    assert Answers(tmp_path, TENANT)(session(answer.device, bytes(32))) == []
