"""The words of reminders are checked before anything starts, and nothing can be smuggled into them. rule: REMIND."""

from pathlib import Path
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zhendao.gateway.reminders.errors import ReminderError
from zhendao.gateway.reminders.wording import MOST_FILLED, harmless, words_of


def test_both_languages_are_complete_and_say_that_there_is_no_link() -> None:
    for language, words in (("zh", "无链接"), ("en", "no link")):
        texts = words_of(language, None)
        for name in ("sms", "sms_offline"):
            said = texts.say(name, name="王*", organisation="安康", day="11月2日", time="09:30", terminal="安康的终端")
            assert words in said
            assert "$" not in said


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('smss = "x"', "smss is no text"),
        ('sms = "${name} ${tiem}"', "cannot have ${tiem}"),
        ('sms = "${name}"', "lacks ${time}"),
        ('sms = "${time} 100$"', "is no placeholder"),
        ('sms = "${time} 见 https://a.example"', "has a link"),
        ('sms = "${time} 见 t.cn/abc"', "has a link"),
        ('sms = "${time} www.a"', "has a link"),
        ('group_tail = "[点这里](x)"', "has a link"),
        ('sms = "${time}\\n"', "one line"),
        (f'sms = "${{time}}{"长" * 300}"', "one line of 1 to 300"),
        ("sms = 1", "one line"),
        ("sms", "not valid TOML"),
    ],
)
def test_a_file_of_words_is_refused_with_what_is_wrong(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "words.toml").write_text(text, "utf-8-sig")
    with pytest.raises(ReminderError) as caught:
        words_of("zh", tmp_path / "words.toml")
    assert words in caught.value.what.en


def test_all_that_is_wrong_is_told_at_once_and_a_file_that_is_not_there_too(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('a = "x"\nb = "y"\n')
    with pytest.raises(ReminderError, match=r"a is no text.*b is no text"):
        words_of("zh", tmp_path / "words.toml")
    with pytest.raises(ReminderError, match="cannot be read"):
        words_of("zh", tmp_path / "none.toml")


def test_own_words_go_before_those_that_are_there(tmp_path: Path) -> None:
    (tmp_path / "words.toml").write_text('sms = "${time}：请打卡"')
    words = words_of("zh", tmp_path / "words.toml")
    assert words.say("sms", name="王*", organisation="", day="", time="09:30") == "09:30：请打卡"
    assert words.say("group_title") == "打卡提醒"


@given(st.text(st.characters() | st.sampled_from(printable), max_size=200))
def test_nothing_of_a_list_is_a_link_a_mark_or_a_line(text: str) -> None:
    found = harmless(text)
    assert len(found) <= MOST_FILLED
    assert not set(found) & set("./\\<>[]#`_@~|!&?=%$\"'{}\n\r\t")
