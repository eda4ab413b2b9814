"""`zhendao-sim duty`: receivers of alerts as a process; a ready line on standard output. Ends on SIGTERM or SIGINT."""

import argparse
import signal
import sys
import threading
from pathlib import Path
from random import Random
from typing import Any

from zhendao.command.kinds import BadValueError, Listen
from zhendao.command.output import emit_json
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.duty.desk import CHANNELS, Desk, Received
from zhendao.simulators.duty.seat import Seat
from zhendao.simulators.duty.server import Receivers
from zhendao.simulators.errors import OrderError, ScriptError, SimulatorError
from zhendao.simulators.known_gateway import key_of
from zhendao.simulators.platform.faults import KINDS, PROFILES, Faults, parse_profile

_EPILOG = Text(
    "接收地址：POST /webhook、/emergency、/sms；查看：GET /received；故障：POST /control/faults\n"
    "示例：\n  zhendao-sim duty --listen 127.0.0.1:9100 --gateway gateway.crt --tell",
    "it takes POST /webhook, /emergency, /sms; to look: GET /received; to fail: POST /control/faults\n"
    "example:\n  zhendao-sim duty --listen 127.0.0.1:9100 --gateway gateway.crt --tell",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of `zhendao-sim duty`."""
    names = ", ".join([*PROFILES, *(f"{kind}=0..1" for kind in KINDS)])
    texts = {
        "listen": Text("监听地址，端口 0 由系统选择", "where to listen; port 0 lets the system choose"),
        "gateway": Text("网关的签名证书", "the gateway's signing certificate"),
        "token": Text("短信服务商要求的令牌", "the token that the SMS provider asks for"),
        "fault": Text(f"三个通道的故障设定：{names}", f"how all three fail: {names}"),
        "seed": Text("随机种子", "seed: the same requests in order, the same faults"),
        "api": Text("席位：从此网关接口看警报并接手", "a seat: takes alerts at the interface of this gateway"),
        "api_token": Text("席位令牌（duty）所在文件", "file with the seat's token, of role duty"),
        "after": Text("多少秒后接手", "takes each after so many seconds"),
        "tell": Text("每收到一条，输出一行 JSON", "print each request as a line of JSON"),
    }
    parser.epilog = _EPILOG.in_(language)
    said = {name: text.in_(language) for name, text in texts.items()}
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help=said["listen"])
    parser.add_argument("--gateway", type=Path, metavar="CRT", help=said["gateway"])
    parser.add_argument("--token", help=said["token"])
    parser.add_argument("--fault", default="none", metavar="PROFILE", help=said["fault"])
    parser.add_argument("--seed", type=int, default=0, help=said["seed"])
    parser.add_argument("--api", metavar="URL", help=said["api"])
    parser.add_argument("--api-token", type=Path, metavar="FILE", help=said["api_token"])
    parser.add_argument("--after-s", type=float, default=0.0, metavar="S", help=said["after"])
    parser.add_argument("--tell", action="store_true", help=said["tell"])


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end; return 0."""
    del language
    try:
        address = Listen().take(arguments.listen, Path.cwd())
    except BadValueError as error:
        raise OrderError(f"--listen {arguments.listen}", error.text) from error
    profile = parse_profile(arguments.fault)
    # Seeded on purpose: a fault is to come again.
    faults = {one: Faults(Random(f"{arguments.seed} {one}"), dict(profile)) for one in CHANNELS}  # noqa: S311
    gateway = None if arguments.gateway is None else key_of(arguments.gateway)
    try:
        server = Receivers((address.host, address.port), Desk(gateway, arguments.token), faults)
    except OSError as error:
        raise SimulatorError(
            Text(f"无法监听 {address}：{error.strerror}", f"cannot listen on {address}: {error.strerror}"),
            Text("换一个端口", "use another port"),
        ) from error
    if arguments.tell:
        server.tell = _tell
    seat = None
    if arguments.api is not None:
        seat = Seat(arguments.api, _token(arguments.api_token), _took, after_s=arguments.after_s)
        seat.start()
    with server:
        _serve(server)
    if seat is not None:
        seat.stop()
    return 0


def _serve(server: Receivers) -> None:
    def end(*_signal: object) -> None:
        server.ending.set()
        # `shutdown` waits for the loop that this very thread runs: another thread must ask.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    host, port = server.server_address[:2]
    emit_json({"ready": True, "simulator": "duty", "url": f"http://{host!s}:{port}"})
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.2)


def _tell(one: Received) -> None:
    emit_json(one.as_json())
    sys.stdout.flush()


def _took(alert: dict[str, Any]) -> None:
    emit_json({"seat": "took", "alert": alert})
    sys.stdout.flush()


def _token(path: Path | None) -> str:
    try:
        return path.read_text("ascii").strip() if path is not None else ""
    except (OSError, ValueError) as error:
        raise ScriptError(path) from error
