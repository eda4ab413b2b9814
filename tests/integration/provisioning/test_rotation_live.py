"""Every key of an authority is rotated under a running home, and the home never falls off (real processes, TLS)."""

import contextlib
import json
import shutil
import signal
import sqlite3
from pathlib import Path

import pytest

from samples.provided import Site
from samples.running import wait_until
from zhendao.protocol.enrolment import Answer, open_answer
from zhendao.verifier.cli import main as verify

pytestmark = pytest.mark.skipif(
    shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin") is None, reason="Mosquitto is not installed"
)
PATIENCE_S = 180.0


def kept(site: Site) -> Answer:
    return open_answer((site.folder / "terminal/identity/answer.cbor").read_bytes())


def provision(site: Site, *words: object) -> str:
    return site.call("zhendao-provision", words[0], *words[1:])


def facts(site: Site) -> list[tuple[bytes, int]]:
    """Return (certificate, start) of each event that the gateway holds."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(site.folder / "gateway.db")) as db:
        return db.execute("SELECT certificate_id, start FROM events ORDER BY id").fetchall()
    return []  # it makes its tables


def waiting(site: Site) -> list[str]:
    """Return the terminals that have not taken their newest answer, as the operator asks for them."""
    words = ("answers", "ls", "--waiting", "--config", site.folder / "gateway.toml", "--json")
    return [one["device"] for one in json.loads(site.call("zhendao-gateway", *words))["answers"]]


def bring_up_to_date(site: Site) -> None:
    provision(site, "gateway", "update", site.folder / "authority", "--data-dir", site.folder / "data")
    provision(site, "broker", "update", site.folder / "authority", "--out", site.folder / "broker")


def verified(*words: object) -> int:
    return verify(["journal", *map(str, words), "--json"])


@pytest.mark.long
def test_a_home_follows_the_rotation_of_everything(tmp_path: Path) -> None:
    site = Site(tmp_path, plain=False, store=None)
    site.provide()
    authority = tmp_path / "authority"
    first = kept(site)
    with site.started("zhendao-device", "device.toml") as terminal:
        with site.broker(), site.started("zhendao-gateway", "gateway.toml"):
            wait_until(lambda: facts(site), PATIENCE_S)
        for what in ("issuing", "token-issuer", "gateway", "gateway-wrap", "escrow", "tls-ca"):
            provision(site, "rotate", authority, what)
        shutil.move(authority / "root", tmp_path / "stick")
        provision(site, "terminal", "renew", authority, "--all")
        bring_up_to_date(site)
        assert waiting(site) == [first.device.hex()]
        # Broker and gateway still show certificates of the old TLS authority: the terminal knows no other yet.
        with site.broker(), site.started("zhendao-gateway", "gateway.toml"):
            wait_until(lambda: kept(site).age > first.age, PATIENCE_S)
            now = kept(site)
            wait_until(lambda: now.certificate.id in {one for one, _ in facts(site)}, PATIENCE_S)
        assert terminal.poll() is None
        assert waiting(site) == []
        for before, after in (
            (first.gateway, now.gateway),
            (first.gateway_wrap, now.gateway_wrap),
            (first.escrow_wrap, now.escrow_wrap),
            (first.issuing[0], now.issuing[0]),
            (first.token_issuers[0], now.token_issuers[0]),
        ):
            assert before.id != after.id
        for what in ("tls-broker", "tls-gateway"):
            provision(site, "rotate", authority, what)
        bring_up_to_date(site)
        held = len(facts(site))
        with site.broker(), site.started("zhendao-gateway", "gateway.toml"):
            terminal.send_signal(signal.SIGTERM)
            assert terminal.wait(30) == 0
            with site.started("zhendao-device", "device.toml"):
                wait_until(lambda: len(facts(site)) > held, PATIENCE_S)
        # Evidence of both certificates, issued by two authorities, one of which is no more.
        out = tmp_path / "journal.zdj"
        site.call("zhendao-device", "journal", "export", "--out", out, "--config", tmp_path / "device.toml")
        old = next((authority / "old/issuing").glob("*.crt"))
        both = ("--issuing", authority / "issuing.crt", "--issuing", old)
        assert verified(out, "--root", authority / "root.crt", *both) == 0
        assert verified(out, "--root", authority / "root.crt", "--issuing", authority / "issuing.crt") == 1
    assert {one for one, _ in facts(site)} == {first.certificate.id, now.certificate.id}
    findings = sqlite3.connect(site.folder / "gateway.db")
    with contextlib.closing(findings):
        assert findings.execute("SELECT kind FROM findings").fetchall() == []


@pytest.mark.long
def test_a_box_is_swapped_and_the_old_one_retired(tmp_path: Path) -> None:
    """The new box has the home from that moment on; the old one wipes itself, and is neither heard nor let in."""
    site = Site(tmp_path, plain=False, store=None)
    site.provide()
    authority, config = tmp_path / "authority", ("--config", tmp_path / "gateway.toml")
    old = kept(site)
    with site.broker(), site.started("zhendao-gateway", "gateway.toml"):
        with site.started("zhendao-device", "device.toml") as terminal:
            wait_until(lambda: facts(site), PATIENCE_S)
            terminal.send_signal(signal.SIGTERM)
            assert terminal.wait(30) == 0
        words = (tmp_path / "device.toml").read_text().replace('"terminal"', '"second"')
        (tmp_path / "second.toml").write_text(words)
        there = ("--config", tmp_path / "second.toml")
        site.call("zhendao-device", "enrol", *there, "--request", tmp_path / "request-2", "--keystore", "file")
        swap = ("--old", old.device.hex(), "--request", tmp_path / "request-2", "--out", tmp_path / "answer-2")
        told = json.loads(provision(site, "terminal", "swap", authority, *swap, "--json"))
        site.call("zhendao-gateway", "registry", "swap", old.device.hex(), told["device"], *config)
        site.call("zhendao-device", "enrol", *there, "--answer", tmp_path / "answer-2")
        out = tmp_path / "retirement"
        copy = shutil.copytree(tmp_path / "terminal", tmp_path / "thief")
        site.call("zhendao-device", "retire", "--config", tmp_path / "device.toml", "--out", out, "--anyway")
        assert sorted(one.name for one in (tmp_path / "terminal").iterdir()) == ["lock", "retired.cbor"]
        retire = ("--device", old.device.hex(), "--statement", out, "--json")
        assert json.loads(provision(site, "terminal", "retire", authority, *retire))["proved"] is True
        bring_up_to_date(site)
        rows = json.loads(site.call("zhendao-gateway", "registry", "show", "terminals", *config, "--json"))
        assert [one["device"] for one in rows["tables"]["terminals"]] == [told["device"]]
    (tmp_path / "thief.toml").write_text((tmp_path / "device.toml").read_text().replace('"terminal"', f'"{copy}"'))
    with site.broker(), site.started("zhendao-gateway", "gateway.toml"):
        shutil.move(tmp_path / "zhendao-device.log", tmp_path / "first.log")
        with site.started("zhendao-device", "second.toml"):
            wait_until(lambda: told["certificate"] in {one.hex() for one, _ in facts(site)}, PATIENCE_S)
        of_old = sum(one == old.certificate.id for one, _ in facts(site))
        with site.started("zhendao-device", "thief.toml"):
            wait_until(lambda: site.said("zhendao-device", "the link to the broker is gone"), PATIENCE_S)
            assert not site.said("zhendao-device", "connected to the broker")
        assert sum(one == old.certificate.id for one, _ in facts(site)) == of_old
