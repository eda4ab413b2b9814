"""The words of reminders: a file for each language, of which a plan may give its own; checked before anything starts.

Promise: a file is taken whole or refused with every fault: a name that is none, a placeholder that has no place there
or is missing, a text that is too long, and anything that looks like a link: a reminder never has one, so one that has
is not ours. What is filled in is letters, digits and blanks alone: no list can put a link or a mark into a message.
rule: REMIND
"""

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any, Final

from zhendao.gateway.reminders.errors import ReminderError
from zhendao.protocol.wording import Text

LONGEST: Final = 300
MOST_FILLED: Final = 40
MOST_OF_PLACE: Final = 80
"""Of a terminal, which is said by a text of its own."""
_LINK: Final = re.compile(r"(?i)://|www\.|[a-z0-9-]\.(?:cn|com|net|org|cc|top|vip|xyz|link|ly|me|io)\b|\]\(|t\.cn")
_KEPT: Final = frozenset("·（）()、-－— 　*＊:：")


@dataclass(frozen=True, slots=True)
class _Place:
    """Which placeholders a text may have, and which it must."""

    may: frozenset[str]
    must: frozenset[str] = frozenset()


def _place(may: str, must: str = "") -> _Place:
    needed = frozenset(must.split())
    return _Place(frozenset(may.split()) | needed, needed)


PLACES: Final[Mapping[str, _Place]] = {
    "sms": _place("name organisation day", "time"),
    "sms_offline": _place("name organisation day time", "terminal"),
    "group_title": _place(""),
    "group_head": _place("day count", "time"),
    "group_organisation": _place("count", "organisation"),
    "group_person": _place("", "name"),
    "group_person_offline": _place("", "name terminal"),
    "group_count": _place("day", "time count"),
    "group_offline_count": _place("", "count"),
    "group_tail": _place(""),
    "home_terminal": _place(""),
    "station_terminal": _place("", "organisation"),
}
"""Each text, and what is filled into it."""


class Words:
    """The texts of one plan."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = {name: Template(text) for name, text in texts.items()}

    def say(self, name: str, /, **values: Any) -> str:
        """Return text ``name``; what is filled in is made harmless and short first."""
        longest = {"terminal": MOST_OF_PLACE}
        filled = {key: harmless(str(value), longest.get(key, MOST_FILLED)) for key, value in values.items()}
        return self._texts[name].substitute(filled)


def harmless(text: str, longest: int = MOST_FILLED) -> str:
    """Return ``text`` without what a phone or a chat would make something of: links, marks, line ends."""
    kept = "".join(c for c in text if c.isalnum() or c in _KEPT)
    return kept if len(kept) <= longest else kept[: longest - 1] + "—"


def words_of(language: str, path: Path | None) -> Words:
    """Return the words of ``language``, with those of the file ``path`` in their stead. Raises `ReminderError`."""
    source = resources.files("zhendao.gateway.reminders").joinpath("words", f"{language}.toml")
    texts = dict(_checked(f"{language}.toml", source.read_text("utf-8")))
    if texts.keys() != PLACES.keys():
        raise _refusal(f"{language}.toml", [Text("不完整", "is not complete")])
    if path is not None:
        try:
            own = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise _refusal(str(path), [Text("无法读取", "cannot be read")]) from error
        texts |= _checked(str(path), own)
    return Words(texts)


def _checked(name: str, source: str) -> dict[str, str]:
    try:
        given = tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        raise _refusal(name, [Text(f"不是有效的 TOML（{error}）", f"is not valid TOML ({error})")]) from error
    problems = [problem for key, text in given.items() for problem in _problems(key, text)]
    if problems:
        raise _refusal(name, problems)
    return given


def _problems(key: str, text: Any) -> list[Text]:
    if key not in PLACES:
        known = ", ".join(PLACES)
        return [Text(f"没有 {key} 这一项，可用 {known}", f"{key} is no text, there are {known}")]
    if not isinstance(text, str) or not 0 < len(text) <= LONGEST or not text.isprintable():
        return [Text(f"{key} 须是 1 到 {LONGEST} 字的一行", f"{key} must be one line of 1 to {LONGEST} characters")]
    template = Template(text)
    if not template.is_valid():
        return [Text(f"{key} 中的 $ 不是占位符", f"{key}: a $ in it is no placeholder")]
    found, place = set(template.get_identifiers()), PLACES[key]
    told = []
    if _LINK.search(text):
        told.append(Text(f"{key} 含网址", f"{key} has a link in it"))
    told += [Text(f"{key} 中不能有 ${{{one}}}", f"{key} cannot have ${{{one}}}") for one in sorted(found - place.may)]
    return told + [Text(f"{key} 中缺少 ${{{one}}}", f"{key} lacks ${{{one}}}") for one in sorted(place.must - found)]


def _refusal(name: str, problems: list[Text]) -> ReminderError:
    zh, en = "；".join(one.zh for one in problems), "; ".join(one.en for one in problems)
    return ReminderError(
        Text(f"{name}：{zh}", f"{name}: {en}"), Text("见 docs/reminders.md 的措辞", "see docs/reminders.md, The words")
    )
