"""Plain words from figures: each figure is in them, in both languages; nothing is claimed that was not looked up."""

from collections import Counter
from dataclasses import replace

import pytest

from zhendao.device.privacy.eyes import Senses
from zhendao.device.privacy.holdings import Holdings
from zhendao.device.privacy.sentences import sentences

NONE = Senses((), (), (), ())
TODAY = Counter({"checks": 4, "checks-with-place": 4, "taps": 3, "opinions": 1, "calls": 2, "box": 41})
SOME = Holdings(
    running=True,
    today=TODAY,
    people=10,
    since_s=7_300,
    clock_known=True,
    stored=310,
    unsent=12,
    rows=2,
    keep_events=20_000,
    keep_mib=64,
    aside=0,
    home=True,
    door=True,
    senses=NONE,
)


def _said(found: Holdings) -> tuple[str, str]:
    several = sentences(found)
    return "\n".join(one.zh for one in several), "\n".join(one.en for one in several)


def test_every_figure_is_said_in_both_languages() -> None:
    for said in _said(SOME):
        for figure in ("4", "3", "1", "2", "41", "310", "298", "12", "20000", "64", "2 "):
            assert figure in said, figure
    zh, en = _said(SOME)
    assert "签到签退 4 条" in zh
    assert "checks in and out 4" in en
    assert "打卡之外 0 次" in zh
    assert "between checks: 0" in en
    assert "没有打开任何摄像头" in zh
    assert "Microphone: the terminal has none open; this machine has none." in en


def test_a_position_between_checks_would_be_said() -> None:
    odd = replace(SOME, today=Counter({"taps": 1, "taps-with-place": 1}))
    assert "between checks: 1" in _said(odd)[1]


def test_an_open_camera_is_a_warning() -> None:
    found = replace(SOME, senses=replace(NONE, cameras_open=("/dev/video0",), cameras=("USB camera",)))
    zh, en = _said(found)
    assert "警告" in zh
    assert "WARNING: the terminal has a camera open: /dev/video0" in en


def test_what_is_connected_is_named_and_what_could_not_be_looked_at_is_said() -> None:
    found = replace(SOME, senses=Senses(None, (), (), ("USB microphone",)))
    zh, en = _said(found)
    assert "未能查看" in zh
    assert "what the terminal has open could not be looked at" in en
    assert "connected to this machine: USB microphone" in en


def test_of_a_terminal_that_stands_still_nothing_is_made_up() -> None:
    zh, en = _said(replace(SOME, running=False, today=None, people=None, since_s=None))
    assert "签到签退" not in zh
    assert "does not run" in en
    assert "between checks" not in en
    stopped = replace(SOME, running=False, today=None, people=None, since_s=None, senses=Senses(None, None, (), ()))
    assert "could not be looked at" not in _said(stopped)[1]


@pytest.mark.parametrize(("unsent", "words"), [(0, "confirmed all of them"), (1, "1 wait")])
def test_what_was_sent(unsent: int, words: str) -> None:
    assert words in _said(replace(SOME, unsent=unsent))[1]
