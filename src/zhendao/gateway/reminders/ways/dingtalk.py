"""A DingTalk group bot (自定义机器人) with 加签: the address has the time in ms and a signature of it.

``sign`` is Base64 of HMAC-SHA256 over ``timestamp``, a line feed and the secret, under the secret, escaped for an
address; it holds for an hour. 20 messages a minute; whoever sends more is silent for ten minutes (130101, 410100). A
body has 20,000 bytes at most. Every answer is HTTP 200; the platform knows no id, so nothing unsure is sent again.
"""

import base64
import hashlib
import hmac
import json
from typing import Any, Final
from urllib.parse import quote, quote_plus

from zhendao.gateway.outward.answers import Answer, Response
from zhendao.gateway.reminders.message import Form
from zhendao.gateway.reminders.ways.bots import MENTION, by_code
from zhendao.gateway.reminders.ways.way import Letter, Request

MOST_BYTES: Final = 16_000
"""Of text: escaped and wrapped it stays below the 20,000 of a body."""
_THROTTLED_MS: Final = 600_000
_SOON: Final = {130101: _THROTTLED_MS, 410100: _THROTTLED_MS}
_NEVER: Final = frozenset({300001, 300005, 310000, 40035, 43004, 400013, 400101, 400102, 400105, 400106, 460101})
"""No such token, the security settings (signature, key word, address), a wrong or too long body, a bot that is gone."""


def sign(secret: str, at_ms: int) -> str:
    """Return the signature of ``at_ms`` (UTC ms) in Base64, not yet escaped for an address."""
    mac = hmac.new(secret.encode(), f"{at_ms}\n{secret}".encode(), hashlib.sha256)
    return base64.b64encode(mac.digest()).decode("ascii")


class DingTalk:
    """The bot at ``url`` whose ``access_token`` is ``token``, signing with ``secret``."""

    once = False

    def __init__(self, url: str, token: str, secret: str, *, mention: bool) -> None:
        self._url, self._token, self._secret = url, token, secret
        self.form = Form(markdown=True, limit=MOST_BYTES, each=MENTION if mention else 0)

    def request(self, letter: Letter, at_ms: int) -> Request:
        """Return what is posted at ``at_ms`` (UTC ms); a mention works only where the text has the number."""
        mentions = "".join(f"@{phone} " for phone in letter.phones)
        text = f"{letter.text}\n\n{mentions.strip()}" if mentions else letter.text
        body: dict[str, Any] = {"msgtype": "markdown", "markdown": {"title": letter.title, "text": text}}
        body["at"] = {"atMobiles": list(letter.phones), "isAtAll": False}
        query = f"access_token={quote(self._token, safe='')}&timestamp={at_ms}"
        signed = quote_plus(sign(self._secret, at_ms))
        return Request(f"{self._url}?{query}&sign={signed}", {}, json.dumps(body, ensure_ascii=False).encode())

    def read(self, response: Response) -> Answer:
        """Return what an answer means."""
        return by_code(response, _SOON, _NEVER)
