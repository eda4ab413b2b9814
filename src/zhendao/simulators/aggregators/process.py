"""`zhendao-sim aggregator`: an aggregator as a process; a ready line on standard output, ends on SIGTERM.

``--like sandata`` or ``sandata-ohio`` (HTTP, results fetched later), ``zkteco`` (HTTP push), ``hhax`` or ``carebridge``
(files in ``--inbox``, answers in ``--outbox``, looked for every ``--every`` seconds).
"""

import argparse
import signal
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from random import Random

from zhendao.command.kinds import BadValueError, Listen
from zhendao.command.output import emit_json
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.aggregators.attendance import Attendance
from zhendao.simulators.aggregators.clearing import CAREBRIDGE, HHAX, Clearing
from zhendao.simulators.aggregators.sandata import Aggregator
from zhendao.simulators.errors import OrderError, SimulatorError
from zhendao.simulators.platform.faults import Faults, parse_profile

_HOUSES = {"hhax": HHAX, "carebridge": CAREBRIDGE}
_LINES = (
    "  zhendao-sim aggregator --like sandata --listen 127.0.0.1:9100 --fault rough\n"
    "  zhendao-sim aggregator --like hhax --inbox Inbox --outbox Outbox"
)
_EPILOG = Text(
    f"查看：GET /state；命令：POST /control（next、profile、missing）\n示例：\n{_LINES}",
    f"to look: GET /state; orders: POST /control (next, profile, missing)\nexamples:\n{_LINES}",
)
_KINDS = ("sandata", "sandata-ohio", "zkteco", *_HOUSES)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of `zhendao-sim aggregator`."""
    texts = {
        "like": Text("像哪一个", "like which"),
        "listen": Text("监听地址，端口 0 由系统选择", "where to listen; port 0 lets the system choose"),
        "inbox": Text("收文件的文件夹", "folder into which files are handed over"),
        "outbox": Text("放应答文件的文件夹", "folder for files of answers"),
        "every": Text("每隔几秒看一次文件夹", "look for files every so many seconds"),
        "fault": Text("故障设定，同 zhendao-sim platform", "how it fails, as zhendao-sim platform"),
        "patience": Text("结果要问几次才有", "so often a result is not ready yet"),
        "secret": Text("用户名:密码", "user:password"),
    }
    said = {name: text.in_(language) for name, text in texts.items()}
    parser.epilog = _EPILOG.in_(language)
    parser.add_argument("--like", required=True, choices=_KINDS, help=said["like"])
    parser.add_argument("--listen", metavar="HOST:PORT", default="127.0.0.1:0", help=said["listen"])
    parser.add_argument("--inbox", type=Path, metavar="DIR", help=said["inbox"])
    parser.add_argument("--outbox", type=Path, metavar="DIR", help=said["outbox"])
    parser.add_argument("--every", type=float, default=1.0, metavar="S", help=said["every"])
    parser.add_argument("--fault", default="none", metavar="PROFILE", help=said["fault"])
    parser.add_argument("--patience", type=int, default=1, help=said["patience"])
    parser.add_argument("--secret", default="", help=said["secret"])


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end; return 0."""
    del language
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    if arguments.like in _HOUSES:
        _clear(arguments, ending)
        return 0
    server = _server(arguments)
    host, port = server.server_address[:2]
    emit_json({"ready": True, "simulator": "aggregator", "url": f"http://{host!s}:{port}"})
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    ending.wait()
    server.shutdown()
    server.server_close()
    return 0


def _server(arguments: argparse.Namespace) -> ThreadingHTTPServer:
    try:
        address = Listen().take(arguments.listen, Path.cwd())
    except BadValueError as error:
        raise OrderError(f"--listen {arguments.listen}", error.text) from error
    faults = Faults(Random(0), parse_profile(arguments.fault))  # noqa: S311 - faults are to come again
    where = (address.host, address.port)
    try:
        if arguments.like == "zkteco":
            return Attendance(where, faults)
        ohio = arguments.like == "sandata-ohio"
        return Aggregator(where, faults, ohio=ohio, patience=arguments.patience, secret=arguments.secret)
    except OSError as error:
        raise SimulatorError(
            Text(f"无法监听 {address}：{error.strerror}", f"cannot listen on {address}: {error.strerror}"),
            Text("换一个端口", "use another port"),
        ) from error


def _clear(arguments: argparse.Namespace, ending: threading.Event) -> None:
    if arguments.inbox is None or arguments.outbox is None:
        raise OrderError(f"--like {arguments.like}", Text("须给出 --inbox 与 --outbox", "give --inbox and --outbox"))
    house = Clearing(_HOUSES[arguments.like], arguments.inbox, arguments.outbox)
    emit_json({"ready": True, "simulator": "aggregator", "url": str(arguments.inbox)})
    while not ending.wait(arguments.every):
        for name in house.look():
            emit_json({"read": name, "standing": len(house.standing())})
