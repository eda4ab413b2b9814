"""Every stable word of a case has its Chinese; what people wrote stays as it is."""

from zhendao.gateway.cases import words
from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.values import CARE_LEVELS, Act, Decision
from zhendao.gateway.judging.blame import BLAMES


def test_every_word_has_its_chinese() -> None:
    assert set(words.ACTS) == {one.value for one in Act}
    assert set(words.LEVELS) == set(CARE_LEVELS)
    assert {*BLAMES, *REASONS, *(one.value for one in Decision)} <= set(words.SAID)


def test_lists_are_worded_and_what_people_wrote_is_not() -> None:
    assert words.listed("off_schedule short", "zh") == "不在约定时段、服务时长不足"
    assert words.listed("off_schedule short", "en") == "off_schedule short"
    assert words.listed("caregiver: short of time", "zh") == "护理员：short of time"
    assert words.listed("审计 short", "zh") == "审计 short"
    assert words.listed("acknowledged other_time: 已核实", "zh") == "属实有因、老人要求改时间：已核实"
    assert words.listed("", "zh") == ""
    assert words.worded(None, words.SAID, "zh") == "–"
    assert words.worded("terminal_down", words.SAID, "zh") == "终端无法使用"
