"""`zhendao-provision card batch`: a roll of people, card after card, with a bar that shows how far it is."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from zhendao.command.output import emit_json, line
from zhendao.command.parser import Command, Parser
from zhendao.protocol.wording import Language, Text
from zhendao.provisioning.commands import card_desk as desk
from zhendao.provisioning.commands.tags import ROLES

if TYPE_CHECKING:
    from zhendao.provisioning.cards.batch import Turn
    from zhendao.provisioning.cards.roll import Person

BETWEEN_S = 900
"""So long nobody holds a card there, and the batch ends: it goes on when it is run again."""
_HOW = {
    "written": Text("已写入", "written"),
    "finished": Text("已续写完成", "finished"),
    "belongs": Text("未改动", "left alone"),
    "not-meant": Text("未改动", "left alone"),
    "failed": Text("失败", "failed"),
}


def _arguments(parser: Parser) -> None:
    desk.card_arguments(parser, BETWEEN_S)
    parser.option(
        "roll",
        metavar="FILE",
        type=Path,
        text=Text(
            "人员名单 CSV 或 XLSX，列：护理员编号，可选 姓名、角色、芯片号",
            "roll of people, CSV or XLSX; columns: caregiver_id, and if wanted name, role, uid",
        ),
    )
    desk.wish_arguments(parser)


class _Shown:
    """Tells a person, or a program, about a batch."""

    def __init__(self, language: Language, *, json: bool) -> None:
        self._language: Language = language
        self._json, self._bar, self._task = json, None, 0
        self._asked: object = None
        if not json and sys.stdout.isatty():
            self._bar = _bar()

    def __enter__(self) -> Self:
        if self._bar is not None:
            self._bar.start()
            self._task = self._bar.add_task("", total=None)
        return self

    def __exit__(self, *_: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def waiting(self, person: "Person", done: int, total: int) -> None:
        """Ask for a card."""
        said = Text(
            f"请放 {person.name or person.holder}（{person.holder}）的卡",
            f"hold a card for {person.name or person.holder} ({person.holder})",
        ).in_(self._language)
        if self._bar is not None:
            self._bar.update(self._task, completed=done, total=total, description=said)
        elif self._asked != (person, done):
            self._asked = (person, done)
            if self._json:
                emit_json({"event": "waiting", "holder": person.holder, "done": done, "total": total})
            else:
                line(f"[{done}/{total}] {said}")

    def turned(self, turn: "Turn") -> None:
        """Say what became of a card."""
        if self._json:
            emit_json(
                {
                    "event": "card",
                    "uid": turn.uid.hex(),
                    "how": turn.how.value,
                    "holder": None if turn.person is None else turn.person.holder,
                    "strength": None if turn.strength is None else turn.strength.name.lower(),
                    "code": turn.code or None,
                }
            )
            return
        how, whom = _HOW[turn.how.value], "" if turn.person is None else turn.person.name or turn.person.holder
        more = "" if turn.told is None else f"：{turn.told.zh}" if self._language == "zh" else f": {turn.told.en}"
        self._line(f"{turn.uid.hex()} {how.in_(self._language)} {whom}{more}".strip())

    def told(self, what: Text) -> None:
        """Say something else."""
        if self._json:
            emit_json({"event": "told", "text": what.en})
        else:
            self._line(what.in_(self._language))

    def _line(self, text: str) -> None:
        if self._bar is None:
            line(text)
        else:
            self._bar.console.print(text, markup=False, highlight=False)


def _bar() -> Any:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - for a person alone

    return Progress(TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())


def _batch(arguments: argparse.Namespace, language: Language) -> int:
    from zhendao.provisioning.cards.batch import Batch, Settings, run  # noqa: PLC0415 - help must not load cryptography
    from zhendao.provisioning.cards.register import write_registry  # noqa: PLC0415 - as above
    from zhendao.provisioning.cards.roll import read_roll  # noqa: PLC0415 - as above

    people = read_roll(arguments.roll, ROLES[arguments.role])
    with (
        desk.writer_of(arguments, language, signs=True) as (writer, authority),
        _Shown(language, json=arguments.json) as shown,
    ):
        batch = Batch(writer, people, Settings(arguments.valid_days, desk.kind_of(arguments)))
        authority.note("card batch", desk.now_s(), file=arguments.roll.name, people=len(people))
        try:
            written = run(batch, shown, arguments.wait, time.sleep)
        finally:
            where = write_registry(authority.folder)
        authority.note("card batch", desk.now_s(), file=arguments.roll.name, written=written)
    if arguments.json:
        emit_json({"event": "done", "people": len(people), "written": written, "registry": str(where)})
    else:
        said = Text(
            f"{len(people)} 人全部有卡，本次写 {written} 张；登记表：{where}",
            f"all {len(people)} people have a card, {written} of them now; table for the registry: {where}",
        )
        line(said.in_(language))
    return 0


COMMANDS = (
    Command(
        "card batch",
        Text(
            "按名单逐张写卡；可随时中断，再次运行即继续",
            "write card after card for a roll of people; may be interrupted anywhere and run again",
        ),
        _arguments,
        _batch,
        Text(
            "zhendao-provision card batch 机构 护理员.xlsx --role caregiver --port pcsc: --keys cards.zdp",
            "zhendao-provision card batch authority caregivers.csv --role caregiver --port pcsc: --keys cards.zdp",
        ),
    ),
)
