"""The bots take what the gateway posts, and nothing that the platforms would not. rule: REMIND."""

import json
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from zhendao.gateway.reminders.message import Moment, Person, to_group
from zhendao.gateway.reminders.ways.dingtalk import DingTalk
from zhendao.gateway.reminders.ways.way import Letter, Request, Way
from zhendao.gateway.reminders.ways.wecom import WeCom
from zhendao.gateway.reminders.wording import words_of
from zhendao.simulators.groups.bots import HOUR_MS, MINUTE_MS, SILENCE_MS, DingTalkBot, WeComBot

NOW = 1_793_583_000_000
JSON = "application/json; charset=utf-8"
LETTER = Letter("i", "打卡提醒", "＊婉", phones=("13612345678", "13712345678"))


def posted(bot: Any, request: Request, now_ms: int = NOW, kind: str = JSON) -> int:
    query = {name: values[0] for name, values in parse_qs(urlsplit(request.url).query).items()}
    code: int = bot.take(query, kind, request.body, now_ms)[0]
    return code


def dingtalk(token: str = "t", secret: str = "SEC+/=", *, mention: bool = True) -> DingTalk:  # noqa: S107
    return DingTalk("https://bot.example/robot/send", token, secret, mention=mention)


def test_dingtalk_takes_a_signature_of_the_hour_and_no_other() -> None:
    bot = DingTalkBot("t", "SEC+/=")
    for late_ms, code in ((0, 0), (HOUR_MS, 0), (-HOUR_MS, 0), (HOUR_MS + 1, 310000), (-HOUR_MS - 1, 310000)):
        assert posted(bot, dingtalk().request(LETTER, NOW - late_ms)) == code
    assert posted(bot, dingtalk(secret="other").request(LETTER, NOW)) == 310000
    assert posted(bot, dingtalk(token="x").request(LETTER, NOW)) == 300005
    assert posted(bot, Request("https://bot.example/?x=1", {}, b"{}")) == 40035
    assert posted(bot, dingtalk().request(LETTER, NOW), kind="text/plain") == 43004
    assert bot.shown[0].mentions == ("13612345678", "13712345678")
    assert bot.shown[0].title == "打卡提醒"
    assert len(bot.shown) == 3


def test_dingtalk_wants_its_key_words_and_says_no_to_what_is_too_long_or_unknown() -> None:
    request = dingtalk().request(LETTER, NOW)
    assert posted(DingTalkBot("t", "SEC+/=", ("提醒",)), request) == 0
    assert posted(DingTalkBot("t", "SEC+/=", ("报警",)), request) == 310000
    assert posted(DingTalkBot("t", "SEC+/="), dingtalk().request(Letter("i", "t", "长" * 7_000), NOW)) == 460101
    for body in (b"", b"[]", b'{"msgtype":"link"}', b'{"msgtype":"markdown","markdown":{"text":"x"}}'):
        code = posted(DingTalkBot("t", "SEC+/="), Request(request.url, {}, body))
        assert code in {400105, 40035}


def test_who_speaks_too_fast_is_silent_for_ten_minutes_at_dingtalk_and_until_there_is_room_at_wecom() -> None:
    bot, other = DingTalkBot("t", "SEC+/="), WeComBot("k")
    wecom = WeCom("https://bot.example", "k", mention=False)
    assert [posted(bot, dingtalk().request(LETTER, NOW)) for _ in range(21)] == [0] * 20 + [130101]
    assert [posted(other, wecom.request(LETTER, NOW)) for _ in range(21)] == [0] * 20 + [45009]
    assert posted(bot, dingtalk().request(LETTER, NOW), NOW + MINUTE_MS) == 130101
    assert posted(other, wecom.request(LETTER, NOW), NOW + MINUTE_MS) == 0
    assert posted(bot, dingtalk().request(LETTER, NOW), NOW + SILENCE_MS) == 0


def test_wecom_takes_markdown_of_4096_bytes_a_text_of_2048_and_its_own_key() -> None:
    bot = WeComBot("k")
    marked, text = (WeCom("https://bot.example", "k", mention=one) for one in (False, True))
    assert posted(bot, marked.request(Letter("i", "", "a" * 4_096), NOW)) == 0
    assert posted(bot, marked.request(Letter("i", "", "a" * 4_097), NOW)) == 40058
    assert posted(bot, text.request(Letter("i", "", "a" * 2_048, phones=("1",)), NOW)) == 0
    assert posted(bot, text.request(Letter("i", "", "a" * 2_049), NOW)) == 40058
    assert posted(bot, WeCom("https://bot.example", "x", mention=False).request(LETTER, NOW)) == 93000
    assert posted(bot, Request("https://bot.example?key=k", {}, json.dumps({"msgtype": "x"}).encode())) == 40008
    assert [one.mentions for one in bot.shown] == [(), ("1",)]


@pytest.mark.parametrize("how", ["masked", "whole"])
@pytest.mark.parametrize("mention", [False, True])
def test_a_thousand_people_are_told_in_messages_that_both_take(how: str, mention: bool) -> None:  # noqa: FBT001
    words = words_of("zh", None)
    people = [
        Person(n, f"C{n}", "欧阳建国", f"137{n:08}", f"O{n // 40}", f"徐汇区第{n // 40}照料中心", "station")
        for n in range(1_000)
    ]
    ways: list[tuple[Way, Any]] = [
        (dingtalk(mention=mention), DingTalkBot("t", "SEC+/=")),
        (WeCom("https://bot.example", "k", mention=mention), WeComBot("k")),
    ]
    for way, bot in ways:
        assert way.form is not None
        at_ms = NOW
        for part in to_group(words, people, Moment("11月2日", "09:30"), how, way.form):
            phones = tuple(one.phone or "" for one in part.people) if mention else ()
            at_ms += 4_000  # in its pace
            assert posted(bot, way.request(Letter("i", part.title, part.text, phones=phones), at_ms), at_ms) == 0
