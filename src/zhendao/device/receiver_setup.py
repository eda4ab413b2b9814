"""`zhendao-device gnss setup` and `gnss watch`: the engineer sets the receiver up, and looks at what it hears.

Setting up ends with listening: what is reported is what the receiver does, not what it was told; it is made to last
(`--save`) only when all was found well.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line, table
from zhendao.device import config
from zhendao.device.errors import DeviceError
from zhendao.device.gnss.listening import Listening
from zhendao.device.gnss.picture import Picture
from zhendao.device.gnss.rate import RATES
from zhendao.device.gnss.serial_source import PortDown, PortUp, SerialSource
from zhendao.device.gnss.setup.modules import MODULES
from zhendao.device.gnss.setup.replies import Outcome
from zhendao.device.gnss.setup.steps import fits, wanted
from zhendao.device.gnss.setup.survey import Survey
from zhendao.device.gnss.setup.talk import talk
from zhendao.device.receiver_desk import listening_settings, remember, remembered
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse

    from zhendao.device.config import GnssTable
    from zhendao.device.gnss.serial_source import Posted
    from zhendao.device.gnss.setup.steps import Plan
    from zhendao.device.gnss.setup.survey import Finding
    from zhendao.device.gnss.setup.talk import Done, Talk


class NoReceiverError(DeviceError):
    """The settings know of no receiver."""

    code = "gnss-none"

    def __init__(self, path: Path) -> None:
        super().__init__(
            Text(f"{path} 中没有 [gnss]", f"there is no [gnss] in {path}"),
            Text("请加上 [gnss] port 和 baud", "add [gnss] with port and baud"),
        )


_WIDE = 60

_OUTCOMES = {
    Outcome.SENT: Text("已发出", "sent"),
    Outcome.ACKNOWLEDGED: Text("已应答", "acknowledged"),
    Outcome.REFUSED: Text("被拒绝", "refused"),
    Outcome.UNANSWERED: Text("无应答", "no answer"),
}
_GOOD, _BAD = Text("好", "good"), Text("不对", "wrong")
_WHAT, _SENT, _ANSWER = Text("设置", "setting"), Text("发送", "sent"), Text("应答", "answer")
_CHECK, _FOUND, _VERDICT = Text("检查", "check"), Text("所见", "found"), Text("结论", "verdict")


def setup(arguments: argparse.Namespace, language: Language) -> int:
    """Set up the receiver that ``--config`` names, and look what came of it."""
    settings = config.read(Path(arguments.config))
    receiver = _table(settings.gnss, Path(arguments.config))
    if arguments.dry_run:
        return _show_plan(arguments, receiver, language)
    known = remembered(settings.terminal.data_dir)
    with talk(str(receiver.port), known or receiver.baud) as receiving:
        listening = Listening(listening_settings(receiver), receiver.baud, known)
        found = receiving.find(listening, receiver.listen_s * (len(RATES) + 2) + receiver.silence_s)
        baud = arguments.baud or found
        plan = _plan(arguments.module, baud, change=baud != found)
        done = _carry_out(receiving, plan.steps)
        survey = Survey(receiving.baud)
        well = all(one.good for one in done)
        if well:
            receiving.watch(survey, arguments.seconds)
            well = all(one.good for one in survey.findings())
        saved = _carry_out(receiving, plan.save) if well and arguments.save else []
    if well and settings.terminal.data_dir.is_dir():
        remember(settings.terminal.data_dir, survey.baud)
    report = _Report(arguments, str(receiver.port), found, done, saved, survey)
    report.show(language, receiver.baud)
    return 0 if well and all(one.good for one in saved) else 1


def _table(found: GnssTable | None, path: Path) -> GnssTable:
    if found is None:
        raise NoReceiverError(path)
    return found


def _plan(name: str, baud: int, *, change: bool) -> Plan:
    module = MODULES[name]
    if baud not in module.bauds or not fits(wanted(baud), baud):
        good = ", ".join(str(one) for one in module.bauds if fits(wanted(one), one))
        raise UsageError(
            Text(f"{name} 不能用 {baud} 波特：一秒的数据发不完，或不支持", f"{name} cannot work at {baud} baud"),
            Text(f"请用 --baud，可选 {good}", f"give --baud, one of {good}"),
        )
    return module.plan(baud, change=change)


def _carry_out(receiving: Talk, steps: Any) -> list[Done]:
    done = []
    for step in steps:
        done.append(receiving.do(step))
        if not done[-1].good:
            break
    return done


def _show_plan(arguments: argparse.Namespace, receiver: GnssTable, language: Language) -> int:
    baud = arguments.baud or receiver.baud
    plan = _plan(arguments.module, baud, change=baud != receiver.baud)
    steps = [*plan.steps, *(plan.save if arguments.save else ())]
    if arguments.json:
        emit_json(
            {
                "module": arguments.module,
                "baud": baud,
                "steps": [{"what": one.what.en, "sent": one.shown} for one in steps],
            }
        )
        return 0
    table([one.in_(language) for one in (_WHAT, _SENT)], [[one.what.in_(language), one.shown] for one in steps])
    return 0


class _Report:
    def __init__(
        self,
        arguments: argparse.Namespace,
        port: str,
        found: int,
        done: list[Done],
        saved: list[Done],
        survey: Survey,
    ) -> None:
        self._arguments, self._port, self._found = arguments, port, found
        self._done, self._saved, self._survey = done, saved, survey

    def show(self, language: Language, configured: int) -> None:
        """Print it."""
        survey = self._survey
        steps = [*self._done, *self._saved]
        findings: list[Finding] = survey.findings() if survey.sentences else []
        saved = bool(self._saved) and all(one.good for one in self._saved)
        if self._arguments.json:
            emit_json(
                {
                    "port": self._port,
                    "module": self._arguments.module,
                    "found_baud": self._found,
                    "baud": survey.baud,
                    "steps": [{"what": d.step.what.en, "sent": d.step.shown, "answer": d.outcome.value} for d in steps],
                    "checks": [{"name": one.name, "good": one.good, "found": one.text.en} for one in findings],
                    "sentences": dict(sorted(survey.sentences.items())),
                    "fixes": survey.fixes,
                    "refused": dict(survey.refused),
                    "saved": saved,
                }
            )
            return
        headers = [one.in_(language) for one in (_WHAT, _SENT, _ANSWER)]
        rows = [[d.step.what.in_(language), _short(d.step.shown), _OUTCOMES[d.outcome].in_(language)] for d in steps]
        table(headers, rows)
        headers = [one.in_(language) for one in (_CHECK, _FOUND, _VERDICT)]
        table(headers, [[f.name, f.text.in_(language), (_GOOD if f.good else _BAD).in_(language)] for f in findings])
        for text in self._remarks(configured, saved=saved):
            line(text.in_(language))

    def _remarks(self, configured: int, *, saved: bool) -> list[Text]:
        remarks = []
        if self._survey.baud != configured:
            baud = self._survey.baud
            remarks.append(Text(f"请把 [gnss] baud 改为 {baud}", f"set [gnss] baud = {baud}"))
        if not saved:
            remarks.append(
                Text("未保存：断电后恢复原样（--save 保存）", "not saved: gone with the power (--save keeps it)")
            )
        return remarks


def _short(shown: str) -> str:
    return shown if len(shown) <= _WIDE else f"{shown[:_WIDE]} …"


def watch(arguments: argparse.Namespace, language: Language) -> int:
    """Show what the receiver hears, once a second, for ``--seconds`` or until it is interrupted."""
    settings = config.read(Path(arguments.config))
    receiver = _table(settings.gnss, Path(arguments.config))
    known = remembered(settings.terminal.data_dir)
    picture = Picture(known or receiver.baud)
    why: list[Text] = []

    def post(one: Posted) -> None:
        # Only values are put in place here, on the receiver's thread; they are shown on this one.
        match one:
            case PortDown():
                why[:] = [one.why]
            case PortUp():
                why.clear()
            case _:
                picture.take(one)

    source = SerialSource(
        str(receiver.port),
        receiver.baud,
        post,
        remembered=known,
        settings=listening_settings(receiver),
    )
    source.start()
    until = None if arguments.seconds is None else time.monotonic() + arguments.seconds
    try:
        while until is None or time.monotonic() < until:
            time.sleep(1.0 if until is None else max(0.0, min(1.0, until - time.monotonic())))
            _show(picture, why, language, as_json=arguments.json)
    finally:
        source.stop()
    return 0 if picture.good else 1


def _show(picture: Picture, why: list[Text], language: Language, *, as_json: bool) -> None:
    if as_json:
        emit_json(picture.plain())
        return
    if sys.stdout.isatty():
        sys.stdout.write("\x1b[H\x1b[J")
    for text in [*(one.in_(language) for one in why), *picture.lines(language)]:
        line(text)
