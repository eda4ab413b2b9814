"""What a receiver says again of people, or of a secret, is in no answer that is kept. rule: PIPL"""

import asyncio
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import urlencode

import pytest

from zhendao.gateway.outward.answers import Verdict
from zhendao.gateway.outward.posting import Poster

TOKEN, NAME, PHONE, ADDRESS = "s3cret-token", "欧阳若兰", "13912345678", "天钥桥路三百弄"
ID = "0123456789abcdef01234567"
REASON = f"{ID}: no {PHONE} of {NAME}, {ADDRESS}; {TOKEN} 余额不足"
BLANKED = f"422 {ID}: no … of …, …; … 余额不足"


class Echo(BaseHTTPRequestHandler):
    """Refuses everything, in the words of what it was sent."""

    def do_POST(self) -> None:
        """Answer."""
        self.rfile.read(int(self.headers["Content-Length"]))
        answer = json.dumps({"reason": REASON}).encode()
        self.send_response(422)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Echo)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()
    thread.join()


BODIES = {
    "json": json.dumps({"id": ID, "to": f"+86{PHONE}", "text": ADDRESS, "all": [{"name": NAME}, 7, None]}).encode(),
    "form": urlencode({"uid": ID, "mobile": PHONE, "text": NAME, "where": ADDRESS}).encode(),
}


@pytest.mark.parametrize("form", BODIES)
def test_what_a_receiver_says_again_is_blanked(url: str, form: str) -> None:
    async def posted() -> tuple[Verdict, str]:
        poster = Poster(120, None, 1, None, [TOKEN])
        try:
            answer = await poster.post(url, {}, BODIES[form])
        finally:
            await poster.close()
        return answer.verdict, answer.detail

    assert asyncio.run(posted()) == (Verdict.REFUSED, BLANKED)
