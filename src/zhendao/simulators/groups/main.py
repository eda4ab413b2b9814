"""`zhendao-sim groups`: both bots as a process; a ready line on standard output. Ends on SIGTERM or SIGINT."""

import argparse
import signal
import sys
import threading
from pathlib import Path

from zhendao.command.kinds import BadValueError, Listen
from zhendao.command.output import emit_json
from zhendao.protocol.wording import Language, Text
from zhendao.simulators.errors import OrderError, SimulatorError
from zhendao.simulators.groups.bots import DingTalkBot, Shown, WeComBot
from zhendao.simulators.groups.server import Groups

_EPILOG = Text(
    "接收地址：POST /robot/send（钉钉）、/cgi-bin/webhook/send（企业微信）；查看：GET /shown；"
    "故障：POST /control/faults\n"
    "示例：\n  zhendao-sim groups --listen 127.0.0.1:9200 --token t --secret SEC1 --key k --tell",
    "it takes POST /robot/send (DingTalk), /cgi-bin/webhook/send (WeCom); to look: GET /shown; to fail: "
    "POST /control/faults\nexample:\n"
    "  zhendao-sim groups --listen 127.0.0.1:9200 --token t --secret SEC1 --key k --tell",
)


def add_arguments(parser: argparse.ArgumentParser, language: Language) -> None:
    """Declare the arguments of `zhendao-sim groups`."""
    texts = {
        "listen": Text("监听地址，端口 0 由系统选择", "where to listen; port 0 lets the system choose"),
        "token": Text("钉钉机器人的 access_token", "access_token of the DingTalk bot"),
        "secret": Text("它的加签密钥", "its secret, by which requests are signed"),
        "word": Text("它的自定义关键词，可多次", "a key word of it; as often as you like"),
        "key": Text("企业微信机器人的 key", "key of the WeCom bot"),
        "tell": Text("群里每出现一条，输出一行 JSON", "print each message that a group sees as a line of JSON"),
    }
    parser.epilog = _EPILOG.in_(language)
    said = {name: text.in_(language) for name, text in texts.items()}
    parser.add_argument("--listen", required=True, metavar="HOST:PORT", help=said["listen"])
    parser.add_argument("--token", default="token", help=said["token"])
    parser.add_argument("--secret", default="SEC", help=said["secret"])
    parser.add_argument("--word", action="append", default=[], help=said["word"])
    parser.add_argument("--key", default="key", help=said["key"])
    parser.add_argument("--tell", action="store_true", help=said["tell"])


def run(arguments: argparse.Namespace, language: Language) -> int:
    """Serve until told to end; return 0."""
    del language
    try:
        address = Listen().take(arguments.listen, Path.cwd())
    except BadValueError as error:
        raise OrderError(f"--listen {arguments.listen}", error.text) from error
    dingtalk = DingTalkBot(arguments.token, arguments.secret, tuple(arguments.word))
    try:
        server = Groups((address.host, address.port), {"dingtalk": dingtalk, "wecom": WeComBot(arguments.key)})
    except OSError as error:
        raise SimulatorError(
            Text(f"无法监听 {address}：{error.strerror}", f"cannot listen on {address}: {error.strerror}"),
            Text("换一个端口", "use another port"),
        ) from error
    if arguments.tell:
        server.tell = _tell

    def end(*_signal: object) -> None:
        server.ending.set()
        # `shutdown` waits for the loop that this very thread runs: another thread must ask.
        threading.Thread(target=server.shutdown, daemon=True).start()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    with server:
        host, port = server.server_address[:2]
        emit_json({"ready": True, "simulator": "groups", "url": f"http://{host!s}:{port}"})
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.2)
    return 0


def _tell(one: Shown) -> None:
    emit_json(one.as_json())
    sys.stdout.flush()
