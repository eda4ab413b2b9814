"""`zhendao-device selftest`: each part of an installed terminal tried for real, the record signed by its own key.

Exit code 0: nothing failed; 1: something did, and is named with its cure. The last record is kept beside the journal
(``selftest.json``), where `doctor` finds it. The terminal must not run meanwhile: one reader, one receiver.
"""

from __future__ import annotations

import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import zhendao
from zhendao.command.errors import UsageError
from zhendao.command.output import emit_json, line
from zhendao.device import config, receiver_desk
from zhendao.device.blocklist.keeping import Keeper
from zhendao.device.care.speaking import ask
from zhendao.device.clock.kernel import kernel_bound_ms
from zhendao.device.errors import AlreadyRunningError, DeviceError
from zhendao.device.files import HOST
from zhendao.device.identity.enrolled import load
from zhendao.device.link.address import Address
from zhendao.device.selftest import judging, signals, tokens, trying
from zhendao.device.selftest.results import Outcome, Result, of_error, passed
from zhendao.device.site import fixes, paper
from zhendao.protocol.errors import ZhendaoError
from zhendao.protocol.wording import Language, Text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterator

    from zhendao.device.config import DeviceSettings
    from zhendao.device.identity.values import Identity
    from zhendao.device.site.fixes import Taken

FILE = "selftest.json"
DISK_S, KEY_S, BROKER_S = 20.0, 20.0, 15.0
"""How long each part may take; reader, receiver and the person at the lights have times of their own."""
MOST_WAIT_S = 600.0
MARKS = {Outcome.PASSED: "✓", Outcome.NOTED: "!", Outcome.SKIPPED: "–", Outcome.FAILED: "✗"}


def selftest(arguments: argparse.Namespace, language: Language) -> int:
    """Try all parts; show, sign and write what came of them."""
    if not (0 < arguments.wait <= MOST_WAIT_S and 0 < arguments.gnss_seconds <= MOST_WAIT_S):
        raise UsageError(Text(f"秒数应在 0 到 {MOST_WAIT_S:.0f} 之间", f"seconds: up to {MOST_WAIT_S:.0f}"))
    settings = config.read(Path(arguments.config))
    data_dir = settings.terminal.data_dir
    if ask(data_dir) is not None:
        raise AlreadyRunningError(data_dir)

    def say(text: Text) -> None:
        # Under --json the standard output holds the record and nothing else.
        sys.stderr.write(text.in_(language) + "\n") if arguments.json else line(text.in_(language))

    who, results = None, list[Result]()
    try:
        who = load(data_dir / "identity")
    except ZhendaoError as error:
        results.append(of_error("identity", error))
    if who is not None:
        results.append(passed("identity", Text(f"已注册到 {who.tenant}", f"enrolled in {who.tenant}")))
    for one in results:
        say(_shown(one))
    for one in _tried(settings, who, arguments, signals.asking(arguments.signals, language), say):
        results.append(one)
        say(_shown(one))
    _finish(who, facts(who, results), arguments, data_dir)
    failed = any(one.outcome is Outcome.FAILED for one in results)
    say(_FAILED if failed else _PASSED)
    return 1 if failed else 0


def facts(who: Identity | None, results: list[Result]) -> dict[str, Any]:
    """Return the facts of the record (docs/protocol.md section 16)."""
    failed = any(one.outcome is Outcome.FAILED for one in results)
    return {
        "device": None if who is None else who.device.hex(),
        "tenant": None if who is None else who.tenant,
        "software": zhendao.__version__,
        "made_ms": time.time_ns() // 1_000_000,
        "clock_bound_ms": kernel_bound_ms(),
        "outcome": (Outcome.FAILED if failed else Outcome.PASSED).value,
        "parts": [one.as_json() for one in results],
    }


def _tried(
    settings: DeviceSettings,
    who: Identity | None,
    arguments: argparse.Namespace,
    answer: Callable[[Text], bool | None],
    say: Callable[[Text], None],
) -> Iterator[Result]:
    """Try one part after another; yield each as soon as it is known."""
    data_dir = settings.terminal.data_dir
    yield trying.within("disk", DISK_S, lambda: trying.disk(data_dir))
    if who is not None:
        address = Address.of(settings.broker.url, data_dir / "identity")
        yield trying.within("key", KEY_S, lambda: trying.key(who))
        yield trying.within("broker", BROKER_S + 5, lambda: trying.broker(address, who, BROKER_S))
    taken = None
    if settings.gnss is not None:
        # A fix is enough; the survey is another matter.
        taken = fixes.take(settings.gnss, data_dir, 3, arguments.gnss_seconds)
        yield judging.receiver(taken).took(round(1000 * taken.seconds))
    else:
        yield Result("gnss", Outcome.SKIPPED, Text("未设置接收机（[gnss]）", "no receiver is set up ([gnss])"))
    yield judging.clock(time.time(), kernel_bound_ms(), satellites=_tells_time(taken))
    if who is not None:
        yield from tokens.shown(settings.nfc, who, _blocked(who, data_dir), arguments.wait, say)
    yield _signals(settings, answer, say)


def _blocked(who: Identity, data_dir: Path) -> Callable[[bytes], bool]:
    """Return who is on the blocklist that the terminal holds; nobody, where it holds none that can be used."""
    held, _ = Keeper(who, data_dir, HOST).load()
    return (lambda _number: False) if held is None else held.numbers.__contains__


def _tells_time(taken: Taken | None) -> bool:
    return taken is not None and bool(taken.fixes) and taken.fixes[-1].date is not None


def _signals(settings: DeviceSettings, answer: Callable[[Text], bool | None], say: Callable[[Text], None]) -> Result:
    try:
        with contextlib.closing(signals.feedback(settings.feedback, say)) as feedback:
            return signals.given(feedback, answer)
    except DeviceError as error:
        return of_error("signals", error)


def _finish(who: Identity | None, found: dict[str, Any], arguments: argparse.Namespace, data_dir: Path) -> None:
    """Sign the record, keep it for the doctor, write it where it was asked for."""
    if who is None:
        if arguments.json:
            emit_json({"zhendao": "self-test", "version": 1, "facts": found, "signatures": []})
        return
    said = paper.state(who, "self-test", found)
    with contextlib.suppress(OSError):  # a full disk has been told of above
        (data_dir / FILE).write_bytes(said.encode())
        for name in (FILE, receiver_desk.FILE):
            paper.hand_over(data_dir / name)
    if arguments.out is not None:
        paper.write(arguments.out, said)
    if arguments.json:
        emit_json(said.as_json())


def _shown(one: Result) -> Text:
    mark, part = MARKS[one.outcome], _PARTS[one.part]
    cure = one.cure if one.outcome in {Outcome.FAILED, Outcome.NOTED} else None
    zh, en = (f"\n    → {cure.zh}", f"\n    → {cure.en}") if cure is not None else ("", "")
    return Text(f"{mark} {part.zh}：{one.what.zh}{zh}", f"{mark} {part.en}: {one.what.en}{en}")


_PARTS = {
    "identity": Text("身份", "identity"),
    "disk": Text("磁盘", "disk"),
    "key": Text("密钥", "key"),
    "broker": Text("消息代理", "broker"),
    "gnss": Text("卫星定位", "receiver"),
    "clock": Text("时钟", "clock"),
    "reader": Text("读卡器", "reader"),
    "door": Text("门牌", "door tag"),
    "card": Text("工卡", "card"),
    "signals": Text("声光", "signals"),
}
_PASSED = Text("自检通过", "the self-test is passed")
_FAILED = Text("自检未通过：见带 ✗ 的各项", "the self-test is not passed: see what is marked with ✗")
