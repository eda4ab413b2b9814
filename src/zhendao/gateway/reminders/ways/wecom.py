"""A WeCom group bot (企业微信群机器人): whoever has the key may speak, nothing is signed.

Markdown has 4,096 bytes at most (40058 beyond), a text 2,048; only a text mentions people by their numbers. 20
messages a minute (45009 beyond). Every answer is HTTP 200; the platform knows no id, so nothing unsure is sent again.
"""

import json
from typing import Any, Final
from urllib.parse import quote

from zhendao.gateway.outward.answers import Answer, Response
from zhendao.gateway.reminders.message import Form
from zhendao.gateway.reminders.ways.bots import by_code
from zhendao.gateway.reminders.ways.way import Letter, Request

MARKDOWN_BYTES: Final = 4_096
TEXT_BYTES: Final = 2_048
_SOON: Final = {45009: 60_000, 45033: 5_000}
_NEVER: Final = frozenset({40008, 40058, 93000, 93004, 93008})
"""A kind of message that is none, too long or empty, a key that is none, a bot that is gone or may not speak."""


class WeCom:
    """The bot at ``url`` whose key is ``token``."""

    once = False

    def __init__(self, url: str, token: str, *, mention: bool) -> None:
        self._url, self._token, self._mention = url, token, mention
        self.form = Form(markdown=not mention, limit=TEXT_BYTES if mention else MARKDOWN_BYTES)

    def request(self, letter: Letter, at_ms: int) -> Request:
        """Return what is posted, at whatever time."""
        del at_ms
        if self._mention:
            said: dict[str, Any] = {"content": letter.text, "mentioned_mobile_list": list(letter.phones)}
            body = {"msgtype": "text", "text": said}
        else:
            body = {"msgtype": "markdown", "markdown": {"content": letter.text}}
        return Request(
            f"{self._url}?key={quote(self._token, safe='')}", {}, json.dumps(body, ensure_ascii=False).encode()
        )

    def read(self, response: Response) -> Answer:
        """Return what an answer means."""
        return by_code(response, _SOON, _NEVER)
