"""The words of a story in both languages: who is who, and what stands for a time, a person, a reason, a sentence.

Each kind of word has a pattern in each language and means the same value in both.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from zhendao.command.roster.sheets import SHEETS
from zhendao.gateway.cases.codes import REASONS
from zhendao.gateway.cases.values import STATES, Decision
from zhendao.gateway.judging.detectors import DETECTORS, SURVEYS
from zhendao.gateway.visits.flags import FLAGS

LANGUAGES = ("zh", "en")
STORIES = Path(__file__).parents[2] / "stories"
CHINA = timedelta(hours=8)
DAY_MS = 86_400_000
_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
_WEEKDAYS = {
    "zh": tuple(f"星期{one}" for one in "一二三四五六日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_DAYS = {"zh": {"昨日": -1, "次日": 1}, "en": {"the day before": -1, "the next day": 1}}
_YEAR = 2026
_ANOMALIES = Path(__file__).parents[3] / "docs/anomalies/README.md"


class StoryError(AssertionError):
    """A story says something that is not understood, or is not so."""


def _people() -> dict[str, dict[str, tuple[str, str]]]:
    """Return name → (what, number) in each language, from the table of the people in the stories' own page."""
    rows = re.findall(
        r"^\| (\w+) \| (\S+) \| ([^|]+) \| ([^|]+) \|", (STORIES / "README.md").read_text("utf-8"), re.MULTILINE
    )
    kinds = {"E": "elder", "C": "caregiver", "S": "staff"}
    people = [(number, zh, en.strip()) for number, zh, en, _ in rows if number[0] in kinds and number[1:].isdigit()]
    return {
        "zh": {zh: (kinds[number[0]], number) for number, zh, _ in people},
        "en": {en: (kinds[number[0]], number) for number, _, en in people},
    }


PEOPLE = _people()


def name_of(number: str, language: str) -> str:
    """Return the name of whoever has ``number``."""
    return next(name for name, (_, other) in PEOPLE[language].items() if other == number)


@dataclass(frozen=True)
class Slot:
    """What may stand at one place of a sentence: a pattern in each language, and what it means.

    ``free``: words that are told in one language only, and mean the same to nobody else.
    """

    patterns: Mapping[str, str]
    means: Callable[[str, str], Any]
    free: bool = False


def _choice(words: Mapping[str, Mapping[str, Any]]) -> Slot:
    patterns = {
        language: "|".join(re.escape(one) for one in sorted(found, key=len, reverse=True))
        for language, found in words.items()
    }
    return Slot(patterns, lambda text, language: words[language][text])


def _list(words: Mapping[str, Mapping[str, Any]], between: Mapping[str, str]) -> Slot:
    one = _choice(words)
    patterns = {lang: f"(?:{one.patterns[lang]})(?:{between[lang]}(?:{one.patterns[lang]}))*" for lang in LANGUAGES}
    return Slot(
        patterns,
        lambda text, language: frozenset(
            one.means(word, language) for word in re.findall(one.patterns[language], text)
        ),
    )


def _both(several: Mapping[Any, Any]) -> dict[str, dict[str, Any]]:
    """Return word → key in each language, of values that are texts in both."""
    return {lang: {getattr(text, lang): key for key, text in several.items()} for lang in LANGUAGES}


def _persons(kind: str) -> Slot:
    return _choice(
        {lang: {name: number for name, (what, number) in PEOPLE[lang].items() if what == kind} for lang in LANGUAGES}
    )


def _clock(text: str, language: str) -> int:
    """Return seconds after midnight; beyond a day on the next one."""
    hours, minutes, *seconds = map(int, re.findall(r"\d\d", text))
    days = sum(away * (word in text) for word, away in _DAYS[language].items())
    return hours * 3600 + minutes * 60 + sum(seconds) + days * 86_400


def day_ms(text: str, language: str) -> int:
    """Return midnight (UTC ms) of ``9月22日，星期二`` or ``Tuesday 22 September``; the weekday must be right."""
    month, day, weekday = _date_parts(text, language)
    found = datetime(_YEAR, month, day, tzinfo=UTC)
    if weekday and weekday != _WEEKDAYS[language][found.weekday()]:
        raise StoryError(f"{text}: {_WEEKDAYS[language][found.weekday()]}")
    return round((found - CHINA).timestamp() * 1000)


def _date_parts(text: str, language: str) -> tuple[int, int, str]:
    if language == "zh" and (found := re.fullmatch(r"(\d+)月(\d+)日(?:，(\S+))?", text)):
        return int(found[1]), int(found[2]), found[3] or ""
    if language == "en" and (found := re.fullmatch(r"(?:(\w+) )?(\d+) (\w+)", text)) and found[3] in _MONTHS:
        return _MONTHS.index(found[3]) + 1, int(found[2]), found[1] or ""
    raise StoryError(f"no date: {text}")


def _moment(text: str, language: str) -> int:
    date, _, clock = text.rpartition(" ")
    return day_ms(date, language) + _clock(clock, language) * 1000


def _kinds() -> dict[str, dict[str, str]]:
    """Return the names of findings: in Chinese those of the table in docs/anomalies."""
    rows = re.findall(r"^\| \[(\w+)\]\(\w+\.md\) \| (\S+) \|", _ANOMALIES.read_text("utf-8"), re.MULTILINE)
    known = {one.kind for one in (*DETECTORS, *SURVEYS)}
    return {"zh": {zh: kind for kind, zh in rows if kind in known}, "en": {kind: kind for kind in known}}


_TIME = r"\d\d:\d\d(?::\d\d)?"
_WHOLE = Slot({"zh": r"\d+", "en": r"\d+"}, lambda text, _: int(text))
_SAID = Slot({"zh": "「[^」]+」", "en": "“[^”]+”"}, lambda text, _: text[1:-1], free=True)
_TEXT = Slot({"zh": ".+", "en": ".+"}, lambda text, _: text, free=True)
_NEAR = {
    lang: rf"(?:{'|'.join(words)})? ?{_TIME}" if lang == "zh" else rf"{_TIME}(?: (?:{'|'.join(words)}))?"
    for lang, words in _DAYS.items()
}

SLOTS: dict[str, Slot] = {
    "at": Slot({"zh": _TIME, "en": _TIME}, _clock),
    "since": Slot(_NEAR, _clock),
    "until": Slot(_NEAR, _clock),
    "day": Slot({"zh": r"\d+月\d+日，\S+", "en": r"\w+ \d+ \w+"}, day_ms),
    "due": Slot({"zh": rf"\d+月\d+日 {_TIME}", "en": rf"\d+ \w+ {_TIME}"}, _moment),
    "who": _persons("caregiver"),
    "other": _persons("caregiver"),
    "elder": _persons("elder"),
    "next": _persons("elder"),
    "staff": _persons("staff"),
    "n": _WHOLE,
    "m": _WHOLE,
    "k": _WHOLE,
    "said": _SAID,
    "why": _SAID,
    "text": _TEXT,
    "table": _choice({"zh": {one.zh: one.name for one in SHEETS}, "en": {one.name: one.name for one in SHEETS}}),
    "reason": _choice(_both({word: one.text for word, one in REASONS.items()})),
    "flags": _list(_both(FLAGS), {"zh": "；", "en": "; "}),
    "kinds": _list(_kinds(), {"zh": "、", "en": ", "}),
    "state": _choice(_both(STATES)),
    "level": _choice({
        "zh": {"红": "red", "橙": "orange", "黄": "yellow", "绿": "green"},
        "en": {one: one for one in ("red", "orange", "yellow", "green")},
    }),
    "decision": _choice({
        "zh": {"已更正": Decision.FIXED, "予以认可": Decision.ACKNOWLEDGED, "疑点成立": Decision.UPHELD},
        "en": {"put right": Decision.FIXED, "acknowledged": Decision.ACKNOWLEDGED, "upheld": Decision.UPHELD},
    }),
    "score": _choice({
        "zh": {"满意": 100, "一般": 60, "不满意": 0},
        "en": {"content": 100, "so-so": 60, "not content": 0},
    }),
    "outage": _choice({
        "zh": {"终端故障": "terminal", "网络中断": "network", "平台中断": "platform"},
        "en": {"the terminal": "terminal", "the network": "network", "the platform": "platform"},
    }),
}  # fmt: skip
