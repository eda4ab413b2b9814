"""A blocklist on a USB stick, at a terminal that the real commands enrolled: loaded, refused, shown, taken."""

import json
from pathlib import Path

import pytest

from samples.provided import Site
from samples.running import wait_until
from zhendao.device.cli import main as device
from zhendao.gateway.keyring import load_keyring
from zhendao.protocol import blocklist
from zhendao.protocol.blocked_numbers import numbers

CARD, CHIP = b"c" * 16, bytes.fromhex("04a1b2c3d4e5f6")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Site:
    made = Site(tmp_path_factory.mktemp("site"), plain=True, store=None)
    made.provide()
    return made


def exported(site: Site, version: int, tenant: str | None = None) -> Path:
    keyring = load_keyring(site.folder / "data" / "keys")
    suite = keyring.certificate.suite
    made = numbers([CARD, CHIP])
    manifest = blocklist.manifest_of(suite, tenant or keyring.tenant, version, 0, made)
    signed = blocklist.sign_manifest(keyring.signing_key, keyring.certificate.id, manifest)
    path = site.folder / f"blocklist-{version}.zdb"
    path.write_bytes(blocklist.to_file(blocklist.Blocklist(manifest, signed, made)))
    return path


def test_a_stick_is_taken_by_a_terminal_that_starts_later(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    config = ["--config", str(site.folder / "device.toml"), "--json"]
    assert device(["blocklist", "show", *config]) == 0
    assert json.loads(capsys.readouterr().out)["version"] == 0
    assert device(["blocklist", "load", str(exported(site, 7)), *config]) == 0
    assert json.loads(capsys.readouterr().out)["token_ids"] == 1
    held = site.folder / "terminal" / "blocklist"
    assert not held.exists()
    with site.started("zhendao-device", "device.toml"):
        wait_until(held.exists)
        wait_until(lambda: not held.with_name("blocklist.offered").exists())
    for number, blocked in ((CARD.hex(), True), ("04:A1:B2:C3:D4:E5:F6", True), ("04a1b2c3d4e5f7", False)):
        assert device(["blocklist", "show", "--number", number, *config]) == 0
        shown = json.loads(capsys.readouterr().out)
        assert (shown["version"], shown["blocked"]) == (7, blocked)
    assert _doctor(config, capsys) == (
        "good",
        "blocklist 7: 1 token ids, 1 chip numbers, issued 1970-01-01T00:00:00+00:00",
    )
    held.write_bytes(held.read_bytes()[:-1])
    assert _doctor(config, capsys)[0] == "note"
    held.write_bytes(exported(site, 7).read_bytes())
    assert device(["blocklist", "load", str(exported(site, 7)), *config]) == 1
    assert "holds list 7" in json.loads(capsys.readouterr().err)["error"]["what"]


def _doctor(config: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    device(["doctor", *config, "--lang", "en"])
    found = json.loads(capsys.readouterr().out)["findings"]
    return next((one["grade"], one["what"]) for one in found if one["part"] == "blocklist")


def test_what_is_no_list_for_this_terminal_is_refused_in_one_line(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    config = ["--config", str(site.folder / "device.toml"), "--lang", "en"]
    spoilt = site.folder / "spoilt"
    spoilt.write_bytes(exported(site, 9).read_bytes()[:-1])
    other = exported(site, 9, tenant="pudong")
    for path, word in ((other, "another tenant"), (spoilt, "not what its manifest"), (site.folder / "none", "No such")):
        assert device(["blocklist", "load", str(path), *config]) == 1
        said = capsys.readouterr().err
        assert word in said, said
        assert said.count("\n") == 1
    assert not (site.folder / "terminal" / "blocklist.offered").exists()
