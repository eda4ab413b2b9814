"""`zhendao-gateway judge` as a person uses it: two files in, one out, the same bytes however the facts came."""

import json
from pathlib import Path
from random import Random
from typing import Any

import pytest

from samples.witnessed import DEVICE, HOUR_S, MINUTE_S, Witness, line_of
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM


@pytest.fixture
def registry(tmp_path: Path) -> Path:
    folder = tmp_path / "登记"
    folder.mkdir()
    tables = {
        "地点": "地点编号,纬度,经度,坐标系,半径,精度,有效期起\nP1,31.1886,121.4365,WGS-84,60,10,2026-01-01\n",
        "老人": "老人编号,姓名,地点编号,有效期起\nE1,王秀兰,P1,2026-01-01\n",
        "护理员": "护理员编号,姓名,有效期起\nC1,李婉,2026-01-01\n",
        "标签": f"芯片号,角色,持有者编号,有效期起\n{b'card-one'.hex()},护理员,C1,2026-01-01\n",
        "终端": f"终端编号,安放方式,地点编号,老人编号,有效期起\n{DEVICE.hex()},居家,P1,E1,2026-01-01\n",
        "服务项目": "服务代码,最短时长,最长时长,有效期起\n助浴,30分钟,90分钟,2026-01-01\n",
        "服务安排": "老人编号,护理员编号,服务代码,有效期起\nE1,C1,助浴,2026-01-01\n",
    }
    for name, text in tables.items():
        (folder / f"{name}.csv").write_text(text, "utf-8")
    return folder


@pytest.fixture
def lines() -> list[bytes]:
    home = Witness()
    home.come(0)
    home.leave(40 * MINUTE_S, 1)
    home.come(5 * HOUR_S)
    return [line_of(fact) for fact in home.facts]


def judged(registry: Path, lines: list[bytes], *more: str) -> bytes:
    events, out = registry.parent / "events.jsonl", registry.parent / "out.json"
    events.write_bytes(b"".join(lines))
    words = ["judge", "--registry", str(registry), "--events", str(events), "--json", str(out), *more]
    assert run(PROGRAM, words) == 0
    return out.read_bytes()


def kinds(result: bytes) -> list[str]:
    found: dict[str, Any] = json.loads(result)
    return [one["kind"] for one in found["findings"]]


def test_facts_and_a_registry_become_visits(registry: Path, lines: list[bytes]) -> None:
    result = judged(registry, lines)
    found = json.loads(result)
    assert [(one["state"], one["elder_id"], one["caregiver_id"], one["service"]) for one in found["visits"]] == [
        ("closed", "E1", "C1", "助浴"),
        ("open", "E1", "C1", "助浴"),
    ]
    assert found["events"] == 3
    assert [(one["caregiver_id"], one["service"], one["seconds"]) for one in found["hours"]] == [("C1", "助浴", 2_400)]
    assert [found[name] for name in ("per_10k", "shortfalls", "overdue", "supply")] == [[], [], [], []]
    Random(3).shuffle(lines)
    assert judged(registry, lines + lines) == result


def test_a_policy_asks_what_if(registry: Path, lines: list[bytes]) -> None:
    policy = registry.parent / "strict.toml"
    policy.write_text('[[service]]\ncode = "助浴"\nmin_s = 2700\n', "utf-8")
    assert kinds(judged(registry, lines)) == []
    assert kinds(judged(registry, lines, "--policy", str(policy))) == ["short"]


def test_open_visits_are_judged_as_of_a_moment(registry: Path, lines: list[bytes]) -> None:
    assert kinds(judged(registry, lines, "--as-of", "2026-09-22 14:29")) == []
    assert kinds(judged(registry, lines, "--as-of", "2026-09-22 14:31")) == ["no_out"]


def test_corrections_are_computed_with(registry: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]) -> None:
    when = ("--as-of", "2026-09-22 15:00")
    before = judged(registry, lines, *when)
    second = json.loads(before)["visits"][1]
    seen = {"begin_ms": second["in"]["at_ms"], "end_ms": None}
    one = {
        "number": 1, "state": "approved", "visit_id": second["visit_id"], "seen": seen,
        "begin_ms": None, "end_ms": seen["begin_ms"] + HOUR_S * 1000, "reason": "no_check_out",
    }  # fmt: skip
    file = registry.parent / "corrections.jsonl"
    file.write_text(json.dumps(one), "utf-8")
    after = judged(registry, lines, *when, "--corrections", str(file))
    assert (kinds(before), kinds(after)) == (["no_out"], [])
    file.write_text(json.dumps(one | {"state": "withdrawn"}), "utf-8")
    assert judged(registry, lines, *when, "--corrections", str(file)) == before
    file.write_text("{}", "utf-8")
    words = ["judge", "--registry", str(registry), "--events", str(registry.parent / "events.jsonl"), "--lang", "en"]
    assert run(PROGRAM, [*words, "--corrections", str(file)]) == 1
    assert "line 1 is no correction" in capsys.readouterr().err


def test_what_is_wrong_is_told_in_a_line(
    registry: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    events = registry.parent / "events.jsonl"
    events.write_bytes(lines[0] + b"{}\n")
    words = ["judge", "--registry", str(registry), "--events", str(events), "--lang", "en"]
    assert run(PROGRAM, words) == 1
    assert "line 2 is no fact" in capsys.readouterr().err
    assert run(PROGRAM, [*words[:3], "--events", str(registry.parent / "none"), "--lang", "en"]) == 2
    assert "cannot be opened" in capsys.readouterr().err
    policy = registry.parent / "wrong.toml"
    policy.write_text("[visits]\nminimum = 3\n")
    assert run(PROGRAM, [*words, "--policy", str(policy)]) == 2
    assert "is not a setting" in capsys.readouterr().err


def test_without_a_file_to_write_what_there_is_is_shown(
    registry: Path, lines: list[bytes], capsys: pytest.CaptureFixture[str]
) -> None:
    (registry.parent / "events.jsonl").write_bytes(b"".join(lines))
    words = ["judge", "--registry", str(registry), "--events", str(registry.parent / "events.jsonl"), "--lang", "zh"]
    assert run(PROGRAM, words) == 0
    assert "上门记录 2 条（closed 1, open 1）" in capsys.readouterr().out
