"""A story as a file: strict JSON that a person can write, an act a line.

Promise: what was written is read back the same; what a file says wrongly is told with the act and the argument it
stands at, in both languages. Times read "DAY HH:MM:SS.mmm" since the story's start, day 0 being the first.
"""

import json
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from zhendao.protocol.wording import Text
from zhendao.simulators.world.story.arguments import DAY, HOUR, MINUTE, SECOND, StoryError
from zhendao.simulators.world.story.story import (
    QUIET_S,
    SETTINGS,
    START_MS,
    Act,
    Story,
    act,
    check,
    clock_text,
    ordered,
)

FORMAT = 1
_AT = re.compile(r"(\d{1,5}) (\d\d):([0-5]\d):([0-5]\d)\.(\d{3})", re.ASCII)
_KEYS = {"zhendao-story", "seed", "terminals", "days", "profile", "start_ms", "quiet_s", "settings", "acts"}
_NEEDED = {"zhendao-story", "seed", "terminals", "days", "acts"}
_ACT_KEYS = {"at", "who", "kind"}
_ALL = "*"


def digest(story: Story) -> str:
    """Return sixteen hex digits that name this story."""
    return sha256(json.dumps(to_json(story), sort_keys=True).encode()).hexdigest()[:16]


def clock_ms(text: str) -> int | None:
    """Return "DAY HH:MM:SS.mmm" in milliseconds since the start; None where it is not that."""
    found = _AT.fullmatch(text)
    if found is None or int(found[2]) > 23:  # noqa: PLR2004 - the last hour of a day
        return None
    day, hour, minute, second, ms = (int(part) for part in found.groups())
    return day * DAY + hour * HOUR + minute * MINUTE + second * SECOND + ms


def to_json(story: Story) -> dict[str, Any]:
    """Return what a story file holds."""
    return {
        "zhendao-story": FORMAT,
        "seed": story.seed,
        "terminals": story.terminals,
        "days": story.days,
        "profile": story.profile,
        "start_ms": story.start_ms,
        "quiet_s": story.quiet_s,
        "settings": dict(story.settings),
        "acts": [
            {"at": clock_text(one.at_ms), "who": one.who, "kind": one.kind, **one.arguments} for one in story.acts
        ],
    }


def from_json(value: object) -> Story:
    """Return the story that a file holds. Raises `StoryError`."""
    if not isinstance(value, dict):
        raise StoryError(_ALL, Text("须是一个 JSON 对象", "must be one JSON object"))
    if missing := sorted(_NEEDED - value.keys()):
        raise StoryError(_ALL, Text(f"缺少 {', '.join(missing)}", f"lacks {', '.join(missing)}"))
    if unknown := sorted(value.keys() - _KEYS):
        raise StoryError(_ALL, Text(f"不认识 {', '.join(unknown)}", f"does not know {', '.join(unknown)}"))
    if value["zhendao-story"] != FORMAT:
        raise StoryError("zhendao-story", Text(f"只读得懂版本 {FORMAT}", f"only version {FORMAT} can be read"))
    given = value.get("settings", {})
    if not isinstance(given, dict) or given.keys() - SETTINGS.keys():
        has = ", ".join(SETTINGS)
        raise StoryError("settings", Text(f"只能有：{has}", f"may hold: {has}"))
    settings = {n: a.take(given.get(n, a.plain), f"settings {n}") for n, a in SETTINGS.items()}
    profile = value.get("profile", "calm")
    if not isinstance(profile, str):
        raise StoryError("profile", Text("须是文字", "must be a word"))
    if not isinstance(value["acts"], list):
        raise StoryError("acts", Text("须是数组", "must be an array"))
    acts = ordered(_act_from(one, f"acts[{n}]") for n, one in enumerate(value["acts"]))
    figures = {name: value.get(name, plain) for name, plain in (("start_ms", START_MS), ("quiet_s", QUIET_S))}
    story = Story(value["seed"], value["terminals"], value["days"], profile, settings=settings, acts=(), **figures)
    return replace(check(story), acts=check(replace(story, acts=acts)).acts)


def _act_from(value: object, where: str) -> Act:
    if not isinstance(value, dict) or not value.keys() >= _ACT_KEYS:
        raise StoryError(where, Text("须是含 at、who、kind 的对象", "must be an object with at, who and kind"))
    at_ms = clock_ms(value["at"]) if isinstance(value["at"], str) else None
    if at_ms is None:
        raise StoryError(where, Text("at 须是“天 时:分:秒.毫秒”", 'at must be "DAY HH:MM:SS.mmm", as "0 08:30:00.000"'))
    who, kind = value["who"], value["kind"]
    if not isinstance(who, str) or not isinstance(kind, str):
        raise StoryError(where, Text("who 与 kind 须是文字", "who and kind must be words"))
    return act(at_ms, who, kind, **{name: one for name, one in value.items() if name not in _ACT_KEYS})


def read(path: Path) -> Story:
    """Return the story in the file at ``path``. Raises `StoryError`."""
    try:
        return from_json(json.loads(path.read_text("utf-8")))
    except OSError:
        raise StoryError(str(path), Text("读不到这个文件", "the file cannot be read")) from None
    except ValueError as error:
        raise StoryError(str(path), Text(f"不是 JSON：{error}", f"is no JSON: {error}")) from None


def write(story: Story, path: Path) -> None:
    """Write ``story`` to ``path``, an act a line, so that a person can read it and a difference shows."""
    path.write_text(as_text(story), "utf-8")


def as_text(story: Story) -> str:
    """Return the story as JSON that a person can read: an act a line."""
    head = to_json(story)
    acts = ",\n  ".join(json.dumps(one, ensure_ascii=False) for one in head.pop("acts"))
    return json.dumps(head, ensure_ascii=False, indent=1)[:-2] + f',\n "acts": [\n  {acts}\n ]\n}}\n'
