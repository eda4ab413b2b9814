"""What `zhendao-gateway alerts` understands; what it does is loaded when it is asked for."""

import argparse
import re

from zhendao.command.parser import Command, Parser, lazy
from zhendao.gateway.alerts.false_alarms import REASONS
from zhendao.protocol.wording import Text, same

_MOST_MINUTES = 1440


def _gateway(parser: Parser) -> None:
    parser.option("--config", text=Text("网关的设置文件（在网关本机）", "the gateway's settings, on its own machine"),
                  metavar="FILE")  # fmt: skip
    parser.option("--url", text=Text("网关地址（在别处的席位）", "the gateway, from a seat elsewhere"), metavar="URL")
    parser.option("--token-file", text=Text("duty 令牌所在文件", "file with a token of role duty"), metavar="FILE")
    parser.option("--ca", text=Text("网关证书的签发机构", "authority of the gateway's certificate"), metavar="FILE")


def _number(parser: Parser) -> None:
    parser.option("number", text=Text("第几号告警，见 alerts ls", "number of the alert, see alerts ls"), type=_positive,
                  metavar="N")  # fmt: skip


def _by(parser: Parser) -> None:
    parser.option("--by", text=Text("席位上的人", "who sits at the seat"), default="", metavar="NAME")


def _note(parser: Parser) -> None:
    parser.option("--note", text=Text("备注", "a note"), default="", metavar="TEXT")


def _positive(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: 1, 2, 3 …")
    return int(text)


def _minutes(text: str) -> int:
    if not re.fullmatch("[0-9]{1,4}", text) or int(text) > _MOST_MINUTES:
        raise argparse.ArgumentTypeError(f"{text!r}: 0…{_MOST_MINUTES}")
    return int(text)


def _device(text: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{32}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: not 32 hexadecimal digits")
    return text.lower()


def _watch(parser: Parser) -> None:
    parser.option("--seat", text=Text("席位名：显示即算已通知", "the seat's name: what is shown counts as told to it"),
                  default="", metavar="NAME")  # fmt: skip
    parser.option("--quiet", text=Text("不响铃", "no bell"), action="store_true")
    _gateway(parser)


def _ls(parser: Parser) -> None:
    parser.option("--all", text=Text("也列出已结束的", "those that were ended, too"), action="store_true")
    parser.option("--most", text=Text("最多列出多少项", "so many at most"), type=_positive, default=200, metavar="N")
    _gateway(parser)


def _show(parser: Parser) -> None:
    _number(parser)
    _gateway(parser)


def _ack(parser: Parser) -> None:
    _number(parser)
    _by(parser)
    parser.option("--minutes", text=Text("多少分钟内有人到，老人会听到", "somebody is there in so many minutes; the "
                  "elder hears it"), type=_minutes, metavar="N")  # fmt: skip
    _note(parser)
    _gateway(parser)


def _resolve(parser: Parser) -> None:
    _number(parser)
    _by(parser)
    parser.option("--false-alarm", text=Text("误报", "it was a false alarm"), action="store_true")
    words_zh = "；".join(f"{code} {text.zh}" for code, text in REASONS.items())
    words_en = "; ".join(f"{code}: {text.en}" for code, text in REASONS.items())
    parser.option("--reason", text=Text(f"误报原因：{words_zh}", f"why: {words_en}"), choices=[*REASONS], default=None)
    _note(parser)
    _gateway(parser)


def _drill(parser: Parser) -> None:
    parser.option("device", text=Text("终端编号", "number of a terminal"), type=_device, metavar="HEX")
    _by(parser)
    _gateway(parser)


def _dossier(parser: Parser) -> None:
    _number(parser)
    parser.option("--names", text=Text("不脱敏（留痕）", "unmasked; the reading is logged"), action="store_true")
    _gateway(parser)


def _drills(parser: Parser) -> None:
    parser.option("--days", text=Text("多少天内须有一次", "one is due in so many days"), type=_positive, default=90,
                  metavar="N")  # fmt: skip
    _gateway(parser)


def _false(parser: Parser) -> None:
    parser.option("--days", text=Text("统计多少天", "of so many days"), type=_positive, default=30, metavar="N")
    _gateway(parser)


COMMANDS = (
    Command(
        "alerts watch",
        Text(
            "值班屏：谁在等、等了多久、谁接了；有人等时响铃。Ctrl-C 结束。",
            "A duty seat's screen: who waits, how long, who has it; a bell rings while one waits. Ctrl-C ends it.",
        ),
        _watch,
        lazy("zhendao.gateway.alerts.watching:watch_command"),
        Text(
            "zhendao-gateway alerts watch --seat 一号席 --config gateway.toml\n"
            "zhendao-gateway alerts watch --seat 一号席 --url https://gateway.example:8443 --token-file duty.token",
            "zhendao-gateway alerts watch --seat 'seat one' --config gateway.toml\n"
            "zhendao-gateway alerts watch --seat 'seat one' --url https://gateway.example:8443 "
            "--token-file duty.token",
        ),
    ),
    Command(
        "alerts ls",
        Text("列出告警。", "List alerts."),
        _ls,
        lazy("zhendao.gateway.alerts.commands:ls_command"),
        same("zhendao-gateway alerts ls --all --config gateway.toml"),
    ),
    Command(
        "alerts show",
        Text("一个告警及其全部经过。", "One alert, and all that was done about it."),
        _show,
        lazy("zhendao.gateway.alerts.commands:show_command"),
        same("zhendao-gateway alerts show 17 --config gateway.toml"),
    ),
    Command(
        "alerts ack",
        Text(
            "接手：由你负责，老人随即听到“值班已接”。已有人接手则告知是谁。",
            "Take an alert: it is yours, and the elder hears at once that it was received. If somebody has it already, "
            "you are told who.",
        ),
        _ack,
        lazy("zhendao.gateway.alerts.commands:ack_command"),
        Text(
            "zhendao-gateway alerts ack 17 --by 王芳 --minutes 10 --config gateway.toml",
            "zhendao-gateway alerts ack 17 --by 'Wang Fang' --minutes 10 --config gateway.toml",
        ),
    ),
    Command(
        "alerts resolve",
        Text(
            "结束：已处理，或误报。只有人能结束告警。", "End an alert: resolved, or a false alarm. Only people end one."
        ),
        _resolve,
        lazy("zhendao.gateway.alerts.commands:resolve_command"),
        Text(
            "zhendao-gateway alerts resolve 17 --note 已送医 --config gateway.toml\n"
            "zhendao-gateway alerts resolve 18 --false-alarm --reason pet --config gateway.toml",
            "zhendao-gateway alerts resolve 17 --note 'taken to hospital' --config gateway.toml\n"
            "zhendao-gateway alerts resolve 18 --false-alarm --reason pet --config gateway.toml",
        ),
    ),
    Command(
        "alerts drill",
        Text(
            "演练：如同该终端按了呼救。全程标明演练。",
            "A drill, as if that terminal's button had been pressed; marked as one throughout.",
        ),
        _drill,
        lazy("zhendao.gateway.alerts.commands:drill_command"),
        same("zhendao-gateway alerts drill 0123456789abcdef0123456789abcdef --config gateway.toml"),
    ),
    Command(
        "alerts seats",
        Text(
            "值班席位及此刻谁当班；无人当班时退出码为 1。",
            "The duty seats, and who is on duty now; exit code 1 where nobody is.",
        ),
        _gateway,
        lazy("zhendao.gateway.alerts.commands:seats_command"),
        same("zhendao-gateway alerts seats --config gateway.toml"),
    ),
    Command(
        "alerts dossier",
        Text(
            "一个告警的处置资料：谁、在哪、怎么进门、找谁、谁在场。默认脱敏；--names 显示全文并留痕。",
            "What is needed to answer an alert: who, where, how to enter, whom to call, who is there. Masked; with "
            "--names whole, and the reading is logged.",
        ),
        _dossier,
        lazy("zhendao.gateway.alerts.dispatch.commands:dossier_command"),
        same("zhendao-gateway alerts dossier 17 --names --config gateway.toml"),
    ),
    Command(
        "alerts sends",
        Text("一个告警发出的每条通知，以及每次尝试。", "Each message that an alert sent, and every attempt."),
        _show,
        lazy("zhendao.gateway.alerts.dispatch.commands:sends_command"),
        same("zhendao-gateway alerts sends 17 --config gateway.toml"),
    ),
    Command(
        "alerts drills",
        Text(
            "各户上次由人接手的演练；有逾期的，退出码为 1。",
            "When each home's drill was last taken by a person; exit code 1 where one is overdue.",
        ),
        _drills,
        lazy("zhendao.gateway.alerts.dispatch.commands:drills_command"),
        same("zhendao-gateway alerts drills --days 90 --config gateway.toml"),
    ),
    Command(
        "alerts false",
        Text(
            "误报：按住户与传感器统计，给工程师的建议。呼救从不因此静音。",
            "False alarms by home and sensor, with what an engineer should look at. Calls are never muted for them.",
        ),
        _false,
        lazy("zhendao.gateway.alerts.dispatch.commands:false_command"),
        same("zhendao-gateway alerts false --days 30 --config gateway.toml"),
    ),
)
