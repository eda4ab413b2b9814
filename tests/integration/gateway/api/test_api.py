"""The interface over HTTP: a real server over a real store with facts that went through ingest."""

import resource
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import insert

from samples.site import NOW_MS, Authority, Site, Terminal
from zhendao.command.kinds import Address
from zhendao.gateway.api import tokens
from zhendao.gateway.api.app import Backing, make_app
from zhendao.gateway.api.meters import Meters
from zhendao.gateway.api.server import HttpError, HttpServer
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.https import HttpsConnector
from zhendao.gateway.forward.worker import Worker
from zhendao.gateway.ingest.session import Message
from zhendao.gateway.registry.book import Book
from zhendao.gateway.registry.loading import load
from zhendao.gateway.store.conclusions import visits
from zhendao.protocol.bodies import Sos
from zhendao.protocol.jsonform import event_from_json, event_to_json
from zhendao.protocol.topics import Topic


@dataclass
class Gateway:
    """A gateway's interface with what is behind it."""

    site: Site
    url: str
    line: Terminal
    broker: dict[str, bool]
    meters: Meters

    def token(self, role: str) -> str:
        with self.site.store.writing() as connection:
            return tokens.new_token(connection, role, "test", NOW_MS)

    def get(self, path: str, role: str | None = None, token: str | None = None, **query: Any) -> httpx.Response:
        token = token or (self.token(role) if role else None)
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.get(f"{self.url}{path}", params=query, headers=headers)


VISIT = bytes(range(16))


def fill(site: Site, line: Terminal, folder: Path) -> None:
    for button in range(5):
        line.add(Sos(button, drill=False))
    site.take(line.message(1, 6))
    site.take(Message(str(Topic("xuhui", line.device, "up")), b"\xa0"))
    folder.mkdir()
    (folder / "places.csv").write_text(
        "place_id,latitude,longitude,datum,radius,accuracy,valid_from\nP1,31.1,121.4,wgs-84,60,5,2026-01-01\n"
    )
    (folder / "elders.csv").write_text("elder_id,name,phone,place_id,valid_from\nE1,王秀兰,13512345678,P1,2026-01-01\n")
    (folder / "caregivers.csv").write_text("caregiver_id,name,valid_from\nC1,李婉,2026-01-01\n")
    (folder / "terminals.csv").write_text(
        f"device,placement,place_id,elder_id,valid_from\n{line.device.hex()},home,P1,E1,2026-01-01\n"
    )
    load(site.store, Book(site.key), folder, zone=UTC, tenant="xuhui")
    with site.store.writing() as connection:
        for number in range(3):
            connection.execute(
                insert(visits).values(
                    id=bytes([number]) + VISIT[1:],
                    device=line.device,
                    lane=bytes(16),
                    epoch=line.epoch,
                    seq=number,
                    revision=1,
                    digest=bytes(32),
                    state="closed" if number else "open",
                    elder_id="E1",
                    caregiver_id="C1" if number else None,
                    begin_ms=NOW_MS + number,
                    record={"number": number},
                    changed_ms=NOW_MS,
                )
            )


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    folder = tmp_path_factory.mktemp("gateway")
    authority = Authority()
    site = Site(folder, authority)
    line = authority.terminal()
    fill(site, line, folder / "registry")
    broker = {"connected": True}
    meters = Meters()
    worker = Worker(site.store, site.key, HttpsConnector("http://127.0.0.1:9/records"))
    app = make_app(Backing(site.store, site.key, meters, lambda: broker["connected"], [worker]))
    server = HttpServer(app, Address("127.0.0.1", 0))
    server.start()
    yield Gateway(site, f"http://127.0.0.1:{server.port}", line, broker, meters)
    server.stop()
    site.store.close()


def test_events_are_paged_in_the_one_json_form(gateway: Gateway) -> None:
    token = gateway.token("auditor")
    first = gateway.get("/api/v1/events", token=token, limit=4).json()
    second = gateway.get("/api/v1/events", token=token, limit=4, before=first["next"]).json()
    assert [len(first["items"]), len(second["items"]), second["next"]] == [4, 2, None]
    items = [*first["items"], *second["items"]]
    assert [item["seq"] for item in items] == [6, 5, 4, 3, 2, 1]
    assert [event_from_json(item["event"]) for item in reversed(items)] == gateway.line.events
    assert items[0]["event"] == event_to_json(gateway.line.events[5])
    assert items[0]["h"] == gateway.line.heads[6].hex()


def test_events_are_filtered_by_device_kind_and_time(gateway: Gateway) -> None:
    token = gateway.token("auditor")

    def found(**query: Any) -> list[int]:
        return [item["seq"] for item in gateway.get("/api/v1/events", token=token, **query).json()["items"]]

    assert found(kind="boot") == [1]
    assert found(kind="8", limit=2) == [6, 5]
    assert found(device="ab" * 16) == []
    assert found(device=gateway.line.device.hex().upper(), kind="boot") == [1]
    assert found(since_ms=gateway.line.events[4].wall_ms) == [6, 5]
    assert found(until_ms=gateway.line.events[1].wall_ms) == [1]


def test_names_are_masked_unless_asked_for_by_whoever_may_and_every_read_is_logged(gateway: Gateway) -> None:
    masked = gateway.get("/api/v1/visits", "auditor").json()["items"][0]
    assert (masked["elder"], masked["caregiver"]) == ({"id": "E1", "name": "**兰"}, {"id": "C1", "name": "*婉"})
    token = gateway.token("auditor")
    plain = gateway.get("/api/v1/visits", token=token, names="true", state="closed").json()["items"][0]
    assert plain["elder"]["name"] == "王秀兰"
    assert gateway.get("/api/v1/visits", "viewer", names="true").status_code == 403
    (access,) = gateway.get("/api/v1/accesses", "admin", token_id=token.split("_")[1]).json()["items"]
    assert (access["resource"], access["names"], access["items"]) == ("visits", True, 2)
    assert access["filters"] == "names=true&state=closed"


def test_visits_are_paged_though_they_changed_in_one_moment(gateway: Gateway) -> None:
    token = gateway.token("viewer")
    seen, before = [], None
    while True:
        query = {"limit": 1} | ({"before": before} if before else {})
        page = gateway.get("/api/v1/visits", token=token, **query).json()
        seen += [item["record"]["number"] for item in page["items"]]
        before = page["next"]
        if before is None:
            break
    assert seen == [2, 1, 0]


def test_terminals_and_quarantine_are_told(gateway: Gateway) -> None:
    (terminal,) = gateway.get("/api/v1/terminals", "viewer").json()["items"]
    assert (terminal["device"], terminal["placement"], terminal["elder_id"]) == (
        gateway.line.device.hex(), "home", "E1",
    )  # fmt: skip
    (message,) = gateway.get("/api/v1/quarantine", "auditor").json()["items"]
    assert message["reason"].startswith("malformed")
    assert message["en"] == "not a message of this protocol"
    assert message["size"] == 1
    assert gateway.get("/api/v1/quarantine", "auditor", reason="another").json()["items"] == []


def test_who_may_not_is_told_so_and_who_is_nobody_too(gateway: Gateway) -> None:
    anonymous = gateway.get("/api/v1/visits")
    assert (anonymous.status_code, anonymous.headers["www-authenticate"]) == (401, "Bearer")
    assert anonymous.json()["error"]["code"] == "unauthorized"
    assert gateway.get("/api/v1/visits", token="zdt_000000000000_" + "A" * 43).status_code == 401
    assert gateway.get("/api/v1/visits", token="密码".encode().hex()).status_code == 401
    for path in ("events", "quarantine", "accesses"):
        refused = gateway.get(f"/api/v1/{path}", "viewer")
        assert (refused.status_code, refused.json()["error"]["zh"]) == (403, "该令牌的角色无此权限")
    assert gateway.get("/api/v1/accesses", "auditor").status_code == 403


def test_a_revoked_token_is_refused_from_the_next_request_on(gateway: Gateway) -> None:
    token = gateway.token("viewer")
    assert gateway.get("/api/v1/visits", token=token).status_code == 200
    with gateway.site.store.writing() as connection:
        tokens.revoke(connection, token.split("_")[1], NOW_MS)
    assert gateway.get("/api/v1/visits", token=token).status_code == 401


def test_a_token_is_kept_as_a_hash_only(gateway: Gateway) -> None:
    token = gateway.token("viewer")
    on_disk = b"".join(path.read_bytes() for path in gateway.site.folder.glob("gateway.db*"))
    assert token.split("_")[1].encode() in on_disk
    assert token.split("_", 2)[2].encode() not in on_disk
    with gateway.site.store.writing() as connection, pytest.raises(tokens.TokenError):
        tokens.new_token(connection, "king", "", NOW_MS)
    with gateway.site.store.reading() as connection:
        assert {one.role for one in tokens.list_tokens(connection)} <= {"viewer", "auditor", "admin"}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("events", {"device": "xyz"}),
        ("events", {"kind": "nonsense"}),
        ("events", {"kind": "DROP TABLE"}),
        ("events", {"limit": 0}),
        ("events", {"limit": 201}),
        ("events", {"before": "abc"}),
        ("events", {"before": "9" * 30}),
        ("events", {"since_ms": 10**30}),
        ("visits", {"before": "5-zz"}),
        ("visits", {"before": "5"}),
        ("terminals", {"before": "zz"}),
        ("quarantine", {"reason": "x" * 65}),
    ],
)
def test_a_wrong_parameter_is_422_in_the_one_shape(gateway: Gateway, path: str, query: dict[str, Any]) -> None:
    answer = gateway.get(f"/api/v1/{path}", "admin", **query)
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "invalid")
    assert "Traceback" not in answer.text


def test_other_addresses_methods_and_bodies_have_their_answers(gateway: Gateway) -> None:
    assert gateway.get("/api/v1/nothing").json()["error"]["code"] == "not-found"
    assert httpx.post(f"{gateway.url}/api/v1/events").json()["error"]["code"] == "method"
    assert httpx.post(f"{gateway.url}/api/v1/events", content=bytes(65 * 1024)).status_code == 413
    streamed = httpx.post(f"{gateway.url}/api/v1/events", content=iter([b"x"]))
    assert streamed.status_code == 413


def test_health_is_checked_for_real(gateway: Gateway) -> None:
    well = httpx.get(f"{gateway.url}/healthz")
    assert (well.status_code, well.json()["checks"]) == (200, {"store": True, "broker": True})
    gateway.broker["connected"] = False
    ill = httpx.get(f"{gateway.url}/healthz")
    gateway.broker["connected"] = True
    assert (ill.status_code, ill.json()["status"]) == (503, "failing")


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow beyond a page, as when the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_on_a_full_disk_nothing_is_answered_that_cannot_be_logged_and_it_mends_by_itself(gateway: Gateway) -> None:
    token = gateway.token("auditor")
    app = make_app(Backing(gateway.site.store, gateway.site.key, Meters(), lambda: True))
    server = HttpServer(app, Address("127.0.0.1", 0))
    server.start()
    with full_disk():
        refused = gateway.get("/api/v1/visits", token=token)
        ill = httpx.get(f"http://127.0.0.1:{server.port}/healthz")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "unavailable")
    assert "elder" not in refused.text
    assert (ill.status_code, ill.json()["checks"]["store"]) == (503, False)
    assert gateway.get("/api/v1/visits", token=token).status_code == 200
    server.stop()


def test_meters_are_told_and_their_labels_are_bounded(gateway: Gateway) -> None:
    gateway.meters.ingested(6, 1, [f"reason{number}" for number in range(100)])
    assert httpx.get(f"{gateway.url}/nowhere").status_code == 404
    text = httpx.get(f"{gateway.url}/metrics").text
    assert "zhendao_events_total 6.0" in text
    assert text.count("zhendao_refused_messages_total{") == 65
    assert 'zhendao_refused_messages_total{reason="other"} 36.0' in text
    with gateway.site.store.reading() as connection:
        waiting = outbox.count_waiting(connection, "http://127.0.0.1:9/records")
    assert f'zhendao_forward_waiting{{destination="http://127.0.0.1:9/records"}} {float(waiting)}' in text
    assert 'zhendao_http_requests_total{resource="none",status="4xx"}' in text


def test_the_openapi_description_names_every_path_and_the_token(gateway: Gateway) -> None:
    described = httpx.get(f"{gateway.url}/api/v1/openapi.json").json()
    assert {f"/api/v1/{name}" for name in ("events", "visits", "terminals", "quarantine")} <= described["paths"].keys()
    assert described["components"]["securitySchemes"]["HTTPBearer"]["scheme"] == "bearer"


def test_an_address_in_use_is_a_named_error(gateway: Gateway) -> None:
    port = int(gateway.url.rpartition(":")[2])
    with pytest.raises(HttpError):
        HttpServer(
            make_app(Backing(gateway.site.store, gateway.site.key, Meters(), lambda: True)), Address("127.0.0.1", port)
        )


def test_a_certificate_that_cannot_be_used_is_a_named_error_and_a_good_one_is_served(
    gateway: Gateway, tmp_path: Path
) -> None:
    app = make_app(Backing(gateway.site.store, gateway.site.key, Meters(), lambda: True))
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    for content in (None, "no certificate"):
        if content is not None:
            certificate.write_text(content)
        with pytest.raises(HttpError):
            HttpServer(app, Address("127.0.0.1", 0), certificate=certificate, key=key)
    self_signed(certificate, key)
    server = HttpServer(app, Address("127.0.0.1", 0), certificate=certificate, key=key)
    server.start()
    context = ssl.create_default_context(cafile=str(certificate))
    assert httpx.get(f"https://127.0.0.1:{server.port}/healthz", verify=context).status_code == 200
    server.stop()


def self_signed(certificate: Path, key: Path) -> None:
    secret = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(secret.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(secret, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key.write_bytes(
        secret.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def test_after_stop_nobody_answers(gateway: Gateway) -> None:
    app = make_app(Backing(gateway.site.store, gateway.site.key, Meters(), lambda: True))
    server = HttpServer(app, Address("127.0.0.1", 0))
    server.start()
    httpx.get(f"http://127.0.0.1:{server.port}/healthz")
    server.stop()
    with pytest.raises(ConnectionRefusedError), socket.create_connection(("127.0.0.1", server.port), 1):
        pass
