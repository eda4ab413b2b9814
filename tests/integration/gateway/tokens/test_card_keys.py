"""Keys of cards as a person or a laptop gets them: over HTTP, and as a file. Real server, real commands."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from asn1crypto import pem

from samples.site import NOW_MS, Authority, Site
from samples.wallet import Issuer, Tag, check_of, plain
from zhendao.command.kinds import Address
from zhendao.command.run import run
from zhendao.gateway.api import tokens
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpServer
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.tokens.giving import Giver
from zhendao.gateway.tokens.masters import FILE, Custody
from zhendao.protocol.cards.diversify import card_keys
from zhendao.protocol.cards.parcel import open_card_keys, open_masters
from zhendao.protocol.suite import INTL
from zhendao.protocol.vocabulary import Role as CardRole
from zhendao.protocol.vocabulary import Technology

UID = "04de5f1eacc040"


class Interface:
    """A gateway's interface that gives keys of cards, two an hour."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.site = site
        custody = Custody(folder, site.key, {})
        self.master = custody.add(NOW_MS)
        giver = Giver(site.key, custody.load, 2)
        app = make_app(Backing(site.store, site.key, Meters(), lambda: True, giver=giver))
        self.server = HttpServer(app, Address("127.0.0.1", 0))
        self.server.start()
        self.tokens: dict[str, str] = {}

    def ask(self, role: str | None, **what: Any) -> httpx.Response:
        headers = {}
        if role is not None:
            if role not in self.tokens:
                with self.site.store.writing() as connection:
                    self.tokens[role] = tokens.new_token(connection, role, "test", NOW_MS)
            headers = {"Authorization": f"Bearer {self.tokens[role]}"}
        return httpx.post(f"http://127.0.0.1:{self.server.port}/v1/cards/keys", json=what, headers=headers)


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


@pytest.fixture
def site(tmp_path: Path, authority: Authority) -> Iterator[Site]:
    site = Site(tmp_path, authority)
    yield site
    site.store.close()


@pytest.fixture
def interface(site: Site, tmp_path: Path) -> Iterator[Interface]:
    interface = Interface(site, tmp_path)
    yield interface
    interface.server.stop()


def test_an_engineer_gets_the_keys_of_one_card(interface: Interface) -> None:
    answer = interface.ask("engineer", uid=UID, technology="ntag424", version=1)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    wanted = card_keys(interface.master.keys, Technology.NTAG424, bytes.fromhex(UID))
    assert answer.json() == {
        "uid": UID,
        "technology": "ntag424",
        "version": 1,
        "keys": {str(number): key.hex() for number, key in wanted.keys.items()},
    }
    for secret in (interface.master.keys.aes, interface.master.keys.sm4):
        assert secret.hex() not in answer.text


def test_nobody_else_gets_any(interface: Interface) -> None:
    assert interface.ask(None, uid=UID, technology="ntag424").status_code == 401
    for role in ("viewer", "auditor", "admin"):
        assert interface.ask(role, uid=UID, technology="ntag424").status_code == 403
    assert interface.ask("engineer", uid=UID, technology="ntag424").status_code == 200


def test_an_engineer_can_read_nothing(interface: Interface) -> None:
    assert interface.ask("engineer", uid=UID, technology="ntag424").status_code == 200
    headers = {"Authorization": f"Bearer {interface.tokens['engineer']}"}
    for page in ("visits", "events", "terminals", "quarantine", "accesses"):
        answer = httpx.get(f"http://127.0.0.1:{interface.server.port}/api/v1/{page}", headers=headers)
        assert answer.status_code == 403


@pytest.mark.parametrize(
    ("what", "status"),
    [
        ({"uid": "04de5f", "technology": "ntag424"}, 422),
        ({"uid": UID, "technology": "ntag21x"}, 422),
        ({"uid": UID, "technology": "ntag424", "version": 2}, 404),
        ({"uid": UID, "technology": "ntag424", "version": 256}, 422),
        ({"uid": UID}, 422),
    ],
)
def test_what_is_no_such_card_is_refused(interface: Interface, what: dict[str, Any], status: int) -> None:
    assert interface.ask("engineer", **what).status_code == status


def test_a_token_gets_so_many_an_hour_and_is_told_when_again(interface: Interface) -> None:
    for _ in range(2):
        assert interface.ask("engineer", uid=UID, technology="cpu_card").status_code == 200
    refused = interface.ask("engineer", uid=UID, technology="cpu_card")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["retry-after"]) <= 3600
    assert set(refused.json()["error"]) >= {"code", "zh", "en"}


@pytest.fixture
def config(tmp_path: Path, authority: Authority) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(
        """
        data_dir = "data"
        store.url = "sqlite:///gateway.db"
        broker.url = "mqtt://127.0.0.1:1883"
        http.listen = "127.0.0.1:0"
        """
    )
    keys = tmp_path / "data" / "keys"
    keys.mkdir(parents=True)
    signing, wrap = INTL.new_signing_key(), INTL.new_unwrapping_key()
    for name, der in {
        "root": authority.root.der,
        "issuing": authority.issuing.der,
        "gateway": authority.gateway(signing.spki).der,
    }.items():
        (keys / f"{name}.crt").write_bytes(pem.armor("CERTIFICATE", der))
    for name, pkcs8 in {"gateway": signing.pkcs8(), "wrap": wrap.pkcs8()}.items():
        (keys / f"{name}.key").write_bytes(pem.armor("PRIVATE KEY", pkcs8))
        (keys / f"{name}.key").chmod(0o600)
    (keys / "tenant").write_text(authority.tenant)
    return path


def call(capsys: pytest.CaptureFixture[str], config: Path, *words: str, code: int = 0) -> str:
    assert run(PROGRAM, ["cards", *words, "--config", str(config)]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_masters_are_made_listed_and_handed_to_the_escrow(
    capsys: pytest.CaptureFixture[str], config: Path, authority: Authority
) -> None:
    escrow, other = INTL.new_unwrapping_key(), INTL.new_unwrapping_key()
    folder = config.parent
    for name, role, key in (("escrow", "escrow", escrow), ("gateway", "gateway", other)):
        certificate = authority._issue(role, "one", key.spki, "wrap", authority.issuing_key, authority.issuing)  # type: ignore[arg-type]
        (folder / f"{name}.crt").write_bytes(pem.armor("CERTIFICATE", certificate.der))
    out = str(folder / "masters.zdp")
    assert "no card master key" in call(
        capsys, config, "master", "export-escrow", "--for", str(folder / "escrow.crt"), "--out", out, code=1
    )
    shown = [call(capsys, config, "master", "new", *more) for more in ((), ("--json",), ("--lang", "zh"))]
    shown.append(call(capsys, config, "master", "ls"))
    listed = json.loads(call(capsys, config, "master", "ls", "--json"))
    assert [one["version"] for one in listed] == [1, 2, 3]
    call(capsys, config, "master", "export-escrow", "--for", str(folder / "escrow.crt"), "--out", out)
    masters = open_masters(Path(out).read_bytes(), escrow)
    assert [one.version for one in masters] == [1, 2, 3]
    for one in masters:
        assert all(secret.hex() not in text for secret in (one.aes, one.sm4) for text in shown)
    assert (folder / "data" / "keys" / FILE).exists()
    refused = call(
        capsys, config, "master", "export-escrow", "--for", str(folder / "gateway.crt"), "--out", out, code=1
    )
    assert "not the certificate of our escrow" in refused


def test_a_laptop_without_a_line_gets_a_file_that_it_alone_can_open(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    folder, laptop = config.parent, INTL.new_unwrapping_key()
    (folder / "laptop.pem").write_bytes(pem.armor("PUBLIC KEY", laptop.spki))
    cards, out = folder / "cards.csv", folder / "cards.zdp"
    cards.write_text(f"{UID},ntag424\n\n00a1b2c3, cpu_card, 1\n")
    call(capsys, config, "master", "new")
    words = ("keys", "--uids", str(cards), "--for", str(folder / "laptop.pem"), "--out", str(out))
    assert json.loads(call(capsys, config, *words, "--json"))["count"] == 2
    assert out.stat().st_mode & 0o077 == 0
    opened = open_card_keys(out.read_bytes(), laptop)
    assert [(one.uid.hex(), one.technology, one.version) for one in opened] == [
        (UID, Technology.NTAG424, 1),
        ("00a1b2c3", Technology.CPU_CARD, 1),
    ]
    given = json.loads(call(capsys, config, "given", "--json"))
    assert [(one["uid"], one["to"], one["recipient"]) for one in given] == [
        (UID, "file", laptop.key_id.hex()),
        ("00a1b2c3", "file", laptop.key_id.hex()),
    ]
    assert UID in call(capsys, config, "given")


@pytest.mark.parametrize("bad", ["", "04de,ntag424", f"{UID},mifare", f"{UID}", f"{UID},ntag424,one", f"{UID},x,1,2"])
def test_a_list_with_a_bad_line_gives_nothing(capsys: pytest.CaptureFixture[str], config: Path, bad: str) -> None:
    folder = config.parent
    (folder / "laptop.pem").write_bytes(pem.armor("PUBLIC KEY", INTL.new_unwrapping_key().spki))
    (folder / "cards.csv").write_text(f"{UID},ntag424\n{bad}\n" if bad else "")
    call(capsys, config, "master", "new")
    words = ("keys", "--uids", str(folder / "cards.csv"), "--for", str(folder / "laptop.pem"))
    said = call(capsys, config, *words, "--out", str(folder / "out"), code=1)
    assert "line 2" in said or not bad
    assert not (folder / "out").exists()
    assert json.loads(call(capsys, config, "given", "--json")) == []


def test_findings_are_listed_over_http_and_on_the_command_line(
    interface: Interface, authority: Authority, capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    site, issuer = interface.site, Issuer()
    site.prover = issuer.prover()
    site.open()
    line, card = authority.terminal(), Tag(issuer, CardRole.CAREGIVER)
    text = card.sun()
    for number in range(3):
        line.add(check_of(None, plain(card, number * 10**12, sun=text)), mono_ns=number * 10**12)
    site.take(line.message(1, 1), *(line.message(seq, seq) for seq in (2, 3, 4)))
    interface.ask("viewer")
    interface.ask("auditor")
    url = f"http://127.0.0.1:{interface.server.port}/api/v1/cards/findings"

    def get(role: str, **query: Any) -> httpx.Response:
        return httpx.get(url, params=query, headers={"Authorization": f"Bearer {interface.tokens[role]}"})

    page = get("viewer", finding="token_replayed", limit=1).json()
    assert [one["seq"] for one in page["items"]] == [4]
    rest = get("viewer", finding="token_replayed", limit=1, before=page["next"]).json()
    assert [one["seq"] for one in rest["items"]] == [3]
    assert rest["next"] is None
    assert page["items"][0]["uid"] == "*" * 10 + card.uid.hex()[-4:]
    assert get("viewer", names=True).status_code == 403
    assert get("auditor", names=True, uid=card.uid.hex()).json()["items"][0]["uid"] == card.uid.hex()
    assert get("auditor", uid="00000000").json()["items"] == []
    (config.parent / "data" / "keys" / "store.key").write_bytes(bytes(32))  # the same store, on the command line
    listed = json.loads(call(capsys, config, "findings", "--json"))
    assert [(one["seq"], one["finding"]) for one in listed if one["finding"] != "token_undated"] == [
        (4, "token_replayed"),
        (3, "token_replayed"),
    ]
    assert "重放" in call(capsys, config, "findings", "--uid", card.uid.hex(), "--lang", "zh")
    assert "not hex" in call(capsys, config, "findings", "--uid", "x", code=1)
