"""The commands' way to the alerts of a running gateway: its HTTP interface, from this machine or from a seat elsewhere.

With ``--config`` the command proves that it may read the gateway's store key (`api.local`); with ``--url`` and
``--token-file`` it is a seat with a token of role `duty`. What the gateway refuses is an error with its own words.
"""

import argparse
import getpass
import json
import os
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from zhendao.command.errors import UsageError
from zhendao.command.kinds import is_loopback
from zhendao.gateway.alerts.errors import AlertError
from zhendao.gateway.api.local import ROLE, local_token
from zhendao.gateway.config import GatewayConfig, read_config
from zhendao.gateway.errors import GatewayError
from zhendao.gateway.store.sealing import load_store_key
from zhendao.protocol.wording import Text

TIMEOUT_S: Final = 15.0
SILENT_S: Final = 40.0
"""A stream says something every 15 s; one that is silent for so long is begun anew."""
_BASE: Final = "/api/v1/alerts"
_ANYWHERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what the gateway may listen on


class AwayError(GatewayError):
    """The gateway does not answer."""

    code = "gateway-away"

    def __init__(self, url: str, why: str) -> None:
        super().__init__(
            Text(f"无法连接网关 {url}：{why}", f"the gateway at {url} cannot be reached: {why}"),
            Text("确认 zhendao-gateway run 正在运行", "see that zhendao-gateway run is running"),
        )


class RefusedError(AlertError):
    """The gateway refused, in its own words."""

    code = "alert-refused"


@dataclass(frozen=True)
class Client:
    """Asks one gateway; ``token`` gives what each request carries."""

    url: str
    token: Callable[[], str]
    verify: ssl.SSLContext | bool = True
    base: str = _BASE
    """The address below which it asks."""

    def ask(self, method: str, path: str = "", **how: Any) -> Any:
        """Return the decoded answer to a request. Raises `RefusedError`, `AwayError`."""
        try:
            with httpx.Client(verify=self.verify, timeout=TIMEOUT_S, trust_env=False) as client:
                response = client.request(method, self.url + self.base + path, headers=self._headers(), **how)
        except httpx.HTTPError as error:
            raise AwayError(self.url, str(error)) from error
        if response.is_success:
            return response.json()
        raise _refused(response)

    def stream(self, seat: str, since: int | None) -> Iterator[tuple[int | None, dict[str, Any]]]:
        """Give alerts as they change, each with the number to go on from; None is the begin. Raises as `ask`."""
        params: dict[str, Any] = {"seat": seat} if seat else {}
        if since is not None:
            params["since"] = since
        timeout = httpx.Timeout(TIMEOUT_S, read=SILENT_S)
        try:
            with (
                httpx.Client(verify=self.verify, timeout=timeout, trust_env=False) as client,
                client.stream(
                    "GET", self.url + self.base + "/stream", headers=self._headers(), params=params
                ) as response,
            ):
                if not response.is_success:
                    response.read()
                    raise _refused(response)
                yield from _events(response.iter_lines())
        except httpx.HTTPError as error:
            raise AwayError(self.url, str(error)) from error

    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token()}"}


def client_of(arguments: argparse.Namespace, base: str = _BASE, role: str = ROLE) -> Client:
    """Return the way to ``base`` that the arguments name: ``--config``, or ``--url`` with ``--token-file``.

    ``role``: as what the command on the gateway's own machine asks.
    """
    if (arguments.config is None) == (arguments.url is None) or (
        arguments.url is not None and arguments.token_file is None
    ):
        raise UsageError(
            Text("须给出 --config，或 --url 与 --token-file", "give --config, or --url and --token-file"),
            Text("见 alerts --help", "see alerts --help"),
        )
    if arguments.config is not None:
        return _of_config(read_config(Path(arguments.config)), base, role)
    parts = urlsplit(arguments.url)
    if parts.scheme not in {"https", "http"} or (parts.scheme == "http" and not is_loopback(parts.hostname or "")):
        raise UsageError(
            Text("--url 须是 https:// 地址（http:// 只限本机）", "--url must be https:// (http:// for loopback only)")
        )
    try:
        token = Path(arguments.token_file).read_text("utf-8").strip()
        verify = ssl.create_default_context(cafile=arguments.ca) if arguments.ca is not None else True
    except (OSError, ssl.SSLError, UnicodeDecodeError) as error:
        raise UsageError(Text(f"文件无法读取：{error}", f"a file cannot be read: {error}")) from error
    return Client(arguments.url.rstrip("/"), lambda: token, verify, base)


def _of_config(config: GatewayConfig, base: str, role: str) -> Client:
    key = load_store_key(config.keys / "store.key")
    host = _ANYWHERE.get(config.http.listen.host, config.http.listen.host)
    place = f"[{host}]:{config.http.listen.port}" if ":" in host else f"{host}:{config.http.listen.port}"
    verify: ssl.SSLContext | bool = True
    if config.http.certificate is not None:
        # It is known by its very certificate, under whatever name it listens.
        verify = ssl.create_default_context(cafile=str(config.http.certificate))
        verify.check_hostname = False
        verify.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    scheme = "http" if config.http.certificate is None else "https"
    return Client(
        f"{scheme}://{place}", lambda: local_token(key, user(), time.time_ns() // 1_000_000, role), verify, base
    )


def user() -> str:
    """Return the name of the user of this machine."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _refused(response: httpx.Response) -> RefusedError:
    try:
        error = response.json()["error"]
        refused = RefusedError(Text(str(error["zh"]), str(error["en"])))
        refused.code = str(error["code"])
    except (ValueError, KeyError, TypeError):
        status = response.status_code
        return RefusedError(Text(f"网关答复 {status}", f"the gateway answered {status}"))
    return refused


def _events(lines: Iterator[str]) -> Iterator[tuple[int | None, dict[str, Any]]]:
    number: int | None = None
    for line in lines:
        name, _, value = line.partition(": ")
        if name == "id" and value.isdigit():
            number = int(value)
        elif name == "data":
            yield number, json.loads(value)
