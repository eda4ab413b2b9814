"""The gateway's signing key is rotated under a running home: the list is signed anew, and the terminal takes it."""

import json
from pathlib import Path

import pytest

from samples.provided import Site
from samples.running import wait_until
from zhendao.protocol.blocklist import signer_of

CARD = "c0" * 16
PATIENCE_S = 180.0


def shown(site: Site) -> dict[str, object]:
    done = site.call("zhendao-gateway", "blocklist", "ls", "--config", site.folder / "gateway.toml", "--json")
    assert len(json.loads(done)) == 1
    said = site.call("zhendao-device", "blocklist", "show", "--number", CARD, "--config",
                      site.folder / "device.toml", "--json")  # fmt: skip
    found: dict[str, object] = json.loads(said)
    return found


def signer(site: Site) -> bytes:
    """Return under which certificate the list is signed that the terminal has on its disk."""
    data = (site.folder / "terminal" / "blocklist").read_bytes()
    return signer_of(data[2 : 2 + int.from_bytes(data[:2], "big")])


@pytest.mark.long
def test_a_list_is_signed_anew_and_taken(tmp_path: Path) -> None:
    site = Site(tmp_path, plain=False, store=None)
    site.provide()
    authority, config = tmp_path / "authority", ("--config", tmp_path / "gateway.toml")
    site.call("zhendao-gateway", "blocklist", "add", "--token", CARD, "--reason", "lost", *config)
    held = tmp_path / "terminal" / "blocklist"
    with site.broker(), site.started("zhendao-device", "device.toml") as terminal:
        with site.started("zhendao-gateway", "gateway.toml"):
            wait_until(held.exists, PATIENCE_S)
        first, before = signer(site), shown(site)
        site.call("zhendao-provision", "rotate", authority, "gateway")
        site.call("zhendao-provision", "terminal", "renew", authority, "--all")
        site.call("zhendao-provision", "gateway", "update", authority, "--data-dir", tmp_path / "data")
        with site.started("zhendao-gateway", "gateway.toml"):
            wait_until(lambda: signer(site) != first, PATIENCE_S)
        assert terminal.poll() is None
    after = shown(site)
    assert (before["blocked"], after["blocked"]) == (True, True)
    assert int(str(after["version"])) > int(str(before["version"]))
