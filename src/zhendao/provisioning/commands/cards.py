"""`zhendao-provision card write`, `check`, `finish`, `rollback`: one card at a time."""

import argparse

from zhendao.command.output import emit_json, line, table
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import card_desk as desk
from zhendao.provisioning.commands import options
from zhendao.provisioning.commands.tags import ROLES


def _write_arguments(parser: Parser) -> None:
    desk.card_arguments(parser)
    desk.wish_arguments(parser)
    desk.token_argument(parser)
    parser.option(
        "--holder",
        type=desk.holder,
        metavar="ID",
        text=Text(
            "持有者编号（登记表中的人员或地点），缺省为备用卡",
            "whose it is: number of a person or place in the registry; default: a spare card",
        ),
    )
    parser.option(
        "--replace", action="store_true", text=Text("允许改写已属于他人的卡", "write over a card that is somebody's")
    )


def _write(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.cards.writer import Wish  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above

    with desk.writer_of(arguments, language, signs=True) as (writer, authority):
        desk.ask(arguments, language)
        target = wait_for_one(writer.reader, arguments.wait)
        wish = Wish(
            ROLES[arguments.role], arguments.holder or "", arguments.token_id, arguments.valid_days, arguments.replace
        )
        done = writer.write(target, wish, desk.kind_of(arguments))
    desk.note(authority, "card write", done)
    emit_json(desk.as_json(done)) if arguments.json else line(desk.as_text(done).in_(language))
    return 0


def _finish_arguments(parser: Parser) -> None:
    desk.card_arguments(parser)


def _finish(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above

    with desk.writer_of(arguments, language, signs=False) as (writer, authority):
        desk.ask(arguments, language)
        done = writer.finish(wait_for_one(writer.reader, arguments.wait))
    desk.note(authority, "card finish", done)
    emit_json(desk.as_json(done)) if arguments.json else line(desk.as_text(done).in_(language))
    return 0


def _rollback(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above

    with desk.writer_of(arguments, language, signs=False) as (writer, authority):
        desk.ask(arguments, language)
        done = writer.rollback(wait_for_one(writer.reader, arguments.wait), desk.kind_of(arguments))
    desk.note(authority, "card rollback", done)
    emit_json(desk.as_json(done)) if arguments.json else line(desk.as_text(done).in_(language))
    return 0


def _open(arguments: argparse.Namespace, language: Language) -> int:
    """List the cards that were begun and not finished."""
    from zhendao.provisioning.cards.journal import CardJournal  # noqa: PLC0415 - as above

    found = [story for story in CardJournal(arguments.folder).stories() if story.unfinished]
    rows = [
        {
            "uid": story.uid.hex(),
            "goal": "blank" if story.token is None else "token",
            "role": None if story.token is None else story.token.role.name.lower(),
            "holder": None if story.token is None else story.token.holder or None,
            "step": story.tried[-1] if story.tried else None,
            "stopped": story.closed or None,
        }
        for story in found
    ]
    if arguments.json:
        emit_json(rows)
        return 0
    headers = Text("卡,目标,角色,持有者,最后一步,中断原因", "card,goal,role,holder,last step,stopped by")
    table(headers.in_(language).split(","), [list(row.values()) for row in rows])
    return 0


def _check(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.commands.card_report import as_json, as_text  # noqa: PLC0415 - as above
    from zhendao.provisioning.tags import wait_for_one  # noqa: PLC0415 - as above

    with desk.examiner_of(arguments, language) as examiner:
        desk.ask(arguments, language)
        found = examiner.examine(wait_for_one(examiner.reader, arguments.wait))
    emit_json(as_json(found)) if arguments.json else line(as_text(found).in_(language))
    return 0 if found.good else 1


_PORT = "--port /dev/ttyAMA0 --gateway https://gateway:8443 --gateway-token engineer.token"

COMMANDS = (
    Command(
        "card write",
        Text("写一张卡（NTAG 424 DNA、国密 CPU 卡、NTAG21x），写后核对", "write one card, read it back and prove it"),
        _write_arguments,
        _write,
        Text(
            f"zhendao-provision card write 机构 --role caregiver --holder C001 {_PORT}",
            f"zhendao-provision card write authority --role caregiver --holder C001 {_PORT}",
        ),
    ),
    Command(
        "card check",
        Text(
            "读卡并核验：令牌、强度、归属；有密钥时证明", "read a card: token, strength, whose; proved where keys are"
        ),
        desk.card_arguments,
        _check,
        Text("zhendao-provision card check 机构 --port pcsc:", "zhendao-provision card check authority --port pcsc:"),
    ),
    Command(
        "card finish",
        Text("把中断的写卡继续做完", "go on with a card that was interrupted"),
        _finish_arguments,
        _finish,
        Text(f"zhendao-provision card finish 机构 {_PORT}", f"zhendao-provision card finish authority {_PORT}"),
    ),
    Command(
        "card rollback",
        Text("把卡恢复为出厂空白", "make a card as it came from its maker"),
        desk.card_arguments,
        _rollback,
        Text(f"zhendao-provision card rollback 机构 {_PORT}", f"zhendao-provision card rollback authority {_PORT}"),
    ),
    Command(
        "card unfinished",
        Text("列出写到一半的卡", "list the cards that were begun and not finished"),
        options.authority,
        _open,
        Text("zhendao-provision card unfinished 机构", "zhendao-provision card unfinished authority"),
    ),
)
