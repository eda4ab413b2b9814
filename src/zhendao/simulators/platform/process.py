"""`zhendao-sim platform`: the platform as a process; a ready line on standard output, orders on standard input.

Promise: ends on SIGTERM, SIGINT or the order ``quit`` within a second; with ``--state`` it holds after any kill what it
answered for. Orders: ``profile PROFILE``, ``next FAULT [TIMES]``, ``quit``.
"""

import argparse
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from random import Random
from typing import TextIO

from zhendao.command.kinds import BadValueError, Listen
from zhendao.command.output import emit_json
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.errors import OrderError, SimulatorError
from zhendao.simulators.known_gateway import key_of
from zhendao.simulators.platform.faults import KINDS, PROFILES, Faults, parse_profile
from zhendao.simulators.platform.ledger import Entry, Ledger
from zhendao.simulators.platform.server import Platform
from zhendao.simulators.platform.state import StateFile

_LINES = "  zhendao-sim platform --listen 127.0.0.1:9000 --state taken.jsonl --tell\n  next timeout 3\n  profile rough"
_EPILOG = Text(
    f"标准输入的命令：profile 设定 | next 故障 [次数] | quit；查看：GET /records、/receipts、/counts\n示例：\n{_LINES}",
    "orders on standard input: profile PROFILE | next FAULT [TIMES] | quit; to look: GET /records, /receipts, /counts\n"
    f"example:\n{_LINES}",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of `zhendao-sim platform`."""
    names = ", ".join([*PROFILES, *(f"{kind}=0..1" for kind in KINDS)])
    texts = {
        "listen": Text("监听地址，端口 0 由系统选择", "where to listen; port 0 lets the system choose"),
        "state": Text("状态文件：进程被杀后仍保留所收记录", "state file: what was taken survives a kill"),
        "tell": Text("每收到一条记录，输出一行 JSON", "print each record taken as a line of JSON"),
        "fault": Text(f"故障设定：{names}", f"how it fails: {names}"),
        "gateway": Text(
            "网关的签名证书：只收它签名的请求", "the gateway's signing certificate: takes only what it signed"
        ),
        "seed": Text("随机种子：同样的请求次序，同样的故障", "seed: the same requests in order, the same faults"),
    }
    parser.epilog = _EPILOG.in_(language)
    tell = texts["tell"].in_(language)
    parser.add_argument("--tell", action="store_true", help=tell)
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help=texts["listen"].in_(language))
    parser.add_argument("--state", type=Path, metavar="FILE", help=texts["state"].in_(language))
    parser.add_argument("--fault", default="none", metavar="PROFILE", help=texts["fault"].in_(language))
    parser.add_argument("--gateway", type=Path, metavar="CRT", help=texts["gateway"].in_(language))
    parser.add_argument("--seed", type=int, default=0, help=texts["seed"].in_(language))


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end; return 0."""
    try:
        address = Listen().take(arguments.listen, Path.cwd())
    except BadValueError as error:
        raise OrderError(f"--listen {arguments.listen}", error.text) from error
    # Seeded on purpose: a fault is to come again.
    faults = Faults(Random(arguments.seed), parse_profile(arguments.fault))  # noqa: S311 - no secret is made of it
    gateway = None if arguments.gateway is None else key_of(arguments.gateway)
    ledger = Ledger()
    state = StateFile(arguments.state, ledger)
    try:
        tell = _tell if arguments.tell else _keep_quiet
        server = Platform((address.host, address.port), ledger, state, faults, tell, gateway)
    except OSError as error:
        raise SimulatorError(
            Text(f"无法监听 {address}：{error.strerror}", f"cannot listen on {address}: {error.strerror}"),
            Text("换一个端口", "use another port"),
        ) from error
    with server:
        _serve(server, language)
    state.close()
    return 0


def _tell(entry: Entry) -> None:
    emit_json({"taken": entry.idempotency_key, **asdict(entry)})


def _keep_quiet(_entry: Entry) -> None:
    """Say nothing: whoever started the platform may not be reading."""


def _serve(server: Platform, language: Language) -> None:
    def end(*_signal: object) -> None:
        server.ending.set()
        # `shutdown` waits for the loop that this very thread runs: another thread must ask.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    host, port = server.server_address[:2]
    shown = f"[{host!s}]" if ":" in str(host) else str(host)
    emit_json({"ready": True, "simulator": "platform", "url": f"http://{shown}:{port}"})
    threading.Thread(target=_obey, args=(server, sys.stdin, end, language), daemon=True).start()
    server.serve_forever(poll_interval=0.2)


def _obey(server: Platform, orders: TextIO, end: "signal._HANDLER", language: Language) -> None:
    """Carry out orders line by line; a wrong one is told and passed over."""
    for line in orders:
        try:
            if line.strip() == "quit":
                if callable(end):
                    end(signal.SIGTERM, None)
                return
            _carry_out(server, line)
        except SimulatorError as error:
            sys.stderr.write(error.explain(language) + "\n")


def _carry_out(server: Platform, line: str) -> None:
    words = line.split()
    if not words:
        return
    with server.lock:
        match words:
            case ["profile", profile]:
                server.faults.profile = parse_profile(profile)
            case ["next", kind]:
                server.faults.ask(kind, 1)
            case ["next", kind, times] if times.isascii() and times.isdigit():
                server.faults.ask(kind, int(times))
            case _:
                raise OrderError(line.strip(), Text("可用 profile、next、quit", "use profile, next or quit"))
    emit_json({"done": " ".join(words)})
