"""The HTTP server in the gateway's process: a thread of its own, bound before it starts, stopped gracefully.

Promise: an address that cannot be had is a named error before anything is served; `stop` lets requests under way end
for up to two seconds. Plain HTTP is for loopback; elsewhere a certificate is needed (the settings see to it).
"""

import logging
import socket
import threading
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from zhendao.command.kinds import Address
from zhendao.gateway.errors import GatewayError
from zhendao.protocol.wording import Text

GRACE_S = 2


class HttpError(GatewayError):
    """The HTTP server cannot be started."""

    code = "http"


class HttpServer:
    """Serves ``app`` at ``address``; port 0 lets the system choose one, `port` tells which."""

    def __init__(
        self, app: FastAPI, address: Address, *, certificate: Path | None = None, key: Path | None = None
    ) -> None:
        self._socket = _bind(address)
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,  # reads are logged in the store, by who and what
            server_header=False,
            limit_concurrency=256,
            timeout_keep_alive=15,
            timeout_graceful_shutdown=GRACE_S,
            ssl_certfile=None if certificate is None else str(certificate),
            ssl_keyfile=None if key is None else str(key),
        )
        try:
            config.load()
        except OSError as error:  # of the certificate's files; `ssl.SSLError` is one
            self._socket.close()
            raise HttpError(
                Text(f"证书无法使用：{error}", f"the certificate cannot be used: {error}"),
                Text("检查配置中 [http] certificate 与 key", "check [http] certificate and key in the configuration"),
            ) from error
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, name="http", daemon=True)

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except Exception:
            # In a thread: nobody else would hear of it.
            logging.getLogger(__name__).exception("the HTTP server ended")

    def start(self) -> None:
        """Begin to serve; requests made from now on are answered."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more requests, end those under way, and let go of the port."""
        self._server.should_exit = True
        if self._thread.ident is not None:
            self._thread.join(GRACE_S + 1)
        self._socket.close()


def _bind(address: Address) -> socket.socket:
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    # Named as TCP, for asyncio turns off Nagle's algorithm only then; an answer in two parts would wait 40 ms.
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address.host, address.port))
        bound.listen(128)
    except OSError as error:
        bound.close()
        raise HttpError(
            Text(f"无法监听 {address}：{error.strerror}", f"cannot listen on {address}: {error.strerror}"),
            Text("检查配置中 [http] listen", "check [http] listen in the configuration"),
        ) from error
    return bound
