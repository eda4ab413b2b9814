"""What `zhendao-gateway person` understands; what it does is loaded when it is asked for."""

from pathlib import Path

from zhendao.command.parser import Command, Parser, lazy
from zhendao.protocol.wording import Text, same


def _who(parser: Parser) -> None:
    parser.option("--elder", text=Text("老人编号", "id of an elder"), metavar="ID")
    parser.option("--caregiver", text=Text("护理员编号", "id of a caregiver"), metavar="ID")
    parser.option("--config", text=Text("设置文件（TOML）", "settings file (TOML)"), required=True, metavar="FILE")


def _export(parser: Parser) -> None:
    _who(parser)
    text = Text("新文件夹，或以 .zip 结尾的新文件", "a new folder, or a new file that ends in .zip")
    parser.option("--out", text=text, type=Path, required=True, metavar="DIR")


def _erase(parser: Parser) -> None:
    _who(parser)
    parser.option("--by", text=Text("经手人", "who does it"), default="", metavar="NAME")


COMMANDS = (
    Command(
        "person export",
        Text(
            "导出一个人的全部数据：登记、上门、事实、个案、告警、送往何处、谁查阅过；JSON 与中文表格。先记入查阅记录。",
            "Write all that is held about one person: registration, visits, facts, cases, alerts, to whom it was given "
            "and who read it; JSON and a spreadsheet in Chinese. It is logged first.",
        ),
        _export,
        lazy("zhendao.gateway.persons.commands:export_command"),
        same("zhendao-gateway person export --elder E0117 --out copy.zip --config gateway.toml"),
    ),
    Command(
        "person erase",
        Text(
            "应本人请求删除依法可删的数据，出具凭证，并说明须保留的与理由。登记须已终止。",
            "Erase on request what the law permits, with a receipt; what must be kept is told with its reason. The "
            "registration must have ended.",
        ),
        _erase,
        lazy("zhendao.gateway.persons.commands:erase_command"),
        same("zhendao-gateway person erase --elder E0117 --by 李婉 --config gateway.toml"),
    ),
)
