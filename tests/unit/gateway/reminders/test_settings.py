"""`[[remind]]`: what is missing or does not go together is told, one line each, before anything is opened."""

from pathlib import Path

import pytest

from zhendao.command.errors import SettingsError
from zhendao.command.run import run
from zhendao.gateway.cli import PROGRAM
from zhendao.gateway.config import GatewayConfig, read_config

BASE = (
    'data_dir = "data"\nstore.url = "sqlite:///g.db"\nbroker.url = "mqtt://127.0.0.1:1883"\n'
    'http.listen = "127.0.0.1:0"\n'
)
GOOD = """
[[remind]]
name = "全区"
at = ["14:00", "09:30"]
[[remind.channel]]
name = "短信"
kind = "sms"
url = "https://sms.example/send"
token_file = "sms.token"
[[remind.channel]]
name = "钉钉群"
kind = "dingtalk"
token_file = "d.token"
secret_file = "d.secret"
"""


def read(folder: Path, text: str) -> GatewayConfig:
    (folder / "gateway.toml").write_text(BASE + text)
    return read_config(folder / "gateway.toml")


def test_little_is_needed_and_the_rest_is_as_documented(tmp_path: Path) -> None:
    (plan,) = read(tmp_path, GOOD).remind
    assert plan.at == (570, 840)
    assert (plan.quiet, plan.most_a_day, plan.apart_min, plan.days) == ("21:00-07:00", 2, 120, 0b001_1111)
    sms, bot = plan.channel
    assert (sms.pace, bot.pace, bot.names) == (600, 20, "masked")
    assert bot.target == "https://oapi.dingtalk.com/robot/send"
    assert read(tmp_path, "").remind == ()


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ('at = ["14:00", "09:30"]', 'at = ["9:30"]', "times of day"),
        ('at = ["14:00", "09:30"]', 'at = ["09:30", "09:30"]', "times of day"),
        ('at = ["14:00", "09:30"]', "at = []", "times of day"),
        ('name = "全区"', 'name = "全区"\nquiet = "all day"', "quiet cannot be all day"),
        ('name = "全区"', 'name = "全区"\nquiet = "21"', "quiet must be hours"),
        ('name = "全区"', 'name = "全区"\ndays = "never"', "days must be days"),
        ('name = "全区"', 'name = "全区"\nregions = []', "regions must be a list"),
        ('url = "https://sms.example/send"', "", "sms needs url"),
        ('url = "https://sms.example/send"', 'url = "http://sms.example/send"', "loopback"),
        ('token_file = "d.token"', "", "dingtalk needs token_file"),
        ('secret_file = "d.secret"', "", "secret_file belongs to dingtalk"),
        ('name = "钉钉群"', 'name = "短信"', "name is there twice"),
        ('name = "钉钉群"', 'name = "钉钉群"\nnames = "whole"', "viewer may not"),
        ('name = "钉钉群"', 'name = "钉钉群"\nmention = true', "viewer may not"),
        ('name = "钉钉群"', 'name = "钉钉群"\na_minute = 21', "20 a minute at most"),
        ('name = "钉钉群"', 'name = "钉钉群"\nprovider = "x"', "provider is for sms"),
        ('name = "短信"', 'name = "短信"\nmention = true\nrole = "admin"', "mention is for bots"),
    ],
)
def test_each_fault_has_its_line(tmp_path: Path, before: str, after: str, words: str) -> None:
    assert before in GOOD
    with pytest.raises(SettingsError) as caught:
        read(tmp_path, GOOD.replace(before, after))
    assert words in caught.value.what.en


def test_whole_names_are_for_a_group_whose_role_may_see_them(tmp_path: Path) -> None:
    (plan,) = read(tmp_path, GOOD.replace('name = "钉钉群"', 'name = "钉钉群"\nnames = "whole"\nrole = "admin"')).remind
    assert plan.channel[1].names == "whole"


def test_a_plan_without_a_channel_is_none(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"\[\[remind\.channel\]\] is missing"):
        read(tmp_path, '[[remind]]\nname = "x"\nat = ["09:30"]\n')


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("words.toml", 'sms = "${time} https://a.example"', "has a link"),
        ("provider.toml", 'form = "json"', "once"),
        ("sms.token", "two words", "must hold one token"),
    ],
)
def test_a_gateway_does_not_start_with_words_or_files_that_are_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str, text: str, words: str
) -> None:
    for one in ("sms.token", "d.token", "d.secret"):
        (tmp_path / one).write_text("x\n")
    (tmp_path / "words.toml").write_text('sms = "${time}"')
    plain = 'form = "json"\nonce = false\n[fields]\nto = "${phone}"\ntext = "${text}"\n'
    (tmp_path / "provider.toml").write_text(plain)
    (tmp_path / name).write_text(text)
    own = GOOD.replace('name = "全区"', 'name = "全区"\nwords = "words.toml"')
    (tmp_path / "gateway.toml").write_text(
        BASE + own.replace('kind = "sms"', 'kind = "sms"\nprovider = "provider.toml"')
    )
    assert run(PROGRAM, ["run", "--config", str(tmp_path / "gateway.toml"), "--lang", "en"]) == 2
    assert words in capsys.readouterr().err
    assert not (tmp_path / "g.db").exists()
