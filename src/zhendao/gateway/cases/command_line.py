"""What `zhendao-gateway cases` understands; what it does is loaded when it is asked for."""

import argparse
import re

from zhendao.command.parser import Command, Parser, lazy
from zhendao.gateway.cases.codes import REASONS
from zhendao.protocol.wording import Text, same


def _gateway(parser: Parser) -> None:
    parser.option("--config", text=Text("网关的设置文件（在网关本机）", "the gateway's settings, on its own machine"),
                  metavar="FILE")  # fmt: skip
    parser.option("--url", text=Text("网关地址（在别处）", "the gateway, from elsewhere"), metavar="URL")
    parser.option("--token-file", text=Text("令牌所在文件", "file with a token"), metavar="FILE")
    parser.option("--ca", text=Text("网关证书的签发机构", "authority of the gateway's certificate"), metavar="FILE")


def _positive(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text) or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r}: 1, 2, 3 …")
    return int(text)


def _numbered(parser: Parser) -> None:
    parser.option("number", text=Text("编号", "number"), type=_positive, metavar="N")
    _gateway(parser)


def _acting(parser: Parser) -> None:
    parser.option("--by", text=Text("经手人", "who does it"), default="", metavar="NAME")
    _numbered(parser)


def _ls(parser: Parser) -> None:
    parser.option("--all", text=Text("也列出已了结的", "those that are closed, too"), action="store_true")
    _gateway(parser)


def _hear(parser: Parser) -> None:
    parser.option("--side", text=Text("哪一方", "which side"), choices=["caregiver", "elder"], required=True)
    parser.option("--said", text=Text("说了什么，或如何联系过", "what was said, or how it was tried"), required=True,
                  metavar="TEXT")  # fmt: skip
    parser.option("--unreached", text=Text("联系不上", "could not be reached"), action="store_true")
    _acting(parser)


def _reason(parser: Parser) -> None:
    zh = "；".join(f"{one.word} {one.text.zh}" for one in REASONS.values())
    en = "; ".join(f"{one.word}: {one.text.en}" for one in REASONS.values())
    parser.option("--reason", text=Text(zh, en), choices=[*REASONS], required=True, metavar="REASON")
    parser.option("--memo", text=Text("说明", "words beside it"), default="", metavar="TEXT")


def _decide(parser: Parser) -> None:
    parser.option(
        "decision",
        text=Text(
            "fixed 已更正，acknowledged 属实有因，upheld 疑点成立",
            "fixed: corrected; acknowledged: right as it is; upheld: the doubt is right",
        ),
        choices=["fixed", "acknowledged", "upheld"],
    )
    _reason(parser)
    _acting(parser)


def _unlock(parser: Parser) -> None:
    parser.option("--why", text=Text("为何解锁", "why"), required=True, metavar="TEXT")
    _acting(parser)


def _unlock_visit(parser: Parser) -> None:
    parser.option("visit", text=Text("上门记录的编号", "id of the visit"), type=_visit, metavar="HEX")
    parser.option("--why", text=Text("为何解锁", "why"), required=True, metavar="TEXT")
    parser.option("--by", text=Text("经手人", "who does it"), default="", metavar="NAME")
    _gateway(parser)


def _visit(text: str) -> str:
    if not re.fullmatch("[0-9a-f]{32}", text):
        raise argparse.ArgumentTypeError(f"{text!r}: not 32 hexadecimal digits")
    return text


def _tasks(parser: Parser) -> None:
    parser.option("visit", text=Text("上门记录的编号", "id of the visit"), type=_visit, metavar="HEX")
    parser.option("--done", text=Text("已做的一项，可多次给出", "a task that was done; several times"), action="append",
                  default=[], metavar="TASK")  # fmt: skip
    parser.option("--refused", text=Text("未做的一项及原因，可多次给出", "a task that was not done, and why"),
                  action="append", default=[], type=_refused, metavar="TASK=WHY")  # fmt: skip
    parser.option("--by", text=Text("经手人", "who tells it"), default="", metavar="NAME")
    _gateway(parser)


def _refused(text: str) -> str:
    task, _, why = text.partition("=")
    if not task.strip() or not why.strip():
        raise argparse.ArgumentTypeError(f"{text!r}: TASK=WHY")
    return text


_ZONE = Text(
    "没有写明时差的时间属于哪个时区，缺省 Asia/Shanghai", "time zone of times that name none, default Asia/Shanghai"
)


def _zone(parser: Parser) -> None:
    parser.option("--time-zone", text=_ZONE, default="Asia/Shanghai", metavar="ZONE")
    parser.option("--by", text=Text("经手人", "who does it"), default="", metavar="NAME")
    _gateway(parser)


def _correct(parser: Parser) -> None:
    parser.option("visit", text=Text("上门记录的编号", "id of the visit"), metavar="HEX")
    parser.option("--begin", text=Text("更正后的签到时间", "when it began"), metavar="WHEN")
    parser.option("--end", text=Text("更正后的签退时间", "when it ended"), metavar="WHEN")
    parser.option("--attested", text=Text("由谁、凭什么担保", "what is attested, on what grounds"), required=True,
                  metavar="TEXT")  # fmt: skip
    _reason(parser)
    _zone(parser)


def _answer(parser: Parser) -> None:
    parser.option("--memo", text=Text("说明", "words beside it"), default="", metavar="TEXT")
    _acting(parser)


def _outage(parser: Parser) -> None:
    parser.option("what", text=Text("什么中断了", "what was down"), choices=["terminal", "network", "platform"])
    parser.option("--from", dest="begin", text=Text("从何时", "from when"), required=True, metavar="WHEN")
    parser.option("--to", dest="end", text=Text("到何时，缺省为仍在中断", "until when; without: still"), metavar="WHEN")
    parser.option("--device", text=Text("哪台终端，缺省为全部", "which terminal; all without"), metavar="HEX")
    _zone(parser)


_COMMANDS = "zhendao.gateway.cases.commands:"

COMMANDS = (
    Command(
        "cases ls",
        Text("待答复的疑点单：按照护等级，再按期限。", "Cases to be answered: by care level, then by due time."),
        _ls,
        lazy(_COMMANDS + "ls_command"),
        same("zhendao-gateway cases ls --config gateway.toml"),
    ),
    Command(
        "cases show",
        Text("一张疑点单、全部经过、更正。", "One case, all that was done about it, and the corrections."),
        _numbered,
        lazy(_COMMANDS + "show_command"),
        same("zhendao-gateway cases show 17 --config gateway.toml"),
    ),
    Command(
        "cases hear",
        Text("记下一方的说法，或联系不上。", "Write down what one side said, or that it could not be reached."),
        _hear,
        lazy(_COMMANDS + "hear_command"),
        Text(
            "zhendao-gateway cases hear 17 --side elder --said 老人说她来过 --config gateway.toml",
            "zhendao-gateway cases hear 17 --side elder --said 'she came' --config gateway.toml",
        ),
    ),
    Command(
        "cases decide",
        Text("决定：已更正、属实有因、疑点成立。", "Decide: corrected, right as it is, or the doubt is right."),
        _decide,
        lazy(_COMMANDS + "decide_command"),
        same("zhendao-gateway cases decide acknowledged 17 --reason other_time --config gateway.toml"),
    ),
    Command(
        "cases unlock",
        Text("期限过后准许更正（主管部门）。", "Let a visit be corrected after its time (supervisors)."),
        _unlock,
        lazy(_COMMANDS + "unlock_command"),
        Text(
            "zhendao-gateway cases unlock 17 --why 审计复核 --config gateway.toml",
            "zhendao-gateway cases unlock 17 --why audit --config gateway.toml",
        ),
    ),
    Command(
        "cases unlock-visit",
        Text(
            "期限过后准许更正没有疑点单的上门记录（主管部门）。",
            "Let a visit without a case be corrected after its time (supervisors).",
        ),
        _unlock_visit,
        lazy(_COMMANDS + "unlock_visit_command"),
        Text(
            "zhendao-gateway cases unlock-visit 00112233445566778899aabbccddeeff --why 审计复核 --config gateway.toml",
            "zhendao-gateway cases unlock-visit 00112233445566778899aabbccddeeff --why audit --config gateway.toml",
        ),
    ),
    Command(
        "cases correct",
        Text("提出更正；由另一人批准后生效。", "Propose a correction; it counts once another person approved it."),
        _correct,
        lazy(_COMMANDS + "correct_command"),
        same(
            "zhendao-gateway cases correct 00112233445566778899aabbccddeeff --end '2026-09-22 10:00' "
            "--reason no_check_out --attested 'the elder says so' --config gateway.toml"
        ),
    ),
    Command(
        "cases tasks",
        Text(
            "记下一次上门做了什么、什么没做及原因；不带选项则列出。",
            "Tell what was done in a visit and what was refused; or list it.",
        ),
        _tasks,
        lazy(_COMMANDS + "tasks_command"),
        same(
            "zhendao-gateway cases tasks 00112233445566778899aabbccddeeff --done 助浴 --refused '剪发=老人不愿意' "
            "--config gateway.toml"
        ),
    ),
    Command(
        "cases corrections",
        Text("列出全部更正，每行一条 JSON，可供 judge 使用。", "All corrections, a line of JSON each, as judge reads."),
        _gateway,
        lazy(_COMMANDS + "corrections_command"),
        same("zhendao-gateway cases corrections --config gateway.toml > corrections.jsonl"),
    ),
    *(
        Command(f"cases {word}", text, _answer, lazy(_COMMANDS + f"{word}_command"),
                same(f"zhendao-gateway cases {word} 3 --config gateway.toml"))
        for word, text in (
            ("approve", Text("批准一项更正。", "Approve a correction.")),
            ("refuse", Text("不批准一项更正。", "Refuse a correction.")),
            ("withdraw", Text("撤回一项更正，恢复原结果。", "Withdraw a correction: the outcome is as before.")),
        )
    ),
    Command(
        "cases outage",
        Text("登记一次中断，为受影响的疑点单填写原因。", "Enter an outage; cases that it touched get its reason."),
        _outage,
        lazy(_COMMANDS + "outage_command"),
        same("zhendao-gateway cases outage network --from '2026-09-22 10:00' --config gateway.toml"),
    ),
)  # fmt: skip
