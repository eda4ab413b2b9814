"""What servers that stand for others have alike: they answer with JSON, or cut the connection, when told to."""

import json
import socket
from http.server import BaseHTTPRequestHandler
from typing import Any


class JsonHandler(BaseHTTPRequestHandler):
    """One connection, kept open between requests; nothing is logged, and no answer waits for another packet."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 120

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is http.server's
        """Keep standard output for the ready line and standard error for errors."""

    def cut(self) -> None:
        """End the connection without an answer: the peer sees a reset, not an orderly end."""
        self.close_connection = True
        linger_of_zero = b"\x01\x00\x00\x00\x00\x00\x00\x00"
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_of_zero)
        self.connection.close()

    def answer(self, status: int, body: dict[str, Any], retry_after: str | None = None) -> None:
        """Answer with ``body``; ``retry_after``: seconds."""
        payload = json.dumps(body, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        if retry_after is not None:
            self.send_header("Retry-After", retry_after)
        self.end_headers()
        self.wfile.write(payload)
