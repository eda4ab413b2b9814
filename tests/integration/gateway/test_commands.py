"""`zhendao-gateway registry`, `token` and `forward` as a person uses them."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from zhendao.command.run import run
from zhendao.gateway.api.tables import ACCESSES
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.forward import outbox
from zhendao.gateway.forward.dead_letters import Choice, Replayed, replay
from zhendao.gateway.forward.outbox import Owed
from zhendao.gateway.forward.record import Answer, Verdict
from zhendao.gateway.store.conclusions import checks
from zhendao.gateway.store.engine import open_store
from zhendao.gateway.store.sealing import StoreKey, load_store_key

PLATFORM = "http://127.0.0.1:9/records"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "gateway.toml"
    path.write_text(
        f"""
        data_dir = "data"
        store.url = "sqlite:///gateway.db"
        broker.url = "mqtt://127.0.0.1:1883"
        http.listen = "127.0.0.1:0"
        forward = [{{kind = "https", url = "{PLATFORM}"}}]
        """
    )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "护理员.csv").write_text("护理员编号,姓名,联系方式,有效期起\nC1,李婉,13512345678,2026-11-01\n")
    return path


def call(capsys: pytest.CaptureFixture[str], config: Path, *words: str, code: int = 0) -> str:
    assert run(PROGRAM, [*words, "--config", str(config)]) == code
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def said(capsys: pytest.CaptureFixture[str], config: Path, *words: str) -> Any:
    return json.loads(call(capsys, config, *words, "--json"))


def test_a_registry_is_loaded_and_shown_masked(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    source = str(config.parent / "in")
    assert said(capsys, config, "registry", "load", source)["added"] == 1
    assert "未变 1 行" in call(capsys, config, "registry", "load", source, "--lang", "zh")
    tables = said(capsys, config, "registry", "show", "--at", "2026-11-02")["tables"]
    assert tables["caregivers"][0]["name"] == "*婉"
    assert tables["caregivers"][0]["tenant"] == "main"
    shown = call(capsys, config, "registry", "show", "护理员", "--lang", "zh", "--at", "2026-11-02")
    assert "135********" in shown
    assert "李婉" not in shown
    assert "2026-11-01 00:00+08:00" in shown  # when the row begins, as the file says it
    assert said(capsys, config, "registry", "show", "caregivers", "--at", "2026-10-31")["tables"] == {"caregivers": []}


def test_a_registry_is_shown_in_the_words_in_which_it_is_written(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    (config.parent / "in" / "地点.csv").write_text(
        "地点编号,纬度,经度,坐标系,半径,精度,有效期起\nP1,31.1885,121.437,GCJ-02,60,8,2026-11-01\n"
    )
    (config.parent / "in" / "标签.csv").write_text(
        "标签编号,芯片号,角色,持有者编号,有效期起\n,04A1B2C3D4E5F6,门牌,P1,2026-11-01\n"
    )
    call(capsys, config, "registry", "load", str(config.parent / "in"))
    tables = said(capsys, config, "registry", "show", "--at", "2026-11-02")["tables"]
    assert (tables["tokens"][0]["role"], tables["places"][0]["datum"]) == ("door", "gcj-02")
    assert tables["places"][0]["lat_e7"] == "***"
    shown = call(capsys, config, "registry", "show", "--lang", "zh", "--at", "2026-11-02")
    assert all(word in shown for word in ("门牌", "gcj-02"))
    assert not any(word in shown for word in ("31.1885", "121.437"))


def test_a_person_is_found_by_name_and_phone_and_still_shown_masked(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    call(capsys, config, "registry", "load", str(config.parent / "in"))

    def found(*words: str) -> list[str]:
        tables = said(capsys, config, "registry", "show", "--at", "2026-11-02", *words)["tables"]
        assert tables["places"] == []
        return [row["caregiver_id"] + row["name"] for row in tables["caregivers"]]

    assert found("--name", "李婉", "--phone", "13512345678") == ["C1*婉"]
    assert found("--name", "李婉", "--phone", "13500000000") == []
    assert found("--name", "李") == []


def test_a_registry_with_a_fault_is_refused_with_its_place(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    (config.parent / "in" / "护理员.csv").write_text("护理员编号,姓名,有效期起\nC1,,昨天\n")
    told = call(capsys, config, "registry", "load", str(config.parent / "in"), "--lang", "zh", code=1)
    assert told.splitlines()[0] == "护理员.csv，第 2 行，姓名 列：不能为空 → 请填写"
    assert told.splitlines()[-1] == "共 2 处错误，登记未作任何更改"


@pytest.mark.parametrize(
    "words",
    [
        ("registry", "show", "nothing"),
        ("registry", "show", "--at", "someday"),
        ("registry", "show", "--time-zone", "Atlantis"),
        ("token", "new", "--role", "king"),
    ],
)
def test_wrong_use_is_told(capsys: pytest.CaptureFixture[str], config: Path, words: tuple[str, ...]) -> None:
    assert len(call(capsys, config, *words, code=2).splitlines()) == 1


def test_tokens_are_made_listed_and_revoked(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    made = said(capsys, config, "token", "new", "--role", "viewer", "--label", "街道大屏")
    assert made["token"].startswith(f"zdt_{made['id']}_")
    assert call(capsys, config, "token", "new", "--role", "admin").startswith("zdt_")
    call(capsys, config, "token", "revoke", made["id"])
    viewer, admin = said(capsys, config, "token", "ls")
    assert (viewer["label"], viewer["role"], admin["revoked_ms"]) == ("街道大屏", "viewer", None)
    assert viewer["revoked_ms"] is not None
    assert made["token"].split("_", 2)[2] not in call(capsys, config, "token", "ls")
    assert "token ls" in call(capsys, config, "token", "revoke", "000000000000", code=1)


def test_dead_letters_are_listed_with_reasons_and_revived(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    assert said(capsys, config, "forward", "ls")[0]["waiting"] == 0
    store = open_store(f"sqlite:///{config.parent}/gateway.db")
    with store.writing() as connection:
        outbox.enqueue_many(connection, StoreKey(bytes(32)), [Owed("visit", "v1", 1, {})], 1)
        owed = outbox.waiting(connection, PLATFORM, 1)
        outbox.settle(connection, PLATFORM, [(owed[0], Answer(Verdict.REFUSED, "refused", "no such elder"), 1)], 0)
    store.close()
    (platform,) = said(capsys, config, "forward", "ls")
    assert (platform["dead"], platform["letters"][0]["reason"]) == (1, "no such elder")
    assert "no such elder" in call(capsys, config, "forward", "ls")
    assert "register it there" in platform["letters"][0]["explained"]
    assert "平台不认识" in call(capsys, config, "forward", "ls", "--lang", "zh")
    number = str(platform["letters"][0]["id"])
    assert said(capsys, config, "forward", "replay", "--saying", "elder", "--dry-run") == {PLATFORM: 1}
    assert said(capsys, config, "forward", "replay", "--saying", "clock") == {PLATFORM: 0}
    assert "it is not said which" in call(capsys, config, "forward", "replay", code=2)
    assert "name no platform x" in call(capsys, config, "forward", "replay", "--to", "x", code=2)
    assert said(capsys, config, "forward", "replay", number, "--why", "registered") == {PLATFORM: 1}
    assert said(capsys, config, "forward", "ls")[0]["waiting"] == 1
    (stands,) = said(capsys, config, "forward", "show", number)["platforms"]
    assert (stands["state"], stands["refusals"][0]["why"]) == ("waiting", "registered")
    assert "then replayed" in call(capsys, config, "forward", "show", number)
    assert said(capsys, config, "forward", "revive") == {PLATFORM: 0}
    assert "there is no record 99" in call(capsys, config, "forward", "show", "99", code=1)


def test_what_was_refused_for_now_is_listed_with_its_reason_though_it_goes_again_by_itself(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    said(capsys, config, "forward", "ls")
    store = open_store(f"sqlite:///{config.parent}/gateway.db")
    with store.writing() as connection:
        owed = [Owed("visit", name, 1, {}) for name in ("v1", "v2", "v3")]
        outbox.enqueue_many(connection, StoreKey(bytes(32)), owed, 1)
        for number in (1, 2):
            *_, last = outbox.waiting(connection, PLATFORM, 3)
            refusal = Answer(Verdict.ANEW, "refused", f"client not found, {number}")
            outbox.settle(connection, PLATFORM, [(last, refusal, number)], 5)
            replay(connection, PLATFORM, Choice([last.id]), Replayed("", "", 5))
    store.close()
    (platform,) = said(capsys, config, "forward", "ls")
    assert (platform["waiting"], platform["dead"], platform["letters"]) == (3, 0, [])
    (again,) = platform["again"]
    assert (again["key"], again["replay"], again["reason"]) == ("v3", 2, "client not found, 2")
    assert "by itself" in again["explained"]
    assert "client not found, 2" in call(capsys, config, "forward", "ls")
    assert "自动再送" in call(capsys, config, "forward", "ls", "--lang", "zh")
    assert said(capsys, config, "forward", "ls", "--saying", "clock")[0]["again"] == []
    assert said(capsys, config, "forward", "ls", "--type", "meal")[0]["again"] == []


def test_what_a_forwarded_record_says_is_shown_when_asked_for_and_logged(
    capsys: pytest.CaptureFixture[str], config: Path
) -> None:
    store = open_store(f"sqlite:///{config.parent}/gateway.db")
    said(capsys, config, "forward", "ls")
    with store.writing() as connection:
        outbox.enqueue_many(
            connection,
            load_store_key(config.parent / "data" / "keys" / "store.key"),
            [Owed("visit", "v1", 1, {"elder": "E7"})],
            1,
        )
    assert "E7" not in call(capsys, config, "forward", "show", "1")
    assert "E7" in call(capsys, config, "forward", "show", "1", "--content")
    with store.reading() as connection:
        (access,) = connection.execute(select(ACCESSES.c.resource, ACCESSES.c.filters))
    store.close()
    assert (access.resource, access.filters.endswith("&id=1")) == ("forward", True)


def test_a_replay_tells_whether_conclusions_follow_from_facts(capsys: pytest.CaptureFixture[str], config: Path) -> None:
    assert said(capsys, config, "replay") == []
    assert "the same again" in call(capsys, config, "replay")
    store = open_store(f"sqlite:///{config.parent}/gateway.db")
    with store.writing() as connection:
        row = {"device": bytes(16), "lane": bytes(16), "epoch": bytes(16), "h": bytes(32), "boot_id": bytes(16)}
        connection.execute(insert(checks).values(**row, seq=1, kind=3))
    store.close()
    assert run(PROGRAM, ["replay", "--config", str(config), "--json"]) == 1
    (difference,) = json.loads(capsys.readouterr().out)
    assert (difference["table"], difference["again"]) == ("checks", None)
