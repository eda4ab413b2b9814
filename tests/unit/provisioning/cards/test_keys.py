"""Where keys come from: whatever a gateway or a file holds ends as the keys of that card, or as a named error."""

import json
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samples.cardwork import CAREGIVER, KIND, OTHER, UID, Desk, is_token
from samples.tls import Authority
from zhendao.protocol.cards.diversify import Masters, card_keys
from zhendao.protocol.cards.parcel import seal_card_keys
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Technology
from zhendao.provisioning.cards.errors import (
    KeysMissingError,
    KeysRefusedError,
    KeysUnreachableError,
    KeysWrongError,
)
from zhendao.provisioning.cards.examining import Examiner
from zhendao.provisioning.cards.gateway_keys import MOST_BYTES, PATH, GatewayKeys, token_from
from zhendao.provisioning.cards.keys import FACTORY, NoKeys, Ring, ring
from zhendao.provisioning.cards.sealed_keys import KEY_FILE, laptop_key, make_laptop_key, open_sealed
from zhendao.provisioning.errors import FolderExistsError, ProvisioningError
from zhendao.provisioning.keyfile import Passphrase
from zhendao.simulators.pn532.tags.ev2.store import CardKey

MASTERS = Masters(2, bytes(range(16)), bytes(range(16, 32)))
CARD = Technology.NTAG424
KEYS = card_keys(MASTERS, CARD, UID)
ANSWER = {
    "uid": UID.hex(),
    "technology": "ntag424",
    "version": 2,
    "keys": {str(number): key.hex() for number, key in KEYS.keys.items()},
}


class Gateway(BaseHTTPRequestHandler):
    """Answers what it is told to, and remembers what it was asked."""

    status: ClassVar[int] = 200
    body: ClassVar[bytes] = b""
    headers_: ClassVar[dict[str, str]] = {}
    asked: ClassVar[list[tuple[str, str | None, Any]]] = []

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.asked.append((self.path, self.headers["Authorization"], json.loads(content)))
        self.send_response(self.status)
        for name, value in self.headers_.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.body)))
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        return


class Quiet(HTTPServer):
    """A server that says nothing of clients who turn away."""

    def handle_error(self, *_: object) -> None:
        return


@pytest.fixture
def service() -> Iterator[GatewayKeys]:
    with HTTPServer(("127.0.0.1", 0), Gateway) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        Gateway.status, Gateway.body, Gateway.headers_ = 200, json.dumps(ANSWER).encode(), {}
        Gateway.asked.clear()
        yield GatewayKeys(f"http://127.0.0.1:{server.server_port}", "zdt_secret")
        server.shutdown()
        thread.join()


def test_keys_are_asked_for_and_come(service: GatewayKeys) -> None:
    assert service.keys(UID, CARD) == KEYS
    assert service.keys(UID, CARD, 2) == KEYS
    assert Gateway.asked == [
        (PATH, "Bearer zdt_secret", {"uid": UID.hex(), "technology": "ntag424"}),
        (PATH, "Bearer zdt_secret", {"uid": UID.hex(), "technology": "ntag424", "version": 2}),
    ]
    assert "secret" not in repr(service)


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 302])
def test_a_refusal_is_told_in_the_gateways_words(service: GatewayKeys, status: int) -> None:
    Gateway.status, Gateway.headers_ = status, {"Location": "http://127.0.0.1:1/"}
    Gateway.body = json.dumps({"error": {"code": "x", "zh": "稍后再试", "en": "try later"}}).encode()
    with pytest.raises(KeysRefusedError, match=f"{status}.*try later") as failed:
        service.keys(UID, CARD)
    assert "稍后再试" in failed.value.what.zh
    assert len(Gateway.asked) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"uid": "04000000000000"},
        {"technology": "desfire"},
        {"version": 0},
        {"version": "2"},
        {"version": 3},
        {"keys": {}},
        {"keys": {**ANSWER["keys"], "4": "00"}},  # type: ignore[dict-item]
        {"keys": {str(n): "00" * 16 for n in range(4)}},
        {"keys": None},
    ],
)
def test_keys_of_another_card_or_not_all_of_them_are_refused(service: GatewayKeys, change: dict[str, Any]) -> None:
    Gateway.body = json.dumps({**ANSWER, **change}).encode()
    with pytest.raises(KeysWrongError):
        service.keys(UID, CARD, 2)


@settings(deadline=None, max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=300) | st.just(b"x" * (MOST_BYTES + 10)))
def test_any_answer_ends_as_keys_or_a_named_error(service: GatewayKeys, body: bytes) -> None:
    Gateway.body = body
    with pytest.raises(ProvisioningError):
        service.keys(UID, CARD)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:1", "http://gateway.test", "ftp://127.0.0.1", "nonsense", "http://[", ""]
)
def test_a_gateway_that_is_not_there_or_not_private_is_told(url: str) -> None:
    with pytest.raises(KeysUnreachableError):
        GatewayKeys(url, "zdt_secret").keys(UID, CARD)


def test_a_gateway_must_show_the_certificate_of_the_authority_before_it_hears_the_token(tmp_path: Path) -> None:
    Authority().write(tmp_path, "gateway", "gateway")
    Authority().write(tmp_path, "other", "other")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "gateway.crt", tmp_path / "gateway.key")
    Gateway.status, Gateway.body, Gateway.headers_ = 200, json.dumps(ANSWER).encode(), {}
    Gateway.asked.clear()
    with Quiet(("127.0.0.1", 0), Gateway) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"https://127.0.0.1:{server.server_port}"
        for authority in (tmp_path / "other-ca.crt", None, tmp_path / "none.crt"):
            with pytest.raises(KeysUnreachableError):
                GatewayKeys(url, "zdt_secret", authority).keys(UID, CARD)
        assert not Gateway.asked
        assert GatewayKeys(url, "zdt_secret", tmp_path / "gateway-ca.crt").keys(UID, CARD) == KEYS
        server.shutdown()
        thread.join()


def test_a_token_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "token"
    path.write_text("zdt_0123456789abcdef\n")
    assert token_from(path) == "zdt_0123456789abcdef"
    for text in ("", "a b", "x\x00" * 20):
        path.write_text(text)
        with pytest.raises(KeysRefusedError):
            token_from(path)
    with pytest.raises(KeysRefusedError):
        token_from(tmp_path / "none")


@pytest.fixture
def words() -> Passphrase:
    return Passphrase("a passphrase for tests")


def test_a_file_is_opened_by_this_laptop_alone(tmp_path: Path, words: Passphrase) -> None:
    public = make_laptop_key(tmp_path, INTL, words)
    with pytest.raises(FolderExistsError):
        make_laptop_key(tmp_path, INTL, words)
    assert b"ENCRYPTED" in (tmp_path / KEY_FILE).read_bytes()
    assert (tmp_path / KEY_FILE).stat().st_mode & 0o077 == 0
    assert b"PUBLIC" in public.read_bytes()
    key = laptop_key(tmp_path, INTL, words)
    old = card_keys(Masters(1, bytes(16), bytes(16)), CARD, UID)
    sealed, path = seal_card_keys(INTL, key.spki, [old, KEYS]), tmp_path / "cards.zdp"
    path.write_bytes(sealed)
    found = open_sealed(path, key)
    assert (found.keys(UID, CARD), found.keys(UID, CARD, 1)) == (KEYS, old)
    assert KEYS[0].hex() not in repr(found)
    for uid, technology, version in ((bytes(7), CARD, None), (UID, Technology.CPU_CARD, None), (UID, CARD, 3)):
        with pytest.raises(KeysMissingError):
            found.keys(uid, technology, version)
    with pytest.raises(KeysRefusedError, match="not for this laptop"):
        open_sealed(path, INTL.new_unwrapping_key())
    for data in (b"", b"nonsense", sealed[:-1] + bytes((sealed[-1] ^ 1,))):
        path.write_bytes(data)
        with pytest.raises(KeysRefusedError):
            open_sealed(path, key)


def test_keys_that_are_not_those_of_the_journal_are_not_tried(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    tag = desk.card("ntag424")
    writer, target = desk.writer(tag)
    writer.write(target, CAREGIVER)
    kept = tag.kept()
    desk.vault.masters[1] = Masters(1, b"x" * 16, b"y" * 16)
    writer, target = desk.writer(tag)
    with pytest.raises(KeysWrongError, match="check values"):
        writer.rollback(target)
    assert tag.kept() == kept


@pytest.mark.parametrize("kind", ["ntag424", "cpucard"])
def test_a_card_of_an_older_version_is_brought_to_the_present_one(tmp_path: Path, kind: str) -> None:
    desk = Desk(tmp_path)
    tag = desk.card(kind)
    writer, target = desk.writer(tag)
    writer.write(target, CAREGIVER, KIND.get(kind))
    desk.vault.masters[2] = MASTERS
    writer, target = desk.writer(tag)
    done = writer.write(target, OTHER, KIND.get(kind))
    assert done.goal.key_version == 2
    assert is_token(desk, tag, done.goal)


@pytest.mark.parametrize("kind", ["ntag424", "cpucard"])
def test_a_card_of_an_older_version_that_another_laptop_wrote_is_known(tmp_path: Path, kind: str) -> None:
    first = Desk(tmp_path / "first")
    tag: Any = first.card(kind)
    writer, target = first.writer(tag)
    writer.write(target, CAREGIVER, KIND.get(kind))
    for version in (2, 3, 4):
        first.vault.masters[version] = Masters(version, bytes((version,)) * 16, bytes((version,)) * 16)
    second = Desk(tmp_path / "second", first.vault, first.issuer)
    writer, target = second.writer(tag)
    found = Examiner(second.folder, writer.suite, writer.issuers, writer.reader, second.vault).examine(target)
    assert (found.proved, found.good) == (True, True)
    tries = tag.folders[0].keys[0].tries if kind == "cpucard" else None
    writer, target = second.writer(tag)
    done = writer.write(target, OTHER, KIND.get(kind))
    assert done.goal.key_version == 4
    assert is_token(second, tag, done.goal)
    assert tries is None or tag.folders[0].keys[0].tries == tries


@pytest.mark.parametrize("kind", ["ntag424", "cpucard"])
def test_an_ordinary_card_costs_one_request_and_no_wrong_key(
    tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(tmp_path)
    for version in (2, 3):
        desk.vault.masters[version] = Masters(version, bytes((version,)) * 16, bytes((version,)) * 16)
    tag: Any = desk.card(kind)
    failed: list[object] = []
    monkeypatch.setattr(CardKey, "failed", failed.append)
    writer, target = desk.writer(tag)
    writer.write(target, CAREGIVER, KIND.get(kind))
    assert (desk.vault.asked, failed) == (1, [])
    if kind == "cpucard":
        assert tag.folders[0].keys[0].tries == 15


def test_the_maker_s_keys_are_tried_unless_another_is_likelier() -> None:
    sets = {FACTORY: KEYS, 1: KEYS, 2: KEYS}
    assert Ring(2, sets).order() == (FACTORY, 2, 1)
    assert Ring(2, sets).order(1) == (1, FACTORY, 2)
    assert Ring(2, sets).order(9) == (FACTORY, 2, 1)
    assert KEYS[0].hex() not in repr(Ring(2, sets))


def test_without_a_word_about_keys_a_card_that_needs_them_is_refused(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    with pytest.raises(KeysMissingError):
        ring(NoKeys(), UID, CARD, desk.journal.story(UID))
