"""Six digits, a terminal and a day: what the gateway says of them to anybody, so often and no more."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.event import listen

from samples.alarmed import Alarmed
from samples.registered import register
from samples.site import NOW_MS, Authority, Site, Terminal
from samples.taps import check
from zhendao.command.web import Reply
from zhendao.gateway.evidence import interface, receipts
from zhendao.gateway.evidence.interface import BURST, WRONG
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.record import Answer, Verdict
from zhendao.protocol.batch import encode_batch
from zhendao.protocol.carried import pack
from zhendao.protocol.receipt import receipt_code
from zhendao.protocol.vocabulary import Direction
from zhendao.verifier.cli import main

HOUR = 3_600_000
DAY = datetime.fromtimestamp(NOW_MS / 1000, UTC).astimezone(timezone(timedelta(hours=8))).date().isoformat()


@pytest.fixture
def line(tmp_path: Path) -> Iterator[tuple[Alarmed, Terminal]]:
    site = Site(tmp_path, Authority())
    made = site.authority.terminal()
    register(site, made.device)
    made.add(check(Direction.IN), wall_ms=NOW_MS - HOUR)
    made.add(check(Direction.OUT, 2), wall_ms=NOW_MS, mono_ns=3_602 * 10**9)
    with Alarmed(site).running() as running:
        running.take(made.message(1, 2))
        yield running, made
    site.store.close()


def code(line: Terminal, seq: int) -> str:
    return receipt_code(line.suite, line.heads[seq])


def asked(line: Terminal, url: str, seq: int, *more: str) -> list[str]:
    return ["receipt", code(line, seq), "--terminal", line.device.hex(), "--date", DAY, "--url", url, *more]


def told(capsys: pytest.CaptureFixture[str]) -> Any:
    return json.loads(capsys.readouterr().out)


def test_it_is_here_then_complete_then_accepted(
    line: tuple[Alarmed, Terminal], capsys: pytest.CaptureFixture[str]
) -> None:
    office, terminal = line
    assert main(asked(terminal, office.url, 2, "--json")) == 0
    (item,) = told(capsys)["items"]
    assert (item["kind"], item["visit"], item["platform"]) == ("check", "open", "waiting")
    assert main(asked(terminal, office.url, 3, "--lang", "zh")) == 1
    assert "仍在终端里" in capsys.readouterr().out
    office.take(terminal.message(3, 3))
    with office.site.store.writing() as connection:
        owed = outbox.waiting(connection, "platform", 100)
        outbox.settle(connection, "platform", [(one, Answer(Verdict.TAKEN, "accepted"), 1) for one in owed], NOW_MS)
    assert main(asked(terminal, office.url, 3, "--lang", "zh")) == 0
    assert "上门已完成；平台已接收" in capsys.readouterr().out


@pytest.mark.parametrize(
    "told",
    ["[]", "{}", '{"items": {}}', '{"items": [1]}',
     '{"items": [{"kind": "\\n", "received_ms": 1, "visit": null, "platform": null}]}',
     '{"items": [{"kind": "check", "received_ms": 1e400, "visit": null, "platform": null}]}',
     '{"items": [{"kind": "check", "received_ms": 1, "visit": ["x"], "platform": null}]}',
     '{"items": [{"kind": "check", "received_ms": 1, "visit": "x", "platform": null}]}', "<html>"],
)  # fmt: skip
def test_whatever_answers_is_a_gateway_or_is_said_to_be_none(
    told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("zhendao.command.web.Web.get", lambda *_: Reply(200, told.encode()))
    words = ["receipt", "123456", "--terminal", "00" * 16, "--date", DAY, "--url", "https://gateway.example"]
    assert main(words) == 1
    assert "other side" in capsys.readouterr().err


def test_another_day_or_terminal_finds_nothing(line: tuple[Alarmed, Terminal]) -> None:
    office, terminal = line
    url = f"{office.url}/api/v1/receipts/{code(terminal, 2)}"
    for device, day in ((terminal.device.hex(), "2026-01-01"), ("00" * 16, DAY)):
        answer = httpx.get(url, params={"device": device, "day": day}, timeout=60)
        assert (answer.status_code, answer.json()) == (200, {"here": False, "items": []})


def test_who_guesses_is_slowed_down(line: tuple[Alarmed, Terminal]) -> None:
    office, terminal = line
    params = {"device": terminal.device.hex(), "day": DAY}
    said = [
        httpx.get(f"{office.url}/api/v1/receipts/{number:06}", params=params, timeout=60) for number in range(BURST + 2)
    ]
    assert [one.status_code for one in said].count(429) >= 1
    assert said[-1].json()["error"]["code"] == "too-often"


def test_whoever_guesses_together_finds_nothing_of_one_terminal(
    line: tuple[Alarmed, Terminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    office, terminal = line
    addresses = (f"192.0.2.{number}" for number in range(256))
    monkeypatch.setattr(interface, "knocker", lambda _host: next(addresses))

    def asked_for(said: str, device: bytes) -> int:
        params = {"device": device.hex(), "day": DAY}
        return httpx.get(f"{office.url}/api/v1/receipts/{said}", params=params, timeout=60).status_code

    good = code(terminal, 2)
    guesses = [one for number in range(WRONG + 3) if (one := f"{number:06}") != good]
    assert asked_for(good, terminal.device) == 200
    assert [asked_for(one, terminal.device) for one in guesses].count(200) in {WRONG, WRONG + 1}
    assert asked_for(good, terminal.device) == 429
    assert asked_for(good, bytes(16)) == 200


def test_of_a_terminal_with_many_events_none_is_read_but_what_has_a_receipt(line: tuple[Alarmed, Terminal]) -> None:
    office, terminal = line
    queries: list[tuple[str, Any]] = []
    with office.site.store.reading() as connection:
        listen(connection, "before_cursor_execute", lambda *said: queries.append((said[2], said[3])))
        assert receipts.find(connection, terminal.device, "000000", NOW_MS) == []
        plans = [connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {said}", values).all() for said, values in queries[:]]
    said = " ".join(row[3] for plan in plans for row in plan)
    assert "SCAN" not in said
    assert "INDEX ix_events_boot (device=? AND boot_id=? AND kind=?)" in said


def test_a_carried_journal_answers_without_a_network(
    line: tuple[Alarmed, Terminal], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, terminal = line
    journal = tmp_path / "journal.zdj"
    journal.write_bytes(b"".join(pack(encode_batch(terminal.batch(seq, seq))) for seq in (1, 2, 3)))
    assert main(["receipt", code(terminal, 3), "--journal", str(journal), "--json"]) == 0
    assert told(capsys)["items"] == [{"device": terminal.device.hex(), "epoch": terminal.epoch.hex(), "seq": 3}]
    journal.write_bytes(b"\x41\x00")
    assert main(["receipt", code(terminal, 3), "--journal", str(journal)]) == 2
    assert main(["receipt", "12345", "--journal", str(journal)]) == 2
