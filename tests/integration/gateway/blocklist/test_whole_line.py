"""The real commands over a real broker: a card blocked at the gateway is refused at the terminal, and both say so."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from samples.provided import ENVIRONMENT, Site
from samples.running import wait_until
from zhendao.simulators.demo.commands import command

CARD = "c0" * 16


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("site"), plain=False, store=None)
    made.provide()
    with made.broker(), made.started("zhendao-gateway", "gateway.toml"):
        yield made


def gateway(site: Site, *words: object) -> tuple[int, str, str]:
    done = subprocess.run(
        command("zhendao-gateway", *words, "--config", site.folder / "gateway.toml"),
        capture_output=True,
        text=True,
        check=False,
        env=ENVIRONMENT,
    )
    return done.returncode, done.stdout, done.stderr


def status(site: Site) -> dict[str, object]:
    code, out, _ = gateway(site, "blocklist", "status", "--json")
    found: dict[str, object] = json.loads(out)
    assert code == (1 if found["behind"] else 0)
    return found


def test_from_the_office_to_the_terminal_and_back(site: Site) -> None:
    code, out, _ = gateway(site, "blocklist", "add", "--token", CARD, "--reason", "lost", "--note", "地铁上", "--json")
    assert code == 0
    first = json.loads(out)["version"]
    with site.started("zhendao-device", "device.toml"):
        wait_until(lambda: status(site)["terminals"] == 1 and status(site)["behind"] == 0)
        second = json.loads(gateway(site, "blocklist", "add", "--uid", "04:A1:B2:C3", "--reason", "lost", "--json")[1])
        assert second["version"] > first
        wait_until(lambda: status(site)["behind"] == 0)
        (terminal,) = status(site)["list"]  # type: ignore[misc]
        assert (terminal["held"], terminal["refused"]) == (second["version"], None)  # type: ignore[index]
    shown = json.loads(site.call("zhendao-device", "blocklist", "show", "--number", CARD, "--config",
                                 site.folder / "device.toml", "--json"))  # fmt: skip
    assert (shown["version"], shown["uids"], shown["blocked"]) == (second["version"], 1, True)
    assert shown["token_ids"] >= 1, "what others of these tests have entered counts too"


def test_a_stick_carries_the_newest_list(site: Site) -> None:
    out = site.folder / "list.zdb"
    assert gateway(site, "blocklist", "add", "--token", "d0" * 16, "--reason", "revoked")[0] == 0
    code, said, _ = gateway(site, "blocklist", "export", "--out", out, "--json")
    assert code == 0
    told = json.loads(site.call("zhendao-device", "blocklist", "load", out, "--config", site.folder / "device.toml",
                                "--json"))  # fmt: skip
    assert told["version"] == json.loads(said)["version"]
    with site.started("zhendao-device", "device.toml"):
        wait_until(lambda: status(site)["behind"] == 0)


def test_to_bar_a_person_takes_three_records(site: Site) -> None:
    words = ("blocklist", "add", "--person", "C001", "--reason", "barred", "--street", "12 号", "--civil", "3 号")
    code, _, said = gateway(site, *words, "--lang", "en")
    assert code == 1
    assert "three records" in said
    assert "Traceback" not in said
    code, _, said = gateway(site, "blocklist", "add", "--person", "nobody", "--reason", "barred", "--street", "1",
                            "--civil", "2", "--police", "3", "--lang", "en")  # fmt: skip
    assert code == 1
    assert "knows no nobody" in said


def test_what_is_taken_off_stays_on_record(site: Site) -> None:
    entry = json.loads(gateway(site, "blocklist", "add", "--token", "e0" * 16, "--reason", "lost", "--json")[1])[
        "entry"
    ]
    code, _, said = gateway(site, "blocklist", "add", "--token", "e0" * 16, "--reason", "lost", "--lang", "en")
    assert (code, f"entry {entry}" in said) == (1, True)
    assert gateway(site, "blocklist", "remove", entry, "--note", "found again")[0] == 0
    assert gateway(site, "blocklist", "remove", entry, "--note", "again", "--lang", "en")[0] == 1
    now, ever = (json.loads(gateway(site, "blocklist", "ls", *more, "--json")[1]) for more in ((), ("--all",)))
    assert entry not in [one["entry"] for one in now]
    (ended,) = [one for one in ever if one["entry"] == entry]
    assert ended["said"] == {"ended": "found again"}
    assert ended["ended_ms"] >= ended["added_ms"]


def test_two_things_at_once_are_wrong_use(site: Site) -> None:
    code, _, said = gateway(site, "blocklist", "add", "--token", CARD, "--uid", "04a1b2c3", "--reason", "lost")
    assert code == 2
    assert said.count("\n") == 1
    assert gateway(site, "blocklist", "add", "--token", "xyz", "--reason", "lost")[0] == 2


def test_nothing_that_was_said_stands_readable_in_the_store(site: Site) -> None:
    for path in Path(site.folder).glob("gateway.db*"):
        assert "地铁上".encode() not in path.read_bytes()
