"""Keys of single cards over HTTPS from the gateway, which has the masters: `POST /v1/cards/keys`.

Promise: plain HTTP to this machine alone; no redirect is followed, since the request carries a token; at most
`MOST_BYTES` are read; whatever the other side does ends as keys of the card that was asked for, or as a named error.
"""

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from zhendao.command.kinds import is_loopback
from zhendao.protocol.cards.blocks import KEY_BYTES
from zhendao.protocol.cards.diversify import MAX_VERSION, CardKeys, factory_keys
from zhendao.protocol.vocabulary import Technology
from zhendao.protocol.wording import Text
from zhendao.provisioning.cards.errors import KeysRefusedError, KeysUnreachableError, KeysWrongError

PATH: Final = "/v1/cards/keys"
TIMEOUT_S: Final = 15
MOST_BYTES: Final = 16 * 1024
_OK: Final = 200
_TOKEN: Final = re.compile(r"[A-Za-z0-9_.~+/=-]{8,512}")


@dataclass(frozen=True)
class GatewayKeys:
    """The gateway at ``url`` (`https://HOST[:PORT]`), asked with a token of the role `engineer`.

    ``authority``: PEM file of the TLS authority that signed its certificate, None for those that the system trusts.
    """

    url: str
    token: str = field(repr=False)
    authority: Path | None = None

    def keys(self, uid: bytes, technology: Technology, version: int | None = None) -> CardKeys:
        """Ask for the keys of one card; see `KeyService`."""
        asked: dict[str, Any] = {"uid": uid.hex(), "technology": technology.name.lower()}
        if version is not None:
            asked["version"] = version
        status, body = self._post(json.dumps(asked).encode())
        try:
            said = json.loads(body)
        except ValueError:
            said = None
        if status != _OK:
            raise _refused(status, said)
        return _read(said, uid, technology, version)

    def _post(self, body: bytes) -> tuple[int, bytes]:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        try:
            parts = urlsplit(self.url)
            line = self._line(parts.scheme, parts.hostname or "", parts.port)
            try:
                line.request("POST", parts.path.rstrip("/") + PATH, body, headers)
                answer = line.getresponse()
                return answer.status, answer.read(MOST_BYTES)
            finally:
                line.close()
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise KeysUnreachableError(self.url, str(error) or type(error).__name__) from error

    def _line(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "https":
            context = ssl.create_default_context(cafile=None if self.authority is None else str(self.authority))
            return http.client.HTTPSConnection(host, port, timeout=TIMEOUT_S, context=context)
        if scheme == "http" and is_loopback(host):
            return http.client.HTTPConnection(host, port, timeout=TIMEOUT_S)
        raise ValueError("https://, or http:// to this machine")


def token_from(path: Path) -> str:
    """Return the first line of a file that holds a token of the gateway's interface. Raises KeysRefusedError."""
    try:
        with path.open(encoding="utf-8") as file:
            token = file.readline(1024).strip()
    except (OSError, UnicodeDecodeError) as error:
        raise KeysRefusedError(Text(f"{path} 无法读取：{error}", f"{path} cannot be read: {error}")) from error
    if not _TOKEN.fullmatch(token):
        raise KeysRefusedError(Text(f"{path} 中没有令牌", f"{path} holds no token"))
    return token


def _refused(status: int, said: Any) -> KeysRefusedError:
    error = said.get("error") if isinstance(said, Mapping) else None
    zh, en = (error.get("zh"), error.get("en")) if isinstance(error, Mapping) else (None, None)
    told = Text(zh, en) if isinstance(zh, str) and isinstance(en, str) else Text("拒绝", "refused")
    return KeysRefusedError(
        Text(f"网关不给密钥（{status}）：{told.zh}", f"the gateway gives no keys ({status}): {told.en}"),
        Text(
            "需要角色为 engineer 的有效令牌：zhendao-gateway token new --role engineer",
            "a valid token of the role engineer is needed: zhendao-gateway token new --role engineer",
        )
        if status in {401, 403}
        else None,
        status,
    )


def _read(said: Any, uid: bytes, technology: Technology, version: int | None) -> CardKeys:
    try:
        keys = {int(number): bytes.fromhex(key) for number, key in said["keys"].items()}
        whose, given, named = bytes.fromhex(said["uid"]), said["version"], said["technology"]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise KeysWrongError(uid, "not in the form that is agreed") from error
    whole = keys.keys() == factory_keys(technology, uid).keys.keys() and {len(k) for k in keys.values()} == {KEY_BYTES}
    known = isinstance(given, int) and 1 <= given <= MAX_VERSION and version in {None, given}
    if not (whole and known and whose == uid and named == technology.name.lower()):
        raise KeysWrongError(uid, "of another card, or not all of them")
    return CardKeys(technology, uid, given, MappingProxyType(keys))
