"""A terminal is enrolled wholly or not at all, by the answer to its own request and by no other."""

import asyncio
import stat
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from samples.family import make_family
from samples.founded import NOW_S, Founded
from zhendao.command.tpm import TpmError
from zhendao.device.identity import keystore, renewing
from zhendao.device.identity.enrol import EnrolmentError, accept, ask
from zhendao.device.identity.keystore import KeyStoreError, open_key
from zhendao.device.notices import Notices
from zhendao.protocol.enrolment import Answer, KeyStore, open_answer, sign_answer
from zhendao.protocol.suite import INTL, SM, Suite
from zhendao.protocol.vocabulary import Mounting, Placement
from zhendao.provisioning.authority import Authority
from zhendao.provisioning.founding import found
from zhendao.provisioning.keyfile import plain_pem
from zhendao.provisioning.roots import open_root
from zhendao.provisioning.rotation import renew, rotate
from zhendao.provisioning.terminals import Duty, approve

pytestmark = pytest.mark.usefixtures("few_rounds")
DUTY = Duty(Placement.HOME, Mounting.WALL)


@pytest.fixture(autouse=True)
def _bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    monkeypatch.delenv("TPM2TOOLS_TCTI", raising=False)
    monkeypatch.setattr(keystore.Tpm, "here", lambda: None)


@dataclass
class Town:
    authority: Authority
    terminal: Path

    def answer(self, request: bytes) -> bytes:
        path = self.terminal.parent / "request"
        path.write_bytes(request)
        return approve(self.authority, path, DUTY, None, NOW_S).data


@pytest.fixture(params=[SM, INTL], ids=["sm", "intl"])
def town(request: pytest.FixtureRequest, founded: Founded, tmp_path: Path) -> Town:
    return Town(founded.at(tmp_path / "authority", request.param), tmp_path / "data")


def test_a_terminal_joins(town: Town) -> None:
    suite = town.authority.suite
    asked = ask(town.terminal, suite, None, NOW_S * 1000)
    answer = accept(town.terminal, town.answer(asked.data))
    folder = town.terminal / "identity"
    key = open_key(folder, suite)
    assert asked.request.keystore is KeyStore.FILE
    assert key.spki == answer.certificate.spki
    assert suite.verifying_key(answer.certificate.spki).verify(b"event", key.sign(b"event"))
    names = ["answer.cbor", "request.cbor", "terminal.crt", "terminal.key", "tls-ca.crt", "tls.crt", "tls.key"]
    assert sorted(one.name for one in folder.iterdir()) == names
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(one.stat().st_mode) for one in folder.iterdir()} == {0o600}
    assert open_answer((folder / "answer.cbor").read_bytes()) == answer


def test_each_step_may_be_done_again(town: Town) -> None:
    first = ask(town.terminal, town.authority.suite, None, 1)
    again = ask(town.terminal, town.authority.suite, None, 2)
    assert (again.data, again.again) == (first.data, True)
    data = town.answer(first.data)
    assert accept(town.terminal, data) == accept(town.terminal, data)
    with pytest.raises(EnrolmentError):
        ask(town.terminal, town.authority.suite, None, 3)


def test_an_answer_without_a_request_is_refused(town: Town, tmp_path: Path) -> None:
    data = town.answer(ask(tmp_path / "other", town.authority.suite, None, 1).data)
    with pytest.raises(EnrolmentError):
        accept(town.terminal, data)
    ask(town.terminal, town.authority.suite, None, 1)
    with pytest.raises(EnrolmentError):
        accept(town.terminal, data)
    assert not (town.terminal / "identity" / "answer.cbor").exists()


CHANGES: list[Callable[[Answer, Suite], Answer]] = [
    lambda answer, _: replace(answer, request=bytes(32)),
    lambda answer, _: replace(answer, tls_certificate=answer.tls_ca),
    lambda answer, _: replace(answer, tls_certificate=b"\x30\x00"),
    lambda answer, suite: replace(answer, gateway=make_family(suite).answer.gateway),
    lambda answer, suite: replace(answer, escrow_wrap=make_family(suite).answer.escrow_wrap),
    lambda answer, suite: replace(answer, token_issuers=make_family(suite).answer.token_issuers),
    lambda answer, suite: replace(answer, roots=(make_family(suite).root,)),
    lambda answer, _: replace(answer, made_ms=1),
]


@pytest.mark.parametrize("change", CHANGES)
def test_an_answer_that_does_not_hold_together_is_refused(
    town: Town, change: Callable[[Answer, Suite], Answer]
) -> None:
    good = open_answer(town.answer(ask(town.terminal, town.authority.suite, None, 1).data))
    bad = sign_answer(change(good, town.authority.suite), town.authority.issuing_key())
    for data in (bad, b"", b"junk"):
        with pytest.raises(EnrolmentError):
            accept(town.terminal, data)
    assert not (town.terminal / "identity" / "answer.cbor").exists()


def test_another_answer_does_not_change_who_it_is(town: Town) -> None:
    data = town.answer(ask(town.terminal, town.authority.suite, None, 1).data)
    answer = accept(town.terminal, data)
    other = sign_answer(replace(answer, placement=Placement.CARRIED), town.authority.issuing_key())
    with pytest.raises(EnrolmentError):
        accept(town.terminal, other)
    assert (town.terminal / "identity" / "answer.cbor").read_bytes() == data


def test_a_credential_of_systemd_is_taken(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = town.authority.suite.new_signing_key()
    (tmp_path / "zhendao-terminal.key").write_bytes(plain_pem(key.pkcs8()))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    asked = ask(town.terminal, town.authority.suite, None, 1)
    assert (asked.request.keystore, asked.request.spki) == (KeyStore.CREDENTIAL, key.spki)
    accept(town.terminal, town.answer(asked.data))
    assert not (town.terminal / "identity" / "terminal.key").exists()
    assert open_key(town.terminal / "identity", town.authority.suite).spki == key.spki
    monkeypatch.delenv("CREDENTIALS_DIRECTORY")
    with pytest.raises(KeyStoreError):
        open_key(town.terminal / "identity", town.authority.suite)


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    for store, error in ((KeyStore.TPM, TpmError), (KeyStore.CREDENTIAL, KeyStoreError)):
        with pytest.raises(error):
            ask(tmp_path / store.name, SM, store, 1)
    ask(tmp_path / "a", SM, KeyStore.FILE, 1)
    key = tmp_path / "a/identity/terminal.key"
    for damage in (b"", b"nonsense", key.read_bytes()[:100]):
        key.write_bytes(damage)
        with pytest.raises(KeyStoreError):
            open_key(tmp_path / "a/identity", SM)


def enrolled(town: Town) -> Answer:
    return accept(town.terminal, town.answer(ask(town.terminal, town.authority.suite, None, 1).data))


def renewed(town: Town, *, now_s: int = NOW_S) -> bytes:
    town.authority = Authority.open(town.authority.folder, "correct horse")
    folder = town.authority.terminals()[0]
    renew(town.authority, folder, now_s)
    return (folder / "answer.cbor").read_bytes()


def test_a_later_answer_changes_whom_it_believes(town: Town) -> None:
    first = enrolled(town)
    for what in ("gateway", "gateway-wrap", "token-issuer", "tls-ca"):
        rotate(Authority.open(town.authority.folder, "correct horse"), what, NOW_S)
    data = renewed(town)
    answer = accept(town.terminal, data)
    folder = town.terminal / "identity"
    assert (answer.device, answer.certificate.spki) == (first.device, first.certificate.spki)
    assert answer.gateway.id != first.gateway.id
    assert (folder / "answer.cbor").read_bytes() == data
    assert (folder / "tls-ca.crt").read_bytes().count(b"BEGIN CERTIFICATE") == 2
    assert open_key(folder, town.authority.suite).spki == answer.certificate.spki
    assert accept(town.terminal, data) == answer


def test_an_earlier_answer_does_not_come_back(town: Town) -> None:
    first = town.answer(ask(town.terminal, town.authority.suite, None, 1).data)
    accept(town.terminal, first)
    later = renewed(town)
    accept(town.terminal, later)
    with pytest.raises(EnrolmentError, match="not later"):
        accept(town.terminal, first)
    assert (town.terminal / "identity/answer.cbor").read_bytes() == later


def test_an_authority_that_was_replaced_signs_no_answers(town: Town) -> None:
    """Whoever stole the old issuing key may date his answer as late as he likes."""
    enrolled(town)
    old, stolen = town.authority, town.authority.issuing_key()
    rotate(old, "issuing", NOW_S, open_root(old.folder / "root", "correct horse"))
    data = renewed(town)
    now = accept(town.terminal, data)
    forged = replace(now, issuing=(old.issuing, now.issuing[0]), made_ms=now.made_ms + 10**9)
    with pytest.raises(EnrolmentError, match="not later"):
        accept(town.terminal, sign_answer(forged, stolen))


def test_another_root_has_nothing_to_say(town: Town, tmp_path: Path) -> None:
    asked = ask(town.terminal, town.authority.suite, None, 1)
    accept(town.terminal, town.answer(asked.data))
    other = found(tmp_path / "other", "xuhui", "correct horse", town.authority.suite, (), NOW_S + 10**6)
    (tmp_path / "request").write_bytes(asked.data)
    data = approve(other, tmp_path / "request", DUTY, None, NOW_S + 10**6).data
    with pytest.raises(EnrolmentError, match="another root"):
        accept(town.terminal, data)


def test_a_later_answer_is_checked_in_a_process_of_its_own(town: Town) -> None:
    enrolled(town)
    data = renewed(town)
    assert asyncio.run(renewing.renew(town.terminal, data)) == (renewing.TAKEN, "")
    assert asyncio.run(renewing.renew(town.terminal, data)) == (renewing.KNOWN, "")
    done, why = asyncio.run(renewing.renew(town.terminal, data[:-1] + b"x"))
    assert done == renewing.REFUSED
    assert "not signed" in why
    assert (town.terminal / "identity/answer.cbor").read_bytes() == data


def test_after_a_refused_answer_others_are_left_for_a_minute() -> None:
    asked: list[bytes] = []
    now = [0]

    async def check(answer: bytes) -> tuple[int, str]:
        asked.append(answer)
        return (renewing.REFUSED, "no") if answer == b"bad" else (renewing.TAKEN, "")

    begun: list[bool] = []
    take = renewing.taker(check, Notices("en", lambda: now[0]), lambda: now[0], lambda: begun.append(True))
    for at_s, answer in ((1, b"bad"), (2, b"good"), (60, b"good"), (62, b"good")):
        now[0] = at_s * 10**9
        asyncio.run(take(answer))
    assert asked == [b"bad", b"good"]
    assert begun == [True]
