"""Each way as its receiver wants it: what is posted, and what every answer means. rule: REMIND."""

import base64
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from zhendao.gateway.outward.answers import Response, Verdict
from zhendao.gateway.reminders.errors import ReminderError
from zhendao.gateway.reminders.settings import ChannelTable
from zhendao.gateway.reminders.ways.dingtalk import DingTalk, sign
from zhendao.gateway.reminders.ways.making import make_way
from zhendao.gateway.reminders.ways.provider import Provider, read_provider
from zhendao.gateway.reminders.ways.way import Letter
from zhendao.gateway.reminders.ways.wecom import WeCom

URL = "https://bot.example/send"
LETTER = Letter("id1", "打卡提醒", "＊婉", phones=("13612345678",))
TEXT = Letter("id1", "", '请"打卡"', "13612345678", parts={"name": "李*", "time": "09:30"})


def answered(body: Any, status: int = 200, retry_after: str = "") -> Response:
    return Response(status, retry_after, body if isinstance(body, bytes) else json.dumps(body).encode())


def test_dingtalk_signs_the_time_under_the_secret_and_escapes_it() -> None:
    request = DingTalk(URL, "t/oken", "SEC+1", mention=True).request(LETTER, 1_790_000_000_123)
    asked = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query, strict_parsing=True).items()}
    mac = hmac.new(b"SEC+1", b"1790000000123\nSEC+1", hashlib.sha256).digest()
    assert asked == {"access_token": "t/oken", "timestamp": "1790000000123", "sign": base64.b64encode(mac).decode()}
    assert "+" not in urlsplit(request.url).query
    body = json.loads(request.body)
    assert body["markdown"] == {"title": "打卡提醒", "text": "＊婉\n\n@13612345678"}
    assert body["at"] == {"atMobiles": ["13612345678"], "isAtAll": False}


def test_dingtalks_signature_is_the_one_that_its_manual_tells_of() -> None:
    # Computed apart, by openssl dgst -sha256 -hmac, of the manual's own example of a secret.
    assert sign("this is secret", 1_577_808_000_000) == SIGNED


SIGNED = "ijHEivi6YiCNPZOq4hZstmvZ3sPfbioAiMhP30ae7W0="


def test_wecom_mentions_in_a_text_alone() -> None:
    marked = WeCom(URL, "k e", mention=False).request(Letter("i", "t", "＊婉"), 0)
    assert marked.url == f"{URL}?key=k%20e"
    assert json.loads(marked.body) == {"msgtype": "markdown", "markdown": {"content": "＊婉"}}
    text = WeCom(URL, "k", mention=True).request(LETTER, 0)
    said = {"content": "＊婉", "mentioned_mobile_list": ["13612345678"]}
    assert json.loads(text.body) == {"msgtype": "text", "text": said}


@pytest.mark.parametrize(
    ("code", "verdict", "asked_ms", "unsure"),
    [
        (0, Verdict.TAKEN, 0, False),
        (130101, Verdict.FAILED, 600_000, False),
        (410100, Verdict.FAILED, 600_000, False),
        (310000, Verdict.REFUSED, 0, False),
        (300005, Verdict.REFUSED, 0, False),
        (-1, Verdict.FAILED, 0, True),
        (777777, Verdict.FAILED, 0, True),
    ],
)
def test_what_dingtalk_means(code: int, verdict: Verdict, asked_ms: int, unsure: bool) -> None:  # noqa: FBT001
    found = DingTalk(URL, "t", "s", mention=False).read(answered({"errcode": code, "errmsg": "said"}))
    assert (found.verdict, found.asked_ms, found.unsure) == (verdict, asked_ms, unsure)
    assert found.detail == f"errcode {code} said"


@pytest.mark.parametrize(
    ("response", "verdict", "unsure"),
    [
        (answered({"errcode": 0, "errmsg": "ok"}), Verdict.TAKEN, False),
        (answered({"errcode": 45009, "errmsg": "api freq out of limit"}), Verdict.FAILED, False),
        (answered({"errcode": 93000}), Verdict.REFUSED, False),
        (answered({"errcode": 40058}), Verdict.REFUSED, False),
        (answered(b"<html>"), Verdict.FAILED, True),
        (answered([]), Verdict.FAILED, True),
        (answered({"errcode": "0"}), Verdict.FAILED, True),
        (answered({"errcode": True}), Verdict.FAILED, True),
        (answered(b"", 500), Verdict.FAILED, True),
        (answered(b"", 503), Verdict.FAILED, True),
        (answered(b"", 503, "5"), Verdict.FAILED, False),
        (answered(b"", 429), Verdict.FAILED, False),
        (answered({"errcode": 0}, 302), Verdict.FAILED, True),
    ],
)
def test_what_wecom_means(response: Response, verdict: Verdict, unsure: bool) -> None:  # noqa: FBT001
    found = WeCom(URL, "k", mention=False).read(response)
    assert (found.verdict, found.unsure) == (verdict, unsure)


def test_the_plain_provider_is_the_interface_that_alerts_use(tmp_path: Path) -> None:
    way = Provider(read_provider("plain", tmp_path), URL, "secret")
    request = way.request(TEXT, 0)
    assert way.once
    assert request.headers == {"Authorization": "Bearer secret", "Idempotency-Key": "id1"}
    assert json.loads(request.body) == {"id": "id1", "to": "13612345678", "text": '请"打卡"'}
    assert way.read(answered({"status": "accepted"})).verdict is Verdict.TAKEN
    assert way.read(answered({}, 422)).verdict is Verdict.REFUSED


def test_yunpian_is_a_form_and_its_code_counts(tmp_path: Path) -> None:
    way = Provider(read_provider("yunpian", tmp_path), URL, "k&y")
    request = way.request(TEXT, 0)
    assert parse_qs(request.body.decode()) == {
        "apikey": ["k&y"], "mobile": ["13612345678"], "text": ['请"打卡"'], "uid": ["id1"],
    }  # fmt: skip
    assert request.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    assert not way.once
    assert way.read(answered({"code": 0, "msg": "发送成功"})).verdict is Verdict.TAKEN
    assert way.read(answered({"code": 22, "msg": "too often"}, 400)).verdict is Verdict.REFUSED
    assert way.read(answered(b"ok")).unsure


def test_a_provider_with_templates_of_its_own_gets_their_parts_and_cannot_be_broken_out_of(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(
        'form = "json"\nonce = false\n[fields]\nto = "${phone}"\ncode = "SMS_1"\n'
        '[fields.params]\nname = "${name}"\ntime = "${time}"\n[answer]\nfield = "Code"\n'
        'taken = ["OK"]\nsoon = ["busy"]\n',
        "utf-8-sig",  # as editors of Windows save it
    )
    way = Provider(read_provider("own.toml", tmp_path), URL, "")
    letter = Letter("i", "", "", "1", parts={"name": '","to":"2', "time": "09:30"})
    params = {"name": '","to":"2', "time": "09:30"}
    assert json.loads(way.request(letter, 0).body) == {"to": "1", "code": "SMS_1", "params": params}
    assert way.read(answered({"Code": "OK"})).verdict is Verdict.TAKEN
    busy = way.read(answered({"Code": "busy"}))
    assert (busy.verdict, busy.unsure) == (Verdict.FAILED, False)
    assert way.read(answered({"Code": "no"})).verdict is Verdict.REFUSED


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('once = true\n[fields]\nto = "${phone}"', "form"),
        ('form = "json"\nonce = false\n[fields]\nto = "${phnoe} ${text}"', "phnoe"),
        ('form = "json"\nonce = false\n[fields]\ntext = "${text}"', "${phone}"),
        ('form = "json"\nonce = false\n[fields]\nto = "${phone}"', "${text}"),
        ('form = "json"\nonce = true\n[fields]\nto = "${phone} ${text}"', "${id}"),
        ('form = "json"\nonce = false\n[fields]\nto = "${phone} ${text}"\n[answer]\nfield = "code"', "go together"),
        ('form = "json"\nonce = false\nmore = 1\n[fields]\nto = "${phone} ${text}"', "more"),
        ("form", "TOML"),
    ],
)
def test_a_providers_file_is_refused_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "own.toml").write_text(text)
    with pytest.raises(ReminderError) as caught:
        read_provider("own.toml", tmp_path)
    assert words in caught.value.what.en


def test_a_secret_comes_out_of_its_file_and_must_be_one(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("abc\n")
    (tmp_path / "secret").write_text("SEC1\n")
    table = ChannelTable("d", "dingtalk", token_file=tmp_path / "token", secret_file=tmp_path / "secret")
    way, secrets = make_way(table, tmp_path)
    assert secrets == ("abc", "SEC1")
    assert way.request(LETTER, 0).url.startswith("https://oapi.dingtalk.com/robot/send?access_token=abc&")
    (tmp_path / "secret").write_text("")
    with pytest.raises(ReminderError, match="must hold one token"):
        make_way(table, tmp_path)
