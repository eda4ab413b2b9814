"""What the two platforms check before a group sees a message, and how they say no. Pure; times are arguments (UTC ms).

Promise: a message is shown in the group exactly once for each request that is answered with errcode 0; every other
answer means that nobody saw it. DingTalk: token, signature of a time within an hour, key words, 20,000 bytes of body,
20 messages a minute and ten minutes of silence beyond. WeCom: key, 4,096 bytes of markdown, 2,048 of text, 20 a minute.
"""

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Protocol

HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
SILENCE_MS: Final = 600_000
A_MINUTE: Final = 20
DINGTALK_BYTES: Final = 20_000
MARKDOWN_BYTES: Final = 4_096
TEXT_BYTES: Final = 2_048
OK: Final = (0, "ok")
Said = tuple[int, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A message that the group sees."""

    bot: str
    at_ms: int
    title: str
    text: str
    mentions: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return it for a screen."""
        return asdict(self)


class Bot(Protocol):
    """A bot of one group."""

    shown: list[Shown]

    def take(self, query: Mapping[str, str], kind: str, body: bytes, now_ms: int) -> Said:
        """Judge a POST with this query and ``Content-Type``; return code and words."""


@dataclass
class DingTalkBot:
    """自定义机器人 with 加签, and with key words where some are set: one of them must be in each message."""

    token: str
    secret: str
    words: tuple[str, ...] = ()
    shown: list[Shown] = field(default_factory=list)
    _lately: deque[int] = field(default_factory=deque)
    _silent_until_ms: int = 0

    def take(self, query: Mapping[str, str], kind: str, body: bytes, now_ms: int) -> Said:
        """Judge a POST; return ``errcode`` and ``errmsg``."""
        refusal = self._refused(query, kind, body, now_ms)
        if refusal is not None:
            return refusal
        read = _dingtalk(body)
        if isinstance(read, tuple):
            return read
        if self.words and not any(word in read.title + read.text for word in self.words):
            return 310000, "keywords not in content"
        if now_ms < self._silent_until_ms or not _room(self._lately, now_ms):
            if now_ms >= self._silent_until_ms:
                self._silent_until_ms = now_ms + SILENCE_MS
            return 130101, "send too fast, exceed 20 times per minute"
        self._lately.append(now_ms)
        self.shown.append(Shown("dingtalk", now_ms, read.title, read.text, read.mentions))
        return OK

    def _refused(self, query: Mapping[str, str], kind: str, body: bytes, now_ms: int) -> Said | None:
        if not query.get("access_token"):
            return 40035, "缺少参数 access_token"
        if query["access_token"] != self.token:
            return 300005, "token is not exist"
        if not kind.startswith("application/json"):
            return 43004, "invalid content-type"
        at = query.get("timestamp", "")
        if not at.isascii() or not at.isdigit() or abs(int(at) - now_ms) > HOUR_MS:
            return 310000, "invalid timestamp"
        mac = hmac.new(self.secret.encode(), f"{at}\n{self.secret}".encode(), hashlib.sha256).digest()
        if not hmac.compare_digest(base64.b64encode(mac).decode(), query.get("sign", "")):
            return 310000, "sign not match"
        return (460101, "message too long, exceed 20000 bytes") if len(body) > DINGTALK_BYTES else None


@dataclass
class WeComBot:
    """企业微信群机器人."""

    key: str
    shown: list[Shown] = field(default_factory=list)
    _lately: deque[int] = field(default_factory=deque)

    def take(self, query: Mapping[str, str], kind: str, body: bytes, now_ms: int) -> Said:
        """Judge a POST; return ``errcode`` and ``errmsg``."""
        del kind
        if query.get("key") != self.key:
            return 93000, "invalid webhook url"
        read = _wecom(body)
        if isinstance(read, tuple):
            return read
        if not _room(self._lately, now_ms):
            return 45009, "api freq out of limit"
        self._lately.append(now_ms)
        self.shown.append(Shown("wecom", now_ms, "", read.text, read.mentions))
        return OK


@dataclass(frozen=True, slots=True)
class _Read:
    title: str
    text: str
    mentions: tuple[str, ...]


def _dingtalk(body: bytes) -> _Read | Said:
    given = _object(body)
    kind, at = given.get("msgtype"), given.get("at") or {}
    if kind not in {"text", "markdown"}:
        return 400105, "unsupported msgtype"
    said = given.get(kind) or {}
    title, text = said.get("title", ""), said.get("content" if kind == "text" else "text", "")
    if not text or (kind == "markdown" and not title):
        return 40035, "invalid parameter"
    # Whom it is to mention must stand in the text too, or nobody is.
    mentions = tuple(one for one in at.get("atMobiles", []) if f"@{one}" in text)
    return _Read(title, text, mentions)


def _wecom(body: bytes) -> _Read | Said:
    given = _object(body)
    kind = given.get("msgtype")
    if kind not in {"text", "markdown"}:
        return 40008, "invalid message type"
    said = given.get(kind) or {}
    text, most = str(said.get("content", "")), TEXT_BYTES if kind == "text" else MARKDOWN_BYTES
    if not text:
        return 44004, "empty content"
    if len(text.encode()) > most:
        return 40058, f"{kind}.content exceed max length {most}"
    # Markdown mentions nobody by a number.
    return _Read("", text, tuple(said.get("mentioned_mobile_list", ())) if kind == "text" else ())


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return given if isinstance(given, dict) else {}


def _room(lately: deque[int], now_ms: int) -> bool:
    while lately and lately[0] <= now_ms - MINUTE_MS:
        lately.popleft()
    return len(lately) < A_MINUTE
